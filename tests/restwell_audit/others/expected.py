"""What docs/audits.md says of each entry point: the expected level and the constraints that are plainly broken."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from restwell_audit.findings import CONSTRAINTS

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
