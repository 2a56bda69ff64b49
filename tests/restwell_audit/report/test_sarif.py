"""The shape is that of the schema of SARIF 2.1.0; what it asks for beyond is quoted by section."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from importlib.metadata import version
from typing import Any

import pytest

from restwell_audit.report import sarif
from restwell_audit.report.texts import URI
from tests.restwell_audit.kinds import GET, SILENCE, URL, ErrorsAsSuccess, NoAllow, mixed, report, untold


def run(of: Any) -> dict[str, Any]:
    log = json.loads(sarif.write(of))
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    (found,) = log["runs"]
    assert isinstance(found, dict)
    return found


def result(of: Any, id_: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in run(of)["results"] if each["ruleId"] == id_)
    return found


def test_the_tool_is_named_with_its_version() -> None:
    driver = run(mixed())["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("restwell", version("restwell"))


def test_a_kind_of_finding_is_a_rule_with_help() -> None:
    rules = {each["id"]: each for each in run(mixed())["tool"]["driver"]["rules"]}
    assert rules["errors-as-success"] == {
        "id": "errors-as-success",
        "name": "ErrorsAsSuccess",
        "shortDescription": {"text": "… says … and means an error."},
        "fullDescription": {"text": "Caches, clients and monitors believe the status code."},
        "help": {
            "text": "Caches, clients and monitors believe the status code.\n\n"
            "Answer with a status code of the class 4xx or 5xx.\n\n"
            "RFC 9110, section 15: https://www.rfc-editor.org/rfc/rfc9110.html#section-15"
        },
        "helpUri": "https://www.rfc-editor.org/rfc/rfc9110.html#section-15",
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": ["REST", "level-2"], "severity": "bad"},
    }
    assert rules["stateless-broken"]["properties"]["tags"] == ["REST", "stateless"]


def test_rules_are_listed_once_and_results_point_at_theirs() -> None:
    found = run(mixed())
    ids = [each["id"] for each in found["tool"]["driver"]["rules"]]
    assert len(ids) == len(set(ids)) == 9
    assert all(ids[each["ruleIndex"]] == each["ruleId"] for each in found["results"])
    assert len(found["results"]) == len(mixed().findings)


@pytest.mark.parametrize(
    "id_, kind, level",
    [
        ("no-allow", "fail", "error"),
        ("no-validator", "fail", "warning"),
        ("server-names-itself", "fail", "note"),
        ("items-have-urls", "pass", "none"),
    ],
)
def test_a_result_has_the_level_of_its_severity(id_: str, kind: str, level: str) -> None:
    found = result(mixed(), id_)
    assert (found["kind"], found["level"]) == (kind, level)


def test_only_what_failed_has_a_level() -> None:
    # Section 3.27.10: "If kind has any value other than "fail" ... level ... SHALL have the value "none"."
    assert all(each["kind"] == "fail" or each["level"] == "none" for each in run(mixed())["results"])


def test_a_result_is_at_its_url() -> None:
    (place,) = result(mixed(), "no-allow")["locations"]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == f"{URL}rpc"
    assert place["logicalLocations"] == [{"fullyQualifiedName": f"{URL}rpc", "kind": "resource"}]


def test_what_is_no_uri_is_made_one() -> None:
    (place,) = result(report(NoAllow(f"{URL}a b/{{id}}")), "no-allow")["locations"]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == f"{URL}a%20b/%7Bid%7D"
    assert URI.fullmatch(place["physicalLocation"]["artifactLocation"]["uri"])


def test_a_result_shows_the_exchange() -> None:
    found = result(mixed(), "no-validator")
    assert found["webRequest"] == {
        "method": "GET",
        "target": f"{URL}things/1",
        "headers": {"Accept": "application/json", "Authorization": "(not shown)"},
    }
    assert found["webResponse"] == {
        "statusCode": 200,
        "reasonPhrase": "OK",
        "headers": {"Content-Type": "application/json", "Cache-Control": "max-age=60"},
        "body": {"text": '{"name": "one", "made": "<b>yesterday</b>"}'},
    }
    assert len(found["properties"]["exchanges"]) == 2


def test_fields_that_come_twice_are_joined() -> None:
    twice = replace(GET, headers=(("Link", "<a>"), ("Link", "<b>")))
    assert result(report(NoAllow(URL, twice)), "no-allow")["webResponse"]["headers"] == {"Link": "<a>, <b>"}


def test_where_no_response_came_it_says_so() -> None:
    assert result(report(NoAllow(URL, SILENCE)), "no-allow")["webResponse"] == {"noResponseReceived": True}


def test_a_finding_without_evidence_shows_none() -> None:
    assert "webRequest" not in result(report(NoAllow(URL)), "no-allow")


def test_a_message_holds_no_placeholder_and_no_link() -> None:
    hostile = ErrorsAsSuccess("{0} [here](javascript:alert(1))", status="{{x}}")
    text = result(report(hostile), "errors-as-success")["message"]["text"]
    # Section 3.11.5: "the characters { and } SHALL be represented by the character sequences {{ and }}".
    assert text == "{{0}} [here] (javascript:alert(1)) says {{{{x}}}} and means an error."
    assert not re.search(r"\]\(", text)


def test_a_finding_is_known_again_in_the_next_run() -> None:
    def prints(of: Any) -> list[str]:
        return [each["partialFingerprints"]["findingAndSubject/v1"] for each in run(of)["results"]]

    assert prints(report(NoAllow(URL), NoAllow(f"{URL}x"))) == prints(report(NoAllow(URL, GET), NoAllow(f"{URL}x")))
    assert len(set(prints(report(NoAllow(URL), NoAllow(f"{URL}x"))))) == 2


def test_what_was_not_tested_is_a_notification() -> None:
    (invocation,) = run(mixed())["invocations"]
    assert invocation["executionSuccessful"] is True
    assert [each["message"]["text"] for each in invocation["toolExecutionNotifications"][:2]] == [
        "Not tested: what creates, changes and removes. Nothing was written. Allow it with --write.",
        "Not tested: a request through a proxy. There was no proxy. Run it where it may listen.",
    ]


def test_the_verdict_is_in_the_properties_of_the_run() -> None:
    properties = run(mixed())["properties"]
    assert (properties["level"], properties["verdict"], properties["constraints"]["stateless"]) == (
        1,
        "Approaching REST",
        "broken",
    )


def test_a_level_that_cannot_be_told_has_its_bounds() -> None:
    properties = run(untold())["properties"]
    assert (properties["level"], properties["at_least"], properties["at_most"]) == (None, 0, 2)
    assert properties["verdict"] == "Not to be told from here"
