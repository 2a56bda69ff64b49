"""The protocol of a database driver: the same calls for every database, which raise the errors of a store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol

import sqlalchemy as sa

from .copying import Copies
from .dialect import Dialect
from .statements import Statements

SESSION = "restwell_session"
"""The execution option of a lent connection that is of a session of the application's: it names the session."""
OTHERS, BINDS = "restwell_others", "restwell_binds"
"""Those of a lent connection beside which there are other engines: these, and the engine of each class and table."""
LENIENT = "restwell_lenient"
"""That of every lent connection: a function of it, a text and parameters that gives the rows of a query.

A value that is invalid for its column is replaced by something that JSON cannot write, as by `Driver.read`.
"""


class Write(NamedTuple):
    """One changing statement of several. Each gives rows; one that `must_change` is lost when it gives none."""

    text: str
    parameters: Sequence[Any] = ()
    table: str = ""
    must_change: bool = False


class Driver(Protocol):
    """One database, used from any thread and, after a fork, from any process."""

    name: str
    dialect: Dialect
    read_only: bool
    """Whether the database was opened for reading only, by its URL."""
    copied_by: str
    """What copies such a database where `copies` does not, in words."""

    @property
    def copies(self) -> Copies | None:
        """What makes copies of it in files; None where `copied_by` says what does."""

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
        """The rows of a query, on a connection that cannot write. One that is not bounded has a shorter time limit.

        With a `table`, a lock that others hold on it is waited for once, and then refused at once until it is free.

        Raises InvalidValue for a value that is invalid for its column; `leniently`, it is replaced by something that
        JSON cannot write.
        """

    def stream(self, text: str, parameters: Sequence[Any] = (), size: int = 1000) -> Iterator[list[Any]]:
        """The rows of a query of any length in one snapshot, `size` at a time, read leniently if necessary."""

    def write(self, text: str, parameters: Sequence[Any] = (), table: str = "") -> list[Any]:
        """Run one changing statement, committed when this returns. Raises Violation or StoreError."""

    def write_all(self, writes: Sequence[Write]) -> list[list[Any]]:
        """Run several changing statements in one transaction; the rows of each, committed when this returns.

        Where one is lost, the rows end with its own, and nothing was changed. A Violation has the `place` of the
        statement that it is about. Raises Violation or StoreError, and then nothing was changed either, but for
        `Unreachable`, as in `write`.
        """

    def transaction(self, *, unhurried: bool = False) -> AbstractContextManager[Any]:
        """Several changing statements, all or nothing, on the driver's own connection."""

    def lend(self) -> AbstractContextManager[sa.Connection]:
        """A connection of SQLAlchemy's in a transaction that writes, committed at the end.

        Raises Violation or StoreError, also for errors of the database that SQLAlchemy has wrapped.
        """

    def load(self, connection: Any, statements: Statements, rows: Iterable[Sequence[Any]]) -> None:
        """Insert many rows within a transaction, their parameters in the order of the fields.

        Raises Violation, and then has inserted none of them.
        """

    def load_empty(self, connection: Any, statements: Statements, rows: Iterable[Sequence[Any]]) -> bool:
        """As `load`, if the table is empty and can be filled faster; otherwise False, and nothing is done."""

    def altering_engine(self, *, writing: bool) -> sa.Engine:
        """An engine whose connections may alter tables, each in one transaction from its beginning."""

    def rule_of(self, table: str, name: str) -> str:
        """The expression of a rule of a table by its name; the name itself if the expression is not known."""

    def close(self) -> None:
        """Give back every connection of this process."""


def is_updated(driver: Driver, text: str, parameters: Sequence[Any], table: str = "") -> bool:
    """Run an UPDATE of a table that has an `id`; whether it has changed any row. Raises StoreError."""
    if driver.dialect.returns_updated:
        return bool(driver.write(f"{text} RETURNING id", parameters, table))
    with driver.lend() as connection:
        return connection.exec_driver_sql(text, tuple(parameters)).rowcount > 0
