"""Columns of a database's values to columns of values that orjson writes, all of them at once. Pure.

Each raises InvalidValue for a column in which a value is not of the column's kind, as others may have put it there
by SQL; which one it is, is asked row by row when that has happened (`reading.py`). To read a column at once takes a
fraction of what value by value does. Values that are of the kind, but not what the declaration allows, such as
a choice that was taken away or JSON of another shape, are no mistake.
"""

from __future__ import annotations

from math import isfinite

from ..model.fields import FieldSpec
from ..model.kinds import KindName
from .dialect import Column, Dialect, Reader
from .errors import InvalidValue


def of_types(*types: type) -> Reader:
    """What passes on a column in which every value is of one of these types."""
    allowed = frozenset(types)

    def read(column: Column) -> Column:
        if not allowed.issuperset(map(type, column)):
            raise InvalidValue
        return column

    return read


_FLOATS = of_types(float)


def finite_floats(column: Column) -> Column:
    """A column of floats without infinities, which JSON does not have."""
    if not all(map(isfinite, _FLOATS(column))):
        raise InvalidValue
    return column


def _texts(column: Column) -> Column:
    "".join(column).encode()  # raises TypeError for what is not a text, and ValueError for bytes that are not UTF-8
    return column


WHOLLY: dict[KindName, Reader] = {"text": _texts, "url": _texts, "choice": _texts}
"""What else is asked when something was wrong. Other values than texts are there as blobs alone, which orjson does
not write: nothing is asked of them before."""


def reader_of(dialect: Dialect, spec: FieldSpec, *, returned: bool = False, wholly: bool = False) -> Reader | None:
    """What reads the column of a field; None where nothing is asked of it."""
    kind = spec.kind.name
    reader = dialect.readers.get(kind) or (WHOLLY.get(kind) if wholly else None)
    if returned:
        reader = dialect.returned_readers.get(kind, reader)
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
