"""What differs from one database to another, as the shared modules ask for it: SQL, types, and how values are kept.

A database is a folder with a `Dialect` and a `Driver`, and a line in `databases.py`; nothing else names one. All that
is asked for here is asked once, when a store is opened or a statement is compiled, and never for each request.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from ..model.kinds import KindName
from .alterations import Alteration, AlteringStep

Column = Sequence[Any]
Reader = Callable[[Column], Column]
"""A column as the database gives it to one that orjson writes. Raises an error where a value is not of its kind."""
Converter = Callable[[Any], Any]
"""A value as it stands in JSON to a parameter."""


class Dialect(ABC):
    """What one database says and keeps in its own way."""

    sql: sa.engine.Dialect
    mark: str
    """The mark of a parameter in a statement."""
    now: str
    """Seconds since 1970, as SQL."""
    random_version: str
    """A version for a row that does not come through Restwell, as SQL, in parentheses."""

    types: Mapping[KindName, sa.types.TypeEngine[Any]]
    """The type of a column of each kind."""
    writers: Mapping[KindName, Converter]
    """What makes a parameter of a value, where they differ."""
    readers: Mapping[KindName, Reader]
    """What every column of a kind goes through; the rest comes as it should be."""
    returned_readers: Mapping[KindName, Reader] = {}
    """The same for rows that a change returns, where these look otherwise."""
    checked: frozenset[KindName]
    """The kinds of which the readers pass on the column as it is."""

    every_column: str
    """Asks for every column of every table and view: table, column, type, and whether it may be null."""
    unique_columns: str
    """Asks for the table and the name of every column that is different in every row."""
    every_trigger: str
    """Asks for the name and the text of every trigger."""
    schema_lock: str = ""
    """Lets one process at a time make tables, where a transaction alone does not."""

    def quote(self, name: str) -> str:
        """A name as it stands in SQL."""
        return str(self.sql.identifier_preparer.quote(name))

    def text(self, element: sa.ClauseElement) -> str:
        """A statement as text."""
        return str(element.compile(dialect=self.sql)).strip()

    def type_name(self, column: sa.Column[Any]) -> str:
        """The type of a column as `every_column` gives it, without its collation."""
        return column.type.compile(dialect=self.sql).partition(" COLLATE")[0].strip().upper()

    # -- filters and totals

    @abstractmethod
    def contains(self, column: Any, part: Any) -> Any:
        """The rows in which a text has a part."""

    @abstractmethod
    def icontains(self, column: Any, part: Any) -> Any:
        """The rows in which a text has a part, as `any_case` gives it, in any case."""

    @abstractmethod
    def any_case(self, text: str) -> str:
        """What `icontains` looks for."""

    @abstractmethod
    def estimate(self, table: sa.Table) -> Any:
        """About how many rows a table has, at no cost that grows with it."""

    # -- tables and what changes them

    @abstractmethod
    def version_triggers(self, table: str) -> list[str]:
        """What gives a row a new version when something else than Restwell changes it, so that no copy stays good."""

    @abstractmethod
    def drop_trigger(self, trigger: str, table: str) -> str:
        """What drops a trigger of a table."""

    @abstractmethod
    def steps(self, alteration: Alteration) -> list[AlteringStep]:
        """The statements that make a table what is declared."""

    @abstractmethod
    def lost_by_type(self, column: sa.Column[Any], old: str) -> str:
        """The rows of which a value would not come back from the column's new type as it was, as a condition."""

    def broken_references(self, connection: Any) -> int:  # noqa: ARG002 - others look for them
        """How many rows refer to what is not there: none, where the database sees to that itself."""
        return 0

    def others_on(self, connection: Any, table: str) -> list[tuple[str, str]]:  # noqa: ARG002 - others look for them
        """Name and text of each index and trigger that a table would lose when it is altered."""
        return []
