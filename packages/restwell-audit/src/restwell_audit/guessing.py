"""Members, parts and wholes that no link leads to: which likely URLs are tried, and what their responses show."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, urljoin

from .acting import ALONE, NOUNS_TOO, acts_by_address, words_of
from .candidates import place_of, plausible
from .exchanges import Exchange
from .identities import MAX_VALUE, identities, is_identified
from .reading import Member, read
from .reading.listing import inside
from .reading.shapes import mapping
from .reading.targets import origin, resolve, without_query

Get = Callable[[str], Exchange | None]
"""Sends GET; None where that may not be sent."""
MISSING_NAME = "no-such-thing-here"
"""A segment of a path that does not exist."""
MAX_ORDERED = 100
"""Members of a collection of which some are chosen."""
MAX_PARTS = 3
"""Parts of one thing that are looked for."""
REFUSED = frozenset([400, 401, 403, 405, 406])
"""Status codes by which a server says that there is something at a URL, where it says 404 of what is missing."""
MOVED = frozenset([301, 302, 303, 307, 308])
CHANGING = frozenset(["PUT", "PATCH", "DELETE"])
ENVELOPES = ("data", "result", "response", "payload")
_PART = re.compile(r"[\w@~-][\w@.~-]{0,50}")
_RELATIVE = re.compile(r"[\w-]+/")


class Tries(NamedTuple):
    """The responses to the guesses that were sent, and the one that is of a member, if any."""

    sent: list[Exchange]
    found: Exchange | None = None


def find_member(collection: Exchange, members: Iterable[Member], known: Container[str], get: Get) -> Tries:
    """Try likely URLs of the members of a collection, until one is that of a member."""
    sent: list[Exchange] = []
    for url in plausible(collection.url, in_steady_order(members)):
        exchange = None if url in known or may_act(url, collection.url) else _arrive(url, get)
        if exchange is not None:
            sent.append(exchange)
            if is_refused(exchange, get) or is_of_member(exchange, collection):
                return Tries(sent, exchange)
    return Tries(sent)


def in_steady_order(members: Iterable[Member]) -> list[Member]:
    """The first members by their texts and numbers: a server may list them in another order each time."""
    return sorted(islice(members, MAX_ORDERED), key=lambda each: [
        (name, str(value)[:MAX_VALUE]) for name, value in sorted(each.data.items()) if isinstance(value, (str, int))
    ])  # fmt: skip


def find_inner(whole: Exchange, known: Container[str], get: Get) -> Tries:
    """Try likely URLs of what is listed in something that may be no collection."""
    lists = (each for each in inside(whole.data) if any(is_identified(member) for member in each.members))
    first = next(lists, None)
    return (
        Tries([])
        if first is None
        else find_member(whole, [Member(each, "", first.name) for each in first.members], known, get)
    )


def _arrive(url: str, get: Get) -> Exchange | None:
    """The response at a URL, or at the one of the same origin that it redirects to."""
    exchange = get(url)
    location = exchange.header("location") if exchange is not None and exchange.status in MOVED else None
    target = resolve(url, location) if location else ""
    follows = target and target != url and origin(target) == origin(url) and not may_act(target, url)
    return get(target) if follows else exchange


def may_act(url: str, collection: str) -> bool:
    """Whether a guessed URL may be that of an action, such as `/api/stop` for a member of `/api/jobs` named so.

    Below a collection the last segment is the name of a member, which may begin like an action: `/jobs/open-house`.
    """
    base = without_query(collection)
    below = url.startswith((f"{base}/", f"{base}?"))
    first = next(iter(words_of(url.rstrip("/").rpartition("/")[2])), "")
    return acts_by_address(url, collection, named=below) or first in (ALONE if below else NOUNS_TOO)


# -- what one thing is made of, and what it is part of --------------------------------------------------------


def find_parts(whole: Exchange, get: Get) -> Iterator[Exchange]:
    """The responses of the parts of one thing, such as `/config/folders`.

    One is a part that is just one member of the whole, or is at a server that says 404 of other names.
    """
    base = without_query(whole.url)
    named = [
        (name, value) for name, value in mapping(content_of(whole.data)).items() if value and _PART.fullmatch(name)
    ]
    first = sorted(named, key=lambda each: not isinstance(each[1], (list, dict)))
    for name, value in first[:MAX_PARTS]:
        given = urljoin(f"{base}/", value) if isinstance(value, str) and _RELATIVE.fullmatch(value) else ""
        url = given or f"{base}/{quote(name)}"
        acts = acts_by_address(url, whole.url) or may_act(url, whole.url)
        exchange = None if acts else _arrive(url, get)
        if exchange is not None and is_part(exchange, value, whole, get):
            yield exchange


def is_part(exchange: Exchange, value: object, whole: Exchange, get: Get) -> bool:
    """Whether a response is that of a part with this value."""
    if not exchange.succeeded or read(exchange).is_error or exchange.body == whole.body:
        return False
    same_kind = isinstance(exchange.data, (list, dict)) and exchange.url != whole.url
    return content_of(exchange.data) == value or (same_kind and _is_missing_beside(exchange.url, get))


def content_of(data: Any) -> Any:
    """JSON without the envelope around it, such as `{"status": "success", "data": ...}`."""
    if isinstance(data, dict) and len(data) <= len(ENVELOPES):
        inner = [data[each] for each in ENVELOPES if isinstance(data.get(each), (dict, list))]
        return inner[0] if len(inner) == 1 else data
    return data


def find_whole(part: Exchange, get: Get) -> Iterator[Exchange]:
    """The responses of what one thing may be in or beside, where its URL ends with its identity: `/things/7`."""
    place = place_of(part.url)
    name = unquote(f"{place.name}{place.extension}")
    known = identities(mapping(content_of(part.data)))
    if not name or quote(name, safe="") not in known.values():
        return
    beside = [f"{place.parent}/{int(name) + each}" for each in (1, -1) if name.isdecimal() and int(name) + each >= 0]
    for url in (place.parent, *beside):
        exchange = None if may_act(url, part.url) else _arrive(f"{url}{place.slash}", get)
        if exchange is not None and is_part(exchange, part, part, get):
            yield exchange
            return


# -- what a response shows ------------------------------------------------------------------------------------


def is_refused(exchange: Exchange, get: Get) -> bool:
    """Whether a refusal shows that there is something at a URL: one that does not exist is answered with 404.

    Where members cannot be read by themselves, 405 is said of those that do not exist, too. That `Allow` says how one
    is changed, while there is nothing further below, shows that members have URIs.
    """
    if exchange.status not in REFUSED:
        return False
    missing = get(missing_like(exchange.url))
    if missing is None or missing.is_gone:
        return missing is not None
    changes = not CHANGING.isdisjoint(re.split(r"[\s,]+", (exchange.header("allow") or "").upper()))
    if exchange.status != 405 or missing.status != 405 or not changes:
        return False
    below = get(f"{without_query(exchange.url)}/{MISSING_NAME}")
    return below is not None and below.is_gone


def _is_missing_beside(url: str, get: Get) -> bool:
    missing = get(missing_item(url))
    return missing is not None and missing.is_gone


def is_of_member(exchange: Exchange, collection: Exchange) -> bool:
    """Whether a response to a guessed URL is that of a member, and not that of everything or of the list.

    A query that the server ignores gives the list again, and a script's page is given at every path.
    """
    reading = read(exchange)
    if not exchange.succeeded or reading.is_error or exchange.body == collection.body:
        return False
    if "?" in exchange.url:  # by a query: one of several, and not a filtered or another part of the list
        before, now = read(collection).members or (), reading.members
        return now is None or (len(now) == 1 < len(before))
    return exchange.media_type == collection.media_type or exchange.media_type != "text/html"


def missing_item(url: str) -> str:
    """A URL like that of an item, with an identity that cannot exist: a large number, or `MISSING_NAME`."""
    base = url.partition("?")[0]
    slash = "/" if base.endswith("/") else ""
    parent, _, name = base.removesuffix("/").rpartition("/")
    return f"{parent}/{_missing(name)}{slash}"


def missing_like(url: str) -> str:
    """As `missing_item`, for the URL of an item that its query identifies."""
    base, question, query = url.partition("?")
    name, _, value = query.partition("=")
    return f"{base}?{name}={_missing(value)}" if question else missing_item(url)


def _missing(name: str) -> str:
    return "987654321" if name.isdecimal() else MISSING_NAME
