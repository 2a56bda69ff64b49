"""Filters of a collection: their names, and the texts of a query read as values of a field's kind.

Whatever is not declared is refused, so that a misspelt filter never shows everything.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from math import isfinite
from typing import Any

import orjson
from pydantic import ValidationError

from .fields import MAX_INTEGER, FieldSpec, Kind, choices_of
from .plan import Operator
from .resource import Declaration

MAX_FILTERS = 16
MAX_CHOICES = 100
MAX_FILTER_TEXT = 256
"""Characters that a filter takes, so that it fits the URI however it is encoded."""
CONTROLS = ("limit", "after", "sort", "fields")
"""The parameters of every collection."""
RESERVED = frozenset([*CONTROLS, "q", "embed", "page", "itemsPerPage", "order", "exists"])
"""Names that a bare filter cannot have; `NAME[eq]` serves for a field of such a name."""

_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
LITERALS: dict[Kind, re.Pattern[str]] = {
    "integer": _NUMBER,
    "float": _NUMBER,
    "boolean": re.compile("true|false"),
}
"""What stands in JSON without quotes, as a value of a kind; every other value is a text there."""
WRITTEN_OUT: dict[Kind, re.Pattern[str]] = {
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
    "datetime": re.compile(r"\d{4}-\d\d-\d\d[Tt ].+"),
    "decimal": re.compile(r"-?\d+(?:\.\d+)?"),
}
"""What pydantic would read in other forms too, such as seconds since 1970."""

_EVERY: tuple[Operator, ...] = ("eq", "ne", "in", "exists")
_ORDERED: tuple[Operator, ...] = ("eq", "ne", "gt", "gte", "lt", "lte", "in", "exists")
OPERATORS: dict[Kind, tuple[Operator, ...]] = {
    "text": (*_ORDERED, "contains", "starts"),
    "integer": _ORDERED,
    "float": _ORDERED,
    "decimal": _ORDERED,
    "date": _ORDERED,
    "datetime": _ORDERED,
    "uuid": _EVERY,
    "url": _EVERY,
    "choice": _EVERY,
    "boolean": ("eq", "exists"),
}


def filter_names(declaration: Declaration) -> dict[str, tuple[FieldSpec, Operator]]:
    """Every filter parameter of a collection: `created`, `created[gte]`, ... with what it asks."""
    names: dict[str, tuple[FieldSpec, Operator]] = {}
    for spec in declaration.fields:
        if spec.filterable:
            names |= {f"{spec.name}[{operator}]": (spec, operator) for operator in OPERATORS[spec.kind]}
            if spec.name not in RESERVED:
                names[spec.name] = (spec, "eq")
    return names


@lru_cache(256)
def filters_of(declaration: Declaration) -> dict[str, tuple[FieldSpec, Operator]]:
    """As `filter_names`, made once."""
    return filter_names(declaration)


def filter_values(spec: FieldSpec, operator: Operator, text: str) -> tuple[Any, ...]:
    """The values that a filter compares with. Raises ValueError, with what to write instead."""
    if operator == "exists":
        if text not in {"true", "false"}:
            raise ValueError("is true or false")
        return (text == "true",)
    if operator in {"contains", "starts"} and not text:
        raise ValueError("is not empty")
    texts = text.split(",") if operator == "in" else [text]
    if len(texts) > MAX_CHOICES:
        raise ValueError(f"takes at most {MAX_CHOICES} values")
    return tuple(_value(spec, item) for item in texts)


def _value(spec: FieldSpec, text: str) -> Any:
    if len(text) > MAX_FILTER_TEXT:
        raise ValueError(f"takes at most {MAX_FILTER_TEXT} characters")
    if spec.kind in {"text", "url"}:
        return text
    if spec.kind == "choice":
        return _choice(spec, text)
    if spec.kind in WRITTEN_OUT and not WRITTEN_OUT[spec.kind].fullmatch(text):
        raise ValueError(f"is not a value of type {spec.kind}")
    literal = spec.kind in LITERALS and LITERALS[spec.kind].fullmatch(text)
    try:
        value = spec.reader.validate_json(text.encode() if literal else orjson.dumps(text), strict=True)
    except ValidationError:
        raise ValueError(f"is not a value of type {spec.kind}") from None
    return _within_range(spec, value)


def _within_range(spec: FieldSpec, value: Any) -> Any:
    """The value as it stands in JSON. Raises ValueError for what the store could not hold."""
    if isinstance(value, int) and not -MAX_INTEGER - 1 <= value <= MAX_INTEGER:
        raise ValueError("is beyond 64 bits")
    if isinstance(value, float) and not isfinite(value):
        raise ValueError("is beyond the range of a double")
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        try:
            value = (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
        except OverflowError:
            raise ValueError("is not within the years 1 to 9999 in UTC") from None
    return spec.reader.dump_python(value, mode="json")


def _choice(spec: FieldSpec, text: str) -> Any:
    for value in choices_of(spec.annotation):
        if str(value) == text:
            return value
    raise ValueError(f"is one of {', '.join(str(value) for value in choices_of(spec.annotation))}")
