"""Compares a report with an earlier one, of the same URL or of another host: what got better, and what got worse.

Findings are compared by their kind, and by their addresses without the origin. What another audit calls otherwise,
such as the name of what it created, makes no difference.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from .differences import Changed, Comparison, Gone, Turn, Turned, address
from .findings import CONSTRAINTS, SEVERITIES, Severity
from .ladder import LEVELS, Report
from .linting import MessageNote
from .report.document import VERSION, data

WORD = re.compile(r"[^\s,;.]+")
STATES = ("met", "broken", "not tested")
PRAISE: frozenset[Severity] = frozenset(["good", "info"])
"""Severities that are no better or worse when they come and go; what is wrong then has a finding of its own."""


class NotABaseline(ValueError):
    """What was given is not an earlier report, or not one of this version; the message says which."""


def compare(report: Report, baseline: Report | Mapping[str, Any] | str | Path) -> Comparison:
    """What is better or worse in a report than in an earlier one.

    `baseline` is the earlier report, its JSON as plain data, or the path of the file that has it. Raises NotABaseline
    for anything else.
    """
    now = data(report)
    before = load(baseline)
    constraints = tuple(
        Turned(name, before["constraints"][name], now["constraints"][name], _turn_of_constraint(
            before["constraints"][name], now["constraints"][name])) for name in CONSTRAINTS
    )  # fmt: skip
    found, earlier = _by_kind(now["findings"]), _by_kind(before["findings"])
    changes = [_changed(kind, earlier.get(kind, []), found.get(kind, [])) for kind in {**found, **earlier}]
    order = sorted(filter(None, changes), key=lambda each: (each.turn != "worse", SEVERITIES.index(each.severity)))
    places = {(each["id"], address(each["subject"])): _said(each) for each in before["findings"]}
    return Comparison(
        before["url"],
        Turned("level", _level_text(before), _level_text(now), _turn_of_level(_bounds(before), _bounds(now))),
        constraints,
        tuple(order),
        {(each["id"], address(each["subject"])): _state(each, places) for each in now["findings"]},
        tuple(_gone(before["findings"], now["findings"])),
    )


def load(baseline: Report | Mapping[str, Any] | str | Path) -> dict[str, Any]:
    """An earlier report as plain data. Raises NotABaseline where it is not one."""
    if isinstance(baseline, Report):
        return data(baseline)
    if isinstance(baseline, Mapping):
        return _checked(dict(baseline), "The baseline")
    try:
        found = json.loads(Path(baseline).read_text("utf-8"))
    except OSError as error:
        raise NotABaseline(f"{baseline} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise NotABaseline(f"{baseline} is not JSON. {WRITE_ONE}") from error
    return _checked(found, str(baseline))


WRITE_ONE = "Write one with `restwell audit URL --format json --output report.json`."


def _checked(found: Any, name: str) -> dict[str, Any]:
    if not isinstance(found, dict) or not {"url", "verdict", "levels", "constraints", "findings"} <= set(found):
        raise NotABaseline(f"{name} is not the JSON report of an audit. {WRITE_ONE}")
    version = found.get("version")
    if version != VERSION:
        has = "no version" if version is None else f"version {version!r}"
        raise NotABaseline(f"{name} is a report of {has}, and this is version {VERSION}. {WRITE_ONE}")
    if not _is_complete(found):
        raise NotABaseline(f"{name} is not a complete report. {WRITE_ONE}")
    return found


def _is_complete(found: Mapping[str, Any]) -> bool:
    """Whether a report has all that is compared, in its form."""
    try:
        texts = [found["url"], found["verdict"]]
        for each in found["findings"]:
            texts += [each["id"], each["subject"], each["summary"]]
            SEVERITIES.index(each["severity"])
        for constraint in CONSTRAINTS:
            STATES.index(found["constraints"][constraint])
        low, high = _bounds(found)
    except (KeyError, TypeError, ValueError, AttributeError):
        return False
    return all(isinstance(text, str) for text in texts) and low in LEVELS and high in LEVELS


def _said(finding: Mapping[str, Any]) -> tuple[str, str]:
    """What a finding says, whatever the order of what it lists, such as methods."""
    if finding.get("reference") == MessageNote.reference.url:  # it may say how long ago something was changed
        return finding["severity"], ""
    return finding["severity"], " ".join(sorted(WORD.findall(address(finding["summary"]))))


def _bounds(report: Mapping[str, Any]) -> tuple[int, int]:
    """The lowest and the highest level that a report leaves open."""
    if report["level"] is None:
        return int(report["at_least"]), int(report["at_most"])
    return int(report["level"]), int(report["level"])


def _level_text(report: Mapping[str, Any]) -> str:
    low, high = _bounds(report)
    return f"{low if low == high else f'{low} to {high}'} ({report['verdict']})"


def _turn_of_level(before: tuple[int, int], now: tuple[int, int]) -> Turn:
    if now[1] < before[0]:
        return "worse"
    if now[0] > before[1]:
        return "better"
    return "same" if now == before else "different"


def _turn_of_constraint(before: str, now: str) -> Turn:
    if before == now:
        return "same"
    if now == "broken":
        return "worse"
    if before == "broken" or now == "met":
        return "better"
    return "different"


def _by_kind(findings: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    kinds: dict[str, list[Mapping[str, Any]]] = {}
    for each in findings:
        kinds.setdefault(each["id"], []).append(each)
    return kinds


def _worst(findings: Iterable[Mapping[str, Any]]) -> Severity:
    severities = [each["severity"] for each in findings]
    return cast("Severity", min(severities, key=SEVERITIES.index))


def _changed(kind: str, before: list[Mapping[str, Any]], now: list[Mapping[str, Any]]) -> Changed | None:
    """How a kind of finding is compared with before; None where it says the same of the same addresses."""
    shown = (now or before)[0]["summary"]
    if not before or not now:
        severity = _worst(now or before)
        turn: Turn = "different" if severity in PRAISE else "worse" if now else "better"
        places = tuple(dict.fromkeys(address(each["subject"]) for each in now or before))
        state, appeared, vanished = ("new", places, ()) if now else ("gone", (), places)
        return Changed(kind, state, severity, shown, turn, appeared, vanished)  # type: ignore[arg-type]  # new or gone
    were = dict.fromkeys(address(each["subject"]) for each in before)
    are = dict.fromkeys(address(each["subject"]) for each in now)
    if {_said(each) for each in before} == {_said(each) for each in now} and were == are:
        return None
    old, new = _worst(before), _worst(now)
    turn = "different"
    if old != new:
        turn = "worse" if SEVERITIES.index(new) < SEVERITIES.index(old) else "better"
    appeared = tuple(each for each in are if each not in were)
    return Changed(kind, "changed", new, shown, turn, appeared, tuple(each for each in were if each not in are))


def _state(finding: Mapping[str, Any], before: Mapping[tuple[str, str], tuple[str, str]]) -> Any:
    said = before.get((finding["id"], address(finding["subject"])))
    return "new" if said is None else "unchanged" if said == _said(finding) else "updated"


def _gone(before: Iterable[Mapping[str, Any]], now: Iterable[Mapping[str, Any]]) -> Iterable[Gone]:
    """The findings of before that are not there any more, each once."""
    there = {(each["id"], address(each["subject"])) for each in now}
    for each in before:
        key = each["id"], address(each["subject"])
        if key not in there:
            there.add(key)
            yield Gone(each["id"], each["severity"], each["subject"], each["summary"])
