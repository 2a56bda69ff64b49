"""SQL for many rows at once, the same for every database."""

from __future__ import annotations

import time

from .statements import Statements
from .tables import MODIFIED_COLUMN, number_of


def quoted(statements: Statements, name: str | None = None) -> str:
    """A quoted name; by default that of the table."""
    return statements.dialect.quote(name or statements.table.name)


def numbers_text(statements: Statements, column: str, count: int) -> str:
    """A query for the value and the number of the rows in which a column has one of `count` values."""
    column = quoted(statements, column)
    marks = ", ".join([statements.dialect.mark] * count)
    return f"SELECT {column}, {_number(statements)} FROM {quoted(statements)} WHERE {column} IN ({marks})"


def last_number_text(statements: Statements) -> str:
    """A query for the largest number of a row, or 0."""
    return f"SELECT coalesce(max({_number(statements)}), 0) FROM {quoted(statements)}"


def _number(statements: Statements) -> str:
    return quoted(statements, number_of(statements.table).name)


def insert_text(statements: Statements, rows: int) -> str:
    """The statement that inserts so many rows of values, in the order of the columns, modified now."""
    fields, mark = statements.declaration.stored, statements.dialect.mark
    names = [*(quoted(statements, spec.attribute) for spec in fields), MODIFIED_COLUMN]
    one = f"({', '.join([mark] * len(fields))}, {int(time.time())})"
    return f"INSERT INTO {quoted(statements)} ({', '.join(names)}) VALUES {', '.join([one] * rows)}"
