"""Reads the Link field (RFC 8288), the Link-Template field (RFC 9652), and content of `application/linkset`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from ..exchanges import Exchange
from .affordances import Link, Reading
from .gathering import Gathered
from .targets import resolve

TYPES = ("application/linkset",)
SYNTAX = "linkset"
MAX_LENGTH = 500_000
"""Characters of a field that are read; servers usually send less than some thousand."""
# Parsed as in RFC 8288, appendix B: text that is not well-formed ends the parsing and raises nothing. A text is
# matched in one way only, so that parsing takes linear time.
_QUOTED = r'[^"\\]*+(?:\\.[^"\\]*+)*'
_LINK = re.compile(r"[\s,]*+<([^>]*+)>")
_TEMPLATE = re.compile(rf'[\s,]*+"({_QUOTED})"', re.DOTALL)  # a String of RFC 9651, section 3.3.3
_PARAMETER = re.compile(
    rf"""\s*+;\s*+
        (?:([^\s=;,"<>]++)\s*+
           (?:=\s*+(?:(%?)"({_QUOTED})(?:"|\\?\Z)|([^\s;,"]*+)))?
        )?""",
    re.VERBOSE | re.DOTALL,
)
_TO_NEXT = re.compile(r"[^,]*+")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


class Value(NamedTuple):
    """One link of a field as written: its target and parameters, of which the first of a name counts."""

    target: str
    parameters: Mapping[str, str]

    @property
    def rel(self) -> str:
        return " ".join(self.parameters.get("rel", "").split())

    @property
    def title(self) -> str:
        return _extended(self.parameters.get("title*", "")) or self.parameters.get("title", "")


def links_of(exchange: Exchange) -> tuple[Link, ...]:
    """The links in the header section of a response, except those with another context."""
    found = Gathered(exchange.url)
    own = resolve(exchange.url, "")
    for value in parse(exchange.header("link") or ""):
        if _is_about(value, exchange.url, own):
            _add(found, value)
    for value in parse(exchange.header("link-template") or "", _TEMPLATE):
        if _is_about(value, exchange.url, own):
            _add(found, value, templated=True)
    return tuple(replace(link, place="header") for link in found.links)


def read(content: str, base: str) -> Reading:
    """The links of a link set, whatever their contexts (RFC 9264, section 4.1)."""
    found = Gathered(base)
    for value in parse(content):
        _add(found, value)
    return Reading(SYNTAX, hypermedia=True, links=found.links)


def parse(content: str, opening: re.Pattern[str] = _LINK) -> Iterator[Value]:
    """The links of a field as written, up to text that is not well-formed."""
    content = content[:MAX_LENGTH]
    position = 0
    while begin := opening.match(content, position):
        parameters: dict[str, str] = {}
        position = begin.end()
        while found := _PARAMETER.match(content, position):
            position = found.end()
            parameters.setdefault((found[1] or "").lower(), _value(found))
        end = _TO_NEXT.match(content, position)
        position = end.end() if end else len(content)
        yield Value(_unescaped(begin[1]) if opening is _TEMPLATE else begin[1], parameters)


def _add(found: Gathered, value: Value, *, templated: bool = False) -> None:
    kind = value.parameters.get("type", "")
    found.link(
        value.target, value.rel, templated=templated, typed=bool(value.rel), media_type=kind, title=value.title
    )


def _is_about(value: Value, base: str, own: str) -> bool:
    anchor = value.parameters.get("anchor")
    # A fragment of this resource is a part of it.
    return anchor is None or anchor.strip().startswith("#") or resolve(base, anchor) == own


def _value(found: re.Match[str]) -> str:
    if found[3] is None:
        return found[4] or ""
    # A Display String (RFC 9651, section 3.3.8) is percent-encoded, a quoted string has its escapes.
    return unquote_to_bytes(found[3]).decode("utf-8", "replace") if found[2] else _unescaped(found[3])


def _unescaped(quoted: str) -> str:
    return _ESCAPE.sub(r"\1", quoted) if "\\" in quoted else quoted


def _extended(value: str) -> str:
    """The value of a parameter with its character set, as in `UTF-8'en'%e2%82%ac` (RFC 8187, section 3.2); or ""."""
    charset, _, rest = value.partition("'")
    _, quote, encoded = rest.partition("'")
    if not quote or charset.lower() not in {"utf-8", "iso-8859-1"}:
        return ""
    try:
        return unquote_to_bytes(encoded).decode(charset)
    except UnicodeError:
        return ""
