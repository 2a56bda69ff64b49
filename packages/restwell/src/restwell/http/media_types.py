"""Media types and their parameters (RFC 9110, section 8.3.1), and the grammar of the lists that name them."""

from __future__ import annotations

import re

from .keeping import kept

WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]++"
_UNCLOSED = r'"[^"\\]*+(?:\\.[^"\\]*+)*'
QUOTED = rf'{_UNCLOSED}"'
# A text is matched in one way only: a field that breaks the grammar takes no longer to read than one that keeps it.
_PARAMETER = re.compile(rf"[ \t]*+;[ \t]*+(?:({WORD})=({WORD}|{QUOTED}))?")
_RANGE = re.compile(rf"[ \t]*+({WORD}/{WORD})((?:{_PARAMETER.pattern})*)[ \t]*+")
ELEMENTS = re.compile(rf'(?:[^,"]++|{_UNCLOSED}(?:"|\\?\Z))+')
"""The elements of a list; a quoted text that does not end takes all that follows with it."""

JSON = "application/json"
JSON_LD = "application/ld+json"
JSON_SCHEMA = "application/schema+json"
JSON_PATCH, MERGE_PATCH = "application/json-patch+json", "application/merge-patch+json"
HTML = "text/html"
PROBLEM = "application/problem+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.1"  # RFC 9727, appendix A, writes it so
LINKSET = 'application/linkset+json;profile="https://www.rfc-editor.org/info/rfc9727"'  # RFC 9727, section 4.2

Parameters = frozenset[tuple[str, str]]


def unquote(value: str) -> str:
    """The value of a parameter, without the quotes that it may have."""
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value


def names_several(text: str) -> bool:
    """Whether a field has a comma outside of quoted texts, as two fields of one name have when they are joined."""
    return ELEMENTS.fullmatch(text) is None and "," in text


@kept(256 * 1024)
def parse_media_type(text: str) -> tuple[str, Parameters] | None:
    """A media type in lower case and its parameters, names in lower case; None when it is none."""
    match = _RANGE.fullmatch(text)
    if match is None:
        return None
    found = [(name.lower(), unquote(value)) for name, value in _PARAMETER.findall(match[2]) if name]
    return match[1].lower(), frozenset((n, v.lower() if n == "charset" else v) for n, v in found)
