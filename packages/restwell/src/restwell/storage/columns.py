"""Readers of whole columns: values of a database to values that orjson writes. Pure.

A reader raises InvalidValue for a column with a value that is not of the column's kind, which others may have written
by SQL; `reading.py` then finds the value row by row. Reading a column at once takes a fraction of the time. A value
that is of the kind but that the declaration does not allow, such as a choice that was removed or JSON of another
shape, is not an error.
"""

from __future__ import annotations

import re
from math import isfinite

import orjson

from ..model.durations import duration_of
from ..model.fields import FieldSpec
from ..model.kinds import KindName
from .decimals import decode
from .dialect import Column, Dialect, Reader
from .errors import InvalidValue

_UUIDS = re.compile(r"(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\n)*")
_WHOLES = "|".join([r"0000", *(f"00{size}[1-9][0-9]{{{size - 1}}}" for size in range(1, 10))])
_DECIMALS = re.compile(rf"(?:P(?:{_WHOLES})(?:\.[0-9]*[1-9])?\n)*")
"""Stored decimals below a thousand million, not negative, without zeros at the end of a fraction."""


def of_types(*types: type) -> Reader:
    """A reader that accepts a column in which every value has one of these types."""
    allowed = frozenset(types)

    def read(column: Column) -> Column:
        if not allowed.issuperset(map(type, column)):
            raise InvalidValue
        return column

    return read


_FLOATS = of_types(float)


def finite_floats(column: Column) -> Column:
    """A column of finite floats: JSON has no infinities."""
    if not all(map(isfinite, _FLOATS(column))):
        raise InvalidValue
    return column


# -- values of databases that have no type for them: see `decimals.py` and the `kinds.py` of each


def _are_lines(pattern: re.Pattern[str], column: Column) -> bool:
    """Whether each text is one of the lines of a pattern."""
    text = "\n".join(column)
    return pattern.fullmatch(f"{text}\n") is not None and text.count("\n") == len(column) - 1


def match_lines(pattern: re.Pattern[str], column: Column) -> None:
    """Match each text against a pattern of lines. Raises InvalidValue."""
    if not _are_lines(pattern, column):
        raise InvalidValue


def uuids(column: Column) -> Column:
    """A column of texts of UUIDs, in lower case."""
    match_lines(_UUIDS, column)
    return column


def decimals(column: Column) -> Column:
    """Stored decimals as they were written."""
    if not _are_lines(_DECIMALS, column):
        return list(map(decode, column))
    return [stored[4:] for stored in column]


_INTEGERS = of_types(int)


def durations(column: Column) -> Column:
    """Microseconds as durations."""
    return list(map(duration_of, _INTEGERS(column)))


_TRUTH = {0: False, 1: True}


def booleans(column: Column) -> Column:
    """The numbers 0 and 1 as they are meant."""
    return [_TRUTH[value] for value in column]


def parsed(column: Column) -> Column:
    """Texts of JSON as what they say."""
    if bytes in map(type, column):  # a blob, which other programs would not take for JSON
        raise InvalidValue
    return list(map(orjson.loads, column))


def _texts(column: Column) -> Column:
    "".join(column).encode()  # raises TypeError for other types, and ValueError for what was not UTF-8
    return column


WHOLLY: dict[KindName, Reader] = {"text": _texts, "url": _texts, "choice": _texts}
"""Further checks, made when something was wrong. Other values than texts can only be blobs, which orjson refuses to
write, so that they need no check before."""


def reader_of(dialect: Dialect, spec: FieldSpec, *, returned: bool = False, wholly: bool = False) -> Reader | None:
    """The reader of a field's column; None if it is passed on unchecked."""
    kind = spec.kind.name
    reader = dialect.readers.get(kind) or (WHOLLY.get(kind) if wholly else None)
    if returned:
        reader = dialect.returned_readers.get(kind, reader)
    return _with_nulls(reader, spec) if reader is not None else None


def _with_nulls(reader: Reader, spec: FieldSpec) -> Reader:
    """The same reader for a column with nulls, if the declaration allows them."""
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
