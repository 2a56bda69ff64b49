"""Several audits of one server are compared but for what has to differ: times, dates and ids."""

from __future__ import annotations

import pytest

from restwell_audit import audit
from tests.restwell_audit.apis import Api, Response, wsgi
from tests.restwell_audit.good import Good
from tests.restwell_audit.others import install
from tests.restwell_audit.others.by_hand import BY_HAND
from tests.restwell_audit.others.expected import Row
from tests.restwell_audit.others.runs import Run, differences, tell, without_times

ROW = Row("some", "/", 2, 2, frozenset(["cacheable"]))
RUN = Run(2, frozenset(["cacheable"]), 30, 0.5, 0.1, '{\n "level": 2\n}', "[]")


def text(content: str) -> Api:
    """An API that answers everything with this."""
    return lambda _: Response(200, (("Content-Type", "text/plain"),), content.encode())


def test_two_audits_of_the_same_are_the_same_report() -> None:
    first, second = (without_times(audit(wsgi(Good()))) for _ in range(2))
    assert first == second
    assert '"level": 3,' in first[0]


def test_what_a_server_sends_is_compared_apart_from_the_report() -> None:
    (one, content), (other, further) = (without_times(audit(wsgi(text(each)))) for each in ("one", "two"))
    assert one == other
    assert content != further


@pytest.mark.parametrize(
    "one, other",
    [
        ("Sat, 28 Nov 2026 09:00:00 GMT", "Sun, 29 Nov 2026 19:01:10 GMT"),
        ("2026-11-28T09:00:00.123Z", "2027-01-01 19:10:01,456Z"),
        ("Changed in 0 seconds.", "Changed 10 hours ago."),
        ('"request_id": "req-1"', '"request_id": "req-2"'),
    ],
)
def test_times_and_ids_are_no_difference(one: str, other: str) -> None:
    assert without_times(audit(wsgi(text(one)))) == without_times(audit(wsgi(text(other))))


def test_a_line_says_what_was_found_and_what_it_cost(capsys: pytest.CaptureFixture[str]) -> None:
    assert tell(ROW, [RUN, RUN._replace(requests=31, seconds=0.75)]) is False
    assert capsys.readouterr().out == (
        "| `some` | `/` | 2 | cacheable | 30 to 31 | 0.50 to 0.75 | 0.10 | yes | yes |\n"
    )


def test_contents_that_differ_are_said_and_do_not_make_another_report(capsys: pytest.CaptureFixture[str]) -> None:
    assert tell(ROW, [RUN, RUN._replace(contents="[1]")]) is False
    assert capsys.readouterr().out.endswith("| yes | yes, of contents that differ |\n")


def test_another_report_is_shown_by_its_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert tell(ROW, [RUN, RUN._replace(report='{\n "level": 1\n}')]) is True
    assert capsys.readouterr().out.splitlines()[1:] == ['    - "level": 2', '    + "level": 1']


def test_another_level_or_constraint_than_labelled_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert tell(ROW, [RUN._replace(level=1)]) is True
    assert tell(ROW, [RUN._replace(broken=frozenset())]) is True
    assert capsys.readouterr().out.count("| NO | yes |") == 2


def test_the_first_differences_are_shown() -> None:
    one, other = ("\n".join(f"{name}{number}" for number in range(20)) for name in "ab")
    assert len(list(differences(one, other))) == 12


def test_what_is_judged_by_hand_has_an_environment_of_its_own() -> None:
    assert install.FOR_HANDS.root != install.FOR_ALL.root
    assert install.FOR_HANDS.lock != install.FOR_ALL.lock
    by_hand = {*install.PROGRAMS, *install.ON_PYTHON_BY_HAND, "solid"}
    assert by_hand == BY_HAND.keys()
