"""The SQL, the types and the conversions of SQLite."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from ...data.caseless import folded
from ...http.limits import EXACT_TOTAL
from ..alterations import Alteration, AlteringStep, literal
from ..dialect import Dialect
from ..tables import NUMBER_COLUMN, number_of
from . import alterations, columns, kinds, schema


class SqliteDialect(Dialect):
    """The dialect of SQLite."""

    mark = "?"
    checks_types = False
    now = schema.NOW
    random_version = schema.RANDOM_VERSION
    types = kinds.TYPES
    writers = kinds.WRITERS
    readers = columns.READERS
    returned_readers = columns.RETURNED
    checked = columns.CHECKED
    numbered_once: Mapping[str, Any] = {"sqlite_autoincrement": True}
    every_column = schema.COLUMNS
    unique_columns = schema.UNIQUE_COLUMNS
    key_actions = schema.KEY_ACTIONS
    exact_columns = schema.EXACT_COLUMNS
    foreign_keys = "PRAGMA foreign_keys"
    every_trigger = schema.TRIGGERS

    def __init__(self, sql: sa.engine.Dialect | None = None) -> None:
        self.sql = sql or sqlite.dialect(paramstyle="qmark")

    def contains(self, column: Any, part: Any) -> Any:
        """By `instr`, which is case-sensitive, unlike LIKE."""
        return sa.func.instr(column, part) > sa.literal_column("0")

    def exactly(self, column: Any) -> Any:
        """By the collation that compares bytes."""
        return sa.collate(column, "BINARY")

    def icontains(self, column: Any, part: Any) -> Any:
        """By our own function, which takes bytes: see `caseless.matches`."""
        return sa.func.restwell_matches(sa.cast(column, sa.BLOB), part)

    def any_case(self, text: str) -> str:
        """The text, folded."""
        return folded(text)

    def estimate(self, table: sa.Table) -> Any:
        """The difference between the last and the first number: few are missing, where nobody gives any.

        Rows that may come with their numbers are counted, where they are few.
        """
        own = number_of(table).name
        number = table.alias("counted").c[own]
        # In two queries, since SQLite uses the end of an index only for a single min or max.
        last, first = (sa.select(end(number)).scalar_subquery() for end in (sa.func.max, sa.func.min))
        spread = sa.func.coalesce(last - first + sa.literal_column("1"), sa.literal_column("0"))
        if own == NUMBER_COLUMN:
            return spread
        some = sa.select(number).limit(sa.literal_column(str(EXACT_TOTAL + 1))).subquery()
        few = sa.select(sa.func.count()).select_from(some).scalar_subquery()
        return sa.case((few <= sa.literal_column(str(EXACT_TOTAL)), few), else_=spread)

    def last_number(self, table: sa.Table) -> str:
        """What AUTOINCREMENT goes on behind: what any row has, or was inserted with."""
        there = f"(SELECT max({self.quote(number_of(table).name)}) FROM {self.quote(table.name)})"
        given = f"(SELECT max(seq) FROM sqlite_sequence WHERE name = {literal(table.name)})"
        return f"SELECT max(coalesce({there}, 0), coalesce({given}, 0))"

    def version_triggers(self, table: sa.Table) -> list[str]:
        """One trigger."""
        return [schema.version_trigger(self, table)]

    def drop_trigger(self, trigger: str, table: str) -> str:  # noqa: ARG002 - its name is enough here
        """By its name, which is unique in the database."""
        return f"DROP TRIGGER {self.quote(trigger)}"

    def steps(self, alteration: Alteration) -> list[AlteringStep]:
        """By rebuilding the table, if necessary."""
        return alterations.steps(self, alteration)

    def in_new_type(self, column: sa.Column[Any], old: str) -> str:
        """As it is put into the new table."""
        return alterations.in_new_type(self, column, old)

    def lost_by_type(self, column: sa.Column[Any], old: str) -> str:
        """By converting the value to the new type and back."""
        return alterations.lost_by_type(self, column, old)

    def broken_references(self, connection: Any) -> int:
        """By a check, since foreign keys are off while tables are altered."""
        return len(connection.execute("PRAGMA foreign_key_check").fetchall())

    def others_on(self, connection: Any, table: str) -> list[tuple[str, str]]:
        """All of them, since they are dropped with the table."""
        return list(connection.execute(schema.OTHERS, (table,)).fetchall())
