"""What a sight leaves out is not there: a rule on members and one on rows, given by hand, hold wherever data is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from restwell.access.grant import Grant
from restwell.access.sight import Sight
from restwell.descriptions.context import resource_context
from restwell.model.conditions import Comparison
from restwell.model.policy import OPERATIONS
from restwell.model.resource import Declaration
from restwell.surface.schema import creating, representing, schema_document
from tests.api import HAL, JSON, JSON_PATCH, MERGE_PATCH, Served, is_problem, samples, serving

SEEN = frozenset(["number", "label", "amount", "serial", "tags"])
LIMITED = Sight(OPERATIONS, SEEN, frozenset(["number", "label", "tags"]), Comparison("amount", "lt", (10,)))
ROWS = [{"number": n, "label": f"L{n}", "amount": n * 3, "weight": n / 2, "extra": {"n": n}} for n in range(1, 7)]
"""Of which the first three have an amount below 10."""


@pytest.fixture
def served(database_url: str) -> Iterator[Served]:
    """Callers without a key have a limited sight; those with one see everything."""
    with serving(samples(), database=database_url) as served:
        key = served.key("samples:write")
        for row in ROWS:
            assert served.send("POST", "/samples", content=row, key=key).status == 201

        def sight(declaration: Declaration, grant: Grant) -> Sight:
            return LIMITED if grant.subject is None else Sight(tuple(OPERATIONS))

        served.api.binding(served.app).service.setting.sight = sight
        yield served


def members(served: Served, target: str, **options: Any) -> dict[str, Any]:
    answer = served.send("GET", target, accept=JSON, **options)
    assert answer.status == 200
    return dict(json.loads(answer.body))


def test_an_item_has_the_members_that_are_seen(served: Served) -> None:
    assert members(served, "/samples/1") == {"number": 1, "label": "L1", "amount": 3, "tags": [], "serial": 0}
    assert members(served, "/samples/1", key=served.key("samples:write"))["weight"] == 0.5


@pytest.mark.parametrize("accept", [JSON, "application/ld+json", HAL, "application/prs.hal-forms+json", "text/html"])
def test_no_format_shows_what_is_not_seen(served: Served, accept: str) -> None:
    for target in ("/samples", "/samples/1", "/samples?limit=2"):
        text = re.sub(r"after=[\w-]+", "", served.send("GET", target, accept=accept).body.decode())
        assert "L1" in text
        for name in ('"weight', "extra", "L4", "price"):  # CSS knows a weight, too
            assert name not in text, f"{name} at {target}"


def test_a_row_that_is_not_seen_is_missing_byte_for_byte(served: Served) -> None:
    hidden, missing = (served.send("GET", f"/samples/{number}") for number in (4, 9))
    assert (hidden.status, hidden.body.replace(b"/4", b"/9")) == (404, missing.body)
    assert hidden.lasting()[1] == missing.lasting()[1]
    assert served.send("GET", "/samples/4", key=served.key("samples:write")).status == 200


def test_a_page_and_its_total_have_the_rows_that_are_seen(served: Served) -> None:
    page = members(served, "/samples")
    assert [row["number"] for row in page["samples"]] == [1, 2, 3]
    totals = [
        served.send("GET", target, key=key).json()["totalItems"]
        for target, key in (("/samples", None), ("/samples?limit=2", None), ("/samples", served.key("samples:write")))
    ]
    assert totals == [3, 3, 6]


@pytest.mark.parametrize("parameter", ["weight=1", "weight[gte]=0", "sort=weight", "fields=weight", "extra=1"])
def test_a_parameter_of_what_is_not_seen_is_refused_as_one_of_nothing(served: Served, parameter: str) -> None:
    unknown = parameter.replace("weight", "nobody").replace("extra", "nobody")
    one, other = (served.send("GET", f"/samples?{query}") for query in (parameter, unknown))
    assert is_problem(one, 400)
    assert "price" not in one.body.decode()
    assert one.body.replace(b"weight", b"nobody").replace(b"extra", b"nobody") == other.body
    assert served.send("GET", "/samples/1?fields=weight").status == 400


def test_filters_are_taken_from_the_rows_that_are_seen(served: Served) -> None:
    assert [row["number"] for row in members(served, "/samples?amount[gte]=6")["samples"]] == [2, 3]
    assert members(served, "/samples?amount[gte]=12") == members(served, "/samples?label=L9") == {"samples": []}


def test_a_cursor_is_good_for_the_sight_that_it_was_issued_to(served: Served) -> None:
    key = served.key("samples:write")
    target = "/samples?limit=2&sort=-amount"
    limited, wider = (served.send("GET", target, accept=JSON, key=each).link("next") for each in (None, key))
    assert [row["number"] for row in members(served, limited)["samples"]] == [1]
    assert is_problem(served.send("GET", limited, key=key), 400)
    assert is_problem(served.send("GET", wider), 400)


def test_entity_tags_differ_by_sight_and_each_is_good_for_its_own(served: Served) -> None:
    key = served.key("samples:write")
    for target in ("/samples/1", "/samples"):
        limited, whole = served.send("GET", target)["etag"], served.send("GET", target, key=key)["etag"]
        assert limited != whole
        assert served.send("GET", target, {"If-None-Match": limited}).status == 304
        assert served.send("GET", target, {"If-None-Match": limited}, key=key).status == 200


def test_what_may_not_be_written_is_refused_and_what_is_not_seen_is_unknown_and_stays(served: Served) -> None:
    key = served.key("samples:write")
    put = served.send("PUT", "/samples/1", content={"label": "new"})
    assert put.status == 200
    whole = members(served, "/samples/1", key=key)
    assert (whole["label"], whole["weight"], whole["extra"], whole["amount"]) == ("new", 0.5, {"n": 1}, 3)
    assert is_problem(served.send("PUT", "/samples/1", content={"label": "a", "amount": 4}), 422)
    for content in ({"weight": 2.0}, {"nobody": 2.0}):
        answer = served.send("PATCH", "/samples/1", {"Content-Type": MERGE_PATCH}, content)
        assert is_problem(answer, 422)
        [error] = json.loads(answer.body)["errors"]
        assert (error["code"], error["detail"]) == ("extra_forbidden", "Is not known here: leave it out.")
    assert members(served, "/samples/1", key=key) == whole


@pytest.mark.parametrize("value", [0.5, 7])
def test_a_patch_cannot_ask_what_is_not_seen(served: Served, value: float) -> None:
    operations = [{"op": "test", "path": "/weight", "value": value}]
    answers = served.send("PATCH", "/samples/1", {"Content-Type": JSON_PATCH}, operations)
    assert is_problem(answers, 409)
    operations[0]["path"] = "/nobody"
    other = served.send("PATCH", "/samples/1", {"Content-Type": JSON_PATCH}, operations)
    assert answers.body.replace(b"weight", b"nobody") == other.body


def test_a_row_that_is_not_seen_is_neither_changed_nor_removed(served: Served) -> None:
    for method, content in (("PATCH", {"label": "x"}), ("DELETE", None)):
        headers = {"Content-Type": MERGE_PATCH} if content else {}
        assert is_problem(served.send(method, "/samples/5", headers, content), 404)
    assert members(served, "/samples/5", key=served.key("samples:write"))["label"] == "L5"


def test_the_write_itself_is_guarded_by_the_rule_on_rows(served: Served) -> None:
    """Between look-up and change the row leaves the sight: nothing is changed, and then it is missing."""
    store = served.api.binding(served.app).store
    carry_out = store.carry_out

    def leaving(change: Any) -> Any:
        served.change("UPDATE samples SET amount = 99 WHERE number = 1")
        return carry_out(change)

    store.carry_out = leaving  # type: ignore[method-assign,assignment]
    answer = served.send("PATCH", "/samples/1", {"Content-Type": MERGE_PATCH}, {"label": "x"})
    store.carry_out = carry_out  # type: ignore[method-assign]
    assert is_problem(answer, 404)
    assert members(served, "/samples/1", key=served.key("samples:write"))["label"] == "L1"


def test_schema_and_context_say_what_is_seen(served: Served) -> None:
    [declaration] = served.api.binding(served.app).declarations
    seen = LIMITED.of(declaration)
    schema = schema_document(seen, "http://a.example")
    assert set(schema["properties"]) == SEEN
    assert "Place" in schema_document(declaration, "http://a.example")["$defs"]
    assert schema["$defs"] == {}
    assert schema["properties"]["amount"]["readOnly"]
    assert set(representing(seen)["properties"]) == SEEN
    assert set(creating(seen)["properties"]) == {"number", "label", "tags"}
    context = resource_context(seen, "http://a.example")
    assert "weight" not in json.dumps(context)
    assert "weight" in json.dumps(resource_context(declaration, "http://a.example"))


def test_a_sight_names_members_that_there_are(served: Served) -> None:
    [declaration] = served.api.binding(served.app).declarations
    with pytest.raises(ValueError, match="Sample has no member nobody"):
        declaration.seen(frozenset(["number", "nobody"]), None)
    with pytest.raises(ValueError, match="its identity, number, must be read"):
        declaration.seen(frozenset(["label"]), None)


def test_what_the_database_refuses_is_said_of_the_members_that_are_seen(postgresql_url: str) -> None:
    with serving(samples(), database=postgresql_url) as served:
        key = served.key("samples:write")
        assert served.send("POST", "/samples", content=ROWS[0], key=key).status == 201
        served.change("ALTER TABLE samples ADD CHECK (label <> 'L9' OR weight > 100)")
        sights = {True: LIMITED, False: Sight(tuple(OPERATIONS))}
        served.api.binding(served.app).service.setting.sight = lambda _, grant: sights[grant.subject is None]
        for caller, pointers in ((None, ["/label"]), (key, ["/label", "/weight"])):
            answer = served.send("PATCH", "/samples/1", {"Content-Type": MERGE_PATCH}, {"label": "L9"}, key=caller)
            assert is_problem(answer, 422)
            assert sorted(error["pointer"] for error in answer.json()["errors"]) == pointers
