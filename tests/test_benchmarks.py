"""What the benchmarks conclude from their measurements, and what they send."""

from __future__ import annotations

import json
import socket
import threading

import pytest

from benchmarks.compare import Compared, comparison, interval, table
from benchmarks.doors import LACKING, TARGETS
from benchmarks.load import BATCH, CASES, Case, answers


def compared(*ratios: float, case: str = "item") -> Compared:
    return Compared(case, "straight", tuple(100.0 for _ in ratios), tuple(100.0 * ratio for ratio in ratios))


def test_the_ratio_is_the_median_of_those_of_the_rounds() -> None:
    """The machine is half as fast in the second round, which says nothing of either."""
    found = Compared("item", "routed", (100, 50, 100), (98, 49, 300))
    assert found.ratios == [0.98, 0.98, 3.0]
    assert found.ratio == 0.98


@pytest.mark.parametrize("ratio, slower", [(0.969, True), (0.97, False), (1.0, False), (1.2, False)])
def test_slower_is_what_is_below_0_97(ratio: float, slower: bool) -> None:
    found = Compared("item", "routed", (1.0,), (ratio,))
    assert found.is_slower is slower


def test_the_interval_holds_the_median_and_is_narrow_where_rounds_agree() -> None:
    assert interval([1.0] * 30) == (1.0, 1.0)
    spread = [0.9 + 0.01 * number for number in range(21)]
    low, high = interval(spread)
    assert 0.9 < low < 1.0 < high < 1.1
    assert interval(spread) == (low, high)


def test_the_comparison_is_a_table_that_says_what_is_slower() -> None:
    told = comparison([compared(0.9, 0.9, 0.9), compared(1.0, 1.01, 0.99, case="304")], "abc123")
    lines = told.splitlines()
    assert lines[0] == "| requests a second | door | abc123 | now | now / abc123 | 95 % interval |"
    assert lines[2] == "| item | straight | 100 | 90 | 0.900 **slower** | 0.900 to 0.900 |"
    assert lines[3].startswith("| 304 | straight | 100 | 100 | 1.000 | ")
    assert "1 of 2 are slower than 0.97" in lines[-1]
    assert "None is slower" in comparison([compared(1.0)], "abc123")


def test_the_table_leaves_out_what_an_application_cannot_do() -> None:
    told = table(
        {"item": {"bare": 300.0, "hand": 100.0, "ours": 150.0}, "304": {"ours": 200.0}},
        ("bare", "hand", "ours"),
        "hand",
    )
    assert told.splitlines()[2:] == ["| item | 300 | 100 | 150 | 3.00 | 1.50 |", "| 304 |  |  | 200 |  |  |"]


def test_what_applications_lack_are_cases() -> None:
    assert set(LACKING) < set(TARGETS)
    assert frozenset().union(*LACKING.values()) <= {case.name for case in CASES}


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.method in {"PUT", "PATCH"}], ids=lambda case: str(case.name)
)
def test_each_change_changes_something(case: Case) -> None:
    assert case.body is not None
    last: dict[str, int] = {}
    for number in range(5 * BATCH):
        created = json.loads(case.body(number))["created"]
        assert last.get(case.path(number)) != created
        last[case.path(number)] = created
    assert len(last) == BATCH


def test_answers_are_told_apart_however_they_come() -> None:
    """Cut anywhere; one without content, whatever its fields say."""
    sent = (
        b'HTTP/1.1 200 OK\r\nETag: "a"\r\nContent-Length: 20\r\n\r\nHTTP/1.1 500 No\r\n\r\n '
        b'HTTP/1.1 304 Not Modified\r\netag: "b"\r\ncontent-length: 20\r\n\r\n'
        b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"
    )
    here, there = socket.socketpair()
    with here, there:

        def give() -> None:
            for byte in sent:
                there.sendall(bytes([byte]))

        thread = threading.Thread(target=give)
        thread.start()
        assert list(answers(here, 3)) == [(200, '"a"'), (304, '"b"'), (201, "")]
        thread.join()
