"""Copies of an SQLite database: made of one moment while it is in use, checked, and put back.

A copy is made by SQLite's own backup in one step (https://sqlite.org/backup.html), so that it is of one transaction,
and writers of a database in WAL mode go on meanwhile. It has a name only when it is whole, right, and on the disk.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from ..copying import BackupError

PATIENCE = 5.0
"""Seconds to wait for a writer."""
BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite calls the files beside a database, behind its name."""


class FileCopies:
    """Copies of the database in one file."""

    def __init__(self, database: Path) -> None:
        self._database = database

    def back_up(self, copy: Path) -> int:
        """As `Copies` has it."""
        _check_is_there(self._database)
        if copy.exists():
            raise BackupError(f"{copy} is there already: name another file.")
        with _part_of(copy) as part:
            with _opened(self._database) as source, contextlib.closing(sqlite3.connect(part)) as target:
                source.backup(target, pages=-1)
                target.execute("PRAGMA journal_mode = DELETE")  # so that all of it is in one file
            check(part)
            _sync(part)
            os.link(part, copy)  # unlike a rename this does not replace what has come there meanwhile
            _sync(copy.absolute().parent)
        return copy.stat().st_size

    def restore(self, copy: Path) -> Path | None:
        """As `Copies` has it."""
        _check_is_there(copy)
        if any(Path(f"{copy}{suffix}").exists() for suffix in BESIDE):
            raise BackupError(
                f"{copy} has files beside it, so it is in use, or not all: take what `backup` has made."
            )
        check(copy)
        database, kept = self._database, None
        with _part_of(database) as part:
            shutil.copyfile(copy, part)
            _sync(part)
            if database.exists():
                _close_for_others(database)
                shutil.copymode(database, part)
                kept = next(name for name in _names(database) if not name.exists())
                os.link(database, kept)
            part.replace(database)
            _sync(database.absolute().parent)
        return kept


def check(copy: Path) -> None:
    """Read the whole of a database that nobody uses. Raises BackupError where it is damaged, or none."""
    try:
        with _opened(copy) as connection:
            found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(3)")]
    except sqlite3.DatabaseError as error:
        raise BackupError(f"{copy} is damaged, or not a database of SQLite: {error}.") from error
    if found != ["ok"]:
        raise BackupError(f"{copy} is damaged: {'; '.join(found)}.")


def _check_is_there(file: Path) -> None:
    if not file.exists():
        raise BackupError(f"{file} is not there.")


def _names(database: Path) -> Iterator[Path]:
    """Names for what was there before."""
    yield Path(f"{database}.before")
    for number in range(2, 10_000):
        yield Path(f"{database}.before-{number}")


def _close_for_others(database: Path) -> None:
    """Bring all changes into the file, and see that nobody has it open. Raises BackupError."""
    in_use = BackupError(f"{database} is in use: stop what serves it, and try again.")
    try:
        with _opened(database, "rw") as connection:
            [mode] = connection.execute("PRAGMA journal_mode = DELETE").fetchone()
            connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        raise in_use from error
    except sqlite3.DatabaseError:  # damaged, which may be why another takes its place
        return
    if mode != "delete":
        raise in_use


@contextlib.contextmanager
def _opened(database: Path, mode: str = "ro") -> Iterator[sqlite3.Connection]:
    url = f"{database.absolute().as_uri()}?mode={mode}"
    with contextlib.closing(sqlite3.connect(url, uri=True, timeout=PATIENCE, isolation_level=None)) as connection:
        yield connection


@contextlib.contextmanager
def _part_of(file: Path) -> Iterator[Path]:
    """A name beside a file to write it under, until it is whole. Raises BackupError; nothing of it stays behind."""
    part = file.with_name(f"{file.name}.part")
    try:
        part.unlink(missing_ok=True)
        yield part
    except (OSError, sqlite3.Error) as error:
        raise BackupError(f"{file} cannot be written: {error}.") from error
    finally:
        part.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
