"""Reads FHIR (HL7, release 4 and later): bundles, references and capability statements, below a service base."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .affordances import Reading
from .gathering import Gathered
from .shapes import mapping, objects, text
from .targets import without_query

TYPES = ("application/fhir+json", "application/json+fhir")
SYNTAX = "fhir"
PROTOCOL = "FHIR"
MAX_VALUES = 20_000


def looks_like(data: Mapping[str, Any]) -> bool:
    """Whether an object is a Bundle with its type, or a capability statement."""
    kind = data.get("resourceType")
    return (kind == "Bundle" and isinstance(data.get("type"), str)) or (
        kind == "CapabilityStatement" and isinstance(data.get("fhirVersion"), str)
    )


def read(data: Mapping[str, Any], base: str) -> Reading:
    """The links, members and references of a resource."""
    found = Gathered(base)
    kind = text(data.get("resourceType"))
    root = _service_base(data, base)
    if kind == "Bundle":
        _bundle(found, data, root)
    elif kind == "CapabilityStatement":
        for each in (each for rest in objects(data.get("rest")) for each in objects(rest.get("resource"))):
            found.link(f"{root}/{text(each.get('type'))}" if text(each.get("type")) else None, "collection")
    for name, reference in _references(data):
        relative = not reference.startswith(("http://", "https://", "#", "urn:", "/"))
        found.link(f"{root}/{reference}" if relative else reference, name)
    if kind != "CapabilityStatement":  # every server has one (RESTful API, section 3.2.0.13)
        found.link(f"{root}/metadata", "capabilities")
    return Reading(
        SYNTAX, hypermedia=True, protocol=PROTOCOL, links=found.links, members=found.members,
        is_error=kind == "OperationOutcome", properties={} if kind == "Bundle" else data,
    )  # fmt: skip


def _bundle(found: Gathered, data: Mapping[str, Any], root: str) -> None:
    found.collection()
    for each in objects(data.get("link")):
        found.link(each.get("url"), text(each.get("relation")))
    for entry in objects(data.get("entry")):
        resource = mapping(entry.get("resource"))
        kind, identity = text(resource.get("resourceType")), text(resource.get("id"))
        named = f"{root}/{kind}/{identity}" if kind and identity else None
        given = text(entry.get("fullUrl"))
        found.member(resource, found.link(given if given.startswith(("http://", "https://")) else named, "item"))


def _service_base(data: Mapping[str, Any], base: str) -> str:
    """The URL to which references are relative: what is before `/metadata`, or before the type of a resource."""
    whole = without_query(base)
    first = mapping((objects(data.get("entry")) or [{}])[0].get("resource"))
    kinds = [text(each.get("resourceType")) for each in (data, first)]
    for segment in ("metadata", *kinds, "_history", "_search"):
        root, found, rest = whole.rpartition(f"/{segment}")
        if segment and found and (not rest or rest.startswith("/")):
            return root
    return whole


def _references(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The values of `reference`, each with the name of the element that has it."""
    waiting: list[tuple[str, Any]] = [("", data)]
    for _ in range(MAX_VALUES):
        if not waiting:
            break
        name, value = waiting.pop()
        if isinstance(value, dict):
            if isinstance(value.get("reference"), str) and value["reference"]:
                yield name, value["reference"]
            waiting += [(key, each) for key, each in value.items() if isinstance(each, dict | list)]
        elif isinstance(value, list):
            waiting += [(name, each) for each in value[:MAX_VALUES]]
