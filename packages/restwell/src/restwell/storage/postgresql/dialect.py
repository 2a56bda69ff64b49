"""The SQL, the types and the conversions of PostgreSQL."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import psycopg

from ...data.caseless import pattern_of
from ..alterations import Alteration, AlteringStep
from ..dialect import Dialect
from . import alterations, kinds, schema


class PostgresqlDialect(Dialect):
    """The dialect of PostgreSQL, by psycopg."""

    mark = "%s"
    now = schema.NOW
    random_version = schema.RANDOM_VERSION
    types = kinds.TYPES
    writers = kinds.WRITERS
    readers = kinds.READERS
    returned_readers = kinds.RETURNED
    checked = kinds.CHECKED
    every_column = schema.COLUMNS
    unique_columns = schema.UNIQUE_COLUMNS
    exact_columns = schema.EXACT_COLUMNS
    every_trigger = schema.TRIGGERS
    transaction_id = schema.TRANSACTION_ID
    settled = schema.SETTLED
    schema_lock = schema.LOCK
    adding = ("SET LOCAL lock_timeout = '1s'", *Dialect.adding)

    def __init__(self, sql: sa.engine.Dialect | None = None) -> None:
        self.sql = sql or psycopg.dialect(paramstyle="format")  # type: ignore[no-untyped-call]  # SQLAlchemy has no types there

    def type_name(self, column: sa.Column[Any]) -> str:
        """As PostgreSQL writes it, where SQLAlchemy writes it differently."""
        name = super().type_name(column)
        return schema.SYNONYMS.get(name, name)

    def contains(self, column: Any, part: Any) -> Any:
        """By `strpos`, which has no wildcards."""
        return sa.func.strpos(column, part) > sa.literal_column("0")

    def icontains(self, column: Any, part: Any) -> Any:
        """By a regular expression, since the case rules of collations differ."""
        return column.op("~")(part)

    def any_case(self, text: str) -> str:
        """The text as a regular expression with every form of each letter."""
        return pattern_of(text)

    def estimate(self, table: sa.Table) -> Any:
        """The count of the last ANALYZE."""
        guess = f"(SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = '\"{table.name}\"'::regclass)"
        return sa.literal_column(guess, self.types["integer"])

    def compared(self, column: Any) -> Any:
        """As a number of single precision, if it is one."""
        return sa.type_coerce(column, kinds.Single()) if isinstance(column.type, sa.REAL) else column

    def row_version(self, table: sa.Table) -> Any:
        """The transaction that has written it: `xmin` stays when the row is frozen (since PostgreSQL 9.4)."""
        written: sa.ColumnClause[Any] = sa.column("xmin", _selectable=table)
        return sa.cast(sa.cast(written, sa.Text), sa.BigInteger)

    def held_numbers(self, table: sa.Table) -> str:
        """Those who add rows wait until the end of the transaction, and readers do not."""
        return f"LOCK TABLE {self.quote(table.name)} IN SHARE ROW EXCLUSIVE MODE"

    def last_number(self, table: sa.Table) -> str:
        """The greatest that is there, or what the sequence has given out."""
        return schema.last_number(self, table)

    def passed_numbers(self, table: sa.Table) -> str:
        """The sequence is set behind the greatest that is there."""
        return schema.passed_numbers(self, table)

    def version_triggers(self, table: sa.Table) -> list[str]:
        """A function for all tables, and a trigger that calls it."""
        return schema.version_triggers(self, table.name)

    def drop_trigger(self, trigger: str, table: str) -> str:
        """By its name and table, since other tables may have a trigger of that name."""
        return f"DROP TRIGGER {self.quote(trigger)} ON {self.quote(table)}"

    def steps(self, alteration: Alteration) -> list[AlteringStep]:
        """In place."""
        return alterations.steps(self, alteration)

    def in_new_type(self, column: sa.Column[Any], old: str) -> str:  # noqa: ARG002 - other dialects need it
        """As ALTER TABLE converts it."""
        return f"CAST({self.quote(column.name)} AS {self.type_name(column)})"

    def lost_by_type(self, column: sa.Column[Any], old: str) -> str:
        """By casting the value to the new type and back."""
        return alterations.lost_by_type(self, column, old)
