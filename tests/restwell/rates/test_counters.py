"""Counters in memory count every request that fits, and no other, within a bound."""

from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from restwell.rates.counters import MemoryCounters, Spending
from restwell.rates.declared import RateLimit

MINUTE, HOUR = RateLimit(3, "minute"), RateLimit(5, "hour")


class Clock:
    """A clock that is put by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_window_begins_with_its_first_request_and_is_full_until_it_ends() -> None:
    clock = Clock()
    counters, ada = MemoryCounters(clock), [Spending(MINUTE, "ada")]
    told = []
    for seconds in (0, 10, 10, 10, 29.5, 0.5):
        clock.now += seconds
        told.append(counters.spend(ada))
    assert [(each.fits, *each.left[0]) for each in told] == [
        (True, 2, 60), (True, 1, 50), (True, 0, 40), (False, 0, 30), (False, 0, 0.5), (True, 2, 60),
    ]  # fmt: skip


def test_each_is_counted_alone() -> None:
    counters = MemoryCounters(Clock())
    assert [counters.spend([Spending(MINUTE, name)]).left[0].requests for name in ("ada", "bob", "ada")] == [2, 2, 1]


def test_what_one_limit_refuses_is_counted_by_none() -> None:
    counters = MemoryCounters(Clock())
    both = [Spending(MINUTE, "ada"), Spending(HOUR, "ada")]
    assert [counters.spend(both).fits for _ in range(10)] == [True] * 3 + [False] * 7
    assert counters.spend(both[1:]).left[0].requests == 1


def test_looking_counts_nothing_and_begins_nothing() -> None:
    clock = Clock()
    counters, ada = MemoryCounters(clock), [Spending(MINUTE, "ada")]
    assert counters.spend(ada, 0) == (True, ((3, 60),))
    clock.now += 30
    counters.spend(ada)
    assert counters.spend(ada, 0) == (True, ((2, 60),))


def test_of_too_many_the_one_that_began_first_begins_anew() -> None:
    counters = MemoryCounters(Clock(), most=2)
    for name in ("ada", "bob", "cat"):
        counters.spend([Spending(MINUTE, name)])
    assert [counters.spend([Spending(MINUTE, name)], 0).left[0].requests for name in ("bob", "cat")] == [2, 2]
    assert counters.spend([Spending(MINUTE, "ada")], 0).left[0].requests == 3


def test_windows_that_have_ended_are_forgotten() -> None:
    clock = Clock()
    counters = MemoryCounters(clock)
    for number in range(1000):
        clock.now += 1
        counters.spend([Spending(MINUTE, str(number))])
    assert len(counters._windows[MINUTE.name]) == 60


def test_of_threads_exactly_as_many_pass_as_may() -> None:
    limit = RateLimit(1000, "hour")
    counters = MemoryCounters()
    with ThreadPoolExecutor(16) as pool:
        passed = sum(pool.map(lambda _: counters.spend([Spending(limit, "ada")]).fits, range(3000)))
    assert passed == 1000


@given(st.lists(st.tuples(st.sampled_from(["ada", "bob"]), st.floats(0, 40)), max_size=60))
def test_no_window_ever_has_more_than_its_quota(asked: list[tuple[str, float]]) -> None:
    clock = Clock()
    counters = MemoryCounters(clock)
    passed: dict[str, list[float]] = {"ada": [], "bob": []}
    begun: dict[str, float] = {}
    for name, pause in asked:
        clock.now += pause
        if clock.now >= begun.get(name, -1) + MINUTE.window:
            begun[name] = clock.now
            passed[name].clear()
        fits = counters.spend([Spending(MINUTE, name)]).fits
        assert fits == (len(passed[name]) < MINUTE.quota)
        if fits:
            passed[name].append(clock.now)
