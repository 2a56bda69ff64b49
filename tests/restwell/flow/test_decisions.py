"""The table of decisions holds together, and what is told of it is what is done."""

import re
from io import BytesIO

import pytest

from restwell.flow import changes as change
from restwell.flow import questions as ask
from restwell.flow.decisions import BEHIND, TABLE, Decision, Finish, Refuse, Step, describe, exits
from restwell.flow.exchange import Exchange
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
        ask.identify,
        ask.read_parameters,
        ask.read_content,
        ask.choose_format,
        ask.look_up,
        change.validate,
        change.carry_out,
    ]


class Unchanging(Exchange):
    """An exchange that counts what is set of it."""

    __slots__ = ("set",)
    set: list[str]

    def __setattr__(self, name: str, value: object) -> None:
        if name != "set" and hasattr(self, "set"):
            self.set.append(name)
        super().__setattr__(name, value)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("target", ["/", "/frameworks", "/frameworks/Flask", "/nowhere"])
def test_a_question_changes_nothing(method: str, target: str) -> None:
    content = b'{"name": "New", "created": 1999}'
    headers = {"content-type": "application/json", "content-length": str(len(content)), "host": "localhost"}
    with serving() as served:
        headers["authorization"] = f"Bearer {served.key()}"
        setting = served.api.binding(served.app).service.setting
        x = Unchanging(
            Request(method, target, "", headers, BytesIO(content)), setting.addresses.find(target), setting
        )
        x.set = []
        name, asked = NAMES[0], 0
        while name in PLACES:
            row, ways = TABLE[PLACES[name]], exits(PLACES[name])
            x.set.clear()
            try:
                answer = row.test(x) if isinstance(row, Decision) else row.act(x) is None
            except Problem:
                answer = False
            if isinstance(row, Decision):
                assert x.set == [], f"{row.name} sets {x.set}"
                asked += 1
            way = ways[0] if answer else ways[-1]
            name = way if isinstance(way, str) else ""
        assert asked > 5


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
    assert describe(Refuse((problems.NotFound,))) == "404 not-found"
    assert describe(Refuse((problems.MalformedContent, problems.ContentTooLarge))) == (
        "400 malformed-content or 413 content-too-large"
    )


def test_every_status_that_a_client_can_cause_is_in_the_table() -> None:
    named = {problem for place in range(len(TABLE)) for way in exits(place) for problem in refused(way)}
    statuses = {problem.status for problem in named}
    assert {problem.status for problem in every_problem()} - statuses == {504, 507}  # the store's own, from an action


def refused(way: str | Finish | Refuse) -> tuple[type[Problem], ...]:
    return way.problems if isinstance(way, Refuse) else ()


def test_the_next_row_is_spelled_out_in_the_exits() -> None:
    assert TABLE[1].yes == BEHIND  # type: ignore[union-attr]
    assert exits(1)[0] == NAMES[2]
