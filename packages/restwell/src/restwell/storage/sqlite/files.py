"""Connections to the file of an SQLite database: in WAL mode if possible, or else immutable.

Reading a database in WAL mode creates two files beside it. If a full disk or a folder without write permission
prevents that, SQLite can still read a file that it is told is immutable (https://sqlite.org/uri.html#uriimmutable).
Before and after every such read, the file is checked for changes.
"""

from __future__ import annotations

import math
import sqlite3
import time
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from ...data import turn
from ..connections import Pool
from .caseless import matches

OLDEST = (3, 35)
LENDS_AFTER = 0.03
"""Seconds of CPU time after which a long query lends its turn to other requests."""
CHECK_EVERY = 4_000
"""Instructions of SQLite's virtual machine between two checks of the clock: a millisecond, except with long texts."""
BRIEFLY = 0.03
"""Seconds to wait for a lock after having waited for it already."""
ALONE = frozenset([sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_FULL])
"""Primary codes of SQLite if it cannot create the files beside a database."""
REOPENED = ALONE - {sqlite3.SQLITE_FULL}
"""Codes after which a file is reopened, since it was opened when it was not writable."""


def check_release() -> None:
    """Raises RuntimeError for an SQLite that lacks what is needed."""
    if sqlite3.sqlite_version_info < OLDEST:
        raise RuntimeError(f"SQLite {sqlite3.sqlite_version} is too old: Restwell needs 3.35 or newer (RETURNING).")


class Still(NamedTuple):
    """The state of a file; equal states mean that it has not changed. All committed changes must be in the file."""

    device: int
    inode: int
    size: int
    modified: int


def still(path: str) -> Still | None:
    """The state of a database file; None if there is none, or if changes are in a file beside it."""
    try:
        if any(_has_content(f"{path}{suffix}") for suffix in ("-wal", "-journal")):
            return None
        found = Path(path).stat()
    except OSError:
        return None
    return Still(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def _has_content(path: str) -> bool:
    try:
        return Path(path).stat().st_size > 0
    except FileNotFoundError:
        return False


def primary_code(error: sqlite3.Error) -> int:
    """The primary result code of an error; 0 if it is not an error of SQLite."""
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF


def use_wal(connection: sqlite3.Connection) -> bool:
    """Turn on write-ahead logging; False while others have the file locked.

    A file that is not writable, or that others use in another mode, is left as it is.
    """
    connection.execute("PRAGMA synchronous = FULL")
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:
        if primary_code(error) not in ALONE | {sqlite3.SQLITE_BUSY}:
            raise
        return primary_code(error) != sqlite3.SQLITE_BUSY
    return True


class Connection(sqlite3.Connection):
    """A connection that stops a statement at its `deadline`, on the monotonic clock."""

    taken = 0.0
    pool: Pool[Connection] | None = None
    """The pool that a writer was taken from: the driver may have another one by the time that it is given back."""
    lent: sa.Engine | None = None
    """SQLAlchemy's engine of this connection, once it was lent."""
    deadline = math.inf
    effort = math.inf
    """The same in CPU time of the thread."""
    lends = math.inf
    """When it lends its turn, in CPU time of the thread."""
    closed = False
    still: Still | None = None
    """The state of the file when it was opened as immutable; None if it was opened normally."""
    is_hurried = False
    """Whether it waits for a shorter time than usual for a lock of another program."""

    def close(self) -> None:
        super().close()
        self.closed = True

    def _is_overdue(self) -> bool:
        """Whether the statement has to be stopped. A long one lends its turn here."""
        if self.effort != math.inf:
            worked = time.thread_time()
            if worked > self.lends:
                turn.lend()
            if worked > self.effort:
                return True
        return time.monotonic() > self.deadline

    def limit_effort(self, seconds: float) -> None:
        """Limit the CPU time of a statement from now on."""
        worked = time.thread_time()
        self.lends, self.effort = worked + LENDS_AFTER, worked + seconds

    def matches(self, text: bytes | None, part: str) -> bool | None:
        """As `caseless.matches`, which may take long for a text, so that the clock is checked here too."""
        if self._is_overdue():
            self.interrupt()
        return matches(text, part)

    def wait_for(self, seconds: float, *, hurried: bool) -> None:
        """Set how long to wait for a lock of another program."""
        self.execute(f"PRAGMA busy_timeout = {max(int(seconds * 1000), 1)}")
        self.is_hurried = hurried

    def begin(self, *, changeable: bool) -> None:
        """Open the file, which SQLite does with the first statement. Raises sqlite3.OperationalError."""
        if changeable and not use_wal(self):
            self.wait_for(BRIEFLY, hurried=True)  # it has already waited
        self.execute("PRAGMA schema_version").fetchone()

    def watch(self) -> None:
        """Check the clock at intervals."""
        self.set_progress_handler(self._is_overdue, CHECK_EVERY)
