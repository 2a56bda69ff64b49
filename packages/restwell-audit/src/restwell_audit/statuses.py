"""Level 2, status codes: what every HTTP client learns from them about the outcome of a request."""

from __future__ import annotations

from functools import partial

from .checks import Case, Results, check
from .exchanges import Exchange
from .findings import Finding, Untested, rfc
from .reading import read
from .reading.failures import FAILED, TEXTS
from .reading.shapes import mapping, text
from .shells import is_shell

# -- how is a missing resource answered? ----------------------------------------------------------------------


@check(2, "whether a missing resource is answered with 404")
def request_missing_resources(case: Case) -> Results:
    """With a wrong status code every client has to read the content to learn the outcome."""
    answers = [each for each in case.missing() if each.answered]
    shells = [each for each in answers if is_shell(each)]
    lies = [each for each in answers if each.succeeded and each not in shells and is_lie(case, each)]
    broken = [each for each in answers if each.status >= 500 and each.status != 501]  # 501: it has no GET at all
    right = [each for each in answers if each.is_gone]
    hidden = [each for each in answers if each.status in {401, 403}]
    other = [each for each in answers if each not in (*lies, *broken, *right, *hidden, *shells)]
    if lies:
        yield ErrorAsSuccess(lies[0].url, lies[0], status=lies[0].status)
    elif broken:
        yield MissingBreaks(broken[0].url, broken[0], status=broken[0].status)
    elif right:
        yield MissingIsNotFound(right[0].url, right[0])
    elif other:
        yield MissingIsSomethingElse(other[0].url, other[0], status=other[0].status)
    elif shells:
        yield MissingIsShell(shells[0].url, shells[0], status=shells[0].status)
    elif hidden:
        yield Untested(
            2,
            "whether a missing resource is answered with 404",
            "All requests for missing resources were answered with 401 or 403.",
            "Give a credential that may read them with --header.",
        )


def is_lie(case: Case, exchange: Exchange) -> bool:
    """Whether success is said of what does not exist, other than by a page that is at every path."""
    return read(exchange).is_error or not is_start(case, exchange)


def is_start(case: Case, exchange: Exchange) -> bool:
    """Whether the content is that of an entry point that a script fills, which is served at every path.

    Such a page shows what is at the path that it is asked for. A page with links of its own, or data, does not.
    """
    pages = [
        start.exchange
        for start in case.survey.entries()
        if start.exchange is not None
        and start.reading.syntax == "html"
        and exchange.media_type == start.exchange.media_type
        and (b"<script" in exchange.body.lower() or not start.reading.links)
    ]
    for each in pages:
        if not case.noise.same(each, exchange):  # a token in it may be another each time
            case.noise.repeat(each.url, partial(case.ask, "GET", each.url, fresh=True))
    return any(case.noise.same(each, exchange) for each in pages)


@check(2, "whether errors are reported by the status code")
def look_for_error_content(case: Case) -> Results:
    """A 200 response whose content reports an error is a success to every generic client."""
    for found in case.survey.found.values():
        if found.exchange is not None and found.exchange.succeeded and found.reading.is_error:
            yield ErrorAsSuccess(found.url, found.exchange, status=found.exchange.status)
            return
    for found in case.sample()[:1]:
        refusal = case.unknown_method(found)
        if refusal is not None and refusal.succeeded and is_refusal(refusal):
            yield ErrorAsSuccess(found.url, refusal, status=refusal.status)


def is_refusal(exchange: Exchange) -> bool:
    """Whether the content says that the request failed, as `{"status": "error", "message": ...}` does."""
    content = mapping(exchange.data)
    return text(content.get("status")).lower() in FAILED and any(text(content.get(name)) for name in TEXTS)


class MissingIsNotFound(Finding):
    severity = "good"
    bearing = 2
    summary = "A resource that does not exist is answered with 404."
    explanation = "The status code tells every HTTP client that there is no such resource."
    reference = rfc(9110, "15.5.5")


class ErrorAsSuccess(Finding):
    severity = "bad"
    bearing = 2
    summary = "{subject} is answered with {status}, although it does not exist or its content reports an error."
    explanation = (
        "Caches, clients and monitoring take the response for a success: a cache stores the error as the "
        "representation, and each client has to know how this API reports errors in its content."
    )
    remedy = (
        "Answer with the status code that fits, such as 404 for a missing resource and 400 or 422 for invalid "
        "content, and with a problem document (RFC 9457)."
    )
    reference = rfc(9110, "15.5")


class MissingBreaks(Finding):
    severity = "bad"
    bearing = 2
    summary = "GET on {subject}, which does not exist, is answered with {status}."
    explanation = (
        "A 5xx status code says that the server failed. Here the client requested a resource that does not exist, "
        "which is not a failure of the server."
    )
    remedy = "Answer with 404."
    reference = rfc(9110, "15.5.5")


class MissingIsShell(Finding):
    severity = "info"
    bearing = 2
    summary = "{subject}, which does not exist, is answered with {status} and a page that a script fills."
    explanation = (
        "An application that runs in the browser is served at every path that the API does not have. The page is not "
        "of the API, and so this says nothing about how the API answers."
    )
    remedy = "Answer paths below that of the API with 404 where there is nothing."
    reference = rfc(9110, "15.5.5")


class MissingIsSomethingElse(Finding):
    severity = "warn"
    bearing = 2
    summary = "GET on {subject}, which does not exist, is answered with {status} instead of 404."
    explanation = (
        "404 says that there is no resource at this address. Another status code may be correct here, but tells a "
        "client less."
    )
    remedy = "Answer with 404, or with 410 for a resource that was removed permanently."
    reference = rfc(9110, "15.5.5")


# -- negotiation ---------------------------------------------------------------------------------------------


@check(2, "whether Accept is respected")
def request_unavailable_media_type(case: Case) -> Results:
    """406 for a media type that is not available tells the client so; sending another one is permitted."""
    for found in case.sample()[:1]:
        answer = case.once("GET", found.url, Accept="application/x-restwell-nothing")
        if answer is None or not answer.answered:
            continue
        if answer.status == 406:
            yield ImpossibleIsRefused(found.url, answer)
        elif answer.status >= 500:
            yield ImpossibleBreaks(found.url, answer, status=answer.status)
        else:
            yield AcceptIsIgnored(found.url, answer, status=answer.status)


class ImpossibleIsRefused(Finding):
    severity = "good"
    bearing = 2
    summary = "A request for a media type that is not available is refused with 406."
    explanation = (
        "The client learns that no acceptable representation is available, and is not sent one that it cannot read."
    )
    reference = rfc(9110, "15.5.7")


class AcceptIsIgnored(Finding):
    severity = "info"
    bearing = 2
    summary = "A request for a media type that is not available is answered with {status}."
    explanation = (
        "A server may disregard Accept and send what it has; 406 would tell the client that no acceptable "
        "representation is available."
    )
    remedy = "Answer with 406, and list the media types that are available."
    reference = rfc(9110, "12.5.1")


class ImpossibleBreaks(Finding):
    severity = "warn"
    bearing = 2
    summary = "A request to {subject} for a media type that is not available is answered with {status}."
    explanation = "A 5xx status code says that the server failed. An unusual Accept field must not make it fail."
    remedy = "Answer with 406, or with a representation that is available."
    reference = rfc(9110, "15.5.7")
