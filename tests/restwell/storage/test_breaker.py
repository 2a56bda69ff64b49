"""What does not answer is refused at once, one thread probes it, and it is asked again as soon as it answers."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from restwell.data.store_errors import Busy, Unreachable
from restwell.storage.breaker import CONNECTING, PAUSE, SERVER, Breaker, Probe, Target
from tests.servers import wait_until

TABLE = Target("counters", "ACCESS SHARE")


class Store:
    """Answers, or does not; counts what it is asked, and by whom."""

    def __init__(self) -> None:
        self.answers: set[Target] = set()
        self.asked: list[tuple[Target, str]] = []
        self.sessions = 0

    @contextmanager
    def probing(self) -> Iterator[Probe]:
        self.sessions += 1
        try:
            yield self.probe
        finally:
            self.sessions -= 1

    def probe(self, target: Target) -> bool:
        self.asked.append((target, threading.current_thread().name))
        return target in self.answers


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def breaker(store: Store) -> Iterator[Breaker]:
    made = Breaker(store.probing)
    yield made
    made.stop()
    assert wait_until(lambda: store.sessions == 0, 2)


def test_what_is_open_is_refused_at_once_and_asked_again_when_it_answers(breaker: Breaker, store: Store) -> None:
    breaker.check(SERVER, TABLE)
    breaker.trip(SERVER, "silence")
    time.sleep(PAUSE)
    started = time.monotonic()
    for _ in range(1000):
        with pytest.raises(Unreachable):
            breaker.check(SERVER, TABLE)
    assert time.monotonic() - started < 0.5
    store.answers.add(SERVER)
    assert wait_until(lambda: not breaker.away, 1)
    breaker.check(SERVER, TABLE)
    assert wait_until(lambda: store.sessions == 0, 1)


def test_what_was_one_session_alone_is_not_refused(breaker: Breaker, store: Store) -> None:
    store.answers.add(SERVER)
    breaker.trip(SERVER, "silence")
    breaker.check(SERVER)


def test_one_thread_probes_whoever_trips_it(breaker: Breaker, store: Store) -> None:
    threads = [
        threading.Thread(target=breaker.trip, args=(target, "x")) for target in (SERVER, CONNECTING, TABLE) * 20
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    time.sleep(4 * PAUSE)
    assert store.sessions == 1
    assert {name for _, name in store.asked} == {"restwell-probe"}
    assert {target for target, _ in store.asked} == {SERVER}  # without it, nothing else answers
    store.answers |= {SERVER, CONNECTING, TABLE}
    assert wait_until(lambda: not breaker.away, 1)


def test_a_table_does_not_keep_another_one_closed(breaker: Breaker, store: Store) -> None:
    other = Target("notes", "ACCESS SHARE")
    breaker.trip(TABLE, "locked")
    breaker.trip(other, "locked")
    store.answers.add(other)
    assert wait_until(lambda: other not in breaker.away, 1)
    breaker.check(SERVER, other)
    with pytest.raises(Busy):
        breaker.check(SERVER, TABLE)


def test_it_can_be_tripped_again(breaker: Breaker, store: Store) -> None:
    for _ in range(3):
        breaker.trip(SERVER, "silence")
        assert SERVER in breaker.away
        store.answers.add(SERVER)
        assert wait_until(lambda: not breaker.away, 1)
        store.answers.clear()


def test_a_fork_asks_by_itself(breaker: Breaker) -> None:
    breaker.trip(SERVER, "silence")
    child = os.fork()
    if not child:
        try:
            breaker.check(SERVER)
        except BaseException:  # noqa: BLE001 - nothing may leave a fork
            os._exit(1)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
