from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restwell_audit.findings import CONSTRAINTS, Constraint, Finding, Untested
from restwell_audit.ladder import ONCE_READ, UNSEEN, Report, Rung
from restwell_audit.resources import NoResources
from restwell_audit.tunnels import Tunnel
from tests.restwell_audit.kinds import (
    ALL_KEPT,
    BROKEN,
    KEPT,
    LEVEL_1,
    LEVEL_2,
    LEVEL_3,
    NO_PROXY,
    NO_WRITES,
    ONE_FOUND,
    URL,
    ErrorsAsSuccess,
    LinksNowhere,
    NoAllow,
    NoValidator,
    OneUrlForAll,
    ServerNamesItself,
    mixed,
    report,
    restful,
)

ONE_URL = OneUrlForAll(URL)
NO_ALLOW = NoAllow(URL)
NO_TAG = NoValidator(URL)
NAMED = ServerNamesItself(URL, name="nginx")
ANY = [
    LEVEL_1,
    LEVEL_2,
    LEVEL_3,
    ONE_URL,
    NO_ALLOW,
    NO_TAG,
    NAMED,
    ErrorsAsSuccess(URL, status=200),
    *ALL_KEPT,
    *(BROKEN[constraint](URL) for constraint in CONSTRAINTS),
]


def rung(of: Report, level: int) -> Rung:
    return of.rungs[level]


def states(of: Report) -> dict[Constraint, str]:
    return {each.constraint: each.state for each in of.constraints}


# -- levels -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "findings, level, verdict",
    [
        ([ONE_URL], 0, "Non-RESTful"),
        ([LEVEL_1], 1, "Approaching REST"),
        ([LEVEL_1, LEVEL_2], 2, "Approaching REST with Caching"),
        ([LEVEL_1, LEVEL_2, LEVEL_3], 3, "Likely RESTful"),
        ([LEVEL_1, LEVEL_2, BROKEN["cacheable"](URL)], 2, "Approaching REST, not cacheable"),
        ([LEVEL_1, BROKEN["cacheable"](URL)], 1, "Approaching REST"),
        ([LEVEL_1, LEVEL_2, BROKEN["uniform-interface"](URL)], 2, "Approaching REST with Caching"),
        ([LEVEL_1, LEVEL_2, LEVEL_3, *ALL_KEPT[1:]], 3, "Likely RESTful"),
        ([LEVEL_1, LEVEL_2, LEVEL_3, BROKEN["layered"](URL)], 3, "Likely RESTful, but not layered"),
        (
            [LEVEL_1, LEVEL_2, LEVEL_3, BROKEN["uniform-interface"](URL), *ALL_KEPT, BROKEN["cacheable"](URL)],
            3,
            "Likely RESTful, but not cacheable, uniform-interface",
        ),
        ([LEVEL_1, LEVEL_2, LEVEL_3, *ALL_KEPT], 3, "RESTful"),
    ],
)
def test_the_verdict_has_the_name_of_its_level(findings: list[Finding], level: int, verdict: str) -> None:
    concluded = report(*findings)
    assert (concluded.level, concluded.verdict) == (level, verdict)


@pytest.mark.parametrize(
    "findings, reached",
    [
        ([LEVEL_1, LEVEL_3], [0, 1]),
        ([LEVEL_1, ONE_URL, LEVEL_2, LEVEL_3], [0]),
        ([LEVEL_1, LEVEL_2, NO_ALLOW, LEVEL_3], [0, 1]),
        ([LEVEL_1, LEVEL_2, NO_TAG, LEVEL_3], [0, 1, 2, 3]),
    ],
)
def test_a_level_is_reached_only_when_those_below_it_are(findings: list[Finding], reached: list[int]) -> None:
    concluded = report(*findings)
    assert [each.level for each in concluded.rungs if each.reached] == reached
    assert concluded.level == reached[-1]


@pytest.mark.parametrize(
    "findings, untested, at_least, at_most",
    [
        ([], [], 0, 3),
        ([LEVEL_2, LEVEL_3], [], 0, 3),
        ([LEVEL_2], [], 0, 3),
        ([NO_ALLOW], [], 0, 1),
        ([LEVEL_1], [NO_WRITES], 1, 3),
        ([LEVEL_1, LEVEL_3], [NO_WRITES], 1, 3),
        ([LEVEL_1, LinksNowhere(URL)], [NO_WRITES], 1, 2),
    ],
)
def test_what_nothing_was_seen_of_cannot_be_told(
    findings: list[Finding], untested: list[Untested], at_least: int, at_most: int
) -> None:
    concluded = report(*findings, untested=untested)
    assert (concluded.level, concluded.verdict) == (None, "Not to be told from here")
    assert (concluded.at_least, concluded.at_most) == (at_least, at_most)


def test_a_level_that_is_told_is_its_own_bounds() -> None:
    concluded = report(LEVEL_1, LEVEL_2, LEVEL_3, NO_ALLOW)
    assert (concluded.level, concluded.at_least, concluded.at_most) == (1, 1, 1)


def test_a_level_of_which_nothing_is_known_says_why() -> None:
    concluded = report(LEVEL_2, LinksNowhere(URL), untested=[ONE_FOUND])
    assert [(each.reached, each.why) for each in concluded.rungs] == [
        (True, ""), (None, ONE_FOUND.why), (None, "It is open whether level 1 is reached."),
        (False, f"{URL} links nothing."),
    ]  # fmt: skip
    assert concluded.next_step is ONE_FOUND


TUNNEL = Tunnel(URL, protocol="JSON-RPC")
NOTHING = NoResources(URL)


def test_a_proof_that_there_is_one_uri_comes_before_what_follows_from_it() -> None:
    concluded = report(NOTHING, TUNNEL)
    assert concluded.findings == (TUNNEL, NOTHING)
    assert concluded.next_step is TUNNEL
    assert rung(concluded, 1).why == f"{URL} is a tunnel for JSON-RPC (and 1 more)."


def test_what_follows_from_nothing_that_is_there_stands_for_itself() -> None:
    assert report(NOTHING).next_step is NOTHING


def test_where_it_is_proved_that_nothing_can_be_read_no_further_url_is_asked_for() -> None:
    left = {each.bearing: each.how for each in report(NOTHING, TUNNEL).untested}
    assert set(left) == {"client-server", "stateless", "cacheable", "layered", "uniform-interface"}
    assert set(left.values()) == {ONCE_READ}


@pytest.mark.parametrize("other", [NO_TAG, NAMED], ids=["a warning", "a note"])
def test_a_level_that_nothing_good_was_found_of_is_not_reached(other: Finding) -> None:
    concluded = report(LEVEL_1, LEVEL_3, other)
    assert not rung(concluded, 2).reached
    assert rung(concluded, 2).why == "Nothing was seen that shows level 2."


def test_a_level_says_what_keeps_it_from_being_reached() -> None:
    concluded = report(LEVEL_1, LEVEL_2, NO_ALLOW, ErrorsAsSuccess(URL, status=200), LEVEL_3)
    assert [each.why for each in concluded.rungs] == [
        "",
        "",
        f"{URL} says 200 and means an error (and 1 more).",
        "Level 2 is not reached.",
    ]


def test_a_level_has_its_own_findings_and_what_was_not_tested_of_it() -> None:
    concluded = mixed()
    assert {each.bearing for each in rung(concluded, 2).findings} == {2}
    assert rung(concluded, 2).untested == (NO_WRITES,)
    assert rung(concluded, 1).untested == ()
    assert concluded.untested[:2] == (NO_WRITES, NO_PROXY)


def test_what_was_not_tested_is_no_proof_of_a_level() -> None:
    assert report(LEVEL_1, untested=[NO_WRITES]).at_least == 1
    assert report(LEVEL_1, LEVEL_2, untested=[NO_WRITES]).level == 2


def test_what_bears_on_a_constraint_bears_on_no_level() -> None:
    assert report(LEVEL_1, BROKEN["stateless"](URL)).level == 1
    assert report(LEVEL_1, *ALL_KEPT).level == 1


# -- scores -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "findings, score",
    [
        ([], 0.0),
        ([LEVEL_2], 1.0),
        ([NO_TAG], 0.0),
        ([NO_ALLOW], 0.0),
        ([LEVEL_2, NO_TAG], 0.67),
        ([LEVEL_2, NO_ALLOW], 0.5),
        ([LEVEL_2, NO_ALLOW, ErrorsAsSuccess(URL, status=200)], 0.33),
    ],
)
def test_the_score_is_the_share_of_good(findings: list[Finding], score: float) -> None:
    assert rung(report(*findings), 2).score == score


def test_a_kind_counts_once_however_often_it_was_found() -> None:
    often = [NoAllow(f"{URL}{number}") for number in range(20)]
    assert rung(report(LEVEL_2, *often), 2).score == rung(report(LEVEL_2, NO_ALLOW), 2).score


def test_a_level_has_its_score_whether_or_not_those_below_are_reached() -> None:
    assert rung(report(LEVEL_3), 3).score == 1.0


def test_notes_count_for_nothing() -> None:
    assert rung(report(LEVEL_3, NAMED), 3).score == rung(report(LEVEL_3), 3).score
    assert rung(report(NAMED), 3).score == 0.0


def test_http_alone_is_level_0() -> None:
    assert rung(report(), 0) == Rung(0, reached=True, score=1.0)


# -- constraints ------------------------------------------------------------------------------------------------


def test_a_constraint_of_which_nothing_was_found_was_not_tested() -> None:
    assert states(report(LEVEL_1)) == dict.fromkeys(CONSTRAINTS, "not tested")


@pytest.mark.parametrize("constraint", CONSTRAINTS)
def test_a_constraint_is_met_when_it_was_shown(constraint: Constraint) -> None:
    shown = states(report(KEPT[constraint](URL)))
    assert shown.pop(constraint) == "met"
    assert set(shown.values()) == {"not tested"}


@pytest.mark.parametrize("constraint", CONSTRAINTS)
def test_a_constraint_is_broken_by_one_bad_finding(constraint: Constraint) -> None:
    concluded = report(KEPT[constraint](URL), BROKEN[constraint](URL))
    (judged,) = [each for each in concluded.constraints if each.state == "broken"]
    assert (judged.constraint, judged.why) == (constraint, f"{constraint} is broken.")


def test_a_constraint_of_which_something_was_not_tested_is_not_met() -> None:
    concluded = report(*ALL_KEPT, untested=[NO_PROXY])
    (judged,) = [each for each in concluded.constraints if each.state != "met"]
    assert (judged.constraint, judged.state, judged.why) == ("layered", "not tested", "There was no proxy.")
    assert judged.untested == (NO_PROXY,)


def test_a_broken_constraint_is_broken_whatever_was_not_tested() -> None:
    assert states(report(BROKEN["layered"](URL), untested=[NO_PROXY]))["layered"] == "broken"


# -- the next step ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "findings, untested, expected",
    [
        ([LEVEL_1, LEVEL_2, LEVEL_3, NO_ALLOW, BROKEN["stateless"](URL)], [], NO_ALLOW),
        ([LEVEL_1, LEVEL_3, NO_TAG, NO_ALLOW], [NO_WRITES], NO_ALLOW),
        ([LEVEL_1, LEVEL_3, NO_TAG], [NO_WRITES], NO_WRITES),
        ([LEVEL_1, LEVEL_3, NO_TAG], [], NO_TAG),
        ([ONE_URL, NO_ALLOW], [NO_WRITES], ONE_URL),
        # Level 1 comes first, and of what would show it nothing is known: to mend level 2 would raise nothing.
        ([NO_ALLOW], [], Untested(1, *UNSEEN[1])),
        ([LEVEL_1, LEVEL_2, LEVEL_3, *ALL_KEPT], [NO_PROXY], NO_PROXY),
    ],
)
def test_the_next_step_is_the_first_of_the_lowest_level_that_is_not_reached(
    findings: list[Finding], untested: list[Untested], expected: Finding | Untested | None
) -> None:
    assert report(*findings, untested=untested).next_step == expected


def test_what_was_found_most_often_is_mended_first() -> None:
    often = [ErrorsAsSuccess(f"{URL}{number}", status=200) for number in range(2)]
    many = [NoAllow(f"{URL}{number}") for number in range(3)]
    assert report(LEVEL_1, *often, NO_ALLOW).next_step is often[0]
    assert report(LEVEL_1, *often, *many).next_step is many[0]


def test_at_the_top_a_broken_constraint_comes_before_one_that_was_not_tested() -> None:
    broken = BROKEN["uniform-interface"](URL)
    assert report(LEVEL_1, LEVEL_2, LEVEL_3, broken, untested=[NO_PROXY]).next_step is broken


def test_where_all_is_shown_there_is_no_next_step() -> None:
    assert restful().next_step is None


def test_a_warning_does_not_keep_anything_from_being_restful() -> None:
    concluded = report(LEVEL_1, LEVEL_2, LEVEL_3, NO_TAG, *ALL_KEPT)
    assert (concluded.verdict, concluded.next_step) == ("RESTful", None)


# -- laws -------------------------------------------------------------------------------------------------------

some_findings = st.lists(st.sampled_from(ANY), max_size=20)
some_untested = st.lists(st.sampled_from([NO_WRITES, NO_PROXY]), max_size=3)


@given(some_findings, some_untested)
def test_every_report_keeps_the_laws(findings: list[Finding], untested: list[Untested]) -> None:
    concluded = report(*findings, untested=untested)
    reached = [each.reached for each in concluded.rungs]
    assert reached == sorted(reached, key=[True, None, False].index)
    assert (concluded.at_least, concluded.at_most) == (reached.count(True) - 1, 3 - reached.count(False))
    assert concluded.level == (None if None in reached else concluded.at_least)
    assert all(0.0 <= each.score <= 1.0 for each in concluded.rungs)
    assert all(bool(each.why) != bool(each.reached) for each in concluded.rungs)
    assert all(each.why for each in concluded.constraints)
    assert (concluded.verdict == "RESTful") == (concluded.level == 3 and set(states(concluded).values()) == {"met"})
    assert (concluded.verdict == "Not to be told from here") == (concluded.level is None)
    assert (concluded.verdict == "Non-RESTful") == (concluded.level == 0)
    assert sorted(map(id, concluded.findings)) == sorted(map(id, findings))


@given(some_findings, some_untested)
def test_to_test_less_never_gives_a_better_report(findings: list[Finding], untested: list[Untested]) -> None:
    more, less = report(*findings), report(*findings, untested=untested)
    assert less.at_least == more.at_least
    assert {name for name, state in states(less).items() if state == "met"} <= {
        name for name, state in states(more).items() if state == "met"
    }


@given(some_findings, st.integers(0, 1000))
def test_the_order_of_finding_changes_no_verdict(findings: Sequence[Finding], seed: int) -> None:
    shuffled = random.Random(seed).sample(findings, len(findings))
    one, other = report(*findings), report(*shuffled)
    assert (one.at_least, one.at_most) == (other.at_least, other.at_most)
    assert [(each.level, each.reached, each.score) for each in one.rungs] == [
        (each.level, each.reached, each.score) for each in other.rungs
    ]
    assert (states(one), one.verdict) == (states(other), other.verdict)


def test_findings_come_worst_first() -> None:
    severities = [each.severity for each in mixed().findings]
    assert severities == sorted(severities, key=["bad", "warn", "info", "good"].index)
