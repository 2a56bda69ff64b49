"""Which resources are the audit's own: only these may be replaced, changed and removed.

A resource is the audit's own if its URL (1) is below the collection of the POST, as deep as its other members, (2)
has no query, (3) is not that of the collection, (4) did not exist before, nor anything whose URL begins with it, and
(5) gives a representation with the audit's mark, as no other URL does. The first four are checked before anything is
sent to the URL; the fifth is checked again before every change, since other clients may have replaced the resource.
Where one of them does not hold, only GET is sent.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from urllib.parse import unquote, urlsplit

from .acting import acts_by_address
from .exchanges import Exchange
from .found import Found, links_of
from .identities import IDENTITIES
from .reading import read
from .reading.targets import origin, resolve, without_query
from .survey import Survey

WRAPPERS: Final = (
    (), ("data",), ("data", "attributes"), ("properties",), ("attributes",), ("result",), ("item",), ("payload",),
    ("response",),
)  # fmt: skip
"""Paths of members to the state in a representation of one resource, from the top level."""
KEYS: Final = ("id", "_id", "pk", "uuid")
"""Members that identify a resource: an existing value must never be sent as a new one."""
MAX_UNQUOTINGS: Final = 3
"""How often a segment is percent-decoded to look for slashes, since several servers in a row may each decode it."""


@dataclass(frozen=True)
class Mark:
    """The text that the audit wrote into members of a resource that it created, to recognise it.

    `sent` are the names of all members that were sent.
    """

    members: tuple[str, ...]
    text: str
    sent: frozenset[str] = frozenset()

    def is_in(self, state: Mapping[str, Any]) -> bool:
        """Whether a state is what was sent: it has the mark in its member, and half of the others that were sent.

        A log has the mark as well, of what was created, and few of the members.
        """
        values = (state.get(name) for name in self.members)
        has_mark = any(isinstance(value, str) and value.casefold() == self.text.casefold() for value in values)
        others = self.sent.difference(self.members)
        return has_mark and 2 * len(others.intersection(state)) >= len(others)

    def is_seen_in(self, state: Mapping[str, Any]) -> bool:
        """Whether the text of the mark is in any member."""
        return any(isinstance(value, str) and self.text in value for value in state.values())

    def as_written_in(self, state: Mapping[str, Any]) -> Mark:
        """The mark of the request that created a resource: a number follows the text if it was a later one."""
        texts = [value for value in state.values() if isinstance(value, str) and value.startswith(f"{self.text}-")]
        numbered = [text for text in texts if text.removeprefix(f"{self.text}-").isdecimal()]
        return Mark(self.members, numbered[0]) if numbered else self


class Before(NamedTuple):
    """What existed before anything was created.

    `addresses` are URLs, `names` the names and numbers of members, `keys` those that identify them, and `depth` is
    how many segments the URLs of members have below that of the collection.
    """

    addresses: frozenset[str]
    names: frozenset[str]
    keys: frozenset[str] = frozenset()
    depth: int = 1


def before(survey: Survey, exchanges: Iterable[Exchange], collection: Found, listing: Exchange | None) -> Before:
    """What is known to exist: URLs found, linked, described or answered, and the members in the collection."""
    latest = [] if listing is None else [Found(listing.url, "link", exchange=listing, reading=read(listing))]
    every = [*survey.found.values(), *latest]
    urls = {found.url for found in every} | {link.expanded for found in every for link in links_of(found)}
    urls |= {each.url for each in exchanges if each.succeeded} | set(survey.acting)
    urls |= {
        resolve(survey.starts[0], urlsplit(description.url(operation.path)).path)
        for description in survey.descriptions
        for operation in description.operations
        if "{" not in operation.path
    }
    pages = [found for found in every if canonical(found.url) == canonical(collection.url)]
    members = [member for found in pages for member in found.reading.members or ()]
    guessed = [found.url for found in survey.items() if found.via == collection.url]
    targets = [*guessed, *(member.target for member in members if member.target)]
    return Before(
        frozenset(map(canonical, filter(None, urls))),
        frozenset(map(alias, named_by(IDENTITIES, (member.data for member in members)))),
        frozenset(named_by(KEYS, (member.data for member in members))),
        _depth(collection.url, targets),
    )


def named_by(names: Iterable[str], members: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The values of members of these names, texts and numbers."""
    wanted = tuple(names)
    return (str(data[name]) for data in members for name in wanted if isinstance(data.get(name), str | int))


def _depth(collection: str, targets: Iterable[str]) -> int:
    """How many segments URLs of members have below the collection; 1 where none is known."""
    base = f"{without_query(collection)}/"
    below = [without_query(each).removeprefix(base) for each in targets if each.startswith(base)]
    [(depth, _)] = Counter(each.count("/") + 1 for each in below).most_common(1) or [(1, 0)]
    return depth


def canonical(url: str) -> str:
    """A URL in the form in which it is compared: decoded, without differences of case, query and trailing slash."""
    path = unquote(url.partition("#")[0].partition("?")[0])
    return unicodedata.normalize("NFKC", path).rstrip("/").casefold()


def alias(segment: str) -> str:
    """The last segment of a URL as many servers read it: without extension, parameters, spaces and leading zeros."""
    text = unicodedata.normalize("NFKC", segment).casefold().partition(";")[0].strip(" \t\r\n\0.")
    text = _EXTENSION.sub("", text)
    return text.lstrip("+0") or "0" if _NUMBER.fullmatch(text) else text


_EXTENSION = re.compile(r"\.(?:json|xml|html?|ya?ml|csv|0+)$")
_NUMBER = re.compile(r"\+?[0-9]+")


# -- the URL -------------------------------------------------------------------------------------------------


class Claim(NamedTuple):
    """The URL that a response gives for the created resource, as written and resolved."""

    written: str
    url: str
    collection: str
    before: Before

    @property
    def base(self) -> str:
        return without_query(self.collection)

    @property
    def segments(self) -> list[str]:
        """The segments of its path below the collection, decoded."""
        return [_decoded(each) for each in self.url.removeprefix(f"{self.base}/").rstrip("/").split("/")]

    @property
    def beginning(self) -> str:
        """Its URL as it is compared: whatever begins with it may be removed with it."""
        return canonical(self.url)


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
    (lambda it: not all(each.isprintable() for each in it.segments), "its URL has control characters"),
    (lambda it: acts_by_address(it.url, it.collection, named=True), "its URL names an action"),
    (lambda it: it.beginning in it.before.addresses, "its URL existed before"),
    (lambda it: alias(it.segments[-1]) in it.before.names, "a member with that name or number existed before"),
    (lambda it: any(each.startswith(f"{it.beginning}/") for each in it.before.addresses),
     "a URL below its own existed before"),
    (lambda it: any(each.startswith(it.beginning) for each in it.before.addresses)
     or any(each.startswith(alias(it.segments[-1])) for each in it.before.keys),
     "a URL or a number that begins with its own existed before"),
    (lambda it: len(it.segments) != it.before.depth, "its URL is not where the members of the collection are"),
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
    return other is not None and other.succeeded and any(mark.is_seen_in(state) for state in states(other))


def echoes_in(listing: Exchange | None, mark: Mark, there: Before) -> bool:
    """Whether a collection shows the mark in a member that existed before."""
    members = read(listing).members or () if listing is not None and listing.succeeded else ()
    return any(
        mark.is_seen_in(member.data)
        and (canonical(member.target) in there.addresses or not there.keys.isdisjoint(named_by(KEYS, [member.data])))
        for member in members
    )
