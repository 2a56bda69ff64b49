"""PostgreSQL goes away and comes back: 503 and nothing else meanwhile, and nothing acknowledged is lost."""

import signal
import threading
import time
from collections.abc import Iterator
from functools import partial

import pytest

from tests.servers import PostgresServer, children, signal_all, wait_until

from .clients import CUT, Served, must_wait, say, together
from .conftest import Serve, begun
from .ledger import Ledger

BACK_WITHIN = 5.0
AWAY = 1.0


@pytest.fixture
def durable() -> Iterator[PostgresServer]:
    """A PostgreSQL of its own, with fsync on."""
    with PostgresServer(fsync=True) as server:
        yield server


@pytest.fixture
def counters(durable: PostgresServer, serve: Serve) -> Served:
    return begun(serve, durable.url(durable.take_database()))


@pytest.mark.postgresql
@pytest.mark.slow
def test_a_killed_postgresql_is_503_until_it_is_back(counters: Served, durable: PostgresServer) -> None:
    ledger = Ledger(counters)
    writers = threading.Thread(target=ledger.run)
    writers.start()
    away: list[tuple[float, float]] = []
    back = []
    try:
        for _ in range(2):
            time.sleep(1)
            durable.kill()
            killed = time.monotonic()
            time.sleep(AWAY)
            starting = time.monotonic()
            durable.start()
            started = time.monotonic()
            away.append((killed, starting))
            assert wait_until(partial(answers_well, ledger, started), BACK_WITHIN), "not back in time"
            back.append(time.monotonic() - started)
        time.sleep(0.5)
    finally:
        ledger.stop.set()
        writers.join()
    statuses = {status for _, status in ledger.answers}
    during = [status for moment, status in ledger.answers for gone, here in away if gone + 0.1 < moment < here]
    late = [status for moment, status in ledger.answers if moment > away[-1][1] + BACK_WITHIN]
    say(
        f"PostgreSQL killed twice under load: {len(during)} answers meanwhile, all of them {set(during)}; back after "
        f"{', '.join(f'{seconds:.2f}' for seconds in back)} s; {ledger.check()}"
    )
    assert set(during) == {503}
    assert statuses <= {200, 201, 404, 412, 503}
    assert 503 not in late
    assert ledger.cut == 0


def answers_well(ledger: Ledger, since: float) -> bool:
    """Whether every one of the last answers is a good one; there are six writers."""
    recent = [status for moment, status in ledger.answers[-60:] if moment > since]
    return len(recent) == 60 and 503 not in recent


@pytest.mark.slow
@pytest.mark.postgresql
def test_what_needs_no_database_goes_on_without_it(counters: Served, durable: PostgresServer) -> None:
    clients = counters.workers()
    needless = [
        "/",
        "/openapi.json",
        "/docs",
        "/docs.jsonld",
        "/contexts/Counter",
        "/schemas/Counter",
        "/problems/not-found",
    ]
    before = [client.get(path, accept="*/*").status for client in clients for path in needless]
    durable.kill()
    meanwhile = [client.get(path, accept="*/*", anonymous=True).status for client in clients for path in needless]
    for client in clients:
        must_wait(client.get("/counters/shared", anonymous=True))
        must_wait(client.get("/counters/shared"))
        must_wait(client.ask("POST", "/counters", {"name": "never"}))
    durable.start()
    assert meanwhile == before
    for client in clients:  # the next look at whether it is back comes within half a second
        assert wait_until(lambda client=client: client.get("/counters/never").status == 404, 5)  # type: ignore[misc]


@pytest.mark.postgresql
@pytest.mark.slow
def test_a_postgresql_that_does_not_answer_is_503_or_504_soon(counters: Served, durable: PostgresServer) -> None:
    clients = counters.workers()
    assert durable._process is not None
    every = [durable._process.pid, *children(durable._process.pid)]
    signal_all(every, signal.SIGSTOP)

    def ask(method: str, place: int) -> tuple[int, float]:
        began = time.monotonic()
        try:
            answer = clients[place].ask(method, "/counters/shared", {"number": 1} if method == "PUT" else None)
        except CUT:
            return 0, time.monotonic() - began
        if answer.status in {503, 504}:
            assert int(answer.headers["retry-after"]) > 0
        return answer.status, time.monotonic() - began

    try:
        told = together([lambda: ask("GET", 0), lambda: ask("PUT", 1)])
        say(f"PostgreSQL stopped: {told} (0 is no answer within 10 s)")
        assert {status for status, _ in told} <= {503, 504}
        assert max(seconds for _, seconds in told) < 6
    finally:
        signal_all(every, signal.SIGCONT)
    assert wait_until(lambda: counters.client().get("/counters/shared").status == 200, BACK_WITHIN)
