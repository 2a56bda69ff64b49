"""The query of a URI to a Query and back, and the signed cursors that say where a page begins.

Whatever is not declared is refused, so that a misspelt filter never shows everything.
"""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from hashlib import blake2b
from math import isfinite
from typing import Any
from urllib.parse import parse_qsl

import orjson
from pydantic import ValidationError

from .fields import MAX_INTEGER, FieldSpec, Kind, choices_of
from .plan import DEFAULT_LIMIT, MAX_LIMIT, NUMBER, VALUES, Filter, Operator, Order, Position, Query, Row
from .problems import BadCursor, BadParameter, FieldError
from .resource import Declaration

MAX_FILTERS = 16
MAX_CHOICES = 100
MAX_KEYS = 4
MAX_FILTER_TEXT = 256
"""Characters that a filter takes, so that it fits the URI however it is encoded."""
MAX_CURSOR = 1500
"""Bytes of the values that a cursor holds, for the same reason."""
SIGNATURE = 12
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
def _filters_of(declaration: Declaration) -> dict[str, tuple[FieldSpec, Operator]]:
    return filter_names(declaration)


@lru_cache(4096)
def read_query(declaration: Declaration, text: str, *, lenient: bool, secret: bytes) -> Query:
    """The Query that the query component of a collection's URI stands for.

    Raises BadParameter with an error for each parameter that is unknown, repeated or has a wrong value, and
    BadCursor for an `after` that this collection in this order did not give out.
    """
    pairs, errors = _pairs(text)
    known = {*CONTROLS, *_filters_of(declaration)}
    errors += [] if lenient else [_unknown(name, declaration) for name, _ in pairs if name not in known]
    values = {name: value for name, value in pairs if name in known}
    errors += [
        FieldError(name, "is given more than once: give it once", "repeated") for name in _repeated(pairs, known)
    ]
    limit = _read(errors, "limit", values, _limit, DEFAULT_LIMIT)
    sort = _read(errors, "sort", values, lambda text: _sort(declaration, text), ())
    fields = _read(errors, "fields", values, lambda text: read_fields(declaration, text), None)
    filters = _filters(declaration, values, errors)
    if errors:
        raise BadParameter("Correct the query of the URI: see errors.", errors=tuple(errors))
    after = read_cursor(declaration, sort, values["after"], secret) if "after" in values else None
    parameters = tuple((name, value) for name, value in pairs if name in known and name != "after")
    return Query(limit, sort, filters, after, fields, parameters, values.get("after"))


def read_item_fields(declaration: Declaration, text: str, *, lenient: bool) -> tuple[str, ...] | None:
    """The `fields` parameter of an item's URI, the only one that an item has. Raises BadParameter."""
    pairs, errors = _pairs(text)
    errors += [] if lenient else [_unknown(name) for name, _ in pairs if name != "fields"]
    values = {name: value for name, value in pairs if name == "fields"}
    errors += [
        FieldError(name, "is given more than once: give it once", "repeated") for name in _repeated(pairs, {"fields"})
    ]
    fields: tuple[str, ...] | None = _read(
        errors, "fields", values, lambda text: read_fields(declaration, text), None
    )
    if errors:
        raise BadParameter("Correct the query of the URI: see errors.", errors=tuple(errors))
    return fields


def refuse_parameters(text: str, *, lenient: bool) -> None:
    """For addresses without any parameter. Raises BadParameter when there is one."""
    pairs, errors = _pairs(text)
    errors += [] if lenient else [_unknown(name) for name, _ in pairs]
    if errors:
        raise BadParameter("This address takes no query parameters: leave them out.", errors=tuple(errors))


def _pairs(text: str) -> tuple[list[tuple[str, str]], list[FieldError]]:
    if not text:
        return [], []
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_FILTERS * 4)
    except ValueError:
        return [], [FieldError("", "the query is not percent-encoded UTF-8, or has too many parameters", "malformed")]
    if any("\x00" in name or "\x00" in value for name, value in pairs):
        return [], [FieldError("", "the query holds a NUL character", "malformed")]
    return pairs, []


def _unknown(name: str, declaration: Declaration | None = None) -> FieldError:
    if declaration is not None and name.partition("[")[0] in {spec.name for spec in declaration.computed}:
        return FieldError(name[:100], "is computed, and cannot be filtered by", "unknown_parameter")
    return FieldError(name[:100], "is not a parameter of this resource", "unknown_parameter")


def _repeated(pairs: Sequence[tuple[str, str]], known: set[str]) -> list[str]:
    names = [name for name, _ in pairs if name in known]
    return sorted({name for name in names if names.count(name) > 1})


def _read(errors: list[FieldError], name: str, values: dict[str, str], reader: Any, default: Any) -> Any:
    if name not in values:
        return default
    try:
        return reader(values[name])
    except ValueError as error:
        errors.append(FieldError(name, str(error), "invalid"))
        return default


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and 1 <= int(text) <= MAX_LIMIT):
        raise ValueError(f"is a number of rows from 1 to {MAX_LIMIT}")
    return int(text)


def _sort(declaration: Declaration, text: str) -> tuple[Order, ...]:
    orders = tuple(Order(key.removeprefix("-"), key.startswith("-")) for key in text.split(","))
    sortable = [spec.name for spec in declaration.fields if spec.sortable]
    computed = [spec.name for spec in declaration.computed if any(order.field == spec.name for order in orders)]
    if computed:
        raise ValueError(f"cannot be by {', '.join(computed)}: what is computed is not sorted by")
    if any(order.field not in sortable for order in orders):
        raise ValueError(f"takes names out of {', '.join(sortable)}, each with '-' before it for descending order")
    if len(orders) > MAX_KEYS or len({order.field for order in orders}) < len(orders):
        raise ValueError(f"takes at most {MAX_KEYS} names, each once")
    return orders


def read_fields(declaration: Declaration, text: str) -> tuple[str, ...]:
    """The names in `fields`, in the order of the declaration. Raises ValueError with the names that there are."""
    names = text.split(",")
    known = [spec.name for spec in declaration.shown]
    if any(name not in known for name in names) or len(set(names)) < len(names):
        raise ValueError(f"takes names out of {', '.join(known)}, each once")
    return tuple(name for name in known if name in names)


def _filters(declaration: Declaration, values: dict[str, str], errors: list[FieldError]) -> tuple[Filter, ...]:
    found = []
    for name, (spec, operator) in _filters_of(declaration).items():
        if name in values:
            try:
                found.append(Filter(spec.name, operator, _filter_values(spec, operator, values[name])))
            except ValueError as error:
                errors.append(FieldError(name, str(error), "invalid"))
    if len(found) > MAX_FILTERS:
        errors.append(FieldError("", f"has more than {MAX_FILTERS} filters", "too_many"))
    return tuple(found)


def _filter_values(spec: FieldSpec, operator: Operator, text: str) -> tuple[Any, ...]:
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


def write_cursor(
    declaration: Declaration, sort: tuple[Order, ...], row: Row, secret: bytes, *, backwards: bool = False
) -> str:
    """The cursor for the page behind this row, or before it: opaque, signed, bound to the resource and the order."""
    names = [spec.name for spec in declaration.fields]
    values = [row[VALUES + names.index(order.field)] for order in sort]
    payload = orjson.dumps([*values, row[NUMBER], backwards], option=orjson.OPT_UTC_Z)
    if len(payload) > MAX_CURSOR:
        raise BadParameter("A page cannot end at a text this long in this order: sort by something shorter.")
    return urlsafe_b64encode(_signature(declaration, sort, payload, secret) + payload).decode().rstrip("=")


def read_cursor(declaration: Declaration, sort: tuple[Order, ...], text: str, secret: bytes) -> Position:
    """The position that a cursor stands for. Raises BadCursor unless it is ours, for this resource and order."""
    try:
        raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except ValueError:
        raw = b""
    signature, payload = raw[:SIGNATURE], raw[SIGNATURE:]
    genuine = hmac.compare_digest(signature, _signature(declaration, sort, payload, secret))
    if not genuine or urlsafe_b64encode(raw).decode().rstrip("=") != text:
        raise BadCursor("Take `after` from the links of a page in the same order, or start again without it.")
    *values, number, backwards = orjson.loads(payload)
    return Position(tuple(values), number, backwards)


def _signature(declaration: Declaration, sort: tuple[Order, ...], payload: bytes, secret: bytes) -> bytes:
    order = ",".join(("-" if key.descending else "") + key.field for key in sort)
    context = f"cursor\n{declaration.path}\n{order}\n".encode()
    return blake2b(context + payload, key=secret, digest_size=SIGNATURE).digest()
