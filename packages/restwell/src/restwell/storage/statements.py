"""Statements for plans and changes of Restwell's own tables, with their parameters. Pure, and compiled once."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from ..data.plans import RowChange
from ..http.keeping import kept
from ..model.conditions import TRUE
from ..model.fields import FieldSpec
from ..model.resource import Declaration
from .conditions import Shape, shape_of
from .dialect import Dialect
from .selects import Selects, Statement
from .stored import own_table
from .tables import MODIFIED_COLUMN, VERSION_BITS, VERSION_COLUMN, number_of


class Statements(Selects):
    """The statements of one resource in one dialect."""

    def __init__(self, declaration: Declaration, metadata: sa.MetaData, dialect: Dialect) -> None:
        self.table, stored = own_table(declaration, metadata, dialect)
        super().__init__(declaration, stored, dialect)
        self.writers = stored.writers
        self._version = sa.bindparam("_version", type_=self._integer, required=False)
        self._modified = sa.bindparam("_modified", type_=self._integer, required=False)
        self._number = number_of(self.table)
        self._fields = {spec.attribute: self._value(spec) for spec in declaration.stored}
        self._given = {name: value for name, value in self._fields.items() if name != self._number.name}
        """Those that are written one row at a time: the database numbers the row itself."""
        self._made = declaration.makes
        if len(declaration.stored) < len(declaration.fields):  # an expression may have parameters of its own
            self.of_identity = super().of_identity  # type: ignore[method-assign]  # decided here, and not at requests

    @cached_property
    def insert(self) -> Statement:
        """Inserts a row and returns it; the identity, if it is the number of the row, is made by the database."""
        return self.compile(self._insert(self._given).returning(*self.row))

    @cached_property
    def insert_many(self) -> Statement:
        """Inserts a row with all of its values, without returning it."""
        return self.compile(self._insert(self._fields))

    @kept(1024 * 1024)
    def replace(self, shape: Shape) -> Statement:
        """Replaces the row that still has this version and meets a condition, and returns it where UPDATE can."""
        changed = {
            **self._given,
            VERSION_COLUMN: self.table.c[VERSION_COLUMN] + sa.literal_column("1"),
            MODIFIED_COLUMN: self._next_modified(),
        }
        statement = sa.update(self.table).where(self._is_same(), *self._where(shape))
        statement = statement.values(changed)
        return self.compile(statement.returning(*self.row) if self.dialect.returns_updated else statement)

    @kept(1024 * 1024)
    def delete(self, shape: Shape) -> Statement:
        """Deletes the row that still has this version and meets a condition, and returns its number."""
        statement = sa.delete(self.table).where(self._is_same(), *self._where(shape))
        return self.compile(statement.returning(self._number))

    def _next_modified(self) -> sa.ColumnElement[int]:
        """As `tables.next_modified`, for this statement."""
        before: Any = self.table.c[MODIFIED_COLUMN]
        return sa.case((before > self._modified, before + sa.literal_column("1")), else_=self._modified)

    def _is_same(self) -> sa.ColumnElement[bool]:
        return sa.and_(self._is_it(), self.table.c[VERSION_COLUMN] == self._version)

    def _insert(self, values: Mapping[str, Any]) -> sa.Insert:
        own = {VERSION_COLUMN: self._version, MODIFIED_COLUMN: self._modified}
        return sa.insert(self.table).values({**values, **own})

    def _value(self, spec: FieldSpec) -> sa.BindParameter[Any]:
        return sa.bindparam(spec.name, type_=self.table.c[spec.attribute].type, required=False)

    def row_parameters(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters of a whole row, with a random first version and the present time."""
        parameters = dict(values)
        for name, writer in self.writers.items():
            if parameters[name] is not None:
                parameters[name] = writer(parameters[name])
        parameters["_version"] = secrets.randbits(VERSION_BITS)
        parameters["_modified"] = int(time.time())
        return parameters

    def of_change(self, change: RowChange) -> tuple[Statement, tuple[Any, ...]]:
        """The statement for a change of one row, and its parameters."""
        parameters = self.row_parameters(change.values) if change.values is not None else {}
        if change.action == "insert":
            if self._made is not None:
                parameters |= self._made_of(self._made, parameters)
            if change.condition is not TRUE:
                raise ValueError("a condition holds for rows that are there: an insert has none")
            return self.insert, self.insert.parameters(parameters)
        statement_of = self.replace if change.action == "replace" else self.delete
        statement = statement_of(shape_of(change.condition))
        parameters |= {"_identity": change.identity, "_version": change.version}
        if change.condition is not TRUE:
            parameters |= self._parameters(change.condition)
        return statement, statement.parameters(parameters)

    @staticmethod
    def _made_of(made: FieldSpec, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The identity of a new row, where the database does not make it."""
        if parameters[made.name] is not None:
            raise ValueError(f"{made.name} is made for a new row, and cannot be given")
        return {} if made.kind.make is None else {made.name: made.kind.make()}

    def of_identity(self, identity: Any) -> tuple[Any, ...]:
        """The identity as it is: no kind of it is stored as something else."""
        return (identity,)

    def _rows(self) -> Any:
        return sa.select(sa.literal_column("1")).select_from(self.table)

    def _estimate(self) -> Any:
        return self.dialect.estimate(self.table)
