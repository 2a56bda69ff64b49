"""The constraints stateless and client-server: responses depend neither on earlier requests nor on the client."""

from __future__ import annotations

import re

from .checks import Case, Results, check
from .exchanges import Exchange
from .findings import Finding, fielding

SESSION = re.compile(
    r"\b(sess(ion)?(_?id)?|sid|jsessionid|phpsessid|connect\.sid|asp\.net_sessionid)\b\s*=", re.IGNORECASE
)
TIMES = re.compile(rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[^\"]*|\b\d{10,}(\.\d+)?\b")
"""Dates and times, which change by themselves from one response to the next."""
NUMBER = re.compile(rb"\d+")


def same_but_for_numbers(first: Exchange, second: Exchange) -> bool:
    """Whether two responses have the same status, and contents that differ in numbers alone."""
    return NUMBER.sub(b"", first.body) == NUMBER.sub(b"", second.body) and first.status == second.status


def same(first: Exchange, second: Exchange) -> bool:
    """Whether two responses are the same, except for dates and times in their content."""
    if first.status != second.status or first.media_type != second.media_type:
        return False
    return first.body == second.body or TIMES.sub(b"", first.body) == TIMES.sub(b"", second.body)


# -- do responses depend on earlier requests? ----------------------------------------------------------------


@check("stateless", "whether responses depend on earlier requests")
def repeat_in_another_order(case: Case) -> Results:
    """Repeats the requests without cookies, each on a connection of its own, in the opposite order."""
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
        "{number:request}, repeated in another order, on new connections and without cookies, had the same "
        "{number:!response|!responses}."
    )
    explanation = "Each request contains all that is needed to answer it, so that any server can handle it."
    reference = fielding("5.1.3")


class DependsOnTheOrder(Finding):
    severity = "bad"
    bearing = "stateless"
    summary = "The response of {subject} depends on earlier requests."
    explanation = (
        "The same request without cookies, on a new connection and in another order, had another response, which "
        "then stayed the same. So the server keeps state of the client between requests."
    )
    remedy = "Keep the state of the client in its requests: in the URI, the content or a credential. Keep no session."
    reference = fielding("5.1.3")


class NumbersDiffer(Finding):
    severity = "info"
    bearing = "stateless"
    summary = "Two responses of {subject} to the same request differ in numbers."
    explanation = (
        "The numbers may be a clock, a measurement or a counter of requests. Such a representation cannot be "
        "confirmed by its validator."
    )
    remedy = (
        "Leave what describes the response rather than the resource out of the representation; Server-Timing can "
        "carry it."
    )
    reference = fielding("5.1.3")


class NeverTheSame(Finding):
    severity = "bad"
    bearing = "stateless"
    summary = "{subject} answers the same request differently each time."
    explanation = (
        "The same request, sent several times in a row, never had the same response, so that a response may depend "
        "on earlier requests."
    )
    remedy = "Let a response depend only on the request and on the state of the resource."
    reference = fielding("5.1.3")


class SessionCookie(Finding):
    severity = "bad"
    bearing = "stateless"
    summary = "{subject} sets a session cookie."
    explanation = (
        "A session is state of the client that the server keeps: the same request without the cookie means "
        "something else."
    )
    remedy = "Send a credential with each request, in Authorization, and keep no session."
    reference = fielding("5.1.3")


# -- does the client matter? ---------------------------------------------------------------------------------


@check("client-server", "whether responses depend on the client software")
def request_as_other_clients(case: Case) -> Results:
    """Repeats a request with the User-Agent of a browser and of a command-line client."""
    found = next((each for each in case.sample() if each.exchange is not None), None)
    if found is None or found.exchange is None:
        return
    as_browser = {
        "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36",
        "Referer": found.url,
    }
    second = case.ask("GET", found.url, headers=as_browser)
    third = case.ask("GET", found.url, headers={"User-Agent": "curl/8.0"})
    if second is None or third is None or not (second.answered and third.answered):
        return
    if (
        second.status == found.exchange.status == third.status
        and second.media_type == third.media_type == found.exchange.media_type
    ):
        yield AnyClientCanAsk(found.url, found.exchange, second)
    else:
        yield ClientsAreToldApart(found.url, found.exchange, second, third)


class AnyClientCanAsk(Finding):
    severity = "good"
    bearing = "client-server"
    summary = "A browser, a command-line client and a crawler get the same status and media type."
    explanation = (
        "The server does not depend on the client software, so that client and server can change independently."
    )
    reference = fielding("5.1.2")


class ClientsAreToldApart(Finding):
    severity = "bad"
    bearing = "client-server"
    summary = "The response of {subject} depends on the client software."
    explanation = (
        "With the User-Agent and Referer of another client, the status or the media type differs. So the server has "
        "to know each client."
    )
    remedy = "Select the representation by Accept, Accept-Language and the like, not by User-Agent."
    reference = fielding("5.1.2")
