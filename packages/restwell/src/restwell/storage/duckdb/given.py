"""DuckDB on connections of an application's engine, by duckdb-engine. Nothing is written on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import PoolProxiedConnection, StaticPool

from ...data.store_errors import ReadOnly
from ..dialect import Dialect
from ..given.backends import Ask
from ..statements import Statements
from .dialect import DuckdbDialect
from .errors import is_lost, translate
from .interrupting import Interrupter

SECONDS, UNBOUNDED = 2.0, 0.5
"""Seconds after which a query is stopped, and one whose cost grows with the table."""


class DuckdbBackend:
    """How queries are run on a connection of `duckdb`, and that nothing else is."""

    is_one_writer = False

    def __init__(self, engine: sa.Engine) -> None:
        library: Any = engine.dialect.loaded_dbapi
        self.dialect: Dialect = DuckdbDialect(engine)
        self.errors: tuple[type[Exception], ...] = (library.Error,)
        self.interrupter = Interrupter()
        self._engine = engine

    def read(
        self,
        raw: PoolProxiedConnection,
        text: str,
        parameters: Any,
        *,
        leniently: bool,  # noqa: ARG002 - what cannot be read comes as a text, which its reader refuses
        is_bounded: bool,
    ) -> list[Any]:
        """The rows of a query, within a time limit."""
        connection: Any = raw.dbapi_connection
        with self.interrupter.stopping(connection, SECONDS if is_bounded else UNBOUNDED):
            return list(connection.execute(text, parameters).fetchall())

    def stream(self, raw: PoolProxiedConnection, text: str, parameters: Any, size: int) -> Iterator[list[Any]]:
        """The rows of a query in one snapshot, `size` at a time."""
        connection: Any = raw.dbapi_connection
        # A connection has one result at a time, and this one is everybody's.
        asked = connection.duplicate() if isinstance(self._engine.pool, StaticPool) else connection
        try:
            found = asked.execute(text, parameters)
            while rows := list(found.fetchmany(size)):
                yield rows
        finally:
            if asked is not connection:
                asked.close()

    def can_read(self, raw: PoolProxiedConnection) -> bool:
        """Whether the transaction that has begun has met no error."""
        connection: Any = raw.dbapi_connection
        try:
            connection.execute("SELECT 1").fetchall()
        except self.errors:
            return False
        return True

    def begin(self, connection: sa.Connection, *, unhurried: bool) -> None:  # noqa: ARG002 - as the protocol has it
        """Refused. Raises ReadOnly."""
        raise ReadOnly("This service only reads: its database is DuckDB.")

    def executing(self, raw: PoolProxiedConnection) -> Any:
        """The connection itself."""
        return raw.dbapi_connection

    def run(self, raw: PoolProxiedConnection, text: str, parameters: Any) -> list[Any]:
        """Refused. Raises NotImplementedError."""
        raise NotImplementedError  # no transaction has begun

    def is_lost(self, error: Exception) -> bool:
        """Whether the connection was closed by somebody else."""
        return isinstance(error, self.errors) and is_lost(error)

    def translate(self, error: Exception, ask: Ask, statement: str = "") -> Exception:  # noqa: ARG002 - the error says all
        """The StoreError or Violation for an error."""
        return translate(error) if isinstance(error, self.errors) else error

    def load(self, connection: Any, statements: Statements, rows: Iterable[Sequence[Any]]) -> None:
        """Refused. Raises NotImplementedError."""
        raise NotImplementedError  # as above

    def restoring(self, engine: sa.Engine) -> AbstractContextManager[None]:  # noqa: ARG002 - as the protocol has it
        """Nothing, as nothing is written; what a test itself writes by the engine stays."""
        return nullcontext()

    def rule_of(self, ask: Ask, table: str, name: str) -> str:  # noqa: ARG002 - as the protocol has it
        """The name alone."""
        return name
