"""Each result code of SQLite's that can be had, from SQLite itself, and what it is to a client."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from restwell.data.store_errors import Busy, Full, TimedOut, Unusable
from restwell.storage.errors import Violation, passing
from restwell.storage.sqlite import driver as sqlite
from restwell.storage.sqlite.driver import SqliteDriver
from restwell.storage.sqlite.errors import MEANINGS, check_of, meaning_of, translate


@pytest.fixture
def driver(tmp_path: Path) -> Iterator[SqliteDriver]:
    with closing(SqliteDriver(str(tmp_path / "test.db"))) as opened:
        opened.write(
            "CREATE TABLE t (i INTEGER UNIQUE, n INTEGER CHECK (n < 5), s TEXT NOT NULL DEFAULT '', a INTEGER, "
            "b INTEGER, r INTEGER REFERENCES t (i), d INTEGER, UNIQUE (a, b))"
        )
        opened.write("CREATE UNIQUE INDEX lowered ON t (lower(s)) WHERE s <> ''")
        opened.write("CREATE TABLE strict (n INTEGER) STRICT")
        opened.write("CREATE TABLE keyed (k INTEGER PRIMARY KEY)")
        opened.write("CREATE TRIGGER no BEFORE DELETE ON t BEGIN SELECT RAISE(ABORT, 'secret'); END")
        opened.write("INSERT INTO t VALUES (1, 1, 'X', 1, 2, NULL, 0)")
        opened.write("INSERT INTO keyed VALUES (1)")
        yield opened


REAL = [
    ("INSERT INTO t (i) VALUES (1)", "taken", ("i",)),
    ("INSERT INTO t (a, b) VALUES (1, 2)", "taken", ("a", "b")),
    ("INSERT INTO t (s) VALUES ('x')", "taken", ()),
    ("INSERT INTO keyed VALUES (1)", "taken", ("k",)),
    ("INSERT INTO t (s) VALUES (NULL)", "missing", ("s",)),
    ("INSERT INTO t (n) VALUES (7)", "refused", ()),
    ("INSERT INTO t (r) VALUES (5)", "unlinked", ()),
    ("DELETE FROM t", "rule", ()),
    ("INSERT INTO strict VALUES ('x')", "value", ("n",)),
    ("INSERT INTO keyed VALUES ('x')", "value", ()),
    ("INSERT INTO t (s) VALUES (zeroblob(2000000000))", "large", ()),
]


@pytest.mark.parametrize("text, reason, columns", REAL, ids=[case[0] for case in REAL])
def test_what_a_change_that_is_refused_names(
    driver: SqliteDriver, text: str, reason: str, columns: tuple[str, ...]
) -> None:
    with pytest.raises(Violation) as caught:
        driver.write(text)
    assert (caught.value.reason, caught.value.columns) == (reason, columns)
    assert "secret" not in str(caught.value)
    assert driver.read("SELECT count(*) FROM t") == [(1,)]


@pytest.mark.parametrize("text", ["SELECT * FROM nowhere", "SELECT away FROM t", "INSERT INTO t (away) VALUES (1)"])
def test_what_the_tables_do_not_have_any_more_is_unavailable(driver: SqliteDriver, text: str) -> None:
    with pytest.raises(Unusable) as caught:
        driver.write(text)
    assert caught.value.retry == 5


@pytest.mark.parametrize("text", ["SELECT", "SELECT no_function(1)"])
def test_what_is_wrong_with_a_statement_is_ours(driver: SqliteDriver, text: str) -> None:
    with pytest.raises(sqlite3.OperationalError):
        driver.write(text)


def test_the_states_that_pass(driver: SqliteDriver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unusable):
        driver.read("DELETE FROM keyed")  # SQLITE_READONLY
    monkeypatch.setattr(sqlite, "SLOWEST", 0.01)
    with pytest.raises(TimedOut):
        driver.read("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n")
    (tmp_path / "broken.db").write_bytes(b"no database" * 1000)
    for name in ("broken.db", "nowhere/test.db"):  # SQLITE_NOTADB, SQLITE_CANTOPEN
        with closing(SqliteDriver(str(tmp_path / name))) as other, pytest.raises(Unusable):
            other.read("SELECT 1")
    monkeypatch.undo()
    driver.write("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray((tmp_path / "test.db").read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    (tmp_path / "corrupt.db").write_bytes(data)
    with closing(SqliteDriver(str(tmp_path / "corrupt.db"))) as other, pytest.raises(Unusable):
        other.read("SELECT * FROM t")


class Error(sqlite3.Error):
    """An error with a code, as SQLite gives one."""

    def __init__(self, code: int | None) -> None:
        super().__init__("secret")
        if code is not None:
            self.sqlite_errorcode = code


CODES: list[tuple[int | None, Any]] = [
    (sqlite3.SQLITE_BUSY, Busy),
    (sqlite3.SQLITE_BUSY_SNAPSHOT, Busy),
    (sqlite3.SQLITE_LOCKED_SHAREDCACHE, Busy),
    (sqlite3.SQLITE_PROTOCOL, Busy),
    (sqlite3.SQLITE_SCHEMA, Busy),
    (sqlite3.SQLITE_FULL, Full),
    (sqlite3.SQLITE_IOERR_WRITE, Unusable),
    (sqlite3.SQLITE_NOMEM, Unusable),
    (sqlite3.SQLITE_AUTH, Unusable),
    (sqlite3.SQLITE_INTERRUPT, TimedOut),
    (sqlite3.SQLITE_CONSTRAINT_VTAB, Violation),
    (sqlite3.SQLITE_MISUSE, Error),
    (sqlite3.SQLITE_RANGE, Error),
    (99, Unusable),
    (None, Error),
]


@pytest.mark.parametrize("code, kind", CODES, ids=[str(code) for code, _ in CODES])
def test_what_each_code_means(code: int | None, kind: type[Exception]) -> None:
    translated = translate(Error(code))
    assert type(translated) is kind
    assert kind is Error or "secret" not in str(translated)


def test_every_state_that_passes_says_when_to_ask_again_unless_it_is_too_slow() -> None:
    for meaning in {*MEANINGS.values()} & {"busy", "stale", "full", "unusable"}:
        assert passing(meaning).retry
    assert meaning_of(Error(sqlite3.SQLITE_INTERRUPT)) == "slow"


@pytest.mark.parametrize(
    "definition, expression",
    [
        ("CREATE TABLE t (n INTEGER CONSTRAINT c CHECK (n < 5))", "n < 5"),
        ('CREATE TABLE t (n INTEGER, constraint "c"  check ((n) < (5)), m)', "(n) < (5)"),
        ("CREATE TABLE t (n INTEGER CONSTRAINT cc CHECK (n < 5))", ""),
        ("CREATE TABLE t (n INTEGER CONSTRAINT c CHECK (n < 5", ""),
        ("CREATE TABLE t (n INTEGER)", ""),
    ],
)
def test_the_expression_of_a_check_is_found_by_its_name(definition: str, expression: str) -> None:
    assert check_of(definition, "c") == expression
