"""A report in reading order: sections for levels and constraints, with each kind of finding once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ..counting import counted
from ..differences import Changed, Comparison, Turn
from ..exchanges import Exchange
from ..findings import SEVERITIES, Bearing, Finding, Severity, Untested
from ..ladder import Judged, Report, Rung
from .texts import one_line

TITLES: Mapping[Bearing, str] = {
    0: "HTTP as a transport",
    1: "Resources",
    2: "Methods, status codes, caching",
    3: "Hypermedia",
    "client-server": "Client and server can change independently",
    "stateless": "Each request can be understood by itself",
    "cacheable": "Responses say whether they may be cached",
    "layered": "Intermediaries can be added",
    "uniform-interface": "All resources follow the same rules",
}
WORDS: Mapping[Severity, str] = {"bad": "to fix", "warn": "warning", "info": "note", "good": "good"}

TURNS: tuple[Turn, ...] = ("worse", "better", "different", "same")
ADDRESSES = ("not_followed", "left_behind")
"""Parts of the coverage that are lists of URLs, each of which has a line of its own."""


LABELS: Mapping[str, str] = {"by": "found by", "robots": "robots.txt"}
"""Names of parts of the coverage that say less than is needed."""


class Group(NamedTuple):
    """All findings of one kind in a section."""

    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        return self.findings[0]

    @property
    def id(self) -> str:
        return self.first.id()

    @property
    def severity(self) -> Severity:
        return self.first.severity

    @property
    def remedy(self) -> str:
        """What to change; "" where nothing is wrong, whatever the kind says."""
        return self.first.remedy if self.severity in {"bad", "warn"} else ""

    @property
    def evidence(self) -> tuple[Exchange, ...]:
        """The exchanges of all findings, without duplicates."""
        return tuple({each.number: each for finding in self.findings for each in finding.evidence}.values())


class Section(NamedTuple):
    """A level or a constraint with its findings; `state` is a word or two, `why` a sentence that may be empty."""

    bearing: Bearing
    state: str
    why: str
    groups: tuple[Group, ...]
    untested: tuple[Untested, ...]

    @property
    def name(self) -> str:
        """The name of the level or constraint, such as "Level 2" or "Cacheable"."""
        return name(self.bearing)

    @property
    def title(self) -> str:
        return TITLES[self.bearing]

    @property
    def reason(self) -> str:
        """Why it is not reached or in its state; where it was not tested, with how to have it tested."""
        untested = self.state == "not tested" and self.untested and self.why == self.untested[0].why
        return f"{self.why} {self.untested[0].how}" if untested else self.why


def scored(rung: Rung) -> bool:
    """Whether anything was tested for a level, so that it has a score; level 0 is HTTP, which was."""
    return rung.level == 0 or any(each.severity != "info" for each in rung.findings)


class Together(NamedTuple):
    """What was not tested for one reason, and how to have all of it tested; each with what it bears on."""

    parts: tuple[str, ...]
    why: str
    how: str


def together(untested: Iterable[Untested]) -> tuple[Together, ...]:
    """What was not tested, that with the same reason and remedy as one."""
    parts: dict[tuple[str, str], list[str]] = {}
    for each in untested:
        parts.setdefault((each.why, each.how), []).append(f"{name(each.bearing)}: {each.what}")
    return tuple(Together(tuple(some), *key) for key, some in parts.items())


def label(key: object) -> str:
    """The name of a part of the coverage, as it is shown."""
    return LABELS.get(str(key), str(key).replace("_", " "))


def name(bearing: Bearing) -> str:
    """The name of a level or constraint, such as "Level 2" or "Cacheable"."""
    if isinstance(bearing, int):
        return f"Level {bearing}"
    return "Uniform interface" if bearing == "uniform-interface" else bearing.capitalize()


def sections(report: Report) -> tuple[Section, ...]:
    """The sections of a report: the levels from 0 to 3, and then the constraints."""
    return (*map(_of_rung, report.rungs), *map(_of_constraint, report.constraints))


def _of_rung(rung: Rung) -> Section:
    untested = any(each.why == rung.why for each in rung.untested)
    state = {True: "reached", False: "not reached", None: "not tested" if untested else "open"}[rung.reached]
    return Section(rung.level, state, rung.why, grouped(rung.findings), rung.untested)


def _of_constraint(judged: Judged) -> Section:
    return Section(judged.constraint, judged.state, judged.why, grouped(judged.findings), judged.untested)


def level_of(report: Report) -> str:
    """The level in words, such as "Level 2 of 3", or between which levels it is."""
    if report.level is None:
        return f"Level {report.at_least} to {report.at_most} of 3"
    return f"Level {report.level} of 3"


def grouped(findings: Iterable[Finding]) -> tuple[Group, ...]:
    """Findings grouped by kind, the worst severity first, else in their order."""
    kinds: dict[str, list[Finding]] = {}
    for finding in findings:
        kinds.setdefault(finding.id(), []).append(finding)
    groups = [Group(tuple(each)) for each in kinds.values()]
    return tuple(sorted(groups, key=lambda each: SEVERITIES.index(each.severity)))


def differs(finding: Finding, first: Finding) -> bool:
    """Whether the summary of a finding differs from that of the first of its kind in more than the URL."""
    return finding.line.replace(finding.subject, "") != first.line.replace(first.subject, "")


def counts(report: Report) -> dict[Severity, int]:
    """The number of kinds of finding of each severity, the worst first."""
    groups = grouped(report.findings)
    return {severity: sum(1 for each in groups if each.severity == severity) for severity in SEVERITIES}


def tally(count: int, severity: Severity) -> str:
    """A number of kinds of finding with its word, such as "2 warnings"."""
    word = WORDS[severity]
    return counted(count, word, f"{word}s" if severity in {"warn", "info"} else word)


class Line(NamedTuple):
    """One difference from an earlier report: how that is, what differs, and the kind of finding."""

    turn: Turn
    text: str
    kind: str = ""


def differences(since: Comparison) -> tuple[Line, ...]:
    """What differs from an earlier report, what got worse first; empty where nothing does."""
    turned = [
        Line(each.turn, f"{each.name.capitalize()}: {each.before} before, {each.now} now.")
        for each in (since.level, *since.constraints) if each.turn != "same"
    ]  # fmt: skip
    lines = [*turned, *(Line(each.turn, _difference(each), each.id) for each in since.findings)]
    return tuple(sorted(lines, key=lambda each: TURNS.index(each.turn)))


def _difference(change: Changed) -> str:
    words = {"new": "New", "gone": "Gone", "changed": "Changed"}
    places = [
        counted(len(some), f"address {how}", f"addresses {how}")
        for some, how in ((change.appeared, "more"), (change.vanished, "less"))
        if some and change.state == "changed"
    ]
    more = f" ({', '.join(places)})" if places else ""
    return f"{words[change.state]}: {change.summary}{more}"


def step(report: Report) -> tuple[str, str] | None:
    """The next step: what was seen, and what to do. None where there is nothing left to do."""
    found = report.next_step
    if isinstance(found, Finding):
        return found.line, found.remedy
    return (f"Not tested: {found.what}. {found.why}", found.how) if found else None


def amount(value: Any) -> str:
    """A value of the coverage in one line; "" where it is empty."""
    if isinstance(value, Mapping):
        parts = (f"{key}: {amount(each) or 'none'}" for key, each in value.items())
        return one_line(", ".join(parts))
    if isinstance(value, list | tuple | set | frozenset):
        return one_line(", ".join(map(str, value)))
    return "" if value is None else one_line(str(value))
