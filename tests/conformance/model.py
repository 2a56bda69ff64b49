"""What RFC 9110 says of conditions (section 13) and of Accept (section 12.5.1), written from its text.

Nothing here is Restwell's: it is what Restwell is held against. Where the RFC leaves a choice, the answer
is the set of all that it allows.
"""

import re
from calendar import timegm
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

# Conditions.


class Tag(NamedTuple):
    """An entity tag (section 8.8.3): `opaque` is what stands between the quotes."""

    weak: bool
    opaque: str


def is_etagc(char: str) -> bool:
    """Etagc = %x21 / %x23-7E / obs-text."""
    return char == "!" or "#" <= char <= "~" or "\x80" <= char <= "\xff"


def read_tags(value: str) -> list[Tag] | None:
    """Return the tags of `#entity-tag`, empty elements allowed (section 5.6.1.2); None for what is no list."""
    tags: list[Tag] = []
    place, separated = 0, True
    while place < len(value):
        if value[place] in " \t":
            place += 1
        elif value[place] == ",":
            place, separated = place + 1, True
        else:
            weak = value.startswith("W/", place)
            start = place + 2 * weak
            end = value.find('"', start + 1)
            opaque = value[start + 1 : end]
            if not separated or value[start : start + 1] != '"' or end < 0 or not all(map(is_etagc, opaque)):
                return None
            tags.append(Tag(weak, opaque))
            place, separated = end + 1, False
    return tags


MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
DAYS = "Mon|Tue|Wed|Thu|Fri|Sat|Sun"
LONG_DAYS = "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
TIME = r"(?P<time>\d\d:\d\d:\d\d)"
HTTP_DATE = [
    re.compile(rf"({DAYS}), (?P<day>\d\d) (?P<month>[A-Z][a-z]{{2}}) (?P<year>\d{{4}}) {TIME} GMT"),
    re.compile(rf"({LONG_DAYS}), (?P<day>\d\d)-(?P<month>[A-Z][a-z]{{2}})-(?P<year>\d\d) {TIME} GMT"),
    re.compile(rf"({DAYS}) (?P<month>[A-Z][a-z]{{2}}) (?P<day>[ \d]\d) {TIME} (?P<year>\d{{4}})"),
]


def read_date(value: str) -> int | None:
    """Return the seconds since 1970 of an HTTP-date in one of its three forms (section 5.6.7), else None.

    Two digits of a year mean this century here: no test uses others.
    """
    match = next((found for form in HTTP_DATE if (found := form.fullmatch(value))), None)
    if match is None or match["month"] not in MONTHS:
        return None
    year = int(match["year"]) + (2000 if len(match["year"]) == 2 else 0)
    hour, minute, second = map(int, match["time"].split(":"))
    day, month = int(match["day"]), MONTHS.index(match["month"]) + 1
    if not (1 <= day <= 31 and hour < 24 and minute < 60 and second <= 60):
        return None
    return timegm((year, month, day, hour, minute, second))


@dataclass(frozen=True)
class State:
    """What the origin server has at the target; tags without their quotes.

    `selected` is the tag of the representation that the request selects, `current` are those of all
    representations of the same state, `modified` is None where there is no Last-Modified.
    """

    exists: bool
    selected: str = ""
    current: frozenset[str] = field(default_factory=frozenset)
    modified: int | None = None


def if_match(value: str, state: State) -> bool:
    """Section 13.1.1: strong comparison; contract, 5: with the current tag of any representation."""
    if value.strip(" \t") == "*":
        return state.exists
    return any(not tag.weak and tag.opaque in state.current for tag in read_tags(value) or [])


def if_none_match(value: str, state: State) -> bool:
    """Section 13.1.2: weak comparison, with the selected representation."""
    if value.strip(" \t") == "*":
        return not state.exists
    return not any(state.exists and tag.opaque == state.selected for tag in read_tags(value) or [])


def names_another(value: str, state: State) -> bool:
    """Whether If-None-Match names the current tag of a representation that is not the selected one."""
    return state.exists and any(tag.opaque in state.current for tag in read_tags(value) or [])


def if_modified_since(value: str, state: State) -> bool:
    """Section 13.1.3: a date that is none is ignored."""
    since = read_date(value)
    return since is None or state.modified is None or state.modified > since


def if_unmodified_since(value: str, state: State) -> bool:
    """Section 13.1.4: a date that is none is ignored."""
    since = read_date(value)
    return since is None or state.modified is None or state.modified <= since


SUCCESS = {"GET": 200, "HEAD": 200, "PUT": 200, "PATCH": 200, "DELETE": 204, "POST": 201}


def is_garbage(value: str | None) -> bool:
    return value is not None and value.strip(" \t") != "*" and read_tags(value) is None


def expected(method: str, state: State, conditions: dict[str, str]) -> set[int]:
    """Return the status codes that section 13.2.2 allows; `conditions` are fields by their usual names.

    Entity tags that break the grammar may be refused as such (400); else they match nothing. A write replaces
    the state that all representations show (contract, 5), so that If-None-Match may count them all there.
    """
    found = {outcome(method, state, conditions)}
    if any(is_garbage(conditions.get(name)) for name in ("If-Match", "If-None-Match")):
        found.add(400)
    writes = method not in {"GET", "HEAD"} and (state.exists or method == "PUT")
    if writes and names_another(conditions.get("If-None-Match", ""), state):
        found.add(412)
    return found


def outcome(method: str, state: State, conditions: dict[str, str]) -> int:
    reads = method in {"GET", "HEAD"}
    # 13.2.1: ignored where the answer without them would be neither 2xx nor 412.
    if not state.exists and method != "PUT":
        return 404
    if "If-Match" in conditions:
        if not if_match(conditions["If-Match"], state):
            return 412
    elif "If-Unmodified-Since" in conditions and not if_unmodified_since(conditions["If-Unmodified-Since"], state):
        return 412
    if "If-None-Match" in conditions:
        if not if_none_match(conditions["If-None-Match"], state):
            return 304 if reads else 412
    elif (
        reads and "If-Modified-Since" in conditions and not if_modified_since(conditions["If-Modified-Since"], state)
    ):
        return 304
    return 201 if not state.exists else SUCCESS[method]


# Accept.


class MediaRange(NamedTuple):
    """One element of Accept, names in lower case; `quality` in thousandths."""

    type: str
    subtype: str
    parameters: tuple[tuple[str, str], ...] = ()
    quality: int = 1000

    def covers(self, media_type: str) -> bool:
        """Whether a representation of this media type, which has no parameters, is in the range."""
        main, _, sub = media_type.partition("/")
        return self.type in {"*", main} and self.subtype in {"*", sub} and not self.parameters

    @property
    def specificity(self) -> int:
        return (self.type != "*") + (self.subtype != "*")


def choose(ranges: Sequence[MediaRange], offers: Sequence[str]) -> str | None:
    """Return the offer that Accept prefers; `offers` in the server's own order of preference.

    The most specific range that covers an offer gives its quality. Among offers of the best quality the one
    that was named most specifically comes first, then the server's order (contract, 4).
    """
    best: tuple[int, int] | None = None
    chosen = None
    for offer in offers:
        covering = [one for one in ranges if one.covers(offer)]
        if not ranges:
            covering = [MediaRange("*", "*")]
        if not covering:
            continue
        nearest = max(covering, key=lambda one: one.specificity)
        rank = (nearest.quality, nearest.specificity)
        if nearest.quality > 0 and (best is None or rank > best):
            best, chosen = rank, offer
    return chosen
