"""Findings -> levels, constraints and the verdict (contract, section 8). Pure: nothing is asked of anybody here.

A level counts as reached only when those below it are. What was not tested is never counted as met.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from .findings import CONSTRAINTS, SEVERITIES, Constraint, Finding, Level, Untested

State = Literal["met", "broken", "not tested"]
Verdict = Literal["Non-RESTful", "Approaching REST", "Approaching REST with Caching", "Likely RESTful", "RESTful"]
VERDICTS: Mapping[Level, Verdict] = {
    0: "Non-RESTful", 1: "Approaching REST", 2: "Approaching REST with Caching", 3: "Likely RESTful",
}  # fmt: skip
WEIGHTS = {"good": 1.0, "info": 0.0, "warn": -0.5, "bad": -1.0}
"""What a kind of finding counts in a score; each kind counts once, however often it was found."""


@dataclass(frozen=True)
class Rung:
    """One level of the ladder. `score` is between 0 and 1: how much of what the level asks is there."""

    level: Level
    reached: bool
    score: float
    findings: tuple[Finding, ...] = ()
    untested: tuple[Untested, ...] = ()


@dataclass(frozen=True)
class Judged:
    """One constraint of REST. `why` says in a sentence what the state comes from."""

    constraint: Constraint
    state: State
    why: str
    findings: tuple[Finding, ...] = ()
    untested: tuple[Untested, ...] = ()


@dataclass(frozen=True)
class Report:
    """What an audit concludes. `coverage` counts what was seen: requests, resources, links, what was left out."""

    url: str
    level: Level
    verdict: Verdict
    rungs: tuple[Rung, ...]
    constraints: tuple[Judged, ...]
    findings: tuple[Finding, ...]
    untested: tuple[Untested, ...]
    next_step: Finding | None = None
    """Of what stands between the API and the next level, what to mend first."""
    coverage: Mapping[str, Any] = field(default_factory=dict)


def conclude(
    url: str, findings: Sequence[Finding], untested: Sequence[Untested], coverage: Mapping[str, Any]
) -> Report:
    """The report on what was found at a URL."""
    found = tuple(sorted(findings, key=lambda each: (SEVERITIES.index(each.severity), str(each.bearing), each.id())))
    rungs = _climb(found, tuple(untested))
    level: Level = max((rung.level for rung in rungs if rung.reached), default=0)
    constraints = tuple(_judge(constraint, found, tuple(untested)) for constraint in CONSTRAINTS)
    verdict = VERDICTS[level]
    if level == 3 and all(each.state == "met" for each in constraints):
        verdict = "RESTful"
    return Report(
        url, level, verdict, rungs, constraints, found, tuple(untested), _next(rungs, constraints), coverage
    )


def _climb(findings: tuple[Finding, ...], untested: tuple[Untested, ...]) -> tuple[Rung, ...]:
    rungs: list[Rung] = []
    below = True
    levels: tuple[Level, ...] = (0, 1, 2, 3)
    for level in levels:
        own = tuple(each for each in findings if each.bearing == level and not isinstance(each.bearing, str))
        left = tuple(each for each in untested if each.bearing == level)
        fine = not any(each.severity == "bad" for each in own)
        proved = level == 0 or any(each.severity == "good" for each in own)
        below = below and fine and proved
        rungs.append(Rung(level, below, _score(own) if level else 1.0, own, left))
    return tuple(rungs)


def _score(findings: Iterable[Finding]) -> float:
    """The share of good among the kinds of finding that were found, warnings counting half of what bad ones do."""
    kinds = {type(each) for each in findings if each.severity != "info"}
    good = sum(1 for kind in kinds if kind.severity == "good")
    lost = sum(-WEIGHTS[kind.severity] for kind in kinds if kind.severity != "good")
    return round(good / (good + lost), 2) if good + lost else 0.0


def _judge(constraint: Constraint, findings: tuple[Finding, ...], untested: tuple[Untested, ...]) -> Judged:
    own = tuple(each for each in findings if each.bearing == constraint)
    left = tuple(each for each in untested if each.bearing == constraint)
    bad = [each for each in own if each.severity == "bad"]
    good = [each for each in own if each.severity == "good"]
    if bad:
        return Judged(constraint, "broken", bad[0].line, own, left)
    if left or not good:
        return Judged(
            constraint, "not tested", left[0].why if left else "Nothing was found that shows it.", own, left
        )
    return Judged(constraint, "met", good[0].line, own, left)


def _next(rungs: Sequence[Rung], constraints: Sequence[Judged]) -> Finding | None:
    """What to mend first: the worst of the lowest level that is not reached, or else of a broken constraint."""
    for findings in [
        *(rung.findings for rung in rungs if not rung.reached),
        *(each.findings for each in constraints),
    ]:
        bad = [each for each in findings if each.severity == "bad" and each.remedy]
        if bad:
            return bad[0]
    return None
