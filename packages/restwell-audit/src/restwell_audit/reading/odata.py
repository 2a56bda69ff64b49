"""Reads OData: its control information has the links (OData JSON Format 4.01, sections 4.6 and 5).

A response is OData where it has the field `OData-Version`, or the parameter `odata.metadata` of its media type; both
are registered or defined by OData, so that such JSON says what its members mean. A member `@odata.context` alone does
not: `application/json` gives it no meaning.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from ..exchanges import Exchange
from .affordances import Reading
from .gathering import Gathered
from .shapes import mapping, objects, text
from .targets import without_query

SYNTAX = "odata"
PROTOCOL = "OData"
RELATED = "http://docs.oasis-open.org/odata/ns/related/"
"""Before the name of a navigation property: its relation (OData Atom Format 4.0, section 8.1.1)."""
RELATIONS = {
    "nextLink": "next", "editLink": "edit", "readLink": "self", "mediaReadLink": "enclosure",
    "mediaEditLink": "edit-media", "deltaLink": "monitor",
}  # fmt: skip
MAX_NODES = 10_000
_PARAMETER = re.compile(r";\s*odata(?:\.metadata)?\s*=", re.IGNORECASE)
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def says_so(exchange: Exchange) -> bool:
    """Whether a response says that its content is OData."""
    kind = exchange.header("content-type") or ""
    return exchange.header("odata-version") is not None or _PARAMETER.search(kind) is not None


def read(data: Any, base: str) -> Reading:
    """The links and members of a service document, a collection or an entity."""
    document = mapping(data)
    context = text(control(document, "context"))
    found = Gathered(base)
    found.base = found.target(context) or base  # section 4.6.1: relative URLs are relative to the context URL
    values = document.get("value")
    if context.endswith("$metadata") and isinstance(values, list):
        for each in objects(values):
            found.link(each.get("url"), text(each.get("kind")) or "EntitySet", title=each.get("title"))
    elif isinstance(values, list) and all(isinstance(each, dict) for each in values):
        _collection(found, document, base)
    else:
        _nodes(found, document, "self")
    return Reading(
        SYNTAX, hypermedia=True, protocol=PROTOCOL, links=found.links, members=found.members,
        is_error=isinstance(document.get("error"), dict),
        properties=_state(document) if found.members is None else {},
    )  # fmt: skip


def control(node: Mapping[str, Any], name: str, of: str = "") -> Any:
    """The control information of a node or of one of its properties; version 4.01 need not write the prefix."""
    return node.get(f"{of}@odata.{name}", node.get(f"{of}@{name}"))


def _collection(found: Gathered, document: Mapping[str, Any], base: str) -> None:
    found.collection()
    found.link(control(document, "nextLink"), "next")
    for each in objects(document["value"]):
        own = control(each, "id") or control(each, "readLink") or control(each, "editLink")
        found.member(_state(each), found.target(own) if own else found.target(_by_key(base, each)))
        _nodes(found, each, "item")


def _nodes(found: Gathered, node: Mapping[str, Any], rel: str) -> None:
    """Add the links of an entity and of those that are expanded in it."""
    waiting = deque([(node, rel)])
    for _ in range(MAX_NODES):
        if not waiting:
            break
        entity, own = waiting.popleft()
        found.link(control(entity, "id"), own)
        for reference, name in _controls(entity):
            found.link(reference, name)
        waiting.extend(
            (each, f"{RELATED}{name}")
            for name, value in entity.items() if "@" not in name for each in objects(value)
        )  # fmt: skip


def _controls(entity: Mapping[str, Any]) -> Iterator[tuple[Any, str]]:
    """The links in the control information of an entity, each with its relation."""
    for key, value in entity.items():
        name, at, kind = key.partition("@")
        kind = kind.removeprefix("odata.")
        if at and kind == "navigationLink":
            yield value, f"{RELATED}{name}"
        elif at and kind in RELATIONS:
            yield value, RELATIONS[kind]


def _by_key(base: str, entity: Mapping[str, Any]) -> str | None:
    """The canonical URL of an entity that has no `@odata.id`, by its key (OData URL Conventions, section 4.3.1)."""
    key = next((value for name, value in entity.items() if name.lower() == "id"), None)
    whole = without_query(base)
    if isinstance(key, bool) or not isinstance(key, (str, int)) or whole.endswith(")"):
        return None
    plain = isinstance(key, int) or _GUID.fullmatch(key)
    return f"{whole}({key})" if plain else f"{whole}('{quote(text(key).replace(chr(39), chr(39) * 2), safe='')}')"


def _state(entity: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entity.items() if "@" not in name}
