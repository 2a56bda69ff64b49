"""The changes that would raise a report most, each with what it would be then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..findings import CONSTRAINTS, HYPERTEXT_DRIVEN, Bearing, Finding, Untested
from ..ladder import Report, conclude, repeats
from .outline import grouped, name

MAX_CHANGES = 3
MISSING = "hypermedia-is-missing"
"""A finding on a constraint that repeats all that is to fix of level 3."""


class Change(NamedTuple):
    """Something to change or to have tested: what was seen, what to do, what would come of it, and the finding."""

    what: str
    how: str
    effect: str
    finding: Finding | None = None


class Done(Finding):
    """Stands for a finding that is fixed, where it is reckoned what would come of that."""

    severity = "good"
    summary = "It is fixed."
    explanation = "What was to fix is fixed."
    reference = HYPERTEXT_DRIVEN

    def __init__(self, subject: str, bearing: Bearing) -> None:
        super().__init__(subject)
        self.bearing = bearing  # type: ignore[misc]  # of the one that it stands for


def changes(report: Report) -> tuple[Change, ...]:
    """At most three changes, the first of which comes first; each effect is that of all up to it."""
    found: list[Change] = []
    now, done = report, list(report.findings)
    for step in _steps(report):
        if len(found) == MAX_CHANGES:
            break
        if isinstance(step, Untested):
            found.append(Change(f"Not tested: {step.what}.", f"{step.why} {step.how}", _decides(step.bearing)))
            continue
        done = _without(done, step)
        then = conclude(report.url, done, report.untested, {})
        found.append(Change(step.line, step.remedy, _effect(step, now, then), step))
        now = then
    return tuple(found)


def _steps(report: Report) -> Iterator[Finding | Untested]:
    """What to do: for the lowest level that is not reached, for broken constraints, for higher levels, warnings."""
    open_levels = [rung for rung in report.rungs if not rung.reached]
    if open_levels and open_levels[0].reached is None and open_levels[0].untested:
        yield open_levels[0].untested[0]
    lowest = [rung.level for rung in open_levels[:1]]
    order: Sequence[Bearing] = [*lowest, *CONSTRAINTS, *(rung.level for rung in open_levels[1:])]
    bad = [group.first for group in grouped(report.findings) if group.severity == "bad" and group.remedy]
    wanted = [each for each in bad if not _is_repeated(each, bad)]
    yield from sorted(wanted, key=lambda each: order.index(each.bearing) if each.bearing in order else len(order))
    yield from (group.first for group in grouped(report.findings) if group.severity == "warn" and group.remedy)


def _without(findings: list[Finding], fixed: Finding) -> list[Finding]:
    """The findings once one kind of them is fixed."""
    left = [each for each in findings if (each.id(), each.bearing) != (fixed.id(), fixed.bearing)]
    left.append(Done(fixed.subject, fixed.bearing))
    with_it = [
        each for each in left
        if (each.id() == MISSING or each.bearing == fixed.bearing)  # else it is not known what is found then
        and _is_repeated(each, findings) and not _is_repeated(each, left)
    ]  # fmt: skip
    return [each for each in left if each not in with_it] + [Done(each.subject, each.bearing) for each in with_it]


def _is_repeated(finding: Finding, findings: Sequence[Finding]) -> bool:
    """Whether a finding follows from others that are to fix, too."""
    if finding.id() == MISSING:
        return any(each.bearing == 3 and each.severity == "bad" for each in findings)
    return repeats(finding, findings)


def _effect(fixed: Finding, before: Report, then: Report) -> str:
    if then.level is not None and (then.level, then.verdict) != (before.level, before.verdict):
        return f"Then: level {then.level} of 3, {then.verdict}."
    if fixed.severity == "bad" and isinstance(fixed.bearing, int):
        return f"Needed for level {fixed.bearing}."
    if isinstance(fixed.bearing, int):
        was, now = (round(100 * each.rungs[fixed.bearing].score) for each in (before, then))
        return f"Raises the score of level {fixed.bearing} from {was} % to {now} %."
    states = {each.constraint: each.state for each in then.constraints}
    met = fixed.severity == "bad" and states[fixed.bearing] == "met"
    return f"{'Then the constraint is met' if met else 'Helps the constraint'}: {name(fixed.bearing).lower()}."


def _decides(bearing: Bearing) -> str:
    what = f"level {bearing} is reached" if isinstance(bearing, int) else f"{name(bearing).lower()} is met"
    return f"Decides whether {what}."
