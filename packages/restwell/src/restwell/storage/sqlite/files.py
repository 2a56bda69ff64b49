"""The file of an SQLite database: in WAL mode where it can be, read alone where nothing can be put beside it.

Reading a database in WAL mode makes two files beside it. Where a full disk or a folder that cannot be written forbids
that, SQLite reads the file alone when it is told that nobody changes it (https://sqlite.org/uri.html#uriimmutable).
Whether that is so is looked at before and after every such read.
"""

from __future__ import annotations

import math
import sqlite3
import time
from pathlib import Path
from typing import NamedTuple

from ...data import turn
from .caseless import matches

LENDS_AFTER = 0.03
"""Seconds of the processor after which a query that may work for longer lets others have their turn."""
CHECK_EVERY = 4_000
"""Instructions of SQLite's machine between two looks at the clock: a millisecond, but for long texts."""
BRIEFLY = 0.03
"""Seconds for which a lock is waited for by who has waited for it already."""
ALONE = frozenset([sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_FULL])
"""What SQLite says, by primary code, where it cannot make the files beside a database."""
REOPENED = ALONE - {sqlite3.SQLITE_FULL}
"""After which a file is opened anew: it was opened when it could not be written."""


class Still(NamedTuple):
    """By what it is seen that a file was not changed, as long as all changes that were committed are in it."""

    device: int
    inode: int
    size: int
    modified: int


def still(path: str) -> Still | None:
    """How a database lies there; None when there is none, or when changes lie beside it."""
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
    """The primary result code of an error, without what extends it; 0 when it is not of SQLite itself."""
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF


def use_wal(connection: sqlite3.Connection) -> bool:
    """Have changes written ahead; False while others have the file locked.

    A file that cannot be changed, or that others use otherwise, stays as it is.
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
    """A connection that stops a statement at a deadline of its own, by the monotonic clock."""

    taken = 0.0
    deadline = math.inf
    effort = math.inf
    """The same by the clock of the thread, which only runs while it works."""
    lends = math.inf
    """When, by that clock, it lets others have their turn."""
    closed = False
    still: Still | None = None
    """How the file lay when it was opened to be read alone; None where SQLite sees to that changes are seen."""
    is_hurried = False
    """Whether it waits for less than usual for a lock of another program."""

    def close(self) -> None:
        super().close()
        self.closed = True

    def _is_overdue(self) -> bool:
        """Whether the statement is to be stopped. One that takes long lets others have their turn meanwhile."""
        if self.effort != math.inf:
            worked = time.thread_time()
            if worked > self.lends:
                turn.lend()
            if worked > self.effort:
                return True
        return time.monotonic() > self.deadline

    def limit_effort(self, seconds: float) -> None:
        """How long a statement may work from now on."""
        worked = time.thread_time()
        self.lends, self.effort = worked + LENDS_AFTER, worked + seconds

    def matches(self, text: bytes | None, part: str) -> bool | None:
        """As `caseless.matches`, which may take long for a text: here too the clock is looked at."""
        if self._is_overdue():
            self.interrupt()
        return matches(text, part)

    def wait_for(self, seconds: float, *, hurried: bool) -> None:
        """How long to wait for a lock that another program has."""
        self.execute(f"PRAGMA busy_timeout = {max(int(seconds * 1000), 1)}")
        self.is_hurried = hurried

    def begin(self, *, changeable: bool) -> None:
        """Have the file opened, which SQLite does when it is first asked. Raises sqlite3.OperationalError."""
        if changeable and not use_wal(self):
            self.wait_for(BRIEFLY, hurried=True)  # it has waited already
        self.execute("PRAGMA schema_version").fetchone()

    def watch(self) -> None:
        """Look at the clock now and then."""
        self.set_progress_handler(self._is_overdue, CHECK_EVERY)
