"""A database as it was before a test: copied to memory, and copied back if it was changed.

So everything is taken back: what was committed, by whichever thread or process, sequences, and tables.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from typing import Any

import sqlalchemy as sa

from .driver import SqliteDriver

PATIENCE = 5.0
"""Seconds to wait for a connection that still reads or writes what is to be put back."""
IN_USE = (
    "The database cannot be put back to what it was before the test: a connection has not ended its transaction. "
    "Close the sessions and connections that the test has opened, and wait for its threads."
)


@contextmanager
def restored(
    connected: Callable[[], sqlite3.Connection], alone: Callable[[], AbstractContextManager[object]] = nullcontext
) -> Iterator[None]:
    """Put the database of a connection back to what it is now. `alone` keeps others from using the connection.

    Raises TimeoutError when somebody holds it locked for longer than PATIENCE.
    """
    with closing(sqlite3.connect(":memory:", check_same_thread=False)) as kept:
        with alone():
            source = connected()
            kept.execute(f"PRAGMA page_size = {_asked(source, 'page_size')}")
            _copy(source, kept)
            before = _state(source)
        try:
            yield
        finally:
            with alone():
                target = connected()
                if _state(target) != before:
                    _copy(kept, target)


def _asked(connection: sqlite3.Connection, pragma: str) -> int:
    [[value]] = connection.execute(f"PRAGMA {pragma}").fetchall()
    return int(value)


def _state(connection: sqlite3.Connection) -> tuple[int, ...]:
    """Changes with whatever is changed, by this connection or by others."""
    versions = (_asked(connection, name) for name in ("data_version", "schema_version", "user_version"))
    return (id(connection), connection.total_changes, *versions)


def _copy(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    end = time.monotonic() + PATIENCE

    def look(*_: int) -> None:  # the library would wait for ever
        if time.monotonic() > end:
            raise TimeoutError(IN_USE)

    source.backup(target, progress=look, sleep=0.01)


@contextmanager
def restoring(driver: SqliteDriver) -> Iterator[None]:
    """Put the database of a driver back, at the end."""
    if driver.read_only:
        yield
    elif driver.memory:
        turn = driver._turn  # noqa: SLF001 - of this folder: what threads share has no other user
        with restored(driver._memory, lambda: turn):  # noqa: SLF001 - as above
            yield
    else:
        with closing(_opened(driver.path)) as connection, restored(lambda: connection):
            yield


@contextmanager
def restoring_engine(engine: sa.Engine) -> Iterator[None]:
    """Put the database of an engine back, at the end."""
    with closing(engine.raw_connection()) as raw:
        found: Any = raw.driver_connection
        [path] = [path for _, name, path in found.execute("PRAGMA database_list").fetchall() if name == "main"]
    if path:
        with closing(_opened(path)) as connection, restored(lambda: connection):
            yield
        return

    def shared() -> sqlite3.Connection:
        with closing(engine.raw_connection()) as again:  # which ends what was begun on it
            connection: Any = again.driver_connection
        return connection  # type: ignore[no-any-return]  # of the library that the engine was asked for

    with restored(shared):
        yield


def _opened(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection
