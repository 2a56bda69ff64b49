"""Reads Mason: `@controls` are links and operations, whose relations `@namespaces` may expand."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from .affordances import Reading
from .gathering import Gathered
from .shapes import MAX_ENTRIES, mapping, objects, text

TYPES = ("application/vnd.mason+json",)
SYNTAX = "mason"
CONTENTS = {"json": "application/json", "json-files": "multipart/form-data", "raw": "application/octet-stream"}
"""The media type that an `encoding` means; without one there is no content."""
MAX_OBJECTS = 10_000


def looks_like(data: Mapping[str, Any]) -> bool:
    """Whether an object has controls."""
    return any(isinstance(each.get("href"), str) for each in objects(list(mapping(data.get("@controls")).values())))


def read(data: Mapping[str, Any], base: str) -> Reading:
    """The links, operations and members of a document; controls within the objects of a list are of its members."""
    found = Gathered(base)
    prefixes = {name: text(mapping(each).get("name")) for name, each in mapping(data.get("@namespaces")).items()}
    lists = [value for name, value in data.items() if isinstance(value, list) and not name.startswith("@")]
    many = lists[0] if len(lists) == 1 and any("@controls" in each for each in objects(lists[0])) else None
    waiting: deque[tuple[Mapping[str, Any], bool]] = deque([(data, True)])
    for _ in range(MAX_OBJECTS):
        if not waiting:
            break
        node, is_top = waiting.popleft()
        _controls(found, node, prefixes, own="self" if is_top else "item")
        inner = (each for name, value in node.items() if not name.startswith("@") for each in objects(value))
        waiting.extend((each, False) for each in inner)
    for each in objects(many):
        own = mapping(mapping(each.get("@controls")).get("self"))
        found.member({k: v for k, v in each.items() if not k.startswith("@")}, found.target(own.get("href")))
    return Reading(
        SYNTAX, hypermedia=True, links=found.links, operations=found.operations, members=found.members,
        is_error="@error" in data, properties=data if many is None else {},
    )  # fmt: skip


def _controls(found: Gathered, node: Mapping[str, Any], prefixes: Mapping[str, str], own: str) -> None:
    for name, value in list(mapping(node.get("@controls")).items())[:MAX_ENTRIES]:
        control = mapping(value)
        prefix, colon, local = name.partition(":")
        rel = f"{prefixes[prefix]}{local}" if colon and prefixes.get(prefix) else own if name == "self" else name
        method = text(control.get("method")).upper() or "GET"
        templated = control.get("isHrefTemplate") is True
        if method == "GET":
            found.link(control.get("href"), rel, templated=templated, title=control.get("title"))
        else:
            content = CONTENTS.get(text(control.get("encoding")))
            target = found.target(control.get("href"), templated=templated)
            inputs = tuple(mapping(mapping(control.get("schema")).get("properties")))
            found.operation(method, target, name, accepts=(content,) if content else (), inputs=inputs)
