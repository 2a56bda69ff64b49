"""Concludes levels, constraints and the verdict from findings. Pure: sends no requests.

A level is reached only if all lower levels are. What was not tested is never counted as met, nor as broken: where
nothing was seen of a level, for it or against it, the level of the API cannot be told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from .differences import Comparison
from .findings import CONSTRAINTS, SEVERITIES, Bearing, Constraint, Finding, Level, Severity, Untested

State = Literal["met", "broken", "not tested"]
Grade = Literal[
    "Not to be told from here", "Non-RESTful", "Approaching REST", "Approaching REST, not cacheable",
    "Approaching REST with Caching", "Likely RESTful", "RESTful",
]  # fmt: skip
"""A verdict, without the constraints that `Likely RESTful` may name."""
VERDICTS: Mapping[Level, Grade] = {
    0: "Non-RESTful", 1: "Approaching REST", 2: "Approaching REST with Caching", 3: "Likely RESTful",
}  # fmt: skip
NOT_TOLD: Grade = "Not to be told from here"
LEVELS: tuple[Level, ...] = (0, 1, 2, 3)
UNSEEN: Mapping[Bearing, tuple[str, str, str]] = {
    1: (
        "whether there are resources", "No resource was found.",
        "Name the URLs of two resources on the command line, or give --openapi.",
    ),
    2: (
        "whether methods and status codes are used as HTTP specifies", "No use of methods or status codes was seen.",
        "Name a URL that answers GET with 200 on the command line.",
    ),
    3: (
        "whether representations link", "No representation was found that could have links.",
        "Name a URL that answers GET with a representation on the command line.",
    ),
    "client-server": (
        "whether responses depend on the client software", "No representation could be compared between clients.",
        "Name a URL that other clients read with GET on the command line.",
    ),
    "stateless": (
        "whether responses depend on earlier requests",
        "No representation could be compared in another order of requests.",
        "Name the URLs of two resources that answer GET on the command line.",
    ),
    "cacheable": (
        "whether responses may be cached", "No representation says how long it is fresh.",
        "Name the URL of a resource that clients may keep on the command line.",
    ),
    "layered": (
        "whether responses are the same through an intermediary",
        "No representation could be compared through an intermediary.",
        "Name the URL of a resource that answers GET on the command line.",
    ),
    "uniform-interface": (
        "whether all resources follow the same rules", "No representation was found that describes itself.",
        "Name the URL of a resource with a representation on the command line.",
    ),
}  # fmt: skip
"""What is not tested where no check says anything: what, why, and how to have it tested."""
ONE_URI = frozenset(["tunnel", "one-described-uri", "one-list"])
"""Proofs that there is one URI."""
REPEATED: Mapping[str, frozenset[str]] = {
    "no-resources": ONE_URI, "one-resource": ONE_URI, "nothing-to-get": ONE_URI, "nothing-to-keep": ONE_URI,
    "nothing-is-identified": ONE_URI, "little-is-reached": frozenset(["no-links"]),
}  # fmt: skip
"""Findings to fix that follow from others: where one of these is fixed, they are fixed with it."""
ONCE_READ = "Answer GET with a representation at some URI, which can be compared then."
"""How to have something tested where it is proved that there is nothing to read."""
LOSS: Mapping[Severity, float] = {"bad": 1.0, "warn": 0.5}
"""What a finding of a severity subtracts from a score; each kind of finding counts once."""


@dataclass(frozen=True)
class Rung:
    """One level of the maturity model.

    `reached` is None where that cannot be told. `score`, between 0 and 1, says how much of what was tested for this
    level is fulfilled, whatever the lower levels are. `why` is a sentence that says why the level is not reached, or
    why that cannot be told, and is empty where it is reached.
    """

    level: Level
    reached: bool | None
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
    """The result of an audit. `coverage` has the numbers of requests, resources and links, and what was left out.

    `level` is None where it cannot be told. It is between `at_least` and `at_most`, which else are both `level`.
    """

    url: str
    level: Level | None
    at_least: Level
    at_most: Level
    grade: Grade
    rungs: tuple[Rung, ...]
    constraints: tuple[Judged, ...]
    findings: tuple[Finding, ...]
    untested: tuple[Untested, ...]
    next_step: Finding | Untested | None = None
    """What to fix, or to have tested, first for a better verdict; None where there is nothing."""
    coverage: Mapping[str, Any] = field(default_factory=dict)
    since: Comparison | None = None
    """What is better or worse than in an earlier report, where one was given."""

    @property
    def verdict(self) -> str:
        """The verdict in words: the grade, and at level 3 the constraints that are broken."""
        broken = [each.constraint for each in self.constraints if each.state == "broken"]
        return f"{self.grade}, but not {', '.join(broken)}" if self.level == 3 and broken else self.grade


def conclude(
    url: str, findings: Sequence[Finding], untested: Sequence[Untested], coverage: Mapping[str, Any]
) -> Report:
    """The report on the API at a URL, from all results."""
    found = tuple(sorted(findings, key=_order))
    left = tuple(untested)
    rungs = _rungs(found, left)
    constraints = tuple(_judge(constraint, found, left) for constraint in CONSTRAINTS)
    every = [each.untested for each in rungs] + [each.untested for each in constraints]
    left += tuple(each for some in every for each in some if each not in left)
    at_least: Level = max(rung.level for rung in rungs if rung.reached)
    at_most: Level = max(rung.level for rung in rungs if rung.reached is not False)
    level = at_least if at_least == at_most else None
    return Report(
        url, level, at_least, at_most, _grade(level, constraints), rungs, constraints, found, left,
        _next(rungs, constraints), coverage,
    )  # fmt: skip


def _order(finding: Finding) -> tuple[int, str, bool, str]:
    """The worst first, by level and constraint, and what follows from another finding after it."""
    return SEVERITIES.index(finding.severity), str(finding.bearing), finding.id() in REPEATED, finding.id()


def repeats(finding: Finding, others: Iterable[Finding]) -> bool:
    """Whether a finding follows from another one that is there, too."""
    causes = REPEATED.get(finding.id(), frozenset())
    return bool(causes) and any(each.id() in causes and each.severity == "bad" for each in others)


def _unseen(bearing: Bearing, findings: Iterable[Finding] = ()) -> tuple[Untested, ...]:
    """What is not tested where no check says anything about a level or constraint."""
    unseen = Untested(bearing, *UNSEEN[bearing])
    nothing = any(each.id() == "no-resources" for each in findings)
    return (unseen._replace(how=ONCE_READ) if nothing else unseen,)


def _grade(level: Level | None, constraints: Iterable[Judged]) -> Grade:
    states = {each.constraint: each.state for each in constraints}
    if level is None:
        return NOT_TOLD
    if level == 2 and states["cacheable"] == "broken":
        return "Approaching REST, not cacheable"
    return "RESTful" if level == 3 and set(states.values()) == {"met"} else VERDICTS[level]


def _rungs(findings: Iterable[Finding], untested: Iterable[Untested]) -> tuple[Rung, ...]:
    rungs: list[Rung] = []
    below: bool | None = True
    for level in LEVELS:
        own, left = _of(level, findings), _left(level, untested)
        reached, why = _reached(level, own, left, below=below)
        if reached is None and not left and not why:
            left = _unseen(level)
            why = left[0].why
        rungs.append(Rung(level, reached, _score(level, own), why, own, left))
        below = reached
    return tuple(rungs)


def _reached(
    level: Level, own: Sequence[Finding], left: Sequence[Untested], *, below: bool | None
) -> tuple[bool | None, str]:
    """Whether a level is reached, None where that cannot be told, and why not.

    Level 0, HTTP itself, needs no finding. The reason is "" where no check says anything. Whether an API has
    resources, level 1, can always be tested further, by another URL.
    """
    bad = [each for each in own if each.severity == "bad"]
    if bad:
        others = len({each.id() for each in bad}) - 1
        return False, f"{bad[0].line.removesuffix('.')}{f' (and {others} more)' if others else ''}."
    shown = level == 0 or any(each.severity == "good" for each in own)
    if below is not False and not shown and (left or level == 1 or below is None):
        return None, left[0].why if left else ""
    if not shown:
        return False, f"Nothing was seen that shows level {level}."
    reasons = {
        True: "",
        False: f"Level {level - 1} is not reached.",
        None: f"It is open whether level {level - 1} is reached.",
    }
    return below, reasons[below]


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
        left = left or _unseen(constraint, findings)
        return Judged(constraint, "not tested", left[0].why, own, left)
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
        kind = [
            each for each in findings if each.severity == severity and each.remedy and not repeats(each, findings)
        ]
        if kind:
            return max(kind, key=lambda each: often[each.id()])
        if untested:
            return untested[0]
    return None
