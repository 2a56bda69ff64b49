"""Alters a table of MariaDB in place. Each statement is committed by itself: DDL has no transactions there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex

from ..alterations import Alteration, AlteringStep
from ..dialect import Dialect
from ..index_steps import renewal, with_new_indexes, without_old_indexes
from ..tables import NUMBER_COLUMN, VERSION_COLUMN, beside
from .conversions import DECIMAL, can_convert, declared, fill, form_of, is_same_text

CONVERTED = "restwell_converted"
"""What `restwell migrate` shows of a conversion, which is made by Restwell: MariaDB has no such function."""
_CREATED = re.compile(r"CREATE (.*?INDEX .*?) ON \S+ \((.*)\)(.*)", re.DOTALL)
PREFIX = 255
"""Characters of a long text that an index of others has, where their column becomes one."""


def steps(dialect: Dialect, alteration: Alteration) -> list[AlteringStep]:
    """The statements that alter a table to match its declaration, in place."""
    quote = dialect.quote
    name, columns = quote(alteration.table.name), alteration.table.c
    added = [column for column in alteration.added if column.name != alteration.renumbered]
    required = {*(c.name for c in added if not c.nullable), *alteration.tightened}
    loosened = [column for column, nullable in alteration.nullable.items() if nullable]
    kept = [each for each, old in alteration.types.items() if is_same_text(old, dialect.type_name(columns[each]))]
    converted = [each for each in alteration.types if each not in kept]
    changed = [columns[each] for each in columns.keys() if each in {*kept, *loosened} - {*converted}]  # noqa: SIM118 - in their order
    parts = [f"DROP INDEX {quote(str(each.name))}" for each in alteration.old_constraints]
    parts += [f"DROP COLUMN {quote(column)}" for column in alteration.dropped]
    parts += [f"ADD COLUMN {declared(dialect, column, nullable=True)}" for column in added]
    parts += [f"MODIFY COLUMN {declared(dialect, c, nullable=c.nullable or c.name in required)}" for c in changed]
    every = without_old_indexes(dialect, alteration)  # first, since they go with their columns
    every += [AlteringStep(f"ALTER TABLE {name} {', '.join(parts)}")] if parts else []
    every += _converting(dialect, alteration, converted) if converted else []
    every += _numbering(dialect, alteration) if alteration.renumbered else []
    every += [renewal(dialect, alteration)] if alteration.changes_columns and VERSION_COLUMN in columns else []
    required |= {each for each in converted if not columns[each].nullable} - {alteration.renumbered}
    parts = [f"MODIFY COLUMN {declared(dialect, c, nullable=False)}" for c in columns if c.name in required]
    parts += [f"ADD {_identity(dialect, each)}" for each in alteration.new_constraints]
    every += [AlteringStep(f"ALTER TABLE {name} {', '.join(parts)}")] if parts else []
    return every + with_new_indexes(dialect, alteration)


def _numbering(dialect: Dialect, alteration: Alteration) -> list[AlteringStep]:
    """The identity numbers the rows: by the numbers that they have, or in the place of these."""
    quote = dialect.quote
    number, ours = alteration.table.c[alteration.renumbered], quote(NUMBER_COLUMN)
    counted = f"{declared(dialect, number, nullable=False)} AUTO_INCREMENT"
    parts = [f"CHANGE COLUMN {ours} {counted}"]
    if not alteration.takes_numbers:
        parts = ["DROP PRIMARY KEY", f"DROP COLUMN {ours}", f"MODIFY COLUMN {counted}"]
        parts += [f"ADD PRIMARY KEY ({quote(number.name)})"]
    return [AlteringStep(f"ALTER TABLE {quote(alteration.table.name)} {', '.join(parts)}")]


def _converting(dialect: Dialect, alteration: Alteration, converted: list[str]) -> list[AlteringStep]:
    """Columns of the new types, filled beside the old ones, take their place; nobody else writes meanwhile."""
    quote, columns = dialect.quote, alteration.table.c
    name = quote(alteration.table.name)
    every = [AlteringStep(f"LOCK TABLES {name} WRITE")]
    parts = [f"ADD COLUMN {declared(dialect, columns[c], nullable=True, name=beside(c))}" for c in converted]
    every.append(AlteringStep(f"ALTER TABLE {name} {', '.join(parts)}"))
    for each in converted:
        text = f"UPDATE {name} SET {quote(beside(each))} = {CONVERTED}({quote(each)})"
        every.append(AlteringStep(text, by=fill(dialect, alteration, each)))
    parts, created = [], []
    for name_of, names, adding in _indexes(dialect, alteration, converted):
        if not {*converted}.isdisjoint(names):
            parts.append(f"DROP INDEX {quote(name_of)}")
            created.append(adding)
    for each in converted:
        parts.append(f"DROP COLUMN {quote(each)}")
        parts.append(f"CHANGE COLUMN {quote(beside(each))} {declared(dialect, columns[each], nullable=True)}")
    swap = AlteringStep(f"ALTER TABLE {name} {', '.join([*parts, *created])}")
    return [*every, swap, AlteringStep("UNLOCK TABLES")]


def _indexes(dialect: Dialect, alteration: Alteration, converted: list[str]) -> Iterator[tuple[str, list[str], str]]:
    """The indexes that are there and stay, those of others too: their names, their columns and what adds them."""
    table = alteration.table
    new = {each.name for each in alteration.new_constraints}
    for constraint in table.constraints:
        if isinstance(constraint, sa.UniqueConstraint) and constraint.name not in new:
            yield str(constraint.name), constraint.columns.keys(), f"ADD {_identity(dialect, constraint)}"
    own = sorted(table.indexes - {*alteration.new_indexes}, key=lambda index: str(index.name))
    for index in (*own, *alteration.foreign_indexes):
        yield str(index.name), index.columns.keys(), _added(dialect, alteration, index, converted)


def _identity(dialect: Dialect, constraint: sa.UniqueConstraint) -> str:
    """The unique constraint of an identity, as it is declared."""
    names = ", ".join(map(dialect.quote, constraint.columns.keys()))
    return f"CONSTRAINT {dialect.quote(str(constraint.name))} UNIQUE ({names})"


def _added(dialect: Dialect, alteration: Alteration, index: sa.Index, converted: list[str]) -> str:
    """What adds an index within a statement that alters its table; of what others index, as much as can be."""
    created = _CREATED.fullmatch(dialect.text(CreateIndex(index)))
    if created is None:
        raise ValueError(f"{index.name} is made in another way")
    kind, parts, options = created.groups()
    columns = {dialect.quote(each): alteration.table.c[each].type for each in converted}
    gone = {*map(dialect.quote, alteration.dropped)}
    found = []
    for part in parts.split(", "):
        name = part.partition("(")[0]
        if name not in columns:
            found += [] if name in gone else [part]
            continue
        is_long = isinstance(columns[name], sa.String) and getattr(columns[name], "length", None) is None
        found.append(f"{name}({PREFIX})" if is_long and not index.unique else name)
    return f"ADD {kind} ({', '.join(found)}){options}"


def in_new_type(dialect: Dialect, column: sa.Column[Any], old: str) -> str:
    """What is equal where the values of a column are in their new type: of texts of decimals, whatever the zeros."""
    quoted = dialect.quote(column.name)
    if form_of(dialect.type_name(column)) != DECIMAL or form_of(old) == DECIMAL:
        return quoted
    return f"IF(INSTR({quoted}, '.'), TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM {quoted})), {quoted})"


def lost_by_type(dialect: Dialect, column: sa.Column[Any], old: str) -> str:
    """Whether the column's new type would change a value, as SQL, as far as its length or the types alone tell."""
    quoted, new = dialect.quote(column.name), dialect.type_name(column)
    if not (is_same_text(old, new) or can_convert(old, new)):
        return f"{quoted} IS NOT NULL"
    length = getattr(column.type, "length", None)
    return "1 = 0" if length is None or not is_same_text(old, new) else f"CHAR_LENGTH({quoted}) > {length}"
