"""Preconditions (RFC 9110, section 13): is the copy still good, is the state still the one that was seen.

Everything here is pure: what the current state is comes in as arguments. The order in which the
preconditions are asked is in `decisions.py`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from .dates import parse_date

# entity-tag = [ weak ] opaque-tag ; weak = %s"W/" ; opaque-tag = DQUOTE *etagc DQUOTE
# etagc = %x21 / %x23-7E / obs-text   (RFC 9110, section 8.8.3; obs-text as bytes above %x7F)
# A list has commas between its elements, which may be empty (section 5.6.1.2). Possessive, so that what is no
# list is refused in one pass.
ELEMENT = re.compile(r'[ \t]*+(?:(W/)?("[\x21\x23-\x7e\x80-\xff]*+"))?[ \t]*+(?:,|\Z)')


class Tags:
    """The value of If-Match or If-None-Match: `*`, or a list of entity tags (RFC 9110, section 13.1.1)."""

    __slots__ = ("everything", "tags")

    def __init__(self, *, everything: bool = False, tags: tuple[tuple[bool, str], ...] = ()) -> None:
        self.everything = everything
        self.tags = tags

    @classmethod
    def from_header(cls, value: str) -> Tags:
        """Read a field value. One that breaks the grammar names no tag, so that it matches nothing."""
        if value.strip(" \t") == "*":
            return cls(everything=True)
        tags, place = [], 0
        while place < len(value):
            element = ELEMENT.match(value, place)
            if element is None:
                return cls()
            if element[2]:
                tags.append((bool(element[1]), element[2]))
            place = element.end()
        return cls(tags=tuple(tags))

    def match_strongly(self, is_current: Callable[[str], bool]) -> bool:
        """Strong comparison: weak tags never match (RFC 9110, section 8.8.3.2)."""
        return self.everything or any(map(is_current, [tag for weak, tag in self.tags if not weak]))

    def match_weakly(self, is_current: Callable[[str], bool]) -> bool:
        """Weak comparison: whether a tag is weak does not count."""
        return self.everything or any(map(is_current, [tag for _, tag in self.tags]))


def if_match_holds(value: str, *, exists: bool, is_current: Callable[[str], bool]) -> bool:
    """If-Match (RFC 9110, section 13.1.1): true when the resource exists and a tag matches strongly."""
    return exists and Tags.from_header(value).match_strongly(is_current)


def if_none_match_holds(value: str, *, exists: bool, is_current: Callable[[str], bool]) -> bool:
    """If-None-Match (RFC 9110, section 13.1.2): true when nothing exists or no tag matches, weakly."""
    return not exists or not Tags.from_header(value).match_weakly(is_current)


def is_dated(modified: int, now: float) -> bool:
    """Whether a time of modification can be trusted: it is two seconds old, or more.

    A modification less than two seconds ago shares its second with another that may follow or may have gone before,
    so that its date proves nothing (RFC 9110, section 8.8.2.2). Nor does one in the future: the clock was put back.
    """
    return now - modified >= 2


def if_unmodified_since_holds(value: str, modified: int | None, now: float = math.inf) -> bool:
    """If-Unmodified-Since (RFC 9110, section 13.1.4); ignored when it is not a date, or there is none to compare.

    What was modified at a time that cannot be trusted may have changed unseen: the condition is false.
    """
    since = parse_date(value)
    return since is None or modified is None or (modified <= since and is_dated(modified, now))


def if_modified_since_holds(value: str, modified: int | None, now: float) -> bool:
    """If-Modified-Since (RFC 9110, section 13.1.3); ignored when it is not a date, or there is none to compare.

    What was modified at a time that cannot be trusted is given whole.
    """
    since = parse_date(value)
    return since is None or modified is None or modified > since or not is_dated(modified, now)
