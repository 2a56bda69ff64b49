"""Bulk loading of rows into the table of a resource, within one transaction; rows that it refuses are left out.

Rows are sent in large batches, which usually succeed. Only a batch that fails is examined: first for identities and
unique values that exist already, and if that does not explain it, row by row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Literal, NamedTuple

from ..model.fields import FieldSpec
from .bulk import last_number_text, numbers_text
from .driver import Driver
from .errors import Violation
from .numbering import identities_of
from .statements import Statements

Holder = Literal["table", "load", "either"]
"""Which row has a value already: one that was in the table before, or one of the same load; or nothing tells."""
MAX_AT_ONCE = 500
"""Values looked up in one query."""


class Collision(NamedTuple):
    """A row that is refused because another row has its value of a member."""

    member: str
    holder: Holder


Refusal = Collision | Violation


class Loading:
    """Loads rows into one table, within a transaction that the caller begins and ends."""

    def __init__(self, driver: Driver, statements: Statements, connection: Any) -> None:
        self._driver = driver
        self._statements = statements
        self._connection = connection
        fields = statements.declaration.stored
        self._names = [spec.name for spec in fields]
        self._unique = [spec for spec in fields if spec.marks.is_unique and spec.kind.is_alike]
        self._last = self._last_number()
        self._identities = identities_of(statements, connection)

    def add_all(self, rows: Iterable[Sequence[Any]]) -> None:
        """Load rows of values in the order of the columns. Raises Violation, and then has loaded none of them."""
        with self._counting():
            self._driver.load(self._connection, self._statements, self._parameters(rows))

    def add_to_empty(self, rows: Iterable[Sequence[Any]]) -> bool:
        """Load into an empty table in the fastest way; False if there is no faster way than `add`.

        Raises Violation, and then has loaded none of them.
        """
        with self._counting():
            return self._driver.load_empty(self._connection, self._statements, self._parameters(rows))

    def _counting(self) -> AbstractContextManager[None]:
        return nullcontext() if self._identities is None else self._identities.counting()

    def _identified(self, rows: Iterable[Sequence[Any]]) -> Iterable[Sequence[Any]]:
        """The rows with the identities that they lack."""
        identities = self._identities
        if identities is None:
            return rows
        place = self._names.index(identities.name)
        return ([*row[:place], identities.of(row[place]), *row[place + 1 :]] for row in rows)

    def add(self, rows: Sequence[Sequence[Any]]) -> dict[int, Refusal]:
        """Load the rows that the table accepts; returns the index of each refused row with the reason."""
        try:
            self.add_all(rows)
        except Violation:
            refused = self._taken(rows)
        else:
            return {}
        try:
            self.add_all([row for place, row in enumerate(rows) if place not in refused])
        except Violation:
            self._add_one_by_one(rows, refused)
        return refused

    def _add_one_by_one(self, rows: Sequence[Sequence[Any]], refused: dict[int, Refusal]) -> None:
        for place, row in enumerate(rows):
            if place not in refused:
                try:
                    self.add_all([row])
                except Violation as violation:
                    refused[place] = violation

    def _parameters(self, rows: Iterable[Sequence[Any]]) -> Iterable[Sequence[Any]]:
        writers = [self._statements.writers.get(name) for name in self._names]
        rows = self._identified(rows)
        if not any(writers):
            return rows
        return (
            [
                value if writer is None or value is None else writer(value)
                for writer, value in zip(writers, row, strict=True)
            ]
            for row in rows
        )

    def _taken(self, rows: Sequence[Sequence[Any]]) -> dict[int, Refusal]:
        refused: dict[int, Refusal] = {}
        for spec in self._unique:
            index = self._names.index(spec.name)
            there = {place: row[index] for place, row in enumerate(rows) if row[index] is not None}
            numbers = self._numbers(spec, list(there.values()))
            seen: set[str] = set()
            for place, value in there.items():
                text = str(value)
                if place not in refused and text in numbers:
                    refused[place] = Collision(spec.name, self._holder(numbers[text]))
                elif place not in refused and text in seen:
                    refused[place] = Collision(spec.name, "load")
                if place not in refused:
                    seen.add(text)
        return refused

    def _holder(self, number: int) -> Holder:
        if self._identities is not None and self._identities.counts:  # rows may come with their numbers, in any order
            return "either"
        return "table" if number <= self._last else "load"

    def _numbers(self, spec: FieldSpec, values: Sequence[Any]) -> dict[str, int]:
        """The number of each row that has one of these values."""
        found: dict[str, int] = {}
        for start in range(0, len(values), MAX_AT_ONCE):
            some = values[start : start + MAX_AT_ONCE]
            rows = self._connection.execute(
                numbers_text(self._statements, spec.attribute, len(some)), some
            ).fetchall()
            found.update((str(value), number) for value, number in rows)
        return found

    def _last_number(self) -> int:
        rows = self._connection.execute(last_number_text(self._statements)).fetchall()
        return int(rows[0][0])
