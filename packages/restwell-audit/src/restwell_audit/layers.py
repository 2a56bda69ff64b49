"""The constraint of a layered system: through an intermediary an API answers as it does without it."""

from __future__ import annotations

from urllib.parse import urlsplit

from .checks import Case, Said, check
from .exchanges import Exchange
from .findings import Finding, Untested, fielding
from .intermediary import NoIntermediary, intermediary
from .reading import read
from .statelessness import same
from .survey import Found, links_of

WHAT = "whether answers are the same through an intermediary"


@check("layered", WHAT)
def ask_through_an_intermediary(case: Case) -> Said:
    """The same requests through nginx, started for them."""
    sample = [each for each in case.sample() if each.exchange is not None]
    if not sample:
        return
    if case.probe.in_process:
        yield Untested(
            "layered",
            WHAT,
            "The application was called in process, where nothing can stand between.",
            "audit its URL",
        )
        return
    try:
        with intermediary(sample[0].url) as via:
            pairs = [(found, case.through(via, found.url)) for found in sample]
    except NoIntermediary as trouble:
        yield Untested("layered", WHAT, str(trouble), "install nginx (apt-get install nginx-light)")
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


def inner_address(exchange: Exchange) -> str:
    """A host in a link that the client did not ask: one on the loopback interface or a private name; "" for none."""
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
    """The targets of every link of an answer, and where it redirects."""
    found = Found(exchange.url, "start", exchange=exchange, reading=read(exchange))
    return [link.target for link in links_of(found)] + [exchange.header("location") or ""]


class LayersAreUnseen(Finding):
    severity = "good"
    bearing = "layered"
    summary = "{number} resources answer through an intermediary as they do without."
    explanation = "Proxies, caches and gateways can be put between without client or server knowing."
    reference = fielding("5.1.6")


class DiffersThroughIntermediary(Finding):
    severity = "bad"
    bearing = "layered"
    summary = "{subject} answers differently through an intermediary."
    explanation = (
        "The same request, passed on by a proxy that keeps the Host and adds Via, had another answer than without it."
    )
    remedy = "Let nothing depend on the connection: on the address of the peer, on fields that a proxy adds."
    reference = fielding("5.1.6")


class InnerAddressLeaks(Finding):
    severity = "bad"
    bearing = "layered"
    summary = "{subject} links {address}, which a client outside cannot reach."
    explanation = (
        "Behind a proxy the links have the address of the server inside, so a client that follows them leaves the "
        "layer that it knows."
    )
    remedy = "Build links from the Host that the client asked, or from a configured base URL, or make them relative."
    reference = fielding("5.1.6")
