"""The constraint layered: an API answers in the same way through an intermediary as without one."""

from __future__ import annotations

from urllib.parse import urlsplit

from .checks import Case, Results, check
from .exchanges import Exchange
from .findings import Finding, Untested, fielding
from .intermediary import UNREACHABLE, NoIntermediary, intermediary
from .reading import read
from .statelessness import same
from .survey import Found, links_of

NAME_REACHED = "Name a URL of the server by which other programs of this machine reach it."
WHAT = "whether responses are the same through an intermediary"


@check("layered", WHAT)
def request_through_intermediary(case: Case) -> Results:
    """Repeats the requests through nginx, which is started for them."""
    sample = [each for each in case.sample() if each.exchange is not None]
    if not sample:
        return
    if case.probe.in_process:
        yield Untested(
            "layered",
            WHAT,
            "The application was called in process, where there can be no intermediary.",
            "Audit the URL at which it is served.",
        )
        return
    try:
        with intermediary(sample[0].url, case.probe.trust) as via:
            pairs = [(found, ask_through(case, via, found.url)) for found in sample]
    except NoIntermediary as trouble:
        yield Untested("layered", WHAT, str(trouble), trouble.how)
        return
    compared: list[Exchange] = []
    for found, second in pairs:
        first = found.exchange
        if first is None or second is None or not second.answered:
            continue
        if leak := inner_address(second):
            yield InnerAddressLeaks(found.url, second, address=leak)
            return
        if not same(first, second):
            again = case.ask("GET", found.url)
            if again is not None and same(first, again):
                yield DiffersThroughIntermediary(found.url, first, second)
                return
            continue
        compared += [first, second]
    if compared:
        yield LayersAreUnseen(compared[0].url, *compared[:2], number=len(compared) // 2)


def ask_through(case: Case, via: str, url: str) -> Exchange | None:
    """The response to GET through the intermediary. Raises NoIntermediary where it does not reach the server."""
    answer = case.through(via, url)
    if answer is not None and answer.header("via") == UNREACHABLE:
        raise NoIntermediary(f"nginx, which was started for it, does not reach {url}.", NAME_REACHED)
    return answer


def inner_address(exchange: Exchange) -> str:
    """The first link to another host that is internal: loopback, `.local` or `.internal`; "" for none."""
    asked = urlsplit(exchange.url)
    for link in links_of_exchange(exchange):
        parts = urlsplit(link)
        inner = parts.hostname in {"localhost", "127.0.0.1", "::1"} or (parts.hostname or "").endswith(
            (".local", ".internal")
        )
        if parts.netloc and parts.netloc != asked.netloc and inner:
            return link
    return ""


def links_of_exchange(exchange: Exchange) -> list[str]:
    """The targets of all links of a response, and its Location."""
    found = Found(exchange.url, "start", exchange=exchange, reading=read(exchange))
    return [link.target for link in links_of(found)] + [exchange.header("location") or ""]


class LayersAreUnseen(Finding):
    severity = "good"
    bearing = "layered"
    summary = "{number:resource gives|resources give} the same response through an intermediary."
    explanation = "Proxies, caches and gateways can be added without a change of client or server."
    reference = fielding("5.1.6")


class DiffersThroughIntermediary(Finding):
    severity = "bad"
    bearing = "layered"
    summary = "The response of {subject} differs through an intermediary."
    explanation = (
        "The same request, forwarded by a proxy that keeps Host, had another response than without the proxy."
    )
    remedy = (
        "Do not let responses depend on the connection, such as on the address of the peer or on fields that a "
        "proxy adds."
    )
    reference = fielding("5.1.6")


class InnerAddressLeaks(Finding):
    severity = "bad"
    bearing = "layered"
    summary = "{subject} links {address}, which clients outside cannot reach."
    explanation = (
        "Behind a proxy the links have the internal address of the server, so that a client that follows them fails "
        "or bypasses the proxy."
    )
    remedy = "Build links from the Host of the request or from a configured base URL, or make them relative."
    reference = fielding("5.1.6")
