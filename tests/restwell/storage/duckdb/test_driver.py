"""The drivers of DuckDB, asked as a store asks them."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from restwell.data.store_errors import ReadOnly, TimedOut, Unusable
from restwell.storage.databases import UnknownDatabase, given_driver, open_driver, restoring
from restwell.storage.duckdb import given as duckdb_given
from restwell.storage.duckdb.driver import OwnDuckdbDriver
from restwell.storage.engine import Store
from restwell.storage.errors import Violation
from restwell.storage.given.driver import GivenDriver
from restwell.storage.given.sessions import Given
from restwell.storage.migrations import NotMigrated, apply_difference
from tests.restwell.storage.children import in_children

FOREVER = "SELECT count(*) FROM range(100000000000) a, range(1000) b"
HOLD = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read(); c.close()"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Give a file with a table, which nobody has open."""
    path = tmp_path / "a b#c.duckdb"
    engine = sa.create_engine(sa.URL.create("duckdb", database=str(path)))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE numbers AS SELECT range AS number FROM range(5000)")
    engine.dispose()
    return path


@pytest.fixture
def engine(file: Path) -> Iterator[sa.Engine]:
    made = sa.create_engine(sa.URL.create("duckdb", database=str(file)), connect_args={"read_only": True})
    yield made
    made.dispose()


@pytest.fixture
def driver(engine: sa.Engine) -> GivenDriver:
    found = given_driver(Given(engine))
    assert isinstance(found, GivenDriver)
    return found


@pytest.fixture
def own(file: Path) -> Iterator[OwnDuckdbDriver]:
    found = open_driver(f"duckdb:///{file}")
    assert isinstance(found, OwnDuckdbDriver)
    yield found
    found.close()


def test_rows_are_read_on_a_connection_of_the_pool(
    driver: GivenDriver, engine: sa.Engine, caplog: pytest.LogCaptureFixture
) -> None:
    assert driver.read("SELECT $1, $2", ("a", 2)) == [("a", 2)]
    assert driver.read("SELECT count(*) FROM numbers") == [(5000,)]
    assert isinstance(engine.pool, sa.QueuePool)
    assert (engine.pool.checkedin(), engine.pool.checkedout()) == (1, 0)
    assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []


def test_rows_come_in_batches_of_one_snapshot(tmp_path: Path) -> None:
    engine = sa.create_engine(f"duckdb:///{tmp_path}/x.duckdb")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE numbers AS SELECT range AS number FROM range(5000)")
    driver = given_driver(Given(engine))
    batches = driver.stream("SELECT number FROM numbers ORDER BY number", (), 2000)
    found = [len(next(batches))]
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM numbers")
    assert found + [len(batch) for batch in batches] == [2000, 2000, 1000]
    engine.dispose()


def test_a_stream_of_a_connection_that_all_share_is_by_itself() -> None:
    engine = sa.create_engine("duckdb:///:memory:", poolclass=sa.StaticPool)
    driver = given_driver(Given(engine))
    batches = driver.stream("SELECT * FROM range(5)", (), 2)
    assert next(batches) == [(0,), (1,)]
    assert driver.read("SELECT 7") == [(7,)]
    assert list(batches) == [[(2,), (3,)], [(4,)]]
    engine.dispose()


def test_a_query_that_takes_long_is_stopped(driver: GivenDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duckdb_given, "UNBOUNDED", 0.1)
    began = time.monotonic()
    with pytest.raises(TimedOut):
        driver.read(FOREVER, is_bounded=False)
    assert time.monotonic() - began < duckdb_given.SECONDS
    assert driver.read("SELECT 1") == [(1,)]


def test_what_is_written_is_refused(driver: GivenDriver) -> None:
    assert driver.read_only
    with pytest.raises(ReadOnly):
        driver.write("DELETE FROM numbers")
    with pytest.raises(ReadOnly), driver.lend():
        pass


@pytest.mark.parametrize(
    "text, error",
    [
        ("SELECT * FROM nothing", Unusable),
        ("SELECT nothing FROM numbers", Unusable),
        ("SELECT 'x'::INTEGER", Violation),
        ("SELECT 2147483647::INTEGER + 1::INTEGER", Violation),
        ("SELECT error('no')", Violation),
    ],
)
def test_an_error_is_what_it_means(driver: GivenDriver, text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        driver.read(text)
    assert driver.read("SELECT 1") == [(1,)]


def test_a_connection_that_somebody_closed_is_asked_no_more(driver: GivenDriver, engine: sa.Engine) -> None:
    raw = engine.raw_connection()
    assert raw.dbapi_connection is not None
    raw.dbapi_connection.close()
    raw.close()
    assert driver.read("SELECT 1") == [(1,)]


def test_a_file_that_another_process_writes_is_unusable_until_it_is_closed(file: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"held\n"
        own = open_driver(f"duckdb:///{file}")
        with pytest.raises(Unusable):
            own.read("SELECT 1")
        child.communicate()
    assert own.read("SELECT 1") == [(1,)]
    own.close()


def test_several_processes_read_one_file(own: OwnDuckdbDriver, file: Path) -> None:
    assert own.read("SELECT 1") == [(1,)]
    read = "import duckdb, sys; print(duckdb.connect(sys.argv[1], read_only=True).execute('FROM numbers').fetchone())"
    assert (
        subprocess.run([sys.executable, "-c", read, str(file)], check=True, capture_output=True).stdout == b"(0,)\n"
    )


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    own = open_driver(f"duckdb:///{tmp_path}/none.duckdb")
    with pytest.raises(Unusable):
        own.read("SELECT 1")
    assert list(tmp_path.iterdir()) == []


def test_nothing_of_a_file_is_altered(own: OwnDuckdbDriver) -> None:
    with pytest.raises(UnknownDatabase, match="only read"):
        own.altering_engine(writing=True)


def test_a_process_that_was_forked_opens_the_file_itself(own: OwnDuckdbDriver) -> None:
    own.read("SELECT 1")
    own.close()

    def work(_: int) -> None:
        assert own.read("SELECT count(*) FROM numbers") == [(5000,)]

    assert in_children(2, work) == [0, 0]
    assert own.read("SELECT 1") == [(1,)]


def test_what_was_open_when_a_process_was_forked_is_refused_there(
    own: OwnDuckdbDriver, caplog: pytest.LogCaptureFixture
) -> None:
    own.read("SELECT 1")

    def work(_: int) -> None:
        for _ in range(2):
            with pytest.raises(Unusable):
                own.read("SELECT 1")
        assert "opened before this process was forked" in caplog.text
        own.close()

    assert in_children(1, work) == [0]
    assert own.read("SELECT 1") == [(1,)]


def test_threads_have_connections_of_their_own(driver: GivenDriver) -> None:
    found: list[int] = []

    def read() -> None:
        found.extend(sum(number for (number,) in driver.read("SELECT number FROM numbers")) for _ in range(20))

    threads = [threading.Thread(target=read) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [4999 * 2500] * 120


def test_a_test_takes_nothing_back(driver: GivenDriver) -> None:
    with restoring(driver):
        assert driver.read("SELECT 1") == [(1,)]


@pytest.mark.parametrize(
    "url, named",
    [
        ("duckdb://", "write duckdb:///FILE"),
        ("duckdb:///", "write duckdb:///FILE"),
        ("duckdb:///:memory:", "a file that is there"),
        ("duckdb://x.duckdb", "write duckdb:///FILE"),
        ("duckdb:///x.duckdb?threads=1", "'threads=1' behind its '?'"),
    ],
)
def test_what_a_url_says_and_no_driver_does_is_refused_by_name(url: str, named: str) -> None:
    with pytest.raises(UnknownDatabase) as told:
        open_driver(url)
    assert named in str(told.value)


def test_a_url_may_say_that_it_is_only_read(file: Path) -> None:
    own = open_driver(f"duckdb:///{file}?mode=ro")
    assert own.read_only
    assert own.read("SELECT 1") == [(1,)]
    own.close()


def test_a_memory_for_each_thread_is_refused() -> None:
    engine = sa.create_engine("duckdb:///:memory:")
    with pytest.raises(UnknownDatabase, match=r"poolclass=sqlalchemy\.StaticPool, or of a file"):
        given_driver(Given(engine))


def test_nothing_is_migrated(own: OwnDuckdbDriver) -> None:
    with pytest.raises(NotMigrated, match="Nothing was changed: DuckDB is only read"):
        apply_difference(Store(own, []))
