"""Parses the tags of an HTML document that form links and forms, as browsers do.

html.parser of the standard library takes seconds for two megabytes of tags and, in some versions, hours for hostile
ones (CVE-2025-6069). Here a text is matched in one way only, so that parsing takes linear time. Groups are repeated a
limited number of times in one match, as each takes memory; possessively they would take none, but are matched wrongly
by Python before 3.11.5.
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
_SOME_ATTRIBUTES = (
    rf"(?:[\t\n\f\r\x20/]++|{_NAME}(?:{_SPACE}*+={_SPACE}*+{_VALUE}|(?!{_SPACE}*+=))){{0,{MAX_ATTRIBUTES}}}"
)
_ATTRIBUTES = re.compile(_SOME_ATTRIBUTES, re.VERBOSE)
_DULL = re.compile(
    rf"""(?:
        [^<]++
      | <(?![a-zA-Z!/?])
      | </?(?!(?:{_KNOWN})[\t\n\f\r\x20/>])[a-zA-Z][^\t\n\f\r\x20/>]*+{_SOME_ATTRIBUTES}>
      | <!---?>
      | <!--.*?--!?>
      | <(?:!(?!--)|\?|/(?![a-zA-Z]))[^>]*+>
    ){{0,1000}}""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_TAG = re.compile(r"<(/?)([a-zA-Z][^\t\n\f\r\x20/>]*+)")
_ATTRIBUTE = re.compile(rf"({_NAME})(?:{_SPACE}*+={_SPACE}*+({_VALUE}))?", re.VERBOSE)
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
    position = count = 0
    while count < MAX_TAGS:
        tag = _TAG.match(document, _after(_DULL, document, position))
        if tag is None or (name := tag[2].lower()) == "plaintext":
            return
        end = _after(_ATTRIBUTES, document, tag.end())
        if not document.startswith(">", end):
            return
        position = end + 1
        if name not in WANTED and name not in RAW:
            continue  # one with more attributes than are looked at in one go
        count += 1
        if name in WANTED:
            found = {} if tag[1] else _attributes(document, tag.end(), end)
            yield Tag(name, found, bool(tag[1]), tag.start(), position)
        if name in RAW and not tag[1] and not (xml and document[end - 1] == "/"):
            closing = _ENDS[name].search(document, position)
            if closing is None:
                return
            position = closing.start()


def _after(repeated: re.Pattern[str], document: str, position: int) -> int:
    """Where all that a pattern matches from a position on ends, if it is matched as often as it can be."""
    while (found := repeated.match(document, position)) and found.end() > position:
        position = found.end()
    return position


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
