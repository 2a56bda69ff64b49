"""Where items are whose identity was changed: a row for each former identity, written with what changes it.

Identities are known by digests, which every database compares alike and keeps an index of, however long they are. A
row leads to where the item is now, however often it was renamed. It is asked for only where no item is found, and
followed only to one that is there: what another program has changed meanwhile leads nowhere, and never in circles.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from ..model.resource import Declaration
from .driver import Driver, Write
from .outbox import Told
from .tables import RENAMES


class StoredRenames:
    """The former identities in one database, of the resources that may be renamed."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        dialect = driver.dialect
        mark = dialect.mark
        end = " RETURNING former" if dialect.returns_updated else ""  # as a driver asks of what it writes
        self._insert = (
            f"INSERT INTO {RENAMES} (former, current, path, identity) VALUES ({', '.join([mark] * 4)}) "
            f"{dialect.updating(['former'], ['current', 'identity'])}{end}"
        )
        self._forward = f"UPDATE {RENAMES} SET current = {mark}, identity = {mark} WHERE current = {mark}{end}"
        self._occupy = f"DELETE FROM {RENAMES} WHERE former = {mark}{end}"
        self._forget = f"DELETE FROM {RENAMES} WHERE current = {mark} OR former = {mark}{end}"
        self._find = f"SELECT identity FROM {RENAMES} WHERE former = {mark}"

    def find(self, resource: Declaration, identity: Any) -> Any:
        """The identity that the item has which had this one; None where none is known. Raises StoreError."""
        rows = self._driver.read(self._find, (_digest(resource, resource.identity_text(identity)),), RENAMES)
        try:
            return resource.identity_from(rows[0][0]) if rows else None
        except ValueError:  # the identity was of another type when that was written
            return None

    def writes_of(self, told: Told) -> list[Write]:
        """What is to be written beside a change: nothing, where it leaves an identity as it was."""
        change, after = told.change, told.identity_after
        resource = change.resource
        now = None if after is None else str(after)
        if change.action == "insert":
            return [] if now is None else [Write(self._occupy, (_digest(resource, now),), RENAMES)]
        before = resource.identity_text(change.identity)
        former = _digest(resource, before)
        if now is None:  # what an import has made may be where something else was
            return [Write(self._forget, (former, former), RENAMES)]
        if now == before:
            return []
        current = _digest(resource, now)
        # In this order, as MariaDB locks the gap around what a DELETE does not find.
        return [
            Write(self._insert, (former, current, resource.path, now), RENAMES),
            Write(self._occupy, (current,), RENAMES),
            Write(self._forward, (current, now, former), RENAMES),
        ]


def _digest(resource: Declaration, identity: str) -> str:
    return blake2b(f"{resource.path}\n{identity}".encode(), digest_size=32).hexdigest()
