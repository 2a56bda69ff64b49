"""`application/linkset+json`: a set of links as JSON (RFC 9264, section 4.2), as api-catalogs have it (RFC 9727)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .affordances import Reading
from .gathering import Gathered
from .linkfield import SYNTAX
from .shapes import objects, text

TYPES = ("application/linkset+json",)


def looks_like(data: Mapping[str, Any]) -> bool:
    """Whether this has the one member that such a document has."""
    return set(data) == {"linkset"} and isinstance(data["linkset"], list)


def read(data: Mapping[str, Any], base: str) -> Reading:
    """Every link of the set, whatever it is the link of: its reader follows them all."""
    found = Gathered(base)
    for context in objects(data.get("linkset")):
        for rel, targets in context.items():
            for target in objects(targets):
                found.link(target.get("href"), rel, media_type=target.get("type"), title=_title(target))
    return Reading(SYNTAX, hypermedia=True, links=found.links)


def _title(target: Mapping[str, Any]) -> str:
    starred = objects(target.get("title*"))
    return text(starred[0].get("value")) if starred else text(target.get("title"))
