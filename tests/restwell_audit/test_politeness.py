"""A budget that holds, a pace that is kept, and Retry-After understood as RFC 9110 has it."""

import itertools
import math
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restwell_audit.politeness import (
    SAFE,
    Budget,
    BudgetSpent,
    Excluded,
    ForeignOrigin,
    NotSafe,
    NotSent,
    Pace,
    retry_after,
    usual_rate,
)

NOW = 1_800_000_000.0


class Clock:
    """A clock that goes only when somebody sleeps, or when it is set on."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.slept.append(seconds)
        self.now += seconds


def test_every_refusal_to_send_can_be_caught_as_one() -> None:
    assert set(NotSent.__subclasses__()) == {BudgetSpent, ForeignOrigin, Excluded, NotSafe}


def test_a_budget_is_spent_to_the_last_request() -> None:
    budget = Budget(2)
    budget.spend()
    assert (budget.spent, budget.left) == (1, 1)
    budget.spend()
    with pytest.raises(BudgetSpent, match="All 2 allowed requests have been sent"):
        budget.spend()
    assert (budget.spent, budget.left) == (2, 0)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "CONNECT", "LOCK", "BREW", "get", "PRI", ""])
def test_only_what_the_registry_calls_safe_is_safe(method: str) -> None:
    assert method not in SAFE


def test_requests_are_sent_evenly() -> None:
    clock = Clock()
    pace = Pace(4, clock, clock.sleep)
    for _ in range(5):
        pace.keep()
    assert clock.slept == [0.25] * 4


def test_time_that_a_request_takes_is_part_of_the_pace() -> None:
    clock = Clock()
    pace = Pace(4, clock, clock.sleep)
    pace.keep()
    clock.now += 0.2
    pace.keep()
    assert clock.slept == [pytest.approx(0.05)]


def test_a_pause_is_not_made_up_for_by_haste() -> None:
    clock = Clock()
    pace = Pace(4, clock, clock.sleep)
    pace.keep()
    clock.now += 60
    for _ in range(3):
        pace.keep()
    assert clock.slept == [0.25] * 2


@given(st.lists(st.floats(0, 3), min_size=1, max_size=50), st.floats(0.5, 100))
def test_no_second_sees_more_than_its_share(breaks: list[float], per_second: float) -> None:
    clock = Clock()
    pace = Pace(per_second, clock, clock.sleep)
    sent = []
    for pause in breaks:
        pace.keep()
        sent.append(clock.now)
        clock.now += pause
    assert all(later - earlier >= 1 / per_second - 1e-9 for earlier, later in itertools.pairwise(sent))


def test_an_endless_pace_never_waits() -> None:
    clock = Clock()
    pace = Pace(math.inf, clock, clock.sleep)
    for _ in range(100):
        pace.keep()
    assert clock.slept == []


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_ones_own_machine_is_asked_without_pauses(host: str) -> None:
    assert usual_rate(host) == math.inf


@pytest.mark.parametrize("host", ["example.com", "127.0.0.1.example.com", "192.168.0.1", "localhost.example.com"])
def test_every_other_is_asked_fifty_times_a_second(host: str) -> None:
    assert usual_rate(host) == 50


@pytest.mark.parametrize("per_second", [0, -1, -math.inf])
def test_a_pace_goes_forward(per_second: float) -> None:
    with pytest.raises(ValueError, match="more than 0 requests a second"):
        Pace(per_second)


def test_a_rest_is_as_long_as_was_asked_for() -> None:
    clock = Clock()
    pace = Pace(1, clock, clock.sleep)
    pace.rest(2.5)
    pace.rest(0)
    assert clock.slept == [2.5]


@pytest.mark.parametrize(
    "value, seconds",
    [
        ("0", 0),
        ("120", 120),
        (" 7 ", 7),
        (formatdate(NOW + 3, usegmt=True), 3),
        (formatdate(NOW - 3, usegmt=True), 0),
        ("Fri, 15 Jan 2027 08:00:05 GMT", 5),
        ("Friday, 15-Jan-27 08:00:05 GMT", 5),
        ("Fri Jan 15 08:00:05 2027", 5),
        ("Fri, 15 Jan 2027 08:00:05 -0000", 5),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float) -> None:
    assert retry_after(value, NOW) == seconds


@pytest.mark.parametrize("value", ["", "soon", "-1", "1.5", "1e3", "٣", "9" * 5000, "Fri, 99 Jan 2027 08:00:05 GMT"])
def test_what_is_neither_asks_for_nothing(value: str) -> None:
    assert retry_after(value, NOW) is None


@given(st.text() | st.from_regex(r"\w{3}, \d+ \w{3} \d+ \d+:\d+:\d+ [+-]?\w+"))
def test_whatever_retry_after_says_it_is_seconds_or_nothing(value: str) -> None:
    found = retry_after(value, NOW)
    assert found is None or found >= 0
