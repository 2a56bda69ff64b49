"""Prefer (RFC 7240): the preferences that are honoured."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from .keeping import kept
from .media_types import ELEMENTS, QUOTED, WORD, unquote


class Preferences(NamedTuple):
    """The preferences of RFC 7240 that are honoured here; None where nothing, or nothing known, was preferred."""

    returns: Literal["minimal", "representation"] | None = None
    handling: Literal["strict", "lenient"] | None = None
    counting: Literal["exact", "estimated", "none"] | None = None


_KNOWN = {
    "return": ("minimal", "representation"),
    "handling": ("strict", "lenient"),
    "count": ("exact", "estimated", "none"),
}
_PREFERENCE = re.compile(rf"[ \t]*+({WORD})(?:[ \t]*+=[ \t]*+({WORD}|{QUOTED}))?[ \t]*+(?:;.*)?", re.DOTALL)


@kept(64 * 1024)
def parse_prefer(value: str | None) -> Preferences:
    """Read Prefer. The first of a name counts; what is unknown is ignored (RFC 7240, section 2)."""
    found: dict[str, str] = {}
    for element in ELEMENTS.findall(value or ""):
        match = _PREFERENCE.fullmatch(element)
        if match is not None:
            found.setdefault(match[1].lower(), unquote(match[2] or ""))
    chosen = {name: found.get(name) if found.get(name) in values else None for name, values in _KNOWN.items()}
    return Preferences(chosen["return"], chosen["handling"], chosen["count"])  # type: ignore[arg-type]  # out of _KNOWN
