"""A connection belongs to whoever has taken it; there is a bound; a forked process leaves its parent's alone."""

import threading
import time
from collections.abc import Iterator

import pytest

from restwell.data.store_errors import Busy
from restwell.storage import connections
from restwell.storage.connections import MAX_READERS, MAX_WRITERS, Connections, Pool
from tests.restwell.storage.children import in_children


class Connection:
    """As far as Connections is concerned."""

    def __init__(self, *, reading: bool) -> None:
        self.reading = reading
        self.closed = False
        self.taken = 0.0

    def close(self) -> None:
        self.closed = True


class Kept(Connections[Connection]):
    """The connections of no database."""

    def _connect(self, *, reading: bool) -> Connection:
        return Connection(reading=reading)


@pytest.fixture
def kept() -> Iterator[Kept]:
    made = Kept()
    yield made
    made.close()


@pytest.fixture
def pool(kept: Kept) -> Pool[Connection]:
    return kept._readers()


def in_threads(number: int, work: object) -> None:
    threads = [threading.Thread(target=work) for _ in range(number)]  # type: ignore[arg-type]  # a function
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("reading", [True, False])
def test_what_is_given_back_is_taken_again(kept: Kept, reading: bool) -> None:
    pool = kept._readers() if reading else kept._writers()
    connection = pool.take()
    assert connection.reading is reading
    pool.give(connection)
    assert pool.take() is connection


def test_what_is_in_use_is_nobody_elses(pool: Pool[Connection]) -> None:
    assert pool.take() is not pool.take()


def test_the_last_one_that_was_given_back_is_the_next(pool: Pool[Connection]) -> None:
    first, second = pool.take(), pool.take()
    pool.give(second)
    pool.give(first)
    assert pool.take() is first


def test_a_thousand_threads_one_after_another_have_one_connection(pool: Pool[Connection]) -> None:
    def work() -> None:
        pool.give(pool.take())

    for _ in range(1000):
        in_threads(1, work)
    assert len(pool.every) == 1


@pytest.mark.parametrize("reading, bound", [(True, MAX_READERS), (False, MAX_WRITERS)])
def test_a_hundred_threads_at_once_have_as_many_as_the_bound_says(kept: Kept, reading: bool, bound: int) -> None:
    pool = kept._readers() if reading else kept._writers()
    in_use: set[Connection] = set()
    most = []
    full = threading.Event()

    def work() -> None:
        connection = pool.take()
        assert connection not in in_use
        in_use.add(connection)
        if len(in_use) >= bound:
            full.set()
        assert full.wait(10)
        most.append(len(in_use))
        in_use.remove(connection)
        pool.give(connection)

    in_threads(100, work)
    assert len(most) == 100
    assert max(most) == bound
    assert len(pool.every) == bound


def test_who_waits_too_long_is_told_to_come_back(pool: Pool[Connection], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "PATIENCE", 0.05)
    taken = [pool.take() for _ in range(MAX_READERS)]
    started = time.monotonic()
    with pytest.raises(Busy) as caught:
        pool.take()
    assert 0.05 <= time.monotonic() - started < 1
    assert caught.value.retry == 1
    pool.give(taken[0])
    assert pool.take() is taken[0]


def test_those_who_wait_are_served_in_their_order_and_nobody_overtakes_them(pool: Pool[Connection]) -> None:
    taken = [pool.take() for _ in range(MAX_READERS)]
    served = []

    def wait(name: str) -> None:
        connection = pool.take()
        served.append(name)
        pool.give(connection)

    threads = []
    for name in "abc":
        threads.append(threading.Thread(target=wait, args=(name,)))
        threads[-1].start()
        while len(pool._waiting) < len(threads):
            time.sleep(0.001)
    pool.give(taken[0])
    wait("d")
    for thread in threads:
        thread.join()
    assert served == ["a", "b", "c", "d"]


class Killed(BaseException):
    """What a greenlet meets that is killed."""


@pytest.mark.parametrize("has_come", [True, False])
def test_who_is_killed_while_waiting_keeps_nothing_from_others(
    pool: Pool[Connection], monkeypatch: pytest.MonkeyPatch, has_come: bool
) -> None:
    def kill(turn: connections._Turn[Connection], _: float) -> bool:
        raise Killed

    taken = [pool.take() for _ in range(MAX_READERS - has_come)]
    monkeypatch.setattr(connections._Turn, "has_come", kill)
    for _ in range(2 * MAX_READERS):
        with pytest.raises(Killed):
            pool.take()
    monkeypatch.undo()
    assert not pool._waiting
    pool.give(taken[0])
    assert pool.take() is taken[0]
    if has_come:
        assert pool.take() not in taken


def test_what_is_discarded_is_closed_and_makes_room(pool: Pool[Connection]) -> None:
    taken = [pool.take() for _ in range(MAX_READERS)]
    found: list[Connection] = []
    thread = threading.Thread(target=lambda: found.append(pool.take()))
    thread.start()
    pool.discard(taken[0])
    thread.join()
    assert taken[0].closed
    assert found[0] not in taken
    assert len(pool.every) == MAX_READERS


def test_idle_ones_can_be_discarded_together(pool: Pool[Connection]) -> None:
    first, second = pool.take(), pool.take()
    pool.give(first)
    pool.discard_idle()
    assert (first.closed, second.closed) == (True, False)


def test_one_that_cannot_be_opened_leaves_its_room_to_others() -> None:
    fails = [True] * (2 * MAX_READERS)

    def connect() -> Connection:
        if fails:
            fails.pop()
            raise OSError
        return Connection(reading=True)

    pool = Pool(connect, MAX_READERS)
    for _ in range(2 * MAX_READERS):
        with pytest.raises(OSError):
            pool.take()
    assert [pool.take().closed for _ in range(MAX_READERS)] == [False] * MAX_READERS


def test_a_reader_for_long_is_none_of_the_pool(kept: Kept) -> None:
    with kept._reader_for_long() as connection:
        assert kept._every() == {connection}
        assert kept._readers().take() is not connection
    assert connection.closed
    assert connection not in kept._every()


def test_close_closes_every_one_and_then_there_are_new_ones(kept: Kept) -> None:
    idle, in_use, writer = kept._readers().take(), kept._readers().take(), kept._writers().take()
    pool = kept._readers()
    pool.give(idle)
    kept.close()
    assert [each.closed for each in (idle, in_use, writer)] == [True] * 3
    pool.give(in_use)
    assert not kept._readers().take().closed


def test_a_forked_process_neither_uses_nor_closes_its_parents(kept: Kept) -> None:
    pool = kept._readers()
    with kept._reader_for_long() as further:
        parents = [pool.take(), kept._writers().take(), further]
        pool.give(parents[0])

        def work(_: int) -> None:
            own = kept._readers().take()
            assert own not in parents
            kept._readers().give(own)
            assert kept._readers().take() is own
            pool.discard(parents[0])
            kept.close()
            assert own.closed
            assert [each.closed for each in parents] == [False] * 3

        assert in_children(2, work) == [0, 0]
    assert pool.take() is parents[0]


def test_no_thread_of_a_forked_process_is_given_what_its_parent_has_opened(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two requests can be the first ones at once, and the second must not overtake."""
    parent = kept._readers().take()
    kept._readers().give(parent)

    start = kept._start

    def slowly() -> None:
        time.sleep(0.1)
        start()

    def work(_: int) -> None:
        monkeypatch.setattr(kept, "_start", slowly)
        taken: list[Connection] = []
        in_threads(3, lambda: taken.append(kept._readers().take()))
        assert len(set(taken)) == 3
        assert parent not in taken
        assert kept._every() == set(taken)

    assert in_children(1, work) == [0]


def test_a_forked_process_that_only_closes_leaves_its_parents_open(kept: Kept) -> None:
    parent = kept._readers().take()

    def close_only(_: int) -> None:
        kept.close()
        assert not parent.closed
        assert in_children(1, lambda _: kept.close()) == [0]
        assert not parent.closed

    assert in_children(1, close_only) == [0]


def test_who_says_nothing_of_how_to_connect_cannot() -> None:
    with pytest.raises(NotImplementedError):
        Connections[Connection]()._readers().take()


def test_a_database_that_takes_long_is_noted_and_waiting_for_a_connection_is_not(
    pool: Pool[Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MAX_LOOK", 0.05)
    began = time.perf_counter()
    pool.give(pool.take())
    every = [pool.take() for _ in range(MAX_READERS)]
    waiting = threading.Thread(target=lambda: pool.give(pool.take()))
    waiting.start()
    time.sleep(0.04)
    first = every.pop()
    first.taken = time.perf_counter()  # as if it had been given back and taken again
    time.sleep(0.03)
    pool.give(first)
    waiting.join()  # it has waited for longer than what counts as slow
    assert pool.slow_at < began
    time.sleep(0.06)
    pool.give(every.pop())
    assert pool.slow_at >= began


def test_a_connection_that_takes_long_to_open_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MAX_LOOK", 0.05)

    def connect() -> Connection:
        time.sleep(0.06)
        return Connection(reading=True)

    pool = Pool(connect, 1)
    began = time.perf_counter()
    pool.take()
    assert pool.slow_at >= began
