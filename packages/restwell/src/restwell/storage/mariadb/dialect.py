"""The SQL of MariaDB, as far as models and tables of others need it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from ..alterations import Alteration, AlteringStep
from ..caseless import pattern_of
from ..dialect import Dialect
from . import kinds, schema


class MariadbDialect(Dialect):
    """The dialect of MariaDB: `sql` is that of an engine."""

    mark = "%s"
    now = schema.NOW
    random_version = schema.RANDOM_VERSION
    types = kinds.TYPES
    long_text = kinds.LONG_TEXT
    writers = kinds.WRITERS
    readers = kinds.READERS
    checked = frozenset()
    every_column = schema.COLUMNS
    unique_columns = schema.UNIQUE_COLUMNS
    exact_columns = schema.EXACT_COLUMNS
    every_trigger = schema.TRIGGERS
    schema_lock = schema.LOCK
    keeps_resources = False
    returns_updated = False
    cast_text = f"CHAR({kinds.MAX_KEY})"

    def __init__(self, sql: sa.engine.Dialect) -> None:
        self.sql = sql

    def contains(self, column: Any, part: Any) -> Any:
        """By `instr`, character by character whatever the collation."""
        return sa.func.instr(_exactly(column), part) > sa.literal_column("0")

    def icontains(self, column: Any, part: Any) -> Any:
        """By a regular expression, since the case rules of collations differ."""
        return _exactly(column).op("REGEXP")(part)

    def any_case(self, text: str) -> str:
        """The text as a regular expression with every form of each letter."""
        return pattern_of(text)

    def length(self, text: Any) -> Any:
        """In characters: `length` has bytes."""
        return sa.func.char_length(text)

    def updating(self, keys: Sequence[str], names: Sequence[str]) -> str:  # noqa: ARG002 - as the others have it
        """By its own words: whichever key it is."""
        return f"ON DUPLICATE KEY UPDATE {', '.join(f'{name} = VALUES({name})' for name in names)}"

    def estimate(self, table: sa.Table) -> Any:
        """Nobody asks: it is of tables of Restwell's own."""
        self._refuse(table)

    def version_triggers(self, table: sa.Table) -> list[str]:
        """None, as `estimate`."""
        self._refuse(table)

    def drop_trigger(self, trigger: str, table: str) -> str:  # noqa: ARG002 - as the others have it
        """None, as `estimate`."""
        self._refuse(table)

    def steps(self, alteration: Alteration) -> list[AlteringStep]:
        """None, as `estimate`."""
        self._refuse(alteration)

    def lost_by_type(self, column: sa.Column[Any], old: str) -> str:  # noqa: ARG002 - as the others have it
        """None, as `estimate`."""
        self._refuse(column)

    @staticmethod
    def _refuse(what: object) -> NoReturn:
        raise TypeError(f"{what}: there are no tables of Restwell's resources in MariaDB")


def _exactly(column: Any) -> Any:
    """A text whose letters differ where their code points do."""
    return sa.collate(sa.cast(column, mysql.CHAR(charset="utf8mb4")), "utf8mb4_bin")
