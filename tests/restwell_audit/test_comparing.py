"""A report and an earlier one: what got better, what got worse, and what is no earlier report."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from restwell_audit import NotABaseline, Report, audit, compare
from restwell_audit.findings import Finding
from restwell_audit.report import FORMATS
from restwell_audit.report.document import data
from tests.restwell_audit.apis import changed, wsgi
from tests.restwell_audit.cases import GOOD
from tests.restwell_audit.changes import without
from tests.restwell_audit.good import Good
from tests.restwell_audit.kinds import (
    ALL_KEPT,
    BROKEN,
    GET,
    LEVEL_1,
    LEVEL_2,
    LEVEL_3,
    NO_PROXY,
    POST,
    URL,
    ErrorsAsSuccess,
    NoAllow,
    NoValidator,
    ServerNamesItself,
    mixed,
    report,
    restful,
    untold,
)

TAG = NoValidator(f"{URL}things/1", GET)
BEFORE = report(LEVEL_1, LEVEL_2, LEVEL_3, *ALL_KEPT, TAG)
ELSEWHERE = "https://staging.example/"


def moved(finding: Finding) -> Finding:
    """A finding as it is at another host."""
    details = {name: str(value).replace(URL, ELSEWHERE) for name, value in finding.details.items()}
    return type(finding)(finding.subject.replace(URL, ELSEWHERE), *finding.evidence, **details)


def turns(now: Report, before: Report) -> dict[str, str]:
    """What is not as before, by its name."""
    found = compare(now, before)
    every = {each.name: each.turn for each in (found.level, *found.constraints) if each.turn != "same"}
    return every | {f"{each.state} {each.id}": each.turn for each in found.findings}


# -- what is better or worse -------------------------------------------------------------------------------------


def test_a_report_is_as_itself() -> None:
    for each in (mixed(), restful(), untold(), report()):
        found = compare(each, each)
        assert (found.worse, found.better, found.verdict, found.findings) == (False, False, "the same", ())


def test_what_got_worse_is_worse() -> None:
    now = report(LEVEL_1, LEVEL_2, LEVEL_3, *ALL_KEPT, TAG, NoAllow(f"{URL}things", POST), BROKEN["cacheable"](URL))
    assert turns(now, BEFORE) == {
        "level": "worse", "cacheable": "worse", "new no-allow": "worse", "new cacheable-broken": "worse",
    }  # fmt: skip
    assert (compare(now, BEFORE).worse, compare(BEFORE, now).worse) == (True, False)
    assert set(turns(BEFORE, now).values()) == {"better"}


def test_praise_that_comes_or_goes_is_neither() -> None:
    now = report(LEVEL_1, LEVEL_2, LEVEL_3, *ALL_KEPT, TAG, ServerNamesItself(URL, GET, name="nginx"))
    assert turns(now, BEFORE) == {"new server-names-itself": "different"}
    assert not compare(now, BEFORE).worse


def test_another_address_of_what_is_known_is_different() -> None:
    now = report(LEVEL_1, LEVEL_2, LEVEL_3, *ALL_KEPT, NoValidator(f"{URL}things/2", GET))
    [change] = compare(now, BEFORE).findings
    assert (change.state, change.turn) == ("changed", "different")
    assert (change.appeared, change.vanished) == (("/things/2",), ("/things/1",))


def test_the_host_makes_no_difference_and_neither_does_the_name_of_what_was_created() -> None:
    now = report(*map(moved, (LEVEL_1, LEVEL_2, LEVEL_3, *ALL_KEPT, TAG)), url=ELSEWHERE)
    assert turns(now, BEFORE) == {}
    one, other = (NoAllow(f"{URL}things/restwell-audit-{name}", POST) for name in ("0123abcd", "fedc9876"))
    assert turns(report(one), report(other)) == {}


@pytest.mark.parametrize("before, now, turn", [
    (report(LEVEL_1, LEVEL_2, LEVEL_3), untold(), "worse"),
    (untold(), report(LEVEL_1, LEVEL_2, NoAllow(URL)), "different"),
    (untold(), report(LEVEL_1, LEVEL_2, LEVEL_3), "better"),
], ids=["at most 2 of 3", "told", "higher"])  # fmt: skip
def test_a_level_between_bounds_is_better_or_worse_where_that_is_certain(
    before: Report, now: Report, turn: str
) -> None:
    assert compare(now, before).level.turn == turn


def test_the_order_of_a_list_makes_no_difference() -> None:
    one, other = (ServerNamesItself(URL, GET, name=name) for name in ("GET, HEAD, PUT", "PUT, GET, HEAD"))
    assert turns(report(one), report(other)) == {}


def test_what_can_no_longer_be_tested_is_different() -> None:
    now = report(LEVEL_1, LEVEL_2, LEVEL_3, *ALL_KEPT, TAG, untested=[NO_PROXY])
    assert turns(now, BEFORE) == {"layered": "different"}


def test_a_real_api_without_its_entity_tags_is_worse_than_before() -> None:
    found = compare(audit(wsgi(changed(Good(), without("ETag")))), GOOD())
    assert found.worse
    assert "lacks-validators" in {each.id for each in found.findings if (each.state, each.turn) == ("new", "worse")}


# -- what is given ------------------------------------------------------------------------------------------------


def test_a_baseline_is_a_report_its_data_or_the_file_that_has_it(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text(FORMATS["json"](BEFORE))
    same = [compare(mixed(), each) for each in (BEFORE, data(BEFORE), file, str(file))]
    assert same[0] == same[1] == same[2] == same[3]


def without_key(key: str) -> dict[str, Any]:
    return {name: value for name, value in data(BEFORE).items() if name != key}


@pytest.mark.parametrize("given, said", [
    ({}, "is not the JSON report of an audit"), ({"openapi": "3.1.0"}, "is not the JSON report of an audit"),
    (without_key("version"), "is a report of no version, and this is version 1"),
    (data(BEFORE) | {"version": 2}, "is a report of version 2, and this is version 1"),
    (data(BEFORE) | {"findings": [{"id": 1}]}, "is not a complete report"),
    (data(BEFORE) | {"constraints": {}}, "is not a complete report"),
    (data(BEFORE) | {"level": None}, "is not a complete report"),
    (data(BEFORE) | {"level": 4}, "is not a complete report"),
    (data(BEFORE) | {"url": 1}, "is not a complete report"),
], ids=["empty", "another", "no version", "version", "findings", "constraints", "level", "4", "url"])  # fmt: skip
def test_what_is_no_report_of_this_version_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(NotABaseline, match=said):
        compare(mixed(), given)


@pytest.mark.parametrize("form", FORMATS)
def test_what_a_baseline_says_is_shown_as_text(form: str) -> None:
    nasty = "<script>\x1b[31m\x00\ud800</script>"
    finding = {"id": nasty, "severity": "bad", "subject": nasty, "summary": nasty}
    given = data(BEFORE) | {"url": nasty, "findings": [finding]}
    written = FORMATS[form](replace(WORSE, since=compare(WORSE, given)))
    assert written.encode()
    assert form in {"json", "sarif"} or not {"\x1b", "\x00"} & set(written)
    assert "<script>" not in written or form in {"text", "json", "sarif"}
    if form == "junit":
        ET.fromstring(written)  # noqa: S314 - our own


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotABaseline, match="cannot be read: No such file or directory"):
        compare(mixed(), tmp_path / "nothing.json")
    (tmp_path / "page.html").write_text("<!doctype html>")
    with pytest.raises(NotABaseline, match=r"is not JSON\. Write one with `restwell audit URL --format json"):
        compare(mixed(), tmp_path / "page.html")


# -- how it is reported -------------------------------------------------------------------------------------------

WORSE = report(
    LEVEL_1, LEVEL_2, LEVEL_3, ErrorsAsSuccess(f"{URL}rpc", POST, status=200), BROKEN["stateless"](URL, GET)
)
COMPARED = replace(WORSE, since=compare(WORSE, BEFORE))


def test_the_text_says_what_got_worse_first() -> None:
    text = FORMATS["text"](COMPARED)
    lines = text[text.index("Since the baseline: better and worse") :].split("\n\n")[0].split("\n")
    assert lines[2:6] == [
        f"  An earlier report of {URL}",
        "  ✗ Level: 3 (RESTful) before, 1 (Approaching REST) now.",
        "  ✗ Stateless: met before, broken now.",
        "  ✗ New: http://api.example/rpc says 200 and means an error.",
    ]
    assert "  ✓ Gone: http://api.example/things/1 has neither ETag nor Last-Modified." in lines
    assert "Since the baseline" not in FORMATS["text"](WORSE)


def test_the_json_has_all_of_it() -> None:
    since = json.loads(FORMATS["json"](COMPARED))["since"]
    assert (since["url"], since["worse"], since["better"]) == (URL, True, True)
    assert since["level"] == {"before": "3 (RESTful)", "now": "1 (Approaching REST)", "turn": "worse"}
    assert since["constraints"]["stateless"]["turn"] == "worse"
    [new] = [each for each in since["findings"] if each["id"] == "errors-as-success"]
    assert (new["state"], new["appeared"], new["vanished"]) == ("new", ["/rpc"], [])


def test_sarif_has_the_state_of_each_result_and_what_is_absent() -> None:
    results = json.loads(FORMATS["sarif"](COMPARED))["runs"][0]["results"]
    states = {each["ruleId"]: each["baselineState"] for each in results}
    assert (states["items-have-urls"], states["errors-as-success"], states["no-validator"]) == (
        "unchanged", "new", "absent",
    )  # fmt: skip
    assert all("baselineState" not in each for each in json.loads(FORMATS["sarif"](WORSE))["runs"][0]["results"])


def test_junit_fails_for_what_got_worse() -> None:
    suite = ET.fromstring(FORMATS["junit"](COMPARED)).findall("testsuite")[-1]  # noqa: S314 - our own
    failed = {each.attrib["name"] for each in suite if each.find("failure") is not None}
    assert suite.attrib["name"] == "Baseline: what is better or worse"
    assert failed == {"Level", "Stateless", "errors-as-success", "stateless-broken"}
    assert int(suite.attrib["failures"]) == len(failed)


def test_the_page_says_it_before_the_findings() -> None:
    page = FORMATS["html"](COMPARED)
    assert page.index("Since the baseline") < page.index("Findings</h2>")
    assert "Stateless: met before, broken now." in page
    assert "Since the baseline" not in FORMATS["html"](WORSE)
