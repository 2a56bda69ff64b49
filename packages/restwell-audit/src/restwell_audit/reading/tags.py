"""Parses the tags of an HTML document that form links and forms, as browsers do.

html.parser of the standard library takes seconds for two megabytes of tags and, in some versions, hours for hostile
ones (CVE-2025-6069). Here all quantifiers are possessive, so that parsing takes linear time.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

MAX_TAGS = 20_000
MAX_ATTRIBUTES = 200
WANTED = frozenset(["a", "area", "base", "button", "form", "input", "link", "select", "textarea"])
RAW = frozenset(["iframe", "noembed", "noframes", "script", "style", "textarea", "title", "xmp"])
"""Elements whose content is text (HTML, section 13.2.6.2)."""
_KNOWN = "|".join(sorted(WANTED | RAW | {"plaintext"}))
_SPACE = r"[\t\n\f\r\x20]"
_NAME = r"[^\t\n\f\r\x20/>][^\t\n\f\r\x20/>=]*+"
_VALUE = r"""(?: "[^"]*+" | '[^']*+' | [^\t\n\f\r\x20>"'][^\t\n\f\r\x20>]*+ | (?=>|\Z) )"""
# HTML, sections 13.2.5.32 to 13.2.5.39: a value may be missing; one that begins with a quote has to end with it.
_ATTRIBUTES = rf"(?:[\t\n\f\r\x20/]++|{_NAME}(?:{_SPACE}*+={_SPACE}*+{_VALUE}|(?!{_SPACE}*+=)))*+"
_DULL = re.compile(
    rf"""(?:
        [^<]++
      | <(?![a-zA-Z!/?])
      | </?(?!(?:{_KNOWN})[\t\n\f\r\x20/>])[a-zA-Z][^\t\n\f\r\x20/>]*+{_ATTRIBUTES}>
      | <!---?>
      | <!--(?:[^-]++|-(?!-!?>))*+--!?>
      | <(?:!(?!--)|\?|/(?![a-zA-Z]))[^>]*+>
    )*+""",
    re.VERBOSE | re.IGNORECASE,
)
_TAG = re.compile(rf"<(/?)({_KNOWN})(?=[\t\n\f\r\x20/>])({_ATTRIBUTES})>", re.VERBOSE | re.IGNORECASE)
_ATTRIBUTE = re.compile(rf"({_NAME})(?:{_SPACE}*+={_SPACE}*+({_VALUE}))?+", re.VERBOSE)
_ENDS = {name: re.compile(rf"</{name}(?=[\t\n\f\r\x20/>])", re.IGNORECASE) for name in RAW}


class Tag(NamedTuple):
    """A start tag with its attributes, names in lower case, or an end tag; with its position in the document."""

    name: str
    attributes: Mapping[str, str]
    is_end: bool = False
    start: int = 0
    end: int = 0


def tags(document: str, *, xml: bool = False) -> Iterator[Tag]:
    """The tags of a document, up to an incomplete one; in XML, elements of `RAW` may close themselves."""
    position = 0
    for _ in range(MAX_TAGS):
        dull = _DULL.match(document, position)
        tag = _TAG.match(document, dull.end() if dull else position)
        if tag is None or (name := tag[2].lower()) == "plaintext":
            return
        position = tag.end()
        if name in WANTED:
            yield Tag(name, {} if tag[1] else _attributes(document, *tag.span(3)), bool(tag[1]), *tag.span())
        if name in RAW and not tag[1] and not (xml and tag[3].endswith("/")):
            end = _ENDS[name].search(document, position)
            if end is None:
                return
            position = end.start()


def _attributes(document: str, start: int, end: int) -> dict[str, str]:
    """The attributes; of several with one name, the first counts (section 13.2.5.33)."""
    found: dict[str, str] = {}
    for number, attribute in enumerate(_ATTRIBUTE.finditer(document, start, end)):
        if number == MAX_ATTRIBUTES:
            break
        value = attribute[2] or ""
        plain = value[1:-1] if value[:1] in {'"', "'"} else value
        found.setdefault(attribute[1].lower(), html.unescape(plain[:10_000]))
    return found
