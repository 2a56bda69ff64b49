"""The table of decisions holds together, and what is told of it is what is done."""

import re

import pytest

from restwell.flow import changes as change
from restwell.flow import questions as ask
from restwell.flow.decisions import BEHIND, TABLE, Action, Decision, Finish, Refuse, describe, exits
from restwell.http import problems
from restwell.http.problems import Problem, every_problem

NAMES = [row.name for row in TABLE]
PLACES = {name: place for place, name in enumerate(NAMES)}


def test_names_are_unique() -> None:
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("row", TABLE, ids=NAMES)
def test_a_decision_is_phrased_as_a_question_and_an_action_is_not(row: Decision | Action) -> None:
    assert row.name.endswith("?") is isinstance(row, Decision)
    assert re.fullmatch(r"[a-z][A-Za-z ,'-]+\??", row.name)


@pytest.mark.parametrize("place", range(len(TABLE)), ids=NAMES)
def test_every_exit_is_there_and_points_down(place: int) -> None:
    for way in exits(place):
        if isinstance(way, str):
            assert PLACES[way] > place


def test_every_row_can_be_reached() -> None:
    reached = {NAMES[0]} | {way for place in range(len(TABLE)) for way in exits(place) if isinstance(way, str)}
    assert reached == set(NAMES)


def test_the_last_row_ends() -> None:
    assert not any(isinstance(way, str) for way in exits(len(TABLE) - 1))


def test_the_two_exits_of_a_decision_differ() -> None:
    for place in range(len(TABLE)):
        ways = exits(place)
        assert len(set(ways)) == len(ways), NAMES[place]


def test_two_rows_touch_the_store_to_look_up_and_to_carry_out() -> None:
    assert [row.act for row in TABLE if isinstance(row, Action)] == [ask.look_up, change.carry_out]


def test_permission_is_asked_before_the_state_and_the_state_before_the_change() -> None:
    order = [
        "is the caller who they say?",
        "might the caller do this?",
        "look up",
        "does If-Match hold?",
        "does If-Unmodified-Since hold?",
        "does If-None-Match hold?",
        "was it modified since?",
        "is the content, or what the patch makes, valid?",
        "carry out",
    ]
    assert sorted(order, key=PLACES.__getitem__) == order


def test_endings_are_told_in_words() -> None:
    assert describe(Finish("not modified")) == "not modified"
    assert describe(Refuse((problems.NotFound,))) == "404 not-found"
    assert describe(Refuse((problems.MalformedContent, problems.ContentTooLarge))) == (
        "400 malformed-content or 413 content-too-large"
    )


def test_every_status_that_a_client_can_cause_is_in_the_table() -> None:
    named = {
        problem for row in TABLE if isinstance(row, Decision) for way in (row.yes, row.no) for problem in refused(way)
    }
    statuses = {problem.status for problem in named}
    assert {problem.status for problem in every_problem()} - statuses == {504, 507}  # the store's own, from an action


def refused(way: str | Finish | Refuse) -> tuple[type[Problem], ...]:
    return way.problems if isinstance(way, Refuse) else ()


def test_the_next_row_is_spelled_out_in_the_exits() -> None:
    assert TABLE[1].yes == BEHIND  # type: ignore[union-attr]
    assert exits(1)[0] == NAMES[2]
