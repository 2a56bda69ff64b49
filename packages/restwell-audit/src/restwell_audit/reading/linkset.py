"""Reads `application/linkset+json` (RFC 9264, section 4.2), the format of API catalogs (RFC 9727)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .affordances import Reading
from .gathering import Gathered
from .linkfield import SYNTAX
from .shapes import objects, text

TYPES = ("application/linkset+json",)


def looks_like(data: Mapping[str, Any]) -> bool:
    """Whether `linkset` is the only member of an object."""
    return set(data) == {"linkset"} and isinstance(data["linkset"], list)


def read(data: Mapping[str, Any], base: str) -> Reading:
    """The links of a link set, whatever their contexts."""
    found = Gathered(base)
    for context in objects(data.get("linkset")):
        for rel, targets in context.items():
            for target in objects(targets):
                found.link(target.get("href"), rel, media_type=target.get("type"), title=_title(target))
    return Reading(SYNTAX, hypermedia=True, links=found.links)


def _title(target: Mapping[str, Any]) -> str:
    starred = objects(target.get("title*"))
    return text(starred[0].get("value")) if starred else text(target.get("title"))
