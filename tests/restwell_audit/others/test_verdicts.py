"""The auditor comes to the results of docs/audits.md, on the software of others over a socket."""

from __future__ import annotations

import pytest

from restwell_audit import audit
from tests.restwell_audit.others import BY_HAND, SOFTWARE
from tests.restwell_audit.others.expected import rows


def test_the_page_judges_every_software_and_each_as_it_expected() -> None:
    told = rows()
    assert {row.name for row in told} == {*SOFTWARE, *BY_HAND, "level0", "level1", "level2", "level3"}
    assert [row for row in told if row.expected != row.now] == []


@pytest.mark.slow
def test_the_auditor_comes_to_the_same_result(read_only: tuple[str, str]) -> None:
    name, url = read_only
    for row in (each for each in rows() if each.name == name):
        report = audit(url + row.entry)
        assert report.level == row.now, row.entry
        assert {each.constraint for each in report.constraints if each.state == "broken"} == row.broken, row.entry
