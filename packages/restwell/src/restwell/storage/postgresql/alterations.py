"""Alters a table of PostgreSQL in place."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import AddConstraint, DropConstraint

from ...http.limits import MAX_INTEGER
from ..alterations import Alteration, AlteringStep
from ..dialect import Dialect
from ..index_steps import renewal, with_new_indexes, without_old_indexes
from ..tables import VERSION_COLUMN


def steps(dialect: Dialect, alteration: Alteration) -> list[AlteringStep]:
    """The statements that alter a table to match its declaration, in place."""
    quote = dialect.quote
    name = quote(alteration.table.name)
    columns = alteration.table.c
    forbidden = [*(c.name for c in alteration.added if not c.nullable), *alteration.tightened]
    permitted = [column for column, nullable in alteration.nullable.items() if nullable]
    parts = [f"ADD COLUMN {quote(c.name)} {_full_type(dialect, c)}" for c in alteration.added]
    parts += [f"DROP COLUMN {quote(column)}" for column in alteration.dropped]
    for column in alteration.types:
        wanted = _full_type(dialect, columns[column])
        parts.append(
            f"ALTER COLUMN {quote(column)} TYPE {wanted} USING {quote(column)}::{wanted.partition(' COLLATE')[0]}"
        )
    parts += [f"ALTER COLUMN {quote(column)} DROP NOT NULL" for column in permitted]
    every = without_old_indexes(dialect, alteration)  # first, since they go with their columns
    every += [AlteringStep(dialect.text(DropConstraint(constraint))) for constraint in alteration.old_constraints]
    every += [AlteringStep(f"ALTER TABLE {name} {', '.join(parts)}")] if parts else []
    every += [renewal(dialect, alteration)] if alteration.changes_columns and VERSION_COLUMN in columns else []
    parts = [f"ALTER COLUMN {quote(column)} SET NOT NULL" for column in forbidden]
    every += [AlteringStep(f"ALTER TABLE {name} {', '.join(parts)}")] if parts else []
    every += [AlteringStep(dialect.text(AddConstraint(constraint))) for constraint in alteration.new_constraints]
    return every + with_new_indexes(dialect, alteration)


def _full_type(dialect: Dialect, column: sa.Column[Any]) -> str:
    return column.type.compile(dialect=dialect.sql)


def lost_by_type(dialect: Dialect, column: sa.Column[Any], old: str) -> str:
    """Whether the column's new type would change a value, as SQL."""
    quoted, new = dialect.quote(column.name), dialect.type_name(column)
    wrong = f"CAST(CAST({quoted} AS {new}) AS {old})::text IS DISTINCT FROM {quoted}::text"
    if new == "INTERVAL":  # of which durations have no months, and 64 bits of microseconds
        length = f"CAST({quoted} AS {new})"
        wrong += f" OR extract(year FROM {length}) <> 0 OR extract(month FROM {length}) <> 0"
        wrong += f" OR abs(extract(epoch FROM {length})) > {MAX_INTEGER // 1_000_000}"
    return f"{quoted} IS NOT NULL AND ({wrong})"
