"""Reads SCIM (RFC 7643, RFC 7644): `meta.location` and `$ref` are URLs, the endpoints of resource types are paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .affordances import Reading
from .gathering import Gathered
from .shapes import mapping, objects, text, texts

TYPES = ("application/scim+json",)
SYNTAX = "scim"
PROTOCOL = "SCIM"
MESSAGES = "urn:ietf:params:scim:api:messages:2.0:"
RESOURCE_TYPE = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
MAX_VALUES = 10_000


def looks_like(data: Mapping[str, Any]) -> bool:
    """Whether an object has the `schemas` of SCIM."""
    return any(each.startswith("urn:ietf:params:scim:") for each in texts(data.get("schemas")))


def read(data: Mapping[str, Any], base: str) -> Reading:
    """The links and members of a resource or a ListResponse."""
    found = Gathered(base)
    schemas = texts(data.get("schemas"))
    many = f"{MESSAGES}ListResponse" in schemas
    if many:
        found.collection()
    for resource in objects(data.get("Resources")) if many else [data]:
        own = found.link(mapping(resource.get("meta")).get("location"), "item" if many else "self")
        if many:
            found.member({name: value for name, value in resource.items() if name != "meta"}, own)
        if RESOURCE_TYPE in texts(resource.get("schemas")):
            found.link(_endpoint(resource, own or base), "collection", title=resource.get("name"))
        for name, reference in _references(resource):
            found.link(reference, name)
    return Reading(
        SYNTAX, hypermedia=True, protocol=PROTOCOL, links=found.links, members=found.members,
        is_error=f"{MESSAGES}Error" in schemas, properties={} if many else data,
    )  # fmt: skip


def _endpoint(resource: Mapping[str, Any], own: str) -> str | None:
    """The URL of the endpoint of a resource type, which is relative to the base URL (RFC 7643, section 6)."""
    root, found, _ = own.partition("/ResourceTypes")
    return f"{root}/{text(resource.get('endpoint')).lstrip('/')}" if found and resource.get("endpoint") else None


def _references(resource: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The values of `$ref`, each with the name of the attribute that has it (RFC 7643, section 2.4)."""
    waiting: list[tuple[str, Any]] = [("", resource)]
    for _ in range(MAX_VALUES):
        if not waiting:
            break
        name, value = waiting.pop()
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                yield name, value["$ref"]
            waiting += [(key, each) for key, each in value.items() if isinstance(each, dict | list)]
        elif isinstance(value, list):
            waiting += [(name, each) for each in value[:MAX_VALUES]]
