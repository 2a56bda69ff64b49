"""A copy is of one moment and whole, or is not there; what it replaces is kept."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from restwell.storage.copying import BackupError
from restwell.storage.sqlite.backups import FileCopies
from tests.api import serving


def made(path: Path, rows: int = 3, mode: str = "WAL") -> Path:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA journal_mode = {mode}")
        connection.execute("CREATE TABLE pairs (number INTEGER PRIMARY KEY, half INTEGER)")
        connection.executemany("INSERT INTO pairs VALUES (?, 1)", [(number,) for number in range(rows)])
        connection.commit()
    return path


def count(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM pairs").fetchone()[0])


def test_what_is_committed_is_in_the_copy_and_all_of_it_in_one_file(tmp_path: Path) -> None:
    database, copy = made(tmp_path / "a.db"), tmp_path / "copy.db"
    with closing(sqlite3.connect(database)) as writer:
        writer.execute("INSERT INTO pairs VALUES (100, 1)")
        writer.commit()  # which is in the file beside it, as the connection is open
        writer.execute("INSERT INTO pairs VALUES (101, 1)")
        size = FileCopies(database).back_up(copy)
    assert count(copy) == 4
    assert size == copy.stat().st_size
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.db", "copy.db"]


def test_it_is_of_one_moment_while_others_write(tmp_path: Path) -> None:
    """A writer adds pairs of rows in one transaction each: no copy has half of one."""
    database, ends = made(tmp_path / "a.db", rows=20_000), threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(database, timeout=30)) as connection:
            number = 10**6
            while not ends.is_set():
                connection.executemany("INSERT INTO pairs VALUES (?, 2)", [(number,), (number + 1,)])
                connection.commit()
                number += 2

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(5):
            FileCopies(database).back_up(tmp_path / f"copy{number}.db")
    finally:
        ends.set()
        writer.join()
    counts = [count(tmp_path / f"copy{number}.db") for number in range(5)]
    assert all(each % 2 == 0 for each in counts)
    assert counts == sorted(counts)
    assert counts[-1] > counts[0] >= 20_000


def test_a_file_that_is_there_is_not_replaced(tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_text("mine")
    with pytest.raises(BackupError, match=r"copy\.db is there already: name another file"):
        FileCopies(made(tmp_path / "a.db")).back_up(copy)
    assert copy.read_text() == "mine"


def test_what_cannot_be_copied_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match=r"none\.db is not there"):
        FileCopies(tmp_path / "none.db").back_up(tmp_path / "copy.db")
    text = tmp_path / "text.db"
    text.write_text("no database" * 1000)
    with pytest.raises(BackupError, match=r"copy\.db cannot be written: file is not a database"):
        FileCopies(text).back_up(tmp_path / "copy.db")
    with pytest.raises(BackupError, match=r"copy\.db cannot be written: unable to open database file"):
        FileCopies(made(tmp_path / "a.db")).back_up(tmp_path / "nowhere" / "copy.db")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.db", "text.db"]


def test_a_damaged_database_is_told_of_and_not_taken_for_a_copy(tmp_path: Path) -> None:
    database = made(tmp_path / "a.db", rows=20_000, mode="DELETE")
    content = bytearray(database.read_bytes())
    content[40_000:60_000] = bytes(20_000)
    database.write_bytes(content)
    with pytest.raises(BackupError, match="is damaged"):
        FileCopies(database).back_up(tmp_path / "copy.db")
    with pytest.raises(BackupError, match="is damaged"):
        FileCopies(tmp_path / "other.db").restore(database)
    assert [each.name for each in tmp_path.iterdir()] == ["a.db"]


def test_a_copy_is_put_back_and_what_was_there_is_kept(tmp_path: Path) -> None:
    database, copy = made(tmp_path / "a.db"), made(tmp_path / "copy.db", rows=7, mode="DELETE")
    database.chmod(0o640)
    kept = FileCopies(database).restore(copy)
    assert kept == tmp_path / "a.db.before"
    assert (count(database), count(kept), count(copy)) == (7, 3, 7)
    assert database.stat().st_mode & 0o777 == 0o640
    assert FileCopies(database).restore(copy) == tmp_path / "a.db.before-2"
    assert FileCopies(tmp_path / "new.db").restore(copy) is None
    assert count(tmp_path / "new.db") == 7


@pytest.mark.parametrize("mode", ["WAL", "DELETE"])
def test_a_database_that_is_in_use_is_not_replaced(
    mode: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("restwell.storage.sqlite.backups.PATIENCE", 0.1)
    database, copy = made(tmp_path / "a.db", mode=mode), made(tmp_path / "copy.db", rows=7, mode="DELETE")
    with closing(sqlite3.connect(database)) as user:
        user.execute("BEGIN")
        user.execute("SELECT count(*) FROM pairs").fetchone()
        with pytest.raises(BackupError, match=r"a\.db is in use: stop what serves it, and try again"):
            FileCopies(database).restore(copy)
        user.rollback()
    assert count(database) == 3
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.db", "copy.db"]


def test_a_copy_with_files_beside_it_is_not_all(tmp_path: Path) -> None:
    copy = made(tmp_path / "copy.db")
    Path(f"{copy}-wal").write_bytes(b"x")
    with pytest.raises(BackupError, match="has files beside it"):
        FileCopies(tmp_path / "a.db").restore(copy)


def test_an_api_is_served_from_what_was_restored(tmp_path: Path) -> None:
    database, copy = tmp_path / "a.db", tmp_path / "copy.db"
    with serving(database=f"sqlite:///{database}") as served:
        key = served.key()
        FileCopies(database).back_up(copy)
        assert served.send("DELETE", "/frameworks/Flask", key=key).status == 204
    FileCopies(database).restore(copy)
    with serving(database=f"sqlite:///{database}") as served:
        assert served.send("GET", "/frameworks/Flask").status == 200
        assert served.send("DELETE", "/frameworks/Flask", key=key).status == 204, "with the keys of then"
