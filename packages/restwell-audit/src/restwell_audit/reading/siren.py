"""Reads Siren: entities with links, sub-entities and actions."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from .affordances import Reading
from .gathering import Gathered
from .shapes import mapping, named, objects, required, text, texts
from .targets import is_template

TYPES = ("application/vnd.siren+json",)
SYNTAX = "siren"
MAX_ENTITIES = 10_000
FORM = "application/x-www-form-urlencoded"
"""The media type of an action that has fields and names none."""


def looks_like(data: Mapping[str, Any]) -> bool:
    """Whether an object has links or entities whose relations are lists, which no other format has."""
    related = [*objects(data.get("links")), *objects(data.get("entities"))]
    return bool(related) and all(isinstance(each.get("rel"), list) for each in related)


def read(data: Mapping[str, Any], base: str) -> Reading:
    """The links, operations and members of an entity and its sub-entities."""
    found = Gathered(base)
    waiting = deque([(data, "self")])
    for _ in range(MAX_ENTITIES):
        if not waiting:
            break
        entity, rel = waiting.popleft()
        _take(found, entity, rel)
        waiting.extend((each, _rel(each)) for each in objects(entity.get("entities")))
    _members(found, data)
    return Reading(
        SYNTAX, hypermedia=True, links=found.links, operations=found.operations, members=found.members,
        properties=mapping(data.get("properties")),
    )  # fmt: skip


def _take(found: Gathered, entity: Mapping[str, Any], rel: str) -> None:
    if rel != "self":  # an embedded link, or an embedded representation that may have `href`
        found.link(entity.get("href"), rel, media_type=entity.get("type"), title=entity.get("title"))
    for each in objects(entity.get("links")):
        name = _rel(each)
        own = rel if "self" in name.split() else name
        found.link(each.get("href"), own, media_type=each.get("type"), title=each.get("title"))
    for action in objects(entity.get("actions")):
        _operation(found, action)


def _operation(found: Gathered, action: Mapping[str, Any]) -> None:
    fields = action.get("fields")
    content = text(action.get("type")).lower() or (FORM if objects(fields) else "")
    where = text(action.get("href"))
    found.operation(
        text(action.get("method")) or "GET",
        found.target(action.get("href"), templated=is_template(where)),
        action.get("name"),
        accepts=(content,) if content else (),
        inputs=named(fields),
        required=required(fields),
    )


def _members(found: Gathered, data: Mapping[str, Any]) -> None:
    """Add the sub-entities that are items, or all of them where the class of the entity names a collection."""
    entities = objects(data.get("entities"))
    items = [each for each in entities if "item" in _rel(each).lower().split()]
    if not items and not any("collection" in name.lower() for name in texts(data.get("class"))):
        return
    found.collection()
    for each in items or entities:
        found.member(mapping(each.get("properties")), found.target(_self(each)))


def _self(entity: Mapping[str, Any]) -> str | None:
    links = [each for each in objects(entity.get("links")) if "self" in _rel(each).split()]
    return text(links[0].get("href") if links else entity.get("href")) or None


def _rel(item: Mapping[str, Any]) -> str:
    return " ".join(texts(item.get("rel"))[:20])
