"""The driver of an engine that is given, asked as a store asks it."""

import gc
import os
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from restwell.data.store_errors import Busy, TimedOut, Unreachable
from restwell.storage.databases import given_driver
from restwell.storage.driver import Driver, Write
from restwell.storage.errors import InvalidValue, Taken
from restwell.storage.given.driver import GivenDriver
from restwell.storage.given.sessions import Given
from restwell.storage.sqlite import driver as sqlite_driver
from tests.restwell.storage.children import in_children
from tests.restwell.storage.given.engines import LIBRARIES, Author, Counted, an_engine, sa_url

FOREVER = {
    "sqlite": "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 1e9) SELECT count(*) FROM n",
    "postgresql": "SELECT pg_sleep(20)",
}


@pytest.fixture
def database_url(engine_url: str) -> str:
    """Each test runs once for each library of an engine."""
    return engine_url


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    with an_engine(database_url) as made:
        yield made


@pytest.fixture
def driver(engine: sa.Engine) -> GivenDriver:
    found = given_driver(Given(engine))
    assert isinstance(found, GivenDriver)
    with found.transaction() as connection:
        connection.execute("CREATE TABLE restwell_secrets (name text PRIMARY KEY, value text)")
    return found


def mark(driver: GivenDriver) -> str:
    return driver.dialect.mark


def insert(driver: GivenDriver, name: str, value: str = "x") -> Write:
    one = mark(driver)
    text = f"INSERT INTO restwell_secrets (name, value) VALUES ({one}, {one}) RETURNING name"
    return Write(text, (name, value), "restwell_secrets")


def test_what_is_written_is_there_or_nothing_of_it_is(driver: GivenDriver) -> None:
    assert driver.write_all([insert(driver, "a"), insert(driver, "b")]) == [[("a",)], [("b",)]]
    with pytest.raises(Taken) as taken:
        driver.write_all([insert(driver, "c"), insert(driver, "a")])
    assert (taken.value.place, taken.value.table, taken.value.columns) == (1, "restwell_secrets", ("name",))
    text = f"UPDATE restwell_secrets SET value = 'y' WHERE name = {mark(driver)} RETURNING name"
    lost = [insert(driver, "d"), Write(text, ("z",), "restwell_secrets", must_change=True), insert(driver, "e")]
    assert driver.write_all(lost) == [[("d",)], []]
    assert driver.read("SELECT name FROM restwell_secrets ORDER BY name") == [("a",), ("b",)]


def test_rows_come_in_batches_of_one_snapshot(driver: GivenDriver, engine: sa.Engine) -> None:
    for name in "abcde":
        driver.write(*insert(driver, name)[:2])
    counted = Counted(engine)
    batches = driver.stream("SELECT name FROM restwell_secrets ORDER BY name", (), 2)
    assert [next(batches), next(batches), next(batches)] == [[("a",), ("b",)], [("c",), ("d",)], [("e",)]]
    assert list(batches) == []
    assert list(driver.stream("SELECT name FROM restwell_secrets WHERE name > 'x'")) == []
    assert (counted.taken, counted.given_back) == (2, 2)


def test_a_stream_that_is_left_gives_its_connection_back(driver: GivenDriver, engine: sa.Engine) -> None:
    driver.write(*insert(driver, "a")[:2])
    counted = Counted(engine)
    batches = driver.stream("SELECT name FROM restwell_secrets", (), 1)
    next(batches)
    batches.close()  # type: ignore[attr-defined]  # of a generator
    assert (counted.taken, counted.given_back) == (1, 1)


def test_a_query_that_takes_long_is_stopped_and_the_connection_is_as_it_was(
    driver: GivenDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("restwell.storage.sqlite.given.UNBOUNDED", 0.05)
    began = time.monotonic()
    with pytest.raises(TimedOut):
        driver.read(FOREVER[driver.name], is_bounded=False)
    assert time.monotonic() - began < sqlite_driver.SLOWEST
    assert driver.read("SELECT 1") == [(1,)]


INVALID = {"sqlite": "SELECT CAST(x'ff' AS TEXT)", "postgresql": "SELECT 'infinity'::date"}


def test_what_cannot_be_read_is_told_and_read_leniently(driver: GivenDriver) -> None:
    with pytest.raises(InvalidValue):
        driver.read(INVALID[driver.name])
    [[value]] = driver.read(INVALID[driver.name], leniently=True)
    assert value == "\udcff" if driver.name == "sqlite" else type(value) is object
    [[[value]]] = driver.stream(INVALID[driver.name])
    assert value == "\udcff" if driver.name == "sqlite" else type(value) is object


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_reader_on_postgresql_cannot_write(postgresql_url: str, library: str) -> None:
    with an_engine(sa_url(postgresql_url, library)) as engine:
        driver = given_driver(Given(engine))
        with pytest.raises(Exception, match="can only be read"):
            driver.read("INSERT INTO novels (title, pages) VALUES ('x', 1) RETURNING id")
        assert driver.read("SELECT count(*) FROM novels") == [(0,)]


def test_a_pool_that_is_used_up_is_busy_and_not_broken(database_url: str) -> None:
    with an_engine(database_url, pool_size=1, max_overflow=0, pool_timeout=0.05) as engine:
        driver = given_driver(Given(engine))
        with engine.connect():
            with pytest.raises(Busy, match="Every connection to the store is in use"):
                driver.read("SELECT 1")
            with pytest.raises(Busy, match="Every connection to the store is in use"), driver.lend():
                pass
        assert driver.read("SELECT 1") == [(1,)]


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_server_that_is_not_there_is_unreachable(library: str) -> None:
    engine = sa.create_engine(f"postgresql+{library}://127.0.0.1:1/x")
    driver = given_driver(Given(engine))
    with pytest.raises(Unreachable):
        driver.read("SELECT 1")
    with pytest.raises(Unreachable), driver.lend():
        pass


def test_a_row_that_was_read_under_the_lock_is_nobody_elses(driver: GivenDriver, engine: sa.Engine) -> None:
    driver.write(*insert(driver, "a", "0")[:2])
    lock = "" if driver.name == "sqlite" else " FOR UPDATE"

    def add_one() -> None:
        for _ in range(10):
            with driver.lend() as connection:
                [[value]] = connection.exec_driver_sql(f"SELECT value FROM restwell_secrets{lock}").all()
                text = f"UPDATE restwell_secrets SET value = {mark(driver)}"
                connection.exec_driver_sql(text, (str(int(value) + 1),))

    threads = [threading.Thread(target=add_one) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert driver.read("SELECT value FROM restwell_secrets") == [("80",)]


def test_a_process_that_was_forked_has_connections_of_its_own(driver: GivenDriver) -> None:
    driver.write(*insert(driver, "a")[:2])
    gc.freeze()
    child = os.fork()
    if child == 0:
        found: list[Any] = []
        try:
            found = driver.read("SELECT name FROM restwell_secrets")
        finally:
            os._exit(0 if found == [("a",)] else 1)
    assert os.waitpid(child, 0)[1] == 0
    gc.unfreeze()
    assert driver.read("SELECT name FROM restwell_secrets") == [("a",)]


def test_no_thread_of_a_forked_process_is_given_what_its_parent_has_opened(
    driver: GivenDriver, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver.write(*insert(driver, "a")[:2])
    dispose, inherited = engine.dispose, engine.pool

    def slowly(**options: bool) -> None:
        time.sleep(0.1)
        dispose(**options)

    def work(_: int) -> None:
        monkeypatch.setattr(engine, "dispose", slowly)
        seen: list[bool] = []

        def read() -> None:
            with driver._raw():
                seen.append(engine.pool is inherited)

        threads = [threading.Thread(target=read) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert seen == [False, False]

    assert in_children(1, work) == [0]


def test_closing_a_store_leaves_the_engine_open(driver: GivenDriver, engine: sa.Engine) -> None:
    driver.close()
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1


def insert_and_fail(driver: Driver) -> None:
    with driver.lend() as connection:
        connection.execute(sa.insert(Author).values(name="lost"))
        raise ValueError("no")


def test_an_engine_that_commits_each_statement_has_transactions_for_changes(
    database_url: str, mariadb_url: str
) -> None:
    for url in (database_url, mariadb_url):
        with an_engine(url, isolation_level="AUTOCOMMIT") as engine:
            driver = given_driver(Given(engine))
            counted = sa.select(sa.func.count()).select_from(Author)
            with pytest.raises(ValueError, match="no"):
                insert_and_fail(driver)
            with driver.lend() as connection:
                connection.execute(sa.insert(Author).values(name="kept"))
                with engine.connect() as other:
                    assert other.scalar(counted) == 0
            assert driver.read("SELECT count(*) FROM authors")[0][0] == 1
            with engine.connect() as other:
                other.execute(sa.insert(Author).values(name="by itself"))
            with engine.connect() as other:
                assert other.scalar(counted) == 2
