"""What the columns of a table hold, in a database that does not hold values to the types of their columns.

The first rows are looked at. A column all of whose values are of the type that it is declared with has that type; one
that holds others has the type of what it holds, if that is one. It costs the same however long the table is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from .values import is_read_as

LOOKED_AT = 1000
"""Rows of a table that are looked at."""
UNTYPED = "has no type, and no value to tell one by"
MIXED = "holds values of several types"
BINARY = "holds bytes, which JSON has no value for"


def held_types(
    connection: sa.Connection, dialect: sa.Dialect, table: sa.Table, columns: Sequence[sa.Column[Any]]
) -> dict[sa.Column[Any], sa.types.TypeEngine[Any] | str]:
    """The type of each column by what it holds, or in words why it has none. `dialect` is what reads it later."""
    names = [sa.type_coerce(column, sa.types.NullType()).label(f"c{place}") for place, column in enumerate(columns)]
    rows = connection.execute(sa.select(*names).select_from(table).limit(LOOKED_AT)).fetchall() if names else []
    values = zip(*rows, strict=True) if rows else [()] * len(columns)
    return {
        column: type_held(column.type, [value for value in held if value is not None], dialect)
        for column, held in zip(columns, values, strict=True)
    }


def type_held(
    declared: sa.types.TypeEngine[Any], values: Sequence[Any], dialect: sa.Dialect
) -> sa.types.TypeEngine[Any] | str:
    """The type of a column that is declared with one, or with none, and holds these values; why it has none."""
    is_open = isinstance(declared, sa.types.NullType) or is_any_number(declared)
    if not is_open and is_read_as(declared, values, dialect):
        return declared
    types = {type(value) for value in values}
    if not values:
        return sa.Float() if is_any_number(declared) else UNTYPED
    if types == {str}:
        return sa.Text()
    if types == {int} and not is_any_number(declared):
        return sa.BigInteger()
    if types <= {int, float}:
        return sa.Float()
    return BINARY if types == {bytes} else MIXED


def is_any_number(declared: sa.types.TypeEngine[Any]) -> bool:
    """Whether a type is that of numbers with as many digits as they have: NUMERIC, or what nobody knows."""
    return isinstance(declared, sa.Numeric) and not isinstance(declared, sa.Float) and declared.scale is None
