"""Many rows at once into the table of a resource, within one transaction; identities that are taken are left out.

Rows are sent in large pieces in the hope that every identity is free. Only a piece in which one is not is looked
at row by row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from .bulk import last_number_text, numbers_text
from .driver import Driver
from .errors import Taken
from .statements import Statements

Holder = Literal["table", "load"]
"""Who has an identity already: a row that was there before, or one that was loaded a moment ago."""
MOST_AT_ONCE = 500
"""Identities that are looked up in one query."""


class Loading:
    """Rows on their way into one table, in a transaction that somebody else begins and ends."""

    def __init__(self, driver: Driver, statements: Statements, connection: Any) -> None:
        self._driver = driver
        self._statements = statements
        self._connection = connection
        self._names = [spec.name for spec in statements.declaration.fields]
        self._identity = self._names.index(statements.declaration.identity.name)
        self._last = self._last_number()

    def add_all(self, rows: Iterable[Sequence[Any]]) -> None:
        """Load rows of values in the order of the fields. Raises Taken, and then has loaded none of them."""
        self._driver.load(self._connection, self._statements, self._parameters(rows))

    def add_to_empty(self, rows: Iterable[Sequence[Any]]) -> bool:
        """Load into a table that is empty, by the fastest way there is; False when there is none but `add`.

        Raises Taken, and then has loaded none of them.
        """
        return self._driver.load_empty(self._connection, self._statements, self._parameters(rows))

    def add(self, rows: Sequence[Sequence[Any]]) -> dict[int, Holder]:
        """Load the rows whose identity is free; the places of the others, and who has theirs."""
        taken: dict[int, Holder] = {}
        while True:
            try:
                self.add_all([row for place, row in enumerate(rows) if place not in taken] if taken else rows)
            except Taken:
                more = self._taken(rows)
                if more.keys() <= taken.keys():
                    raise
                taken = more
            else:
                return taken

    def _parameters(self, rows: Iterable[Sequence[Any]]) -> Iterable[Sequence[Any]]:
        writers = [self._statements.writers[name] for name in self._names]
        if not any(writers):
            return rows
        return (
            [
                value if writer is None or value is None else writer(value)
                for writer, value in zip(writers, row, strict=True)
            ]
            for row in rows
        )

    def _taken(self, rows: Sequence[Sequence[Any]]) -> dict[int, Holder]:
        identities = [str(row[self._identity]) for row in rows]
        numbers = self._numbers([row[self._identity] for row in rows])
        taken: dict[int, Holder] = {}
        seen: set[str] = set()
        for place, identity in enumerate(identities):
            if identity in numbers:
                taken[place] = "table" if numbers[identity] <= self._last else "load"
            elif identity in seen:
                taken[place] = "load"
            seen.add(identity)
        return taken

    def _numbers(self, identities: Sequence[Any]) -> dict[str, int]:
        """The number of each row that has one of these identities."""
        found: dict[str, int] = {}
        for start in range(0, len(identities), MOST_AT_ONCE):
            some = identities[start : start + MOST_AT_ONCE]
            rows = self._connection.execute(numbers_text(self._statements, len(some)), some).fetchall()
            found.update((str(identity), number) for identity, number in rows)
        return found

    def _last_number(self) -> int:
        rows = self._connection.execute(last_number_text(self._statements)).fetchall()
        return int(rows[0][0])
