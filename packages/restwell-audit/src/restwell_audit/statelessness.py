"""The constraints stateless and client-server: each request says all that is needed, and who asks does not matter."""

from __future__ import annotations

import re

from .checks import Case, Said, check
from .exchanges import Exchange
from .findings import Finding, fielding
from .survey import Found

SESSION = re.compile(
    r"\b(sess(ion)?(_?id)?|sid|jsessionid|phpsessid|connect\.sid|asp\.net_sessionid)\b\s*=", re.IGNORECASE
)
MOVING = re.compile(rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[^\"]*|\b\d{10,}(\.\d+)?\b")
"""What changes by itself from one answer to the next: moments and the like."""


NUMBER = re.compile(rb"\d+")


def same_but_for_numbers(first: Exchange, second: Exchange) -> bool:
    """Whether two answers differ in numbers alone: a clock, a measurement or a counter, nobody can tell which."""
    return NUMBER.sub(b"", first.body) == NUMBER.sub(b"", second.body) and first.status == second.status


def same(first: Exchange, second: Exchange) -> bool:
    """Whether two answers say the same, but for moments in time."""
    if first.status != second.status or first.media_type != second.media_type:
        return False
    return first.body == second.body or MOVING.sub(b"", first.body) == MOVING.sub(b"", second.body)


# -- does anything depend on what was asked before? ----------------------------------------------------------


@check("stateless", "whether answers depend on what was asked before")
def ask_in_another_order(case: Case) -> Said:
    """The same requests, without cookies, each on a connection of its own, in the opposite order."""
    sample = [each for each in case.sample() if each.exchange is not None]
    cookies = [
        each.exchange
        for each in case.survey.found.values()
        if each.exchange and SESSION.search(each.exchange.header("set-cookie") or "")
    ]
    if cookies:
        yield SessionCookie(cookies[0].url, cookies[0])
    compared: list[Exchange] = []
    for found in reversed(sample):
        first, second = found.exchange, case.ask("GET", found.url, fresh=True)
        if first is None or second is None or not second.answered:
            continue
        if not same(first, second) and same_but_for_numbers(first, second):
            yield NumbersDiffer(found.url, first, second)
            continue
        if not same(first, second):
            third, fourth = case.ask("GET", found.url, fresh=True), case.ask("GET", found.url, fresh=True)
            if third is not None and fourth is not None and same(third, fourth):
                yield DependsOnTheOrder(found.url, first, second)
                return
            yield NeverTheSame(found.url, second, *([third] if third else []))
            return
        compared += [first, second]
    if compared:
        yield AnswersStandAlone(compared[0].url, *compared[:2], number=len(compared) // 2)


class AnswersStandAlone(Finding):
    severity = "good"
    bearing = "stateless"
    summary = (
        "{number} requests, asked again in another order, on new connections and without cookies, were answered "
        "alike."
    )
    explanation = "Each request says all that is needed to answer it, so any server can take any request."
    reference = fielding("5.1.3")


class DependsOnTheOrder(Finding):
    severity = "bad"
    bearing = "stateless"
    summary = "{subject} answers the same request differently by what was asked before."
    explanation = (
        "The same request without cookies, on a connection of its own and in another order, had another answer, and "
        "the same one from then "
        "on. So the server remembers something of the client between requests."
    )
    remedy = (
        "Keep the state of the client with the client: in the URI, in the content, in a credential; never in a "
        "session."
    )
    reference = fielding("5.1.3")


class NumbersDiffer(Finding):
    severity = "info"
    bearing = "stateless"
    summary = "{subject} answers the same request with other numbers each time."
    explanation = (
        "A clock or a measurement does that, and so does a counter of requests. Such a representation can never be "
        "confirmed by its validator."
    )
    remedy = (
        "Leave out of a representation what is about the answer rather than the resource; Server-Timing is for that."
    )
    reference = fielding("5.1.3")


class NeverTheSame(Finding):
    severity = "bad"
    bearing = "stateless"
    summary = "{subject} answers every request differently."
    explanation = (
        "The same request, one directly after the other, never had the same answer, so that an answer depends on "
        "those before."
    )
    remedy = "Let an answer depend on the request and on the state of the resource alone."
    reference = fielding("5.1.3")


class SessionCookie(Finding):
    severity = "bad"
    bearing = "stateless"
    summary = "{subject} sets a cookie for a session."
    explanation = (
        "A session is state of the client that the server keeps: a request without its cookie means something else."
    )
    remedy = "Send a credential with each request, in Authorization, and keep no session."
    reference = fielding("5.1.3")


# -- does it matter who asks? --------------------------------------------------------------------------------


@check("client-server", "whether any client can ask")
def ask_as_somebody_else(case: Case) -> Said:
    """The same answer for every program: what it shows to a person is the client's business."""
    found = next((each for each in case.sample() if each.exchange is not None), None)
    if found is None or found.exchange is None:
        return
    disguise = {
        "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36",
        "Referer": found.url,
    }
    second = case.ask("GET", found.url, headers=disguise)
    third = case.ask("GET", found.url, headers={"User-Agent": "curl/8.0"})
    if second is None or third is None or not (second.answered and third.answered):
        return
    if (
        second.status == found.exchange.status == third.status
        and second.media_type == third.media_type == found.exchange.media_type
    ):
        yield AnyClientCanAsk(found.url, found.exchange, second)
    else:
        yield ClientsAreToldApart(found.url, second, third)


def is_data(found: Found) -> bool:
    """Whether a representation is data rather than a page."""
    return found.reading.syntax not in {"html", "none"}


class AnyClientCanAsk(Finding):
    severity = "good"
    bearing = "client-server"
    summary = "A browser, a command line and a crawler get the same representation."
    explanation = (
        "The server gives representations and the client decides what to do with them, so that both can change by "
        "themselves."
    )
    reference = fielding("5.1.2")


class ClientsAreToldApart(Finding):
    severity = "bad"
    bearing = "client-server"
    summary = "{subject} answers differently to another User-Agent."
    explanation = (
        "By its name a client gets something else, so the server knows its clients, and each new one has to be made "
        "known to it."
    )
    remedy = "Choose the representation by Accept, Accept-Language and the like, never by User-Agent."
    reference = fielding("5.1.2")
