"""PostgreSQL: connections, time limits, and its errors as problems.

Readers are read-only by their session's settings, so that a read cannot write whatever its statement says.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus
from psycopg.types.json import set_json_loads
from sqlalchemy.dialects.postgresql import psycopg as dialects

from ..problems import Problem
from .bulk import any_text, copy_lines, copy_text, quoted
from .connections import Connections, Pool
from .lenient import load_json, loaded_leniently
from .postgresql_errors import COLUMNS, is_lost, meaning_of, translate
from .statements import Statements

SETTINGS = {
    "statement_timeout": "2s",
    "lock_timeout": "1s",
    "idle_in_transaction_session_timeout": "5s",
    "timezone": "UTC",
}
UNBOUNDED = {"statement_timeout": "500ms", "lock_timeout": "400ms"}
"""For a query whose cost grows with the table. By the wall clock, which runs while others have the processor too."""
LONGEST = 3.0
"""Seconds after which a server that has not even said that a statement took too long is given up."""
UNHURRIED = {"statement_timeout": "0", "lock_timeout": "0", "idle_in_transaction_session_timeout": "0"}
ROOM_FOR_INDEXES = "256MB"
"""Memory of the server for making an index; the usual 64 MB are too few to sort a million texts without a file."""
MARK = "restwell.session"
"""A setting of no meaning, by which a session that is ours is recognised."""
NO_OPTIONS = re.compile("startup parameter|command-line options", re.IGNORECASE)
"""With what poolers refuse settings that come with the connection: PgBouncer and its kin, RDS Proxy."""
_Silence = errors._WaitTimeout  # noqa: SLF001 - psycopg says that callers handle it, and has no other name for it
OTHERS = """
SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> ALL(%s)
    AND backend_type IS DISTINCT FROM 'autovacuum worker' LIMIT 1
"""
"""Asks whether anybody else is connected to this database."""
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
"""What drops each index of a table, and what makes it again as it was; not those that another table relies on.

Nor that of the primary key: its numbers come in order, so that it grows while the next rows are being read.
"""


class _Connection(psycopg.Connection[Any]):
    """A connection that is closed when its server is silent for too long."""

    patience: float | None = LONGEST
    """Seconds for which an answer is waited for; None where it may take any time."""
    prelude = ""
    """What goes before a statement in the same transaction, where a session cannot have settings of its own."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for an answer. Raises OperationalError when there is none in time, and then is closed."""
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except _Silence:
            self.pgconn.finish()
            raise

    def ask(
        self, text: str, parameters: Sequence[Any], *, leniently: bool = False, is_bounded: bool = True
    ) -> list[Any]:
        """Run one statement in a transaction of its own; the rows that it gives."""
        prelude = self.prelude if is_bounded else self.prelude + set_local(UNBOUNDED)
        if is_bounded:
            cursor = self.execute(prelude + text, parameters)
        else:  # in one message with the statement, as all are behind a pooler
            cursor = psycopg.ClientCursor(self).execute(prelude + text, parameters)
        if prelude:
            cursor.set_result(-1)
        if leniently:
            return loaded_leniently(cursor)
        return cursor.fetchall() if cursor.description else []

    @contextlib.contextmanager
    def beginning(self, *, unhurried: bool) -> Iterator[None]:
        """A transaction; an unhurried one has no limits of time."""
        self.patience = None if unhurried else LONGEST
        try:
            with self.transaction():
                if unhurried or self.prelude:
                    self.execute(self.prelude + (set_local(UNHURRIED) if unhurried else ""))
                yield
        finally:
            self.patience = LONGEST

    def is_lost(self) -> bool:
        """Whether the server has gone since the last answer. Its farewell is read first, its end behind that."""
        try:
            self.pgconn.consume_input()
            self.pgconn.consume_input()
        except psycopg.OperationalError:
            return True
        return self.closed

    def is_in_order(self, error: BaseException) -> bool:
        """Whether the next statement can be run after an error."""
        if not isinstance(error, psycopg.Error) or is_lost(error) or meaning_of(error) == "stale":
            return False
        return self.pgconn.transaction_status == TransactionStatus.IDLE


def set_local(settings: Mapping[str, str]) -> str:
    """Statements that set what holds until the end of the transaction."""
    return "".join(f"SET LOCAL {name} = '{value}'; " for name, value in settings.items())


def _fetched(cursor: psycopg.ServerCursor[Any], size: int) -> list[Any]:
    """The next rows, with UNREADABLE for what Python has no value for."""
    try:
        return cursor.fetchmany(size)
    except psycopg.DataError as error:
        if error.sqlstate is not None:
            raise
        return loaded_leniently(cursor)


class PostgresqlDriver(Connections[_Connection]):
    """One PostgreSQL database, or a pooler before it that gives each transaction another session.

    A session of our own has its settings from the beginning, and statements that are prepared. Behind a pooler, such
    as PgBouncer with `pool_mode = transaction`, sessions are others' as well: there each transaction sets what it
    needs for itself, and nothing is prepared.
    """

    name = "postgresql"
    read_only = False

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.dialect: sa.engine.Dialect = dialects.dialect(paramstyle="format")  # type: ignore[no-untyped-call]
        self.is_pooled: bool | None = None
        """Whether sessions are not ours alone; None until the first connection."""
        self._columns: dict[tuple[str, str, str], tuple[str, ...]] = {}
        """The columns of constraints and indexes, by schema, table and name."""

    def _connect(self, *, reading: bool) -> _Connection:
        connection = self._opened(reading=reading)
        set_json_loads(load_json, connection)
        return connection

    def _opened(self, *, reading: bool) -> _Connection:
        settings = SETTINGS | {"default_transaction_read_only": "on" if reading else "off"}
        if not self.is_pooled:
            connection = self._session(settings)
            if connection is not None:
                self.is_pooled = False
                return connection
        self.is_pooled = True
        return self._pooled(SETTINGS | {"transaction_read_only": "on" if reading else "off"})

    def _session(self, settings: Mapping[str, str]) -> _Connection | None:
        """A connection whose session is ours, with these settings; None when there is a pooler in between.

        PgBouncer refuses settings that come with the connection. It may have been told to ignore them instead, so
        that the session is asked whether it has got a mark that came along with them.
        """
        mark = secrets.token_hex(8)
        given = " ".join(f"-c {name}={value}" for name, value in {**settings, MARK: mark}.items())
        options = f"{conninfo_to_dict(self.url).get('options') or os.environ.get('PGOPTIONS', '')} {given}".strip()
        try:
            connection = _Connection.connect(
                self.url, autocommit=True, connect_timeout=2, options=options, prepare_threshold=2
            )
        except psycopg.OperationalError as error:
            if NO_OPTIONS.search(str(error)):
                return None
            raise
        try:
            if connection.execute(f"SELECT current_setting('{MARK}', true)").fetchone() == (mark,):
                return connection
        except BaseException:
            connection.close()
            raise
        connection.close()
        return None

    def _pooled(self, settings: Mapping[str, str]) -> _Connection:
        """A connection that sets everything by transaction, in one message with the statement.

        The parameters stand in the text then, put there by psycopg. The time zone is by session: it is one of the
        few settings that PgBouncer keeps for each of its clients, and psycopg reads moments by it.
        """
        connection = _Connection.connect(
            self.url, autocommit=True, connect_timeout=2, prepare_threshold=None, cursor_factory=psycopg.ClientCursor
        )
        try:
            connection.execute(f"SET timezone = '{settings['timezone']}'")
        except BaseException:
            connection.close()
            raise
        connection.prelude = set_local(settings)
        return connection

    def read(
        self, text: str, parameters: Sequence[Any] = (), *, leniently: bool = False, is_bounded: bool = True
    ) -> list[Any]:
        """The rows of a query, on a connection that cannot write. Raises Problem, Violation or InvalidValue."""
        readers = self._readers()
        try:
            connection = readers.take()
            try:
                return self._asked(readers, connection, text, parameters, leniently=leniently, is_bounded=is_bounded)
            except psycopg.Error as error:
                if isinstance(error, _Silence) or not (is_lost(error) or meaning_of(error) == "stale"):
                    raise
                # The server was restarted, or a table changed, since the last request: a read may be asked again.
                readers.discard_idle()
                connection = readers.take()
                return self._asked(readers, connection, text, parameters, leniently=leniently, is_bounded=is_bounded)
        except psycopg.Error as error:
            raise self._translated(error) from error

    def write(self, text: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """Run one changing statement in a transaction of its own. Raises Violation or Problem."""
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
            raise self._translated(error) from error

    @staticmethod
    def _asked(
        pool: Pool[_Connection],
        connection: _Connection,
        text: str,
        parameters: Sequence[Any],
        *,
        leniently: bool = False,
        is_bounded: bool = True,
    ) -> list[Any]:
        """Ask on a connection of a pool, which has it back then, or is rid of it."""
        try:
            rows = connection.ask(text, parameters, leniently=leniently, is_bounded=is_bounded)
        except BaseException as error:
            (pool.give if connection.is_in_order(error) else pool.discard)(connection)
            raise
        pool.give(connection)
        return rows

    @staticmethod
    def _alive(writers: Pool[_Connection]) -> _Connection:
        """A writing connection that was not lost meanwhile: a write is never sent twice."""
        connection = writers.take()
        while connection.is_lost():
            writers.discard(connection)
            connection = writers.take()
        return connection

    def stream(self, text: str, parameters: Sequence[Any] = (), size: int = 1000) -> Iterator[list[Any]]:
        """The rows of a query of any length, `size` at a time, of one moment. Raises Problem or Violation."""
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
    def transaction(self, *, unhurried: bool = False) -> Iterator[_Connection]:
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

    def _translated(self, error: psycopg.Error) -> Exception:
        """The problem or violation that an error is, with the columns of the constraint or index that it names."""
        diag = error.diag
        if not (diag.schema_name and diag.table_name and diag.constraint_name):
            return translate(error)
        key = (diag.schema_name, diag.table_name, diag.constraint_name)
        if key not in self._columns:
            names = dict(zip(("schema", "table", "name"), key, strict=True))
            try:
                found = self.read(COLUMNS, names)  # type: ignore[arg-type]  # by name, as psycopg takes them too
            except (psycopg.Error, Problem):
                return translate(error)
            self._columns[key] = tuple(name for (name,) in found)
        return translate(error, self._columns[key])

    def load(self, connection: _Connection, statements: Statements, rows: Iterable[Sequence[Any]]) -> None:
        """Insert many rows within a transaction. Raises Violation, and then has inserted none of them."""
        try:
            with connection.transaction(), connection.cursor() as cursor, cursor.copy(copy_text(statements)) as copy:
                for lines in copy_lines(rows):
                    copy.write(lines)
        except psycopg.Error as error:
            raise self._translated(error) from error

    def load_empty(self, connection: _Connection, statements: Statements, rows: Iterable[Sequence[Any]]) -> bool:
        """As `load` into an empty table, its indexes made afterwards: in little more than half the time.

        Nobody could read the table meanwhile. False, and nothing done, when it has rows or anybody else is connected.
        """
        if self.is_pooled:  # others have sessions that cannot be told from ours
            return False
        own = [each.info.backend_pid for each in self._every() if not each.closed]
        if connection.execute(any_text(statements)).fetchall() or connection.execute(OTHERS, (own,)).fetchall():
            return False
        try:
            with connection.transaction():  # taken back, it gives back the lock too
                connection.execute(f"LOCK TABLE {quoted(statements)} IN ACCESS EXCLUSIVE MODE NOWAIT")
                self._fill(connection, statements, rows)
        except errors.LockNotAvailable:
            return False
        except psycopg.Error as error:
            raise self._translated(error) from error
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
