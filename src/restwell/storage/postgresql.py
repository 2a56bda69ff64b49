"""PostgreSQL: connections, time limits, and its errors as problems.

Readers are read-only by their session's settings, so that a read cannot write whatever its statement says.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg import errors
from sqlalchemy.dialects.postgresql import psycopg as dialects

from ..problems import StorageFull, TooSlow, Unavailable
from .bulk import any_text, copy_lines, copy_text, quoted
from .connections import Connections
from .driver import IdentityTaken
from .statements import Statements

SETTINGS = {
    "statement_timeout": "2s",
    "lock_timeout": "1s",
    "idle_in_transaction_session_timeout": "5s",
    "timezone": "UTC",
}
LONGEST = 3.0
"""Seconds after which a server that has not even said that a statement took too long is given up."""
UNHURRIED = {"statement_timeout": "0", "lock_timeout": "0", "idle_in_transaction_session_timeout": "0"}
ROOM_FOR_INDEXES = "256MB"
"""Memory of the server for making an index; the usual 64 MB are too few to sort a million texts without a file."""
FAREWELLS = (errors.AdminShutdown, errors.CrashShutdown, errors.IdleSessionTimeout)
"""With which a server ends a connection."""
_Silence = errors._WaitTimeout  # noqa: SLF001 - psycopg says that callers handle it, and has no other name for it
OTHERS = """
SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> ALL(%s)
    AND backend_type IS DISTINCT FROM 'autovacuum worker' LIMIT 1
"""
"""Asks whether anybody else is connected to this database."""
INDEXES = """
SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', c.conrelid::regclass, c.conname),
    format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid))
FROM pg_constraint c WHERE c.conrelid = %(table)s::regclass AND c.contype IN ('p', 'u')
    AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.conindid = c.conindid)
UNION ALL
SELECT format('DROP INDEX %%s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid)
FROM pg_index i WHERE i.indrelid = %(table)s::regclass
    AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
"""
"""What drops each index of a table, and what makes it again as it was; not those that another table relies on."""


class _Connection(psycopg.Connection[Any]):
    """A connection that is closed when its server is silent for too long."""

    patience: float | None = LONGEST
    """Seconds for which an answer is waited for; None where it may take any time."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for an answer. Raises OperationalError when there is none in time, and then is closed."""
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except _Silence:
            self.pgconn.finish()
            raise

    def configure(self, settings: Mapping[str, str]) -> None:
        """Set what holds for this session from now on."""
        self.execute(
            "SELECT " + ", ".join(f"set_config('{name}', '{value}', false)" for name, value in settings.items())
        )

    def hurry(self, *, limited: bool) -> None:
        """Have the usual limits of time, or none."""
        self.configure(SETTINGS if limited else UNHURRIED)
        self.patience = LONGEST if limited else None

    def is_lost(self) -> bool:
        """Whether the server has gone since the last answer. Its farewell is read first, its end behind that."""
        try:
            self.pgconn.consume_input()
            self.pgconn.consume_input()
        except psycopg.OperationalError:
            return True
        return self.closed


class PostgresqlDriver(Connections[_Connection]):
    """One PostgreSQL database. Each thread has a reading and a writing connection, opened when first needed."""

    name = "postgresql"

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.dialect: sa.engine.Dialect = dialects.dialect(paramstyle="format")  # type: ignore[no-untyped-call]

    def _connect(self, *, reading: bool) -> _Connection:
        connection = _Connection.connect(self.url, autocommit=True, connect_timeout=2)
        try:
            connection.configure(SETTINGS | {"default_transaction_read_only": "on" if reading else "off"})
        except BaseException:
            connection.close()
            raise
        connection.prepare_threshold = 2
        return connection

    def read(self, text: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """The rows of a query, on a connection that cannot write. Raises Problem."""
        try:
            connection = self._connection(reading=True)
            try:
                return connection.execute(text, parameters).fetchall()
            except psycopg.OperationalError as error:
                if isinstance(error, _Silence) or not (connection.closed or isinstance(error, FAREWELLS)):
                    raise
                # The server was restarted since the last request: a read may simply be asked again.
                connection.close()
                return self._connection(reading=True).execute(text, parameters).fetchall()
        except psycopg.Error as error:
            raise _problem(error) from error

    def stream(self, text: str, parameters: Sequence[Any] = (), size: int = 1000) -> Iterator[list[Any]]:
        """The rows of a query of any length, `size` at a time, of one moment. Raises Problem."""
        try:
            connection = self._open(reading=True)
            try:
                connection.hurry(limited=False)
                with connection.transaction(), connection.cursor(name="restwell_stream") as cursor:
                    cursor.execute(text, parameters)
                    while rows := cursor.fetchmany(size):
                        yield rows
            finally:
                self._forget(connection)
        except psycopg.Error as error:
            raise _problem(error) from error

    def write(self, text: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """Run one changing statement in a transaction of its own. Raises IdentityTaken or Problem."""
        try:
            connection = self._alive()
            cursor = connection.execute(text, parameters)
            return cursor.fetchall() if cursor.description else []
        except psycopg.Error as error:
            raise _problem(error) from error

    def _alive(self) -> _Connection:
        """A writing connection that was not lost meanwhile: a write is never sent twice."""
        connection = self._connection(reading=False)
        if connection.is_lost():
            connection.close()
            connection = self._connection(reading=False)
        return connection

    @contextlib.contextmanager
    def transaction(self, *, unhurried: bool = False) -> Iterator[_Connection]:
        """Several changing statements as one: all or nothing. `unhurried` ones have no time limit."""
        try:
            connection = self._alive()
            if unhurried:
                connection.hurry(limited=False)
            try:
                with connection.transaction():
                    yield connection
            finally:
                if unhurried and not connection.closed:
                    connection.hurry(limited=True)
        except psycopg.Error as error:
            raise _problem(error) from error

    def load(self, connection: _Connection, statements: Statements, rows: Iterable[Sequence[Any]]) -> None:
        """Insert many rows within a transaction. Raises IdentityTaken, and then has inserted none of them."""
        try:
            with connection.transaction(), connection.cursor() as cursor, cursor.copy(copy_text(statements)) as copy:
                for lines in copy_lines(rows):
                    copy.write(lines)
        except errors.UniqueViolation as error:
            raise IdentityTaken from error

    def load_empty(self, connection: _Connection, statements: Statements, rows: Iterable[Sequence[Any]]) -> bool:
        """As `load` into an empty table, its indexes made afterwards: in little more than half the time.

        Nobody could read the table meanwhile. False, and nothing done, when it has rows or anybody else is connected.
        """
        own = [each.info.backend_pid for each in self._all.copy() if not each.closed]
        if connection.execute(any_text(statements)).fetchall() or connection.execute(OTHERS, (own,)).fetchall():
            return False
        try:
            with connection.transaction():  # taken back, it gives back the lock too
                connection.execute(f"LOCK TABLE {quoted(statements)} IN ACCESS EXCLUSIVE MODE NOWAIT")
                self._fill(connection, statements, rows)
        except errors.LockNotAvailable:
            return False
        except errors.UniqueViolation as error:
            raise IdentityTaken from error
        return True

    def _fill(self, connection: _Connection, statements: Statements, rows: Iterable[Sequence[Any]]) -> None:
        indexes = connection.execute(INDEXES, {"table": quoted(statements)}).fetchall()
        for drop, _ in indexes:
            connection.execute(drop)
        self.load(connection, statements, rows)
        if indexes:
            connection.execute(f"SET LOCAL maintenance_work_mem = '{ROOM_FOR_INDEXES}'")
        for _, create in indexes:
            connection.execute(create)


def _problem(error: Exception) -> Exception:
    """The problem that an error of PostgreSQL is to a client."""
    if isinstance(error, errors.UniqueViolation):
        return IdentityTaken()
    if isinstance(error, errors.QueryCanceled):
        return TooSlow("Ask for less: a narrower filter, or a sort by an indexed field.")
    if isinstance(error, (errors.DiskFull, errors.OutOfMemory)):
        return StorageFull("Writing works again when there is room.", headers=(("Retry-After", "60"),))
    if isinstance(error, (errors.LockNotAvailable, errors.SerializationFailure, errors.DeadlockDetected)):
        return Unavailable("Another writer is at work; ask again in a moment.", headers=(("Retry-After", "1"),))
    if isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError, errors.ReadOnlySqlTransaction)):
        return Unavailable("The store cannot be reached at the moment.", headers=(("Retry-After", "5"),))
    return error
