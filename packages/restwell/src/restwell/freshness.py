"""Is the copy still good? Validators, preconditions and Cache-Control (RFC 9110, section 13; RFC 9111).

Everything here is pure: what the current state is comes in as arguments. The order in which the
preconditions are asked is in `decisions.py`.
"""

from __future__ import annotations

import calendar
import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from hashlib import blake2b

from .keeping import kept

VARIANT_LENGTH = 8
STATE_LENGTH = 24

# entity-tag = [ weak ] opaque-tag ; weak = %s"W/" ; opaque-tag = DQUOTE *etagc DQUOTE
# etagc = %x21 / %x23-7E / obs-text   (RFC 9110, section 8.8.3; obs-text as bytes above %x7F)
# A list has commas between its elements, which may be empty (section 5.6.1.2). Possessive, so that what is no
# list is refused in one pass.
ELEMENT = re.compile(r'[ \t]*+(?:(W/)?("[\x21\x23-\x7e\x80-\xff]*+"))?[ \t]*+(?:,|\Z)')


def digest(data: bytes, length: int, secret: bytes = b"") -> str:
    """A hexadecimal digest of `data` with `length` digits, keyed when a secret is given."""
    return blake2b(data, digest_size=length // 2, key=secret).hexdigest()


def variant_of(*parts: str) -> str:
    """A short name for one variant: everything but the state that shapes a representation's bytes."""
    return digest("\n".join(parts).encode(), VARIANT_LENGTH)


def entity_tag(secret: bytes, variant: str, state: bytes) -> str:
    """A strong, opaque entity tag for a variant of a state (RFC 9110, section 8.8.3).

    The variant stands in the tag beside a keyed hash of variant and state. So the tag of *any* variant,
    whoever read it, can be checked against the current state, and nobody can make one up.
    """
    return f'"{variant}{digest(variant.encode() + state, STATE_LENGTH, secret)}"'


def tag_is_current(secret: bytes, tag: str, state: bytes) -> bool:
    """Whether a strong tag, quotes included, belongs to this state in some variant."""
    if len(tag) != VARIANT_LENGTH + STATE_LENGTH + 2 or not tag.isascii():
        return False
    return entity_tag(secret, tag[1 : 1 + VARIANT_LENGTH], state) == tag


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
        return self.everything or any(not weak and is_current(tag) for weak, tag in self.tags)

    def match_weakly(self, is_current: Callable[[str], bool]) -> bool:
        """Weak comparison: whether a tag is weak does not count."""
        return self.everything or any(is_current(tag) for _, tag in self.tags)


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
    """If-Unmodified-Since (RFC 9110, section 13.1.4); ignored when it is no date or there is none to compare.

    What was modified at a time that cannot be trusted may have changed unseen: the condition is false.
    """
    since = parse_date(value)
    return since is None or modified is None or (modified <= since and is_dated(modified, now))


def if_modified_since_holds(value: str, modified: int | None, now: float) -> bool:
    """If-Modified-Since (RFC 9110, section 13.1.3); ignored when it is no date or there is none to compare.

    What was modified at a time that cannot be trusted is given whole.
    """
    since = parse_date(value)
    return since is None or modified is None or modified > since or not is_dated(modified, now)


_DATES = (
    (re.compile(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT"), "%a, %d %b %Y %H:%M:%S GMT"),
    (re.compile(r"[A-Z][a-z]{5,8}, \d\d-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d GMT"), "%A, %d-%b-%y %H:%M:%S GMT"),
    (re.compile(r"[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}"), "%a %b %d %H:%M:%S %Y"),
)


@kept(32 * 1024)
def parse_date(value: str) -> int | None:
    """Seconds since 1970 of an HTTP-date in any of its three forms (RFC 9110, section 5.6.7), else None."""
    for pattern, form in _DATES:
        if pattern.fullmatch(value):
            try:
                return calendar.timegm(time.strptime(value, form))
            except ValueError:
                return None
    return None


@lru_cache(1024)
def format_date(seconds: int) -> str:
    """An IMF-fixdate (RFC 9110, section 5.6.7)."""
    return formatdate(seconds, usegmt=True)


@dataclass(frozen=True, slots=True)
class Caching:
    """How long a representation stays fresh, as declared (RFC 9111, section 5.2.2; RFC 5861). Seconds."""

    max_age: int | None = None
    s_maxage: int | None = None
    stale_while_revalidate: int | None = None
    must_revalidate: bool = False
    no_store: bool = False

    def __post_init__(self) -> None:
        for name in ("max_age", "s_maxage", "stale_while_revalidate"):
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
                raise ValueError(f"{name} is a number of seconds, 0 or more, not {value!r}")
        others = (self.max_age, self.s_maxage, self.stale_while_revalidate, self.must_revalidate)
        if self.no_store and others != (None, None, None, False):
            raise ValueError("no_store excludes every other caching directive: declare it alone")

    def to_header(self, *, private: bool) -> str:
        """Cache-Control; `private` when the answer is for one caller only."""
        if self.no_store:
            return "no-store"
        parts = ["private"] if private else []
        parts.append("no-cache" if self.max_age is None else f"max-age={self.max_age}")
        if self.s_maxage is not None and not private:
            parts.append(f"s-maxage={self.s_maxage}")
        if self.must_revalidate:
            parts.append("must-revalidate")
        if self.stale_while_revalidate is not None:
            parts.append(f"stale-while-revalidate={self.stale_while_revalidate}")
        return ", ".join(parts)
