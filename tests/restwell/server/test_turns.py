"""So many jobs at once, in their order, and what waits too long is refused."""

import threading
import time
from collections.abc import Callable

import pytest

from restwell.server import turns as module
from restwell.server.turns import FEW, MAX_LENT, Turns
from tests.servers import wait_until


def elsewhere(call: Callable[[], None]) -> None:
    threading.Thread(target=call).start()


class Work:
    """Jobs that last until they are let go, and what became of them."""

    def __init__(self, number: int = 1) -> None:
        self.done: list[int] = []
        self.shed: list[int] = []
        self.most = 0
        self._now = 0
        self._lock = threading.Lock()
        self.gate = threading.Event()
        self.turns = Turns[int](number, self._run, self.shed.append, elsewhere)

    def _run(self, job: int) -> None:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        self.gate.wait(10)
        with self._lock:
            self._now -= 1
            self.done.append(job)

    def begin(self, job: int) -> threading.Thread:
        thread = threading.Thread(target=self.turns.take, args=(job,))
        thread.start()
        return thread

    def begin_the_first(self) -> None:
        """Have job 0 take the only turn, in a thread of its own."""
        self._first = self.begin(0)
        assert wait_until(lambda: self.most == 1, 10)

    def let_go(self) -> None:
        """Let every job end, and wait for the thread of job 0."""
        self.gate.set()
        self._first.join(10)


@pytest.mark.parametrize("number", [1, 3])
def test_no_more_are_done_at_once_than_there_are_turns(number: int) -> None:
    work = Work(number)
    threads = [work.begin(job) for job in range(12)]
    assert wait_until(lambda: work.most == number, 10)
    assert work.turns.is_busy
    work.gate.set()
    for thread in threads:
        thread.join(10)
    assert sorted(work.done) == list(range(12))
    assert work.most == number
    assert work.turns.is_idle


def test_who_finds_no_turn_does_not_wait_for_one() -> None:
    work = Work()
    work.begin_the_first()
    began = time.monotonic()
    for job in range(1, 10):
        work.turns.take(job)
    assert time.monotonic() - began < 1
    assert work.done == []
    work.let_go()
    assert work.done == list(range(10)), "in their order, by the thread whose turn it was"


def test_a_few_wait_and_who_comes_to_many_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SHORT", 0.01)
    monkeypatch.setattr(module, "FULL", 0.02)
    work = Work()
    work.begin_the_first()
    for job in range(1, FEW + 1):
        work.turns.take(job)
    time.sleep(0.05)
    work.turns.take(1000)
    work.turns.take(1001)
    assert work.shed == [1000, 1001]
    work.let_go()
    assert work.done == [*range(FEW + 1)], "those who wait are answered, in their order"


def test_jobs_that_are_to_come_count_among_those_that_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SHORT", 0.01)
    monkeypatch.setattr(module, "FULL", 0.02)
    work = Work()
    assert not work.turns.is_full(FEW)
    work.begin_the_first()
    assert not work.turns.is_full(FEW), "nobody waits"
    work.turns.take(1)
    time.sleep(0.05)
    assert not work.turns.is_full(FEW - 2)
    assert work.turns.is_full(FEW - 1)
    work.let_go()


def test_many_wait_usually_since_a_queue_that_empties_is_no_overload(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SHORT", 0.01)
    monkeypatch.setattr(module, "FULL", 60)
    work = Work()
    work.begin_the_first()
    for job in range(1, 200):
        work.turns.take(job)
        time.sleep(0.0005)
    assert work.shed == []
    work.let_go()
    assert work.done == list(range(200))


def test_nothing_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONG", 0.02)
    work = Work()
    work.begin_the_first()
    work.turns.take(1)
    time.sleep(0.05)
    work.turns.shed_late()
    assert work.shed == [1]
    work.let_go()
    assert work.done == [0]


def test_the_queue_is_bounded_in_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", FEW + 10)
    monkeypatch.setattr(module, "FULL", 60)
    work = Work()
    work.begin_the_first()
    for job in range(1, FEW + 31):
        work.turns.take(job)
    assert work.shed == list(range(FEW + 11, FEW + 31))
    work.let_go()
    assert work.done == list(range(FEW + 11))


def test_every_job_is_done_or_refused_and_none_twice() -> None:
    done: list[int] = []
    shed: list[int] = []
    turns = Turns[int](2, done.append, shed.append, elsewhere)

    def bring(first: int) -> None:
        for job in range(first, first + 500):
            turns.take(job)

    threads = [threading.Thread(target=bring, args=(500 * place,)) for place in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(done + shed) == list(range(4000))
    assert turns.is_idle


def test_who_waits_for_a_client_gives_the_turn_to_others() -> None:
    waiting, gate = threading.Event(), threading.Event()
    done: list[str] = []

    def run(job: str) -> None:
        if job == "waits":
            turns.leave()
            turns.leave()
            waiting.set()
            gate.wait(10)
        done.append(job)

    turns = Turns[str](1, run, done.append, elsewhere)
    first = threading.Thread(target=turns.take, args=("waits",))
    first.start()
    assert waiting.wait(10)
    assert turns.is_idle
    turns.take("other")
    assert done == ["other"]
    gate.set()
    first.join(10)
    assert done == ["other", "waits"]
    assert turns.is_idle, "a turn that was given up is not given back a second time"


def test_what_waits_for_a_turn_that_is_given_up_is_done_elsewhere() -> None:
    begun, leaving, gate = threading.Event(), threading.Event(), threading.Event()
    done: list[str] = []

    def run(job: str) -> None:
        if job == "waits":
            begun.set()
            leaving.wait(10)
            turns.leave()
            gate.wait(10)
        done.append(job)

    turns = Turns[str](1, run, done.append, elsewhere)
    first = threading.Thread(target=turns.take, args=("waits",))
    first.start()
    assert begun.wait(10)
    turns.take("other")
    leaving.set()
    assert wait_until(lambda: done == ["other"], 10)
    gate.set()
    first.join(10)
    assert turns.is_idle


def test_so_many_turns_are_lent_and_no_more_until_one_of_those_who_lent_has_ended() -> None:
    gates = {job: threading.Event() for job in range(6)}
    begun: list[int] = []
    done: list[int] = []

    def run(job: int) -> None:
        begun.append(job)
        turns.lend()
        turns.lend()
        gates[job].wait(10)
        done.append(job)

    turns = Turns[int](1, run, done.append, elsewhere)
    threads = [threading.Thread(target=turns.take, args=(job,)) for job in gates]
    for place, thread in enumerate(threads):
        thread.start()
        assert wait_until(lambda: len(begun) == min(place + 1, MAX_LENT + 1), 10)  # noqa: B023 -- it is asked at once
    assert begun == [0, 1, 2]
    gates[0].set()
    assert wait_until(lambda: done == [0], 10)
    assert begun == [0, 1, 2], "the job with the turn goes on"
    gates[2].set()
    assert wait_until(lambda: begun == [0, 1, 2, 3, 4], 10)
    for gate in gates.values():
        gate.set()
    assert wait_until(lambda: sorted(done) == [*gates], 10)
    assert wait_until(lambda: turns.is_idle, 10)
