"""What an operation can end in, as the decisions say; `conformance/test_promises.py` holds it against the service."""

from typing import Any

import pytest

from restwell.flow.decisions import TABLE, Decision, RefuseWith
from restwell.flow.endings import DECIDED, endings
from restwell.http import problems
from restwell.model.declare import declare
from restwell.model.policy import authenticated, owner, public, scope
from restwell.surface.addresses import Address
from restwell.surface.endings import Endings
from tests.examples import Framework, Note

OPEN = declare(Note, "/notes", read=public(), write=public())


def of(method: str, kind: Any = "item", **rules: Any) -> Endings:
    declaration = declare(Note, "/notes", **rules) if rules else OPEN
    name = "7" if kind == "item" else ""
    return endings(method, Address(kind, f"/notes/{name}", declaration, name))


def test_every_question_that_is_decided_is_asked_by_the_table() -> None:
    assert {row.test if isinstance(row, Decision) else row.act for row in TABLE} >= set(DECIDED)


def test_every_refusal_of_the_table_is_met_by_some_operation_but_those_of_no_operation() -> None:
    guarded = declare(Framework, "/frameworks", read=scope("f"), write=scope("f"), require_if_match=True)
    only_made = declare(Framework, "/frameworks", create=scope("f"))
    own = declare(Framework, "/frameworks", read=authenticated(), write=owner("name"))
    met = {
        problem
        for declaration in (guarded, only_made, own)
        for method, kind, name in (
            ("GET", "collection", ""), ("POST", "collection", ""), ("GET", "item", "x"), ("PUT", "item", "x"),
            ("PATCH", "item", "x"), ("DELETE", "item", "x"),
        )
        for problem in endings(method, Address(kind, "/frameworks/x", declaration, name)).problems  # type: ignore[arg-type]  # kinds
    }  # fmt: skip
    refusals = [
        way for row in TABLE if isinstance(row, Decision) for way in (row.yes, row.no) if isinstance(way, RefuseWith)
    ]
    in_the_table = {problem for way in refusals for problem in way.problems}
    assert in_the_table - met == {problems.NotImplementedMethod, problems.TooManyRequests}, "the one where limits are"


def test_what_everybody_may_do_is_never_forbidden() -> None:
    for method, kind in (("GET", "item"), ("PUT", "item"), ("DELETE", "item"), ("POST", "collection")):
        assert not of(method, kind).refusals & {403}
        assert 401 in of(method, kind).refusals, "a credential that is not valid is refused all the same"


@pytest.mark.parametrize(
    "rules, answers, refused",
    [
        ({"create": public()}, {"created, briefly", "again"}, {404, 409}),
        ({"create": public(), "read": public()}, {"created", "created, briefly", "again"}, {404, 409}),
        ({"update": public()}, {"no content", "again"}, {404, 409}),
        ({"update": public(), "read": public()}, {"representation", "no content", "again"}, {404, 409}),
        ({"create": public(), "update": scope("n"), "read": public()},
        {"created", "created, briefly", "representation", "no content", "again"}, {403, 404, 409}),
    ],
)  # fmt: skip
def test_a_put_creates_and_replaces_as_the_rules_say(rules: Any, answers: set[str], refused: set[int]) -> None:
    found = of("PUT", **rules)
    assert found.answers == answers
    assert found.refusals & {403, 404, 409} == refused


def test_only_who_must_name_a_state_is_told_to() -> None:
    guarded = declare(Note, "/notes", read=public(), write=public(), require_if_match=True)
    item = Address("item", "/notes/7", guarded, "7")
    assert [428 in endings(method, item).refusals for method in ("GET", "PUT", "PATCH", "DELETE")] == [
        False,
        *[True] * 3,
    ]
    assert 428 not in of("PUT").refusals


def test_the_life_of_the_process_needs_no_store() -> None:
    alive = endings("GET", Address("live", "/health/live"))
    ready = endings("GET", Address("ready", "/health/ready"))
    assert [*alive.answers, *ready.answers] == ["alive", "ready"]
    assert not alive.refusals & {500, 503, 504}
    assert ready.refusals >= {500, 503, 504}
