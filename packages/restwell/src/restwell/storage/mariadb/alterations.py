"""Alters a table of MariaDB in place. Each statement is committed by itself: DDL has no transactions there."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa

from ..alterations import Alteration, AlteringStep
from ..dialect import Dialect
from ..index_steps import renewal, with_new_indexes, without_old_indexes
from ..tables import VERSION_COLUMN


def steps(dialect: Dialect, alteration: Alteration) -> list[AlteringStep]:
    """The statements that alter a table to match its declaration, in place."""
    quote = dialect.quote
    name, columns = quote(alteration.table.name), alteration.table.c
    required = {*(c.name for c in alteration.added if not c.nullable), *alteration.tightened}
    loosened = [column for column, nullable in alteration.nullable.items() if nullable]
    changed = [columns[each] for each in columns.keys() if each in {*alteration.types, *loosened}]  # noqa: SIM118 - in their order
    parts = [f"DROP INDEX {quote(str(each.name))}" for each in alteration.old_constraints]
    parts += [f"ADD COLUMN {_declared(dialect, column, nullable=True)}" for column in alteration.added]
    parts += [f"DROP COLUMN {quote(column)}" for column in alteration.dropped]
    parts += [f"MODIFY COLUMN {_declared(dialect, c, nullable=c.nullable or c.name in required)}" for c in changed]
    every = without_old_indexes(dialect, alteration)  # first, since they go with their columns
    every += [AlteringStep(f"ALTER TABLE {name} {', '.join(parts)}")] if parts else []
    every += [renewal(dialect, alteration)] if alteration.changes_columns and VERSION_COLUMN in columns else []
    parts = [f"MODIFY COLUMN {_declared(dialect, c, nullable=False)}" for c in columns if c.name in required]
    parts += [
        f"ADD CONSTRAINT {quote(str(each.name))} UNIQUE ({', '.join(map(quote, each.columns.keys()))})"
        for each in alteration.new_constraints
    ]
    every += [AlteringStep(f"ALTER TABLE {name} {', '.join(parts)}")] if parts else []
    return every + with_new_indexes(dialect, alteration)


def _declared(dialect: Dialect, column: sa.Column[Any], *, nullable: bool) -> str:
    kind = column.type.compile(dialect=dialect.sql)
    return f"{dialect.quote(column.name)} {kind} {'NULL' if nullable else 'NOT NULL'}"


_TEXT = re.compile(r"(?:LONGTEXT|TEXT|VARCHAR\(\d+\))( \(DECIMAL\))?")
_INTEGER = "BIGINT(20)"
_WHOLE = "^(0|-?[1-9][0-9]{0,17})$"
"""The texts of integers that come back as they are; the largest ones, of 19 digits, are left out."""


def lost_by_type(dialect: Dialect, column: sa.Column[Any], old: str) -> str:
    """Whether the column's new type would change a value, as SQL; of types that are not named here, any value."""
    quoted, new = dialect.quote(column.name), dialect.type_name(column)
    before, after = _TEXT.fullmatch(old), _TEXT.fullmatch(new)
    is_shown = old == _INTEGER and after is not None and after[1] is None
    if is_shown or (before and after and before[1] == after[1]):
        length = getattr(column.type, "length", None)
        return "1 = 0" if length is None else f"CHAR_LENGTH({quoted}) > {length}"
    if before and before[1] is None and new == _INTEGER:
        return f"{quoted} NOT REGEXP '{_WHOLE}'"
    return f"{quoted} IS NOT NULL"
