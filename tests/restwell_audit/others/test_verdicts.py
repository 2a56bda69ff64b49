"""The auditor comes to the results of docs/audits.md, on the software of others over a socket."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from restwell_audit import audit
from restwell_audit.findings import CONSTRAINTS
from tests.restwell_audit.others import BY_HAND, SOFTWARE, start

PAGE = Path(__file__).parents[3] / "docs" / "audits.md"
ROW = re.compile(
    r"^\| `(?P<name>[\w-]+)` \| `(?P<entry>\S+)` \| (?P<expected>\d) \| (?P<broken>[^|]+) "
    r"\| (?P<first>\d|none) \| (?P<now>\d) \|$",
    re.MULTILINE,
)


class Row(NamedTuple):
    """One line of the page's table."""

    name: str
    entry: str
    expected: int
    now: int
    broken: frozenset[str]


def rows() -> list[Row]:
    """What the page says."""
    return [
        Row(m["name"], m["entry"], int(m["expected"]), int(m["now"]), frozenset(
            constraint for constraint in CONSTRAINTS if constraint.replace("-", " ") in m["broken"].replace("-", " ")
        ))
        for m in ROW.finditer(PAGE.read_text())
    ]  # fmt: skip


def test_the_page_judges_every_software_and_each_as_it_expected() -> None:
    told = rows()
    assert {row.name for row in told} == {*SOFTWARE, *BY_HAND, "level0", "level1", "level2", "level3"}
    assert [row for row in told if row.expected != row.now] == []


@pytest.mark.slow
@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("name", SOFTWARE)
def test_the_auditor_comes_to_the_same_result(name: str) -> None:
    with start(name) as url:
        for row in (each for each in rows() if each.name == name):
            report = audit(url + row.entry)
            assert report.level == row.now, row.entry
            assert {each.constraint for each in report.constraints if each.state == "broken"} == row.broken, row.entry
