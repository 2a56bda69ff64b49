"""The report as SARIF 2.1.0, for code hosts and editors that show results of analyses.

A kind of finding is a rule, a finding is a result. Sections are those of the OASIS standard.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from importlib.metadata import version
from typing import Any

import orjson

from ..counting import general
from ..differences import Comparison, Gone, address
from ..exchanges import Exchange
from ..findings import Bearing, Finding, Severity, Untested
from ..ladder import Report
from .document import bounds
from .outline import Group, grouped
from .texts import encodable, uri
from .transcript import headline, phrase

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS: Mapping[Severity, str] = {"bad": "error", "warn": "warning", "info": "note", "good": "none"}


def write(report: Report) -> str:
    """The report as SARIF text."""
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(report)]}
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(encodable(log), default=str, option=options).decode()


def _run(report: Report) -> dict[str, Any]:
    groups = grouped(report.findings)
    indexes = {group.id: index for index, group in enumerate(groups)}
    driver = {
        "name": "restwell",
        "fullName": "Restwell audit",
        "version": version("restwell"),
        "rules": [_rule(group) for group in groups],
    }
    return {
        "tool": {"driver": driver},
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [_notification(each) for each in report.untested],
            }
        ],
        "results": [
            *({**_result(each, indexes[each.id()]), **_state(each, report.since)} for each in report.findings),
            *(_absent(each) for each in (report.since.gone if report.since else ())),
        ],
        "columnKind": "unicodeCodePoints",
        "properties": {
            "url": report.url,
            "level": report.level,
            **bounds(report),
            "verdict": report.verdict,
            "scores": {str(rung.level): rung.score for rung in report.rungs},
            "constraints": {each.constraint: each.state for each in report.constraints},
            "coverage": dict(report.coverage),
        },
    }


def _rule(group: Group) -> dict[str, Any]:
    kind = group.first
    remedy = f"\n\n{group.remedy}" if group.remedy else ""
    return {
        "id": group.id,
        "name": type(kind).__name__,
        "shortDescription": {"text": _message(_title(kind))},
        "fullDescription": {"text": _message(kind.explanation)},
        "help": {"text": _message(f"{kind.explanation}{remedy}\n\n{kind.reference.title}: {kind.reference.url}")},
        "helpUri": uri(kind.reference.url),
        "defaultConfiguration": {"level": LEVELS[kind.severity]},
        "properties": {"tags": ["REST", _tag(kind.bearing)], "severity": kind.severity},
    }


def _title(kind: Finding) -> str:
    """A summary without the details of an instance; of a note of httplint, what it notes."""
    return str(kind.details["note"]) if "note" in kind.details else general(kind.summary)


def _result(finding: Finding, index: int) -> dict[str, Any]:
    """A finding as a result: a good one passes and has no level (section 3.27.10), others fail with a level."""
    shown = finding.evidence[0] if finding.evidence else None
    return {
        "ruleId": finding.id(),
        "ruleIndex": index,
        "kind": "pass" if finding.severity == "good" else "fail",
        "level": LEVELS[finding.severity],
        "message": {"text": _message(finding.line)},
        "locations": [_location(finding.subject)],
        "partialFingerprints": {"findingAndSubject/v1": _fingerprint(finding)},
        **(_exchange(shown) if shown else {}),
        "properties": {
            "severity": finding.severity,
            **_bearing(finding.bearing),
            "remedy": finding.remedy,
            "exchanges": [headline(each) for each in finding.evidence],
        },
    }


def _state(finding: Finding, since: Comparison | None) -> dict[str, str]:
    """How a result is compared with the baseline (section 3.27.24); nothing without one."""
    return {} if since is None else {"baselineState": since.states[finding.id(), address(finding.subject)]}


def _absent(gone: Gone) -> dict[str, Any]:
    """A result of the baseline that is not there any more."""
    return {
        "ruleId": gone.id,
        "kind": "pass" if gone.severity == "good" else "fail",
        "level": LEVELS[gone.severity],
        "message": {"text": _message(gone.summary)},
        "locations": [_location(gone.subject)],
        "partialFingerprints": {"findingAndSubject/v1": _fingerprint_of(gone.id, gone.subject)},
        "baselineState": "absent",
    }


def _location(subject: str) -> dict[str, Any]:
    """The location of a finding: the URL is the artifact. Many readers need a line, so line 1 is given."""
    return {
        "physicalLocation": {"artifactLocation": {"uri": uri(subject)}, "region": {"startLine": 1}},
        "logicalLocations": [{"fullyQualifiedName": subject, "kind": "resource"}],
    }


def _exchange(exchange: Exchange) -> dict[str, Any]:
    """An exchange as a web request and a web response (sections 3.46 and 3.47)."""
    shown = exchange.to_dict()
    request: dict[str, Any] = {
        "method": exchange.method,
        "target": exchange.url,
        "headers": _headers(shown["request"]["headers"]),
    }
    response: dict[str, Any] = {"noResponseReceived": True}
    if exchange.status:
        response = {
            "statusCode": exchange.status,
            "reasonPhrase": phrase(exchange.status),
            "headers": _headers(shown["response"]["headers"]),
        }
    for message, content in [(request, shown["request"]["body"]), (response, shown["response"]["body"])]:
        if content:
            message["body"] = {"text": content}
    return {"webRequest": request, "webResponse": response}


def _headers(headers: list[list[str]]) -> dict[str, str]:
    """Fields by name; repeated ones are joined (RFC 9110, section 5.2)."""
    joined: dict[str, str] = {}
    for name, value in headers:
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined


def _notification(left: Untested) -> dict[str, Any]:
    """What was not tested, as a notification of the run instead of a result."""
    return {
        "level": "note",
        "message": {"text": _message(f"Not tested: {left.what}. {left.why} {left.how}")},
        "properties": _bearing(left.bearing),
    }


def _bearing(bearing: Bearing) -> dict[str, Any]:
    return {"maturityLevel" if isinstance(bearing, int) else "constraint": bearing}


def _tag(bearing: Bearing) -> str:
    return f"level-{bearing}" if isinstance(bearing, int) else bearing


def _fingerprint(finding: Finding) -> str:
    """A fingerprint that is the same in every run for the same kind of finding and URL."""
    return _fingerprint_of(finding.id(), finding.subject)


def _fingerprint_of(name: str, subject: str) -> str:
    return sha256(f"{name} {subject}".encode("utf-8", "replace")).hexdigest()


def _message(text: str) -> str:
    """A text without placeholders and links: braces are doubled (section 3.11.5), `](` is separated (3.11.6)."""
    return text.replace("{", "{{").replace("}", "}}").replace("](", "] (")
