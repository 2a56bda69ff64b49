"""URLs that members of a collection are likely to have, where no link says it, the most likely first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, urlsplit

from .identities import MAX_COMPARED, SCOPES, identities, singular
from .reading import Member

MAX_GUESSES = 14
"""URLs that are tried for the members of one collection."""
SECOND = 2
"""URLs of these that are of the second member, since the first may be gone or private."""
MAX_PLACED = 2
"""Identities that are tried in other places than directly below the collection."""
LISTING = re.compile(r"(?P<stem>.*?)[_-]?(?:list|all|index|listing|collection|catalog)", re.IGNORECASE)
"""A segment that says that it is a list: `user-list`, `todosAll`, `_catalog`, `list`."""
EXTENSION = re.compile(r"\.(?:json|xml|ya?ml|csv|txt|html?)", re.IGNORECASE)


class Place(NamedTuple):
    """A collection's URL in parts, as `{parent}/{name}{extension}{slash}`."""

    url: str
    """Without a query."""
    parent: str
    name: str
    """The last segment, without an extension such as `.json`; "" at the root."""
    extension: str
    slash: str
    """A slash at the end of the path; at the root it says nothing about those of other paths, and is left out."""

    @property
    def base(self) -> str:
        """The URL that members are below: without extension and slash."""
        return f"{self.parent}/{self.name}" if self.name else self.parent


def place_of(url: str) -> Place:
    """The parts of a collection's URL."""
    bare = url.partition("?")[0]
    path = urlsplit(bare).path
    base = bare.rstrip("/")
    if not path.strip("/"):
        return Place(bare, base, "", "", "")
    parent, _, last = base.rpartition("/")
    stem, dot, ending = last.rpartition(".")
    extension = f".{ending}" if stem and EXTENSION.fullmatch(dot + ending) else ""
    return Place(bare, parent, last.removesuffix(extension), extension, "/" if path.endswith("/") else "")


def plausible(collection: str, members: Iterable[Member]) -> Iterator[str]:
    """URLs of the first two members: below the collection, below its parent, at its singular, by a query."""
    known = list(islice((each for each in members if each.data), MAX_COMPARED))
    place = place_of(collection)
    data = [each.data for each in known]
    of_each = (_of_member(place, each, data, queried=place.url == collection) for each in known[:2])
    first, second = next(of_each, []), next(of_each, [])
    found = dict.fromkeys([*first[: MAX_GUESSES - SECOND], *second])
    found.pop(collection, None)
    return islice(found, MAX_GUESSES)


def _of_member(place: Place, member: Member, every: Sequence[Mapping[str, Any]], *, queried: bool) -> list[str]:
    known = identities(member.data, singular(place.name), every)
    placed = list(known.items())[:MAX_PLACED]
    each_place = [list(_around(place, key, value, member.group, queried=queried)) for key, value in placed]
    below = [f"{place.base}/{value}{place.extension}{place.slash}" for value in known.values()]
    return list(dict.fromkeys([*below, *_scoped(place, member.data, known), *chain(*each_place)]))


def _around(place: Place, key: str, value: str, group: str, *, queried: bool) -> Iterator[str]:
    """The other places of one identity: the other spelling first, then what is beside the collection."""
    ending = f"{place.extension}{place.slash}"
    if place.name:
        yield f"{place.base}/{value}{'' if ending else '/'}"
    if "%2F" in value.upper():  # a path, which some servers take as it is
        yield f"{place.base}/{unquote(value)}{ending}"
    if group:
        yield from (f"{each}/{group}/{value}{ending}" for each in dict.fromkeys((place.base, place.parent)))
        yield f"{place.base}/{singular(group)}/{value}{ending}"
    if place.name:
        yield from (f"{place.parent}/{each}{value}{ending}" for each in _beside(place.name))
    if queried:
        one = singular(place.name)
        yield from (
            f"{place.url}?{each}={value}" for each in dict.fromkeys((key, "id", *([f"{one}_id"] if one else [])))
        )
        if one:
            yield f"{place.parent}/{one}?id={value}"
    if place.name:  # as in /containers/json and /containers/1/json
        yield f"{place.parent}/{value}/{place.name}{ending}"


def _beside(name: str) -> Iterator[str]:
    """What may stand in place of a collection's name: its singular, nothing, and what it is a list of."""
    listing = LISTING.fullmatch(name)
    stem = listing["stem"] if listing else name
    if listing and stem:
        plural = stem if stem.lower().endswith("s") else f"{stem}s"
        yield from (f"{plural}/", f"{singular(stem)}/", "")
    elif listing:
        yield ""
    else:
        yield from dict.fromkeys((f"{singular(name)}/", ""))


def _scoped(place: Place, member: Mapping[str, Any], known: Mapping[str, str]) -> Iterator[str]:
    for scope in (member[each] for each in SCOPES if isinstance(member.get(each), str)):
        yield from (f"{place.base}/{quote(scope, safe='')}/{known[each]}" for each in ("name", "id") if each in known)
