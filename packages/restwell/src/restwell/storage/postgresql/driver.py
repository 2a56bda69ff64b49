"""The driver of PostgreSQL: sessions, what is refused while the server does not answer, and errors.

Readers are read-only by the settings of their session, so that no statement of a reader can write.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from os import getpid
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg import errors
from psycopg.pq import TransactionStatus
from psycopg.types.json import set_json_loads

from ...data.store_errors import ReadOnly, StoreError
from ..breaker import CONNECTING, SERVER, Breaker, Target
from ..bulk import quoted
from ..connections import LENDING, Connections, Pool, exhausted
from ..dialect import Dialect
from ..driver import LENIENT, Write
from ..errors import Violation
from ..existing_rows import has_rows
from ..statements import Statements
from .altering import altering_engine
from .copying import copy_lines, copy_text
from .dialect import PostgresqlDialect
from .errors import COLUMNS, is_lost, meaning_of, translate
from .lenient import IntervalLoader, load_json, loaded_leniently
from .lent import lending_engine, run_leniently
from .probe import READING, WRITING, probing
from .sessions import READ_ONLY, USUAL, Session, Silence, open_pooled, open_session
from .settings import SETTINGS

ROOM_FOR_INDEXES = "256MB"
"""Memory for creating an index: the default of 64 MB is too little to sort a million texts without a file."""
DECLARED = f"SELECT current_setting('{READ_ONLY}'), pg_is_in_recovery()"
OTHERS = """
SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> ALL(%s)
    AND backend_type IS DISTINCT FROM 'autovacuum worker' LIMIT 1
"""
"""Asks whether another session is connected to this database."""
INDEXES = """
SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', c.conrelid::regclass, c.conname),
    format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid))
FROM pg_constraint c WHERE c.conrelid = %(table)s::regclass AND c.contype = 'u'
    AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.conindid = c.conindid)
UNION ALL
SELECT format('DROP INDEX %%s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid)
FROM pg_index i WHERE i.indrelid = %(table)s::regclass AND NOT i.indisprimary
    AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
"""
"""The statements that drop and recreate each index of a table, except those that another table refers to.

The primary key is kept as well: its numbers come in order, so that its index grows while the next rows are read.
"""


def _fetched(cursor: psycopg.ServerCursor[Any], size: int) -> list[Any]:
    """The next rows, with UNREADABLE for values that Python does not have."""
    try:
        return cursor.fetchmany(size)
    except psycopg.DataError as error:
        if error.sqlstate is not None:
            raise
        return loaded_leniently(cursor)


class PostgresqlDriver(Connections[Session]):
    """One PostgreSQL database, or a pooler in front of it that may give each transaction another session.

    A session of our own has its settings from the beginning, and prepared statements. Behind a pooler, such as
    PgBouncer with `pool_mode = transaction`, sessions are shared: each transaction has its own settings, and no
    statement is prepared.
    """

    copied_by = "pg_dump, of one moment and while it is in use"
    copies = None
    name = "postgresql"

    def __init__(self, url: str, *, read_only: bool = False) -> None:
        super().__init__()
        self.url = url
        self.read_only = read_only
        self.dialect: Dialect = PostgresqlDialect()
        self.is_pooled: bool | None = None
        """Whether there is a pooler; None until the first connection."""
        self._columns: dict[tuple[str, str, str], tuple[str, ...]] = {}
        """The columns of constraints and indexes, by schema, table and name."""

    def _start(self) -> None:
        super()._start()
        self._lending: sa.Engine | None = None
        self._breaker = Breaker(lambda: probing(lambda: self._open(reading=True)))

    def _connect(self, *, reading: bool) -> Session:
        """Open a connection, unless it is known that none can be opened."""
        connection = self._reached(reading=reading)
        set_json_loads(load_json, connection)
        connection.adapters.register_loader("interval", IntervalLoader)
        return connection

    def _connect_to_lend(self) -> Session:
        """Open a connection that gives values as applications expect them of psycopg."""
        return self._reached(reading=False, settings=USUAL)

    def _reached(self, *, reading: bool, settings: Mapping[str, str] = SETTINGS) -> Session:
        breaker = self._breaker
        if breaker.away:
            breaker.check(SERVER, CONNECTING)
        try:
            connection = self._open(reading=reading, settings=settings)
        except psycopg.Error as error:
            if meaning_of(error) == "unreachable":
                breaker.trip(CONNECTING, error)
            raise
        connection.on_silence = self._give_up
        return connection

    def _open(self, *, reading: bool, settings: Mapping[str, str] = SETTINGS) -> Session:
        reading = reading or self.read_only
        if not self.is_pooled:
            connection = open_session(self.url, {**settings, **({READ_ONLY: "on"} if reading else {})})
            if connection is not None:
                self.is_pooled = False
                return connection
        self.is_pooled = True
        return open_pooled(self.url, {**settings, **({"transaction_read_only": "on"} if reading else {})})

    def _after_fork(self) -> None:
        self._inherited.append(self._lending)
        super()._after_fork()

    def _give_up(self) -> None:
        """Open the breaker for a server that did not answer in time, and close idle connections."""
        self._breaker.trip(SERVER, "no answer in time")
        for pool in (self._reader_pool, self._writer_pool):
            pool.discard_idle()

    def read(
        self,
        text: str,
        parameters: Sequence[Any] = (),
        table: str = "",
        *,
        leniently: bool = False,
        is_bounded: bool = True,
    ) -> list[Any]:
        """The rows of a query, on a connection that cannot write. Raises StoreError, Violation or InvalidValue."""
        breaker = self._breaker
        if breaker.away:
            breaker.check(SERVER, Target(table, READING))
        readers = self._readers()
        try:
            connection = readers.take()
            try:
                return self._asked(readers, connection, text, parameters, leniently=leniently, is_bounded=is_bounded)
            except psycopg.Error as error:
                if isinstance(error, Silence) or not (is_lost(error) or meaning_of(error) == "stale"):
                    raise
                # The server was restarted, or a table changed, since the last request: a read may be asked again.
                readers.discard_idle()
                connection = readers.take()
                return self._asked(readers, connection, text, parameters, leniently=leniently, is_bounded=is_bounded)
        except psycopg.Error as error:
            self._look_for_lock(error, Target(table, READING))
            raise self._translated(error) from error

    def write(self, text: str, parameters: Sequence[Any] = (), table: str = "") -> list[Any]:
        """Run one changing statement in a transaction of its own. Raises Violation or StoreError."""
        breaker = self._breaker
        if breaker.away:
            breaker.check(SERVER, Target(table, WRITING))
        writers = self._writers()
        try:
            try:
                return self._asked(writers, self._alive(writers), text, parameters)
            except psycopg.Error as error:
                if meaning_of(error) != "stale":
                    raise
                # It was refused before it began, so that nothing is done twice.
                writers.discard_idle()
                return self._asked(writers, writers.take(), text, parameters)
        except psycopg.Error as error:
            self._look_for_lock(error, Target(table, WRITING))
            raise self._translated(error) from error

    def write_all(self, writes: Sequence[Write]) -> list[list[Any]]:
        """Run several statements in one transaction, up to one that is lost. Raises Violation or StoreError."""
        breaker = self._breaker
        if breaker.away:
            breaker.check(SERVER, *(Target(write.table, WRITING) for write in writes))
        writers = self._writers()
        found: list[list[Any]] = []
        try:
            try:
                self._asked_all(writers, self._alive(writers), writes, found)
            except psycopg.Error as error:
                if meaning_of(error) != "stale":
                    raise
                # One was refused before it began, and the others were taken back.
                found.clear()
                writers.discard_idle()
                self._asked_all(writers, writers.take(), writes, found)
        except psycopg.Error as error:
            place = len(found) if len(found) < len(writes) else None
            if place is not None:
                self._look_for_lock(error, Target(writes[place].table, WRITING))
            translation = self._translated(error)
            if isinstance(translation, Violation):
                translation.place = place
            raise translation from error
        return found

    @staticmethod
    def _asked_all(pool: Pool[Session], connection: Session, writes: Sequence[Write], found: list[list[Any]]) -> None:
        """As `_asked`, of several statements."""
        try:
            connection.ask_all(writes, found)
        except BaseException as error:
            (pool.give if connection.is_in_order(error) else pool.discard)(connection)
            raise
        pool.give(connection)

    def _look_for_lock(self, error: psycopg.Error, target: Target) -> None:
        """Open the breaker for a table that others have locked, but not for a row, which the error then names."""
        if target.table and isinstance(error, errors.LockNotAvailable) and error.diag.context is None:
            self._breaker.trip(target, error)

    @staticmethod
    def _asked(
        pool: Pool[Session],
        connection: Session,
        text: str,
        parameters: Sequence[Any],
        *,
        leniently: bool = False,
        is_bounded: bool = True,
    ) -> list[Any]:
        """Ask on a connection of a pool, and give it back, or discard it if it is broken."""
        try:
            rows = connection.ask(text, parameters, leniently=leniently, is_bounded=is_bounded)
        except BaseException as error:
            (pool.give if connection.is_in_order(error) else pool.discard)(connection)
            raise
        pool.give(connection)
        return rows

    @staticmethod
    def _alive(writers: Pool[Session]) -> Session:
        """A writing connection that is still open: a write is never sent twice."""
        connection = writers.take()
        while connection.is_lost():
            writers.discard(connection)
            connection = writers.take()
        return connection

    def close(self) -> None:
        """Close every connection that this process opened, and stop probing."""
        self._breaker.stop()
        if self._lending is not None:
            self._lending.dispose(close=self._pid == getpid())
        super().close()

    def stream(self, text: str, parameters: Sequence[Any] = (), size: int = 1000) -> Iterator[list[Any]]:
        """The rows of a query of any length in one snapshot, `size` at a time. Raises StoreError or Violation."""
        try:
            with (
                self._reader_for_long() as connection,
                connection.beginning(unhurried=True),
                connection.cursor(name="restwell_stream") as cursor,
            ):
                cursor.execute(text, parameters)
                while rows := _fetched(cursor, size):
                    yield rows
        except psycopg.Error as error:
            raise self._translated(error) from error

    @contextlib.contextmanager
    def transaction(self, *, unhurried: bool = False) -> Iterator[Session]:
        """Several changing statements as one: all or nothing. `unhurried` ones have no time limit."""
        writers = self._writers()
        try:
            connection = self._alive(writers)
            try:
                with connection.beginning(unhurried=unhurried):
                    yield connection
            finally:
                in_order = not connection.closed and connection.pgconn.transaction_status == TransactionStatus.IDLE
                (writers.give if in_order else writers.discard)(connection)
        except psycopg.Error as error:
            raise self._translated(error) from error

    @contextlib.contextmanager
    def lend(self) -> Iterator[sa.Connection]:
        """A connection of SQLAlchemy's in a transaction that writes. Raises Violation or StoreError."""
        breaker = self._breaker
        if breaker.away:
            breaker.check(SERVER)
        if self._pid != getpid():
            self._enter()
        if self._lending is None:
            self._lending = lending_engine(self._connect_to_lend, LENDING)
        try:
            with self._lending.begin() as connection:
                yield connection.execution_options(**{LENIENT: run_leniently})
        except sa.exc.TimeoutError as error:
            raise exhausted() from error
        except sa.exc.DBAPIError as error:
            raise self._translated(error.orig) if isinstance(error.orig, psycopg.Error) else error from error
        except psycopg.Error as error:  # opening a connection
            raise self._translated(error) from error

    def _translated(self, error: psycopg.Error) -> Exception:
        """The error of the store for an error, with the columns of the constraint or index that it names."""
        if isinstance(error, errors.ReadOnlySqlTransaction) and self._is_declared_read_only():
            return ReadOnly(f"This service only reads: its database is read-only by {READ_ONLY}.")
        diag = error.diag
        if not (diag.schema_name and diag.table_name and diag.constraint_name):
            return translate(error)
        key = (diag.schema_name, diag.table_name, diag.constraint_name)
        if key not in self._columns:
            names = dict(zip(("schema", "table", "name"), key, strict=True))
            try:
                found = self.read(COLUMNS, names)  # type: ignore[arg-type]  # by name, as psycopg takes them too
            except (psycopg.Error, StoreError):
                return translate(error)
            self._columns[key] = tuple(name for (name,) in found)
        return translate(error, self._columns[key])

    def _is_declared_read_only(self) -> bool:
        """Whether the database or its user is configured as read-only; a standby is so only temporarily."""
        writers = self._writers()
        try:
            return self._asked(writers, writers.take(), DECLARED, ()) == [("on", False)]
        except (psycopg.Error, StoreError):
            return False

    def load(self, connection: Session, statements: Statements, rows: Iterable[Sequence[Any]]) -> None:
        """Insert many rows within a transaction. Raises Violation if one is refused, and then inserts none."""
        try:
            with connection.transaction(), connection.cursor() as cursor, cursor.copy(copy_text(statements)) as copy:
                for lines in copy_lines(rows):
                    copy.write(lines)
        except psycopg.Error as error:
            raise self._translated(error) from error

    def load_empty(self, connection: Session, statements: Statements, rows: Iterable[Sequence[Any]]) -> bool:
        """As `load`, into an empty table whose indexes are created afterwards: in little more than half the time.

        Nobody could read the table meanwhile. Returns False and does nothing if it has rows or another session is
        connected.
        """
        if self.is_pooled:  # sessions of others cannot be distinguished from ours
            return False
        own = [each.info.backend_pid for each in self._every() if not each.closed]
        if (
            connection.execute(has_rows(statements.dialect, statements.table.name)).fetchall()
            or connection.execute(OTHERS, (own,)).fetchall()
        ):
            return False
        try:
            with connection.transaction():  # rolling back releases the lock too
                connection.execute(f"LOCK TABLE {quoted(statements)} IN ACCESS EXCLUSIVE MODE NOWAIT")
                self._fill(connection, statements, rows)
        except errors.LockNotAvailable:
            return False
        except psycopg.Error as error:
            raise self._translated(error) from error
        return True

    def _fill(self, connection: Session, statements: Statements, rows: Iterable[Sequence[Any]]) -> None:
        indexes = connection.execute(INDEXES, {"table": quoted(statements)}).fetchall()
        for drop, _ in indexes:
            connection.execute(drop)
        self.load(connection, statements, rows)
        if indexes:
            connection.execute(f"SET LOCAL maintenance_work_mem = '{ROOM_FOR_INDEXES}'")
        for _, create in indexes:
            connection.execute(create)

    def altering_engine(self, *, writing: bool) -> sa.Engine:  # noqa: ARG002 - locks are of tables
        """An engine whose connections may alter tables."""
        return altering_engine(self.url)

    def rule_of(self, table: str, name: str) -> str:  # noqa: ARG002 - as the drivers have it
        """The name alone: PostgreSQL itself names the columns of a rule."""
        return name
