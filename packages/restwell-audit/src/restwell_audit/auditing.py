"""The audit: explores an API, runs the checks and concludes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Literal
from urllib.parse import urljoin, urlsplit

from . import (  # their checks register themselves
    caching,
    deadlinks,
    hypermedia,
    layers,
    linting,
    methods,
    operations,
    overlooked,
    removing,
    resources,
    statelessness,
    statuses,
    tunnels,
    uniformity,
    validators,
    writing,
)
from .checks import CHECKS, Case, Check, run_checks
from .disclosure import Disclosure, errors_without_secrets
from .exchanges import Exchange
from .exploring import Explorer
from .findings import Finding, Untested
from .ladder import Report, conclude
from .probe import Probe
from .reading.targets import at_home, resolve
from .redaction import Redaction
from .remedies import fitting
from .robots import EXCLUDING
from .secret_names import is_secret_name
from .survey import Survey
from .trust import NOT_TRUSTED, OPTIONS, Trust
from .tunnels import NAMED_SO, protocol_of

MAX_REQUESTS = 500
KEEP: Final = "keep"
Write = bool | Literal["keep"]
"""Whether an audit may create, change and remove resources of its own, and whether some may be left behind."""
EXPLORING_SHARE = 0.5
"""The share of the budget that exploring may use; the rest is for the checks."""
UNREACHED = ("The connection was refused", "The name ", "TLS failed")
"""How errors begin where there is no server to talk to, or none that talks as the URL says."""
FAILED = frozenset([500, 502, 503, 504])
"""Status codes by which a server says that it failed, or that the one behind it did."""
WANTS_TLS = re.compile(r"HTTP request (?:was sent )?to (?:an )?HTTPS|plain HTTP to an SSL-enabled server")
"""What servers say with 400 to a request without TLS at a port for https: nginx, servers in Go, Apache."""
NOT_HTTP = ("The server did not send a valid HTTP", "The connection was closed without")
IS_IT_HTTP = (
    "Is this the URL of an HTTP server, with the right scheme? Where robots.txt alone fails, and for a server of "
    "your own, use --ignore-robots."
)
MAX_NAMED = 50
"""URLs that were not followed because they may act, which a report names."""
MODULES = (
    tunnels, resources, methods, statuses, validators, hypermedia, deadlinks, operations, statelessness, caching,
    layers, uniformity, writing, overlooked, linting,
)  # fmt: skip
"""The modules in the order in which their checks run: level by level, then the check that writes, then httplint."""
POSITIONS = {module.__name__: position for position, module in enumerate(MODULES)}


def position_of(each: Check) -> float:
    """The position of a check in the order: that of its module; `read_again` comes just before writing."""
    return POSITIONS[writing.__name__] - 0.5 if each.run is methods.read_again else POSITIONS[each.run.__module__]


class Unreadable(Exception):
    """There is nothing to judge at the URL; the message says why."""


def audit(  # noqa: PLR0913 -- each is a permission or a limit, given by name
    target: Any,
    *more: str,
    openapi: str | None = None,
    headers: Mapping[str, str] | None = None,
    write: Write = False,
    ignore_robots: bool = False,
    cacert: str = "",
    insecure: bool = False,
    max_requests: int = MAX_REQUESTS,
    per_second: float | None = None,
    progress: Callable[[int, str], None] = lambda _, __: None,
) -> Report:
    """A report on how RESTful an API is, with the exchanges as evidence.

    `target` is the URL to start from, or a WSGI or ASGI application; `more` are further URLs of the same API, or, for
    an application, where to start instead of `/`. `openapi` is the URL of the OpenAPI document, where none is linked.
    `headers`, such as a credential, are sent with every request, and their values are never shown. With `write`
    resources are created, changed and removed where they can be removed, with "keep" also where they may stay behind;
    else the audit only reads. For servers of one's own: `ignore_robots` does not ask for robots.txt, `cacert` is a
    file of certificates in PEM that are trusted instead of the system's, and `insecure` trusts any. At most
    `max_requests` are sent, at most `per_second` a second; None is 50, and without pauses where the server is on this
    machine. `progress` is called with the number of requests and what is being tested. Raises Unreadable where there
    is nothing to judge, ValueError for a target that is not an http or https URL, for another `write` and for a
    `cacert` that has no certificate.
    """
    __tracebackhide__ = True  # pytest shows the arguments of a function in a traceback, and `headers` are secret
    if write not in {True, False, KEEP}:
        raise ValueError(f'write is True, False or "{KEEP}", not {write!r}.')
    trust = Trust(cacert, insecure)
    trust.context()  # so that a wrong file is an error here
    urls = [each for each in (target, *more, openapi) if isinstance(each, str)]
    redaction = Redaction(headers, urls)
    try:
        probe = Probe(
            target,
            headers=headers or {},
            max_requests=max_requests,
            per_second=per_second,
            writing=bool(write),
            respect_robots=not ignore_robots,
            trust=trust,
        )
    except ValueError as error:
        raise ValueError(redaction.text(str(error))) from None
    with probe, errors_without_secrets(redaction):
        further = [at_home(probe.url, urljoin(probe.url, each)) for each in more]
        starts = further or [probe.url] if probe.in_process else [probe.url, *further]

        def report_progress(looking_at: str) -> None:
            progress(len(probe.exchanges), redaction.text(looking_at))

        survey = Explorer(
            probe,
            starts,
            openapi=openapi and at_home(probe.url, openapi),
            max_requests=int(max_requests * EXPLORING_SHARE),
            visiting=report_progress,
        ).explore()
        if why := why_unreadable(survey, probe) or why_undescribed(survey, probe, openapi):
            raise Unreadable(redaction.text(why))
        shown = Disclosure(redaction)
        case = Case(survey, probe, bool(write), write == KEEP)
        findings, untested = check_all(case, report_progress)
        return conclude(
            redaction.text(starts[0]),
            [shown.finding(each) for each in fitting(findings, case)],
            [shown.untested(each) for each in untested],
            redaction.data(coverage_of(survey, probe) | {"left_behind": left_behind(findings)}),
        )


def why_unreadable(survey: Survey, probe: Probe) -> str:
    """The reason why there is nothing to judge; "" where there is something."""
    answers = [each.exchange for each in survey.entries() if each.exchange is not None and each.exchange.status]
    if not answers:
        errors = [each.error for each in probe.exchanges if each.error]  # the one for robots.txt among them
        return why_nothing_was_sent(survey, probe, errors)
    if survey.resources() or any(protocol_of(each) for each in survey.entries()):
        return ""
    last = redirected(answers)
    why = why_failed(last, survey) or why_refused(last, probe)
    return why if last is answers[0] or not why else f"It redirects to {last.url}, which{why.removeprefix('It')}"


def redirected(answers: Iterable[Exchange]) -> Exchange:
    """The first response, or that to which it redirects where this was requested."""
    last, *others = answers
    by_url = {each.url: each for each in others}
    while 300 <= last.status < 400 and (target := by_url.pop(resolve(last.url, last.header("location") or ""), None)):
        last = target
    return last


def why_failed(exchange: Exchange, survey: Survey) -> str:
    """That the server failed, where nothing else is known of it; a procedure call may fail because it is read."""
    if exchange.status == 400 and WANTS_TLS.search(exchange.text):
        return "It answers 400, since it expects TLS: give the https URL."
    if exchange.status not in FAILED or survey.descriptions or NAMED_SO.search(urlsplit(exchange.url).path):
        return ""
    return (
        f"It answers {exchange.status}: the server failed. Audit it once this URL can be read, or name another URL."
    )


def why_undescribed(survey: Survey, probe: Probe, openapi: str | None) -> str:
    """The reason why the description that was named is not used; "" where it is, or none was named."""
    if openapi is None or survey.descriptions:
        return ""
    answers = [each for each in probe.exchanges if each.url == openapi and each.method == "GET"]
    if not answers and not openapi.startswith(f"{probe.origin}/"):
        return f"The description {openapi} was not requested: it has to be on {probe.origin}."
    if not answers:
        return f"The description {openapi} was not requested: allow more requests with --max-requests."
    last = answers[-1]
    said = last.error or f"it answers {last.status}, {last.media_type or 'without a media type'}."
    return f"{openapi} is not an OpenAPI document: {said}"


def why_nothing_was_sent(survey: Survey, probe: Probe, errors: list[str]) -> str:
    """The reason why there is no response, and what helps."""
    if errors and errors[0].startswith(NOT_TRUSTED):
        return f"{errors[0]} {OPTIONS}"
    if errors and errors[0].startswith(UNREACHED):
        return errors[0] + (" Is it an http URL?" if errors[0].startswith("TLS") else "")
    if errors and errors[0].startswith("The connection was reset") and survey.starts[0].startswith("http:"):
        return f"{errors[0]} Is it an https URL?"
    if errors and errors[0].startswith(NOT_HTTP):
        return f"{errors[0]} {IS_IT_HTTP}"
    if any(map(probe.excludes, survey.starts)):
        said = probe.robots.removesuffix(EXCLUDING)
        why = said if said != probe.robots else "excludes this URL"
        return f"Its robots.txt {why}, so that nothing was requested: for a server of your own, use --ignore-robots."
    return errors[0] if errors else "No request could be sent: allow more with --max-requests."


def why_refused(exchange: Exchange, probe: Probe) -> str:
    """The reason why a response to the first request is no start; "" where it can be judged."""
    location = exchange.header("location")
    if 300 <= exchange.status < 400 and location:
        elsewhere = not resolve(exchange.url, location).startswith(f"{probe.origin}/")
        return f"It redirects to {location}, which is another origin: audit that URL instead." if elsewhere else ""
    given = [name.lower() for name in probe.headers]
    reasons = {
        404: "It answers 404: is this the API's URL?",
        410: "It answers 410: is this the API's URL?",
        406: "It answers 406, not acceptable: name a media type that it has with --header 'Accept: ...'.",
        429: "It answers 429, too many requests: retry later, or more slowly with --rate.",
    } | {status: f"It answers {status}: give a credential with --header." for status in (401, 403)}
    if "accept" in given:
        reasons[406] = "It answers 406: it does not have the media type that --header 'Accept: ...' asks for."
    if any(map(is_secret_name, given)):
        reasons[401] = "It answers 401 to the credential that was given, which is wrong, incomplete or has expired."
        reasons[403] = "It answers 403: the credential that was given is wrong, or does not permit to read this URL."
    return reasons.get(exchange.status, "")


def check_all(case: Case, progress: Callable[[str], None]) -> tuple[list[Finding], list[Untested]]:
    """The results of all checks, in the order of `MODULES`."""
    findings: list[Finding] = []
    untested: list[Untested] = []
    for each in sorted(CHECKS, key=position_of):
        progress(each.what)
        for result in run_checks(case, [each]):
            (untested if isinstance(result, Untested) else findings).append(result)  # type: ignore[arg-type]  # the one or the other
    return findings, untested


def left_behind(findings: Iterable[Finding]) -> list[str]:
    """The URLs of what the audit created and did not remove."""
    kinds = (removing.CouldNotRemove, removing.RemovedIsStillThere)
    return list(dict.fromkeys(each.subject for each in findings if isinstance(each, kinds)))


def judged_as(survey: Survey) -> str:
    """The media type of the entry point that is judged; "" where it gave none."""
    listed = next((each.listed for each in survey.entries() if each.listed), None)
    judged = survey.choice.exchange if survey.choice else listed
    return judged.media_type if judged else ""


def coverage_of(survey: Survey, probe: Probe) -> dict[str, Any]:
    """What the audit covered, in numbers."""
    found = survey.found.values()
    return {
        "requests": len(probe.exchanges),
        "seconds": round(sum(each.seconds for each in probe.exchanges), 2),
        "resources": len(survey.resources()),
        "collections": len(survey.collections()),
        "items": len(survey.items()),
        "by": {how: sum(1 for each in found if each.how == how) for how in ("start", "link", "described", "guessed")},
        "dead_links": len(survey.dead()),
        "descriptions": len(survey.descriptions),
        "formats": sorted(
            {each.exchange.media_type for each in found if each.exchange is not None and each.exchange.media_type}
        ),
        "judged_as": judged_as(survey),
        "offered_by_accept": survey.choice.offered(probe.exchanges) if survey.choice else [],
        "robots": probe.robots,
        "left_out": dict(survey.left_out),
        "not_followed": list(dict.fromkeys([*survey.acting, *survey.described_actions]))[:MAX_NAMED],
    }
