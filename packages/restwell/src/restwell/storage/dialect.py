"""What differs between databases: SQL, types, and how values are stored.

A database is a folder with a `Dialect` and a `Driver`, and a line in `databases.py`; nothing else names a database. A
dialect is asked when a store is opened or a statement is compiled, and never for each request.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from ..model.errors import fail
from ..model.fields import FieldSpec
from ..model.kinds import KindName
from ..model.resource import Declaration
from .alterations import Alteration, AlteringStep
from .catalog import Catalog

Column = Sequence[Any]
Reader = Callable[[Column], Column]
"""Converts a column of the database to one that orjson writes. Raises an error if a value is not of its kind."""
Converter = Callable[[Any], Any]
"""Converts a value as it stands in JSON to a parameter."""


class Dialect(ABC):
    """The SQL, the types and the conversions of one database."""

    sql: sa.engine.Dialect
    mark: str
    """The mark of a parameter in a statement."""
    now: str
    """Seconds since 1970, as SQL."""
    random_version: str
    """The version of a row that is not inserted by Restwell, as SQL, in parentheses."""

    types: Mapping[KindName, sa.types.TypeEngine[Any]]
    """The type of a column of each kind."""
    writers: Mapping[KindName, Converter]
    """The converters of values to parameters, for the kinds that need one."""
    readers: Mapping[KindName, Reader]
    """The readers of columns, for the kinds that need one."""
    returned_readers: Mapping[KindName, Reader] = {}
    """The same for rows that a change returns, if these differ."""
    checked: frozenset[KindName]
    """The kinds whose readers return the column unchanged."""

    every_column: str
    """Asks for every column of every table and view: table, column, type, and whether it may be null."""
    unique_columns: str
    """Asks for the table, the index and the name of each column of every unique index; an expression has no name."""
    key_actions: str = ""
    """Asks for the table, the number, the table referred to, the column, ON UPDATE and ON DELETE of each column of
    every foreign key, in the order of the columns; empty where SQLAlchemy reads them all."""
    exact_columns: str = ""
    """Asks for table and name of the columns whose texts are equal where all code points are; empty where none is."""
    every_trigger: str
    """Asks for the name and the text of every trigger."""
    transaction_id: str = ""
    """The number of the transaction that writes, as SQL, in parentheses; empty where they write one after another."""
    numbered_once: Mapping[str, Any] = {}
    """The options of a table that gives no number twice, where that has to be asked for."""
    numbers_bulk: bool = False
    """Whether rows in bulk that have no number are numbered by the database, which others need not wait for."""
    settled: str = ""
    """Whether every transaction with the number of a line of the outbox, or a smaller one, has ended, as SQL."""
    in_order_of: str = ""
    """What a line of the outbox is read from, in place of VALUES, so that one writer waits for the other: where lines
    would be committed in another order than they are numbered in, and nothing tells which are settled."""
    table_options: Mapping[str, Any] = {}
    """The options of every table."""
    key_text: sa.types.TypeEngine[Any] | None = None
    """The type of texts that are keys, where that of `text` cannot be."""
    returns_updated: bool = True
    """Whether UPDATE can return rows. Where it cannot, every change is made under the lock of its row."""
    compares_rows: bool = True
    """Whether an index serves comparisons of several columns at once, as (a, b) > (1, 2)."""
    cast_text: str = "TEXT"
    """The type that a parameter is cast to, to be a text."""
    checks_types: bool = True
    """Whether what a column holds is of the type that it is declared with."""
    laxity: str = ""
    """Asks for sentences on why tables of our own cannot live there: as values that do not fit would be changed."""
    commits_tables: bool = False
    """Whether what creates or alters a table commits, so that a transaction does not hold it together."""
    only_read: str = ""
    """Why nothing is written here, as "it is opened with mode=ro"; empty where something is."""
    foreign_keys: str = ""
    """Asks whether foreign keys hold on a connection, where a session can be without them."""
    schema_lock: str = ""
    """Lets only one process at a time create tables, if a transaction alone does not."""

    adding: Sequence[str] = ("ALTER TABLE {table} ADD COLUMN {column}",)
    """Add a column to a table of ours; the last one does it. They wait a second for whoever reads the table, and no
    longer: those who come behind would wait for them."""

    def column_type(self, declaration: Declaration, spec: FieldSpec) -> sa.types.TypeEngine[Any]:  # noqa: ARG002 - as others need it
        """The type of the column of a field."""
        return self.types[spec.kind.name]

    def unfit(self, declaration: Declaration) -> Iterable[tuple[str, str]]:  # noqa: ARG002 - other dialects need it
        """The members that cannot be stored as they are declared, each with why and what to do."""
        return ()

    def check(self, declaration: Declaration) -> None:
        """Refuse what cannot be stored as it is declared. Raises DeclarationError."""
        for member, why in self.unfit(declaration) if declaration.source is None else ():
            fail(declaration.content, member, why)

    def check_columns(self, read: Callable[..., Sequence[Any]], selects: Any) -> None:  # noqa: B027 - most have nothing to ask
        """Refuse what the columns of a model cannot be read as. Raises DeclarationError or StoreError."""

    def comparable(self, element: Any) -> Any:
        """A member of a model, as it is selected, sorted and compared: in one order."""
        return element

    def quote(self, name: str) -> str:
        """A name as it stands in SQL."""
        return str(self.sql.identifier_preparer.quote(name))

    def text(self, element: sa.ClauseElement) -> str:
        """A statement as text."""
        return str(element.compile(dialect=self.sql)).strip()

    def cast(self, element: Any, kind: sa.types.TypeEngine[Any]) -> Any:
        """An expression as a value of a type of columns, so that it is read and compared as they are."""
        collation = getattr(kind, "collation", None)
        if collation is None:
            return sa.cast(element, kind)
        return sa.type_coerce(sa.cast(element, sa.Text()).collate(collation), kind)

    def type_name(self, column: sa.Column[Any]) -> str:
        """The type of a column as `every_column` gives it, without its collation."""
        return column.type.compile(dialect=self.sql).partition(" COLLATE")[0].strip().upper()

    def executing(self, connection: Any) -> Any:
        """What runs statements by `execute` on a connection of the database's library."""
        return connection

    def catalog(self, connection: sa.Connection) -> Catalog | None:  # noqa: ARG002 - other dialects need it
        """Every table and view; None where SQLAlchemy reads them all."""
        return None

    # -- filters and totals

    @abstractmethod
    def contains(self, column: Any, part: Any) -> Any:
        """Whether a text contains a part, as SQL."""

    def exactly(self, column: Any) -> Any:
        """A text of others, compared and sorted by code points, as SQL."""
        return sa.collate(sa.cast(column, sa.Text()), "C")

    @abstractmethod
    def icontains(self, column: Any, part: Any) -> Any:
        """Whether a text contains a part in any case, as SQL; the part is a result of `any_case`."""

    @abstractmethod
    def any_case(self, text: str) -> str:
        """The parameter that `icontains` takes for a text."""

    @abstractmethod
    def estimate(self, table: sa.Table) -> Any:
        """An estimate of the number of rows, at a cost that does not grow with the table."""

    def length(self, text: Any) -> Any:
        """The number of characters of a text, as SQL."""
        return sa.func.length(text)

    def compared(self, column: Any) -> Any:
        """What is compared with values for a column of others: itself, where that is equal to what is read of it."""
        return column

    def ordered(self, column: Any) -> Any:
        """What rows are sorted by for a column of others: itself, where it is compared with values in its order."""
        return column

    def row_version(self, table: sa.Table) -> Any:  # noqa: ARG002 - other dialects need it
        """What the database itself changes with each change of a row, as SQL; None where it has nothing like that."""
        return None

    def updating(self, keys: Sequence[str], names: Sequence[str]) -> str:
        """What makes an INSERT of a row change these columns of the one that has its key, as SQL."""
        changed = ", ".join(f"{name} = excluded.{name}" for name in names)
        return f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changed}"

    # -- identities that are counted

    def held_numbers(self, table: sa.Table) -> str:  # noqa: ARG002 - other dialects need it
        """The statement that keeps others from adding rows; empty where a transaction that writes does."""
        return ""

    def last_number(self, table: sa.Table) -> str:
        """Asks for the last number that a row has or had, or 0; of those that it had as far as the database knows."""
        return (
            f"SELECT coalesce(max({self.quote(table.primary_key.columns[0].name)}), 0) FROM {self.quote(table.name)}"
        )

    def passed_numbers(self, table: sa.Table) -> str:  # noqa: ARG002 - other dialects need it
        """The statement after which counting goes on behind the numbers that are there; empty where it does so."""
        return ""

    # -- tables and what changes them

    @abstractmethod
    def version_triggers(self, table: sa.Table) -> list[str]:
        """The triggers that give a row a new version when another program changes it, so that copies become stale."""

    @abstractmethod
    def drop_trigger(self, trigger: str, table: str) -> str:
        """The statement that drops a trigger of a table."""

    @abstractmethod
    def steps(self, alteration: Alteration) -> list[AlteringStep]:
        """The statements that alter a table to match its declaration."""

    @abstractmethod
    def lost_by_type(self, column: sa.Column[Any], old: str) -> str:
        """Whether the column's new type would change a value, as SQL."""

    def in_new_type(self, column: sa.Column[Any], old: str) -> str:  # noqa: ARG002 - other dialects need it
        """What the value of a column is in its new type, as SQL, as far as it tells which values are equal then."""
        return self.quote(column.name)

    def loses_value(self, connection: Any, alteration: Alteration, column: str) -> bool:  # noqa: ARG002 - other dialects need it
        """Whether the new type of a column would change a value, where that is asked of one after another."""
        return False

    def broken_references(self, connection: Any) -> int:  # noqa: ARG002 - other dialects need it
        """The number of rows with dangling references: 0 if the database itself checks them."""
        return 0

    def others_on(self, connection: Any, table: str) -> list[tuple[str, str]]:  # noqa: ARG002 - other dialects need it
        """Name and text of each foreign index and trigger that a table would lose when it is altered."""
        return []
