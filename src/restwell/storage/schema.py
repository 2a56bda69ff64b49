"""The tables of an API: made where they are missing, and compared with the declarations where they are not."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, CreateTable

from .driver import Driver
from .statements import Statements
from .tables import MODIFIED_COLUMN, NUMBER_COLUMN, OWN, VERSION_COLUMN


class SchemaMismatch(Exception):
    """The tables in the database are not those of the declarations; the message says how, and what to do."""


def prepare(driver: Driver, every: Sequence[Statements]) -> None:
    """Make the missing tables and fill them with their initial rows, all or nothing.

    Raises SchemaMismatch when a table that exists does not fit its declaration.
    """
    with driver.transaction(unhurried=True) as connection:
        if driver.name == "postgresql":  # one process at a time; in SQLite the transaction sees to that
            connection.execute("SELECT pg_advisory_xact_lock(hashtext('restwell schema'))")
        existing = columns_of(driver, connection)
        wrong = [line for statements in every for line in differences(driver, statements.table, existing)]
        if wrong:
            raise SchemaMismatch(
                "The database does not fit the declarations: " + "; ".join(wrong) + ". "
                "See the whole difference with `restwell migrate`, and apply it with `restwell migrate --apply`."
            )
        create_missing(driver, connection, every, existing)


def create_missing(driver: Driver, connection: Any, every: Sequence[Statements], existing: Existing) -> None:
    """Make the tables that are not among the existing ones, with what is in them from the beginning."""
    for table in OWN.sorted_tables:
        if table.name not in existing:
            _run(connection, creation(driver, table))
    if "restwell_secrets" not in existing:
        _keep_secret(driver, connection)
    for statements in every:
        if statements.table.name not in existing:
            _run(connection, [*creation(driver, statements.table), *triggers(driver, statements.table)])
            _fill(connection, statements)


def _run(connection: Any, texts: Sequence[str]) -> None:
    for text in texts:
        connection.execute(text)


def creation(driver: Driver, table: sa.Table) -> list[str]:
    """What makes a table and its indexes."""
    indexes = sorted(table.indexes, key=lambda index: str(index.name))
    elements: list[Any] = [CreateTable(table), *(CreateIndex(index) for index in indexes)]
    return [str(element.compile(dialect=driver.dialect)) for element in elements]


def _keep_secret(driver: Driver, connection: Any) -> None:
    mark = "?" if driver.name == "sqlite" else "%s"
    statement = f"INSERT INTO restwell_secrets (name, value) VALUES ({mark}, {mark})"
    connection.execute(statement, ("validators", secrets.token_hex(32)))


def _fill(connection: Any, statements: Statements) -> None:
    declaration = statements.declaration
    for row in declaration.initial:
        parameters = statements.row_parameters(row)
        connection.execute(statements.insert_many.text, statements.insert_many.parameters(parameters))


def triggers(driver: Driver, table: sa.Table) -> list[str]:
    """What gives a row a new version when something else than Restwell changes it, so that no copy stays good."""
    quote = driver.dialect.identifier_preparer.quote
    name, trigger = quote(table.name), quote(f"{table.name}_version")
    if driver.name == "sqlite":
        now = "CAST(strftime('%s', 'now') AS INTEGER)"
        return [
            (
                f"CREATE TRIGGER {trigger} AFTER UPDATE ON {name} "
                f"WHEN NEW.{VERSION_COLUMN} = OLD.{VERSION_COLUMN} BEGIN "
                f"UPDATE {name} SET {VERSION_COLUMN} = OLD.{VERSION_COLUMN} + 1, {MODIFIED_COLUMN} = {now} "
                f"WHERE {NUMBER_COLUMN} = NEW.{NUMBER_COLUMN}; END"
            )
        ]
    return [
        (
            "CREATE OR REPLACE FUNCTION restwell_version() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF NEW.{VERSION_COLUMN} = OLD.{VERSION_COLUMN} THEN NEW.{VERSION_COLUMN} := OLD.{VERSION_COLUMN} + 1; "
            f"NEW.{MODIFIED_COLUMN} := extract(epoch from clock_timestamp())::bigint; END IF; RETURN NEW; END $$"
        ),
        f"CREATE TRIGGER {trigger} BEFORE UPDATE ON {name} FOR EACH ROW EXECUTE FUNCTION restwell_version()",
    ]


Existing = dict[str, dict[str, tuple[str, bool]]]
"""The columns of each table: their type, in the words of the dialect, and whether they may be missing."""


def columns_of(driver: Driver, connection: Any) -> Existing:
    """Every column of every table that is there."""
    if driver.name == "sqlite":
        rows = connection.execute(
            'SELECT m.name, c.name, upper(c.type), c."notnull" = 0 FROM sqlite_master m, pragma_table_info(m.name) c '
            "WHERE m.type = 'table'"
        ).fetchall()
    else:
        rows = connection.execute(
            "SELECT c.relname, a.attname, upper(format_type(a.atttypid, a.atttypmod)), NOT a.attnotnull "
            "FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
            "WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND pg_table_is_visible(c.oid)"
        ).fetchall()
    existing: Existing = {}
    for table, column, kind, nullable in rows:
        existing.setdefault(table, {})[column] = (kind, bool(nullable))
    return existing


def differences(driver: Driver, table: sa.Table, existing: Existing) -> list[str]:
    """What of a table differs from its declaration, a phrase each; nothing when it is missing altogether."""
    found = existing.get(table.name)
    if found is None:
        return []
    wrong = [f"{table.name}.{name} is not declared" for name in found if name not in table.c]
    for column in table.c:
        if column.name not in found:
            wrong.append(f"{table.name}.{column.name} is missing")
            continue
        kind, nullable = found[column.name]
        wanted = type_name(driver, column)
        if kind != wanted:
            wrong.append(f"{table.name}.{column.name} is {kind} and should be {wanted}")
        elif nullable != bool(column.nullable) and not column.primary_key:
            wrong.append(
                f"{table.name}.{column.name} {'may' if nullable else 'may not'} be null and should be otherwise"
            )
    return wrong


def type_name(driver: Driver, column: sa.Column[Any]) -> str:
    """The type of a column as `columns_of` says it, without its collation."""
    name = column.type.compile(dialect=driver.dialect).partition(" COLLATE")[0].strip().upper()
    # PostgreSQL writes a type by its whole name where SQLAlchemy writes a synonym
    return {"FLOAT": "DOUBLE PRECISION"}.get(name, name) if driver.name == "postgresql" else name
