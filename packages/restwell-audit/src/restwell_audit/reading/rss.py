"""Reads RSS (2.0, 1.0 and the 0.9 family): `link` is the URL of a channel or an item."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree as ET

from . import xml
from .affordances import Reading
from .gathering import Gathered
from .xml import text_of

TYPES = ("application/rss+xml", "application/rdf+xml")
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}RDF"
RSS = "{http://purl.org/rss/1.0/}"
ATOM_LINK = "{http://www.w3.org/2005/Atom}link"
ROOTS = ("rss", RDF)
SYNTAX = "rss"
MAX_ITEMS = 10_000


def read(root: ET.Element, base: str) -> Reading:
    """The links and items of a channel."""
    prefix = RSS if root.tag == RDF else ""
    if prefix and root.find(f"{RSS}channel") is None:
        return xml.read(root, base)  # RDF of another vocabulary
    found = Gathered(base)
    found.collection()
    for channel in root.findall(f"{prefix}channel"):
        found.link(text_of(channel, f"{prefix}link") or None, "alternate")
        for link in channel.findall(ATOM_LINK):
            found.link(link.get("href"), link.get("rel", "alternate"), media_type=link.get("type"))
    for item in _items(root, prefix):
        own = text_of(item, f"{prefix}link") or _permalink(item)
        enclosure = item.find("enclosure")
        found.member(_state(item), found.link(own or None, "item"))
        if enclosure is not None:
            found.link(enclosure.get("url"), "enclosure", media_type=enclosure.get("type"))
    return Reading(SYNTAX, hypermedia=True, links=found.links, members=found.members)


def _items(root: ET.Element, prefix: str) -> Iterator[ET.Element]:
    """The items, which RSS 1.0 has beside its channel and the others have in it."""
    yield from root.findall(f"{prefix}item" if prefix else "channel/item")[:MAX_ITEMS]


def _permalink(item: ET.Element) -> str:
    """A `guid` that is a URL, which it is unless it says that it is not."""
    guid = item.find("guid")
    return (guid.text or "").strip() if guid is not None and guid.get("isPermaLink") != "false" else ""


def _state(item: ET.Element) -> dict[str, str]:
    return {each.tag.rpartition("}")[2]: (each.text or "").strip() for each in item if (each.text or "").strip()}
