"""Negotiation: which of the representations that the entry point offers by Accept is judged.

Formats with links are asked for first. Where the response leads nowhere, or does not say what can be done, others are
asked for: a page may have the links that JSON lacks. A page is judged only where it leads to what the first
representation is about, and where it does not lack what clients can change: a page about an API is not the API.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import parse_qsl

from .acting import NOT_SAFE, named_among, why_left_out
from .candidates import plausible
from .exchanges import Exchange
from .reading import Link, Reading, read
from .reading.html import SYNTAX as HTML_SYNTAX
from .reading.targets import origin, without_query
from .relations import is_about

Ask = Callable[..., Exchange | None]
"""Sends GET, or another safe `method`, to a URL with a value of Accept; None where that may not be sent."""
_LINKING = (
    "application/prs.hal-forms+json, application/ld+json, application/vnd.siren+json, application/hal+json;q=0.9, "
    "application/vnd.collection+json;q=0.9, application/vnd.api+json;q=0.9, application/activity+json;q=0.9, "
    "application/scim+json;q=0.9, application/fhir+json;q=0.9, application/taxii+json;version=2.1, "
    "application/atom+xml;q=0.8, application/atomsvc+xml;q=0.8"
)
HYPERMEDIA = f"{_LINKING}, text/turtle;q=0.7"
ACCEPT = f"{_LINKING}, application/json;q=0.7, text/html;q=0.6, */*;q=0.5"
"""Prefers formats with links, and accepts every other."""
HTML = "text/html"
JSON = "application/json"
MIN_SHARE = 0.8
"""The share of what one representation leads to that another has to lead to, to be one of the same resource."""
FORMATS = frozenset(["f", "format", "_format", "output"])
"""Parameters of a query that select the format."""
LIKELY = (JSON, "application/vnd.api+json", "application/taxii+json;version=2.1", HTML, "application/xml")
"""The media types that are asked for, each alone, where a server takes none of several and names none."""
NEVER_NAMED = frozenset([HTML, JSON, "application/problem+json", "text/plain"])
"""Media types of refusals, which say nothing about what the resource has."""
MAX_READ = 4000
"""Characters of a refusal that are searched for media types."""
MAX_NAMED = 4
"""Media types named by a refusal that are asked for."""
MEDIA_TYPE = re.compile(
    r"\b(?:application|text)/[a-z0-9](?:[\w.+-]*\w)?(?:; ?(?:version|profile)=[\w.-]*\w)?", re.IGNORECASE
)
MAX_SHARED = 3
"""Links of a page that are followed to see whether it is one of the API."""


def accepting(media_type: str) -> str:
    """A value of Accept that prefers one media type, and accepts every other."""
    return f"{media_type}, */*;q=0.1"


@dataclass
class Offer:
    """A representation that the server offers."""

    exchange: Exchange

    @cached_property
    def reading(self) -> Reading:
        """What a client finds in it."""
        return read(self.exchange)

    @property
    def is_page(self) -> bool:
        """Whether it is HTML."""
        return self.reading.syntax == HTML_SYNTAX

    @property
    def leads_to(self) -> dict[str, str]:
        """The URLs of other resources of this origin that every client that knows the format finds, by path."""
        return self._targets(defined=True)

    @property
    def mentions(self) -> dict[str, str]:
        """The same with URLs that the format does not define as links."""
        return self._targets(defined=False)

    @property
    def says_what_to_do(self) -> bool:
        """Whether it, or the specification of its format, describes operations that change something."""
        return bool(self.reading.protocol) or any(each.method in NOT_SAFE for each in self.reading.operations)

    def lacks_operations(self, ask: Ask) -> bool:
        """Whether a client needs a script, or documentation, for what the resource takes."""
        if any(link.method.upper() not in {"", "GET"} for link in self.reading.links):
            return True
        told = None if self.says_what_to_do else ask(self.exchange.url, method="OPTIONS")
        return told is not None and told.succeeded and bool(NOT_SAFE & told.allowed)

    def _targets(self, *, defined: bool) -> dict[str, str]:
        members = [each.target for each in self.reading.members or () if each.target]
        found: dict[str, list[Link]] = {}
        for link in [*self.reading.links, *(Link(target, "item") for target in members)]:
            if self._leads_away(link) and (self.reading.defines(link) or not defined):
                found.setdefault(link.target, []).append(link)
        url = self.exchange.url
        named = named_among(members, url)
        return {
            without_query(each): each for each, links in found.items() if not why_left_out(each, links, url, named)
        }

    def _leads_away(self, link: Link) -> bool:
        """Whether a link leads to another resource of this origin."""
        url = self.exchange.url
        elsewhere = without_query(link.target) != without_query(url) and origin(link.target) == origin(url)
        return elsewhere and not is_about(link) and "{" not in link.target


@dataclass
class Choice:
    """The representation that is judged, and the Accept with which all later requests ask for the like of it.

    `others` are the responses to the other requests, by the media type that they prefer.
    """

    accept: str
    exchange: Exchange
    others: Mapping[str, Exchange] = field(default_factory=dict)

    def known(self, url: str, media_type: str) -> Exchange | None:
        """The response of the entry point where this media type was preferred; None where it was not asked for."""
        return self.others.get(media_type) if url == self.exchange.url else None

    def offered(self, exchanges: Iterable[Exchange]) -> list[str]:
        """The media types that the entry point has, by all that was sent; those for other clients do not count."""
        alike = [self.exchange, *(each for each in exchanges if self._differs_in_accept(each))]
        return sorted({each.media_type for each in alike} - {""})

    def _differs_in_accept(self, other: Exchange) -> bool:
        fields = [
            {name.lower(): value for name, value in each.sent if name.lower() != "accept"}
            for each in (self.exchange, other)
        ]
        same = (other.method, other.url) == (self.exchange.method, self.exchange.url)
        return same and other.succeeded and not other.intermediary and fields[0] == fields[1]


def choose(first: Exchange, ask: Ask) -> Choice:
    """The representation to judge, of `first`, which was got with `ACCEPT`, and the others that are offered."""
    entry = Offer(first)
    asked: dict[str, Exchange] = {}
    for media_type in _others(entry):
        exchange = ask(first.url, media_type)
        if exchange is None:
            break
        asked[media_type] = exchange
        if exchange.media_type == first.media_type:
            break  # Accept selects nothing
        if exchange.succeeded and _is_better(Offer(exchange), entry, ask):
            return _for_all(media_type, exchange, asked, ask)
    return Choice(ACCEPT, first, asked)


def acceptable(refusal: Exchange, ask: Ask) -> Choice | None:
    """The representation to judge where the response to `ACCEPT` is 406; None where all others are refused as well.

    Each media type is asked for alone: those that the refusal names, and then the likely ones.
    """
    own = (refusal.header("content-type") or "").strip()
    named = [*MEDIA_TYPE.findall(refusal.text[:MAX_READ]), *MEDIA_TYPE.findall(own)]
    said = [each for each in dict.fromkeys(named) if each.partition(";")[0].lower() not in NEVER_NAMED]
    for media_type in dict.fromkeys([*said[:MAX_NAMED], *LIKELY]):
        exchange = ask(refusal.url, media_type)
        if exchange is None:
            return None
        if exchange.succeeded:
            return Choice(media_type, exchange)
    return None


def _for_all(media_type: str, exchange: Exchange, asked: Mapping[str, Exchange], ask: Ask) -> Choice:
    """A choice with an Accept for all resources: what does not have the media type is accepted as it is."""
    tolerant = ask(exchange.url, accepting(media_type))
    if tolerant is not None and tolerant.succeeded and tolerant.media_type == exchange.media_type:
        return Choice(accepting(media_type), tolerant, asked)
    return Choice(media_type, exchange, asked)


def _others(entry: Offer) -> Iterator[str]:
    """The media types to ask for: none where the first representation leads on and says what to do."""
    if entry.is_page:
        yield from () if entry.leads_to else (JSON, HYPERMEDIA)
    elif not (entry.leads_to and entry.says_what_to_do):
        yield from (HTML,) if entry.leads_to else (HTML, HYPERMEDIA)


def _is_better(other: Offer, entry: Offer, ask: Ask) -> bool:
    if entry.is_page:  # a page that leads nowhere: a script fills it, or it is only a greeting
        return bool(other.leads_to or other.mentions or other.reading.members or other.reading.properties)
    if not other.is_page:
        return bool(other.leads_to) and not entry.leads_to
    if entry.leads_to and not other.says_what_to_do:
        return False
    shared = _shared(other, entry, ask)
    return bool(shared) and not other.lacks_operations(ask) and _has_pages(shared, ask)


def _shared(page: Offer, entry: Offer, ask: Ask) -> list[str]:
    """What a page leads to, if that is what another representation is about; else nothing."""
    leads_to = page.leads_to
    if mentioned := entry.mentions:
        shared = [leads_to[path] for path in mentioned if path in leads_to]
        return shared if len(shared) >= MIN_SHARE * len(mentioned) else []
    if entry.reading.members is not None:
        guesses = map(without_query, plausible(entry.exchange.url, entry.reading.members))
        return [leads_to[path] for path in guesses if path in leads_to]
    return [url for url in list(leads_to.values())[:MAX_SHARED] if _is_json_too(url, entry, ask)]


def _is_json_too(url: str, entry: Offer, ask: Ask) -> bool:
    """Whether another resource has representations of both kinds as well."""
    exchange = ask(url, ACCEPT)
    return exchange is not None and exchange.succeeded and exchange.media_type == entry.exchange.media_type


def _has_pages(urls: Sequence[str], ask: Ask) -> bool:
    """Whether there are pages behind the entry point, and the first has the operations that its resource takes."""
    answers = (ask(url, accepting(HTML)) for url in urls[:MAX_SHARED])
    pages = (Offer(each) for each in answers if each is not None and each.succeeded)
    page = next((each for each in pages if each.is_page), None)
    return page is not None and not page.lacks_operations(ask)


def in_other_formats(links: Sequence[Link], found_at: Exchange) -> set[str]:
    """The targets that are other formats of what is read: of the representation itself, or of what it links."""
    kind, own = found_at.media_type, found_at.url.partition("?")[0]
    suitable = {link.target.partition("?")[0] for link in links if link.media_type in {"", kind}}
    others: set[str] = set()
    for link in links:
        path, _, query = link.target.partition("?")
        named = {name.lower() for name, _ in parse_qsl(query, keep_blank_values=True)}
        other = link.media_type not in {"", kind}
        is_format = bool(named) and named <= FORMATS
        if (path == own and (is_format or (other and "alternate" in link.rel.lower().split()))) or (
            path in suitable and other and is_format
        ):
            others.add(link.target)
    return others
