"""The query of a URI to a Query.

Whatever is not declared is refused, so that a misspelt filter never shows everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from .cursors import read_cursor
from .filters import CONTROLS, MAX_FILTERS, filter_values, filters_of
from .plan import DEFAULT_LIMIT, MAX_LIMIT, Filter, Order, Query
from .problems import BadParameter, FieldError
from .resource import Declaration

MAX_KEYS = 4


@lru_cache(4096)
def read_query(declaration: Declaration, text: str, *, lenient: bool, secret: bytes) -> Query:
    """The Query that the query component of a collection's URI stands for.

    Raises BadParameter with an error for each parameter that is unknown, repeated or has a wrong value, and
    BadCursor for an `after` that this collection in this order did not give out.
    """
    pairs, errors = _pairs(text)
    known = {*CONTROLS, *filters_of(declaration)}
    errors += [] if lenient else [_unknown(name) for name, _ in pairs if name not in known]
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


def _unknown(name: str) -> FieldError:
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
    if any(order.field not in sortable for order in orders):
        raise ValueError(f"takes names out of {', '.join(sortable)}, each with '-' before it for descending order")
    if len(orders) > MAX_KEYS or len({order.field for order in orders}) < len(orders):
        raise ValueError(f"takes at most {MAX_KEYS} names, each once")
    return orders


def read_fields(declaration: Declaration, text: str) -> tuple[str, ...]:
    """The names in `fields`, in the order of the declaration. Raises ValueError with the names that there are."""
    names = text.split(",")
    known = [spec.name for spec in declaration.fields]
    if any(name not in known for name in names) or len(set(names)) < len(names):
        raise ValueError(f"takes names out of {', '.join(known)}, each once")
    return tuple(name for name in known if name in names)


def _filters(declaration: Declaration, values: dict[str, str], errors: list[FieldError]) -> tuple[Filter, ...]:
    found = []
    for name, (spec, operator) in filters_of(declaration).items():
        if name in values:
            try:
                found.append(Filter(spec.name, operator, filter_values(spec, operator, values[name])))
            except ValueError as error:
                errors.append(FieldError(name, str(error), "invalid"))
    if len(found) > MAX_FILTERS:
        errors.append(FieldError("", f"has more than {MAX_FILTERS} filters", "too_many"))
    return tuple(found)
