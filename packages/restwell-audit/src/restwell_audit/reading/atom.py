"""Reads Atom and AtomPub (RFC 4287, RFC 5023): feeds, entries and service documents.

A document of either is known by the namespace of its root, whatever XML its media type names. AtomPub defines what
can be done: POST adds to a collection, PUT and DELETE change and remove what a link `edit` leads to.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

from .affordances import Reading
from .gathering import Gathered
from .xml import base_of, text_of

ATOM = "{http://www.w3.org/2005/Atom}"
APP = "{http://www.w3.org/2007/app}"
ROOTS = (f"{ATOM}feed", f"{ATOM}entry", f"{APP}service")
SYNTAX = "atom"
ENTRY = "application/atom+xml;type=entry"
EDITING = ("edit", "edit-media")
MAX_ENTRIES = 10_000


def read(root: ET.Element, base: str) -> Reading:
    """The links, members and operations of a feed, an entry or a service document."""
    found = Gathered(base)
    found.base = base_of(root, base)
    for collection in root.iter(f"{APP}collection"):
        _collection(found, collection)
    if root.tag == ROOTS[0]:
        _feed(found, root)
    elif root.tag == ROOTS[1]:
        _links(found, root, "self")
    return Reading(
        SYNTAX, hypermedia=True, links=found.links, operations=found.operations, members=found.members,
        properties=_state(root) if root.tag == ROOTS[1] else {},
    )  # fmt: skip


def _feed(found: Gathered, root: ET.Element) -> None:
    found.collection()
    outer = found.base
    for link in root.findall(f"{ATOM}link"):
        _link(found, link, link.get("rel", "alternate"))
    for entry in root.findall(f"{ATOM}entry")[:MAX_ENTRIES]:
        found.base = base_of(entry, outer)
        own = _links(found, entry, "item")
        found.member(_state(entry), own)
    found.base = outer


def _links(found: Gathered, entry: ET.Element, own: str) -> str:
    """Add the links of an entry, that to itself with the relation `own`; returns its URL, "" without one."""
    targets: dict[str, str] = {}
    for link in entry.findall(f"{ATOM}link"):
        rel = link.get("rel", "alternate")
        target = _link(found, link, own if rel == "self" else rel)
        targets.setdefault(rel, target)
        if rel in EDITING and target:  # RFC 5023, sections 9.3 and 9.4
            found.operation("PUT", target, rel, accepts=(ENTRY,) if rel == "edit" else ())
            found.operation("DELETE", target, rel)
    content = entry.find(f"{ATOM}content")
    if content is not None and content.get("src"):
        found.link(content.get("src"), "content", media_type=content.get("type"))
    return next((targets[rel] for rel in ("self", "edit", "alternate") if targets.get(rel)), "")


def _link(found: Gathered, link: ET.Element, rel: str) -> str:
    return found.link(link.get("href"), rel, media_type=link.get("type"), title=link.get("title"))


def _collection(found: Gathered, collection: ET.Element) -> None:
    """Add the link to a collection, and POST to it, unless it takes nothing (section 8.3.4)."""
    target = found.link(collection.get("href"), "collection", title=text_of(collection, f"{ATOM}title"))
    given = [(each.text or "").strip() for each in collection.findall(f"{APP}accept")]
    accepts = tuple(filter(None, given))
    if accepts or not given:
        found.operation("POST", target, "create", accepts=accepts or (ENTRY,))


def _state(entry: ET.Element) -> dict[str, str]:
    names = ("id", "title", "updated", "published", "summary")
    return {name: text for name in names if (text := text_of(entry, f"{ATOM}{name}"))}
