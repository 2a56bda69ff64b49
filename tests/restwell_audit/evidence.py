"""What in the evidence shows each kind of finding to fix: a status, a field, a difference between two responses.

`test_catalogue.py` asks this of every such finding in every report that its cases give. A kind that is missing here
fails there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from urllib.parse import urlsplit

from restwell_audit.exchanges import Exchange
from restwell_audit.findings import Finding
from restwell_audit.found import Found
from restwell_audit.hypermedia import defined_links
from restwell_audit.reading import describe, read

Shown = Callable[[Finding], bool]
"""Whether the evidence of a finding shows it."""
OneOf = Callable[[Finding, Exchange], bool]


def one(holds: OneOf) -> Shown:
    """Whether one exchange shows it."""
    return lambda finding: any(holds(finding, each) for each in finding.evidence)


def two(hold: Callable[[Exchange, Exchange], bool]) -> Shown:
    """Whether two responses of the URL at which it was found show it, by what differs between them."""
    return lambda finding: any(
        hold(first, second)
        for first, second in combinations([each for each in finding.evidence if each.url == finding.subject], 2)
    )


def both(*all_of: Shown) -> Shown:
    return lambda finding: all(each(finding) for each in all_of)


def either(*any_of: Shown) -> Shown:
    return lambda finding: any(each(finding) for each in any_of)


def at(finding: Finding, exchange: Exchange) -> bool:
    return exchange.url == finding.subject


def sends(exchange: Exchange, name: str, value: str = "") -> bool:
    """Whether a request has a field, with this value."""
    return any(key.lower() == name and value in text for key, text in exchange.sent)


def allows(exchange: Exchange, method: str) -> bool:
    return method in (exchange.header("allow") or "")


def failed(method: str) -> Shown:
    """A request with this method that the server fails to answer, with the status that the summary has."""
    return one(lambda f, e: (e.method, e.status) == (method, f.details["status"]) and at(f, e) and e.status >= 500)


def taken(*methods: str) -> Shown:
    return one(lambda f, e: e.method in methods and at(f, e) and e.succeeded)


def paths(finding: Finding, name: str) -> Iterator[str]:
    """The paths in a detail of a finding."""
    return iter(str(finding.details[name]).split(", "))


def named(exchange: Exchange, path: str) -> bool:
    """Whether an exchange is that of a path, or has it: in a link, an operation, or a description."""
    described = describe(exchange)
    if described is not None and any(each.path == path for each in described.operations):
        return True
    return urlsplit(exchange.url).path == path or path.partition("{")[0] in exchange.text


def names_every(detail: str) -> Shown:
    return lambda f: all(any(named(each, path) for each in f.evidence) for path in paths(f, detail))


NO_GET = one(lambda f, e: (e.method, at(f, e)) == ("GET", True) and not e.succeeded)
"""GET is refused."""
ONE_URI = either(
    one(lambda _, e: allows(e, "POST") and not allows(e, "GET")),
    one(lambda _, e: e.status == 501),
    one(lambda _, e: "jsonrpc" in e.text or "soap" in e.text.lower() or "graphql" in e.text.lower()),
    one(lambda _, e: "methodresponse" in e.text.lower() or "rpc" in e.text.lower()),
    one(lambda _, e: e.method == "OPTIONS" and e.status == 404),
    one(lambda _, e: (described := describe(e)) is not None and len({o.path for o in described.operations}) == 1),
)
"""What proves that there is one URI."""
CHANGING = ("POST", "PUT", "PATCH", "DELETE")


def says_methods(finding: Finding) -> bool:
    """Whether Allow, a description or the content names every method that a finding does."""
    methods = str(finding.details["methods"]).split(", ")
    return all(
        any(
            allows(each, method)
            or any(operation.method == method for operation in read(each).operations)
            or ((described := describe(each)) and any(o.method == method for o in described.operations))
            for each in finding.evidence
        )
        for method in methods
    )


def differs(first: Exchange, second: Exchange) -> bool:
    return (first.status, first.media_type, first.body) != (second.status, second.media_type, second.body)


def varies(first: Exchange) -> bool:
    return "accept" in (first.header("vary") or "").lower() or first.header("vary") == "*"


WRITTEN = one(lambda f, e: at(f, e) and e.media_type in str(f.details["urls"]) and "/" in e.text)
"""A representation of the media type that is named, with a URL in it."""
EVIDENCE: Mapping[str, Shown] = {
    # level 1
    "Tunnel": ONE_URI,
    "OneDescribedUri": ONE_URI,
    "OneList": both(
        one(lambda f, e: e.method == "OPTIONS" and at(f, e) and allows(e, "POST")),
        one(lambda f, e: e.url != f.subject and e.status == 404),
    ),
    "OneResource": both(one(lambda _, e: e.method == "GET" and e.succeeded), ONE_URI),
    "NoResources": both(NO_GET, ONE_URI),
    # level 2
    "PathsAreActions": names_every("actions"),
    "ActionInQuery": one(lambda f, e: f"{f.details['parameter']}=" in e.url.lower() and at(f, e)),
    "GetThatChanges": one(lambda f, e: named(e, str(f.details["path"]))),
    "ReadingChanged": two(lambda a, b: a.status != b.status or a.body != b.body),
    "EverythingIsPosted": both(names_every("paths"), either(
        one(lambda _, e: allows(e, "POST") and not any(allows(e, each) for each in CHANGING[1:])),
        one(lambda _, e: (d := describe(e)) is not None and {o.method for o in d.operations} <= {"GET", "POST"}),
    )),
    "NothingToGet": either(NO_GET, one(lambda _, e: (d := describe(e)) is not None and all(
        o.method != "GET" for o in d.operations))),
    "ErrorAsSuccess": one(lambda f, e: at(f, e) and e.succeeded and e.status == f.details["status"]),
    "MissingBreaks": failed("GET"),
    "CreatingBreaks": failed("POST"),
    "ReplacingBreaks": failed("PUT"),
    "BadContentBreaks": failed("POST"),
    "RemovingTwiceBreaks": failed("DELETE"),
    "BadContentIsTaken": taken("POST"),
    "ConditionIsIgnored": one(lambda f, e: at(f, e) and e.succeeded and sends(e, "if-match", "no-such-state")),
    "PutIsNotIdempotent": both(
        lambda f: len([e for e in f.evidence if e.method == "PUT" and e.succeeded and at(f, e)]) == 2,
        lambda f: len({e.body for e in f.evidence if e.method == "GET" and e.succeeded and at(f, e)}) == 2,
    ),
    "RemovedIsStillThere": both(
        taken("DELETE"), one(lambda f, e: e.method == "GET" and at(f, e) and e.succeeded)
    ),
    "RemovedMore": both(
        taken("DELETE"),
        one(lambda f, e: e.url == f.details["collection"] and e.succeeded),
        lambda f: all(any(e.url == url and e.status in {404, 410} for e in f.evidence) for url in paths(f, "names")),
    ),
    # level 3
    "EntryLeadsNowhere": one(lambda f, e: at(f, e) and not (e.succeeded and defined_links(
        Found(e.url, "start", exchange=e, reading=read(e))))),
    "NoLinks": lambda f: len(f.evidence) == min(int(str(f.details["number"])), 5),
    "EntryLinksAreText": WRITTEN,
    "LinksAreText": WRITTEN,
    "LittleIsReached": lambda f: any(named(e, path) for e in f.evidence for path in paths(f, "missing")),
    "ManyLinksAreDead": both(
        one(lambda f, e: at(f, e) and (e.status in {0, 404, 410} or e.status >= 500)),
        one(lambda f, e: e.url == f.details["via"] and e.succeeded),
    ),
    "OperationsOutOfBand": both(one(lambda f, e: e.method == "GET" and at(f, e) and e.succeeded), says_methods),
    "OperationsNowhere": both(one(lambda f, e: e.method == "GET" and at(f, e) and e.succeeded), says_methods),
    # constraints
    "DependsOnTheOrder": two(differs),
    "SessionCookie": one(lambda f, e: at(f, e) and e.header("set-cookie") is not None),
    "ClientsAreToldApart": two(lambda a, b: (a.status, a.media_type) != (b.status, b.media_type)),
    "NothingToKeep": NO_GET,
    "CachingIsNotStated": one(lambda f, e: at(f, e) and not e.header("cache-control") and not e.header("expires")),
    "ValidatorIsIgnored": one(lambda f, e: at(f, e) and e.status == f.details["status"] != 304 and (
        sends(e, "if-none-match") or sends(e, "if-modified-since"))),
    "EveryTagMatches": one(lambda f, e: at(f, e) and e.status == 304 and sends(e, "if-none-match", "no-such-tag")),
    "TagChangesByItself": two(lambda a, b: a.body == b.body and a.header("etag") != b.header("etag")),
    "VaryLacksAccept": two(lambda a, b: a.media_type != b.media_type and not (varies(a) and varies(b))),
    "DiffersThroughIntermediary": two(lambda a, b: a.intermediary != b.intermediary and differs(a, b)),
    "InnerAddressLeaks": one(lambda f, e: e.intermediary and at(f, e) and (
        urlsplit(str(f.details["address"])).netloc in e.text + str(e.headers))),
    "NoMediaType": one(lambda f, e: at(f, e) and e.body != b"" and not e.media_type),
    "MediaTypeIsWrong": one(lambda f, e: at(f, e) and e.media_type == f.details["media_type"] and e.body != b""),
    "HypermediaIsMissing": lambda f: bool(f.evidence),  # that of the finding that it repeats, as the test asks
    "NothingIsIdentified": NO_GET,
}  # fmt: skip
"""What shows each kind of finding of severity bad, by its name."""
