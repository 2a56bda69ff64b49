"""The audit: explores an API, runs the checks and concludes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Literal
from urllib.parse import urljoin

from . import (  # their checks register themselves
    caching,
    hypermedia,
    layers,
    linting,
    methods,
    operations,
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
from .findings import Finding, Untested
from .ladder import Report, conclude
from .probe import Probe
from .reading.targets import resolve
from .redaction import Redaction
from .secret_names import is_secret_name
from .survey import Explorer, Survey
from .tunnels import protocol_of

MAX_REQUESTS = 500
KEEP: Final = "keep"
Write = bool | Literal["keep"]
"""Whether an audit may create, change and remove resources of its own, and whether some may be left behind."""
EXPLORING_SHARE = 0.5
"""The share of the budget that exploring may use; the rest is for the checks."""
MAX_NAMED = 50
"""URLs that were not followed because they may act, which a report names."""
MODULES = (
    tunnels, resources, methods, statuses, validators, hypermedia, operations, statelessness, caching, layers,
    uniformity, writing, linting,
)  # fmt: skip
"""The modules in the order in which their checks run: level by level, then the check that writes, then httplint."""
POSITIONS = {module.__name__: position for position, module in enumerate(MODULES)}


def position_of(each: Check) -> float:
    """The position of a check in the order: that of its module; `read_again` comes just before writing."""
    return POSITIONS[writing.__name__] - 0.5 if each.run is methods.read_again else POSITIONS[each.run.__module__]


class Unreadable(Exception):
    """There is nothing to judge at the URL; the message says why."""


def audit(
    target: Any,
    *more: str,
    openapi: str | None = None,
    headers: Mapping[str, str] | None = None,
    write: Write = False,
    max_requests: int = MAX_REQUESTS,
    per_second: float = 50.0,
    progress: Callable[[int, str], None] = lambda _, __: None,
) -> Report:
    """A report on how RESTful an API is, with the exchanges as evidence.

    `target` is the URL to start from, or a WSGI or ASGI application; `more` are further URLs of the same API, or, for
    an application, where to start instead of `/`. `openapi` is the URL of the OpenAPI document, where none is linked.
    `headers`, such as a credential, are sent with every request, and their values are never shown. With `write`
    resources are created, changed and removed where they can be removed, with "keep" also where they may stay behind;
    else the audit only reads. At most `max_requests` are sent, at most
    `per_second` a second. `progress` is called with the number of requests and what is being tested. Raises
    Unreadable where there is nothing to judge, ValueError for a target that is not an http or https URL, and for
    another `write`.
    """
    __tracebackhide__ = True  # pytest shows the arguments of a function in a traceback, and `headers` are secret
    if write not in {True, False, KEEP}:
        raise ValueError(f'write is True, False or "{KEEP}", not {write!r}.')
    urls = [each for each in (target, *more, openapi) if isinstance(each, str)]
    redaction = Redaction(headers, urls)
    try:
        probe = Probe(
            target, headers=headers or {}, max_requests=max_requests, per_second=per_second, writing=bool(write)
        )
    except ValueError as error:
        raise ValueError(redaction.text(str(error))) from None
    with probe, errors_without_secrets(redaction):
        further = [urljoin(probe.url, each) for each in more]
        starts = further or [probe.url] if probe.in_process else [probe.url, *further]

        def report_progress(looking_at: str) -> None:
            progress(len(probe.exchanges), redaction.text(looking_at))

        survey = Explorer(
            probe, starts, openapi=openapi, max_requests=int(max_requests * EXPLORING_SHARE), visiting=report_progress
        ).explore()
        if why := why_unreadable(survey, probe):
            raise Unreadable(redaction.text(why))
        shown = Disclosure(redaction)
        findings, untested = check_all(Case(survey, probe, bool(write), write == KEEP), report_progress)
        return conclude(
            redaction.text(starts[0]),
            [shown.finding(each) for each in findings],
            [shown.untested(each) for each in untested],
            redaction.data(coverage_of(survey, probe) | {"left_behind": left_behind(findings)}),
        )


def why_unreadable(survey: Survey, probe: Probe) -> str:
    """The reason why there is nothing to judge; "" where there is something."""
    answers = [each.exchange for each in survey.entries() if each.exchange is not None and each.exchange.status]
    if not answers:
        errors = [each.error for each in probe.exchanges if each.error]  # the one for robots.txt among them
        return errors[0] if errors else "No request could be sent: check its robots.txt and --max-requests."
    if survey.resources() or any(protocol_of(each) for each in survey.entries()):
        return ""
    return why_refused(answers[0], probe)


def why_refused(exchange: Exchange, probe: Probe) -> str:
    """The reason why a response to the first request is no start; "" where it can be judged."""
    location = exchange.header("location")
    if 300 <= exchange.status < 400 and location:
        elsewhere = not resolve(exchange.url, location).startswith(f"{probe.origin}/")
        return f"It redirects to {location}, which is another origin: audit that URL instead." if elsewhere else ""
    given = [name.lower() for name in probe.headers]
    reasons = {
        404: "It answers 404: is this the API's URL?",
        406: "It answers 406, not acceptable: name a media type that it has with --header 'Accept: ...'.",
        429: "It answers 429, too many requests: retry later, or more slowly with --rate.",
    } | {status: f"It answers {status}: give a credential with --header." for status in (401, 403)}
    if "accept" in given:
        reasons[406] = "It answers 406: it does not have the media type that --header 'Accept: ...' asks for."
    if any(map(is_secret_name, given)):
        reasons[401] = "It answers 401 to the credential that was given, which is wrong, incomplete or has expired."
        reasons[403] = "It answers 403: the credential that was given does not permit to read this URL."
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
        "left_out": dict(survey.left_out),
        "not_followed": list(dict.fromkeys([*survey.acting, *survey.described_actions]))[:MAX_NAMED],
    }
