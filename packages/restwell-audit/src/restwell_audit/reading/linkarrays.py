"""Reads formats whose specification has an array `links`: JRD (RFC 7033) and RDAP (RFC 9083)."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from .affordances import Reading
from .gathering import Gathered
from .shapes import objects, text

TYPES = ("application/jrd+json", "application/rdap+json")
SYNTAX = "links"
MAX_OBJECTS = 10_000


def looks_like(_: Mapping[str, Any]) -> bool:
    """No: without their media types they are like any other JSON with links."""
    return False


def read(data: Mapping[str, Any], base: str) -> Reading:
    """The links of a document and of the objects in it."""
    found = Gathered(base)
    waiting: deque[Mapping[str, Any]] = deque([data])
    for _ in range(MAX_OBJECTS):
        if not waiting:
            break
        node = waiting.popleft()
        for link in objects(node.get("links")):
            template = text(link.get("template"))  # RFC 7033, section 4.4.4
            reference = template or link.get("href")
            found.link(
                reference, text(link.get("rel")), templated=bool(template), media_type=link.get("type"),
                title=link.get("title"),
            )  # fmt: skip
        waiting.extend(each for name, value in node.items() if name != "links" for each in objects(value))
    return Reading(SYNTAX, hypermedia=True, links=found.links, is_error="errorCode" in data, properties=data)
