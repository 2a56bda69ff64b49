"""The report as JSON, which `schema.json` beside this file describes."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from ..differences import Comparison, Turned
from ..findings import Bearing, Finding, Untested
from ..ladder import Report
from .texts import encodable

VERSION = 1
"""The version of the JSON report, which another one changes that is read otherwise."""


def write(report: Report) -> str:
    """The report as JSON text. Each finding has its complete exchanges, also where several findings have the same."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(encodable(data(report)), default=str, option=options).decode()


@lru_cache(1)
def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the report."""
    found: dict[str, Any] = json.loads(Path(__file__).with_name("schema.json").read_text("utf-8"))
    return found


def data(report: Report) -> dict[str, Any]:
    """The report as plain data."""
    return {
        "url": report.url,
        "level": report.level,
        **bounds(report),
        "verdict": report.verdict,
        "levels": [
            {
                "level": rung.level,
                "reached": rung.reached,
                "score": rung.score,
                "findings": [_finding(each) for each in rung.findings],
            }
            for rung in report.rungs
        ],
        "constraints": {each.constraint: each.state for each in report.constraints},
        "findings": [_finding(each) for each in report.findings],
        "untested": [_untested(each) for each in report.untested],
        "next": _next(report.next_step),
        "coverage": dict(report.coverage),
        "version": VERSION,
        **({"since": _since(report.since)} if report.since is not None else {}),
    }


def _since(since: Comparison) -> dict[str, Any]:
    """What is better or worse than in the baseline."""
    return {
        "url": since.url,
        "worse": since.worse,
        "better": since.better,
        "level": _turned(since.level),
        "constraints": {each.name: _turned(each) for each in since.constraints},
        "findings": [
            {
                **each._asdict(),
                "appeared": list(each.appeared),
                "vanished": list(each.vanished),
            }
            for each in since.findings
        ],
    }


def _turned(turned: Turned) -> dict[str, Any]:
    return {"before": turned.before, "now": turned.now, "turn": turned.turn}


def bounds(report: Report) -> dict[str, int]:
    """The levels between which the level is, where it cannot be told."""
    return {"at_least": report.at_least, "at_most": report.at_most} if report.level is None else {}


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id(),
        "severity": finding.severity,
        **_bearing(finding.bearing),
        "subject": finding.subject,
        "summary": finding.line,
        "explanation": finding.explanation,
        "remedy": finding.remedy,
        "evidence": [each.to_dict() for each in finding.evidence],
        "reference": finding.reference.url,
    }


def _bearing(bearing: Bearing) -> dict[str, Any]:
    return {"level" if isinstance(bearing, int) else "constraint": bearing}


def _untested(left: Untested) -> dict[str, Any]:
    return {**_bearing(left.bearing), "what": left.what, "why": left.why, "how": left.how}


def _next(step: Finding | Untested | None) -> dict[str, Any] | None:
    """The finding to fix, by its id and subject, or what to have tested; `how` says what to do."""
    if step is None:
        return None
    if isinstance(step, Finding):
        where = {"finding": step.id(), "subject": step.subject}
        return {**_bearing(step.bearing), **where, "what": step.line, "how": step.remedy}
    return {**_bearing(step.bearing), "what": step.what, "how": step.how}
