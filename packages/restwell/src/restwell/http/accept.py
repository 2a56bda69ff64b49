"""Accept: which of the media types on offer is wanted (RFC 9110, section 12.5.1).

Parameters of a media range distinguish only where a media type has forms that they name: `profile`, as JSON-LD has
it, and whatever parameter an offered type has itself. All others (`version=1`, `indent=4`, `charset=UTF8`, `level=1`)
are tolerated: the range matches as if they were not there, but less closely than a range that is without them.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .keeping import kept
from .media_types import ELEMENTS, Parameters, parse_media_type

_WEIGHT = re.compile(r"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")
# A representation in compacted form answers a request for that form (JSON-LD 1.1, section 6).
_IMPLIED = {("charset", "utf-8"), ("profile", "http://www.w3.org/ns/json-ld#compacted")}
_DISTINGUISHING = frozenset(["profile"])
"""The parameters that name different forms of a media type, those that are not offered too (RFC 6906)."""


class Range(NamedTuple):
    """One element of Accept: a media range, its parameters and its weight (RFC 9110, section 12.5.1)."""

    media: str
    parameters: Parameters
    weight: float

    def specificity(self, media: str, parameters: Parameters) -> int:
        """How closely this range matches a media type: 0 not at all, 1 for `*/*`, more for closer ones."""
        kind = media.partition("/")[0]
        if self.media not in {"*/*", f"{kind}/*", media}:
            return 0
        known = parameters | _IMPLIED
        unknown = {name for name, value in self.parameters if (name, value) not in known}
        if unknown & ({name for name, _ in parameters} | _DISTINGUISHING):
            return 0
        level = 1 if self.media == "*/*" else 2 if self.media.endswith("/*") else 3
        return level * 100 + (-50 if unknown else min(len(self.parameters), 49))


def parse_accept(value: str) -> tuple[Range, ...]:
    """The elements of an Accept field; those that break the grammar are left out."""
    ranges = []
    for element in ELEMENTS.findall(value):
        parsed = parse_media_type(element)
        if parsed is None:
            continue
        weights = [text for name, text in parsed[1] if name == "q"]
        if len(weights) > 1 or (weights and not _WEIGHT.fullmatch(weights[0])):
            continue
        parameters = frozenset(item for item in parsed[1] if item[0] != "q")
        ranges.append(Range(parsed[0], parameters, float(weights[0]) if weights else 1.0))
    return tuple(ranges)


@kept(256 * 1024)
def choose(accept: str | None, offered: tuple[str, ...]) -> str | None:
    """The media type out of those offered that Accept likes best; None when it accepts none of them.

    Among equals the one named most closely wins, then the one offered first: a client that sends
    `application/json, */*` gets JSON. Without Accept, or one that says nothing readable, it is the first.
    """
    ranges = parse_accept(accept) if accept is not None else ()
    if not ranges:
        return offered[0]
    best: tuple[float, int, int] = (0.0, 0, 0)
    for place, text in enumerate(offered):
        media, parameters = parse_media_type(text) or (text, frozenset())
        closeness, weight = max((r.specificity(media, parameters), r.weight) for r in ranges)
        if closeness:
            best = max(best, (weight, closeness, -place))
    return offered[-best[2]] if best[0] > 0 else None
