"""URLs that members of a collection are likely to have, where no link says it, and whether a response is of one."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from .acting import NOUNS_TOO, acts_by_address, words_of
from .exchanges import Exchange
from .reading import Member, read

Get = Callable[[str], Exchange | None]
"""Sends GET; None where that may not be sent."""
IDENTITIES = (
    "id", "_id", "uuid", "slug", "key", "identifier", "pk", "name", "code", "number", "username", "title", "sku",
    "uid", "guid", "login", "handle", "isbn",
)  # fmt: skip
"""Members that usually hold the identity of an item, in lower case."""
SCOPES = ("vhost", "namespace", "project", "owner", "database")
"""Members whose value stands before the name of an item in its path."""
MISSING_NAME = "no-such-thing-here"
"""A segment of a path that does not exist."""
MAX_GUESSES = 12
"""URLs that are tried for the members of one collection."""
MAX_PARTS = 3
"""Parts of one thing that are looked for."""
MAX_ORDERED = 100
"""Members of a collection of which some are chosen."""
MAX_IDENTITIES = 5
MAX_VALUE = 200
"""Characters of an identity."""
REFUSED = frozenset([401, 405])
"""Status codes by which a server says that there is something at a URL, where it says 404 of what is missing."""
GONE = frozenset([404, 410])
_PART = re.compile(r"[A-Za-z][\w-]{0,50}")
_IDENTITY = re.compile(r"[A-Za-z]+(?:_id|Id|ID|_uuid|Uuid|_key|_name|Name)")


def plausible(collection: str, members: Iterable[Member]) -> Iterator[str]:
    """URLs of the first members, the most likely first: below the collection, at its singular, by a query."""
    known = list(islice((each for each in members if each.data), 2))
    first = [url for each in known[:1] for url in _of_first(collection, each)]
    second = [url for each in known[1:] for url in _below(collection, each)]
    found = dict.fromkeys([*first[: MAX_GUESSES - 2], *second])
    found.pop(collection, None)
    return islice(found, MAX_GUESSES)


def may_act(url: str, collection: str) -> bool:
    """Whether a guessed URL may be that of an action, such as `/api/stop` for a member of `/api/jobs` named so."""
    if acts_by_address(url, collection, named=True):
        return True
    base = collection.partition("?")[0].rstrip("/")
    beside = not url.startswith((f"{base}/", f"{base}?"))
    return beside and "".join(words_of(url.rstrip("/").rpartition("/")[2])) in NOUNS_TOO


def find_parts(whole: Exchange, get: Get) -> Iterator[Exchange]:
    """The responses of the parts of one thing, such as `/config/folders`: each is just one member of the whole."""
    base = whole.url.partition("?")[0].rstrip("/")
    inner = whole.data.items() if isinstance(whole.data, dict) else ()
    named = [(name, value) for name, value in inner if value and isinstance(value, (list, dict))]
    for name, value in named[:MAX_PARTS]:
        url = f"{base}/{name}"
        exchange = get(url) if _PART.fullmatch(name) and not may_act(url, whole.url) else None
        if exchange is not None and exchange.succeeded and exchange.data == value:
            yield exchange


class Tries(NamedTuple):
    """The responses to the guesses that were sent, and the one that is of a member, if any."""

    sent: list[Exchange]
    found: Exchange | None = None


def find_member(collection: Exchange, members: Iterable[Member], known: Container[str], get: Get) -> Tries:
    """Try likely URLs of the members of a collection, until one is that of a member."""
    sent: list[Exchange] = []
    for url in plausible(collection.url, in_steady_order(members)):
        exchange = None if url in known or may_act(url, collection.url) else get(url)
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


def is_refused(exchange: Exchange, get: Get) -> bool:
    """Whether a refusal shows that there is something at a URL: one that does not exist is answered with 404."""
    if exchange.status not in REFUSED:
        return False
    missing = get(missing_like(exchange.url))
    return missing is not None and missing.status in GONE


def _below(collection: str, member: Member) -> Iterator[str]:
    """URLs directly below the collection."""
    bare = collection.partition("?")[0]
    base, _, name = _parts(bare)
    for value in identities(member.data, singular(name)).values():
        yield from (
            f"{base}/{value}{ending}" for ending in (("/", "") if urlsplit(bare).path.endswith("/") else ("",))
        )


def _of_first(collection: str, member: Member) -> Iterator[str]:
    yield from _below(collection, member)
    bare = collection.partition("?")[0]
    base, parent, name = _parts(bare)
    slash = "/" if urlsplit(bare).path.endswith("/") else ""
    known = identities(member.data, singular(name))
    for scope in (member.data[each] for each in SCOPES if isinstance(member.data.get(each), str)):
        yield from (f"{base}/{quote(scope, safe='')}/{known[each]}" for each in ("name", "id") if each in known)
    for key, value in list(known.items())[:2]:
        if member.group:
            yield from (f"{each}/{member.group}/{value}{slash}" for each in dict.fromkeys((base, parent)))
            yield f"{base}/{singular(member.group)}/{value}{slash}"
        if name:
            yield from (f"{each}/{value}{slash}" for each in dict.fromkeys((f"{parent}/{singular(name)}", parent)))
        if bare == collection:
            yield from (f"{bare}?{each}={value}" for each in dict.fromkeys((key, "id")))


def _parts(bare: str) -> tuple[str, str, str]:
    """A URL without a slash at its end, the URL above it, and its last segment; at the root, itself and ""."""
    base = bare.rstrip("/")
    if not urlsplit(bare).path.strip("/"):
        return base, base, ""
    parent, _, name = base.rpartition("/")
    return base, parent, name


def identities(member: Mapping[str, Any], one: str = "") -> dict[str, str]:
    """The values of a member that may identify it, as they stand in a path, by their names; the most likely first."""
    by_name = {key.lower(): key for key in list(member)[:200]}
    likely = [by_name[each] for each in (*IDENTITIES, f"{one}_id", f"{one}id", f"{one}name") if each in by_name]
    others = [key for key in by_name.values() if _IDENTITY.fullmatch(key[:50])]
    found: dict[str, str] = {}
    for key in dict.fromkeys((*likely, *others)):
        value = member[key]
        if isinstance(value, (str, int)) and not isinstance(value, bool) and 0 < len(str(value)) <= MAX_VALUE:
            text = str(value)  # one that begins with a slash is a path below the collection, as in etcd
            found[key] = quote(text.strip("/"), safe="/") if text.startswith("/") else quote(text, safe="")
    return {key: value for key, value in list(found.items())[:MAX_IDENTITIES] if value}


def singular(name: str) -> str:
    """The singular of an English noun, such as `box` of `boxes`, as far as that is regular."""
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"), ("ss", "ss")):
        if name.lower().endswith(ending):
            return name[: -len(ending)] + instead
    return name[:-1] if name.lower().endswith("s") else name


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
