from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from restwell_audit.findings import CONSTRAINTS
from restwell_audit.report import document
from tests.restwell_audit.kinds import (
    ALL_KEPT,
    GET,
    LEVEL_1,
    LEVEL_2,
    LEVEL_3,
    NO_PROXY,
    NO_WRITES,
    URL,
    mixed,
    report,
    restful,
    untold,
)

VALIDATOR = jsonschema.Draft202012Validator(document.schema())


def read(of: Any) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(document.write(of))
    VALIDATOR.validate(data)
    return data


def find(data: dict[str, Any], id_: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in data["findings"] if each["id"] == id_)
    return found


def test_it_has_the_members_that_the_contract_names() -> None:
    data = read(mixed())
    assert list(data) == [
        "url", "level", "verdict", "levels", "constraints", "findings", "untested", "next", "coverage", "version",
    ]  # fmt: skip
    assert (data["url"], data["level"], data["verdict"]) == (URL, 1, "Approaching REST")
    assert [list(each) for each in data["levels"]] == [["level", "reached", "score", "findings"]] * 4
    assert [(each["level"], each["reached"], each["score"]) for each in data["levels"]] == [
        (0, True, 1.0),
        (1, True, 1.0),
        (2, False, 0.29),
        (3, False, 1.0),
    ]
    assert data["constraints"] == {
        "client-server": "not tested",
        "stateless": "broken",
        "cacheable": "not tested",
        "layered": "not tested",
        "uniform-interface": "met",
    }


def test_a_finding_says_everything_about_itself() -> None:
    found = find(read(mixed()), "errors-as-success")
    (shown,) = found.pop("evidence")
    assert found == {
        "id": "errors-as-success",
        "severity": "bad",
        "level": 2,
        "subject": f"{URL}rpc/0",
        "summary": f"{URL}rpc/0 says 200 and means an error.",
        "explanation": "Caches, clients and monitors believe the status code.",
        "remedy": "Answer with a status code of the class 4xx or 5xx.",
        "reference": "https://www.rfc-editor.org/rfc/rfc9110.html#section-15",
    }
    assert shown["request"]["body"] == '{"do": "remove", "id": 1}'
    assert shown["response"] == {"status": 200, "headers": [["Content-Type", "text/plain"]], "body": "ok"}


def test_a_finding_bears_on_a_level_or_on_a_constraint() -> None:
    found = find(read(mixed()), "stateless-broken")
    assert found["constraint"] == "stateless"
    assert "level" not in found


def test_a_level_has_its_findings_whole() -> None:
    data = read(mixed())
    assert [each for level in data["levels"] for each in level["findings"]] == [
        each for level in range(4) for each in data["findings"] if each.get("level") == level
    ]


def test_every_finding_shows_its_evidence_whole_also_where_another_does() -> None:
    data = read(mixed())
    shown = [each["evidence"][0] for each in data["findings"] if each["evidence"][0]["number"] == GET.number]
    assert len(shown) > 3
    assert all(each == GET.to_dict() for each in shown)


def test_what_was_not_tested_is_said() -> None:
    assert read(mixed())["untested"][:2] == [
        {"level": 2, **dict(zip(("what", "why", "how"), NO_WRITES[1:], strict=True))},
        {"constraint": "layered", **dict(zip(("what", "why", "how"), NO_PROXY[1:], strict=True))},
    ]


def test_the_next_step_names_the_finding_to_mend() -> None:
    assert read(mixed())["next"] == {
        "level": 2,
        "finding": "errors-as-success",
        "subject": f"{URL}rpc/0",
        "what": f"{URL}rpc/0 says 200 and means an error.",
        "how": "Answer with a status code of the class 4xx or 5xx.",
    }


def test_the_next_step_may_be_to_have_something_tested() -> None:
    data = read(report(LEVEL_1, LEVEL_2, LEVEL_3, *ALL_KEPT, untested=[NO_PROXY]))
    assert data["next"] == {
        "constraint": "layered",
        "what": "a request through a proxy",
        "how": "Run it where it may listen.",
    }


def test_where_nothing_is_left_to_do_there_is_no_next_step() -> None:
    data = read(restful())
    assert (data["next"], data["untested"]) == (None, [])
    assert data["constraints"] == dict.fromkeys(CONSTRAINTS, "met")


def test_coverage_is_there_as_it_was_counted() -> None:
    assert read(mixed())["coverage"] == mixed().coverage


# -- the schema -------------------------------------------------------------------------------------------------


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(document.schema())


def objects(schema: Any) -> list[dict[str, Any]]:
    """Every schema of an object within a schema."""
    if isinstance(schema, list):
        return [found for each in schema for found in objects(each)]
    if not isinstance(schema, dict):
        return []
    own = [schema] if schema.get("type") == "object" else []
    return own + [found for each in schema.values() for found in objects(each)]


def test_the_schema_leaves_nothing_open_but_coverage() -> None:
    found = objects(document.schema())
    left_open = [each for each in found if each.get("additionalProperties") is not False]
    assert [each["description"].partition(":")[0] for each in left_open] == ["Coverage"]
    assert len(found) > 8


@pytest.mark.parametrize(
    "wrong",
    [
        {"level": 4},
        {"verdict": "RESTish"},
        {"levels": []},
        {"constraints": {"stateless": "met"}},
        {"more": 1},
        {"next": {"what": "x", "how": "y"}},
        {"untested": [{"level": 1, "constraint": "layered", "what": "", "why": "", "how": ""}]},
        {"findings": [{**document.data(mixed())["findings"][0], "constraint": "layered"}]},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_the_schema_refuses_what_is_no_report(wrong: dict[str, Any]) -> None:
    data = json.loads(document.write(mixed()))
    assert VALIDATOR.is_valid(data)
    assert not VALIDATOR.is_valid({**data, **wrong})


@pytest.mark.parametrize("member", document.data(mixed()))
def test_the_schema_asks_for_every_member(member: str) -> None:
    data = json.loads(document.write(mixed()))
    del data[member]
    assert not VALIDATOR.is_valid(data)


def test_a_level_that_cannot_be_told_is_null_with_its_bounds() -> None:
    data = read(untold())
    assert list(data)[:5] == ["url", "level", "at_least", "at_most", "verdict"]
    assert (data["level"], data["at_least"], data["at_most"]) == (None, 0, 2)
    assert data["verdict"] == "Not to be told from here"
    assert [each["reached"] for each in data["levels"]] == [True, None, None, False]
    assert data["next"] == {
        "level": 1, "what": "whether there are more", "how": "I found one URI. Name one more.",
    }  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [{"at_least": None}, {"level": 0}, {"verdict": "Non-RESTful"}, {"at_most": 4}],
    ids=lambda wrong: next(iter(wrong)),
)
def test_the_schema_ties_the_bounds_to_a_level_that_is_null(wrong: dict[str, Any]) -> None:
    data = json.loads(document.write(untold()))
    assert VALIDATOR.is_valid(data)
    assert not VALIDATOR.is_valid({**data, **wrong})
    del data["at_least"]
    assert not VALIDATOR.is_valid(data)


def test_the_schema_knows_the_verdicts_that_name_constraints() -> None:
    verdict = {"verdict": "Likely RESTful, but not cacheable, layered"}
    data = read(restful())
    assert VALIDATOR.is_valid(data | verdict)
    assert not VALIDATOR.is_valid(data | {"verdict": "Likely RESTful, but not nice"})
