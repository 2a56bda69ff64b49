"""PostgreSQL as Restwell uses it: readers that cannot write, limits of time, and a server that comes and goes."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from restwell.data.plans import Plan, RowChange
from restwell.data.store_errors import Busy, StoreError, TimedOut, Unreachable
from restwell.data.units import Unit
from restwell.model.declare import declare
from restwell.model.policy import public
from restwell.storage.driver import Write
from restwell.storage.engine import Store
from restwell.storage.loading import Loading
from restwell.storage.postgresql import settings as postgresql_settings
from restwell.storage.postgresql.driver import PostgresqlDriver
from tests.api import FOUR, PROBLEM, serving
from tests.examples import Framework
from tests.restwell.storage.changing import carry_out
from tests.servers import PostgresServer, wait_until

FRAMEWORKS = declare(Framework, "/frameworks", read=public(), initial=FOUR)
FLASK = Plan("item", FRAMEWORKS, "Flask")
VALUES = {"name": "New", "created": 1999, "parent": "Python", "relatedName": None, "relatedDocs": None}


@pytest.fixture
def store(postgresql_url: str) -> Iterator[Store]:
    opened = Store.open(postgresql_url, [FRAMEWORKS])
    yield opened
    opened.close()


@pytest.fixture
def driver(store: Store) -> PostgresqlDriver:
    assert isinstance(store.driver, PostgresqlDriver)
    return store.driver


def idle(driver: PostgresqlDriver, *, reading: bool) -> Any:
    """The connection that is taken next."""
    pool = driver._readers() if reading else driver._writers()
    connection = pool.take()
    pool.give(connection)
    return connection


@pytest.mark.parametrize(
    "setting, value",
    [
        ("statement_timeout", "2s"),
        ("lock_timeout", "1s"),
        ("idle_in_transaction_session_timeout", "5s"),
        ("timezone", "UTC"),
        ("intervalstyle", "iso_8601"),
    ],
)
def test_settings(driver: PostgresqlDriver, setting: str, value: str) -> None:
    for reading in (True, False):
        found = idle(driver, reading=reading).execute(f"SHOW {setting}".encode()).fetchone()
        assert found == (value,)


def test_an_unhurried_transaction_leaves_the_limits_as_they_were(driver: PostgresqlDriver) -> None:
    with driver.transaction(unhurried=True) as connection:
        assert connection.execute("SHOW statement_timeout").fetchone() == ("0",)
    assert idle(driver, reading=False).execute("SHOW statement_timeout").fetchone() == ("2s",)


def test_readers_cannot_write(store: Store) -> None:
    for statement in ("DELETE FROM frameworks", "DROP TABLE frameworks", "CREATE TABLE t (x integer)"):
        with pytest.raises((StoreError, psycopg.Error)):
            store.driver.read(statement)
    assert store.driver.read("SELECT count(*) FROM frameworks") == [(4,)]


def test_a_query_is_stopped_when_its_time_is_up(postgresql_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(postgresql_settings.SETTINGS, "statement_timeout", "100ms")
    driver = PostgresqlDriver(postgresql_url)
    started = time.monotonic()
    with pytest.raises(TimedOut):
        driver.read("SELECT pg_sleep(5)")
    assert 0.1 <= time.monotonic() - started < 2
    assert driver.read("SELECT 1") == [(1,)]
    driver.close()


def test_a_writer_that_waits_too_long_is_told_to_come_back(
    store: Store, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(postgresql_settings.SETTINGS, "lock_timeout", "100ms")
    own = Store(PostgresqlDriver(postgresql_url), [FRAMEWORKS])
    version = store.look_up(FLASK).row[1]
    with store.driver.transaction() as connection:
        connection.execute("UPDATE frameworks SET created = 2000 WHERE name = 'Flask'")
        with pytest.raises(Busy) as caught:
            carry_out(own, RowChange("replace", FRAMEWORKS, "Flask", version, {**VALUES, "name": "Flask"}))
        assert caught.value.retry == 1
        assert own.look_up(FLASK).row[4] == 2010
    own.close()


def test_a_transaction_is_all_or_nothing(store: Store) -> None:
    def fails() -> None:
        with store.driver.transaction() as connection:
            connection.execute("DELETE FROM frameworks")
            raise KeyError("any")

    with pytest.raises(KeyError):
        fails()
    assert store.driver.read("SELECT count(*) FROM frameworks") == [(4,)]


def test_while_the_server_is_gone_the_store_is_unavailable_and_then_it_recovers(
    store: Store, postgres_server: PostgresServer
) -> None:
    assert carry_out(store, RowChange("insert", FRAMEWORKS, values=VALUES)).kind == "created"
    postgres_server.kill()
    insert = RowChange("insert", FRAMEWORKS, values=VALUES)
    for ask in (partial(store.look_up, FLASK), partial(carry_out, store, insert)):
        with pytest.raises(Unreachable) as caught:
            ask()
        assert caught.value.retry == 5
        assert "127.0.0.1" not in str(caught.value)
    postgres_server.start()
    assert wait_until(lambda: answers(store), 0.5)  # as soon as the next probe has found it
    assert carry_out(store, RowChange("insert", FRAMEWORKS, values={**VALUES, "name": "Newer"})).kind == "created"


def answers(store: Store) -> bool:
    try:
        return store.look_up(FLASK).kind == "found"
    except StoreError:
        return False


def test_a_restart_between_two_requests_is_not_seen(store: Store, postgres_server: PostgresServer) -> None:
    store.look_up(FLASK)
    carry_out(store, RowChange("insert", FRAMEWORKS, values=VALUES))
    postgres_server.kill()
    postgres_server.start()
    assert carry_out(store, RowChange("insert", FRAMEWORKS, values={**VALUES, "name": "Newer"})).kind == "created"
    assert store.look_up(FLASK).kind == "found"


def test_connections_that_the_server_ended_are_not_missed(store: Store, driver: PostgresqlDriver) -> None:
    store.look_up(FLASK)
    carry_out(store, RowChange("insert", FRAMEWORKS, values=VALUES))
    every = (
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
    )
    with psycopg.connect(driver.url, autocommit=True) as other:
        other.execute(f"{every} pg_backend_pid()".encode())
    assert carry_out(store, RowChange("insert", FRAMEWORKS, values={**VALUES, "name": "Newer"})).kind == "created"
    assert store.look_up(FLASK).kind == "found"


@pytest.mark.parametrize("reading", [True, False])
def test_a_server_that_says_nothing_is_given_up(driver: PostgresqlDriver, reading: bool) -> None:
    ask = driver.read if reading else driver.write
    ask("SELECT 1")
    idle(driver, reading=reading).patience = 0.2
    started = time.monotonic()
    with pytest.raises(Unreachable):
        ask("SELECT pg_sleep(1)")  # to the client, it is the same
    assert 0.2 <= time.monotonic() - started < 0.9
    assert ask("SELECT 1") == [(1,)]


def names(*given: str) -> Unit:
    """New items, in one transaction."""
    return Unit(tuple(RowChange("insert", FRAMEWORKS, values={**VALUES, "name": name}) for name in given))


def test_a_unit_is_not_sent_to_a_server_that_is_gone_and_is_once_it_is_back(
    store: Store, postgres_server: PostgresServer
) -> None:
    assert store.carry_out(names("a", "b")).failed is None
    postgres_server.kill()
    for _ in range(2):
        with pytest.raises(Unreachable):
            store.carry_out(names("c", "d"))
    postgres_server.start()
    assert wait_until(lambda: answers(store), 0.5)
    assert store.carry_out(names("c", "d")).failed is None
    postgres_server.kill()
    postgres_server.start()
    assert store.carry_out(names("e", "f")).failed is None
    assert store.driver.read("SELECT count(*) FROM frameworks WHERE length(name) = 1") == [(6,)]


def test_a_unit_whose_session_the_server_ends_changes_nothing(
    store: Store, driver: PostgresqlDriver, caplog: pytest.LogCaptureFixture
) -> None:
    end = Write("SELECT pg_terminate_backend(pg_backend_pid())")
    insert = Write("INSERT INTO frameworks (name, created, parent) VALUES ('x', 1, 'y') RETURNING 1")
    for writes in ([insert, end], [insert, end, insert]):
        with pytest.raises(Unreachable):
            driver.write_all(writes)
    assert store.driver.read("SELECT count(*) FROM frameworks") == [(4,)]
    assert not [record for record in caplog.records if record.name == "psycopg"]
    assert driver.write_all([insert]) == [[(1,)]]


def test_a_server_that_says_nothing_within_a_unit_is_given_up(driver: PostgresqlDriver) -> None:
    driver.write("SELECT 1")
    idle(driver, reading=False).patience = 0.2
    started = time.monotonic()
    with pytest.raises(Unreachable):
        driver.write_all([Write("SELECT 1"), Write("SELECT pg_sleep(1)")])
    assert 0.2 <= time.monotonic() - started < 0.9
    assert wait_until(lambda: answers_write(driver), 1)


def answers_write(driver: PostgresqlDriver) -> bool:
    try:
        return driver.write_all([Write("SELECT 1")]) == [[(1,)]]
    except StoreError:
        return False


def test_a_unit_that_was_prepared_for_other_tables_is_run_once_again(store: Store, postgresql_url: str) -> None:
    for number in range(5):
        assert store.carry_out(names(f"a{number}", f"b{number}")).failed is None
    with psycopg.connect(postgresql_url, autocommit=True) as other:
        other.execute("ALTER TABLE frameworks ALTER created TYPE integer")
    assert store.carry_out(names("c", "d")).failed is None
    assert store.driver.read("SELECT count(*) FROM frameworks") == [(16,)]


def test_statements_that_were_prepared_in_vain_are_prepared_again(store: Store) -> None:
    """Of a pipeline that fails, what comes behind the failure was never prepared, though it was asked for."""
    for number in range(8):
        assert store.carry_out(Unit((*names("Flask").changes, *names(f"n{number}").changes))).failed == 0
        assert store.carry_out(names(f"m{number}", f"o{number}")).failed is None
        assert carry_out(store, names(f"p{number}").changes[0]).kind == "created"
    assert store.driver.read("SELECT count(*) FROM frameworks") == [(28,)]


def test_a_table_that_others_have_locked_refuses_units_until_it_is_free(
    store: Store, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(postgresql_settings.SETTINGS, "lock_timeout", "100ms")
    with closing(Store(PostgresqlDriver(postgresql_url), [FRAMEWORKS], outbox=True)) as own:
        own.prepare()
        with store.driver.transaction() as connection:
            connection.execute("LOCK TABLE restwell_outbox IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(Busy):
                own.carry_out(names("a"))
            with pytest.raises(Busy, match="locked"):  # as is known meanwhile
                own.carry_out(names("a"))
        assert wait_until(lambda: is_made(own, names("b")), 2)
        assert own.look_up(Plan("item", FRAMEWORKS, "a")).kind == "missing"


def is_made(store: Store, unit: Unit) -> bool:
    try:
        return store.carry_out(unit).failed is None
    except Busy:
        return False


def test_units_that_wait_for_each_other_are_not_both_refused(store: Store, postgresql_url: str) -> None:
    """A deadlock: the server ends one of the two, of which nothing is left."""
    versions = {name: store.look_up(Plan("item", FRAMEWORKS, name)).row[1] for name in ("Flask", "Django")}
    with closing(Store(PostgresqlDriver(postgresql_url), [FRAMEWORKS])) as other:
        results: list[object] = []

        def work(own: Store, *order: str) -> None:
            changes = tuple(
                RowChange("replace", FRAMEWORKS, name, versions[name], {**VALUES, "name": name}) for name in order
            )
            try:
                results.append(own.carry_out(Unit(changes)).failed)
            except Busy:
                results.append("busy")

        threads = [
            threading.Thread(target=work, args=(store, "Flask", "Django")),
            threading.Thread(target=work, args=(other, "Django", "Flask")),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert results.count(None) == 1
    after = {name: store.look_up(Plan("item", FRAMEWORKS, name)).row[1] for name in versions}
    assert after == {name: version + 1 for name, version in versions.items()}


class Traffic:
    """What goes between a connection and its server, as libpq traces it."""

    def __init__(self, driver: PostgresqlDriver, path: Path) -> None:
        self._connection = idle(driver, reading=False)
        self._path = path

    def of(self, ask: Callable[[], object]) -> tuple[int, int]:
        """How many statements a call sends, with those that begin and end transactions, and in how many turns."""
        with self._path.open("w") as file:
            self._connection.pgconn.trace(file.fileno())
            ask()
            self._connection.pgconn.untrace()
        words = [line.split("\t")[1:4] for line in self._path.read_text().splitlines()]
        sent = [word for way, _, word in words if way == "F"]
        return sum(word in {"Execute", "Query"} for word in sent), sum("ReadyForQuery" in word for *_, word in words)


def test_what_a_unit_costs(postgresql_url: str, tmp_path: Path) -> None:
    one, two = names("a"), names("b", "c")
    with closing(Store.open(postgresql_url, [FRAMEWORKS])) as store:
        carry_out(store, names("x").changes[0])
        traffic = Traffic(store.driver, tmp_path / "trace")  # type: ignore[arg-type]
        assert traffic.of(lambda: store.carry_out(one)) == (1, 1)
        assert traffic.of(lambda: store.carry_out(two)) == (4, 2)
    with closing(Store.open(postgresql_url, [FRAMEWORKS], outbox=True)) as store:
        carry_out(store, names("y").changes[0])
        traffic = Traffic(store.driver, tmp_path / "trace")  # type: ignore[arg-type]
        assert traffic.of(lambda: store.carry_out(names("d"))) == (4, 2)


@pytest.mark.parametrize("is_alone", [True, False])
def test_indexes_are_made_anew_only_where_nobody_reads_meanwhile(store: Store, is_alone: bool) -> None:
    store.driver.write("DELETE FROM frameworks")
    other = Store(PostgresqlDriver(store.driver.url), [FRAMEWORKS])  # type: ignore[attr-defined]
    if not is_alone:
        other.look_up(FLASK)
    with store.driver.transaction(unhurried=True) as connection:
        loading = Loading(store.driver, store.statements[FRAMEWORKS], connection)
        rows = [list(VALUES.values())]
        assert loading.add_to_empty(rows) is is_alone
        if not is_alone:
            loading.add_all(rows)
            assert other.look_up(Plan("item", FRAMEWORKS, "New")).kind == "missing"
    assert other.look_up(Plan("item", FRAMEWORKS, "New")).kind == "found"
    other.close()


def test_a_server_that_is_gone_is_503_and_what_needs_no_store_goes_on(
    postgresql_url: str, postgres_server: PostgresServer
) -> None:
    with serving(database=postgresql_url) as served:
        assert served.send("GET", "/frameworks/Flask").status == 200
        postgres_server.kill()
        refused = served.send("GET", "/frameworks/Flask")
        assert (refused.status, refused["content-type"], refused["retry-after"]) == (503, PROBLEM, "5")
        assert served.send("GET", "/health/ready").status == 503
        assert served.send("GET", "/health/live").status == 200
        assert served.send("GET", "/openapi.json").status == 200
        postgres_server.start()
        assert wait_until(lambda: served.send("GET", "/frameworks/Flask").status == 200, 0.5)
        assert served.send("GET", "/health/ready").status == 200


BAD = [
    ("BREW", "/frameworks", 501),
    ("DELETE", "/frameworks", 405),
    ("GET", "/nowhere", 404),
    ("GET", "/frameworks?nobody=1", 400),
    ("GET", "/frameworks/Flask?limit=1", 400),
    ("GET", "/frameworks?x=" + "x" * 5000, 414),
    ("POST", "/frameworks", 401),
    ("OPTIONS", "/frameworks", 204),
]


def test_a_bad_request_takes_no_connection(postgresql_url: str) -> None:
    with serving(database=postgresql_url) as served:
        store = served.api.binding(served.app).store
        store.close()
        count = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        with psycopg.connect(postgresql_url, autocommit=True) as connection:
            assert wait_until(lambda: connection.execute(count).fetchone() == (0,), 5), "close does not close"
            for method, target, status in BAD:
                assert served.send(method, target).status == status
                assert connection.execute(count).fetchone() == (0,), f"{method} {target}"
