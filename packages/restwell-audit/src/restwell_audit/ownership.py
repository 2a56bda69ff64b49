"""What is the audit's own: it alone may be replaced, changed and removed.

Own is what (1) lies below the collection that was posted to, (2) has no query, (3) is no collection, (4) was not
there before, and (5) bears the audit's mark when it is read again, at that address and at no other. The first four
are asked of the address before anything is sent to it; the fifth is asked again before every change, for others may
have put their own there since. Where one does not hold, nothing is sent but GET.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from urllib.parse import unquote, urlsplit

from .acting import is_deed_by_address
from .exchanges import Exchange
from .reading import read
from .reading.targets import origin, resolve
from .survey import IDENTITIES, Found, Survey, expanded, links_of

WRAPPERS: Final = (
    (), ("data",), ("data", "attributes"), ("properties",), ("attributes",), ("result",), ("item",), ("payload",),
    ("response",),
)  # fmt: skip
"""Where the state stands in a representation of one thing: at the top, or in what formats and habits lay round it."""
UNQUOTINGS: Final = 3
"""So often a segment is decoded before it is believed to hold no slash: servers behind servers decode again."""


@dataclass(frozen=True)
class Mark:
    """What the audit wrote into a text member of what it created: by these it is known again."""

    members: tuple[str, ...]
    text: str

    def is_in(self, state: Mapping[str, Any]) -> bool:
        """Whether a state bears the mark in a member that it was written to."""
        values = (state.get(name) for name in self.members)
        return any(isinstance(value, str) and value.casefold() == self.text.casefold() for value in values)


class Before(NamedTuple):
    """What was there before anything was created: addresses, and the names and numbers of the members."""

    addresses: frozenset[str]
    names: frozenset[str]


def before(survey: Survey, exchanges: Iterable[Exchange], collection: Found, listing: Exchange | None) -> Before:
    """All that is known to be there: what was found, linked, described or answered, and what the collection lists."""
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
    """An address as it is compared: decoded, in lower case, without query and without a slash at its end."""
    return unquote(url.partition("#")[0].partition("?")[0]).rstrip("/").lower()


# -- the address ---------------------------------------------------------------------------------------------


class Claim(NamedTuple):
    """An address that an answer gives for what was created: as it was written, and as a URL."""

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
    (lambda it: not it.url, "nothing says where it is"),
    (lambda it: origin(it.url) != origin(it.collection), "its address is of another origin"),
    (lambda it: "@" in urlsplit(it.url).netloc, "its address holds a credential"),
    (lambda it: "?" in it.written, "its address has a query"),
    (lambda it: "#" in it.written, "its address has a fragment"),
    (lambda it: it.url.rstrip("/") == it.base, "its address is that of the collection"),
    (lambda it: not it.url.startswith(f"{it.base}/"), "its address is not below that of the collection"),
    (lambda it: any(set(each) & {"/", "\\"} or each in {"", ".", ".."} for each in it.segments),
     "its address holds segments that lead elsewhere, or encoded slashes"),
    (lambda it: is_deed_by_address(it.url, it.collection, named=True), "its address names an action"),
    (lambda it: canonical(it.url) in it.before.addresses, "something was at its address before"),
    (lambda it: any(each.startswith(f"{canonical(it.url)}/") for each in it.before.addresses),
     "something was below its address before"),
    (lambda it: it.segments[-1] in it.before.names, "a member of that name or number was there before"),
)  # fmt: skip
"""Why an address is not believed to be that of something new, in the order in which it is asked."""


def doubt_of(claim: Claim) -> str:
    """Why nothing but GET may be sent to an address; "" where its words say nothing against it."""
    return next((why for doubts, why in DOUBTS if doubts(claim)), "")


def _decoded(segment: str) -> str:
    for _ in range(UNQUOTINGS):
        segment = unquote(segment)
    return segment


# -- what is there -------------------------------------------------------------------------------------------


def doubt_about(found: Exchange | None, mark: Mark) -> str:
    """Why what is read at an address is not the audit's own, so that it may not be changed; "" where it is."""
    if found is None or not found.succeeded or not found.complete:
        return "it cannot be read at its address"
    if not any(mark.is_in(state) for state in states(found)):
        return "what is read at its address does not bear the audit's mark"
    said = [link.target for link in read(found).linked("self")]
    said += [resolve(found.url, value) for name, value in found.headers if name.lower() == "content-location"]
    if said and not any(urlsplit(canonical(each)).path == urlsplit(canonical(found.url)).path for each in said):
        return "what is read at its address says that it is at another"
    return ""


def states(found: Exchange) -> Iterator[Mapping[str, Any]]:
    """The state of the one thing that a representation is of; none of a collection, and none of what it embeds."""
    reading = read(found)
    if reading.is_error:
        return
    if reading.members is not None:
        # Collection+JSON shows one thing as a collection of one.
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
    """Why the mark proves nothing, by the answer for an address where nothing can be; "" where it does."""
    if other is None or not other.answered:
        return "it could not be asked whether the server answers everything alike"
    if other.succeeded and not read(other).is_error:
        return "the server has an answer for addresses where nothing can be"
    return ""


def echoes(other: Exchange | None, mark: Mark) -> bool:
    """Whether what was there before bears the mark now: it was changed by creating, or all that is read bears it."""
    return other is not None and other.succeeded and any(mark.is_in(state) for state in states(other))
