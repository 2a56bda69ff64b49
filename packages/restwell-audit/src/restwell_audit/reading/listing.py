"""Finds the members of a collection in JSON of no particular format: lists, names, maps by key, trees."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from .paging import describes_only_paging
from .shapes import MAX_ENTRIES, mapping, objects

LISTS = frozenset([
    "content", "contents", "data", "docs", "documents", "elements", "entries", "entry", "features", "hits", "items",
    "item", "keys", "list", "member", "members", "names", "objects", "payload", "records", "resources", "response",
    "result", "results", "rows", "value", "values",
])  # fmt: skip
"""Names of lists of members, in lower case, whatever other members an object has."""
BRANCHES = ("children", "nodes", "childNodes")
"""Names of the lists in a tree."""
TRUNKS = ("node", "root", "tree")
"""Members that hold a tree."""
IDENTITIES = frozenset(["_id", "id", "key", "name", "number", "slug", "title", "uuid"])
"""Members of an item that a page of a collection does not have."""
STATUS = frozenset(["code", "message", "ok", "status", "success", "_shards", "timed_out"])
ENVELOPES = ("data", "result", "results", "response", "payload", "hits", "list", "_embedded")
LINKS = frozenset([
    "@id", "@odata.id", "_self", "first", "href", "last", "link", "links", "location", "Location", "next", "path",
    "prev", "previous", "resource_uri", "self", "self_link", "uri", "url",
])  # fmt: skip
MAX_NAME = 200
"""Characters of a name in a list of names."""
MAX_WORDS = 4
"""Words of a name with spaces; a text with more is a sentence."""
MAX_NESTED = 3
"""Envelopes around a list."""
COLUMNS = ("columns", "fields", "header", "headers")
"""Members that name the columns of a table beside its rows."""
_REFERENCE = re.compile(r"/|\.\.?/|\?|[A-Za-z][A-Za-z0-9+.-]*:/")


class Listing(NamedTuple):
    """The members of a collection, and the name of the list that has them; "" where the content is the list."""

    members: list[dict[str, Any]]
    name: str = ""


def listing(data: dict[str, Any] | list[Any], segment: str) -> Listing | None:
    """The members in JSON at a URL that ends with a segment; None where it is not a collection."""
    if isinstance(data, list):
        found = _as_members(data)
        return None if found is None else Listing(found)
    return next(filter(None, _candidates(data, segment)), None)


def _candidates(data: dict[str, Any], segment: str) -> Iterator[Listing | None]:
    yield _list_in(data, segment)
    yield _in_envelope(data, segment, MAX_NESTED)
    for outer, value in data.items():  # as XML has it: <Buckets><Bucket/></Buckets>
        if isinstance(value, dict) and [f"{inner}s" for inner in value] == [outer]:
            yield _list_in(value, next(iter(value)))
    yield _branch(data)
    for trunk in TRUNKS:
        yield _branch(mapping(data.get(trunk)))
    yield _map_in(data, segment)


def _in_envelope(data: Mapping[str, Any], segment: str, depth: int) -> Listing | None:
    """The list in an object that holds the content, or in one within it."""
    name = next((name for name in ENVELOPES if isinstance(data.get(name), dict)), "")
    if not name or not depth or not _describes_the_answer(data, *ENVELOPES):
        return None
    return _list_in(data[name], segment) or _in_envelope(data[name], segment, depth - 1)


def inside(data: object, depth: int = MAX_NESTED) -> Iterator[Listing]:
    """The lists in JSON that may be of things with URLs, where nothing says that it is a collection.

    They are lists of objects within an object, of texts with spaces, of different numbers, and rows of values.
    """
    if isinstance(data, list):
        values = [each[0] if isinstance(each, list) and each else each for each in data[:MAX_ENTRIES]]
        scalars = [each for each in values if isinstance(each, (int, str)) and not isinstance(each, bool)]
        if (
            values
            and len(set(scalars)) == len(values)
            and all(len(str(each).split()) <= MAX_WORDS for each in values)
        ):
            yield Listing([{"id": each} for each in values])
    for name, value in mapping(data).items():
        found = objects(value) if isinstance(value, list) else []
        if found and len(found) == len(value[:MAX_ENTRIES]):
            yield Listing(found, name)
        elif isinstance(value, dict) and depth:
            yield from inside(value, depth - 1)


def _as_members(value: object) -> list[dict[str, Any]] | None:
    """The members in a list of objects, of names, which have no space, or of rows; None for other values."""
    if not isinstance(value, list):
        return None
    entries = value[:MAX_ENTRIES]
    if all(isinstance(each, dict) for each in entries):
        return objects(value)
    if all(isinstance(each, str) and _is_name(each) for each in entries):
        return [{"href" if _REFERENCE.match(each) else "name": each} for each in entries]
    return _as_rows(entries)


def _is_name(text: str) -> bool:
    return 0 < len(text) <= MAX_NAME and not any(each.isspace() for each in text)


def _as_rows(rows: object, columns: object = None) -> list[dict[str, Any]] | None:
    """The members in a table of values: its columns are named beside it, or by its first row."""
    if not isinstance(rows, list) or not rows or not all(isinstance(each, list) and each for each in rows):
        return None
    if isinstance(columns, list) and columns and all(isinstance(each, str) for each in columns):
        names, values = columns, rows
    elif all(isinstance(each, str) for each in rows[0]):
        names, values = rows[0], rows[1:]
    else:
        return None
    return [dict(zip(names, each, strict=False)) for each in values] or None


def _list_in(data: Mapping[str, Any], segment: str) -> Listing | None:
    """The list of members in an object, if its name or the other members show that it is the content.

    Of several lists, it is the one with the name of the resource or with a usual one, or else the first of objects.
    """
    columns = next((name for name in COLUMNS if isinstance(data.get(name), list)), "")
    every = {
        name: found for name, value in data.items()
        if (found := _as_rows(value, data.get(columns)) or _as_members(value)) is not None
    }  # fmt: skip
    if columns and any(isinstance(each, list) for name in every for each in data[name][:1]):
        del every[columns]
    of_objects = {name: found for name, found in every.items() if not data[name] or isinstance(data[name][0], dict)}
    if segment in every:
        return Listing(every[segment], segment)
    usual = [name for name in every if name.lower() in LISTS]
    if len(usual) == 1 and (IDENTITIES.isdisjoint(data) or _is_folder(data, every[usual[0]])):
        return Listing(every[usual[0]], usual[0])
    if _describes_the_answer(data, *every):
        full = [name for name in of_objects if of_objects[name]]
        name = next(iter(full or of_objects or every), "")
        return Listing(every[name], name) if name else None
    return None


def _is_folder(data: Mapping[str, Any], members: list[dict[str, Any]]) -> bool:
    """Whether the members of an object are like itself, as those of a folder: they have most of its names."""
    shared = [name for name in data if all(name in each for each in members)]
    return bool(members) and 2 * len(shared) > len(data) and not IDENTITIES.isdisjoint(shared)


def _branch(data: Mapping[str, Any]) -> Listing | None:
    """The children in a tree."""
    for name in BRANCHES:
        if data.get(name) and (found := _as_members(data[name])):
            return Listing(found, name)
    return None


def _map_in(data: Mapping[str, Any], segment: str) -> Listing | None:
    """The values of an object whose members are items by their keys, each with its key."""
    for name in data:
        if (name == segment or name.lower() in LISTS) and _is_map(data[name], 2 if name in ENVELOPES else 1):
            return Listing(_by_key(data[name]), name)
    return Listing(_by_key(data)) if _is_map(data, 2) else None


def _is_map(value: object, least: int) -> bool:
    """Whether the values of an object are objects of one kind: they have members in common that are not links."""
    if not isinstance(value, dict) or len(value) < least:
        return False
    values = list(value.values())[:MAX_ENTRIES]
    if not all(isinstance(each, dict) for each in values):
        return False
    shared = set(values[0]).intersection(*values)
    return not all(LINKS.issuperset(each) for each in values) and bool(shared - LINKS)


def _by_key(value: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, **each} for key, each in list(value.items())[:MAX_ENTRIES]]


def _describes_the_answer(data: Mapping[str, Any], *content: str) -> bool:
    """Whether all members except the content are about paging or the status of the response."""
    return describes_only_paging({name: None for name in data if name not in STATUS and name not in content})
