"""Readers of SQLite's columns: values of SQLite to values that orjson writes. Pure.

SQLite has five types, so that values of most kinds are texts: see `kinds.py`.
"""

from __future__ import annotations

import re
from datetime import date, datetime

import orjson

from ...model.durations import duration_of
from ...model.kinds import STRUCTURED, KindName
from ..columns import finite_floats, of_types
from ..dialect import Column, Reader
from ..errors import InvalidValue
from .decimals import decode

_DATES = re.compile(r"(?:\d{4}-\d\d-\d\d\n)*", re.ASCII)
_MOMENTS = re.compile(r"(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z\n)*", re.ASCII)
_TIMES = re.compile(r"(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{6}\n)*")
_UUIDS = re.compile(r"(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\n)*")
_WHOLES = "|".join([r"0000", *(f"00{size}[1-9][0-9]{{{size - 1}}}" for size in range(1, 10))])
_DECIMALS = re.compile(rf"(?:P(?:{_WHOLES})(?:\.[0-9]*[1-9])?\n)*")
"""Stored decimals below a thousand million, not negative, without zeros at the end of a fraction."""


def _lines(pattern: re.Pattern[str], column: Column) -> None:
    """Match each text against a pattern of lines."""
    text = "\n".join(column)
    if pattern.fullmatch(f"{text}\n") is None or text.count("\n") != len(column) - 1:
        raise InvalidValue


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


def _times(column: Column) -> Column:
    _lines(_TIMES, column)
    return [text.removesuffix(".000000") for text in column]


_WHOLE = of_types(int)


def _durations(column: Column) -> Column:
    return list(map(duration_of, _WHOLE(column)))


def _uuids(column: Column) -> Column:
    _lines(_UUIDS, column)
    return column


def _decimals(column: Column) -> Column:
    text = "\n".join(column)
    if _DECIMALS.fullmatch(f"{text}\n") is None or text.count("\n") != len(column) - 1:
        return list(map(decode, column))
    return [stored[4:] for stored in column]


def _returned_floats(column: Column) -> Column:
    """SQLite gives 2 for 2.0 in what INSERT and UPDATE return."""
    return finite_floats(list(map(float, of_types(float, int)(column))))


_TRUTH = {0: False, 1: True}


def _booleans(column: Column) -> Column:
    return [_TRUTH[value] for value in column]


def _parsed(column: Column) -> Column:
    if bytes in map(type, column):  # a blob, which other programs would not take for JSON
        raise InvalidValue
    return list(map(orjson.loads, column))


READERS: dict[KindName, Reader] = {
    "integer": of_types(int),
    "integer choice": of_types(int),
    "float": finite_floats,
    "boolean": _booleans,
    "decimal": _decimals,
    "date": _dates,
    "datetime": _moments,
    "time": _times,
    "duration": _durations,
    "uuid": _uuids,
    **dict.fromkeys(STRUCTURED, _parsed),
}
RETURNED: dict[KindName, Reader] = {"float": _returned_floats}
CHECKED: frozenset[KindName] = frozenset(
    ["integer", "integer choice", "float", "date", "uuid", "choice", "text", "url"]
)
