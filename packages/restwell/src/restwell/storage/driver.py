"""What Restwell asks of a database: the same few calls for each, with its errors as the store's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

import sqlalchemy as sa

from .dialect import Dialect
from .statements import Statements


class Driver(Protocol):
    """One database, used from any thread and, after a fork, from any process."""

    name: str
    dialect: Dialect
    read_only: bool
    """Whether the database was opened for reading only, as its URL said."""

    @property
    def slow_at(self) -> float:
        """When a connection was last in use for longer than MAX_LOOK, by `time.perf_counter`."""

    def read(
        self,
        text: str,
        parameters: Sequence[Any] = (),
        table: str = "",
        *,
        leniently: bool = False,
        is_bounded: bool = True,
    ) -> list[Any]:
        """The rows of a query, on a connection that cannot write. What is not bounded has far less time.

        A `table` that is named is not waited for again and again while others have locked it.

        Raises InvalidValue for what cannot be a value of its column; `leniently`, something that JSON cannot write
        stands in its place.
        """

    def stream(self, text: str, parameters: Sequence[Any] = (), size: int = 1000) -> Iterator[list[Any]]:
        """The rows of a query of any length, `size` at a time, all of one moment, leniently where need be."""

    def write(self, text: str, parameters: Sequence[Any] = (), table: str = "") -> list[Any]:
        """Run one changing statement, committed when this returns. Raises Violation or StoreError."""

    def transaction(self, *, unhurried: bool = False) -> AbstractContextManager[Any]:
        """Several changing statements, all or nothing, on the driver's own connection."""

    def load(self, connection: Any, statements: Statements, rows: Iterable[Sequence[Any]]) -> None:
        """Insert many rows within a transaction, their parameters in the order of the fields.

        Raises Violation, and then has inserted none of them.
        """

    def load_empty(self, connection: Any, statements: Statements, rows: Iterable[Sequence[Any]]) -> bool:
        """As `load`, where the table is empty and can be filled faster than that; else False, and nothing done."""

    def altering_engine(self, *, writing: bool) -> sa.Engine:
        """Connections that may alter tables, each in one transaction from its beginning."""

    def rule_of(self, table: str, name: str) -> str:
        """The expression of a rule of a table by its name; what is given where that is all there is."""

    def close(self) -> None:
        """Give back every connection of this process."""
