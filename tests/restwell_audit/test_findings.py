from __future__ import annotations

import re
from pathlib import Path

import pytest

from restwell_audit import removing
from restwell_audit.auditing import MODULES
from restwell_audit.findings import (
    FIELDING,
    Finding,
    Reference,
    every_finding,
    fielding,
    fowler,
    rfc,
)
from tests.restwell_audit.kinds import (
    GET,
    NO_WRITES,
    POST,
    URL,
    ErrorsAsSuccess,
    ItemsHaveUrls,
    NoAllow,
    OneUrlForAll,
)


@pytest.mark.parametrize(
    "kind, expected",
    [(ItemsHaveUrls, "items-have-urls"), (NoAllow, "no-allow"), (type("Has2Urls", (Finding,), {}), "has2-urls")],
)
def test_a_finding_is_named_by_its_class(kind: type[Finding], expected: str) -> None:
    assert kind.id() == expected


def test_the_line_says_what_was_found_here() -> None:
    assert ErrorsAsSuccess(f"{URL}rpc", POST, status=200).line == f"{URL}rpc says 200 and means an error."


@pytest.mark.parametrize("hostile", ["{status}", "{0}", "{}", "{subject.__class__}", "%s"])
def test_what_a_server_says_is_never_read_as_a_template(hostile: str) -> None:
    assert ErrorsAsSuccess(hostile, status=hostile).line == f"{hostile} says {hostile} and means an error."


def test_a_finding_keeps_its_evidence_in_order() -> None:
    assert OneUrlForAll(URL, POST, GET).evidence == (POST, GET)


def test_a_finding_shows_itself_to_who_debugs() -> None:
    assert repr(NoAllow(URL)) == f"<no-allow: 405 without Allow at {URL}.>"


def test_nothing_needs_mending_unless_the_kind_says_so() -> None:
    assert ItemsHaveUrls(URL, count=1).remedy == ""
    assert OneUrlForAll(URL).remedy.startswith("Give each thing a URL")


def test_every_kind_is_found_however_deep_it_is_declared() -> None:
    class Deeper(NoAllow):
        summary = "deeper"

    assert {ItemsHaveUrls, NoAllow, Deeper} <= set(every_finding())
    assert list(every_finding(NoAllow)) == [Deeper]


def test_what_was_not_tested_says_what_and_why_and_how_to_have_it_tested() -> None:
    assert NO_WRITES == (2, "what creates, changes and removes", "Nothing was written.", "Allow it with --write.")


@pytest.mark.parametrize(
    "reference, expected",
    [
        (
            rfc(9110, "15.5.6"),
            ("RFC 9110, section 15.5.6", "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.5.6"),
        ),
        (rfc(8288), ("RFC 8288", "https://www.rfc-editor.org/rfc/rfc8288.html")),
        (fielding("5.1.3"), ("Fielding, Architectural Styles, section 5.1.3", f"{FIELDING}#sec_5_1_3")),
        (
            fowler(2),
            (
                "Fowler, Richardson Maturity Model",
                "https://martinfowler.com/articles/richardsonMaturityModel.html#level2",
            ),
        ),
    ],
)
def test_a_reference_leads_to_the_section(reference: Reference, expected: tuple[str, str]) -> None:
    assert reference == expected


def test_what_costs_a_level_is_the_list_in_the_documentation() -> None:
    page = (Path(__file__).parents[2] / "docs" / "levels.md").read_text()
    parts = re.split(r"\*\*Level ([123])\*\*", page.partition("## What costs a level")[2])
    listed = {
        (int(level), name)
        for level, part in zip(parts[1::2], parts[2::2], strict=True)
        for line in re.findall(r"^- (.*(?:\n  .*)*)", part, re.MULTILINE)
        for name in re.findall(r"`([a-z]+(?:-[a-z]+)*)`", line)
    }
    modules = {each.__name__ for each in (*MODULES, removing)}
    own = [each for each in set(every_finding()) if each.__module__ in modules]
    bad = [each for each in own if each.severity == "bad"]
    assert listed == {(each.bearing, each.id()) for each in bad if isinstance(each.bearing, int)}
