from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from restwell_audit.findings import CONSTRAINTS
from restwell_audit.report import junit
from tests.restwell_audit.kinds import URL, NoAllow, mixed, report, restful, untold


def read(of: Any) -> ET.Element:
    return ET.fromstring(junit.write(of).encode())  # noqa: S314 -- we have written it


def case(of: Any, name: str) -> ET.Element:
    found = read(of).find(f".//testcase[@name='{name}']")
    assert found is not None
    return found


def test_there_is_a_suite_for_every_level_and_constraint() -> None:
    names = [suite.attrib["name"].partition(":")[0] for suite in read(report())]
    assert names == [
        "Level 0", "Level 1", "Level 2", "Level 3",
        "Client-server", "Stateless", "Cacheable", "Layered", "Uniform interface",
    ]  # fmt: skip


def test_a_suite_says_how_it_came_out() -> None:
    suite = read(mixed())[3]
    assert {each.attrib["name"]: each.attrib["value"] for each in suite.iter("property")} == {
        "url": URL,
        "verdict": "Approaching REST",
        "state": "not reached",
        "why": "Level 2 is not reached.",
    }


def test_what_is_bad_has_failed() -> None:
    (failure,) = case(mixed(), "errors-as-success")
    assert failure.tag == "failure"
    assert failure.attrib["message"] == f"{URL}rpc/0 says 200 and means an error."
    assert failure.text is not None
    for said in (f"{URL}rpc/4 says 200", "Answer with a status code", "rfc9110.html#section-15", "> POST"):
        assert said in failure.text


@pytest.mark.parametrize("name", ["no-validator", "server-names-itself", "items-have-urls"])
def test_all_else_has_passed_and_is_told(name: str) -> None:
    (told,) = case(mixed(), name)
    assert told.tag == "system-out"


def test_a_warning_shows_its_exchanges_and_praise_does_not() -> None:
    assert "> GET" in "".join(case(mixed(), "no-validator").itertext())
    assert "> GET" not in "".join(case(mixed(), "items-have-urls").itertext())


def test_what_was_not_tested_was_skipped() -> None:
    (skipped,) = case(mixed(), "a request through a proxy")
    assert (skipped.tag, skipped.attrib["message"]) == ("skipped", "There was no proxy. Run it where it may listen.")


@pytest.mark.parametrize(
    "of", [mixed(), restful(), report(), untold()], ids=["mixed", "restful", "nothing", "untold"]
)
def test_the_counts_are_right(of: Any) -> None:
    root = read(of)
    for suite in root:
        assert int(suite.attrib["tests"]) == len(suite.findall("testcase"))
        assert int(suite.attrib["failures"]) == len(suite.findall("testcase/failure"))
        assert int(suite.attrib["skipped"]) == len(suite.findall("testcase/skipped"))
    assert root.attrib["errors"] == "0", "a check that breaks down is no finding"
    for count in ("tests", "failures", "errors"):
        assert int(root.attrib[count]) == sum(int(suite.attrib[count]) for suite in root)


def test_only_what_is_to_mend_fails_a_build() -> None:
    assert read(restful()).attrib["failures"] == "0"
    assert read(report(NoAllow(URL))).attrib["failures"] == "1"


def test_the_time_is_that_of_the_exchanges() -> None:
    assert case(mixed(), "no-validator").attrib["time"] == "10.012"
    assert case(mixed(), "errors-as-success").attrib["time"] == "0.500", "five places, and one exchange"


def test_elements_come_as_jenkins_reads_them() -> None:
    root = read(mixed())
    assert root.tag == "testsuites"
    for suite in root:
        assert suite.tag == "testsuite"
        assert [each.tag for each in suite] == ["properties", *["testcase"] * (len(suite) - 1)]
        assert all(each.attrib["classname"].startswith("restwell.") for each in suite.iter("testcase"))
    assert {each.tag for each in root.iter()} <= {
        "testsuites", "testsuite", "properties", "property", "testcase", "failure", "skipped", "system-out",
    }  # fmt: skip
    assert len(root) == 4 + len(CONSTRAINTS)


def test_a_level_that_cannot_be_told_is_skipped_and_named() -> None:
    suite = read(untold())[1]
    assert {each.attrib["name"]: each.attrib["value"] for each in suite.iter("property")} == {
        "url": URL,
        "verdict": "Not to be told from here",
        "level": "Level 0 to 2 of 3",
        "state": "not tested",
        "why": "No link leads on.",
    }
    assert (suite.attrib["failures"], suite.attrib["skipped"]) == ("0", "1")
