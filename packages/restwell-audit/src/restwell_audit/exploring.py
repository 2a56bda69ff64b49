"""Exploring: finds the resources of an API and how each is reached, by GET within a share of the budget.

Links are followed breadth first. Of many links of a kind, such as those to the members of a collection or to further
pages, a few are followed. Resources without a link are taken from an OpenAPI document; where members have no URLs,
likely URLs are tried, and marked as guessed.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from .acting import acts_by_address, named_among, names_action, why_left_out
from .dav import list_members
from .exchanges import Exchange
from .following import has_failed, may_wait
from .found import Acting, Found, kind_of, links_of
from .negotiation import ACCEPT, Choice, acceptable, choose, in_other_formats
from .places import descriptions_beside, directory_of, elsewhere, homeward
from .probe import BudgetSpent, Excluded, ForeignOrigin, Probe
from .reading import Description, Link, Reading, describe, read
from .reading.targets import resolve
from .relations import ABOUT, LISTENING, ONWARD
from .shells import is_shell
from .survey import Survey
from .transports import STREAM_SECONDS
from .unlinked import Guesser

MAX_PER_RELATION = 3
"""Links with one relation that are followed from one representation."""
MAX_PAGES = 3
"""Pages of a collection that are followed one after the other."""
MAX_QUERIES = 4
"""Queries of one path that are followed, since tables link themselves in every sort order."""
MAX_DEPTH = 12
NOT_ACCEPTABLE = 406
ASSETS = re.compile(r"\.(css|js|mjs|png|jpe?g|gif|svg|ico|webp|woff2?|ttf|map|pdf|zip|gz)$", re.IGNORECASE)


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
            self._list()
            self._describe()
            self._walk()
            Guesser(self.survey, self._get).guess()
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
        if exchange is not None and found.how == "link" and has_failed(exchange):
            exchange = self._get(found.url)
        if exchange is None:
            del self.survey.found[found.url]
            return
        found.exchange, found.reading = exchange, self._read(exchange)
        if (
            found.how == "start"
            and self.survey.choice is None
            and (exchange.succeeded or exchange.status == NOT_ACCEPTABLE)
        ):
            exchange = self._chosen(exchange)
            found.exchange, found.reading = exchange, self._read(exchange)
        if exchange.endless:
            self.survey.leave_out("streams, of which one second was read")
        found.kind = "description" if self._is_beside(found) else kind_of(found)
        if 300 <= exchange.status < 400 and (location := exchange.header("location")):
            target = resolve(found.url, location)
            if target and not self._acts(found, target, [Link(target)], named_members(found)):
                self._add(Found(target, found.how, found.url, found.link, found.depth, rel=found.rel))
        elif exchange.succeeded and found.depth < MAX_DEPTH and found.kind != "description":
            self._follow(found)

    def _is_beside(self, found: Found) -> bool:
        """Whether it is a page outside the prefix of an API that has no pages itself, such as that of its site."""
        start = self.survey.beginning()
        return (
            found.reading.syntax == "html" != start.reading.syntax and start.alive and found.how != "start"
            and not found.url.startswith(directory_of(start.url, listed=start.is_listed))
        )  # fmt: skip

    def _read(self, exchange: Exchange) -> Reading:
        """What is in a response. Links of a server that thinks that it is elsewhere lead to where it was asked."""
        reading = read(exchange)
        if address := elsewhere(exchange, reading):
            self.survey.elsewhere.setdefault(address, exchange.url)
        for each in self.survey.elsewhere:
            exchange = homeward(exchange, each)
        return read(exchange) if self.survey.elsewhere else reading

    def _chosen(self, first: Exchange) -> Exchange:
        """The representation of the entry point that is judged: the best one, unless the user gave an Accept."""
        given = not self.probe.unless_given(Accept=ACCEPT)
        if first.status == NOT_ACCEPTABLE:
            self.survey.choice = None if given else acceptable(first, self._get)
        else:
            self.survey.choice = Choice(ACCEPT, first) if given else choose(first, self._get)
        return self.survey.choice.exchange if self.survey.choice else first

    def _get(self, url: str, accept: str = "", method: str = "GET", **fields: str) -> Exchange | None:
        try:
            own = self.probe.unless_given(Accept=accept or self.survey.accept)
            patience = STREAM_SECONDS if may_wait(url) else None
            return self.probe.send(method, url, headers=own | fields, seconds=patience)
        except ForeignOrigin:
            self.survey.leave_out("links to other origins")
        except Excluded:
            self.survey.leave_out("robots.txt excludes them")
        return None

    def _follow(self, found: Found) -> None:
        seen: dict[str, int] = {}
        by_target: dict[str, list[Link]] = {}
        others = in_other_formats(found.reading.links, found.exchange) if found.exchange else set()
        links = links_of(found)
        for link in links:
            by_target.setdefault(link.expanded, []).append(link)
        named = named_members(found)
        for link in links:
            target = link.expanded
            if "{" in target or not target.startswith(("http://", "https://")):
                continue
            if target in self.survey.found or self._acts(found, target, by_target[target], named):
                continue
            rel = link.rel.lower()
            onward = bool(ONWARD & set(rel.split()))
            seen[rel] = seen.get(rel, 0) + 1
            if seen[rel] > MAX_PER_RELATION * (1 if link.typed or rel else 3) and not ABOUT & set(rel.split()):
                self.survey.leave_out("links with the same relation as others that were followed")
            elif onward and found.link is not None and ONWARD & set(found.rel.split()) and found.depth > MAX_PAGES:
                self.survey.leave_out("further pages")
            elif target in others:
                self.survey.leave_out("other formats of what was read")
            elif LISTENING & set(rel.split()):
                self.survey.leave_out("streams of what changes")
            elif ASSETS.search(urlsplit(target).path):
                self.survey.leave_out("pictures, scripts and the like")
            else:
                self._add(Found(target, "link", found.url, link, found.depth + 1, rel=rel))

    def _acts(self, found: Found, target: str, links: Sequence[Link], named: Collection[str]) -> bool:
        """Whether a target must not be requested because a link to it may act; if so, count it as left out."""
        why = why_left_out(target, links, found.url, named)
        if why and target not in self.survey.acting:
            self.survey.acting[target] = Acting(links[0], why, found)
            self.survey.leave_out(f"links that may act, by {why.replace('its', 'their')}")
        return bool(why)

    def _list(self) -> None:
        """Ask a WebDAV server what there is, where its pages do not tell."""
        leads_on = any(each.alive and each.kind != "description" for each in self.survey.followed())
        entries = (each for each in self.survey.entries() if each.exchange is not None and each.exchange.answered)
        start = next(entries, None)
        if start is None or leads_on:
            return
        told, listed = list_members(start.url, self._get)
        self.survey.told |= {start.url: told} if told is not None else {}
        if listed is not None:
            start.refused, start.listed = not start.alive, listed
            start.reading, start.kind = read(listed), "collection"
            self._follow(start)
            self._walk()

    # -- reading descriptions -----------------------------------------------------------------------------------

    def _describe(self) -> None:
        for found in list(self.survey.found.values()):
            if found.exchange is not None:
                self._take_description(found.exchange)
        candidates = [self.openapi] if self.openapi else []
        if not self.survey.descriptions and not candidates:
            start = self.survey.beginning()
            candidates = list(descriptions_beside(start.url, listed=start.is_listed))
        shells: set[str] = set()
        for url in candidates:
            if self.survey.descriptions or url in self.survey.found:
                break
            exchange = None if directory_of(url) in shells else self._get(url)
            if exchange is not None and is_shell(exchange):
                shells.add(directory_of(url))  # it is given at every path
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


def named_members(found: Found) -> frozenset[str]:
    """The targets of the members whose addresses end with a name, whatever it is."""
    return named_among([each.target for each in found.reading.members or () if each.target], found.url)


def path_of(url: str) -> str:
    """The path of a URL; "" for an invalid one."""
    try:
        return urlsplit(url).path
    except ValueError:
        return ""
