"""Tables that were found in a database, made anew with only what can be served of them.

A copy has the columns that have a type of JSON, by the names of their members, and as much of the keys and indexes as
those columns are in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from .attributes import is_plain


def copied(column: sa.Column[Any], kind: sa.types.TypeEngine[Any], name: str) -> sa.Column[Any]:
    """A column of the same name and meaning. What the database makes of a row's number needs no default to say so."""
    table: Any = column.table
    is_numbered = getattr(table, "_autoincrement_column", None) is column
    default = column.server_default
    made: list[Any] = []
    if column.computed is not None:
        made.append(sa.Computed(column.computed.sqltext, persisted=column.computed.persisted))
    elif column.identity is not None:
        made.append(sa.Identity(always=column.identity.always))
    elif isinstance(default, sa.DefaultClause) and not is_numbered:
        made.append(sa.DefaultClause(default.arg))
    elif default is not None or (column.autoincrement is True and not is_numbered):
        made.append(sa.FetchedValue())
    return sa.Column(
        column.name, kind, *made, key=name, nullable=bool(column.nullable) and not column.primary_key,
        autoincrement="auto" if column.identity is not None else _autoincrement(column, is_numbered=is_numbered),
        server_onupdate=sa.FetchedValue() if is_updated(column) else None, comment=column.comment,
    )  # fmt: skip


def _autoincrement(column: sa.Column[Any], *, is_numbered: bool) -> Any:
    return True if is_numbered else "auto" if column.autoincrement == "auto" else False


def is_updated(column: sa.Column[Any]) -> bool:
    """Whether the database gives a column another value when its row is changed, and does not compute it."""
    return column.server_onupdate is not None and column.computed is None


def constraints(table: sa.Table, columns: Mapping[str, sa.Column[Any]]) -> Iterator[Any]:
    """The primary key, and what is unique or indexed, as far as all the columns of it are there."""
    keys = [column.name for column in table.primary_key.columns]
    if keys and columns.keys() >= {*keys}:
        yield sa.PrimaryKeyConstraint(*_keys_of(keys, columns))
    for each in sorted(table.constraints, key=lambda constraint: str(constraint.name)):
        if isinstance(each, sa.UniqueConstraint) and columns.keys() >= {*(c.name for c in each.columns)}:
            yield sa.UniqueConstraint(*_keys_of((c.name for c in each.columns), columns))
    for index in sorted(table.indexes, key=lambda index: str(index.name)):
        names = [column.name for column in index.columns]
        if names and is_plain(index) and columns.keys() >= {*names}:
            lengths = {name: said for name, said in index.dialect_kwargs.items() if str(name).endswith("_length")}
            yield sa.Index(index.name, *_keys_of(names, columns), unique=bool(index.unique), **lengths)


def _keys_of(names: Iterable[str], columns: Mapping[str, sa.Column[Any]]) -> list[str]:
    return [str(columns[name].key) for name in names]


def add_references(table: sa.Table, copies: Mapping[sa.Table, sa.Table]) -> None:
    """Add the foreign keys of a table to its copy, as far as both ends are there."""
    copy = copies[table]
    by_name = {(each.schema, each.name): found for each, found in copies.items()}
    ours = {column.name: column for column in copy.columns}
    for constraint in sorted(table.foreign_key_constraints, key=lambda each: str(each.name)):
        schema, target_name, names = target_of(constraint)
        target = by_name.get((schema, target_name))
        theirs = {} if target is None else {column.name: column for column in target.columns}
        mine = [column.name for column in constraint.columns]
        if ours.keys() >= {*mine} and theirs.keys() >= {*names}:
            copy.append_constraint(
                sa.ForeignKeyConstraint(
                    [ours[name].key for name in mine],
                    [theirs[name] for name in names],
                    onupdate=constraint.onupdate,
                    ondelete=constraint.ondelete,
                    deferrable=constraint.deferrable,
                    initially=constraint.initially,
                )
            )


def target_of(constraint: sa.ForeignKeyConstraint) -> tuple[str | None, str, list[str]]:
    """The schema, None for the usual one, the table and the columns that a foreign key refers to."""
    columns = [element._table_column for element in constraint.elements]  # noqa: SLF001 - as below
    known: list[Any] = [column for column in columns if column is not None]
    if known:
        return known[0].table.schema, str(known[0].table.name), [str(column.name) for column in known]
    parts = [element._column_tokens for element in constraint.elements]  # noqa: SLF001 - the table may not be there
    schema, name, _ = parts[0]
    return schema, str(name), [str(column) for _, _, column in parts]


def unique_names(table: sa.Table) -> list[set[str]]:
    """The names of the columns that are known to be unique, together or alone, as the primary key is."""
    constraints = [
        each for each in table.constraints if isinstance(each, (sa.UniqueConstraint, sa.PrimaryKeyConstraint))
    ]
    indexes = [each for each in table.indexes if each.unique]
    return [{column.name for column in each.columns} for each in (*constraints, *indexes)]


def sole_unique(table: sa.Table) -> sa.Column[Any] | None:
    """The one column that is unique and never null, if there is one and no other."""
    groups = [list(each.columns) for each in table.constraints if isinstance(each, sa.UniqueConstraint)]
    groups += [list(index.columns) for index in table.indexes if index.unique and is_plain(index)]
    found = dict.fromkeys(group[0] for group in groups if len(group) == 1 and not group[0].nullable)
    return next(iter(found)) if len(found) == 1 else None
