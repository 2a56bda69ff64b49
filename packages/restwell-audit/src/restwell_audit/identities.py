"""What identifies a member of a collection: the values that a server is likely to put into its URL."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from .secret_names import is_secret_name

IDENTITIES = (
    "id", "_id", "uuid", "slug", "key", "identifier", "pk", "name", "code", "number", "username", "title", "sku",
    "uid", "guid", "login", "handle", "isbn",
)  # fmt: skip
"""Members that usually hold the identity of an item, in lower case."""
SCOPES = ("vhost", "namespace", "project", "owner", "database")
"""Members whose value stands before the name of an item in its path."""
WEAK = frozenset(["code", "name", "number", "title"])
"""Identities of which there may be a better one with an unusual name."""
INNER = ("metadata", "meta", "data", "attributes", "_id")
"""Members that hold the identity of an item one level deeper, as in `{"metadata": {"name": "web"}}`."""
MAX_IDENTITIES = 5
MAX_VALUE = 200
"""Characters of an identity."""
MAX_COMPARED = 50
"""Members whose values are compared to find what tells them apart."""
MAX_DISTINCT = 2
_NAMED = re.compile(
    r"[A-Za-z]+(?:_id|Id|ID|_uuid|Uuid|_key|_name|Name|_code|Code|_no|No|_number|Number|_nr|_slug|_ref|_hash)"
)
_WORD = re.compile(r"\S+")
IRREGULAR: Mapping[str, str] = {
    "people": "person", "children": "child", "men": "man", "women": "woman", "mice": "mouse", "indices": "index",
    "vertices": "vertex", "matrices": "matrix", "analyses": "analysis", "criteria": "criterion", "statuses": "status",
    "aliases": "alias", "buses": "bus", "viruses": "virus", "movies": "movie", "cookies": "cookie",
}  # fmt: skip
"""Plurals whose singular no rule gives."""


def identities(member: Mapping[str, Any], one: str = "", others: Sequence[Mapping[str, Any]] = ()) -> dict[str, str]:
    """The values of a member that may identify it, as they stand in a path, by their names; the most likely first.

    `one` is the singular of the collection's name; `others` are further members, from which the value has to differ
    where its name says nothing.
    """
    by_name = {key.lower(): key for key in list(member)[:200]}
    usual = (*IDENTITIES, f"{one}_id", f"{one}id", f"{one}name", one)
    likely = [by_name[each] for each in map(str.lower, usual) if each in by_name]
    named = [key for key in by_name.values() if _NAMED.fullmatch(key[:50])]
    found = _as_segments(member, dict.fromkeys((*likely, *named)))
    if not found:
        found = _inner(member, one)
    if WEAK.issuperset(key.lower() for key in found):
        found |= _as_segments(member, (key for key in _distinct(member, others) if key not in found))
    return dict(list(found.items())[:MAX_IDENTITIES])


def is_identified(member: Mapping[str, Any]) -> bool:
    """Whether a member has an identity by its name."""
    return any(names_identity(key) and segment(value) for key, value in list(member.items())[:200])


def names_identity(key: str) -> bool:
    """Whether a name is that of an identity: `id`, `todo_id`, `userName`."""
    return key.lower() in IDENTITIES or _NAMED.fullmatch(key[:50]) is not None


def segment(value: object) -> str:
    """A value as it stands in a path; "" for one that identifies nothing.

    One that begins with a slash is a path below the collection.
    """
    if not isinstance(value, (str, int)) or isinstance(value, bool) or not 0 < len(str(value)) <= MAX_VALUE:
        return ""
    text = str(value)
    return quote(text.strip("/"), safe="/") if text.startswith("/") else quote(text, safe="")


def _as_segments(member: Mapping[str, Any], keys: Iterator[str] | Mapping[str, None]) -> dict[str, str]:
    """The values of some members as segments; what is named like a secret, other than `key` alone, is in no URL."""
    told = (key for key in keys if key.lower() in IDENTITIES or not is_secret_name(key))
    return {key: text for key in told if (text := segment(member[key]))}


def _inner(member: Mapping[str, Any], one: str) -> dict[str, str]:
    """The identities in the object that has them: a usual one, or the only value."""
    keys = [key for key in (*INNER, one) if key in member] + (list(member) if len(member) == 1 else [])
    for value in (member[key] for key in keys):
        inner = value if isinstance(value, dict) else {}
        if "$oid" in inner:  # as MongoDB writes an identity in JSON
            return _as_segments({"id": inner["$oid"]}, {"id": None})
        if found := _as_segments(inner, dict.fromkeys(key for key in list(inner)[:200] if names_identity(key))):
            return found
    return {}


def _distinct(member: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> list[str]:
    """The first names of one-word values that no other member has."""
    compared = [each for each in others[:MAX_COMPARED] if each is not member]
    names = (
        key for key, value in list(member.items())[:20]
        if _WORD.fullmatch(str(value)[: MAX_VALUE + 1]) and segment(value)
        and all(each.get(key) not in {None, value} if isinstance(each.get(key), (str, int)) else False
                for each in compared)
    )  # fmt: skip
    return [key for key, _ in zip(names, range(MAX_DISTINCT), strict=False)]


def singular(name: str) -> str:
    """The singular of an English noun, such as `box` of `boxes`, as far as that is regular or frequent."""
    if name.lower() in IRREGULAR:
        return IRREGULAR[name.lower()]
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"), ("ss", "ss")):
        if name.lower().endswith(ending):
            return name[: -len(ending)] + instead
    return name[:-1] if name.lower().endswith("s") else name
