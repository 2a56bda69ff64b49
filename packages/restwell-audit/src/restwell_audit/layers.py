"""The constraint layered: an API answers in the same way through an intermediary as without one."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from urllib.parse import urlsplit

from .checks import Case, Results, check
from .exchanges import Exchange
from .findings import Finding, Untested, fielding
from .found import Found, links_of
from .hypermedia import evidence_of
from .intermediary import UNREACHABLE, NoIntermediary, intermediary
from .reading import read
from .reading.targets import LOOPBACK, resolve

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
            results = list(compare_through(case, via, sample))
    except NoIntermediary as trouble:
        yield Untested("layered", WHAT, str(trouble), trouble.how)
        return
    yield from results


def compare_through(case: Case, via: str, sample: Iterable[Found]) -> Results:
    """Compares the responses through an intermediary with those without one."""
    alike: list[tuple[Exchange, Exchange]] = []
    for found in sample:
        first, second = found.exchange, ask_through(case, via, found.url)
        if first is None or second is None or not second.answered:
            continue
        if (leak := inner_address(second)) and not is_inner_too(first, leak):
            yield InnerAddressLeaks(found.url, second, address=leak)
            return
        if not case.noise.same(first, second):
            direct = partial(case.ask, "GET", found.url, fresh=True)
            case.noise.repeat(found.url, direct)
            if not case.noise.same(first, second) and (
                differing := case.noise.difference(direct, partial(case.through, via, found.url))
            ):
                yield DiffersThroughIntermediary(found.url, *differing)
                return
        alike.append((first, second))
    if alike:
        yield LayersAreUnseen(alike[0][0].url, *alike[0], number=len(alike))


@check("layered", "whether links lead to where the API was requested")
def compare_addresses(case: Case) -> Results:
    """A representation that links itself elsewhere was made for another address, such as that of a proxy."""
    for address, url in case.survey.elsewhere.items():
        yield LinksLeadElsewhere(url, *evidence_of([case.survey.found[url]]), address=address)


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
        inner = parts.hostname in LOOPBACK or (parts.hostname or "").endswith((".local", ".internal"))
        if parts.netloc and parts.netloc != asked.netloc and inner:
            return link
    return ""


def is_inner_too(direct: Exchange, address: str) -> bool:
    """Whether an API on this machine links an address of this machine without an intermediary as well."""
    return urlsplit(direct.url).hostname in LOOPBACK and address in links_of_exchange(direct)


def links_of_exchange(exchange: Exchange) -> list[str]:
    """The targets of all links of a response, and its Location."""
    found = Found(exchange.url, "start", exchange=exchange, reading=read(exchange))
    return [link.target for link in links_of(found)] + [resolve(exchange.url, exchange.header("location") or "")]


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


class LinksLeadElsewhere(Finding):
    severity = "warn"
    bearing = "layered"
    summary = "{subject} links itself at {address}."
    explanation = (
        "The server was asked at one address, and its links lead to another, as behind a proxy that it does not know "
        "of, or past one. They were followed at the address that was asked."
    )
    remedy = "Build links from the Host of the request or from the configured address, or make them relative."
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
