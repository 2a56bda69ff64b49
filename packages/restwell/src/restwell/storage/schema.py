"""The tables of an API: created if they are missing, and compared with the declarations if they exist."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import CreateColumn, CreateIndex, CreateTable

from ..data.store_errors import ReadOnly
from ..model.resource import Declaration, unique_groups
from .dialect import Dialect
from .driver import Driver
from .numbering import identities_of
from .statements import Statements
from .tables import MODIFIED_COLUMN, VERSION_COLUMN, VERSIONED, number_of

UNFINISHED = "restwell_unfinished"
"""The name of a table that is being filled, where tables are committed as soon as they are created."""
Ask = Callable[[str], list[Any]]
"""Gives the rows of a query."""


class SchemaMismatch(Exception):
    """The tables in the database do not match the declarations; the message says how, and what to do."""


def prepare(
    driver: Driver, every: Sequence[Statements], own: sa.MetaData, *, is_dispensable: bool = False
) -> frozenset[str]:
    """Create the missing tables, our own ones too, and fill them with their initial rows, all or nothing.

    Our own ones that are there get the columns that this release has added to them. Where the database is only read,
    these are given as `TABLE.COLUMN` instead; and so are our own tables that are missing, where they are dispensable.

    Raises SchemaMismatch if an existing table does not match its declaration. Only if something is missing, this
    waits for other writers: usually nothing is, and a process can start to read while others write.
    """
    names = _names(every, own)
    if not names:
        return frozenset()
    existing = columns_of(driver.dialect, driver.read)
    _refuse(driver, driver.read, every, existing)
    missing = [name for name in names if name not in existing]
    lacking = frozenset(f"{column.table.name}.{column.name}" for column in new_columns(own, existing))
    if driver.read_only and (is_dispensable or not missing):
        return lacking.union(missing)
    if not missing and not lacking:
        return frozenset()
    if driver.read_only:
        why = driver.dialect.only_read or (
            "it is opened with mode=ro: start once without that, or check what --database says"
        )
        raise SchemaMismatch(f"The database has no table {missing[0]}, and cannot get it, since {why}.")
    try:
        _make_missing(driver, every, own)
    except ReadOnly as error:
        if not missing:
            return lacking
        raise SchemaMismatch(f"The database has no table {missing[0]}, and cannot get it: {error}") from error
    return frozenset()


def _make_missing(driver: Driver, every: Sequence[Statements], own: sa.MetaData) -> None:
    with driver.transaction(unhurried=True) as connection:
        if driver.dialect.schema_lock:
            connection.execute(driver.dialect.schema_lock)

        def ask(text: str) -> list[Any]:
            return list(connection.execute(text).fetchall())

        existing = columns_of(driver.dialect, ask)
        _refuse(driver, ask, every, existing)
        for column in new_columns(own, existing):  # unless another process has added it meanwhile
            _run(connection, adding(driver.dialect, column))
        create_missing(driver, connection, every, own, existing)


def new_columns(own: sa.MetaData, existing: Existing) -> list[sa.Column[Any]]:
    """The columns that this release has added to tables of ours, and that those of the database do not have.

    They may all be null, so that a process of an earlier release goes on writing rows. A table that lacks another one
    is not ours, and is left alone.
    """
    found: list[sa.Column[Any]] = []
    for table in own.sorted_tables:
        lacking = [column for column in table.c if column.name not in existing.get(table.name, table.c)]
        found += lacking if all(column.nullable for column in lacking) else []
    return found


def adding(dialect: Dialect, column: sa.Column[Any]) -> list[str]:
    """The statements that add a column, which may be null; the last one does it."""
    table, text = dialect.quote(column.table.name), dialect.text(CreateColumn(column))
    return [each.format(table=table, column=text) for each in dialect.adding]


def _names(every: Sequence[Statements], own: sa.MetaData) -> list[str]:
    return [*own.tables, *(statements.table.name for statements in every)]


def _refuse(driver: Driver, ask: Ask, every: Sequence[Statements], existing: Existing) -> None:
    """Raise SchemaMismatch if a table is not ours or differs from its declaration, or values would be changed."""
    lax = [line for (line,) in ask(driver.dialect.laxity)] if every and driver.dialect.laxity else []
    if lax:
        raise SchemaMismatch(" ".join(lax))
    strange = [line for statements in every for line in strangers(statements.table, existing)]
    if strange:
        raise SchemaMismatch(" ".join(strange))
    wrong = [line for statements in every for line in differences(driver.dialect, statements.table, existing)]
    wrong = wrong or repeatable(driver.dialect, ask, every, existing)
    if wrong:
        raise SchemaMismatch(
            "The database does not fit the declarations: " + "; ".join(wrong) + ". "
            "See the whole difference with `restwell migrate`, and apply it with `restwell migrate --apply`."
        )


def create_missing(
    driver: Driver, connection: Any, every: Sequence[Statements], own: sa.MetaData, existing: Existing
) -> None:
    """Create the tables that do not exist, with their initial rows."""
    dialect = driver.dialect
    for table in own.sorted_tables:
        if table.name not in existing:
            with _making(dialect, connection, table) as name:
                if table.name == "restwell_secrets":
                    _keep_secret(dialect, connection, name)
    for statements in every:
        if statements.table.name not in existing:
            with _making(dialect, connection, statements.table) as name:
                triggers = dialect.version_triggers(statements.table)
                _run(connection, [_about(dialect, text, statements.table_name, name) for text in triggers])
                _fill(connection, statements, name)


@contextmanager
def _making(dialect: Dialect, connection: Any, table: sa.Table) -> Iterator[str]:
    """Create a table; the name that it has until it is filled. Only one process at a time does that."""
    if not dialect.commits_tables:
        _run(connection, creation(dialect, table))
        yield str(table.name)
        return
    connection.execute(f"DROP TABLE IF EXISTS {UNFINISHED}")  # where somebody was killed meanwhile
    _run(connection, creation(dialect, table.to_metadata(sa.MetaData(), name=UNFINISHED)))
    yield UNFINISHED
    connection.execute(f"ALTER TABLE {UNFINISHED} RENAME TO {dialect.quote(str(table.name))}")


def _run(connection: Any, texts: Sequence[str]) -> None:
    for text in texts:
        connection.execute(text)


def creation(dialect: Dialect, table: sa.Table) -> list[str]:
    """The statements that create a table and its indexes."""
    indexes = sorted(table.indexes, key=lambda index: str(index.name))
    elements: list[Any] = [CreateTable(table), *(CreateIndex(index) for index in indexes)]
    return [dialect.text(element) for element in elements]


def _about(dialect: Dialect, text: str, table: str, name: str) -> str:
    """A statement about a table, with the name that it has now."""
    return text if name == table else text.replace(f" {dialect.quote(table)} ", f" {name} ", 1)


def _keep_secret(dialect: Dialect, connection: Any, table: str) -> None:
    statement = f"INSERT INTO {table} (name, value) VALUES ({dialect.mark}, {dialect.mark})"
    connection.execute(statement, ("validators", secrets.token_hex(32)))


def _fill(connection: Any, statements: Statements, name: str) -> None:
    identities, insert = identities_of(statements, connection), statements.insert_many
    text = _about(statements.dialect, insert.text, statements.table_name, name)
    with nullcontext() if identities is None else identities.counting():
        for row in statements.declaration.initial:
            parameters = statements.row_parameters(row if identities is None else identities.completed(row))
            connection.execute(text, insert.parameters(parameters))


Existing = dict[str, dict[str, tuple[str, bool]]]
"""The columns of each table: their type, as the dialect writes it, and whether they are nullable."""


def columns_of(dialect: Dialect, ask: Ask) -> Existing:
    """Every column of every existing table and view; `ask` runs a query."""
    existing: Existing = {}
    for table, column, kind, nullable in ask(dialect.every_column):
        existing.setdefault(table, {})[column] = (kind, bool(nullable))
    return existing


def strangers(table: sa.Table, existing: Existing) -> list[str]:
    """A sentence with the remedy if a table has the name of a resource's and was not made by Restwell."""
    found = existing.get(table.name)
    if found is None or VERSIONED.issubset(found) or not VERSIONED.issubset(table.c.keys()):
        return []
    lacks = next(name for name in (number_of(table).name, VERSION_COLUMN, MODIFIED_COLUMN) if name not in found)
    what = f"{table.name} is not ours: something in the database has that name, and was not made by Restwell"
    return [f"{what}, as it has no {lacks}. Rename it, or serve the resource at another path; then import its rows."]


def differences(dialect: Dialect, table: sa.Table, existing: Existing) -> list[str]:
    """The differences of a table from its declaration, a phrase each; none if it does not exist."""
    found = existing.get(table.name)
    if found is None:
        return []
    wrong = [f"{table.name}.{name} is not declared" for name in found if name not in table.c]
    for column in table.c:
        if column.name not in found:
            wrong.append(f"{table.name}.{column.name} is missing")
            continue
        kind, nullable = found[column.name]
        wanted = dialect.type_name(column)
        if kind != wanted:
            wrong.append(f"{table.name}.{column.name} is {kind} and should be {wanted}")
        elif nullable != bool(column.nullable) and not column.primary_key:
            wrong.append(
                f"{table.name}.{column.name} {'may' if nullable else 'may not'} be null and should be otherwise"
            )
    return wrong


def _unique_columns(declaration: Declaration) -> list[tuple[str, ...]]:
    groups = unique_groups(declaration.fields, declaration.unique)
    return [tuple(declaration.specs[name].attribute for name in names) for names in groups]


def repeatable(dialect: Dialect, ask: Ask, every: Sequence[Statements], existing: Existing) -> list[str]:
    """The columns that are declared unique and are not unique in the database, a phrase each."""
    indexes: dict[tuple[str, Any], set[str | None]] = {}
    for table, index, column in ask(dialect.unique_columns):
        indexes.setdefault((table, index), set()).add(column)
    return [
        f"{statements.table.name}.{' and '.join(names)} may repeat and should be unique"
        for statements in every
        for names in _unique_columns(statements.declaration)
        if statements.table.name in existing
        and not any(table == statements.table.name and columns <= {*names} for (table, _), columns in indexes.items())
    ]
