"""SQL about the rows that a table has already: what would violate a new rule, and filling them one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from .alterations import Alteration, literal
from .dialect import Dialect
from .tables import number_of


def has_rows(dialect: Dialect, table: str) -> str:
    """Asks whether a table has a row."""
    return f"SELECT 1 FROM {dialect.quote(table)} LIMIT 1"


def has_missing(dialect: Dialect, table: str, column: str) -> str:
    """Asks whether a column has a row without a value."""
    quote = dialect.quote
    return f"SELECT 1 FROM {quote(table)} WHERE {quote(column)} IS NULL LIMIT 1"


def has_present(dialect: Dialect, table: str, column: str) -> str:
    """Asks whether a column has a row with a value."""
    quote = dialect.quote
    return f"SELECT 1 FROM {quote(table)} WHERE {quote(column)} IS NOT NULL LIMIT 1"


def has_lost(dialect: Dialect, table: str, column: sa.Column[Any], old: str) -> str:
    """Asks whether a row has a value that the column's new type would change."""
    return f"SELECT 1 FROM {dialect.quote(table)} WHERE {dialect.lost_by_type(column, old)} LIMIT 1"


def has_repeated(
    dialect: Dialect,
    table: str,
    columns: Sequence[str],
    filled: Mapping[str, str] | None = None,
    changed: Mapping[str, str] | None = None,
) -> str:
    """Asks whether several rows have the same values in columns: in none of them, whether there are several rows.

    A missing value is like no other, but in the columns that are to be `filled` with what SQL is given for. What is
    compared of those that are `changed` is other SQL.
    """
    quote, filled, changed = dialect.quote, filled or {}, changed or {}
    if not columns:
        return f"SELECT 1 FROM {quote(table)} LIMIT 1 OFFSET 1"
    present = [f"{quote(column)} IS NOT NULL" for column in columns if column not in filled]
    where = f" WHERE {' AND '.join(present)}" if present else ""
    found = {column: changed.get(column, quote(column)) for column in columns}
    values = [f"COALESCE({text}, {filled[each]})" if each in filled else text for each, text in found.items()]
    group = ", ".join(values)
    return f"SELECT 1 FROM {quote(table)}{where} GROUP BY {group} HAVING count(*) > 1 LIMIT 1"


def will_be_repeated(dialect: Dialect, table: str, columns: Sequence[str], alteration: Alteration) -> str | None:
    """Asks whether several rows will have the same values in columns; None where no two of them can."""
    fresh = {str(each.name) for each in alteration.added}
    defaults = alteration.defaults.items()
    filled = {name: literal(value) for name, value in defaults if name not in alteration.factories}
    if not (fresh & {*columns}) <= filled.keys():  # each row gets a value of its own in one of them, or none
        return None
    there = [column for column in columns if column not in fresh]
    found = [(name, old) for name, old in alteration.types.items() if name not in alteration.blank]
    changed = {name: dialect.in_new_type(alteration.table.c[name], old) for name, old in found}
    return has_repeated(dialect, table, there, filled, changed)


def numbers(dialect: Dialect, table: sa.Table) -> str:
    """Asks for the number of every row."""
    return f"SELECT {dialect.quote(number_of(table).name)} FROM {dialect.quote(table.name)}"


def filling(dialect: Dialect, table: sa.Table, column: str) -> str:
    """Sets a column of the row with a number."""
    quote, mark = dialect.quote, dialect.mark
    number = quote(number_of(table).name)
    return f"UPDATE {quote(table.name)} SET {quote(column)} = {mark} WHERE {number} = {mark}"
