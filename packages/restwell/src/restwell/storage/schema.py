"""The tables of an API: made where they are missing, and compared with the declarations where they are not."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, CreateTable

from ..data.store_errors import ReadOnly
from .driver import Driver
from .statements import Statements
from .tables import INTERNAL_COLUMNS, MODIFIED_COLUMN, NUMBER_COLUMN, OWN, VERSION_COLUMN, next_modified, trigger_name

Ask = Callable[[str], list[Any]]
"""Gives the rows of a query."""


class SchemaMismatch(Exception):
    """The tables in the database are not those of the declarations; the message says how, and what to do."""


def prepare(driver: Driver, every: Sequence[Statements]) -> None:
    """Make the missing tables and fill them with their initial rows, all or nothing.

    Raises SchemaMismatch when a table that exists does not fit its declaration. Only where one is missing, others are
    waited for that write: usually nothing is, and a process begins to read while they do.
    """
    existing = columns_of(driver, driver.read)
    _refuse(driver, driver.read, every, existing)
    missing = [name for name in _names(every) if name not in existing]
    if not missing:
        return
    if driver.read_only:
        raise SchemaMismatch(
            f"The database has no table {missing[0]}, and cannot get it, since it is opened with mode=ro: "
            "start once without that, or check what --database says."
        )
    try:
        _make_missing(driver, every)
    except ReadOnly as error:
        raise SchemaMismatch(f"The database has no table {missing[0]}, and cannot get it: {error}") from error


def _make_missing(driver: Driver, every: Sequence[Statements]) -> None:
    with driver.transaction(unhurried=True) as connection:
        if driver.name == "postgresql":  # one process at a time; in SQLite the transaction sees to that
            connection.execute("SELECT pg_advisory_xact_lock(hashtext('restwell schema'))")

        def ask(text: str) -> list[Any]:
            return list(connection.execute(text).fetchall())

        existing = columns_of(driver, ask)
        _refuse(driver, ask, every, existing)
        create_missing(driver, connection, every, existing)


def _names(every: Sequence[Statements]) -> list[str]:
    return [*(table.name for table in OWN.sorted_tables), *(statements.table.name for statements in every)]


def _refuse(driver: Driver, ask: Ask, every: Sequence[Statements], existing: Existing) -> None:
    """Raise SchemaMismatch when a table is another's, or differs from its declaration."""
    strange = [line for statements in every for line in strangers(statements.table, existing)]
    if strange:
        raise SchemaMismatch(" ".join(strange))
    wrong = [line for statements in every for line in differences(driver, statements.table, existing)]
    wrong = wrong or repeatable(driver, ask, every, existing)
    if wrong:
        raise SchemaMismatch(
            "The database does not fit the declarations: " + "; ".join(wrong) + ". "
            "See the whole difference with `restwell migrate`, and apply it with `restwell migrate --apply`."
        )


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
    name, trigger = quote(table.name), quote(trigger_name(table.name))
    if driver.name == "sqlite":
        now = "CAST(strftime('%s', 'now') AS INTEGER)"
        return [
            (
                f"CREATE TRIGGER {trigger} AFTER UPDATE ON {name} "
                f"WHEN NEW.{VERSION_COLUMN} = OLD.{VERSION_COLUMN} BEGIN "
                f"UPDATE {name} SET {VERSION_COLUMN} = OLD.{VERSION_COLUMN} + 1, "
                f"{MODIFIED_COLUMN} = {next_modified(f'OLD.{MODIFIED_COLUMN}', now)} "
                f"WHERE {NUMBER_COLUMN} = NEW.{NUMBER_COLUMN}; END"
            )
        ]
    now = "extract(epoch from clock_timestamp())::bigint"
    return [
        (
            "CREATE OR REPLACE FUNCTION restwell_version() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF NEW.{VERSION_COLUMN} = OLD.{VERSION_COLUMN} THEN NEW.{VERSION_COLUMN} := OLD.{VERSION_COLUMN} + 1; "
            f"NEW.{MODIFIED_COLUMN} := {next_modified(f'OLD.{MODIFIED_COLUMN}', now)}; END IF; RETURN NEW; END $$"
        ),
        f"CREATE TRIGGER {trigger} BEFORE UPDATE ON {name} FOR EACH ROW EXECUTE FUNCTION restwell_version()",
    ]


Existing = dict[str, dict[str, tuple[str, bool]]]
"""The columns of each table: their type, in the words of the dialect, and whether they may be missing."""


COLUMNS = {
    "sqlite": (
        'SELECT m.name, c.name, upper(c.type), c."notnull" = 0 FROM sqlite_master m, pragma_table_info(m.name) c '
        "WHERE m.type = 'table' UNION ALL SELECT name, '', '', 1 FROM sqlite_master WHERE type = 'view'"
    ),
    "postgresql": (
        "SELECT c.relname, a.attname, upper(format_type(a.atttypid, a.atttypmod)), NOT a.attnotnull "
        "FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
        "WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped "
        "AND pg_table_is_visible(c.oid) AND c.relnamespace <> 'pg_catalog'::regnamespace"
    ),
}
"""Asks for the columns of every table and view; of a view in SQLite for none, since one that is broken has none."""


def columns_of(driver: Driver, ask: Ask) -> Existing:
    """Every column of every table and view that is there; `ask` gives the rows of a query."""
    existing: Existing = {}
    for table, column, kind, nullable in ask(COLUMNS[driver.name]):
        existing.setdefault(table, {})[column] = (kind, bool(nullable))
    return existing


def strangers(table: sa.Table, existing: Existing) -> list[str]:
    """Says so, with the remedy, if a table has the name of a resource's and was not made by Restwell."""
    found = existing.get(table.name)
    if found is None or INTERNAL_COLUMNS.issubset(found) or not INTERNAL_COLUMNS.issubset(table.c.keys()):
        return []
    lacks = next(name for name in (NUMBER_COLUMN, VERSION_COLUMN, MODIFIED_COLUMN) if name not in found)
    what = f"{table.name} is not ours: something in the database has that name, and was not made by Restwell"
    return [f"{what}, as it has no {lacks}. Rename it, or serve the resource at another path; then import its rows."]


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


UNIQUE = {
    "sqlite": (
        "SELECT m.name, min(c.name) FROM sqlite_master m, pragma_index_list(m.name) i, pragma_index_info(i.name) c "
        "WHERE m.type = 'table' AND i.\"unique\" AND NOT i.partial GROUP BY m.name, i.name HAVING count(*) = 1"
    ),
    "postgresql": (
        "SELECT c.relname, a.attname FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid "
        "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0] "
        "WHERE i.indisunique AND i.indisvalid AND i.indnkeyatts = 1 AND i.indpred IS NULL "
        "AND pg_table_is_visible(c.oid)"
    ),
}
"""Asks for every column that is different in every row."""


def repeatable(driver: Driver, ask: Ask, every: Sequence[Statements], existing: Existing) -> list[str]:
    """The columns that are declared to be different in every row and need not be, a phrase each."""
    unique = {(table, column) for table, column in ask(UNIQUE[driver.name])}
    return [
        f"{statements.table.name}.{spec.name} may repeat and should be unique"
        for statements in every
        for spec in statements.declaration.fields
        if spec.marks.is_unique
        and statements.table.name in existing
        and (statements.table.name, spec.name) not in unique
    ]


def type_name(driver: Driver, column: sa.Column[Any]) -> str:
    """The type of a column as `columns_of` says it, without its collation."""
    name = column.type.compile(dialect=driver.dialect).partition(" COLLATE")[0].strip().upper()
    # PostgreSQL writes a type by its whole name where SQLAlchemy writes a synonym
    return {"FLOAT": "DOUBLE PRECISION"}.get(name, name) if driver.name == "postgresql" else name
