"""The texts that represent dates, times, decimals, UUIDs and JSON in SQLite, which has no such types. Pure.

Only texts as Restwell writes them are valid: others would not be found by filters, nor sorted correctly.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

import orjson

from ...model.durations import duration_of, is_within_range, microseconds_of
from ..decimals import decode, encode
from .kinds import DATE_TEXT, DATETIME_TEXT, DECIMAL_TEXT, JSON_TEXT, TIME_TEXT, UUID_TEXT

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)


def _is_decimal(text: str) -> bool:
    return bool(decode(text))


def _is_date(text: str) -> bool:
    return date.fromisoformat(text).isoformat() == text


def _is_moment(text: str) -> bool:
    return MOMENT.fullmatch(text) is not None and bool(datetime.fromisoformat(text))


def _is_time(text: str) -> bool:
    return time.fromisoformat(text).isoformat("microseconds") == text


def _is_uuid(text: str) -> bool:
    return str(UUID(text)) == text


def _is_json(text: str) -> bool:
    orjson.loads(text)
    return True


KINDS: dict[str, Callable[[str], bool]] = {
    DECIMAL_TEXT: _is_decimal,
    DATE_TEXT: _is_date,
    DATETIME_TEXT: _is_moment,
    TIME_TEXT: _is_time,
    UUID_TEXT: _is_uuid,
    JSON_TEXT: _is_json,
}
"""By the declared type."""


def stands_for(declared: str, text: Any) -> bool:
    """Whether a value is a valid text of a declared type."""
    try:
        return isinstance(text, str) and KINDS[declared](text)
    except ValueError:
        return False


def encoded(text: Any) -> str | None:
    """A decimal in stored form; None for what is not a decimal."""
    try:
        return encode(text) if isinstance(text, str) else None
    except ValueError:
        return None


def decoded(stored: Any) -> str | None:
    """A stored decimal in plain form; None for what is not a stored decimal."""
    try:
        return decode(stored) if isinstance(stored, str) else None
    except ValueError:
        return None


def duration(text: Any) -> int | None:
    """The microseconds of a duration; None for any other text."""
    found = microseconds_of(text) if isinstance(text, str) else None
    return found if found is not None and is_within_range(found) else None


def duration_text(stored: Any) -> str | None:
    """A stored duration as it is written; None for any other value."""
    return duration_of(stored) if isinstance(stored, int) else None


def old_order(left: str, right: str) -> int:
    """The collation of decimals in an earlier release, for migrations."""
    first, second = _rank(left), _rank(right)
    return (first > second) - (first < second)


def _rank(text: str) -> tuple[int, Decimal, str]:
    try:
        return (0, Decimal(text), "") if encoded(text) else (1, Decimal(), text)
    except InvalidOperation:
        return 1, Decimal(), text
