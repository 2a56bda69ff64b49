"""Level 2, status codes: they say how it went, to everybody who knows HTTP."""

from __future__ import annotations

from .checks import Case, Said, check
from .exchanges import Exchange
from .findings import Finding, Untested, rfc
from .reading import read

# -- what becomes of what does not exist? --------------------------------------------------------------------


@check(2, "whether what does not exist is refused with 404")
def ask_for_nothing(case: Case) -> Said:
    """A status code that lies makes every client read the content to know how it went."""
    answers = [each for each in case.missing() if each.answered]
    lies = [each for each in answers if each.succeeded and (read(each).is_error or not is_start(case, each))]
    broken = [each for each in answers if each.status >= 500]
    right = [each for each in answers if each.status in {404, 410}]
    hidden = [each for each in answers if each.status in {401, 403}]
    other = [each for each in answers if each not in (*lies, *broken, *right, *hidden)]
    if lies:
        yield ErrorAsSuccess(lies[0].url, lies[0], status=lies[0].status)
    elif broken:
        yield MissingBreaks(broken[0].url, broken[0], status=broken[0].status)
    elif right:
        yield MissingIsNotFound(right[0].url, right[0])
    elif other:
        yield MissingIsSomethingElse(other[0].url, other[0], status=other[0].status)
    elif hidden:
        yield Untested(
            2, "whether what does not exist is refused with 404", "Everything asks for a credential.", "--header"
        )


def is_start(case: Case, exchange: Exchange) -> bool:
    """Whether it is the very answer of the start, as of a page that serves every path."""
    return any(start.exchange is not None and start.exchange.body == exchange.body for start in case.survey.entries())


@check(2, "whether errors are told by their status")
def look_for_errors_inside(case: Case) -> Said:
    """200 with an error inside is a success to everybody but the one who reads it."""
    for found in case.survey.found.values():
        if found.exchange is not None and found.exchange.succeeded and found.reading.is_error:
            yield ErrorAsSuccess(found.url, found.exchange, status=found.exchange.status)
            return


class MissingIsNotFound(Finding):
    severity = "good"
    bearing = 2
    summary = "What does not exist is 404."
    explanation = "The status code says how it went, for everybody who knows HTTP."
    reference = rfc(9110, "15.5.5")


class ErrorAsSuccess(Finding):
    severity = "bad"
    bearing = 2
    summary = "{subject} answers {status}, and there is an error inside or nothing that could be meant."
    explanation = (
        "To caches, clients and monitors this is a success. Each client has to know how this API tells of errors in "
        "its content, and "
        "a cache keeps the error as if it were the thing."
    )
    remedy = (
        "Refuse with the status code that fits: 404 for what does not exist, 400 or 422 for what is wrong, and a "
        "problem (RFC 9457)."
    )
    reference = rfc(9110, "15.5")


class MissingBreaks(Finding):
    severity = "bad"
    bearing = 2
    summary = "Asking for what does not exist at {subject} is answered with {status}."
    explanation = (
        "5xx says that the server failed. The client asked for something that is not there, which is the client's "
        "to know."
    )
    remedy = "Answer with 404."
    reference = rfc(9110, "15.5.5")


class MissingIsSomethingElse(Finding):
    severity = "warn"
    bearing = 2
    summary = "What does not exist at {subject} is answered with {status} rather than 404."
    explanation = "404 says that nothing has this address. Another code may be right here, and tells clients less."
    remedy = "Answer with 404, or 410 for what is gone for good."
    reference = rfc(9110, "15.5.5")


# -- negotiation ---------------------------------------------------------------------------------------------


@check(2, "whether Accept counts")
def ask_for_the_impossible(case: Case) -> Said:
    """406 for a format that nobody has is honest; sending another one is permitted."""
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
    summary = "A format that there is not is refused with 406."
    explanation = "The client is told, rather than sent something that it said it cannot read."
    reference = rfc(9110, "15.5.7")


class AcceptIsIgnored(Finding):
    severity = "info"
    bearing = 2
    summary = "A format that there is not is answered with {status}."
    explanation = (
        "A server may disregard Accept and send what it has; 406 would tell the client that it cannot be served."
    )
    remedy = "Answer 406 and list what there is."
    reference = rfc(9110, "12.5.1")


class ImpossibleBreaks(Finding):
    severity = "bad"
    bearing = 2
    summary = "Accept with a format that there is not breaks {subject}: {status}."
    explanation = "An unusual request field must not make the server fail."
    remedy = "Answer 406, or what there is."
    reference = rfc(9110, "15.5.7")
