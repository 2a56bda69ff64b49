"""The tables and views of a database, read by SQLAlchemy; what that has missed is asked of the database itself."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from ..catalog import Catalog, in_order
from ..dialect import Dialect
from .copies import target_of, unique_names


def found_by_sqlalchemy(connection: sa.Connection, dialect: Dialect) -> Catalog:
    """What there is in a database. Raises an error of SQLAlchemy's."""
    return _Finding(connection, dialect).found()


def told(error: SQLAlchemyError) -> str:
    """What the database says, in a line."""
    arguments = getattr(getattr(error, "orig", None), "args", ()) or (error,)
    said = str(arguments[-1]).partition("\n")[0]  # behind a number, where the library gives one
    return f"the database says {said!r}"


class _Finding:
    """Reads one database."""

    def __init__(self, connection: sa.Connection, dialect: Dialect) -> None:
        self._connection = connection
        self._dialect = dialect
        self._left_out: list[str] = []
        inspector = sa.inspect(connection)
        self._schemas = [None, *_other_schemas(inspector)]
        self._views = frozenset(
            (schema, name)
            for schema in self._schemas
            for name in (*inspector.get_view_names(schema), *_materialized(inspector, schema))
        )

    def found(self) -> Catalog:
        """Every table and view; none that another one refers to is read for that."""
        metadata = sa.MetaData()
        for schema in self._schemas:
            try:
                metadata.reflect(self._connection, schema, views=True, resolve_fks=False)
            except SQLAlchemyError:  # of one of them: the others are read by themselves
                self._read_singly(metadata, schema)
        self._complete(metadata)
        self._complete_keys(metadata)
        return Catalog(in_order([*metadata.tables.values()]), self._views, self._left_out)

    def _complete(self, metadata: sa.MetaData) -> None:
        """Add what is unique and SQLAlchemy has missed, as it reads the text of a table's definition in SQLite."""
        groups: dict[tuple[str, Any], list[str | None]] = {}
        for name, index, column in self._connection.exec_driver_sql(self._dialect.unique_columns):
            groups.setdefault((name, index), []).append(column)
        for (name, _), columns in groups.items():
            table = metadata.tables.get(name)
            names = [column for column in columns if column is not None]
            if table is None or len(names) < len(columns) or not {*names} <= {*table.columns.keys()}:
                continue
            if {*names} not in unique_names(table):
                table.append_constraint(sa.UniqueConstraint(*names))

    def _complete_keys(self, metadata: sa.MetaData) -> None:
        """Add what a foreign key does when what it refers to changes, where SQLAlchemy has missed it."""
        if not self._dialect.key_actions:
            return
        found: dict[tuple[str, int, str], tuple[list[str], list[str | None]]] = {}
        for name, number, target, column, *actions in self._connection.exec_driver_sql(self._dialect.key_actions):
            said = [None if action == "NO ACTION" else action for action in actions]
            found.setdefault((name, number, target), ([], said))[0].append(column)
        for (name, _, target), (columns, said) in found.items():
            table = metadata.tables.get(name)
            for key in () if table is None else table.foreign_key_constraints:
                if target_of(key)[1] == target and [column.name for column in key.columns] == columns:
                    key.onupdate, key.ondelete = said

    def _read_singly(self, metadata: sa.MetaData, schema: str | None) -> None:
        inspector = sa.inspect(self._connection)
        views = [name for each, name in self._views if each == schema]
        for name in (*inspector.get_table_names(schema), *views):
            try:
                sa.Table(name, metadata, schema=schema, autoload_with=self._connection, resolve_fks=False)
            except SQLAlchemyError as error:
                self._left_out.append(f"{name} is left out: {told(error)}")


def _other_schemas(inspector: sa.Inspector) -> list[str]:
    """The schemas beside the usual one, without those of the database itself."""
    own = {inspector.default_schema_name, "information_schema"}
    return [name for name in inspector.get_schema_names() if name not in own and not name.startswith("pg_")]


def _materialized(inspector: sa.Inspector, schema: str | None) -> list[str]:
    try:
        return inspector.get_materialized_view_names(schema)
    except NotImplementedError:  # where there are none
        return []
