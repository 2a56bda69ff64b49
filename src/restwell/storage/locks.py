"""The file that the writers of an SQLite database queue at: its name, mode and owners, after the database's own.

SQLite itself gives the same mode and owners to the files that it puts beside a database, so that whoever may write
the one may write the others (https://sqlite.org/src/file/src/os_unix.c, `findCreateFileMode`).
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path


def open_lock(database: str) -> int:
    """The descriptor of a database's lock file, made if it is missing. Raises OSError that says what to do."""
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
    except PermissionError:  # a lock needs no right to write
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    _resemble(descriptor, database)
    return descriptor


def _resemble(descriptor: int, database: str) -> None:
    """Give the file the owners and the mode of the database, as far as this user may."""
    wanted, found = Path(database).stat(), os.fstat(descriptor)
    if (wanted.st_uid, wanted.st_gid) != (found.st_uid, found.st_gid):
        with contextlib.suppress(PermissionError):
            os.fchown(descriptor, wanted.st_uid if os.geteuid() == 0 else -1, wanted.st_gid)
    mode = stat.S_IMODE(wanted.st_mode) & 0o666
    if mode != stat.S_IMODE(found.st_mode):
        with contextlib.suppress(PermissionError):
            os.fchmod(descriptor, mode)
