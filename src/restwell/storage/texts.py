"""Which texts stand for a date, a moment, a decimal, a UUID or JSON in SQLite, which has no such types. Pure.

They are those that Restwell writes itself: only they are found by a filter and sort as they should.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson

from .tables import DATE_TEXT, DATETIME_TEXT, DECIMAL_TEXT, JSON_TEXT, UUID_TEXT

DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)


def _is_decimal(text: str) -> bool:
    return DECIMAL.fullmatch(text) is not None


def _is_date(text: str) -> bool:
    return date.fromisoformat(text).isoformat() == text


def _is_moment(text: str) -> bool:
    return MOMENT.fullmatch(text) is not None and bool(datetime.fromisoformat(text))


def _is_uuid(text: str) -> bool:
    return str(UUID(text)) == text


def _is_json(text: str) -> bool:
    orjson.loads(text)
    return True


KINDS: dict[str, Callable[[str], bool]] = {
    DECIMAL_TEXT: _is_decimal,
    DATE_TEXT: _is_date,
    DATETIME_TEXT: _is_moment,
    UUID_TEXT: _is_uuid,
    JSON_TEXT: _is_json,
}
"""By the declared type."""


def stands_for(declared: str, text: Any) -> bool:
    """Whether a value is one of the texts of a declared type."""
    try:
        return isinstance(text, str) and KINDS[declared](text)
    except ValueError:
        return False
