"""Identities that rows in bulk lack: counted or made, as those of single rows are.

Whoever stores many rows counts for them, and keeps others from adding any meanwhile, unless the database itself does
(`Dialect.numbers_bulk`). Identities that are given are kept, and counting goes on behind them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ..http.limits import MAX_GIVEN_NUMBER, MAX_INTEGER
from .errors import Violation, passing
from .statements import Statements
from .tables import number_of


class Identities:
    """The identities of rows that are stored in one transaction, by its connection."""

    def __init__(self, statements: Statements, connection: Any) -> None:
        made = statements.declaration.makes
        if made is None:
            raise ValueError(f"{statements.declaration.name} has identities that are given")
        self.name = made.name
        self._column = made.attribute
        self._make = made.kind.make
        self._table = statements.table
        self._dialect = statements.dialect
        self._connection = connection
        self._last = 0
        if self.counts and not self._dialect.numbers_bulk:
            self._run(self._dialect.held_numbers(self._table))
            [[self._last]] = connection.execute(self._dialect.last_number(self._table)).fetchall()

    @property
    def counts(self) -> bool:
        """Whether the identities are the numbers of the rows."""
        return number_of(self._table).name == self._column

    def of(self, given: Any) -> Any:
        """The identity of the next row: the one that is given, or the next one; None where the database numbers it.

        Raises Violation, or StoreError.
        """
        if given is not None:
            if self.counts:
                self._pass(given)
            return given
        if self._make is not None:
            return self._make()
        if self._dialect.numbers_bulk:
            return None
        if self._last >= MAX_INTEGER:  # another program has given the last one
            raise passing("full")
        self._last += 1
        return self._last

    def _pass(self, given: int) -> None:
        # PostgreSQL goes on behind a number although its row is taken back: enough of them have to be left.
        if given > MAX_GIVEN_NUMBER:
            raise Violation("value", self._table.name, (self._column,))
        self._last = max(self._last, given)

    def completed(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """The values of the next row, with its identity."""
        return {**values, self.name: self.of(values[self.name])}

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Rows are stored, behind which the database counts on; or none are, and they are counted again."""
        last = self._last
        try:
            yield
        except BaseException:
            self._last = last
            raise
        if self.counts:
            self._run(self._dialect.passed_numbers(self._table))

    def _run(self, text: str) -> None:
        if text:
            self._connection.execute(text)


def identities_of(statements: Statements, connection: Any) -> Identities | None:
    """What completes rows of a table; None where identities are given."""
    return None if statements.declaration.makes is None else Identities(statements, connection)
