"""Selects the reader for a representation: by its media type, else by its content."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any
from xml.etree.ElementTree import Element

from ..exchanges import Exchange
from . import (
    atom,
    collectionjson,
    fhir,
    hal,
    html,
    jsonapi,
    jsonld,
    ldp,
    linkarrays,
    linkfield,
    linkset,
    mason,
    multistatus,
    odata,
    plain,
    rss,
    s3,
    scim,
    siren,
    tables,
    taxii,
    turtle,
    uber,
    xml,
)
from .affordances import Link, Reading
from .beginnings import beginning_of
from .gathering import MAX_LINKS

Reader = Callable[[Any, str], Reading]
XmlReader = Callable[[Element, str], Reading]
Look = Callable[[Mapping[str, Any]], bool]
FORMATS = (jsonld, hal, siren, collectionjson, jsonapi, linkset, scim, fhir, taxii, mason, uber, linkarrays)
"""The JSON formats, in the order in which content of another media type is compared with them."""
READERS: Mapping[str, Reader] = {kind: module.read for module in FORMATS for kind in module.TYPES}
LOOKS: tuple[tuple[Look, Reader], ...] = tuple((module.looks_like, module.read) for module in FORMATS)
XML_FORMATS = (atom, multistatus, rss, s3)
XML_READERS: Mapping[str, XmlReader] = {root: module.read for module in XML_FORMATS for root in module.ROOTS}
"""The XML formats, by the name of their root, which has their namespace."""
PROBLEMS = frozenset(["application/problem+json", "application/problem+xml"])
_IS_JSON = re.compile(r"[a-z0-9.+-]+/(?:[a-z0-9.+-]+\+)?json")
_PROFILE = re.compile(r";\s*profile\s*=", re.IGNORECASE)
PASSING = frozenset(["age", "connection", "date", "expires", "keep-alive", "via"])
"""Header fields that say nothing of the content."""
MAX_KEPT = 16
"""Contents of which the reading is kept."""


def read(exchange: Exchange) -> Reading:
    """The links, operations and members of a response, from its content and its header section.

    Raises nothing, whatever the content is. Incomplete content is read as far as it goes, but for XML and tables.
    """
    fields = tuple(each for each in exchange.headers if each[0].lower() not in PASSING)
    return _read(replace(exchange, number=0, sent=(), headers=fields, seconds=0.0, intermediary=False))


@lru_cache(MAX_KEPT)
def _read(exchange: Exchange) -> Reading:
    """What `read` gives; the same content is read once, since that of a long list takes a second."""
    header = linkfield.links_of(exchange)
    body = _content(exchange, header)
    if exchange.media_type in PROBLEMS:
        body = replace(body, syntax="problem", is_error=True)
    if not body.protocol and ldp.says_so(header):
        body = replace(body, protocol=ldp.PROTOCOL)
    return replace(body, links=(*header, *body.links)[:MAX_LINKS])


def _content(exchange: Exchange, header: tuple[Link, ...]) -> Reading:
    kind = exchange.media_type
    if kind in html.TYPES:
        return _html(exchange)
    if kind in linkfield.TYPES:
        return linkfield.read(exchange.text, exchange.url)
    if kind in turtle.TYPES:
        return turtle.read(exchange.text, exchange.url)
    if xml.is_xml(kind):
        return _xml(exchange)
    data = exchange.data
    if data is None and exchange.complete:
        data = tables.data_of(kind, exchange.body)
    elif data is None and exchange.succeeded:
        data = beginning_of(exchange.body)
    if not isinstance(data, dict | list):
        return Reading(plain.SYNTAX if data is not None and _IS_JSON.fullmatch(kind) else "none")
    return _json(data, exchange, header)


def _xml(exchange: Exchange) -> Reading:
    root = xml.parse(exchange.body) if exchange.complete else None
    if root is None:
        return Reading()
    found = XML_READERS.get(root.tag, xml.read)(root, exchange.url)
    if root.tag in rss.ROOTS and exchange.media_type not in rss.TYPES:
        return replace(found, hypermedia=False)  # RSS has no namespace, so that only the media type tells
    return found


def _html(exchange: Exchange) -> Reading:
    if _is_json_after_all(exchange):
        return plain.read(exchange.data, exchange.url)  # whatever JSON it is, HTML does not define its links
    return html.read(exchange.text, exchange.url, xml=exchange.media_type == html.XHTML)


def _is_json_after_all(exchange: Exchange) -> bool:
    """Whether content is JSON although it is said to be HTML, as frameworks say where the type is not set."""
    return exchange.body[:20].lstrip()[:1] in {b"{", b"["} and isinstance(exchange.data, dict | list)


def _json(data: dict[str, Any] | list[Any], exchange: Exchange, header: tuple[Link, ...]) -> Reading:
    defined = READERS.get(exchange.media_type)
    if defined is None and any(jsonld.CONTEXT in link.rel.split() for link in header):
        defined = jsonld.read
    if defined is None and odata.says_so(exchange):
        return odata.read(data, exchange.url)
    if defined is not None and (isinstance(data, dict) or defined is jsonld.read):
        found = defined(data, exchange.url)
        if found.links or found.operations or found.members is not None:
            return found
        # The content is not of the format of its media type: what looks like a link is explored, but is not `typed`.
        return replace(found, protocol="", links=plain.read(data, exchange.url).links)
    look = next((reader for fits, reader in LOOKS if isinstance(data, dict) and fits(data)), None)
    if look is None:
        return plain.read(data, exchange.url)
    # The media type does not say what the links mean; a profile may (RFC 6906).
    return replace(look(data, exchange.url), hypermedia=_has_profile(exchange, header))


def _has_profile(exchange: Exchange, header: tuple[Link, ...]) -> bool:
    in_type = _PROFILE.search(exchange.header("content-type") or "") is not None
    return in_type or any("profile" in link.rel.lower().split() for link in header)
