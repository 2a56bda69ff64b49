"""A database that nobody declared: its tables as mapped classes that can be served, and what cannot be, in words.

What is found is made anew as tables that have only what can be served, so that models that are written out
(`models_text.py`) are the same ones. Nothing is written into the database.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import registry

from ...model.errors import DeclarationError
from ...model.hints import bare
from ...model.policy import public
from ..altering import connected
from ..dialect import Dialect
from ..driver import Driver
from .attributes import is_plain
from .declaring import declare_model
from .holding import held_types, is_any_number
from .naming import classes_of, members_of, paths_of
from .types import hint_of, plain_type

OWN = "restwell_"
"""With which the names of Restwell's own tables begin."""
NO_KEY = "it has no primary key, and not one column that is unique and never null, which would tell its rows apart"
VIEW = (
    "it is a view, and nothing says which of its columns tells its rows apart: serve it by query=, with a Resource "
    "class that marks one with Field(identity=True)"
)


@dataclass(frozen=True, eq=False)
class ReflectedTable:
    """One table that can be served: a mapped class of its own, and the path for it.

    `notes` say in words which columns are left out, and which have another type than the database says.
    """

    path: str
    model: type[Any]
    table: sa.Table
    notes: tuple[str, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """The members by which items are told apart."""
        mapper: Any = sa.inspect(self.model)
        return tuple(str(column.key) for column in mapper.primary_key)


@dataclass(frozen=True)
class Reflected:
    """What there is in a database: what can be served, and a sentence for each table that cannot be."""

    tables: tuple[ReflectedTable, ...]
    left_out: tuple[str, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """All that is said of tables and columns that are not shown, or not as they are declared."""
        return (*(note for each in self.tables for note in each.notes), *self.left_out)


def reflect(driver: Driver) -> Reflected:
    """Read the tables and views of a database. Raises an error of SQLAlchemy's or of the store."""
    with warnings.catch_warnings(), connected(driver, writing=False) as connection:
        warnings.simplefilter("ignore", sa.exc.SAWarning)  # of types and indexes that SQLAlchemy does not know
        return _Reflecting(connection, driver.dialect).reflected()


class _Reflecting:
    """Reads one database."""

    def __init__(self, connection: sa.Connection, dialect: Dialect) -> None:
        self._connection = connection
        self._dialect = dialect
        self._left_out: list[str] = []
        inspector = sa.inspect(connection)
        self._schemas = [None, *_other_schemas(inspector)]
        self._views = {
            (schema, name)
            for schema in self._schemas
            for name in (*inspector.get_view_names(schema), *_materialized(inspector, schema))
        }

    def reflected(self) -> Reflected:
        found = [table for table in self._found() if not table.name.startswith(OWN)]
        paths, classes = paths_of(found), classes_of(found)
        metadata = sa.MetaData()
        made: dict[sa.Table, tuple[sa.Table, tuple[str, ...]]] = {}
        for table in found:
            columns, notes = self._columns(table)
            copy = sa.Table(
                table.name, metadata, *columns.values(), *_constraints(table, columns),
                schema=table.schema, comment=table.comment,
            )  # fmt: skip
            made[table] = copy, notes
        served = [table for table in found if not self._is_left_out(table, made[table][0])]
        for table in served:
            _add_references(table, made, served)
        mapping = registry(metadata=metadata)
        result: list[ReflectedTable] = []
        for table in served:
            copy, notes = made[table]
            each = ReflectedTable(paths[table], _mapped(mapping, classes[table], copy), copy, notes)
            try:
                declare_model(None, each.path, model=each.model, read=public())
            except DeclarationError as error:
                self._left_out.append(f"{table.fullname} is left out: {_why(copy, error)}")
            else:
                result.append(each)
        return Reflected(tuple(result), tuple(self._left_out))

    def _found(self) -> list[sa.Table]:
        """Every table and view, in the order of their names; none that another one refers to is read for that."""
        metadata = sa.MetaData()
        for schema in self._schemas:
            try:
                metadata.reflect(self._connection, schema, views=True, resolve_fks=False)
            except SQLAlchemyError:  # of one of them: the others are read by themselves
                self._read_singly(metadata, schema)
        return sorted(metadata.tables.values(), key=lambda table: (table.schema or "", table.name))

    def _read_singly(self, metadata: sa.MetaData, schema: str | None) -> None:
        inspector = sa.inspect(self._connection)
        views = [name for each, name in self._views if each == schema]
        for name in (*inspector.get_table_names(schema), *views):
            try:
                sa.Table(name, metadata, schema=schema, autoload_with=self._connection, resolve_fks=False)
            except SQLAlchemyError as error:
                told = str(getattr(error, "orig", None) or error).partition("\n")[0]
                self._left_out.append(f"{name} is left out: the database cannot say what it is: {told}")

    # -- columns ----------------------------------------------------------------------------------------------

    def _columns(self, table: sa.Table) -> tuple[dict[str, sa.Column[Any]], tuple[str, ...]]:
        """The columns that can be served, by name, and notes on the others."""
        types = self._types(table)
        names = members_of(column for column in table.columns if not isinstance(types[column], str))
        found: dict[str, sa.Column[Any]] = {}
        notes: list[str] = []
        for column in table.columns:
            kind = types[column]
            if isinstance(kind, str):
                notes.append(f"{table.fullname}.{column.name} is left out: it {kind}")
                continue
            if not self._dialect.checks_types and not _is_like(kind, column.type):
                what = "has no type" if isinstance(column.type, sa.types.NullType) else f"is declared {column.type}"
                notes.append(f"{table.fullname}.{column.name} {what}, and is shown as {_words(kind)}, which it holds")
            found[column.name] = _copied(column, kind, names[column])
        return found, tuple(notes)

    def _types(self, table: sa.Table) -> dict[sa.Column[Any], sa.types.TypeEngine[Any] | str]:
        """The type of each column, or in words why it has none."""
        found: dict[sa.Column[Any], sa.types.TypeEngine[Any] | str] = {}
        held: Mapping[sa.Column[Any], sa.types.TypeEngine[Any] | str] = {}
        if not self._dialect.checks_types:
            try:
                held = held_types(self._connection, self._dialect.sql, table, list(table.columns))
            except SQLAlchemyError as error:
                held = dict.fromkeys(table.columns, f"cannot be read: {getattr(error, 'orig', error)}")
        for column in table.columns:
            kind = held.get(column, column.type)
            if isinstance(kind, sa.types.NullType):
                kind = "is of a type that SQLAlchemy does not know"
            if not isinstance(kind, str):
                try:
                    hint_of(kind)
                    kind = plain_type(kind)
                except TypeError as error:
                    kind = str(error)
            found[column] = kind
        return found

    # -- tables -----------------------------------------------------------------------------------------------

    def _is_left_out(self, table: sa.Table, copy: sa.Table) -> bool:
        """Whether nothing tells the rows of a table apart; then it is said."""
        if copy.primary_key.columns or _sole_unique(copy) is not None:
            return False
        keys = [column.name for column in table.primary_key.columns]
        if (table.schema, table.name) in self._views:
            why = VIEW
        else:
            why = NO_KEY if not keys else f"its primary key, {', '.join(keys)}, cannot be shown"
        self._left_out.append(f"{table.fullname} is left out: {why}")
        return True


def _why(table: sa.Table, error: DeclarationError) -> str:
    """Why a table cannot be served, for those who have not declared it."""
    keys = [column.name for column in table.primary_key.columns]
    if len(keys) > 1:
        return f"its primary key is of several columns, {', '.join(keys)}, and an item is named by one"
    return str(error).rstrip(".")


def _other_schemas(inspector: sa.Inspector) -> list[str]:
    """The schemas beside the usual one, without those of the database itself."""
    own = {inspector.default_schema_name, "information_schema"}
    return [name for name in inspector.get_schema_names() if name not in own and not name.startswith("pg_")]


def _materialized(inspector: sa.Inspector, schema: str | None) -> list[str]:
    try:
        return inspector.get_materialized_view_names(schema)
    except NotImplementedError:  # where there are none
        return []


def _copied(column: sa.Column[Any], kind: sa.types.TypeEngine[Any], name: str) -> sa.Column[Any]:
    """A column of the same name and meaning. What the database makes of a row's number needs no default to say so."""
    table: Any = column.table
    is_numbered = getattr(table, "_autoincrement_column", None) is column
    default = column.server_default
    made: list[Any] = []
    if column.computed is not None:
        made.append(sa.Computed(column.computed.sqltext, persisted=column.computed.persisted))
    elif column.identity is not None:
        made.append(sa.Identity(always=column.identity.always))
    elif isinstance(default, sa.DefaultClause) and not is_numbered:
        made.append(sa.DefaultClause(sa.text(str(getattr(default.arg, "text", default.arg)))))
    return sa.Column(
        column.name, kind, *made, key=name, nullable=bool(column.nullable) and not column.primary_key,
        autoincrement=True if is_numbered else "auto" if column.autoincrement == "auto" else False,
        comment=column.comment,
    )  # fmt: skip


def _constraints(table: sa.Table, columns: Mapping[str, sa.Column[Any]]) -> Iterator[Any]:
    """The primary key, and what is unique or indexed, as far as all the columns of it are there."""
    keys = [column.name for column in table.primary_key.columns]
    if keys and columns.keys() >= {*keys}:
        yield sa.PrimaryKeyConstraint(*_keys_of(keys, columns))
    for each in sorted(table.constraints, key=lambda constraint: str(constraint.name)):
        if isinstance(each, sa.UniqueConstraint) and columns.keys() >= {*(c.name for c in each.columns)}:
            yield sa.UniqueConstraint(*_keys_of((c.name for c in each.columns), columns))
    for index in sorted(table.indexes, key=lambda index: str(index.name)):
        names = [column.name for column in index.columns]
        if names and is_plain(index) and columns.keys() >= {*names}:
            yield sa.Index(index.name, *_keys_of(names, columns), unique=bool(index.unique))


def _keys_of(names: Iterable[str], columns: Mapping[str, sa.Column[Any]]) -> list[str]:
    return [str(columns[name].key) for name in names]


def _add_references(
    table: sa.Table, made: Mapping[sa.Table, tuple[sa.Table, tuple[str, ...]]], served: Sequence[sa.Table]
) -> None:
    """Add the foreign keys of a table whose both ends are served."""
    copy = made[table][0]
    by_name = {(each.schema, each.name): made[each][0] for each in served}
    ours = {column.name: column for column in copy.columns}
    for constraint in sorted(table.foreign_key_constraints, key=lambda each: str(each.name)):
        schema, target_name, names = _target_of(constraint, table)
        target = by_name.get((schema, target_name))
        theirs = {} if target is None else {column.name: column for column in target.columns}
        mine = [column.name for column in constraint.columns]
        if target is not None and ours.keys() >= {*mine} and theirs.keys() >= {*names}:
            copy.append_constraint(
                sa.ForeignKeyConstraint([ours[name].key for name in mine], [theirs[name] for name in names])
            )


def _target_of(constraint: sa.ForeignKeyConstraint, table: sa.Table) -> tuple[str | None, str, list[str]]:
    """The schema, the table and the columns that a foreign key refers to."""
    parts = [element._column_tokens for element in constraint.elements]  # noqa: SLF001 - the table may not be there
    schema, name, _ = parts[0]
    return (schema or table.schema), str(name), [str(column) for _, _, column in parts]


def _mapped(mapping: registry, name: str, table: sa.Table) -> type[Any]:
    """A class for the rows of a table."""
    made = type(name, (), {"__doc__": table.comment or table.fullname, "__module__": __name__})
    unique = None if len(table.primary_key.columns) == 1 else _sole_unique(table)
    mapping.map_imperatively(made, table, **({} if unique is None else {"primary_key": [unique]}))
    return made


def _sole_unique(table: sa.Table) -> sa.Column[Any] | None:
    """The one column that is unique and never null, if there is one and no other."""
    groups = [list(each.columns) for each in table.constraints if isinstance(each, sa.UniqueConstraint)]
    groups += [list(index.columns) for index in table.indexes if index.unique]
    found = dict.fromkeys(group[0] for group in groups if len(group) == 1 and not group[0].nullable)
    return next(iter(found)) if len(found) == 1 else None


def _is_like(kind: sa.types.TypeEngine[Any], declared: sa.types.TypeEngine[Any]) -> bool:
    """Whether a type shows what a column is declared with."""
    if isinstance(declared, sa.types.NullType):
        return False
    return bare(hint_of(kind)) == _bare_hint(declared) or (isinstance(kind, sa.Float) and is_any_number(declared))


def _bare_hint(declared: sa.types.TypeEngine[Any]) -> Any:
    try:
        return bare(hint_of(declared))
    except TypeError:
        return None


def _words(kind: sa.types.TypeEngine[Any]) -> str:
    if isinstance(kind, sa.String):
        return "text"
    return "a whole number" if isinstance(kind, sa.Integer) else "a number"
