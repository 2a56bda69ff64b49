"""How a file lies there: when it may be read alone, and when it was changed."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from restwell.storage.sqlite.files import primary_code, still


@pytest.fixture
def path(tmp_path: Path) -> str:
    path = str(tmp_path / "test.db")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE t (x)")
    return path


def test_a_file_that_nobody_changes_lies_still(path: str) -> None:
    assert still(path) is not None
    assert still(path) == still(path)


def test_changes_beside_a_file_are_part_of_it(path: str) -> None:
    before = still(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("INSERT INTO t VALUES (1)")
        assert still(path) is None
    assert still(path) not in {None, before}


def test_a_change_that_was_not_ended_is_none_to_be_read(path: str, tmp_path: Path) -> None:
    (tmp_path / "test.db-journal").write_bytes(b"hot")
    assert still(path) is None


def test_where_there_is_no_file_nothing_lies_still(tmp_path: Path) -> None:
    assert still(str(tmp_path / "none.db")) is None


def test_the_primary_code_of_an_extended_one(path: str) -> None:
    read_only = closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True))
    with read_only as connection, pytest.raises(sqlite3.OperationalError) as caught:
        connection.execute("INSERT INTO t VALUES (1)")
    assert primary_code(caught.value) == sqlite3.SQLITE_READONLY
    assert primary_code(sqlite3.ProgrammingError("of Python's own")) == 0
