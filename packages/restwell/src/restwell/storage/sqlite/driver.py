"""The driver of SQLite: connections, the lock that serialises writers, and errors.

The settings: WAL, synchronous=FULL, one writer at a time under a lock on a separate file, readers that cannot write.
"""

from __future__ import annotations

import contextlib
import errno
import math
import os
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from os import getpid
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ...data.store_errors import ReadOnly
from ..connections import Connections
from ..dialect import Dialect
from ..driver import Write
from ..errors import Meaning, Violation, passing
from ..notices import NOTICES
from ..statements import Statements
from .altering import altering_engine
from .backups import FileCopies
from .batches import batches, decoding, moment
from .dialect import SqliteDialect
from .errors import check_of, translate
from .files import ALONE, REOPENED, Connection, check_release, primary_code, still
from .lent import lending
from .loading import load, load_empty
from .locks import leave, open_lock, take

SLOWEST = 2.0
"""Seconds after which a statement is stopped."""
UNBOUNDED = 0.25
"""Seconds of CPU time for a query whose cost grows with the table.

In CPU time of the thread, so that the same query is also answered on a busy machine.
"""
PATIENCE, IMPATIENCE = 1.0, 0.03
"""Seconds that a writer waits for its turn, and that the next ones wait after one has waited in vain.

A worker with one thread cannot read while it waits to write: during an import, its writers must not each wait long.
"""
NEARLY = 0.9
"""Seconds of PATIENCE left from which on the timeout of SQLite is not shortened."""
TRIES = 3
"""Attempts to read an immutable file that is changed meanwhile."""
REFUSALS: dict[int, Meaning] = {
    errno.ENOSPC: "full", errno.EDQUOT: "full", errno.EROFS: "read_only", errno.EACCES: "read_only",
}  # fmt: skip
"""The meaning of an error when the lock file is opened."""
SMALL_CACHE, LARGE_CACHE = 2_000, 32_000
"""KiB of page cache: SQLite's default, and a size that makes imports a tenth faster."""


class _Lost(Exception):
    """A statement that must change something has changed nothing."""


def _run(connection: Connection, writes: Sequence[Write], found: list[list[Any]]) -> None:
    """Run statements, and add the rows of each to what was found. Raises _Lost."""
    for write in writes:
        found.append(connection.execute(write.text, write.parameters).fetchall())
        if write.must_change and not found[-1]:
            raise _Lost


class SqliteDriver(Connections[Connection]):
    """One SQLite database, optionally `read_only`. One in memory has a single connection for all threads."""

    name = "sqlite"
    max_writers = 1
    """SQLite has one writer at a time."""
    copied_by = "nothing: a database in memory ends with its process"

    def __init__(self, path: str, *, read_only: bool = False) -> None:
        super().__init__()
        check_release()
        self.path = path
        self.read_only = read_only
        self.dialect: Dialect = SqliteDialect()
        self.memory = path in {"", ":memory:"}
        self.copies = None if self.memory else FileCopies(Path(path))
        self._turn = threading.RLock()
        self._was_in_vain = False  # whether the last writer has waited for other processes in vain
        self._lock_file: int | None = None
        self._shared: Connection | None = None

    def _after_fork(self) -> None:
        """A forked process needs its own lock of threads and its own lock file."""
        super()._after_fork()
        self._turn = threading.RLock()
        if self._lock_file is not None:  # closing it here does not unlock it in the parent
            os.close(self._lock_file)
        self._lock_file = None

    def close(self) -> None:
        """Close every connection that this process opened, and the lock file."""
        super().close()
        if self._shared is not None:
            self._shared.close()
        if self._lock_file is not None and self._turn.acquire(blocking=False):
            os.close(self._lock_file)
            self._lock_file = None
            self._turn.release()

    def _memory(self) -> Connection:
        """The connection that holds a database in memory; a fork has a copy of it."""
        if self._pid != getpid():
            self._enter()
        if self._shared is None or self._shared.closed:
            self._shared = self._connect(reading=False)
        return self._shared

    def _connect(self, *, reading: bool) -> Connection:
        try:
            return self._opened("mode=ro" if self.read_only else "", reading=reading)
        except sqlite3.OperationalError as error:
            before = still(self.path) if reading and not self.memory and primary_code(error) in ALONE else None
            if before is None:
                raise
            connection = self._opened("mode=ro&immutable=1", reading=True)
            connection.still = before
            return connection

    def _opened(self, query: str, *, reading: bool) -> Connection:
        connection = sqlite3.connect(
            f"{Path(self.path).absolute().as_uri()}?{query}" if query else self.path or ":memory:",
            isolation_level=None,
            check_same_thread=False,
            timeout=PATIENCE,
            cached_statements=128,
            factory=Connection,
            uri=bool(query),
        )
        try:
            self._set_up(connection, reading=reading, changeable=not query)
        except BaseException:
            connection.close()
            raise
        return connection

    def _set_up(self, connection: Connection, *, reading: bool, changeable: bool) -> None:
        connection.execute("PRAGMA foreign_keys = ON")
        if not self.memory:
            connection.begin(changeable=changeable)
        if reading and not self.memory:
            connection.execute("PRAGMA query_only = ON")
        connection.create_function("restwell_matches", 2, connection.matches, deterministic=True)
        connection.watch()

    def read(
        self,
        text: str,
        parameters: Sequence[Any] = (),
        table: str = "",  # noqa: ARG002 - SQLite locks the file, not a table
        *,
        leniently: bool = False,
        is_bounded: bool = True,
    ) -> list[Any]:
        """The rows of a query, on a connection that cannot write. Raises StoreError, Violation or InvalidValue."""
        try:
            if self.memory:
                with self._turn:
                    connection = self._memory()
                    if not is_bounded:
                        connection.limit_effort(UNBOUNDED)
                    if not leniently:
                        return self._read_at_once(connection, text, parameters, SLOWEST)
                    with decoding(connection, leniently=True):
                        return self._read_at_once(connection, text, parameters, SLOWEST)
            readers = self._readers()
            connection = readers.take()
            if connection.still is not None:
                return self._read_still(connection, text, parameters, leniently=leniently)
            try:
                connection.deadline = time.monotonic() + SLOWEST
                if leniently or not is_bounded or connection.is_hurried:
                    return self._read_with_care(
                        connection, text, parameters, leniently=leniently, is_bounded=is_bounded
                    )
                return connection.execute(text, parameters).fetchall()
            except sqlite3.OperationalError as error:
                if primary_code(error) == sqlite3.SQLITE_BUSY and not connection.is_hurried:
                    connection.wait_for(IMPATIENCE, hurried=True)  # shorter from now on, since this wait was in vain
                raise
            finally:
                readers.give(connection)
        except sqlite3.Error as error:
            raise translate(error) from error

    @staticmethod
    def _read_with_care(
        connection: Connection, text: str, parameters: Sequence[Any], *, leniently: bool, is_bounded: bool
    ) -> list[Any]:
        """Read leniently, or with a limit of CPU time, or after a wait in vain."""
        try:
            if not is_bounded:
                connection.limit_effort(UNBOUNDED)
            with decoding(connection, leniently=leniently):
                rows = connection.execute(text, parameters).fetchall()
        finally:
            connection.effort = math.inf
        if connection.is_hurried:
            connection.wait_for(PATIENCE, hurried=False)
        return rows

    def _read_still(
        self, connection: Connection, text: str, parameters: Sequence[Any], *, leniently: bool
    ) -> list[Any]:
        """Read an immutable file, again if it was changed meanwhile. Raises StoreError after TRIES attempts."""
        readers = self._readers()
        for _ in range(TRIES):
            if connection.still is None or connection.still == still(self.path):
                try:
                    with decoding(connection, leniently=leniently):
                        rows = self._read_at_once(connection, text, parameters, SLOWEST)
                except BaseException:
                    readers.give(connection)
                    raise
                if connection.still is None or connection.still == still(self.path):
                    readers.give(connection)
                    return rows
            readers.discard(connection)
            connection = readers.take()
        readers.give(connection)
        raise passing("busy")

    @staticmethod
    def _read_at_once(connection: Connection, text: str, parameters: Sequence[Any], seconds: float) -> list[Any]:
        """Read on the connection that all threads share; a transaction of this thread keeps its own deadline."""
        before, connection.deadline = connection.deadline, time.monotonic() + seconds
        try:
            return connection.execute(text, parameters).fetchall()
        finally:
            connection.deadline, connection.effort = before, math.inf

    def stream(self, text: str, parameters: Sequence[Any] = (), size: int = 1000) -> Iterator[list[Any]]:
        """The rows of a query of any length in one snapshot, `size` at a time. Raises StoreError or Violation."""
        try:
            if self.memory:  # others change it between batches, on the same connection
                with self._turn, decoding(self._memory(), leniently=True) as connection:
                    waiting = iter(self._read_at_once(connection, text, parameters, math.inf))
                while rows := list(islice(waiting, size)):
                    yield rows
                return
            with self._reader_for_long() as connection, moment(connection):
                for rows in batches(connection, text, parameters, size):
                    if connection.still is not None and connection.still != still(self.path):
                        raise passing("busy")
                    yield rows
        except sqlite3.Error as error:
            raise translate(error) from error

    def write(self, text: str, parameters: Sequence[Any] = (), table: str = "") -> list[Any]:  # noqa: ARG002 - as `read`
        """Run one changing statement in a transaction of its own. Raises Violation or StoreError."""
        connection = self._begin()  # as `_writing`, without what a context manager costs
        try:
            rows = connection.execute(text, parameters).fetchall()
        except BaseException as error:
            self._end(connection, error)
            raise
        self._end(connection)
        return rows

    def write_all(self, writes: Sequence[Write]) -> list[list[Any]]:
        """Run several statements in one transaction, up to one that is lost. Raises Violation or StoreError."""
        found: list[list[Any]] = []
        try:
            with self.transaction() as connection:
                _run(connection, writes, found)
        except _Lost:
            pass
        except Violation as violation:
            violation.place = len(found) if len(found) < len(writes) else None
            raise
        return found

    @contextlib.contextmanager
    def transaction(self, *, unhurried: bool = False) -> Iterator[Connection]:
        """Several changing statements as one: all or nothing. `unhurried` ones have no time limit."""
        with self._writing(unhurried=unhurried) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.commit()  # nothing, where SQLAlchemy has committed what it was lent for
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def lend(self) -> contextlib.AbstractContextManager[sa.Connection]:
        """The connection that writes, as one of SQLAlchemy's. Raises Violation or StoreError."""
        return lending(self.transaction())

    @contextlib.contextmanager
    def _writing(self, *, unhurried: bool = False) -> Iterator[Connection]:
        """The turn of a writer, for as long as it takes."""
        connection = self._begin(unhurried=unhurried)
        try:
            with self._unhurried(connection) if unhurried else contextlib.nullcontext():
                yield connection
        except BaseException as error:
            self._end(connection, error)
            raise
        self._end(connection)

    def _begin(self, *, unhurried: bool = False) -> Connection:
        """The connection that writes, when this thread has its turn and then this process. Raises StoreError."""
        if self.read_only:
            raise ReadOnly("This service only reads: its database was opened with mode=ro.")
        patience = IMPATIENCE if self._was_in_vain else PATIENCE
        end = time.monotonic() + patience
        if self._pid != getpid():
            self._enter()
        if not self._turn.acquire(timeout=patience):
            raise passing("busy")
        connection = None
        try:
            if self.memory:
                connection = self._memory()
            else:
                pool = self._writer_pool
                connection = pool.take()
                connection.pool = pool
                self._take_lock(end)
            now = time.monotonic()
            if end - now < NEARLY or connection.is_hurried:
                connection.wait_for(end - now, hurried=end - now < NEARLY)
            connection.deadline = math.inf if unhurried else now + SLOWEST
        except BaseException as error:
            self._end(connection, error)
            raise
        return connection

    def _end(self, connection: Connection | None, error: BaseException | None = None) -> None:
        """Let the next one write. Raises the StoreError or Violation for an error of SQLite."""
        code = primary_code(error) if isinstance(error, sqlite3.Error) else None
        if error is None or code == sqlite3.SQLITE_BUSY:
            self._was_in_vain = error is not None
        try:
            if connection is not None and self._lock_file is not None:
                leave(self._lock_file)
        finally:
            if connection is not None and connection.pool is not None:
                # After some errors the file may be one that can be written when it is opened next.
                (connection.pool.discard if code in REOPENED else connection.pool.give)(connection)
            self._turn.release()
        if isinstance(error, sqlite3.Error):
            raise translate(error) from error

    @contextlib.contextmanager
    def _unhurried(self, connection: Connection) -> Iterator[None]:
        """Write many rows faster: without checks of the clock, and with a larger page cache."""
        connection.set_progress_handler(None, 0)
        connection.execute(f"PRAGMA cache_size = -{LARGE_CACHE}")
        try:
            yield
        finally:
            connection.execute(f"PRAGMA cache_size = -{SMALL_CACHE}")
            connection.watch()

    def _take_lock(self, end: float) -> None:
        try:
            if self._lock_file is None:
                self._lock_file = open_lock(self.path)
            if not take(self._lock_file, end):
                self._was_in_vain = True
                raise passing("busy")
        except OSError as error:
            NOTICES.tell("lock file", f"nothing can be written: {error.filename}: {error.strerror}")
            raise passing(REFUSALS.get(error.errno or 0, "unusable")) from error

    def load(self, connection: sqlite3.Connection, statements: Statements, rows: Iterable[Sequence[Any]]) -> None:
        """Insert many rows within a transaction. Raises Violation if one is refused, and then inserts none."""
        load(connection, statements, rows)

    def load_empty(
        self, connection: sqlite3.Connection, statements: Statements, rows: Iterable[Sequence[Any]]
    ) -> bool:
        """As `load` into an empty table, faster. Returns False and does nothing if it has rows."""
        return load_empty(connection, statements, rows)

    def altering_engine(self, *, writing: bool) -> sa.Engine:
        """An engine whose connections may alter tables."""
        return altering_engine(self.path, writing=writing)

    def rule_of(self, table: str, name: str) -> str:
        """The expression of a CHECK by its name; for one without a name, SQLite gives the expression instead."""
        [[definition]] = self.read("SELECT sql FROM sqlite_master WHERE name = ?", (table,))
        return check_of(str(definition), name) or name
