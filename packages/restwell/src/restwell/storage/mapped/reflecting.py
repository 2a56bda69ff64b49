"""A database that nobody declared: its tables as mapped classes that can be served, and what cannot be, in words.

What is found is made anew as tables that have only what can be served, so that models that are written out
(`models_text.py`) are the same ones. Nothing is written into the database.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
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
from .copies import add_references, constraints, copied, sole_unique
from .declaring import declare_model
from .finding import found_by_sqlalchemy, told
from .holding import held_types, is_any_number
from .naming import classes_of, members_of, paths_of
from .types import hint_of, plain_type

OWN = "restwell_"
"""With which the names of Restwell's own tables begin."""
NO_KEY = "it has no primary key, and not one column that is unique and never null, which would tell its rows apart"
VIEW = "it is a view, and nothing says which of its columns tells its rows apart; a Resource class beside query= can"


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
        self._catalog = dialect.catalog(connection) or found_by_sqlalchemy(connection, dialect)
        self._left_out = [*self._catalog.left_out]

    def reflected(self) -> Reflected:
        """What there is. Foreign keys are added last, since they lead to tables that are served."""
        found = [table for table in self._catalog.tables if not table.name.startswith(OWN) and self._has_key(table)]
        paths, classes = paths_of(found), classes_of(found)
        mapping = registry()
        served: dict[sa.Table, ReflectedTable] = {}
        for table in found:
            columns, notes = self._columns(table)
            copy = sa.Table(
                table.name, mapping.metadata, *columns.values(), *constraints(table, columns),
                schema=table.schema, comment=table.comment,
            )  # fmt: skip
            why = self._why_not(table, copy)
            if why is None:
                each = ReflectedTable(paths[table], _mapped(mapping, classes[table], copy), copy, notes)
                why = _refusal(each)
                served |= {} if why else {table: each}
            if why is not None:
                self._leave_out(table, why)
        for table in served:
            add_references(table, {each: served[each].table for each in served})
        return Reflected(tuple(served.values()), tuple(self._left_out))

    def _leave_out(self, table: sa.Table, why: str) -> None:
        self._left_out.append(f"{table.fullname} is left out: {why}")

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
            found[column.name] = copied(column, kind, names[column])
        return found, tuple(notes)

    def _types(self, table: sa.Table) -> dict[sa.Column[Any], sa.types.TypeEngine[Any] | str]:
        """The type of each column, or in words why it has none."""
        found: dict[sa.Column[Any], sa.types.TypeEngine[Any] | str] = {}
        held: Mapping[sa.Column[Any], sa.types.TypeEngine[Any] | str] = {}
        if not self._dialect.checks_types:
            try:
                held = held_types(self._connection, self._dialect.sql, table, list(table.columns))
            except SQLAlchemyError as error:
                held = dict.fromkeys(table.columns, f"cannot be read: {told(error)}")
        for column in table.columns:
            kind = held.get(column, column.type)
            if isinstance(kind, sa.types.NullType):
                kind = "is of a type that SQLAlchemy does not know"
            if not isinstance(kind, str):
                try:
                    hint_of(kind)
                    kind = sa.REAL() if self._is_single(kind) else plain_type(kind)
                except TypeError as error:
                    kind = str(error)
            found[column] = kind
        return found

    def _is_single(self, kind: sa.types.TypeEngine[Any]) -> bool:
        """Whether numbers have single precision, where REAL says that, and a value is held to it."""
        return isinstance(kind, sa.REAL) and self._dialect.checks_types

    # -- tables -----------------------------------------------------------------------------------------------

    def _has_key(self, table: sa.Table) -> bool:
        """Whether something tells the rows of a table apart; if not, that is said."""
        if (table.schema, table.name) in self._catalog.views:
            self._leave_out(table, VIEW)
        elif not table.primary_key.columns and sole_unique(table) is None:
            self._leave_out(table, NO_KEY)
        else:
            return True
        return False

    def _why_not(self, table: sa.Table, copy: sa.Table) -> str | None:
        """Why the rows of a table cannot be read, or told apart, with the columns that can be shown."""
        if not copy.primary_key.columns and sole_unique(copy) is None:
            return f"{', '.join(column.name for column in table.primary_key.columns) or 'its key'} is not shown"
        try:
            with self._connection.begin_nested():
                self._connection.execute(sa.select(*copy.columns).limit(0))
        except SQLAlchemyError as error:
            return told(error)
        return None


def _refusal(each: ReflectedTable) -> str | None:
    """Why a table cannot be served, for those who have not declared it."""
    try:
        declare_model(None, each.path, model=each.model, read=public())
    except DeclarationError as error:
        return str(error).rstrip(".")
    return None


def _mapped(mapping: registry, name: str, table: sa.Table) -> type[Any]:
    """A class for the rows of a table."""
    made = type(name, (), {"__doc__": table.comment or table.fullname, "__module__": __name__})
    unique = None if table.primary_key.columns else sole_unique(table)
    mapping.map_imperatively(made, table, **({} if unique is None else {"primary_key": [unique]}))
    return made


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
