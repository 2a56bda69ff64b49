"""Statements for plans and changes, with their parameters. Pure: each is compiled once for a resource and a shape.

Pages are found by keyset: a page begins after a position and never counts the rows before it, so that page 35 000
costs as much as page 1.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from functools import cached_property
from typing import Any, NamedTuple

import sqlalchemy as sa

from ..data.cursors import ANCHORS
from ..data.layout import Layout
from ..data.plans import Change, Plan
from ..data.query import Counting, Position, Query
from ..http.keeping import kept
from ..http.limits import EXACT_TOTAL
from ..model.conditions import TRUE, Condition
from ..model.fields import FieldSpec
from ..model.resource import Declaration
from . import conditions, keyset
from .conditions import Shape, shape_of
from .dialect import Converter, Dialect
from .tables import (
    MODIFIED_COLUMN,
    NUMBER_COLUMN,
    VERSION_BITS,
    VERSION_COLUMN,
    table_of,
    writer_of,
)


class Statement(NamedTuple):
    """SQL for one dialect and the names of its parameters in order; `fixed` are those that never change."""

    text: str
    names: tuple[str, ...]
    fixed: Mapping[str, Any]
    is_bounded: bool = True
    """Whether its cost does not grow with the table. Others have a shorter time limit."""

    def parameters(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """The parameters in the order of the text."""
        return tuple(map({**self.fixed, **values}.__getitem__, self.names))


class Statements:
    """The statements of one resource in one dialect."""

    def __init__(self, declaration: Declaration, metadata: sa.MetaData, dialect: Dialect) -> None:
        self.declaration = declaration
        self.dialect = dialect
        self.table = table_of(declaration, metadata, dialect)
        self.table_name = str(self.table.name)
        columns = self.table.c
        self.row = declaration.compiled[Layout].row(
            columns[NUMBER_COLUMN], columns[VERSION_COLUMN], columns[MODIFIED_COLUMN], dict(columns.items())
        )
        writers = ((spec.name, writer_of(dialect, spec)) for spec in declaration.fields)
        self.writers: dict[str, Converter] = {name: writer for name, writer in writers if writer is not None}
        """What makes a parameter of a value, for the fields where they differ."""
        self._integer = dialect.types["integer"]
        self._version = sa.bindparam("_version", type_=self._integer)
        self._modified = sa.bindparam("_modified", type_=self._integer)
        self._fields = {spec.name: self._value(spec) for spec in declaration.fields}

    @cached_property
    def item(self) -> Statement:
        """The row with an identity."""
        return self.compile(sa.select(*self.row).where(self._is_it()))

    @cached_property
    def anchors(self) -> Statement:
        """The rows with one of ANCHORS numbers."""
        numbers = [sa.bindparam(f"_a{place}", type_=self._integer) for place in range(ANCHORS)]
        return self.compile(sa.select(*self.row).where(self.table.c[NUMBER_COLUMN].in_(numbers)))

    @cached_property
    def insert(self) -> Statement:
        """Inserts a row and returns it."""
        return self.compile(self._insert().returning(*self.row))

    @cached_property
    def insert_many(self) -> Statement:
        """Inserts a row without returning it."""
        return self.compile(self._insert())

    @kept(1024 * 1024)
    def item_with(self, shape: Shape) -> Statement:
        """The row with an identity, if it meets a condition of this shape."""
        return self.compile(sa.select(*self.row).where(self._is_it(), *self._where(shape)))

    @kept(1024 * 1024)
    def replace(self, shape: Shape) -> Statement:
        """Replaces the row that still has this version and meets a condition, and returns it."""
        changed = {
            **self._fields,
            VERSION_COLUMN: self.table.c[VERSION_COLUMN] + sa.literal_column("1"),
            MODIFIED_COLUMN: self._next_modified(),
        }
        statement = sa.update(self.table).where(self._is_same(), *self._where(shape))
        return self.compile(statement.values(changed).returning(*self.row))

    @kept(1024 * 1024)
    def delete(self, shape: Shape) -> Statement:
        """Deletes the row that still has this version and meets a condition, and returns its number."""
        statement = sa.delete(self.table).where(self._is_same(), *self._where(shape))
        return self.compile(statement.returning(self.table.c[NUMBER_COLUMN]))

    def _next_modified(self) -> sa.ColumnElement[int]:
        """As `tables.next_modified`, for this statement."""
        before: Any = self.table.c[MODIFIED_COLUMN]
        return sa.case((before > self._modified, before + sa.literal_column("1")), else_=self._modified)

    def _is_it(self) -> sa.ColumnElement[bool]:
        identity = self.table.c[self.declaration.identity.name]
        return identity == sa.bindparam("_identity", type_=identity.type)

    def _is_same(self) -> sa.ColumnElement[bool]:
        return sa.and_(self._is_it(), self.table.c[VERSION_COLUMN] == self._version)

    def _insert(self) -> sa.Insert:
        own = {VERSION_COLUMN: self._version, MODIFIED_COLUMN: self._modified}
        return sa.insert(self.table).values({**self._fields, **own})

    def compile(self, statement: sa.sql.ClauseElement) -> Statement:
        """The text of a statement in this dialect."""
        compiled: Any = statement.compile(dialect=self.dialect.sql)
        fixed = {name: value for name, value in compiled.params.items() if value is not None}
        return Statement(str(compiled), tuple(compiled.positiontup or ()), fixed)

    def _value(self, spec: FieldSpec) -> sa.BindParameter[Any]:
        return sa.bindparam(spec.name, type_=self.table.c[spec.name].type)

    def cast_of(self, name: str) -> str:
        """A query that casts a value to the type of a field's column."""
        column = self.table.c[name].type
        return self.compile(sa.select(sa.cast(sa.bindparam("value", type_=column), column))).text

    def to_parameter(self, name: str, value: Any) -> Any:
        """A field's value as a parameter of this dialect."""
        writer = self.writers.get(name)
        return value if writer is None or value is None else writer(value)

    def row_parameters(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters of a whole row, with a random first version and the present time."""
        parameters = dict(values)
        for name, writer in self.writers.items():
            if parameters[name] is not None:
                parameters[name] = writer(parameters[name])
        parameters["_version"] = secrets.randbits(VERSION_BITS)
        parameters["_modified"] = int(time.time())
        return parameters

    def of_change(self, change: Change) -> tuple[Statement, tuple[Any, ...]]:
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

    def of_item(self, plan: Plan) -> tuple[Statement, tuple[Any, ...]]:
        """The statement for the row that a plan with a condition looks up, and its parameters."""
        statement = self.item_with(shape_of(plan.condition))
        return statement, statement.parameters({"_identity": plan.identity, **self._parameters(plan.condition)})

    def of_page(self, query: Query, counting: Counting) -> tuple[Statement, tuple[Any, ...]]:
        """The statement for a page and one further row; each row ends with the total if it is counted."""
        shape, after = shape_of(query.condition), query.after
        keys = keyset.keys_of(self.declaration, query.sort, backwards=after is not None and after.backwards)
        values = self._parameters(query.condition)
        values["_limit"] = query.limit + 1
        if after is None:
            statement = self.page(keys, shape, None, counting)
            return statement, statement.parameters(values)
        place = dict(zip((order.field for order in query.sort), after.values, strict=True))
        place[NUMBER_COLUMN] = after.number
        statement = self.page(keys, shape, tuple(place[order.field] is None for order in keys), counting)
        for order in keys:
            values[f"_after_{order.field}"] = self.to_parameter(order.field, place[order.field])
        return statement, statement.parameters(values)

    def of_anchors(self, position: Position) -> tuple[Statement, tuple[Any, ...]]:
        """The statement for the rows that a position names, and its parameters."""
        numbers = [anchor.number for anchor in position.anchors]
        numbers += [numbers[0]] * (ANCHORS - len(numbers))
        return self.anchors, tuple(numbers)

    def of_count(self, condition: Condition, counting: Counting) -> tuple[Statement, tuple[Any, ...]]:
        """The statement that only counts, for a page without rows."""
        statement = self.count(shape_of(condition), counting)
        return statement, statement.parameters(self._parameters(condition))

    def _parameters(self, condition: Condition) -> dict[str, Any]:
        return conditions.parameters_of(condition, self.dialect, self.to_parameter)

    def _where(self, shape: Shape) -> list[Any]:
        return conditions.where(shape, self.table, self.dialect)

    @kept(4 * 1024 * 1024)
    def page(self, keys: keyset.Keys, shape: Shape, behind: keyset.Behind, counting: Counting) -> Statement:
        """The rows of a page, with an order and a condition of this shape."""
        where = self._where(shape)
        limit = sa.bindparam("_limit", type_=self._integer)
        statement: Any = keyset.page(self.table, self.row, keys, where, behind, limit)
        if counting != "none":
            statement = statement.add_columns(self._total(where, counting).label("_total"))
        is_bounded = self._is_bounded(shape) or (not where and counting != "exact" and self._is_sorted(keys))
        return self.compile(statement)._replace(is_bounded=is_bounded)

    @kept(1024 * 1024)
    def count(self, shape: Shape, counting: Counting) -> Statement:
        """How many rows there are for a condition of this shape."""
        where = self._where(shape)
        is_bounded = self._is_bounded(shape) or (not where and counting != "exact")
        return self.compile(sa.select(self._total(where, counting)))._replace(is_bounded=is_bounded)

    def _is_bounded(self, shape: Shape) -> bool:
        unique = {spec.name for spec in self.declaration.fields if spec.marks.is_unique}
        return conditions.is_bounded(shape, unique)

    def _is_sorted(self, keys: keyset.Keys) -> bool:
        """Whether an index has the rows in this order."""
        indexed = {spec.name for spec in self.declaration.fields if spec.marks.is_indexed} | {NUMBER_COLUMN}
        first, *others = keys
        return (
            first.field in indexed
            and all(order.field == NUMBER_COLUMN for order in others)
            and len({order.descending for order in keys}) == 1
        )

    def _total(self, where: list[Any], counting: Counting) -> Any:
        if counting == "estimated" and not where:
            return self.dialect.estimate(self.table)
        rows: Any = sa.select(sa.literal_column("1")).select_from(self.table).where(*where)
        if counting == "bounded":
            rows = rows.limit(sa.literal_column(str(EXACT_TOTAL + 1)))
        return sa.select(sa.func.count()).select_from(rows.correlate(None).subquery()).scalar_subquery()
