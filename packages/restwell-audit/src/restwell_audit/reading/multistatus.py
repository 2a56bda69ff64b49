"""Reads the 207 of WebDAV: each `response` has the `href` of a resource (RFC 4918, sections 13 and 14.16)."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from .affordances import Reading
from .gathering import Gathered

DAV = "{DAV:}"
ROOTS = (f"{DAV}multistatus",)
SYNTAX = "webdav"
PROTOCOL = "WebDAV (RFC 4918)"
MAX_RESPONSES = 10_000
MAX_PROPERTIES = 100


def read(root: ET.Element, base: str) -> Reading:
    """The members of a collection, or the properties of another resource."""
    found = Gathered(base)
    own: dict[str, str] = {}
    whole = base.rstrip("/")
    for response in root.findall(f"{DAV}response")[:MAX_RESPONSES]:
        target = found.target((response.findtext(f"{DAV}href") or "").strip() or None)
        properties = _properties(response)
        if target.rstrip("/") == whole:
            own = properties
            if response.find(f".//{DAV}resourcetype/{DAV}collection") is not None:
                found.collection()
        elif target:
            found.member(properties, found.link(target, "item"))
    return Reading(
        SYNTAX, hypermedia=True, protocol=PROTOCOL, links=found.links, members=found.members,
        properties=own if found.members is None else {},
    )  # fmt: skip


def _properties(response: ET.Element) -> dict[str, str]:
    """The properties that are texts."""
    found = response.findall(f"{DAV}propstat/{DAV}prop/*")[:MAX_PROPERTIES]
    return {each.tag.rpartition("}")[2]: text for each in found if (text := (each.text or "").strip())}
