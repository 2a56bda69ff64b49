"""The SQL, the types and the conversions of MariaDB."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from ...data.caseless import pattern_of
from ...model.fields import FieldSpec
from ...model.resource import Declaration
from ..alterations import Alteration, AlteringStep
from ..catalog import Catalog
from ..dialect import Dialect
from ..given.backends import Executing
from . import alterations, conversions, kinds, schema, widths
from .catalog import read_catalog


class MariadbDialect(Dialect):
    """The dialect of MariaDB: `sql` is that of an engine."""

    mark = "%s"
    now = schema.NOW
    random_version = schema.RANDOM_VERSION
    types = kinds.TYPES
    key_text = kinds.KEY_TEXT
    writers = kinds.WRITERS
    readers = kinds.READERS
    checked = kinds.CHECKED
    table_options: Mapping[str, Any] = {"mariadb_engine": "InnoDB", "mariadb_row_format": "DYNAMIC"}
    every_column = schema.COLUMNS
    unique_columns = schema.UNIQUE_COLUMNS
    exact_columns = schema.EXACT_COLUMNS
    every_trigger = schema.TRIGGERS
    laxity = schema.LAXITY
    schema_lock = schema.LOCK
    adding = ("ALTER TABLE {table} WAIT 1 ADD COLUMN {column}",)
    in_order_of = schema.IN_ORDER
    returns_updated = False
    commits_tables = True
    numbers_bulk = True
    compares_rows = False
    cast_text = f"CHAR({kinds.MAX_KEY})"

    def __init__(self, sql: sa.engine.Dialect) -> None:
        self.sql = sql

    def column_type(self, declaration: Declaration, spec: FieldSpec) -> sa.types.TypeEngine[Any]:
        """A text of an index has a length."""
        return widths.type_of(declaration, spec)

    def unfit(self, declaration: Declaration) -> Iterator[tuple[str, str]]:
        """Texts that are longer than an index takes."""
        return widths.unfit(declaration)

    def cast(self, element: Any, kind: sa.types.TypeEngine[Any]) -> Any:
        """Doubles by arithmetic and truth by comparison, as there is no cast to them; texts as their columns are."""
        if isinstance(kind, mysql.DOUBLE):
            return sa.type_coerce(sa.type_coerce(element, sa.Float()) * sa.literal_column("1e0"), kind)
        if isinstance(kind, sa.Boolean):
            return sa.type_coerce(sa.type_coerce(element, sa.Integer()) != sa.literal_column("0"), kind)
        if isinstance(kind, mysql.CHAR | mysql.VARCHAR | mysql.TEXT | mysql.LONGTEXT):
            return sa.type_coerce(
                sa.cast(element, mysql.CHAR(charset=kind.charset)).collate(str(kind.collation)), kind
            )
        return super().cast(element, kind)

    def type_name(self, column: sa.Column[Any]) -> str:
        """As MariaDB writes it, with the kind that its comment says."""
        return kinds.name_of(column.type.compile(dialect=self.sql))

    def executing(self, connection: Any) -> Any:
        """What has `execute`, as PyMySQL has not."""
        return Executing(connection)

    def catalog(self, connection: sa.Connection) -> Catalog:
        """As `information_schema` has it: SQLAlchemy reads the text of each definition, and misses parts of some."""
        return read_catalog(connection)

    def compared(self, column: Any) -> Any:
        """As the number that is read, if it may be of single precision: MariaDB gives six digits of it."""
        if isinstance(column.type, sa.Float) and not isinstance(column.type, sa.Double):
            text = sa.type_coerce(sa.func.concat(column), sa.Float())
            return sa.type_coerce(text * sa.literal_column("1e0"), column.type)
        return column

    def ordered(self, column: Any) -> Any:
        """As text, if it is an ENUM: that is sorted in the order of its declaration, and compared as text."""
        if isinstance(column.type, sa.Enum) and column.type.native_enum:
            return sa.type_coerce(_exactly(column), column.type)
        return column

    def contains(self, column: Any, part: Any) -> Any:
        """By `instr`, character by character whatever the collation."""
        return sa.func.instr(_exactly(column), part) > sa.literal_column("0")

    def exactly(self, column: Any) -> Any:
        """By a collation that heeds spaces at the end, too."""
        return _exactly(column)

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
        """That of InnoDB, from its statistics."""
        guess = f"(SELECT table_rows FROM information_schema.tables WHERE {schema.is_table(str(table.name))})"
        return sa.literal_column(guess, self.types["integer"])

    def version_triggers(self, table: sa.Table) -> list[str]:
        """One trigger."""
        return [schema.version_trigger(self, str(table.name))]

    def drop_trigger(self, trigger: str, table: str) -> str:  # noqa: ARG002 - its name is enough here
        """By its name, which is unique in the database."""
        return f"DROP TRIGGER {self.quote(trigger)}"

    def steps(self, alteration: Alteration) -> list[AlteringStep]:
        """In place, each statement committed by itself."""
        return alterations.steps(self, alteration)

    def in_new_type(self, column: sa.Column[Any], old: str) -> str:
        """The same, but for decimals."""
        return alterations.in_new_type(self, column, old)

    def lost_by_type(self, column: sa.Column[Any], old: str) -> str:
        """Texts that are too long, and whatever is there of a type whose values are none of the other."""
        return alterations.lost_by_type(self, column, old)

    def loses_value(self, connection: Any, alteration: Alteration, column: str) -> bool:
        """By converting each and back."""
        return conversions.loses_value(self, connection, alteration, column)


def _exactly(column: Any) -> Any:
    """A text whose letters differ where their code points do."""
    return sa.collate(sa.cast(column, mysql.CHAR(charset="utf8mb4")), "utf8mb4_nopad_bin")
