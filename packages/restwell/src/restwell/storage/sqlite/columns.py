"""Readers of SQLite's columns: values of SQLite to values that orjson writes. Pure.

SQLite has five types, so that values of most kinds are texts: see `kinds.py`.
"""

from __future__ import annotations

import re
from datetime import date, datetime

from ...model.kinds import STRUCTURED, KindName
from ..columns import booleans, decimals, durations, finite_floats, match_lines, of_types, parsed, uuids
from ..dialect import Column, Reader

_DATES = re.compile(r"(?:\d{4}-\d\d-\d\d\n)*", re.ASCII)
_MOMENTS = re.compile(r"(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z\n)*", re.ASCII)
_TIMES = re.compile(r"(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{6}\n)*")


def _dates(column: Column) -> Column:
    match_lines(_DATES, column)
    for _ in map(date.fromisoformat, column):
        pass
    return column


def _moments(column: Column) -> Column:
    match_lines(_MOMENTS, column)
    for _ in map(datetime.fromisoformat, column):
        pass
    return [f"{text[:-8]}Z" if text.endswith(".000000Z") else text for text in column]


def _times(column: Column) -> Column:
    match_lines(_TIMES, column)
    return [text.removesuffix(".000000") for text in column]


def _returned_floats(column: Column) -> Column:
    """SQLite gives 2 for 2.0 in what INSERT and UPDATE return."""
    return finite_floats(list(map(float, of_types(float, int)(column))))


READERS: dict[KindName, Reader] = {
    "integer": of_types(int),
    "integer choice": of_types(int),
    "float": finite_floats,
    "boolean": booleans,
    "decimal": decimals,
    "date": _dates,
    "datetime": _moments,
    "time": _times,
    "duration": durations,
    "uuid": uuids,
    **dict.fromkeys(STRUCTURED, parsed),
}
RETURNED: dict[KindName, Reader] = {"float": _returned_floats}
CHECKED: frozenset[KindName] = frozenset(
    ["integer", "integer choice", "float", "date", "uuid", "choice", "text", "url"]
)
