"""Reads TAXII 2.1: API roots are given, and collections and objects have URLs by their ids (sections 4 and 5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from .affordances import Reading
from .gathering import Gathered
from .shapes import objects, text, texts
from .targets import without_query

TYPES = ("application/taxii+json", "application/vnd.oasis.taxii+json")
SYNTAX = "taxii"
PROTOCOL = "TAXII 2.1"


def looks_like(data: Mapping[str, Any]) -> bool:
    """Whether an object is what discovery gives."""
    return bool(texts(data.get("api_roots"))) and isinstance(data.get("title"), str)


def read(data: Mapping[str, Any], base: str) -> Reading:
    """The links and members of a resource; its members tell which it is."""
    found = Gathered(base)
    here = without_query(base)
    for root in texts(data.get("api_roots")):
        found.link(root, "api-root")
    if "versions" in data and "max_content_length" in data:
        found.link(f"{here}/collections/", "collections")
    elif "can_read" in data:
        _parts(found, here)
    elif here.endswith("/collections"):
        _members(found, data.get("collections"), here)
    elif here.endswith("/manifest"):
        _members(found, data.get("objects"), f"{here.removesuffix('/manifest')}/objects")
    elif here.endswith("/objects"):
        _members(found, data.get("objects"), here)
    if data.get("more") is True and text(data.get("next")):
        found.link(f"{here}/?next={quote(data['next'], safe='')}", "next")
    return Reading(
        SYNTAX, hypermedia=True, protocol=PROTOCOL, links=found.links, members=found.members,
        is_error="http_status" in data, properties=data if found.members is None else {},
    )  # fmt: skip


def _parts(found: Gathered, collection: str) -> None:
    for name in ("objects", "manifest"):
        found.link(f"{collection}/{name}/", name)


def _members(found: Gathered, values: object, at: str) -> None:
    found.collection()
    for each in objects(values):
        identity = quote(text(each.get("id")), safe="")
        found.member(each, found.link(f"{at}/{identity}/" if identity else None, "item"))
