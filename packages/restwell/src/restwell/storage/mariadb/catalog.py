"""The tables and views of a MariaDB database, read from `information_schema`, and what is not there from definitions.

Whoever may only SELECT is told by `information_schema` neither what becomes of what refers to a row that is changed
or deleted, nor of rules that a column is JSON by: both are in the definition of the table, which they may read. A
database is a schema here: of a URL that names none, each that may be read is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.exc import SQLAlchemyError

from ...http.limits import MAX_INTEGER
from ..catalog import Catalog, Unserved, in_order
from .declared import HISTORY, DeclaredColumn, column_of

LOOKED_AT = 1000
"""Rows of a table that are looked at for values that other databases do not have."""
SERVERS = "('information_schema', 'mysql', 'performance_schema', 'sys')"
"""The databases of the server itself."""
TABLES = (
    "SELECT table_schema, table_name, table_type, table_comment FROM information_schema.tables "
    "WHERE table_type IN ('BASE TABLE', 'SYSTEM VERSIONED', 'VIEW') AND {where}"
)
COLUMNS = (
    "SELECT table_schema, table_name, privileges, column_name, column_type, is_nullable, column_default, extra, "
    "generation_expression, column_comment FROM information_schema.columns WHERE {where} "
    "ORDER BY ordinal_position"
)
INDEXES = (
    "SELECT table_schema, table_name, index_name, non_unique, index_type, column_name, sub_part "
    "FROM information_schema.statistics WHERE {where} ORDER BY seq_in_index"
)
KEYS = (
    "SELECT table_schema, table_name, constraint_name, column_name, referenced_table_schema, referenced_table_name, "
    "referenced_column_name FROM information_schema.key_column_usage "
    "WHERE referenced_table_name IS NOT NULL AND {where} "
    "ORDER BY ordinal_position"
)
UNSAID = "the database does not say which columns it has, as of a view of what is gone"
ACTIONS = r"RESTRICT|CASCADE|SET NULL|NO ACTION|SET DEFAULT"

Name = tuple[str, str]
"""Database and table."""


def read_catalog(connection: sa.Connection) -> Catalog:
    """What there is in the database of a connection, or in all that may be read. Raises an error of SQLAlchemy's."""
    return _Reading(connection).catalog()


class _Reading:
    """Reads one database, or all of a server."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._quote = connection.dialect.identifier_preparer.quote_identifier
        self._database = connection.exec_driver_sql("SELECT DATABASE()").scalar()
        self._tables: dict[Name, sa.Table] = {}
        self._definitions: dict[Name, str] = {}

    def catalog(self) -> Catalog:
        """All of it."""
        metadata = sa.MetaData()
        kinds = {(schema, name): (kind, comment) for schema, name, kind, comment in self._ask(TABLES)}
        for name, lines in groupby(self._ask(COLUMNS), key=_name_of):
            if name in kinds:
                kind, comment = kinds[name]
                columns = self._columns(name, list(lines))
                said = None if kind == "VIEW" else comment or None
                self._tables[name] = sa.Table(name[1], metadata, *columns, schema=self._schema(name[0]), comment=said)
        self._add_indexes()
        self._add_references()
        for name, table in self._tables.items():
            if kinds[name][0] != "VIEW":
                self._look_at(table)
        views = frozenset(
            (self._schema(schema), name) for (schema, name), (kind, _) in kinds.items() if kind == "VIEW"
        )
        unsaid = [
            ".".join(filter(None, (self._schema(name[0]), name[1]))) for name in kinds if name not in self._tables
        ]
        return Catalog(
            in_order([*self._tables.values()]), views, [f"{name} is left out: {UNSAID}" for name in unsaid]
        )

    def _ask(self, query: str, names: int = 2) -> Iterable[Any]:
        """Lines, in the order of so many names in them: `information_schema` does not tell them apart by case."""
        ours = "table_schema = DATABASE()" if self._database else f"table_schema NOT IN {SERVERS}"
        lines = self._connection.exec_driver_sql(query.format(where=ours)).fetchall()
        found = (line for line in lines if self._database in {None, line[0]})
        return sorted(found, key=lambda line: tuple(line[:names]))

    def _schema(self, database: str) -> str | None:
        return None if database == self._database else database

    # -- columns ----------------------------------------------------------------------------------------------

    def _columns(self, name: Name, lines: list[Any]) -> Iterable[sa.Column[Any]]:
        """Those that may be read; all, if none may, so that the database says so itself."""
        readable = [each for each in lines if "select" in each[2]] or lines
        for _, _, _, *said in readable:
            told = DeclaredColumn(*said)
            yield column_of(told, is_json=told.declared == "longtext" and self._is_json(name, told.name))

    def _is_json(self, table: Name, column: str) -> bool:
        return f"CHECK (json_valid({self._written(column)}))" in self._definition(table)

    def _definition(self, name: Name) -> str:
        """The statement that would create a table; empty for whoever may not see it."""
        if name not in self._definitions:
            self._definitions[name] = self._shown(name)
        return self._definitions[name]

    def _shown(self, name: Name) -> str:
        try:
            with self._connection.begin_nested():
                shown = self._connection.exec_driver_sql(f"SHOW CREATE TABLE {'.'.join(map(self._quote, name))}")
                return str(shown.one()[1])
        except SQLAlchemyError:  # by a grant of some of its columns
            return ""

    def _written(self, name: str) -> str:
        """A name as it stands in a definition."""
        return self._quote(name).replace("%%", "%")

    # -- keys and indexes -------------------------------------------------------------------------------------

    def _add_indexes(self) -> None:
        for (*name, index, is_other, kind), lines in groupby(self._ask(INDEXES, 3), key=lambda line: tuple(line[:5])):
            table, parts = self._tables.get((name[0], name[1])), [(line[5], line[6]) for line in lines]
            if table is None or not all(column in table.columns for column, _ in parts):
                continue
            columns = [each for column, _ in parts if not (each := table.columns[column]).info[HISTORY]]
            if index == "PRIMARY":
                table.append_constraint(sa.PrimaryKeyConstraint(*columns))
                continue
            lengths = {column: length for column, length in parts if length is not None}
            said: dict[str, Any] = {"mariadb_length": lengths} if lengths else {}
            if kind in {"FULLTEXT", "SPATIAL"}:
                said = {"mariadb_prefix": kind}
            sa.Index(index, *columns, unique=not is_other, **said)

    def _add_references(self) -> None:
        for (*name, key), found in groupby(self._ask(KEYS, 3), key=lambda line: tuple(line[:3])):
            lines = list(found)
            table, target = self._tables.get((name[0], name[1])), self._tables.get((lines[0][4], lines[0][5]))
            mine, theirs = [line[3] for line in lines], [line[6] for line in lines]
            if table is None or target is None:
                continue
            if all(each in table.columns for each in mine) and all(each in target.columns for each in theirs):
                said = self._actions((name[0], name[1]), key)
                table.append_constraint(
                    sa.ForeignKeyConstraint(mine, [target.columns[each] for each in theirs], name=key, **said)
                )

    def _actions(self, table: Name, key: str) -> Mapping[str, Any]:
        """ON DELETE and ON UPDATE of a foreign key, as its table's definition has them."""
        said = re.search(
            rf"^  CONSTRAINT {re.escape(self._written(key))} FOREIGN KEY .*?\)"
            rf"(?: ON DELETE (?P<ondelete>{ACTIONS}))?(?: ON UPDATE (?P<onupdate>{ACTIONS}))?,?$",
            self._definition(table),
            re.MULTILINE | re.DOTALL,
        )
        return {} if said is None else {name: action for name, action in said.groupdict().items() if action}

    # -- values -----------------------------------------------------------------------------------------------

    def _look_at(self, table: sa.Table) -> None:
        """Have columns be served as what they hold, as the first rows show it, where their type allows more."""
        asked = {column: odd for column in table.columns if (odd := _is_odd(column)) is not None}
        if not asked:
            return
        first = sa.select(*asked).limit(LOOKED_AT).subquery("first_rows")
        odd = [sa.func.max(check.self_group()) for check in map(_is_odd, first.columns) if check is not None]
        try:
            with self._connection.begin_nested():
                found = self._connection.execute(sa.select(*odd)).one()
        except SQLAlchemyError:  # whoever may not read the table is told when all of it is asked for
            return
        for column, is_odd in zip(asked, found, strict=True):
            if is_odd:
                column.type = _instead(column.type)


def _name_of(line: Any) -> Name:
    return line[0], line[1]


def _is_odd(column: sa.ColumnElement[Any]) -> Any:
    """Whether a value is none of those that the type of its column is served as; None where all of them are."""
    value = sa.type_coerce(column, sa.types.NullType())
    if isinstance(column.type, sa.Boolean):
        return value.not_in([sa.literal_column("0"), sa.literal_column("1")])
    if isinstance(column.type, sa.Time):
        return sa.or_(value < sa.literal_column("'00:00:00'"), value > sa.literal_column("'23:59:59.999999'"))
    if isinstance(column.type, (mysql.BIGINT, mysql.BIT)):
        return value > sa.literal_column(str(MAX_INTEGER))
    if isinstance(column.type, (sa.Date, sa.DateTime)):
        return sa.or_(*(sa.func.coalesce(part(value), 1) == sa.literal_column("0") for part in _PARTS))
    return None


_PARTS = (sa.func.year, sa.func.month, sa.func.dayofmonth)
"""Of a date: each may be 0 in MariaDB, and no calendar has a day of month 0."""


def _instead(kind: sa.types.TypeEngine[Any]) -> sa.types.TypeEngine[Any]:
    """The type of a column that holds values of no other database's."""
    if isinstance(kind, sa.Boolean):
        return mysql.TINYINT()
    if isinstance(kind, sa.Time):
        return Unserved("holds lengths of time that are no time of a day")
    if isinstance(kind, (mysql.BIGINT, mysql.BIT)):
        return Unserved("holds numbers beyond 64 bits with a sign")
    return Unserved("holds dates that no calendar has, such as 0000-00-00")
