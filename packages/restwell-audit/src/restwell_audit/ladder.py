"""Concludes levels, constraints and the verdict from findings. Pure: sends no requests.

A level is reached only if all lower levels are. What was not tested is never counted as met.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from .findings import CONSTRAINTS, SEVERITIES, Bearing, Constraint, Finding, Level, Severity, Untested

State = Literal["met", "broken", "not tested"]
Verdict = Literal["Non-RESTful", "Approaching REST", "Approaching REST with Caching", "Likely RESTful", "RESTful"]
VERDICTS: Mapping[Level, Verdict] = {
    0: "Non-RESTful", 1: "Approaching REST", 2: "Approaching REST with Caching", 3: "Likely RESTful",
}  # fmt: skip
LEVELS: tuple[Level, ...] = (0, 1, 2, 3)
NO_EVIDENCE = "No evidence was found."
LOSS: Mapping[Severity, float] = {"bad": 1.0, "warn": 0.5}
"""What a finding of a severity subtracts from a score; each kind of finding counts once."""


@dataclass(frozen=True)
class Rung:
    """One level of the maturity model.

    `score`, between 0 and 1, says how much of what was tested for this level is fulfilled, whatever the lower levels
    are. `why` is a sentence that says why the level is not reached, and is empty where it is.
    """

    level: Level
    reached: bool
    score: float
    why: str = ""
    findings: tuple[Finding, ...] = ()
    untested: tuple[Untested, ...] = ()


@dataclass(frozen=True)
class Judged:
    """The judgement on one constraint of REST. `why` is a sentence that gives the reason for the state."""

    constraint: Constraint
    state: State
    why: str
    findings: tuple[Finding, ...] = ()
    untested: tuple[Untested, ...] = ()


@dataclass(frozen=True)
class Report:
    """The result of an audit. `coverage` has the numbers of requests, resources and links, and what was left out."""

    url: str
    level: Level
    verdict: Verdict
    rungs: tuple[Rung, ...]
    constraints: tuple[Judged, ...]
    findings: tuple[Finding, ...]
    untested: tuple[Untested, ...]
    next_step: Finding | Untested | None = None
    """What to fix, or to have tested, first for a better verdict; None where there is nothing."""
    coverage: Mapping[str, Any] = field(default_factory=dict)


def conclude(
    url: str, findings: Sequence[Finding], untested: Sequence[Untested], coverage: Mapping[str, Any]
) -> Report:
    """The report on the API at a URL, from all results."""
    found = tuple(sorted(findings, key=lambda each: (SEVERITIES.index(each.severity), str(each.bearing), each.id())))
    left = tuple(untested)
    rungs = _rungs(found, left)
    constraints = tuple(_judge(constraint, found, left) for constraint in CONSTRAINTS)
    level: Level = max((rung.level for rung in rungs if rung.reached), default=0)
    verdict = VERDICTS[level]
    if level == 3 and all(each.state == "met" for each in constraints):
        verdict = "RESTful"
    return Report(url, level, verdict, rungs, constraints, found, left, _next(rungs, constraints), coverage)


def _rungs(findings: Iterable[Finding], untested: Iterable[Untested]) -> tuple[Rung, ...]:
    rungs: list[Rung] = []
    below = True
    for level in LEVELS:
        own, left = _of(level, findings), _left(level, untested)
        why = _obstacle(level, own, below=below)
        below = not why
        rungs.append(Rung(level, below, _score(level, own), why, own, left))
    return tuple(rungs)


def _obstacle(level: Level, own: Sequence[Finding], *, below: bool) -> str:
    """Why a level is not reached; "" where it is. Level 0, HTTP itself, needs no finding."""
    bad = [each for each in own if each.severity == "bad"]
    if bad:
        others = len({each.id() for each in bad}) - 1
        return f"{bad[0].line.removesuffix('.')}{f' (and {others} more)' if others else ''}."
    if level and not any(each.severity == "good" for each in own):
        return NO_EVIDENCE
    return "" if below else f"Level {level - 1} is not reached."


def _score(level: Level, findings: Iterable[Finding]) -> float:
    """The share of good kinds of finding; a warning subtracts half as much as a bad one.

    Level 0 requires HTTP alone, and an API that can be judged has it.
    """
    severities = list({each.id(): each.severity for each in findings}.values())
    good = severities.count("good") + (level == 0)
    lost = sum(LOSS.get(severity, 0.0) for severity in severities)
    return round(good / (good + lost), 2) if good else 0.0


def _judge(constraint: Constraint, findings: Iterable[Finding], untested: Iterable[Untested]) -> Judged:
    own, left = _of(constraint, findings), _left(constraint, untested)
    bad = [each for each in own if each.severity == "bad"]
    good = [each for each in own if each.severity == "good"]
    if bad:
        return Judged(constraint, "broken", bad[0].line, own, left)
    if left or not good:
        why = left[0].why if left else NO_EVIDENCE
        return Judged(constraint, "not tested", why, own, left)
    return Judged(constraint, "met", good[0].line, own, left)


def _of(bearing: Bearing, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(each for each in findings if each.bearing == bearing)


def _left(bearing: Bearing, untested: Iterable[Untested]) -> tuple[Untested, ...]:
    return tuple(each for each in untested if each.bearing == bearing)


def _next(rungs: Iterable[Rung], constraints: Sequence[Judged]) -> Finding | Untested | None:
    """What to do first: a step for the lowest level that is not reached, since the higher ones need it.

    Where all levels are reached, it is for a constraint: one that is broken before one that was not tested.
    """
    for rung in rungs:
        if not rung.reached:
            return _first(rung.findings, rung.untested)
    for judged in sorted(constraints, key=lambda each: each.state):  # broken, met, not tested
        step = _first(judged.findings, judged.untested) if judged.state != "met" else None
        if step is not None:
            return step
    return None


def _first(findings: Sequence[Finding], untested: Sequence[Untested]) -> Finding | Untested | None:
    """The most frequent bad finding; without one, what was not tested, and then the most frequent warning."""
    often = Counter(each.id() for each in findings)
    for severity in ("bad", "warn"):
        kind = [each for each in findings if each.severity == severity and each.remedy]
        if kind:
            return max(kind, key=lambda each: often[each.id()])
        if untested:
            return untested[0]
    return None
