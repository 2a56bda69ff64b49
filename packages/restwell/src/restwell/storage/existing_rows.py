"""SQL about the rows that a table has already: what would violate a new rule, and filling them one by one."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from .dialect import Dialect
from .tables import NUMBER_COLUMN


def has_rows(dialect: Dialect, table: str) -> str:
    """Asks whether a table has a row."""
    return f"SELECT 1 FROM {dialect.quote(table)} LIMIT 1"


def has_missing(dialect: Dialect, table: str, column: str) -> str:
    """Asks whether a column has a row without a value."""
    quote = dialect.quote
    return f"SELECT 1 FROM {quote(table)} WHERE {quote(column)} IS NULL LIMIT 1"


def has_lost(dialect: Dialect, table: str, column: sa.Column[Any], old: str) -> str:
    """Asks whether a row has a value that the column's new type would change."""
    return f"SELECT 1 FROM {dialect.quote(table)} WHERE {dialect.lost_by_type(column, old)} LIMIT 1"


def has_repeated(dialect: Dialect, table: str, column: str) -> str:
    """Asks whether a value is in a column more than once."""
    quote = dialect.quote
    named = quote(column)
    return f"SELECT 1 FROM {quote(table)} WHERE {named} IS NOT NULL GROUP BY {named} HAVING count(*) > 1 LIMIT 1"


def has_several_missing(dialect: Dialect, table: str, column: str | None) -> str:
    """Asks whether several rows are without a value in a column, or in one that is not there yet."""
    quote = dialect.quote
    where = f" WHERE {quote(column)} IS NULL" if column else ""
    return f"SELECT 1 FROM {quote(table)}{where} LIMIT 1 OFFSET 1"


def numbers(dialect: Dialect, table: str) -> str:
    """Asks for the number of every row."""
    return f"SELECT {NUMBER_COLUMN} FROM {dialect.quote(table)}"


def filling(dialect: Dialect, table: str, column: str) -> str:
    """Sets a column of the row with a number."""
    quote, mark = dialect.quote, dialect.mark
    return f"UPDATE {quote(table)} SET {quote(column)} = {mark} WHERE {NUMBER_COLUMN} = {mark}"
