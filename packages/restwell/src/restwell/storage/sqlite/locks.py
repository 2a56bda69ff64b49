"""The lock file that serialises the writers of an SQLite database, with the mode and owners of the database.

SQLite itself gives the mode and owners of a database to the files beside it, so that whoever may write one may write
the others (https://sqlite.org/src/file/src/os_unix.c, `findCreateFileMode`).
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from pathlib import Path

try:
    import fcntl
except ImportError:  # not on Windows, where only SQLite's own lock serialises writers
    fcntl = None  # type: ignore[assignment]

PAUSE, MAX_PAUSE = 0.0005, 0.002
"""Seconds between two attempts to lock: half as many more each time, up to MAX_PAUSE."""


def open_lock(database: str) -> int:
    """The descriptor of a database's lock file, created if it is missing. Raises OSError that says what to do."""
    path = f"{database}.lock"
    try:
        return _opened(path, database)
    except PermissionError as error:
        remedy = f"Permission denied: give it the group and the mode of {database}, or remove it while nobody writes"
        raise PermissionError(error.errno, remedy, path) from error


def _opened(path: str, database: str) -> int:
    mode = stat.S_IMODE(Path(database).stat().st_mode) & 0o666
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, mode)
    except PermissionError:  # locking needs no write permission
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    _resemble(descriptor, database)
    return descriptor


def _resemble(descriptor: int, database: str) -> None:
    """Give the file the owners and the mode of the database, as far as permitted."""
    wanted, found = Path(database).stat(), os.fstat(descriptor)
    if (wanted.st_uid, wanted.st_gid) != (found.st_uid, found.st_gid):
        with contextlib.suppress(PermissionError):
            os.fchown(descriptor, wanted.st_uid if os.geteuid() == 0 else -1, wanted.st_gid)
    mode = stat.S_IMODE(wanted.st_mode) & 0o666
    if mode != stat.S_IMODE(found.st_mode):
        with contextlib.suppress(PermissionError):
            os.fchmod(descriptor, mode)


def take(lock: int, end: float) -> bool:
    """Wait for the lock of the file until `end` on the monotonic clock; False if it is not free by then."""
    pause = PAUSE
    while fcntl is not None:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                return False
            time.sleep(pause)
            pause = min(pause * 1.5, MAX_PAUSE)
        else:
            return True
    return True


def leave(lock: int) -> None:
    """Release the lock."""
    if fcntl is not None:
        fcntl.flock(lock, fcntl.LOCK_UN)
