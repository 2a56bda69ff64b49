"""The table of decisions holds together, and what is told of it is what is done."""

import re
from io import BytesIO
from typing import Any, get_type_hints

import pytest

from restwell.flow import changes as change
from restwell.flow import steps as do
from restwell.flow.decisions import BEHIND, TABLE, Decision, Finish, RefuseWith, Step, describe, exits
from restwell.flow.phases import Arrived, Asked
from restwell.http import problems
from restwell.http.messages import Request
from restwell.http.problems import Problem, every_problem
from tests.api import serving

NAMES = [row.name for row in TABLE]
PLACES = {name: place for place, name in enumerate(NAMES)}


def test_names_are_unique() -> None:
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("row", TABLE, ids=NAMES)
def test_a_decision_is_phrased_as_a_question_and_a_step_is_not(row: Decision | Step) -> None:
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


def test_what_is_done_is_done_by_steps() -> None:
    assert [row.act for row in TABLE if isinstance(row, Step)] == [
        do.find_address,
        do.identify,
        do.count,
        do.read_parameters,
        do.read_content,
        do.choose_format,
        do.look_up,
        do.look_up_former,
        change.validate,
        change.carry_out,
    ]


def phases_at_rows() -> dict[str, set[type]]:
    """The phases at which a request can come to each row, by what the functions of the rows before it make."""
    found: dict[str, set[type]] = {name: set() for name in NAMES} | {NAMES[0]: {Arrived}}
    for place, row in enumerate(TABLE):
        leaving = found[row.name] if isinstance(row, Decision) else {get_type_hints(row.act)["return"]}
        for way in exits(place):
            if isinstance(way, str):
                found[way] |= leaving
    return found


@pytest.mark.parametrize("row", TABLE, ids=NAMES)
def test_a_row_asks_for_no_more_than_is_known_when_a_request_comes_to_it(row: Decision | Step) -> None:
    [name, *_] = (function := row.test if isinstance(row, Decision) else row.act).__code__.co_varnames
    asked = get_type_hints(function)[name]
    assert phases_at_rows()[row.name]
    assert all(issubclass(phase, asked) for phase in phases_at_rows()[row.name])


def test_what_a_step_makes_is_all_that_was_known_and_more() -> None:
    for row in TABLE[1:]:
        if isinstance(row, Step):
            hints = get_type_hints(row.act)
            assert issubclass(hints["return"], hints["x"])
            assert hints["return"] is not hints["x"]


def known(x: Asked) -> dict[str, Any]:
    """All that is known at a phase."""
    names = [name for phase in type(x).__mro__ for name in getattr(phase, "__slots__", ())]
    return {name: getattr(x, name) for name in names if hasattr(x, name)}


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("target", ["/", "/frameworks", "/frameworks/Flask", "/nowhere"])
def test_a_phase_stays_as_it_was_made_but_for_the_time_that_was_spent(method: str, target: str) -> None:
    content = b'{"name": "New", "created": 1999}'
    headers = {"content-type": "application/json", "content-length": str(len(content)), "host": "localhost"}
    with serving() as served:
        headers["authorization"] = f"Bearer {served.key()}"
        setting = served.api.binding(served.app).service.setting
        x: Any = do.find_address(Arrived(Request(method, target, "", headers, BytesIO(content)), setting))
        name, asked = NAMES[1], 0
        while name in PLACES:
            row, ways = TABLE[PLACES[name]], exits(PLACES[name])
            was, before = x, known(x)
            try:
                answer = row.test(x) if isinstance(row, Decision) else (x := row.act(x))
            except Problem:
                answer = False
            assert known(was).keys() == before.keys()
            assert all(value is before[key] for key, value in known(was).items())
            asked += isinstance(row, Decision)
            way = ways[0] if answer else ways[-1]
            name = way if isinstance(way, str) else ""
        assert asked > 4
        assert isinstance(x, Asked)


def test_permission_is_asked_before_the_state_and_the_state_before_the_change() -> None:
    order = [
        "identify the caller",
        "might the caller do this?",
        "look up",
        "does If-Match hold?",
        "does If-Unmodified-Since hold?",
        "does If-None-Match hold?",
        "was it modified since?",
        "validate the content, or what the patch makes",
        "carry out",
    ]
    assert sorted(order, key=PLACES.__getitem__) == order


def test_endings_are_told_in_words() -> None:
    assert describe(Finish("not modified")) == "not modified"
    assert describe(RefuseWith((problems.NotFound,))) == "404 not-found"
    assert describe(RefuseWith((problems.MalformedContent, problems.ContentTooLarge))) == (
        "400 malformed-content or 413 content-too-large"
    )


def test_every_status_that_a_client_can_cause_is_in_the_table() -> None:
    named = {problem for place in range(len(TABLE)) for way in exits(place) for problem in refused(way)}
    statuses = {problem.status for problem in named}
    assert {problem.status for problem in every_problem()} - statuses == {504, 507}  # the store's own, from an action


def refused(way: str | Finish | RefuseWith) -> tuple[type[Problem], ...]:
    return way.problems if isinstance(way, RefuseWith) else ()


def test_the_next_row_is_spelled_out_in_the_exits() -> None:
    assert TABLE[1].yes == BEHIND  # type: ignore[union-attr]
    assert exits(1)[0] == NAMES[2]
