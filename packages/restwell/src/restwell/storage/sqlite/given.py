"""SQLite on connections of an application's engine: as it has set them up, for as long as a statement runs.

The application may have settings of its own, such as a journal mode or a time to wait for locks. Only what a reader
needs is set, and taken back: a limit of time, and how texts are decoded.
"""

from __future__ import annotations

import contextlib
import math
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import PoolProxiedConnection

from ...data import turn
from ..dialect import Dialect
from ..given.backends import Ask, in_order
from ..statements import Statements
from .batches import batches, moment
from .caseless import matches
from .dialect import SqliteDialect
from .driver import SLOWEST, UNBOUNDED
from .errors import CHANGED, check_of, translate
from .files import CHECK_EVERY, LENDS_AFTER
from .loading import load
from .restoring import restoring_engine

KNOWN = "restwell"
"""What says, in the `info` of a connection, that it has our functions."""
SOME_TABLE = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite|_%' ESCAPE '|' LIMIT 1"
LOCK = 'DELETE FROM "{}" WHERE 0'
"""Changes nothing, and takes the lock of a writer in a transaction that has begun without it."""
OWN = "restwell_secrets"


class Watch:
    """Says, while a statement runs, whether it has to be stopped. A long one lends its turn here."""

    def __init__(self, *, is_bounded: bool) -> None:
        self._deadline = time.monotonic() + SLOWEST
        worked = math.inf if is_bounded else time.thread_time()
        self._lends, self._effort = worked + LENDS_AFTER, worked + UNBOUNDED

    def is_overdue(self) -> bool:
        """Whether the time of the statement is up: for one that is not bounded, CPU time too."""
        if self._effort != math.inf:
            worked = time.thread_time()
            if worked > self._lends:
                turn.lend()
            if worked > self._effort:
                return True
        return time.monotonic() > self._deadline


class SqliteBackend:
    """How statements are run on a connection of `sqlite3`."""

    errors: tuple[type[Exception], ...] = (sqlite3.Error,)
    is_one_writer = True

    def __init__(self, engine: sa.Engine) -> None:
        self.dialect: Dialect = SqliteDialect(in_order(engine.dialect, "qmark"))
        self._locked = OWN

    def read(
        self, raw: PoolProxiedConnection, text: str, parameters: Any, *, leniently: bool, is_bounded: bool
    ) -> list[Any]:
        """The rows of a query, within a time limit."""
        connection = _set_up(raw)
        connection.set_progress_handler(Watch(is_bounded=is_bounded).is_overdue, CHECK_EVERY)
        try:
            with _decoding(connection, leniently=leniently):
                return _cursor(connection).execute(text, parameters).fetchall()
        finally:
            connection.set_progress_handler(None, 0)

    def stream(self, raw: PoolProxiedConnection, text: str, parameters: Any, size: int) -> Iterator[list[Any]]:
        """The rows of a query in one snapshot, `size` at a time, read leniently if necessary."""
        connection = _set_up(raw)
        with contextlib.nullcontext() if connection.in_transaction else moment(connection):
            yield from batches(connection, text, parameters, size)

    def can_read(self, raw: PoolProxiedConnection) -> bool:  # noqa: ARG002 - as the protocol has it
        """Always: no error of a statement ends a transaction."""
        return True

    def begin(self, connection: sa.Connection, *, unhurried: bool) -> None:  # noqa: ARG002 - SQLite waits as it is set
        """Take the lock of a writer, before anything is read."""
        raw = _set_up(connection.connection)
        if not raw.in_transaction:
            raw.execute("BEGIN IMMEDIATE")
            return
        try:  # an application that begins its transactions itself has begun this one, without a lock perhaps
            raw.execute(LOCK.format(self._locked))
        except sqlite3.OperationalError as error:
            if not CHANGED.search(str(error)):
                raise
            self._lock_another(raw)

    def _lock_another(self, raw: sqlite3.Connection) -> None:
        """Take the lock by a table of others, where Restwell has none; if there is none, one is about to be made."""
        for (name,) in _cursor(raw).execute(SOME_TABLE).fetchall():
            self._locked = name.replace('"', '""')
            raw.execute(LOCK.format(self._locked))

    def executing(self, raw: PoolProxiedConnection) -> Any:
        """The connection itself."""
        return raw.dbapi_connection

    def run(self, raw: PoolProxiedConnection, text: str, parameters: Any) -> list[Any]:
        """Run a changing statement within a transaction, and give the rows that it returns."""
        return _cursor(_set_up(raw)).execute(text, parameters).fetchall()

    def is_lost(self, error: Exception) -> bool:  # noqa: ARG002 - as the protocol has it
        """Never: there is no server."""
        return False

    def translate(self, error: Exception, ask: Ask, statement: str = "") -> Exception:  # noqa: ARG002 - the message says all
        """The StoreError or Violation for an error."""
        return translate(error) if isinstance(error, sqlite3.Error) else error

    def load(self, connection: Any, statements: Statements, rows: Iterable[Sequence[Any]]) -> None:
        """Insert many rows within a transaction. Raises Violation if one is refused, and then inserts none."""
        load(connection, statements, rows)

    def restoring(self, engine: sa.Engine) -> contextlib.AbstractContextManager[None]:
        """By a copy of the database."""
        return restoring_engine(engine)

    def rule_of(self, ask: Ask, table: str, name: str) -> str:
        """The expression of a CHECK by its name."""
        [[definition]] = ask("SELECT sql FROM sqlite_master WHERE name = ?", (table,))
        return check_of(str(definition), name) or name


def _set_up(raw: PoolProxiedConnection) -> sqlite3.Connection:
    """The connection itself, with the functions that our statements call."""
    connection: Any = raw.dbapi_connection
    if KNOWN not in raw.info:
        connection.create_function("restwell_matches", 2, matches, deterministic=True)
        raw.info[KNOWN] = True
    return connection  # type: ignore[no-any-return]  # of the library that the engine was asked for


def _cursor(connection: sqlite3.Connection) -> sqlite3.Cursor:
    """A cursor that gives tuples, whatever the application has its own give."""
    cursor = connection.cursor()
    cursor.row_factory = None
    return cursor


@contextlib.contextmanager
def _decoding(connection: sqlite3.Connection, *, leniently: bool) -> Iterator[None]:
    """Texts are decoded strictly, or with surrogates for bytes that are not UTF-8, which JSON cannot write."""
    before = connection.text_factory
    connection.text_factory = _surrogates if leniently else str
    try:
        yield
    finally:
        connection.text_factory = before


def _surrogates(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
