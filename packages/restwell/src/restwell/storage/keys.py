"""The keys of an API, in the database that keeps them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ..access.keys import KeyRecord
from ..data.store_errors import ReadOnly
from .driver import Driver, is_updated
from .tables import KEYS
from .uses import KeyUses

COLUMNS = ("id", "name", "digest", "scopes", "created", "expires", "revoked", "subject", "groups", "networks", "used")


class StoredKeys:
    """The records of API keys. Of the secret of a key there is a digest alone.

    A database that is only read, and has no table for them, keeps none: `are_kept` says so.
    """

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._mark = driver.dialect.mark
        marks = ", ".join([self._mark] * len(COLUMNS))
        self._insert = f"INSERT INTO {KEYS} ({', '.join(COLUMNS)}) VALUES ({marks})"
        self.uses = KeyUses(driver)
        self._note = self.uses.note
        self._columns: dict[str, str] = {}
        """What each column is read from, as SQL."""
        self.do_without(frozenset())

    def do_without(self, lacking: frozenset[str]) -> None:
        """Note what of the table is not in a database that is only read: the table itself, or columns of it."""
        self.are_kept = KEYS not in lacking
        if f"{KEYS}.used" in lacking or not self.are_kept:
            self.uses.do_without()
        self._columns = {name: "NULL" if f"{KEYS}.{name}" in lacking else f"k.{name}" for name in COLUMNS}
        self._find = _one_row(self._columns, self._mark, self._driver.dialect.cast_text)

    def find(self, identifier: str) -> Mapping[str, Any] | None:
        """The current record of a key; None if there is none, which takes the same time."""
        if not self.are_kept:
            return None
        [row] = self._driver.read(self._find, (identifier,), KEYS)
        if row[0] is None:
            return None
        record = KeyRecord(zip(COLUMNS, row, strict=True))
        record.note = self._note
        return record

    def every(self) -> list[Mapping[str, Any]]:
        """The records of all keys, oldest first."""
        if not self.are_kept:
            return []
        rows = self._driver.read(
            f"SELECT {', '.join(self._columns.values())} FROM {KEYS} AS k ORDER BY k.created, k.id"
        )
        return [dict(zip(COLUMNS, row, strict=True)) for row in rows]

    def add(self, record: Mapping[str, Any]) -> None:
        """Store the record of a new key. Raises StoreError."""
        if not self.are_kept:
            raise ReadOnly("This service only reads: its database has no table for keys, and cannot get it.")
        self._driver.write(f"{self._insert} RETURNING id", _values(record))

    def replace(self, identifier: str, record: Mapping[str, Any], until: int) -> bool:
        """Store the record of a new key, and let another expire at a time, in seconds since 1970, if not earlier.

        False, and nothing is done, if there is no such key, or it is revoked or has expired. Raises StoreError.
        """
        if not self.are_kept:
            return False
        mark = self._mark
        text = (
            f"UPDATE {KEYS} SET expires = CASE WHEN expires < {mark} THEN expires ELSE {mark} END "
            f"WHERE id = {mark} AND revoked IS NULL AND (expires IS NULL OR expires > {mark})"
        )
        with self._driver.lend() as connection:
            found = connection.exec_driver_sql(text, (until, until, identifier, int(time.time())))
            if found.rowcount:
                connection.exec_driver_sql(self._insert, _values(record))
        return found.rowcount > 0

    def revoke(self, identifier: str) -> bool:
        """Revoke a key from now on; False if there is no such key, or it is already revoked. Raises StoreError."""
        if not self.are_kept:
            return False
        text = f"UPDATE {KEYS} SET revoked = {self._mark} WHERE id = {self._mark} AND revoked IS NULL"
        return is_updated(self._driver, text, (int(time.time()), identifier))


def _values(record: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(record[name] for name in COLUMNS)


def _one_row(read: Mapping[str, str], mark: str, text: str) -> str:
    """Gives one row whether the key exists or not, so that the time it takes does not reveal which exist."""
    stand_ins = {"name": "'-'", "digest": f"'{'0' * 64}'", "scopes": f"'{'-' * 32}'", "created": "0"}
    columns = [f"COALESCE({sql}, {stand_ins[n]})" if n in stand_ins else sql for n, sql in read.items()]
    wanted = f"(SELECT CAST({mark} AS {text}) AS id) AS wanted"
    return f"SELECT {', '.join(columns)} FROM {wanted} LEFT JOIN {KEYS} AS k ON k.id = wanted.id"
