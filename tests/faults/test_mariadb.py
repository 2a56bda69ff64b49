"""MariaDB goes away and comes back: 503 and nothing else meanwhile, and nothing acknowledged is lost."""

import signal
import threading
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from tests.mariadb import MariadbServer
from tests.modelled import engine_of
from tests.servers import wait_until

from .clients import CUT, Client, Served, must_wait, say, together
from .conftest import Serve, begun
from .ledger import Ledger
from .test_postgresql import AWAY, BACK_WITHIN, answers_well

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def durable() -> Iterator[MariadbServer]:
    """A MariaDB of its own, which keeps what is committed."""
    with MariadbServer(durable=True) as server:
        yield server


@pytest.fixture
def counters(durable: MariadbServer, serve: Serve) -> Served:
    return begun(serve, durable.make_database())


def test_a_killed_mariadb_is_503_until_it_is_back(counters: Served, durable: MariadbServer) -> None:
    ledger = Ledger(counters)
    writers = threading.Thread(target=ledger.run)
    writers.start()
    try:
        time.sleep(2)
        durable.kill()
        killed = time.monotonic()
        time.sleep(AWAY)
        starting = time.monotonic()
        durable.start()
        started = time.monotonic()
        assert wait_until(partial(answers_well, ledger, started), BACK_WITHIN), "not back in time"
        back = time.monotonic() - started
        time.sleep(1)
    finally:
        ledger.stop.set()
        writers.join()
    during = [status for moment, status in ledger.answers if killed + 0.1 < moment < starting]
    say(
        f"MariaDB killed under load: {len(during)} answers meanwhile, all of them {set(during)}; back after "
        f"{back:.2f} s; {ledger.check()}"
    )
    assert set(during) == {503}
    assert {status for _, status in ledger.answers} <= {200, 201, 404, 412, 503}
    assert ledger.cut == 0


def test_what_needs_no_database_goes_on_without_it(counters: Served, durable: MariadbServer) -> None:
    clients = counters.workers()
    needless = ["/", "/openapi.json", "/docs", "/schemas/Counter", "/health/live"]
    before = [client.get(path, accept="*/*").status for client in clients for path in needless]
    durable.kill()
    try:
        meanwhile = [client.get(path, accept="*/*", anonymous=True).status for client in clients for path in needless]
        for client in clients:
            assert client.get("/health/ready", anonymous=True).status == 503
            must_wait(client.get("/counters/shared", anonymous=True))
            must_wait(client.ask("POST", "/counters", {"name": "never"}))
    finally:
        durable.start()
    assert meanwhile == before
    for client in clients:  # the connections of its pool are dead, and no caller sees one
        assert client.get("/counters/never").status == 404
        assert client.ask("PUT", "/counters/shared", {"number": 1}).status == 200


def test_a_connection_that_died_in_the_pool_is_seen_by_nobody(counters: Served, durable: MariadbServer) -> None:
    clients = counters.workers()

    def status(client: Client, method: str) -> int:
        content = {"number": 1} if method == "PUT" else None
        return client.ask(method, "/counters/shared", content).status

    for method in ("GET", "PUT"):
        assert [status(client, method) for client in clients] == [200, 200]
        with durable.connection() as connection:
            cursor: Any = connection.cursor()
            cursor.execute(
                "SELECT id FROM information_schema.processlist WHERE id <> CONNECTION_ID() AND db IS NOT NULL"
            )
            others = cursor.fetchall()
            assert others
            for (each,) in others:
                cursor.execute(f"KILL {each}")
        assert [status(client, method) for client in clients] == [200, 200]


def test_a_mariadb_that_does_not_answer_is_503_or_504_soon(counters: Served, durable: MariadbServer) -> None:
    clients = counters.workers()

    def ask(method: str, client: Client) -> tuple[int, float]:
        began = time.monotonic()
        try:
            answer = client.ask(method, "/counters/shared", {"number": 1} if method == "PUT" else None)
        except CUT:
            return 0, time.monotonic() - began
        if answer.status in {503, 504}:
            assert int(answer.headers["retry-after"]) > 0
        return answer.status, time.monotonic() - began

    durable.process.send_signal(signal.SIGSTOP)
    try:
        told = together([lambda: ask("GET", clients[0]), lambda: ask("PUT", clients[1])])
        say(f"MariaDB stopped: {told} (0 is no answer within 10 s)")
        assert {status for status, _ in told} <= {503, 504}
        assert max(seconds for _, seconds in told) < 6
        known = [ask("GET", client) for client in clients]
        say(f"and then: {known}")
        assert {status for status, _ in known} == {503}
        assert max(seconds for _, seconds in known) < 1
    finally:
        durable.process.send_signal(signal.SIGCONT)
    assert wait_until(lambda: counters.client().get("/counters/shared").status == 200, BACK_WITHIN)


def test_a_locked_row_refuses_its_own_writers_alone(counters: Served) -> None:
    client = counters.client()
    assert client.ask("PUT", "/counters/other", {"number": 1}).status == 201
    engine = engine_of(counters.database)
    with engine.connect() as other, other.begin():
        other.execute(sa.text("SELECT * FROM counters WHERE name = 'shared' FOR UPDATE"))
        began = time.monotonic()
        must_wait(client.ask("PUT", "/counters/shared", {"number": 1}))
        assert time.monotonic() - began < 4
        assert client.ask("PUT", "/counters/other", {"number": 2}).status == 200
        assert client.get("/counters/shared").status == 200
    engine.dispose()
    assert client.ask("PUT", "/counters/shared", {"number": 1}).status == 200


def test_a_locked_table_is_503_and_then_served(counters: Served) -> None:
    client = counters.client()
    engine = engine_of(counters.database)
    with engine.connect() as other:
        other.exec_driver_sql("LOCK TABLES counters WRITE")
        must_wait(client.ask("PUT", "/counters/shared", {"number": 7}))
        must_wait(client.get("/counters/shared"))
    engine.dispose()
    assert client.get("/counters/shared").content["number"] == 0
    assert client.ask("PUT", "/counters/shared", {"number": 7}).status == 200
