"""The keys of an API, in the database that keeps them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ..access.keys import KeyRecord
from ..data.store_errors import ReadOnly
from .driver import Driver
from .tables import KEYS
from .uses import KeyUses

COLUMNS = (
    "id", "name", "digest", "scopes", "created", "expires", "revoked", "subject", "groups", "networks", "used",
    "parent",
)  # fmt: skip


class ParentEnded(Exception):
    """The key that another was to be made with has ended meanwhile, or is to end before that one."""


class StoredKeys:
    """The records of API keys. Of the secret of a key there is a digest alone.

    A key that is made with another one is valid no longer than that: what ends the one ends the other, in the same
    transaction. A database that is only read, and has no table for them, keeps none: `are_kept` says so.
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

    def every(self, subject: str | None = None) -> list[Mapping[str, Any]]:
        """The records of all keys, or of those that act for a subject, oldest first."""
        if not self.are_kept:
            return []
        among = "" if subject is None else f"WHERE COALESCE({self._columns['subject']}, k.id) = {self._mark} "
        text = f"SELECT {', '.join(self._columns.values())} FROM {KEYS} AS k {among}ORDER BY k.created, k.id"
        rows = self._driver.read(text, () if subject is None else (subject,))
        return [dict(zip(COLUMNS, row, strict=True)) for row in rows]

    def add(self, record: Mapping[str, Any]) -> None:
        """Store the record of a new key. Raises ParentEnded, and StoreError."""
        with self._writing() as connection:
            self._add(connection, record)

    def made_since(self, subject: str, moment: int) -> int:
        """How many keys that act for a subject were made after a time, in seconds since 1970."""
        text = f"SELECT count(*) FROM {KEYS} WHERE subject = {self._mark} AND created > {self._mark}"
        [row] = self._driver.read(text, (subject, moment))
        return int(row[0])

    def replace(self, identifier: str, record: Mapping[str, Any], until: int) -> bool:
        """Store the record of a new key, and let another expire at a time, in seconds since 1970, if not earlier.

        False, and nothing is done, if there is no such key, or it is revoked or has expired. Raises
        ParentEnded, and StoreError.
        """
        mark = self._mark
        text = (
            f"UPDATE {KEYS} SET expires = CASE WHEN expires < {mark} THEN expires ELSE {mark} END "
            f"WHERE revoked IS NULL AND (expires IS NULL OR expires > {mark}) AND id = {mark}"
        )
        with self._writing() as connection:
            is_found = self._end(connection, identifier, text, until, until, int(time.time()))
            if is_found:
                self._add(connection, record)
        return is_found

    def revoke(self, identifier: str) -> bool:
        """Revoke a key from now on; False if there is no such key, or it is already revoked. Raises StoreError."""
        text = f"UPDATE {KEYS} SET revoked = {self._mark} WHERE id = {self._mark} AND revoked IS NULL"
        with self._writing() as connection:
            return self._end(connection, identifier, text, int(time.time()))

    @contextmanager
    def _writing(self) -> Iterator[Any]:
        if not self.are_kept:
            raise ReadOnly("This service only reads: its database has no table for keys, and cannot get it.")
        with self._driver.transaction() as connection:
            yield connection

    def _add(self, connection: Any, record: Mapping[str, Any]) -> None:
        if record["parent"] is not None:
            self._check_parent(connection, record)
        connection.execute(self._insert, _values(record))

    def _check_parent(self, connection: Any, record: Mapping[str, Any]) -> None:
        """Hold a key that another is made with, so that nothing ends it before that is there. Raises ParentEnded."""
        mark = self._mark
        text = (
            f"UPDATE {KEYS} SET revoked = NULL "
            f"WHERE id = {mark} AND revoked IS NULL AND (expires IS NULL OR expires >= {mark})"
        )
        if not connection.execute(text, (record["parent"], record["expires"])).rowcount:
            raise ParentEnded

    def _end(self, connection: Any, identifier: str, text: str, *values: int) -> bool:
        """End a key by a statement, and with it those that were made with it; whether it was valid until now.

        The first parameters of the statement are the values, the one behind them is the id.
        """
        if not connection.execute(text, (*values, identifier)).rowcount:
            return False
        for each in self._made_with(connection, identifier):
            connection.execute(text, (*values, each))
        return True

    def _made_with(self, connection: Any, identifier: str) -> Iterable[str]:
        """The ids of the keys that were made with one, with those in turn, and so on."""
        text = f"SELECT id FROM {KEYS} WHERE parent = {self._mark}"
        waiting = [identifier]
        while waiting:
            rows = connection.execute(text, (waiting.pop(),)).fetchall()
            found = [row[0] for row in rows]
            waiting += found
            yield from found


def _values(record: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(record[name] for name in COLUMNS)


def _one_row(read: Mapping[str, str], mark: str, text: str) -> str:
    """Gives one row whether the key exists or not, so that the time it takes does not reveal which exist."""
    stand_ins = {"name": "'-'", "digest": f"'{'0' * 64}'", "scopes": f"'{'-' * 32}'", "created": "0"}
    columns = [f"COALESCE({sql}, {stand_ins[n]})" if n in stand_ins else sql for n, sql in read.items()]
    wanted = f"(SELECT CAST({mark} AS {text}) AS id) AS wanted"
    return f"SELECT {', '.join(columns)} FROM {wanted} LEFT JOIN {KEYS} AS k ON k.id = wanted.id"
