"""The report as JUnit XML, for CI servers.

Each level and each constraint is a suite, and each kind of finding a case. A bad finding is a failure, what was not
tested is skipped, and all others pass, with warnings in `system-out`.
There is no standard. The elements and their order are those that the xUnit plug-in of Jenkins accepts (junit-10.xsd).
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ..differences import Comparison
from ..findings import Finding, Untested
from ..ladder import Report
from .outline import Group, Section, differences, level_of, name, sections
from .texts import one_line, visible
from .transcript import transcript

MAX_EXCHANGES = 3
"""Exchanges that are shown for a bad finding or a warning; the JSON report has all."""


def write(report: Report) -> str:
    """The report as XML text."""
    root = Element("testsuites", name=one_line(f"restwell audit {report.url}"))
    for section in sections(report):
        root.append(_suite(section, report))
    if report.since is not None:
        root.append(_since(report.since))
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    root.set("time", _seconds(report.findings))
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _suite(section: Section, report: Report) -> Element:
    cases = [
        *(_case(section, group) for group in section.groups),
        *(_skipped(section, left) for left in section.untested),
    ]
    suite = Element(
        "testsuite",
        name=f"{section.name}: {section.title}",
        tests=str(len(cases)),
        failures=str(sum(case.find("failure") is not None for case in cases)),
        errors="0",
        skipped=str(sum(case.find("skipped") is not None for case in cases)),
        time=_seconds(finding for group in section.groups for finding in group.findings),
    )
    properties = SubElement(suite, "properties")
    values = {
        "url": report.url,
        "verdict": report.verdict,
        "state": section.state,
        "why": section.why,
    }
    if report.level is None:
        values["level"] = level_of(report)
    for key, value in values.items():
        SubElement(properties, "property", name=key, value=one_line(value))
    suite.extend(cases)
    return suite


def _case(section: Section, group: Group) -> Element:
    case = Element("testcase", name=group.id, classname=_class(section), time=_seconds(group.findings))
    if group.severity == "bad":
        failure = SubElement(case, "failure", message=one_line(group.first.line), type=group.id)
        failure.text = _text(group)
    else:
        SubElement(case, "system-out").text = _text(group)
    return case


def _since(since: Comparison) -> Element:
    """The suite of what differs from the baseline: what got worse has failed."""
    lines = differences(since)
    failures = sum(each.turn == "worse" for each in lines)
    suite = Element(
        "testsuite", name="Baseline: what is better or worse", tests=str(len(lines)), failures=str(failures),
        errors="0", skipped="0", time="0.000",
    )  # fmt: skip
    properties = SubElement(suite, "properties")
    for key, value in (("url", since.url), ("state", since.verdict)):
        SubElement(properties, "property", name=key, value=one_line(value))
    for line in lines:
        name = one_line(line.kind or line.text.partition(":")[0])
        case = SubElement(suite, "testcase", name=name, classname="restwell.baseline", time="0.000")
        if line.turn == "worse":
            SubElement(case, "failure", message=one_line(line.text), type="worse").text = visible(line.text)
        else:
            SubElement(case, "system-out").text = visible(f"{line.turn}: {line.text}")
    return suite


def _skipped(section: Section, left: Untested) -> Element:
    case = Element("testcase", name=one_line(left.what), classname=_class(section), time="0.000")
    SubElement(case, "skipped", message=one_line(f"{left.why} {left.how}"))
    return case


def _class(section: Section) -> str:
    """The class name of a case, which CI servers split at its full stops."""
    return f"restwell.{name(section.bearing).lower().replace(' ', '-')}"


def _seconds(findings: Iterable[Finding]) -> str:
    """The duration of the exchanges of findings."""
    exchanges = {each.number: each.seconds for finding in findings for each in finding.evidence}
    return f"{sum(exchanges.values()):.3f}"


def _text(group: Group) -> str:
    """A kind of finding as plain text."""
    kind = group.first
    lines = [
        *(one_line(f"{finding.severity}: {finding.line}") for finding in group.findings),
        "",
        kind.explanation,
        *([group.remedy] if group.remedy else []),
        f"{kind.reference.title}: {kind.reference.url}",
    ]
    if group.severity in {"bad", "warn"}:
        for exchange in group.evidence[:MAX_EXCHANGES]:
            lines += ["", *transcript(exchange)]
    return visible("\n".join(lines))
