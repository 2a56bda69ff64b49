"""Reads JSON:API 1.1: resource objects, their relationships, and included resources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .affordances import Reading
from .gathering import Gathered
from .shapes import mapping, objects, text, texts

TYPES = ("application/vnd.api+json",)
SYNTAX = "json:api"
IDENTIFIER = frozenset(["type", "id", "lid", "meta"])
"""The members of a resource identifier object, which only refers to a resource."""
Key = tuple[str, str]


def looks_like(data: Mapping[str, Any]) -> bool:
    """Whether an object has the member `jsonapi`, or its data are resource objects of JSON:API."""
    resources = objects(data.get("data"))
    return isinstance(data.get("jsonapi"), dict) or (
        bool(resources)
        and all(isinstance(each.get("type"), str) and isinstance(each.get("id"), str) for each in resources)
        and any(not {"attributes", "relationships"}.isdisjoint(each) for each in resources)
    )


def read(data: Mapping[str, Any], base: str) -> Reading:
    """The primary data, links and relationships of a document, and those of included resources."""
    found = Gathered(base)
    _links(found, data)
    primary = objects(data.get("data"))
    relations: dict[Key, str] = {}
    many = isinstance(data.get("data"), list) and not _is_linkage(data)
    for resource in primary:
        target = _resource(found, resource, "item" if many else "self", relations)
        if many:
            found.member(_state(resource), target)
    if many:
        found.collection()
    included = objects(data.get("included"))
    for resource in included:
        _relationships(found, resource, relations)
    for resource in included:
        _resource(found, resource, relations.get(_key(resource), ""), relations)
    return Reading(
        SYNTAX, hypermedia=True, protocol="JSON:API", links=found.links, members=found.members,
        is_error=bool(objects(data.get("errors"))),
        properties=_state(primary[0]) if primary and not isinstance(data.get("data"), list) else {},
    )  # fmt: skip


def _resource(found: Gathered, resource: Mapping[str, Any], rel: str, relations: dict[Key, str]) -> str:
    """Add the links of a resource object, that to its own URL with the relation `rel`, and return its URL."""
    links = mapping(resource.get("links"))
    target = _link(found, links["self"], rel) if links.get("self") else ""
    _links(found, {"links": {name: value for name, value in links.items() if name != "self"}})
    _relationships(found, resource, relations)
    return target


def _relationships(found: Gathered, resource: Mapping[str, Any], relations: dict[Key, str]) -> None:
    for name, value in mapping(resource.get("relationships")).items():
        relationship = mapping(value)
        for which in ("related", "self"):
            _link(found, mapping(relationship.get("links")).get(which), name)
        for each in objects(relationship.get("data")):
            relations.setdefault(_key(each), name)


def _links(found: Gathered, holder: Mapping[str, Any]) -> None:
    for name, value in mapping(holder.get("links")).items():
        _link(found, value, name)


def _link(found: Gathered, value: Any, name: str) -> str:
    """Add a link, a string or an object; its relation is its name unless it has `rel` (section 5.6)."""
    link = mapping(value)
    rel = " ".join(texts(link.get("rel"))) or name
    href = value if isinstance(value, str) else link.get("href")
    return found.link(href, rel, media_type=link.get("type"), title=link.get("title"))


def _is_linkage(data: Mapping[str, Any]) -> bool:
    """Whether the primary data are the linkage of a relationship."""
    refers = all(IDENTIFIER.issuperset(each) for each in objects(data.get("data")))
    return refers and "related" in mapping(data.get("links"))


def _key(resource: Mapping[str, Any]) -> Key:
    return text(resource.get("type")), text(resource.get("id"))


def _state(resource: Mapping[str, Any]) -> dict[str, Any]:
    identity = {name: resource[name] for name in ("type", "id") if name in resource}
    return identity | dict(mapping(resource.get("attributes")))
