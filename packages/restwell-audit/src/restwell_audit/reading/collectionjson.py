"""Reads Collection+JSON: a collection of items, its queries, and its template for writing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from .affordances import Reading
from .gathering import Gathered
from .shapes import mapping, named, objects, required, text

TYPES = ("application/vnd.collection+json",)
SYNTAX = "collection+json"


def looks_like(data: Mapping[str, Any]) -> bool:
    """Whether an object has a `collection` with `href`, and with `version` or another member of this format."""
    collection = mapping(data.get("collection"))
    known = {"items", "links", "queries", "template", "error"}
    return isinstance(collection.get("href"), str) and (
        isinstance(collection.get("version"), str) or not known.isdisjoint(collection)
    )


def read(data: Mapping[str, Any], base: str) -> Reading:
    """The links, members, queries and operations of a document."""
    collection = mapping(data.get("collection"))
    found = Gathered(base)
    own = found.link(collection.get("href"), "self") or found.base
    _links(found, collection)
    _queries(found, collection)
    if "items" in collection:
        found.collection()
    for item in objects(collection.get("items")):
        found.member(_data(item), found.link(item.get("href"), "item"))
        _links(found, item)
    _templates(found, mapping(collection.get("template")), own)
    return Reading(
        SYNTAX, hypermedia=True, protocol="Collection+JSON", links=found.links, operations=found.operations,
        members=found.members, is_error=bool(mapping(collection.get("error"))),
    )  # fmt: skip


def _links(found: Gathered, holder: Mapping[str, Any]) -> None:
    for each in objects(holder.get("links")):
        found.link(each.get("href"), text(each.get("rel")), title=each.get("prompt") or each.get("name"))


def _queries(found: Gathered, collection: Mapping[str, Any]) -> None:
    for each in objects(collection.get("queries")):
        href = text(each.get("href"))
        names = ",".join(quote(name, safe="") for name in named(each.get("data"))[:100])
        operator = "&" if "?" in href else "?"
        template = f"{href.partition('#')[0]}{{{operator}{names}}}" if names else href
        found.link(template if href else None, text(each.get("rel")), templated=bool(names), title=each.get("prompt"))


def _templates(found: Gathered, template: Mapping[str, Any], own: str) -> None:
    """Add the operations of a template: POST to the collection creates an item, PUT to an item changes it."""
    inputs, needed = named(template.get("data")), required(template.get("data"))
    if not inputs:
        return
    found.operation("POST", own, "create", accepts=TYPES, inputs=inputs, required=needed)
    for member in found.members or ():
        found.operation("PUT", member.target, "update", accepts=TYPES, inputs=inputs, required=needed)


def _data(item: Mapping[str, Any]) -> dict[str, Any]:
    return {text(each.get("name")): each.get("value") for each in objects(item.get("data"))}
