"""The SQL of DuckDB: what reads models and tables of others. Nothing is written, and no table is Restwell's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from ...data.caseless import pattern_of
from ...model.errors import DeclarationError
from ...model.kinds import KindName
from ...model.resource import Declaration
from ..alterations import Alteration, AlteringStep
from ..dialect import Converter, Dialect, Reader
from .checking import check_columns
from .types import dialect_of, plain

REMEDY = "serve it by a model in SQLite, PostgreSQL or MariaDB (of several engines by engine={...})"
COLUMNS = (
    "SELECT table_name, column_name, data_type, is_nullable FROM duckdb_columns() "
    "WHERE NOT internal AND database_name = current_database()"
)
UNIQUE_COLUMNS = (
    "SELECT table_name, constraint_index, unnest(constraint_column_names) FROM duckdb_constraints() "
    "WHERE constraint_type IN ('PRIMARY KEY', 'UNIQUE') AND database_name = current_database()"
)
EXACT_COLUMNS = (
    "SELECT c.table_name, c.column_name FROM duckdb_columns() c JOIN duckdb_tables() t USING (table_oid) "
    "WHERE c.data_type = 'VARCHAR' AND c.schema_name = current_schema() AND c.database_name = current_database() "
    "AND t.database_name = current_database() AND t.sql NOT ILIKE '%collate%' "
    "AND current_setting('default_collation') = ''"
)
"""A column does not say how it is compared, but its table does."""


class DuckdbDialect(Dialect):
    """The dialect of DuckDB, by the engine of an application."""

    mark = "?"
    now = "epoch(now())::BIGINT"
    random_version = "(random() * 9007199254740992)::BIGINT"
    types: Mapping[KindName, sa.types.TypeEngine[Any]] = {"text": sa.Text(), "integer": sa.BigInteger()}
    writers: Mapping[KindName, Converter] = {}
    readers: Mapping[KindName, Reader] = {}
    checked = frozenset()
    every_column = COLUMNS
    unique_columns = UNIQUE_COLUMNS
    exact_columns = EXACT_COLUMNS
    every_trigger = ""
    is_reflected = False
    compares_rows = False
    only_read = (
        "DuckDB is only read: keys, outboxes and calls need a database that is written, as the first engine of "
        "engine={...}"
    )

    def __init__(self, engine: sa.Engine) -> None:
        self.sql = dialect_of(engine)
        self._plain = engine.dialect

    def check(self, declaration: Declaration) -> None:
        """Refuse what would be written. Raises DeclarationError."""
        where = f"{declaration.name} at {declaration.path}"
        if declaration.source is None:
            raise DeclarationError(f"{where} would have a table of its own in DuckDB, which is only read: {REMEDY}.")
        for operation in declaration.rules:
            if operation != "read":
                raise DeclarationError(
                    f"{where} has a rule for {operation}, and DuckDB is only read: take it away, or {REMEDY}."
                )

    def check_columns(self, read: Callable[..., Sequence[Any]], selects: Any) -> None:
        """Refuse a column that is not what the model declares. Raises DeclarationError."""
        check_columns(read, selects, self._plain)

    def comparable(self, element: Any) -> Any:
        """An enum as the text that it is compared as: by itself it is sorted by its place in the type."""
        if isinstance(plain(element.type), sa.Enum):
            return sa.cast(element, sa.String())
        return element

    def contains(self, column: Any, part: Any) -> Any:
        """By `strpos`, which has no wildcards."""
        return sa.func.strpos(column, part) > sa.literal_column("0")

    def icontains(self, column: Any, part: Any) -> Any:
        """By a regular expression, since DuckDB changes the case of letters in its own way."""
        return sa.func.regexp_matches(column, part)

    def any_case(self, text: str) -> str:
        """The text as a regular expression with every form of each letter."""
        return pattern_of(text)

    # -- asked of tables that Restwell makes, of which there are none here

    def estimate(self, table: sa.Table) -> Any:
        """Refused. Raises NotImplementedError."""
        raise NotImplementedError

    def version_triggers(self, table: sa.Table) -> list[str]:
        """Refused. Raises NotImplementedError."""
        raise NotImplementedError

    def drop_trigger(self, trigger: str, table: str) -> str:
        """Refused. Raises NotImplementedError."""
        raise NotImplementedError

    def steps(self, alteration: Alteration) -> list[AlteringStep]:
        """Refused. Raises NotImplementedError."""
        raise NotImplementedError

    def lost_by_type(self, column: sa.Column[Any], old: str) -> str:
        """Refused. Raises NotImplementedError."""
        raise NotImplementedError
