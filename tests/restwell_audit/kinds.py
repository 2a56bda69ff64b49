"""Kinds of finding for tests of what is made of findings: several of each severity, on levels and constraints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from restwell_audit.exchanges import Exchange
from restwell_audit.findings import CONSTRAINTS, Constraint, Finding, Untested, fielding, fowler, rfc
from restwell_audit.ladder import Report, conclude

URL = "http://api.example/"
GET = Exchange(
    number=1,
    method="GET",
    url=f"{URL}things/1",
    sent=(("Accept", "application/json"), ("Authorization", "Bearer very-secret")),
    status=200,
    headers=(("Content-Type", "application/json"), ("Cache-Control", "max-age=60")),
    body=b'{"name": "one", "made": "<b>yesterday</b>"}',
    seconds=0.0123,
)
POST = Exchange(
    number=2,
    method="POST",
    url=f"{URL}rpc",
    sent=(("Content-Type", "application/json"),),
    content=b'{"do": "remove", "id": 1}',
    status=200,
    headers=(("Content-Type", "text/plain"),),
    body=b"ok",
    seconds=0.5,
)
SILENCE = Exchange(number=3, method="GET", url=f"{URL}slow", error="no answer within 10 s", seconds=10.0)


class ItemsHaveUrls(Finding):
    severity = "good"
    bearing = 1
    summary = "Every one of {count} members has a URL of its own."
    explanation = "A thing with a URL of its own can be linked to, cached and asked for by itself."
    reference = fowler(1)


class OneUrlForAll(Finding):
    severity = "bad"
    bearing = 1
    summary = "{subject} is the only URL there is."
    explanation = "Where everything has one URL, the URL names a service and no thing."
    remedy = "Give each thing a URL of its own, and link to it."
    reference = fielding("5.2.1.1")


class StatusSaysWhatHappened(Finding):
    severity = "good"
    bearing = 2
    summary = "What is not there is 404."
    explanation = "Whoever reads only the status knows what happened."
    reference = rfc(9110, "15.5.5")


class ErrorsAsSuccess(Finding):
    severity = "bad"
    bearing = 2
    summary = "{subject} says {status} and means an error."
    explanation = "Caches, clients and monitors believe the status code."
    remedy = "Answer with a status code of the class 4xx or 5xx."
    reference = rfc(9110, "15")


class NoAllow(Finding):
    severity = "bad"
    bearing = 2
    summary = "405 without Allow at {subject}."
    explanation = "The origin server MUST generate an Allow header field in a 405 response."
    remedy = "List the methods of the resource in Allow."
    reference = rfc(9110, "15.5.6")


class NoValidator(Finding):
    severity = "warn"
    bearing = 2
    summary = "{subject} has neither ETag nor Last-Modified."
    explanation = "Without a validator a copy cannot be renewed without sending all of it."
    remedy = "Send a strong ETag."
    reference = rfc(9110, "8.8")


class LinksLeadOn(Finding):
    severity = "good"
    bearing = 3
    summary = "{reached} of {all} resources can be reached from the entry point."
    explanation = "A client that knows the entry point needs to know no other URL."
    reference = rfc(8288)


class LinksNowhere(Finding):
    severity = "bad"
    bearing = 3
    summary = "{subject} links nothing."
    explanation = "A client that begins there can go nowhere."
    remedy = "Link every collection."
    reference = rfc(8288)


class ServerNamesItself(Finding):
    severity = "info"
    bearing = 3
    summary = "The server calls itself {name}."
    explanation = "Nothing follows from it."
    remedy = "This is never asked for, since nothing is wrong."
    reference = rfc(9110, "10.2.4")


def _kinds_for(constraint: Constraint) -> tuple[type[Finding], type[Finding]]:
    """A finding that shows a constraint, and one that shows it to be broken."""
    title = constraint.title().replace("-", "")
    shared = {"bearing": constraint, "explanation": f"Why {constraint} matters.", "reference": fielding("5.1")}
    good = type(f"{title}Kept", (Finding,), {**shared, "severity": "good", "summary": f"{constraint} is kept."})
    bad = type(
        f"{title}Broken",
        (Finding,),
        {**shared, "severity": "bad", "summary": f"{constraint} is broken.", "remedy": f"Keep {constraint}."},
    )
    return good, bad


KEPT: dict[Constraint, type[Finding]] = {}
BROKEN: dict[Constraint, type[Finding]] = {}
for _constraint in CONSTRAINTS:
    KEPT[_constraint], BROKEN[_constraint] = _kinds_for(_constraint)

LEVEL_1 = ItemsHaveUrls(URL, GET, count=4)
LEVEL_2 = StatusSaysWhatHappened(URL, GET)
LEVEL_3 = LinksLeadOn(URL, GET, reached=12, all=12)
ALL_KEPT = [KEPT[constraint](URL, GET) for constraint in CONSTRAINTS]
NO_WRITES = Untested(2, "what creates, changes and removes", "Nothing was written.", "Allow it with --write.")
ONE_FOUND = Untested(1, "whether there are more", "No link leads on.", "I found one URI. Name one more.")
NO_PROXY = Untested("layered", "a request through a proxy", "There was no proxy.", "Run it where it may listen.")


def report(
    *findings: Finding, untested: Sequence[Untested] = (), coverage: dict[str, Any] | None = None, url: str = URL
) -> Report:
    return conclude(url, findings, untested, coverage or {"requests": 3})


def mixed() -> Report:
    """A report with something of everything: level 1 reached, level 2 not, a constraint of each state."""
    return report(
        LEVEL_1,
        LEVEL_2,
        LEVEL_3,
        *(ErrorsAsSuccess(f"{URL}rpc/{number}", POST, status=200) for number in range(5)),
        NoAllow(f"{URL}rpc", POST),
        NoValidator(f"{URL}things/1", GET, SILENCE),
        ServerNamesItself(URL, GET, name="nginx"),
        KEPT["uniform-interface"](URL, GET),
        BROKEN["stateless"](URL, GET, POST),
        untested=[NO_WRITES, NO_PROXY],
        coverage={"requests": 3, "resources": 2, "left out": [f"{URL}login"], "stopped": "", "kinds": {"html": 1}},
    )


def untold() -> Report:
    """A report on what has one URI, as far as is known, which can be read and links nothing."""
    return report(LEVEL_2, LinksNowhere(URL, GET), untested=[ONE_FOUND, NO_WRITES])


def restful() -> Report:
    return report(LEVEL_1, LEVEL_2, LEVEL_3, *ALL_KEPT)
