"""Exploring: finds the resources of an API and how each is reached, by GET within a share of the budget.

Links are followed breadth first. Of many links of a kind, such as those to the members of a collection or to further
pages, a few are followed. Resources without a link are taken from an OpenAPI document; where members have no URLs,
likely URLs are tried, and marked as guessed.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple
from urllib.parse import urljoin, urlsplit

from .acting import acts_by_address, names_action, why_left_out
from .exchanges import Exchange
from .guessing import MAX_TRIED, find_inner, find_member, find_parts, find_whole, is_refused
from .probe import BudgetSpent, Excluded, ForeignOrigin, Probe
from .reading import Description, Link, Reading, describe, read
from .reading.targets import resolve

How = Literal["start", "link", "described", "guessed"]
Kind = Literal["collection", "item", "description", "other"]

ACCEPT = (
    "application/prs.hal-forms+json, application/ld+json, application/vnd.siren+json, application/hal+json;q=0.9, "
    "application/vnd.collection+json;q=0.9, application/vnd.api+json;q=0.9, application/json;q=0.8, "
    "text/html;q=0.6, */*;q=0.5"
)
"""Prefers formats with links, and accepts every other."""
MAX_PER_RELATION = 3
"""Links with one relation that are followed from one representation."""
MAX_PAGES = 3
"""Pages of a collection that are followed one after the other."""
MAX_QUERIES = 6
"""Queries of one path that are followed, since tables link themselves in every sort order."""
MAX_DEPTH = 12
ABOUT = frozenset(
    ["describedby", "service-desc", "service-doc", "service-meta", "profile", "type", "license", "help", "about",
    "terms-of-service",
     "privacy-policy", "stylesheet", "icon", "shortcut", "manifest", "preload", "modulepreload", "canonical",
     "curies", "api-catalog",
     "http://www.w3.org/ns/hydra/core#apidocumentation", "http://www.w3.org/ns/json-ld#context", "context", "status"]
)  # fmt: skip
"""Relations, in lower case, to information about the API, which is read but not counted as a resource."""
ONWARD = frozenset(["next", "prev", "previous", "first", "last"])
DESCRIPTIONS = (
    "/openapi.json",
    "/swagger.json",
    "/openapi",
    "/api/openapi.json",
    "/api-docs",
    "/v3/api-docs",
    "/swagger/v1/swagger.json",
)
"""Usual paths of an OpenAPI document."""
ASSETS = re.compile(r"\.(css|js|mjs|png|jpe?g|gif|svg|ico|webp|woff2?|ttf|map|pdf|zip|gz)$", re.IGNORECASE)
QUERY_EXPANSION = re.compile(r"\{[?&][^}]*\}")


@dataclass
class Found:
    """A URL: how it was found, its response to GET, and the links and members that were read from it."""

    url: str
    how: How
    via: str = ""
    link: Link | None = None
    depth: int = 0
    exchange: Exchange | None = None
    reading: Reading = field(default_factory=Reading)
    kind: Kind = "other"
    rel: str = ""
    refused: bool = False
    """Whether a refusal shows that there is a resource: 405 or 401, where a missing one is 404."""

    @property
    def alive(self) -> bool:
        """Whether GET succeeded."""
        return self.exchange is not None and self.exchange.succeeded

    @property
    def path(self) -> str:
        """The path of its URL."""
        return urlsplit(self.url).path


class Acting(NamedTuple):
    """A link that acts: the reason, and the representation in which it was found."""

    link: Link
    why: str
    via: Found


@dataclass
class Survey:
    """The result of exploring, in the order in which it was found."""

    starts: tuple[str, ...]
    found: dict[str, Found] = field(default_factory=dict)
    descriptions: list[Description] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)
    """The number of links that were not followed, by reason."""

    acting: dict[str, Acting] = field(default_factory=dict)
    """The links that were not followed because they may act, by target."""

    described_actions: dict[str, None] = field(default_factory=dict)
    """The URLs, or the patterns of them, of described operations that were not tried because they may act."""

    guesses: dict[str, list[Exchange]] = field(default_factory=dict)
    """The responses for guessed URLs of members, by the URL of their collection."""

    def leave_out(self, reason: str) -> None:
        """Count a link that is not followed."""
        self.left_out[reason] = self.left_out.get(reason, 0) + 1

    def resources(self) -> list[Found]:
        """The resources of the API: everything for which GET succeeded, except descriptions of the API."""
        return [each for each in self.found.values() if each.alive and each.kind != "description"]

    def known(self) -> list[Found]:
        """The resources of the API, and what was refused but is there; in the order in which they were found."""
        return [each for each in self.found.values() if (each.alive or each.refused) and each.kind != "description"]

    def collections(self) -> list[Found]:
        """The resources that are collections."""
        return [each for each in self.resources() if each.kind == "collection"]

    def items(self) -> list[Found]:
        """The resources that are items."""
        return [each for each in self.resources() if each.kind == "item"]

    def entries(self) -> list[Found]:
        """The entry points, whether GET succeeded or not."""
        return [each for each in self.found.values() if each.how == "start"]

    def followed(self) -> list[Found]:
        """What was reached by links that their format defines, whatever the response; URLs in texts do not count."""
        return [
            each for each in self.found.values() if each.how == "link" and each.link is not None and each.link.typed
        ]

    def dead(self) -> list[Found]:
        """The targets of followed links for which `is_dead` holds."""
        return [each for each in self.followed() if is_dead(each.exchange)]

    def operations(self) -> Iterator[tuple[str, str]]:
        """Every method and path of the descriptions."""
        for description in self.descriptions:
            for operation in description.operations:
                yield operation.method, operation.path


def is_dead(exchange: Exchange | None) -> bool:
    """Whether a link is broken: 404, 410, 5xx or no complete response. A link to a 401 or 403 is not broken."""
    if exchange is None:
        return False
    return exchange.status in {0, 404, 410} or exchange.status >= 500 or bool(exchange.error)


class Explorer:
    """Explores one API through a probe, which may have sent `max_requests` requests at the end."""

    def __init__(
        self, probe: Probe, starts: Sequence[str], *, openapi: str | None = None, max_requests: int = 200,
        visiting: Callable[[str], None] = lambda _: None,
    ) -> None:  # fmt: skip
        self.probe = probe
        self.openapi = openapi
        self.max_requests = max_requests
        self.visiting = visiting
        self.survey = Survey(tuple(starts))
        self._queue: deque[Found] = deque()
        self._queries: dict[str, int] = {}

    def explore(self) -> Survey:
        """Find the resources. Exploring ends early where the budget is spent."""
        try:
            for start in self.survey.starts:
                self._add(Found(start, "start"))
            self._walk()
            self._describe()
            self._walk()
            self._guess_parts()
            self._guess_items()
            self._look_at_refusals()
            self._walk()
        except BudgetSpent:
            self.survey.leave_out("the budget of requests was used up")
        self._mark_items()
        return self.survey

    def _mark_items(self) -> None:
        """Make every found member of a collection an item, however it was reached."""
        members = {m.target for each in self.survey.collections() for m in each.reading.members or () if m.target}
        for found in self.survey.found.values():
            if found.url in members and found.kind == "other":
                found.kind = "item"

    # -- following links --------------------------------------------------------------------------------------

    def _add(self, found: Found) -> None:
        if found.url in self.survey.found:
            return
        path, _, query = found.url.partition("?")
        if query:
            self._queries[path] = self._queries.get(path, 0) + 1
            if self._queries[path] > MAX_QUERIES:
                self.survey.leave_out("further queries of a resource")
                return
        self.survey.found[found.url] = found
        self._queue.append(found)

    def _walk(self) -> None:
        while self._queue:
            found = self._queue.popleft()
            if len(self.probe.exchanges) >= self.max_requests:
                del self.survey.found[found.url]
                self.survey.leave_out("the share of requests for exploring was used up")
                continue
            self._visit(found)

    def _visit(self, found: Found) -> None:
        self.visiting(found.url)
        exchange = self._get(found.url)
        if exchange is None:
            del self.survey.found[found.url]
            return
        found.exchange, found.reading = exchange, read(exchange)
        found.kind = kind_of(found)
        if 300 <= exchange.status < 400 and (location := exchange.header("location")):
            target = resolve(found.url, location)
            if target and not self._acts(found, target, [Link(target)]):
                self._add(Found(target, found.how, found.url, found.link, found.depth, rel=found.rel))
        elif exchange.succeeded and found.depth < MAX_DEPTH and found.kind != "description":
            self._follow(found)

    def _get(self, url: str) -> Exchange | None:
        try:
            return self.probe.send("GET", url, headers=self.probe.unless_given(Accept=ACCEPT))
        except ForeignOrigin:
            self.survey.leave_out("links to other origins")
        except Excluded:
            self.survey.leave_out("robots.txt excludes them")
        return None

    def _follow(self, found: Found) -> None:
        seen: dict[str, int] = {}
        by_target: dict[str, list[Link]] = {}
        for link in links_of(found):
            by_target.setdefault(expanded(link), []).append(link)
        for link in links_of(found):
            target = expanded(link)
            if "{" in target or not target.startswith(("http://", "https://")):
                continue
            if target in self.survey.found or self._acts(found, target, by_target[target]):
                continue
            rel = link.rel.lower()
            onward = bool(ONWARD & set(rel.split()))
            seen[rel] = seen.get(rel, 0) + 1
            if seen[rel] > MAX_PER_RELATION * (1 if link.typed or rel else 3) and not ABOUT & set(rel.split()):
                self.survey.leave_out("more links with a relation of which some were followed")
            elif onward and found.link is not None and ONWARD & set(found.rel.split()) and found.depth > MAX_PAGES:
                self.survey.leave_out("further pages")
            elif ASSETS.search(urlsplit(target).path):
                self.survey.leave_out("pictures, scripts and the like")
            else:
                self._add(Found(target, "link", found.url, link, found.depth + 1, rel=rel))

    def _acts(self, found: Found, target: str, links: Sequence[Link]) -> bool:
        """Whether a target must not be requested because a link to it may act; if so, count it as left out."""
        members = [member.target for member in found.reading.members or () if member.target]
        why = why_left_out(target, links, found.url, members)
        if why and target not in self.survey.acting:
            self.survey.acting[target] = Acting(links[0], why, found)
            self.survey.leave_out(f"links that may act, by {why}")
        return bool(why)

    # -- reading descriptions -----------------------------------------------------------------------------------

    def _describe(self) -> None:
        for found in list(self.survey.found.values()):
            if found.exchange is not None:
                self._take_description(found.exchange)
        candidates = [self.openapi] if self.openapi else []
        if not self.survey.descriptions and not candidates:
            candidates = [urljoin(self.survey.starts[0], path) for path in DESCRIPTIONS]
        for url in candidates:
            if self.survey.descriptions or url in self.survey.found:
                break
            exchange = self._get(url)
            if exchange is not None and self._take_description(exchange):
                self.survey.found[url] = Found(
                    url, "guessed", exchange=exchange, reading=read(exchange), kind="description"
                )
        self._visit_described()

    def _take_description(self, exchange: Exchange) -> bool:
        description = describe(exchange) if exchange.succeeded else None
        if description is None:
            return False
        self.survey.descriptions.append(description)
        found = self.survey.found.get(exchange.url)
        if found is not None:
            found.kind = "description"
        return True

    def _visit_described(self) -> None:
        for description in self.survey.descriptions:
            for operation in description.operations:
                if operation.method == "GET" and names_action(operation.name):
                    self.survey.described_actions[description.url(operation.path)] = None
                    self.survey.leave_out("described operations that may act, by their name")
                elif operation.method == "GET":
                    for url in self._urls_of(description, operation):
                        self._add(Found(url, "described"))

    def _urls_of(self, description: Description, operation: Any) -> Iterator[str]:
        """The URL of an operation, unless it needs parameters whose values are not known."""
        if any(each.required and each.location == "query" for each in operation.parameters):
            return
        if "{" not in operation.path:  # at the origin that is audited, whatever servers the description names
            url = resolve(self.survey.starts[0], path_of(description.url(operation.path)))
            if url and acts_by_address(url, self.survey.starts[0]):
                self.survey.described_actions[url] = None
                self.survey.leave_out("described operations that may act, by their address")
            elif url:
                yield url

    # -- guessing the URLs of members ------------------------------------------------------------------------------

    def _guess_parts(self) -> None:
        known = self.survey.resources()
        if len(known) == 1 and known[0].reading.members is None and known[0].exchange is not None:
            whole = known[0].exchange
            for exchange in (others := [*find_parts(whole, self._get)] or [*find_whole(whole, self._get)]):
                self._guessed(exchange, known[0], "other" if read(exchange).members is None else "collection")
            inner = None if others else find_inner(whole, self.survey.found, self._get).found
            if inner is not None:
                self._guessed(inner, known[0], "item", refused=not inner.succeeded)

    def _guess_items(self) -> None:
        for collection in list(self.survey.collections()):
            members = collection.reading.members or ()
            few = sum(map(len, self.survey.guesses.values())) <= MAX_TRIED
            if few and collection.exchange is not None and not any(member.target for member in members):
                tries = find_member(collection.exchange, members, self.survey.found, self._get)
                self.survey.guesses[collection.url] = tries.sent
                if tries.found is not None:
                    self._guessed(tries.found, collection, "item", refused=not tries.found.succeeded)

    def _guessed(self, exchange: Exchange, via: Found, kind: Kind, *, refused: bool = False) -> None:
        self.survey.found[exchange.url] = Found(
            exchange.url, "guessed", via.url, None, via.depth + 1, exchange, read(exchange), kind, refused=refused
        )

    def _look_at_refusals(self) -> None:
        """A further URL of the user's that is refused is there, as a guessed one is."""
        for found in self.survey.entries()[1:]:
            found.refused = found.exchange is not None and is_refused(found.exchange, self._get)


def path_of(url: str) -> str:
    """The path of a URL; "" for an invalid one."""
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def expanded(link: Link) -> str:
    """The target of a link, without the query expression of a template."""
    return QUERY_EXPANSION.sub("", link.target) if link.templated else link.target


def links_of(found: Found) -> list[Link]:
    """The links of a representation, including those of its members."""
    members = [Link(member.target, "item") for member in found.reading.members or () if member.target]
    return [*found.reading.links, *members]


def kind_of(found: Found) -> Kind:
    """The kind of a resource, judged by its response and how it was reached."""
    rels = set(found.rel.split())
    media = found.exchange.media_type if found.exchange else ""
    if (rels and rels <= ABOUT) or media in {
        "application/schema+json",
        "application/openapi+json",
        "application/linkset+json",
    }:
        return "description"
    if found.reading.members is not None:
        return "collection"
    if "item" in rels or found.how == "guessed":
        return "item"
    return "other"
