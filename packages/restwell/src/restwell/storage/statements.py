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
from .tables import MODIFIED_COLUMN, NUMBER_COLUMN, VERSION_BITS, VERSION_COLUMN


class Statements(Selects):
    """The statements of one resource in one dialect."""

    def __init__(self, declaration: Declaration, metadata: sa.MetaData, dialect: Dialect) -> None:
        self.table, stored = own_table(declaration, metadata, dialect)
        super().__init__(declaration, stored, dialect)
        self.writers = stored.writers
        self._version = sa.bindparam("_version", type_=self._integer, required=False)
        self._modified = sa.bindparam("_modified", type_=self._integer, required=False)
        self._fields = {spec.name: self._value(spec) for spec in declaration.fields}

    @cached_property
    def insert(self) -> Statement:
        """Inserts a row and returns it."""
        return self.compile(self._insert().returning(*self.row))

    @cached_property
    def insert_many(self) -> Statement:
        """Inserts a row without returning it."""
        return self.compile(self._insert())

    @kept(1024 * 1024)
    def replace(self, shape: Shape) -> Statement:
        """Replaces the row that still has this version and meets a condition, and returns it where UPDATE can."""
        changed = {
            **self._fields,
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
        return self.compile(statement.returning(self.table.c[NUMBER_COLUMN]))

    def _next_modified(self) -> sa.ColumnElement[int]:
        """As `tables.next_modified`, for this statement."""
        before: Any = self.table.c[MODIFIED_COLUMN]
        return sa.case((before > self._modified, before + sa.literal_column("1")), else_=self._modified)

    def _is_same(self) -> sa.ColumnElement[bool]:
        return sa.and_(self._is_it(), self.table.c[VERSION_COLUMN] == self._version)

    def _insert(self) -> sa.Insert:
        own = {VERSION_COLUMN: self._version, MODIFIED_COLUMN: self._modified}
        return sa.insert(self.table).values({**self._fields, **own})

    def _value(self, spec: FieldSpec) -> sa.BindParameter[Any]:
        return sa.bindparam(spec.name, type_=self.table.c[spec.name].type, required=False)

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
            if change.condition is not TRUE:
                raise ValueError("a condition holds for rows that are there: an insert has none")
            return self.insert, self.insert.parameters(parameters)
        statement_of = self.replace if change.action == "replace" else self.delete
        statement = statement_of(shape_of(change.condition))
        parameters |= {"_identity": change.identity, "_version": change.version}
        if change.condition is not TRUE:
            parameters |= self._parameters(change.condition)
        return statement, statement.parameters(parameters)

    def of_identity(self, identity: Any) -> tuple[Any, ...]:
        """The identity as it is: no kind of it is stored as something else."""
        return (identity,)

    def _rows(self) -> Any:
        return sa.select(sa.literal_column("1")).select_from(self.table)

    def _estimate(self) -> Any:
        return self.dialect.estimate(self.table)
