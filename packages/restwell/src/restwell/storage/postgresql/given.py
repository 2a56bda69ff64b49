"""PostgreSQL on connections of an application's engine, by psycopg 3.

Settings are made within a transaction, and end with it. A read is one message: the settings, among them that nothing
is written, and the query behind them. Values are read as Restwell's own sessions give them; what the application has
registered for other types stays.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import psycopg
import sqlalchemy as sa
from psycopg.adapt import AdaptersMap, Transformer
from psycopg.pq import TransactionStatus
from psycopg.types.json import set_json_loads
from sqlalchemy.pool import PoolProxiedConnection

from ..given.held import held
from ..statements import Statements
from .copying import copy_lines, copy_text
from .engines import BACK, KNOWN, LASTING, LIMITS, READING, SAVED, WRITING, PostgresqlErrors
from .lenient import IntervalLoader, load_json, rows_leniently
from .sessions import as_literals
from .settings import UNBOUNDED, UNHURRIED, set_local


class ReadAs(NamedTuple):
    """How values are read: as on a connection whose time zone is UTC."""

    adapters: AdaptersMap
    connection: None = None


class PostgresqlBackend(PostgresqlErrors):
    """How statements are run on a connection of `psycopg`."""

    def read(
        self, raw: PoolProxiedConnection, text: str, parameters: Any, *, leniently: bool, is_bounded: bool
    ) -> list[Any]:
        """The rows of a query in a transaction of its own that only reads, within a time limit."""
        connection = _connection(raw)
        asked = READING + ("" if is_bounded else set_local(UNBOUNDED)) + text
        cursor: psycopg.Cursor[Any] = psycopg.ClientCursor(connection)
        if connection.pgconn.transaction_status == TransactionStatus.IDLE:
            with _alone(connection):
                cursor.execute(asked, as_literals(parameters))
            cursor.set_result(-1)
        else:
            try:
                cursor.execute(f"{SAVED}{asked}; {BACK}", as_literals(parameters))
            except psycopg.Error:
                if connection.pgconn.transaction_status == TransactionStatus.INERROR:
                    connection.execute(BACK)
                raise
            cursor.set_result(-3)
        return self._rows(raw, cursor, leniently=leniently)

    def _rows(self, raw: PoolProxiedConnection, cursor: psycopg.Cursor[Any], *, leniently: bool = False) -> list[Any]:
        result = cursor.pgresult
        if result is None or not result.nfields:
            return []
        read_as = self._read_as(raw)
        if leniently:
            return rows_leniently(result, ReadAs(AdaptersMap(read_as.adapters)))
        transformer = Transformer(read_as)
        transformer.set_pgresult(result)
        return list(transformer.load_rows(0, result.ntuples, tuple))

    def _read_as(self, raw: PoolProxiedConnection) -> ReadAs:
        """How the values of a connection are read, with what the application has registered for it."""
        found: ReadAs | None = raw.info.get(KNOWN)
        if found is None:
            raw.info[KNOWN] = found = ReadAs(AdaptersMap(_connection(raw).adapters))
            found.adapters.register_loader("interval", IntervalLoader)
            if not self._has_own_json:
                set_json_loads(load_json, found)
        return found

    def stream(self, raw: PoolProxiedConnection, text: str, parameters: Any, size: int) -> Iterator[list[Any]]:
        """The rows of a query in one snapshot, `size` at a time, read leniently if necessary."""
        connection = _connection(raw)
        with connection.transaction():
            opening = f"{READING}{set_local(UNHURRIED)}DECLARE restwell_stream CURSOR FOR {text}"
            psycopg.ClientCursor(connection).execute(opening, as_literals(parameters))
            while rows := self._next(raw, f"FETCH FORWARD {size} FROM restwell_stream"):
                yield rows

    def _next(self, raw: PoolProxiedConnection, fetch: str) -> list[Any]:
        found = _connection(raw).execute(fetch)
        try:
            return self._rows(raw, found)
        except psycopg.DataError as error:
            if error.sqlstate is not None:
                raise
            return self._rows(raw, found, leniently=True)

    def can_read(self, raw: PoolProxiedConnection) -> bool:
        """Whether the transaction that has begun has met no error."""
        return _connection(raw).pgconn.transaction_status in {TransactionStatus.IDLE, TransactionStatus.INTRANS}

    def begin(self, connection: sa.Connection, *, unhurried: bool) -> None:
        """Set limits of time. As the first statement of a transaction, it also shows whether the server is there."""
        raw = _connection(connection.connection)
        is_loose = raw.autocommit and raw.pgconn.transaction_status == TransactionStatus.IDLE
        settings = set_local(UNHURRIED if unhurried else LIMITS)
        connection.exec_driver_sql(f"BEGIN; {settings}" if is_loose else settings)

    def run(self, raw: PoolProxiedConnection, text: str, parameters: Any) -> list[Any]:
        """Run a changing statement within a transaction, and give the rows that it returns."""
        connection = _connection(raw)
        cursor: psycopg.Cursor[Any] = psycopg.ClientCursor(connection)
        cursor.execute(WRITING + text, as_literals(parameters))
        cursor.set_result(-1)
        return self._rows(raw, cursor)

    def load(self, connection: Any, statements: Statements, rows: Iterable[Sequence[Any]]) -> None:
        """Insert many rows within a transaction. Raises an error of psycopg's if one is refused, and inserts none."""
        with connection.transaction(), connection.cursor() as cursor, cursor.copy(copy_text(statements)) as copy:
            for lines in copy_lines(rows):
                copy.write(lines)

    def restoring(self, engine: sa.Engine) -> contextlib.AbstractContextManager[None]:
        """By one transaction for all."""
        return held(engine, "START TRANSACTION", LASTING)


def _connection(raw: PoolProxiedConnection) -> psycopg.Connection[Any]:
    connection: Any = raw.dbapi_connection
    return connection  # type: ignore[no-any-return]  # of the library that the engine was asked for


@contextlib.contextmanager
def _alone(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Without a transaction that psycopg begins: a message is one by itself."""
    before = connection.autocommit
    connection.autocommit = True
    try:
        yield
    finally:
        if not connection.closed:
            connection.autocommit = before
