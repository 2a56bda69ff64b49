"""Reads XML of no particular format as `plain.py` reads JSON: its elements and attributes are the members."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree as ET

from . import plain
from .affordances import Reading
from .listing import LISTS
from .targets import resolve

SYNTAX = "xml"
MAX_ELEMENTS = 20_000
MAX_DEPTH = 50
_IS_XML = re.compile(r"(?:application|text)/xml|[a-z0-9.+-]+/[a-z0-9.+-]+\+xml")
_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_DOCTYPE = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def is_xml(media_type: str) -> bool:
    """Whether a media type is XML (RFC 7303)."""
    return _IS_XML.fullmatch(media_type) is not None


def parse(content: bytes) -> ET.Element | None:
    """The root of XML; None for what is not well-formed or has a DOCTYPE, which could be endless."""
    if _DOCTYPE.search(content):
        return None
    try:
        return ET.fromstring(content)  # noqa: S314 -- without a DOCTYPE there are no entities to expand
    except (ET.ParseError, ValueError, LookupError):  # LookupError: an encoding that is not known
        return None


def read(root: ET.Element, base: str) -> Reading:
    """The links and members of XML."""
    data = _Converter().value(root, 0)
    if not isinstance(data, dict):
        return Reading(SYNTAX)
    found = plain.read(data, base)
    return Reading(
        SYNTAX, links=found.links, members=found.members, is_error=found.is_error, properties=found.properties
    )


class _Converter:
    """Makes an element what JSON would have: a text, or an object with lists of elements of one name."""

    def __init__(self) -> None:
        self.left = MAX_ELEMENTS

    def value(self, element: ET.Element, depth: int) -> Any:
        self.left -= 1
        found: dict[str, Any] = {_name(key): value for key, value in element.attrib.items()}
        by_name: dict[str, list[Any]] = {}
        for child in element if depth < MAX_DEPTH else ():
            if self.left <= 0:
                break
            by_name.setdefault(_name(child.tag), []).append(self.value(child, depth + 1))
        text = (element.text or "").strip()
        if not by_name:
            return {**found, "value": text} if found and text else found or text
        alone = len(by_name) == 1 and not found  # <things><thing/></things>: a list, of which there happens to be one
        mixed = depth == 0 and any(
            len(values) > 1 for values in by_name.values()
        )  # <list><folder/><file/><file/></list>
        listed = {
            name: values if len(values) > 1 or _is_listed(name, values[0], one=alone or mixed) else values[0]
            for name, values in by_name.items()
        }
        return found | listed


def base_of(element: ET.Element, outer: str) -> str:
    """The base of the references in an element, which `xml:base` may set."""
    return resolve(outer, element.get(_BASE, "")) or outer


def text_of(element: ET.Element, name: str) -> str:
    """The text of a child; "" without one."""
    return (element.findtext(name) or "").strip()


def _is_listed(name: str, value: Any, *, one: bool) -> bool:
    """Whether the only element of a name is a member: by its name, or because it is `one` of a list's."""
    return isinstance(value, dict) and (one or name.lower() in LISTS)


def _name(tag: str) -> str:
    """The local part of a name."""
    return tag.rpartition("}")[2]
