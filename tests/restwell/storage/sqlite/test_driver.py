"""SQLite as Restwell sets it up: durable, one writer after another, readers that cannot write, errors as problems."""

import errno
import fcntl
import os
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from restwell.data.outcomes import Outcome
from restwell.data.plans import Plan, RowChange
from restwell.data.store_errors import Busy, Full, StoreError, TimedOut, Unusable
from restwell.data.units import Unit
from restwell.model.declare import declare
from restwell.model.policy import public
from restwell.storage.driver import Write
from restwell.storage.engine import Store
from restwell.storage.sqlite import driver as sqlite
from restwell.storage.sqlite.driver import SqliteDriver
from tests.api import FOUR
from tests.examples import Framework
from tests.restwell.storage.changing import carry_out
from tests.restwell.storage.children import in_children

FRAMEWORKS = declare(Framework, "/frameworks", read=public(), initial=FOUR)
NOBODY = 65534
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
MANY = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT i FROM n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "test.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{path}", [FRAMEWORKS])
    yield opened
    opened.close()


@pytest.fixture
def driver(path: Path) -> Iterator[SqliteDriver]:
    opened = SqliteDriver(str(path))
    yield opened
    opened.close()


def values(name: str, parent: str = "Python") -> dict[str, Any]:
    return {"name": name, "created": 1999, "parent": parent, "relatedName": None, "relatedDocs": None}


def insert(store: Store, name: str, parent: str = "Python") -> Outcome:
    return carry_out(store, RowChange("insert", FRAMEWORKS, values=values(name, parent)))


def writer_of(store: Store) -> sqlite3.Connection:
    """The connection that the store writes by."""
    writers = store.driver._writers()  # type: ignore[attr-defined]
    connection: sqlite3.Connection = writers.take()
    writers.give(connection)
    return connection


@pytest.mark.parametrize("reading", [True, False])
@pytest.mark.parametrize("setting, value", [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)])
def test_settings(driver: SqliteDriver, reading: bool, setting: str, value: object) -> None:
    connection = (driver._readers() if reading else driver._writers()).take()
    assert connection.execute(f"PRAGMA {setting}").fetchone() == (value,)


def test_readers_cannot_write(driver: SqliteDriver) -> None:
    driver.write("CREATE TABLE t (x INTEGER)")
    for statement in ("INSERT INTO t VALUES (1)", "DELETE FROM t", "DROP TABLE t", "CREATE TABLE u (x INTEGER)"):
        with pytest.raises((StoreError, sqlite3.Error)):
            driver.read(statement)
    assert driver.read("SELECT count(*) FROM t") == [(0,)]


def test_a_query_is_stopped_when_its_time_is_up(driver: SqliteDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "SLOWEST", 0.1)
    started = time.monotonic()
    with pytest.raises(TimedOut):
        driver.read(ENDLESS)
    assert 0.1 <= time.monotonic() - started < 1
    assert driver.read("SELECT 1") == [(1,)]


def test_a_change_is_stopped_when_its_time_is_up(driver: SqliteDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    driver.write("CREATE TABLE t (x INTEGER)")
    monkeypatch.setattr(sqlite, "SLOWEST", 0.1)
    with pytest.raises(TimedOut):
        driver.write(f"INSERT INTO t {ENDLESS}")
    driver.write("INSERT INTO t VALUES (1)")
    assert driver.read("SELECT x FROM t") == [(1,)]


def test_a_stream_takes_as_long_as_it_takes(driver: SqliteDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "SLOWEST", 0.02)
    driver.read("SELECT 1")
    time.sleep(0.03)
    assert sum(len(rows) for rows in driver.stream(MANY)) == 100_000


def test_a_stream_shows_one_moment(store: Store) -> None:
    stream = store.stream(FRAMEWORKS, size=1)
    seen = [next(stream)[0][3]]
    insert(store, "Later")
    seen += [rows[0][3] for rows in stream]
    assert seen == ["Flask", "Django", "Bottle", "Tornado"]


def test_an_unhurried_transaction_has_no_limit(driver: SqliteDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    driver.write("CREATE TABLE t (x INTEGER)")
    monkeypatch.setattr(sqlite, "SLOWEST", 0.01)
    with driver.transaction(unhurried=True) as connection:
        connection.execute(f"INSERT INTO t {MANY}")
    monkeypatch.undo()
    assert driver.read("SELECT count(*) FROM t") == [(100_000,)]


def test_a_transaction_is_all_or_nothing(store: Store) -> None:
    def fails() -> None:
        with store.driver.transaction() as connection:
            connection.execute("DELETE FROM frameworks")
            raise KeyError("any")

    with pytest.raises(KeyError):
        fails()
    assert store.driver.read("SELECT count(*) FROM frameworks") == [(4,)]


def test_processes_that_write_at_once_wait_for_their_turn(store: Store, path: Path) -> None:
    def work(number: int) -> None:
        own = Store(SqliteDriver(str(path)), [FRAMEWORKS])
        for place in range(40):
            assert insert(own, f"child-{number}-{place}").kind == "created"

    assert in_children(4, work) == [0] * 4
    assert store.driver.read("SELECT count(*) FROM frameworks") == [(164,)]


def test_a_writer_that_waits_too_long_is_told_to_come_back(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "PATIENCE", 0.1)
    other = SqliteDriver(str(path))
    with other.transaction(unhurried=True) as connection:
        connection.execute("UPDATE frameworks SET created = 2000")
        started = time.monotonic()
        with pytest.raises(Busy) as caught:
            insert(store, "New")
        assert 0.1 <= time.monotonic() - started < 1
        assert caught.value.retry == 1
        assert store.driver.read("SELECT count(*) FROM frameworks WHERE created = 2000") == [(0,)]
    assert insert(store, "New").kind == "created"
    other.close()


@pytest.mark.slow
def test_writers_do_not_wait_one_after_another_in_vain(store: Store, path: Path) -> None:
    """A worker that answers one request at a time must go on reading while somebody else writes for long."""
    other = SqliteDriver(str(path))
    started = time.monotonic()
    with other.transaction(unhurried=True):
        for place in range(5):
            with pytest.raises(Busy):
                insert(store, f"new-{place}")
    assert 1 <= time.monotonic() - started < 2
    assert insert(store, "New").kind == "created"
    other.close()


def test_a_read_within_a_transaction_in_memory_leaves_it_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    driver = SqliteDriver(":memory:")
    driver.write("CREATE TABLE t (x INTEGER)")
    monkeypatch.setattr(sqlite, "SLOWEST", 0.02)
    with driver.transaction(unhurried=True) as connection:
        assert driver.read("SELECT 1") == [(1,)]
        time.sleep(0.03)
        connection.execute(f"INSERT INTO t {MANY}")
    assert sum(len(rows) for rows in driver.stream("SELECT x FROM t")) == 100_000
    driver.close()


def test_a_stranger_who_holds_the_database_is_waited_for(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody without our lock file, such as the sqlite3 command."""
    monkeypatch.setattr(sqlite, "PATIENCE", 0.1)
    own = Store(SqliteDriver(str(path)), [FRAMEWORKS])
    stranger = sqlite3.connect(path, isolation_level=None)
    stranger.execute("BEGIN IMMEDIATE")
    with pytest.raises(Busy):
        insert(own, "New")
    stranger.execute("COMMIT")
    stranger.close()
    assert insert(own, "New").kind == "created"
    own.close()


def test_a_full_store_says_so_reads_on_and_recovers(store: Store) -> None:
    connection = writer_of(store)
    [pages] = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(Full) as caught:
        insert(store, "Large", "x" * 60_000)
    assert caught.value.retry == 60
    assert store.look_up(Plan("item", FRAMEWORKS, "Large")) == Outcome("missing")
    assert store.look_up(Plan("item", FRAMEWORKS, "Flask")).kind == "found"
    connection.execute("PRAGMA max_page_count = 1000000")
    assert insert(store, "Large", "x" * 60_000).kind == "created"


def test_a_full_store_ends_a_transaction_in_good_order(store: Store) -> None:
    connection = writer_of(store)
    [pages] = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")

    def fills() -> None:
        with store.driver.transaction() as changing:
            changing.execute("UPDATE frameworks SET created = 2000")
            changing.execute("UPDATE frameworks SET parent = ?", ("x" * 60_000,))

    with pytest.raises(Full):
        fills()
    assert not connection.in_transaction
    assert store.driver.read("SELECT count(*) FROM frameworks WHERE created = 2000") == [(0,)]


def as_nobody() -> None:
    """Give up what root may do; for anybody else there is nothing to give up."""
    if os.geteuid() == 0:
        os.setuid(NOBODY)


def test_a_directory_that_cannot_be_written_is_unavailable() -> None:
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o555)

        def work(_: int) -> None:
            as_nobody()
            with pytest.raises(Unusable):
                Store.open(f"sqlite:///{directory}/test.db", [FRAMEWORKS])

        assert in_children(1, work) == [0]
        Path(directory).chmod(0o755)


def test_a_store_that_became_read_only_refuses_changes_and_shows_what_it_has() -> None:
    with tempfile.TemporaryDirectory() as directory:
        url = f"sqlite:///{directory}/test.db"
        keeper = Store.open(url, [FRAMEWORKS])  # stays open, so that the shared memory of WAL stays there
        insert(keeper, "New")
        Path(directory).chmod(0o555)

        def work(_: int) -> None:
            as_nobody()
            own = Store(SqliteDriver(f"{directory}/test.db"), [FRAMEWORKS])
            with pytest.raises(Unusable):
                insert(own, "Newer")

        assert in_children(1, work) == [0]
        Path(directory).chmod(0o755)
        keeper.close()


def test_a_directory_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unusable):
        Store.open(f"sqlite:///{tmp_path}/nowhere/test.db", [FRAMEWORKS])


def test_a_file_that_is_no_database_is_unavailable(path: Path) -> None:
    path.write_bytes(b"This is no database." * 100)
    with pytest.raises(Unusable):
        Store.open(f"sqlite:///{path}", [FRAMEWORKS])


def test_what_a_problem_says_holds_neither_path_nor_sql(tmp_path: Path) -> None:
    driver = SqliteDriver(str(tmp_path / "nowhere" / "test.db"))
    with pytest.raises(Unusable) as caught:
        driver.read("SELECT 1")
    assert "nowhere" not in str(caught.value)
    assert "SELECT" not in str(caught.value)


def test_a_connection_goes_back_to_the_pool_that_it_was_taken_from(driver: SqliteDriver) -> None:
    connection = driver._begin()
    driver.close()  # as another thread may do: what comes later has pools of its own
    driver._end(connection)
    driver.write("CREATE TABLE t (n)")
    assert driver.read("SELECT count(*) FROM t") == [(0,)]


def test_a_lock_that_cannot_be_left_keeps_no_connection(
    driver: SqliteDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver.write("CREATE TABLE t (n)")

    def fails(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr("restwell.storage.sqlite.driver.leave", fails)
        with pytest.raises(OSError, match="Input/output"):
            driver.write("INSERT INTO t VALUES (1)")
    driver.write("INSERT INTO t VALUES (2)")
    assert driver.read("SELECT n FROM t ORDER BY n") == [(1,), (2,)]


def test_in_memory_all_threads_share_one_database() -> None:
    store = Store.open("sqlite://", [FRAMEWORKS])
    insert(store, "New")
    assert store.look_up(Plan("item", FRAMEWORKS, "New")).kind == "found"
    assert next(store.stream(FRAMEWORKS))[-1][3] == "New"
    store.close()


def test_the_files_of_the_database_are_not_the_lock(store: Store, path: Path) -> None:
    insert(store, "New")
    assert (path.parent / "test.db.lock").exists()
    assert (path.parent / "test.db.lock").stat().st_size == 0


@pytest.mark.parametrize("name", ["test.db", ":memory:"])
def test_a_forked_process_does_not_wait_for_a_thread_that_it_does_not_have(tmp_path: Path, name: str) -> None:
    driver = SqliteDriver(name if name == ":memory:" else str(tmp_path / name))
    driver.write("CREATE TABLE t (x INTEGER)")
    has_turn, is_over = threading.Event(), threading.Event()

    def hold() -> None:
        with driver._turn:
            has_turn.set()
            is_over.wait()

    def work(_: int) -> None:
        driver.write("INSERT INTO t VALUES (1)")
        assert driver.read("SELECT x FROM t") == [(1,)]

    holder = threading.Thread(target=hold)
    holder.start()
    has_turn.wait()
    codes = in_children(1, work)
    is_over.set()
    holder.join()
    assert codes == [0]
    driver.close()


def test_a_forked_process_does_not_give_back_its_parents_lock(
    driver: SqliteDriver, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "PATIENCE", 0.1)
    driver.write("CREATE TABLE t (x INTEGER)")

    def work(_: int) -> None:
        with pytest.raises(Busy):
            driver.write("INSERT INTO t VALUES (1)")

    with driver.transaction(), Path(f"{path}.lock").open("rb") as lock:
        assert in_children(1, work) == [0]
        with pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def statements_of(store: Store, unit: Unit) -> list[str]:
    """The first words of the statements by which a unit is carried out."""
    found: list[str] = []
    connection = writer_of(store)
    connection.set_trace_callback(lambda text: found.append(text.split()[0]))
    assert store.carry_out(unit).failed is None
    connection.set_trace_callback(None)
    return found


def test_what_a_unit_costs(path: Path) -> None:
    made = [RowChange("insert", FRAMEWORKS, values=values(name)) for name in "abcde"]
    with closing(Store.open(f"sqlite:///{path}", [FRAMEWORKS])) as store:
        carry_out(store, made[0])
        assert statements_of(store, Unit((made[1],))) == ["INSERT"]
        assert statements_of(store, Unit((made[2], made[3]))) == ["BEGIN", "INSERT", "INSERT", "COMMIT"]
    with closing(Store.open(f"sqlite:///{path}", [FRAMEWORKS], outbox=True)) as store:
        writer_of(store)
        assert statements_of(store, Unit((made[4],))) == ["BEGIN", "INSERT", "INSERT", "COMMIT"]


def test_a_unit_waits_for_its_turn_and_is_stopped_when_its_time_is_up(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit = Unit(tuple(RowChange("insert", FRAMEWORKS, values=values(name)) for name in "ab"))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Busy):
            store.carry_out(unit)
        other.execute("ROLLBACK")
    monkeypatch.setattr(sqlite, "SLOWEST", 0.1)
    insert = Write("INSERT INTO frameworks (name, created, parent) VALUES ('x', 1, 'y') RETURNING 1")
    with pytest.raises(TimedOut):
        store.driver.write_all([insert, Write(ENDLESS)])
    assert store.carry_out(unit).failed is None
    assert store.driver.read("SELECT count(*) FROM frameworks") == [(6,)]
