"""The constraints stateless and client-server: responses depend neither on earlier requests nor on the client."""

from __future__ import annotations

import re
from functools import partial

from .checks import Case, Results, check
from .exchanges import Exchange
from .findings import Finding, fielding
from .found import Found
from .noise import difference, same

SESSION = re.compile(
    r"\b(sess(ion)?(_?id)?|sid|jsessionid|phpsessid|connect\.sid|asp\.net_sessionid)\b\s*=", re.IGNORECASE
)


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
    alike: list[tuple[Exchange, Exchange]] = []
    by_itself: list[tuple[Found, list[Exchange]]] = []
    for found in reversed(sample):
        first, second = found.exchange, case.ask("GET", found.url, fresh=True)
        if first is None or second is None or not second.answered:
            continue
        if not case.noise.same(first, second):
            again = case.noise.repeat(found.url, partial(case.ask, "GET", found.url, fresh=True))
            if again and not all(same(again[0], each) for each in again):
                by_itself.append((found, again))
            if not case.noise.same(first, second) and (differing := after_others(case, found, first, second)):
                yield DependsOnTheOrder(found.url, *differing)
                return
        alike.append((first, second))
    if by_itself:
        found, again = by_itself[0]
        yield ChangesByItself(found.url, *again[:2])
    if alike:
        yield AnswersStandAlone(alike[0][0].url, *alike[0], number=len(alike))


def after_others(case: Case, found: Found, *asked: Exchange) -> tuple[Exchange, Exchange] | None:
    """A response after each of two other requests, if it depends on these whenever they are sent before it."""
    before = [case.probe.exchanges[each.number - 2].url if each.number > 1 else found.url for each in asked]
    if before[0] == before[1]:
        before[0] = found.url

    def ask_after(url: str) -> Exchange | None:
        case.ask("GET", url)
        return case.ask("GET", found.url, fresh=True)

    return case.noise.difference(lambda: ask_after(before[0]), lambda: ask_after(before[1]))


class AnswersStandAlone(Finding):
    severity = "good"
    bearing = "stateless"
    summary = (
        "{number:request, repeated|requests, repeated in another order,} on {number:!a new connection|!new "
        "connections} and without cookies, had the same {number:!response|!responses}."
    )
    explanation = (
        "Each request contains all that is needed to answer it, so that any server can handle it. Dates, the order "
        "of lists and what changes by itself are not compared."
    )
    reference = fielding("5.1.3")


class DependsOnTheOrder(Finding):
    severity = "bad"
    bearing = "stateless"
    summary = "The response of {subject} depends on earlier requests."
    explanation = (
        "The same request without cookies has another response after another request, whenever the two are sent one "
        "after the other. So the server keeps state of the client between requests."
    )
    remedy = "Keep the state of the client in its requests: in the URI, the content or a credential. Keep no session."
    reference = fielding("5.1.3")


class ChangesByItself(Finding):
    severity = "info"
    bearing = "stateless"
    summary = "{subject} answers the same request differently each time."
    explanation = (
        "The same request, sent several times in a row, had different responses: in a measurement, a counter or an "
        "identifier of the request. This is no state of a client, but no validator can confirm such a copy."
    )
    remedy = (
        "Leave what describes the response rather than the resource out of the representation; Server-Timing can "
        "carry it."
    )
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
    as_program = {"User-Agent": "curl/8.0"}
    second = case.ask("GET", found.url, headers=as_browser)
    third = case.ask("GET", found.url, headers=as_program)
    if second is None or third is None or not (second.answered and third.answered):
        return
    for headers, answer in ((as_browser, second), (as_program, third)):
        if not same_kind(found.exchange, answer) and (
            differing := difference(
                partial(case.ask, "GET", found.url), partial(case.ask, "GET", found.url, headers=headers), same_kind
            )
        ):
            yield ClientsAreToldApart(found.url, *differing)
            return
    yield AnyClientCanAsk(found.url, found.exchange, second)


def same_kind(first: Exchange, second: Exchange) -> bool:
    """Whether two responses have the same status and media type."""
    return (first.status, first.media_type) == (second.status, second.media_type)


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
