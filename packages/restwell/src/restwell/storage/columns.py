"""Columns of a database's values to columns of values that orjson writes, all of them at once. Pure.

Each raises InvalidValue for a column in which a value is not of the column's kind, as others may have put it there
by SQL; which one it is, is asked row by row when that has happened (`reading.py`). To read a column at once takes a
fraction of what value by value does. Values that are of the kind, but not what the declaration allows, such as
a choice that was taken away or JSON of another shape, are no mistake.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any

import orjson

from ..model.fields import FieldSpec, Kind, holds_integers
from .errors import InvalidValue
from .sqlite.decimals import decode

Column = Sequence[Any]
Reader = Callable[[Column], Column]

_DATES = re.compile(r"(?:\d{4}-\d\d-\d\d\n)*", re.ASCII)
_MOMENTS = re.compile(r"(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z\n)*", re.ASCII)
_UUIDS = re.compile(r"(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\n)*")
_WHOLES = "|".join([r"0000", *(f"00{size}[1-9][0-9]{{{size - 1}}}" for size in range(1, 10))])
_DECIMALS = re.compile(rf"(?:P(?:{_WHOLES})(?:\.[0-9]*[1-9])?\n)*")
"""Stored decimals below a thousand million, not negative, without zeros at the end of a fraction."""


def _fail() -> None:
    raise InvalidValue


def of_types(*types: type) -> Reader:
    """What passes on a column in which every value is of one of these types."""
    allowed = frozenset(types)

    def read(column: Column) -> Column:
        if not allowed.issuperset(map(type, column)):
            _fail()
        return column

    return read


_INTEGERS = of_types(int)


def _texts(column: Column) -> Column:
    "".join(column).encode()  # raises TypeError for what is not a text, and ValueError for bytes that are not UTF-8
    return column


def _lines(pattern: re.Pattern[str], column: Column) -> None:
    """Hold each text against a pattern of lines."""
    text = "\n".join(column)
    if pattern.fullmatch(f"{text}\n") is None or text.count("\n") != len(column) - 1:
        _fail()


def _dates(column: Column) -> Column:
    _lines(_DATES, column)
    for _ in map(date.fromisoformat, column):
        pass
    return column


def _moments(column: Column) -> Column:
    _lines(_MOMENTS, column)
    for _ in map(datetime.fromisoformat, column):
        pass
    return [f"{text[:-8]}Z" if text.endswith(".000000Z") else text for text in column]


def _uuids(column: Column) -> Column:
    _lines(_UUIDS, column)
    return column


def _decimals(column: Column) -> Column:
    text = "\n".join(column)
    if _DECIMALS.fullmatch(f"{text}\n") is None or text.count("\n") != len(column) - 1:
        return list(map(decode, column))
    return [stored[4:] for stored in column]


def _numerics(column: Column) -> Column:
    texts = [format(value, "f") if isinstance(value, Decimal) else value for value in column]
    if not all(value.is_finite() for value in column if isinstance(value, Decimal)):
        _fail()
    return texts


def _floats(column: Column) -> Column:
    if not all(map(isfinite, of_types(float)(column))):
        _fail()
    return column


def _returned_floats(column: Column) -> Column:
    """SQLite gives 2 for 2.0 in what INSERT and UPDATE return."""
    return _floats(list(map(float, of_types(float, int)(column))))


_TRUTH = {0: False, 1: True}


def _booleans(column: Column) -> Column:
    return [_TRUTH[value] for value in column]


def _parsed(column: Column) -> Column:
    if bytes in map(type, column):  # a blob, which other programs would not take for JSON
        raise InvalidValue
    return list(map(orjson.loads, column))


READERS: dict[str, dict[Kind, Reader]] = {
    "sqlite": {
        "integer": _INTEGERS,
        "float": _floats,
        "boolean": _booleans,
        "decimal": _decimals,
        "date": _dates,
        "datetime": _moments,
        "uuid": _uuids,
        "list": _parsed,
        "object": _parsed,
        "json": _parsed,
    },
    "postgresql": {
        "float": _floats,
        "decimal": _numerics,
    },
}
"""What every column of a kind goes through, by the dialect. PostgreSQL sees to the rest itself."""
WHOLLY: dict[Kind, Reader] = {"text": _texts, "url": _texts, "choice": _texts}
"""What else is asked when something was wrong. SQLite has other values than texts there as blobs alone, which orjson
does not write: nothing is asked of them before."""


CHECKED: dict[str, frozenset[Kind]] = {
    "sqlite": frozenset(["integer", "float", "date", "uuid", "choice", "text", "url"]),
    "postgresql": frozenset(["float", "choice", "text", "url"]),
}
"""The kinds of which readers pass on the column as it is."""


def reader_of(dialect: str, spec: FieldSpec, *, returned: bool = False, wholly: bool = False) -> Reader | None:
    """What reads the column of a field; None where nothing is asked of it."""
    kind: Kind = "integer" if spec.kind == "choice" and holds_integers(spec.annotation) else spec.kind
    reader = READERS[dialect].get(kind) or (WHOLLY.get(kind) if wholly else None)
    if returned and kind == "float" and dialect == "sqlite":
        reader = _returned_floats
    return _with_nulls(reader, spec) if reader is not None else None


def _with_nulls(reader: Reader, spec: FieldSpec) -> Reader:
    """The same for a column that may have nulls, where the declaration allows them."""
    if not spec.nullable:
        return reader

    def read(column: Column) -> Column:
        there = [value for value in column if value is not None]
        if not there:
            return column
        values = reader(there)
        if len(there) == len(column) or values is there:
            return values if len(there) == len(column) else column
        following = iter(values)
        return [None if value is None else next(following) for value in column]

    return read
