"""Queries about the tables of a PostgreSQL database, and the trigger of each table."""

from __future__ import annotations

import sqlalchemy as sa

from ..alterations import literal
from ..dialect import Dialect
from ..tables import MODIFIED_COLUMN, VERSION_BITS, VERSION_COLUMN, next_modified, number_of, trigger_name

NOW = "extract(epoch from clock_timestamp())::bigint"
RANDOM_VERSION = f"(floor(random() * (2::bigint ^ {VERSION_BITS}))::bigint)"
TRANSACTION_ID = "(pg_current_xact_id()::text::bigint)"
SETTLED = "transaction_id < pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
LOCK = "SELECT pg_advisory_xact_lock(hashtext('restwell schema'))"
COLUMNS = (
    "SELECT c.relname, a.attname, upper(format_type(a.atttypid, a.atttypmod)), NOT a.attnotnull "
    "FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
    "WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped "
    "AND pg_table_is_visible(c.oid) AND c.relnamespace <> 'pg_catalog'::regnamespace"
)
UNIQUE_COLUMNS = (
    "SELECT c.relname, i.indexrelid, a.attname FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid "
    "CROSS JOIN generate_series(0, i.indnkeyatts - 1) AS place "
    "LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[place] "
    "WHERE i.indisunique AND i.indisvalid AND i.indpred IS NULL AND pg_table_is_visible(c.oid)"
)
EXACT_COLUMNS = (
    "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
    "JOIN pg_collation l ON l.oid = a.attcollation WHERE l.collisdeterministic AND a.attnum > 0 "
    "AND a.atttypid IN ('text'::regtype, 'varchar'::regtype) AND pg_table_is_visible(c.oid)"
)
"""`char` ignores spaces at the end, `citext` case."""
TRIGGERS = "SELECT tgname, prosrc FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid WHERE NOT tgisinternal"
SYNONYMS = {"FLOAT": "DOUBLE PRECISION"}
"""Types as SQLAlchemy writes them, with their full names in PostgreSQL."""


def _sequence(dialect: Dialect, table: sa.Table) -> str:
    name = literal(dialect.quote(table.name))
    return f"pg_get_serial_sequence({name}, {literal(number_of(table).name)})::regclass"


def last_number(dialect: Dialect, table: sa.Table) -> str:
    """The greatest number that a row has, or the last one of the sequence."""
    given = f"coalesce(pg_sequence_last_value({_sequence(dialect, table)}), 0)"
    return f"SELECT greatest(max({dialect.quote(number_of(table).name)}), {given}) FROM {dialect.quote(table.name)}"


def passed_numbers(dialect: Dialect, table: sa.Table) -> str:
    """Sets the sequence to the greatest number that a row has, and never back."""
    numbers = (
        f"SELECT {_sequence(dialect, table)} AS sequence, max({dialect.quote(number_of(table).name)}) AS last "
        f"FROM {dialect.quote(table.name)}"
    )
    return (
        f"SELECT setval(sequence, last) FROM ({numbers}) AS numbers "
        "WHERE last > coalesce(pg_sequence_last_value(sequence), 0)"
    )


def version_triggers(dialect: Dialect, table: str) -> list[str]:
    """The trigger that gives a row a new version after a change that has kept the old one."""
    name, trigger = dialect.quote(table), dialect.quote(trigger_name(table))
    return [
        (
            "CREATE OR REPLACE FUNCTION restwell_version() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF NEW.{VERSION_COLUMN} = OLD.{VERSION_COLUMN} THEN NEW.{VERSION_COLUMN} := OLD.{VERSION_COLUMN} + 1; "
            f"NEW.{MODIFIED_COLUMN} := {next_modified(f'OLD.{MODIFIED_COLUMN}', NOW)}; END IF; RETURN NEW; END $$"
        ),
        f"CREATE TRIGGER {trigger} BEFORE UPDATE ON {name} FOR EACH ROW EXECUTE FUNCTION restwell_version()",
    ]
