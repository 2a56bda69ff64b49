"""Which resources are the audit's own: only these may be replaced, changed and removed.

A resource is the audit's own if its URL (1) is below the collection of the POST, (2) has no query, (3) is not that of
the collection, (4) did not exist before, and (5) gives a representation with the audit's mark, as no other URL does.
The first four are checked before anything is sent to the URL; the fifth is checked again before every change, since
other clients may have replaced the resource. Where one of them does not hold, only GET is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from urllib.parse import unquote, urlsplit

from .acting import acts_by_address
from .exchanges import Exchange
from .reading import read
from .reading.targets import origin, resolve
from .survey import IDENTITIES, Found, Survey, expanded, links_of

WRAPPERS: Final = (
    (), ("data",), ("data", "attributes"), ("properties",), ("attributes",), ("result",), ("item",), ("payload",),
    ("response",),
)  # fmt: skip
"""Paths of members to the state in a representation of one resource, from the top level."""
MAX_UNQUOTINGS: Final = 3
"""How often a segment is percent-decoded to look for slashes, since several servers in a row may each decode it."""


@dataclass(frozen=True)
class Mark:
    """The text that the audit wrote into members of a resource that it created, to recognise it."""

    members: tuple[str, ...]
    text: str

    def is_in(self, state: Mapping[str, Any]) -> bool:
        """Whether a state has the mark in one of the members to which it was written."""
        values = (state.get(name) for name in self.members)
        return any(isinstance(value, str) and value.casefold() == self.text.casefold() for value in values)


class Before(NamedTuple):
    """What existed before anything was created: URLs, and the names and numbers of members."""

    addresses: frozenset[str]
    names: frozenset[str]


def before(survey: Survey, exchanges: Iterable[Exchange], collection: Found, listing: Exchange | None) -> Before:
    """What is known to exist: URLs found, linked, described or answered, and the members in the collection."""
    latest = [] if listing is None else [Found(listing.url, "link", exchange=listing, reading=read(listing))]
    every = [*survey.found.values(), *latest]
    urls = {found.url for found in every} | {expanded(link) for found in every for link in links_of(found)}
    urls |= {each.url for each in exchanges if each.succeeded} | set(survey.acting)
    urls |= {
        resolve(survey.starts[0], urlsplit(description.url(operation.path)).path)
        for description in survey.descriptions
        for operation in description.operations
        if "{" not in operation.path
    }
    pages = [found for found in every if canonical(found.url) == canonical(collection.url)]
    members = [member.data for found in pages for member in found.reading.members or ()]
    names = {str(data[name]) for data in members for name in IDENTITIES if isinstance(data.get(name), str | int)}
    return Before(frozenset(map(canonical, filter(None, urls))), frozenset(names))


def canonical(url: str) -> str:
    """A URL in the form in which it is compared: decoded, in lower case, without query and trailing slash."""
    return unquote(url.partition("#")[0].partition("?")[0]).rstrip("/").lower()


# -- the URL -------------------------------------------------------------------------------------------------


class Claim(NamedTuple):
    """The URL that a response gives for the created resource, as written and resolved."""

    written: str
    url: str
    collection: str
    before: Before

    @property
    def base(self) -> str:
        return self.collection.partition("?")[0].rstrip("/")

    @property
    def segments(self) -> list[str]:
        """The segments of its path below the collection, decoded."""
        return [_decoded(each) for each in self.url.removeprefix(f"{self.base}/").rstrip("/").split("/")]


Doubt = Callable[[Claim], bool]
DOUBTS: Final[tuple[tuple[Doubt, str], ...]] = (
    (lambda it: not it.url, "the response does not give its URL"),
    (lambda it: origin(it.url) != origin(it.collection), "its URL is of another origin"),
    (lambda it: "@" in urlsplit(it.url).netloc, "its URL has a credential"),
    (lambda it: "?" in it.written, "its URL has a query"),
    (lambda it: "#" in it.written, "its URL has a fragment"),
    (lambda it: it.url.rstrip("/") == it.base, "its URL is that of the collection"),
    (lambda it: not it.url.startswith(f"{it.base}/"), "its URL is not below that of the collection"),
    (lambda it: any(set(each) & {"/", "\\"} or each in {"", ".", ".."} for each in it.segments),
     "its URL has dot segments, empty segments or encoded slashes"),
    (lambda it: acts_by_address(it.url, it.collection, named=True), "its URL names an action"),
    (lambda it: canonical(it.url) in it.before.addresses, "its URL existed before"),
    (lambda it: any(each.startswith(f"{canonical(it.url)}/") for each in it.before.addresses),
     "a URL below its own existed before"),
    (lambda it: it.segments[-1] in it.before.names, "a member with that name or number existed before"),
)  # fmt: skip
"""The reasons to doubt that a URL is that of a new resource, in the order in which they are checked."""


def doubt_of(claim: Claim) -> str:
    """The reason why only GET may be sent to a URL, judged by the URL alone; "" without one."""
    return next((why for doubts, why in DOUBTS if doubts(claim)), "")


def _decoded(segment: str) -> str:
    for _ in range(MAX_UNQUOTINGS):
        segment = unquote(segment)
    return segment


# -- the representation --------------------------------------------------------------------------------------


def doubt_about(found: Exchange | None, mark: Mark) -> str:
    """The reason why the resource that was read is not the audit's own; "" where it is."""
    if found is None or not found.succeeded or not found.complete:
        return "it cannot be read at its URL"
    if not any(mark.is_in(state) for state in states(found)):
        return "the representation at its URL does not have the audit's mark"
    said = [link.target for link in read(found).linked("self")]
    said += [resolve(found.url, value) for name, value in found.headers if name.lower() == "content-location"]
    if said and not any(urlsplit(canonical(each)).path == urlsplit(canonical(found.url)).path for each in said):
        return "the representation at its URL names another URL as its own"
    return ""


def states(found: Exchange) -> Iterator[Mapping[str, Any]]:
    """The possible states of the resource that is represented; none for a collection."""
    reading = read(found)
    if reading.is_error:
        return
    if reading.members is not None:
        # Collection+JSON represents an item as a collection with one member.
        if reading.syntax == "collection+json" and len(reading.members) == 1:
            [member] = reading.members
            yield from [member.data] if member.target == found.url else []
        return
    for path in WRAPPERS:
        state: Any = found.data
        for name in path:
            state = state.get(name) if isinstance(state, dict) else None
        if isinstance(state, dict):
            yield state
    if isinstance(found.data, dict) and len(found.data) == 1:  # {"thing": {...}}
        yield from (state for state in found.data.values() if isinstance(state, dict))


def doubt_about_nowhere(other: Exchange | None) -> str:
    """The reason why the mark proves nothing, from the response for a URL that cannot exist; "" without one."""
    if other is None or not other.answered:
        return "a URL that cannot exist could not be requested for comparison"
    if other.succeeded and not read(other).is_error:
        return "the server gives a representation for a URL that cannot exist"
    return ""


def echoes(other: Exchange | None, mark: Mark) -> bool:
    """Whether a resource that existed before has the mark, since creating changed it or every response repeats it."""
    return other is not None and other.succeeded and any(mark.is_in(state) for state in states(other))
