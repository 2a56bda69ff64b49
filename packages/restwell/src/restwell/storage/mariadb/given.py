"""MariaDB on connections of an application's engine, by PyMySQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import PoolProxiedConnection

from ..dialect import Dialect
from ..given.backends import Ask, Executing, in_order
from ..given.held import held
from ..statements import Statements
from .dialect import MariadbDialect
from .errors import LOST, number_of, translate
from .loading import load
from .opening import UNHURRIED, assignments
from .schema import CHECK

SECONDS, UNBOUNDED = 2, 0.5
"""Seconds after which a query is stopped, and one whose cost grows with the table."""


class MariadbBackend:
    """How statements are run on a connection of PyMySQL."""

    is_one_writer = False

    def __init__(self, engine: sa.Engine) -> None:
        library: Any = engine.dialect.dbapi
        self.dialect: Dialect = MariadbDialect(in_order(engine.dialect, "format"))
        self.errors: tuple[type[Exception], ...] = (library.err.Error,)
        self._cursors = library.cursors

    def read(
        self,
        raw: PoolProxiedConnection,
        text: str,
        parameters: Any,
        *,
        leniently: bool,  # noqa: ARG002 - PyMySQL gives what it cannot read as a text, which no reader takes
        is_bounded: bool,
    ) -> list[Any]:
        """The rows of a query, within a time limit."""
        limit = f"SET STATEMENT max_statement_time={SECONDS if is_bounded else UNBOUNDED} FOR "
        return list(self.executing(raw).execute(limit + text, parameters).fetchall())

    def stream(self, raw: PoolProxiedConnection, text: str, parameters: Any, size: int) -> Iterator[list[Any]]:
        """The rows of a query in one snapshot, `size` at a time."""
        connection: Any = raw.dbapi_connection
        patience = waiting_for_ever(connection)
        try:
            with Executing(connection, cursor=self._cursors.SSCursor).execute(text, parameters) as cursor:
                while rows := list(cursor.fetchmany(size)):
                    yield rows
        finally:
            connection._read_timeout = patience  # noqa: SLF001 - as in `waiting_for_ever`

    def can_read(self, raw: PoolProxiedConnection) -> bool:  # noqa: ARG002 - as the protocol has it
        """Always: no error of a query ends a transaction."""
        return True

    def begin(self, connection: sa.Connection, *, unhurried: bool) -> None:
        """See whether the server is there. Limits of time for locks are the application's."""
        raw: Any = connection.connection.dbapi_connection
        connection.exec_driver_sql("START TRANSACTION" if raw.get_autocommit() else "SELECT 1")
        if unhurried:
            connection.detach()  # closed at the end, with its settings and the lock that tables are created under
            connection.exec_driver_sql(assignments(UNHURRIED))
            waiting_for_ever(raw)

    def executing(self, raw: PoolProxiedConnection) -> Executing:
        """The connection itself, to run statements on."""
        return Executing(raw.dbapi_connection, cursor=self._cursors.Cursor)

    def run(self, raw: PoolProxiedConnection, text: str, parameters: Any) -> list[Any]:
        """Run a changing statement within a transaction, and give the rows that it returns."""
        return list(self.executing(raw).execute(text, parameters).fetchall())

    def is_lost(self, error: Exception) -> bool:
        """Whether the connection is lost, while another one may work."""
        return isinstance(error, self.errors) and number_of(error) in LOST

    def translate(self, error: Exception, ask: Ask, statement: str = "") -> Exception:
        """The StoreError or Violation for an error, with the columns that it names or whose key it does."""
        return translate(error, statement, ask) if isinstance(error, self.errors) else error

    def load(self, connection: Any, statements: Statements, rows: Iterable[Any]) -> None:
        """Insert many rows within a transaction. Raises Violation or StoreError, and then has inserted none."""

        def ask(text: str, parameters: Any) -> list[Any]:
            return list(connection.execute(text, parameters).fetchall())

        load(connection, statements, rows, lambda error, text: self.translate(error, ask, text))

    def restoring(self, engine: sa.Engine) -> AbstractContextManager[None]:
        """By one transaction for all, which ends early where tables are altered."""
        return held(engine, "SET autocommit = 0; START TRANSACTION")

    def rule_of(self, ask: Ask, table: str, name: str) -> str:
        """The expression of a CHECK by its name."""
        found = ask(CHECK, (table, name))
        return str(found[0][0]) if found else name


def waiting_for_ever(connection: Any) -> Any:
    """Have a connection of PyMySQL wait for an answer as long as it takes; how long it has waited before."""
    before = connection._read_timeout  # noqa: SLF001 - it is given when a connection is opened, and by no other name
    connection._read_timeout = None  # noqa: SLF001 - as above
    return before
