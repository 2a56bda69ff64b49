"""Whether changes are refused for a while: a row in the database, so that it holds for all workers and machines."""

from __future__ import annotations

import math
import time

from ..data.store_errors import ReadOnly
from .driver import Driver
from .tables import SECRETS

LOOK = 1.0
"""Seconds after which the row is looked at again: so much later every worker knows."""
NAME = "read_only"


class Pause:
    """The row that says until when changes are refused; without it they are made."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._looked, self._until = -math.inf, 0.0
        self._is_kept = True

    def do_without(self, lacking: frozenset[str]) -> None:
        """Note what of Restwell's own tables is not in a database that is only read."""
        self._is_kept = SECRETS not in lacking

    def left(self) -> float:
        """For how many more seconds changes are refused: 0, or `inf` without an end. Raises StoreError."""
        now = time.monotonic()
        if self._is_kept and now - self._looked >= LOOK:
            rows = self._driver.read(f"SELECT value FROM {SECRETS} WHERE name = '{NAME}'")
            self._looked, self._until = now, float(rows[0][0]) if rows else 0.0
        return max(0.0, self._until - time.time()) if self._until else 0.0

    def begin(self, seconds: float) -> None:
        """Refuse changes from now on, for so many seconds, `inf` until `end`. Raises StoreError."""
        dialect = self._driver.dialect
        into = f"INSERT INTO {SECRETS} (name, value) VALUES ('{NAME}', {dialect.mark})"
        self._write(f"{into} {dialect.updating(['name'], ['value'])}", str(time.time() + seconds))

    def end(self) -> None:
        """Make changes again. Raises StoreError."""
        self._write(f"DELETE FROM {SECRETS} WHERE name = '{NAME}'")

    def _write(self, statement: str, *values: str) -> None:
        if not self._is_kept:
            raise ReadOnly("This service only reads in any case: its database cannot be written to.")
        with self._driver.transaction() as connection:
            connection.execute(statement, values)
        self._looked = -math.inf
