"""A few threads are active, and one more for each that waits for a client."""

import threading
import time

from restwell.server.active import ActiveThreads
from tests.servers import wait_until


class Caller:
    """A thread that rests, and counts how often it came back."""

    def __init__(self, active: ActiveThreads) -> None:
        self.active = active
        self.returned = threading.Event()
        self.waits, self.gate = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        self.active.rest()
        self.returned.set()
        self.waits.wait(10)
        with self.active.away():
            self.gate.wait(10)
        self.active.rest()


def returned(callers: list[Caller]) -> int:
    return sum(each.returned.is_set() for each in callers)


def test_enough_are_active_and_the_others_rest() -> None:
    active = ActiveThreads(2)
    callers = [Caller(active) for _ in range(5)]
    assert wait_until(lambda: returned(callers) == 2, 10)
    time.sleep(0.05)
    assert returned(callers) == 2


def test_another_is_active_for_each_that_waits_for_a_client() -> None:
    active = ActiveThreads(2)
    callers = [Caller(active) for _ in range(5)]
    assert wait_until(lambda: returned(callers) == 2, 10)
    first, second = (each for each in callers if each.returned.is_set())
    first.waits.set()
    assert wait_until(lambda: returned(callers) == 3, 10)
    second.waits.set()
    assert wait_until(lambda: returned(callers) == 4, 10)
    first.gate.set()
    first.thread.join(0.1)
    assert first.thread.is_alive(), "it rests: another has taken its place"
    assert returned(callers) == 4


def test_who_was_never_counted_may_be_away() -> None:
    active = ActiveThreads(1)
    callers = [Caller(active) for _ in range(3)]
    assert wait_until(lambda: returned(callers) == 1, 10)
    with active.away():
        time.sleep(0.05)
    assert returned(callers) == 1


def test_nobody_rests_where_too_few_are_active_since_others_wait() -> None:
    active = ActiveThreads(1)
    away = Caller(active)
    away.waits.set()
    assert wait_until(away.returned.is_set, 10)
    time.sleep(0.05)
    other = Caller(active)
    assert wait_until(other.returned.is_set, 10)
    assert other.thread.is_alive()
