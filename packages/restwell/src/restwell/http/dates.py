"""HTTP-dates, read and written (RFC 9110, section 5.6.7)."""

from __future__ import annotations

import calendar
import re
import time
from email.utils import formatdate
from functools import lru_cache

from .keeping import kept

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
