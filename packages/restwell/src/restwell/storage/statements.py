"""A plan to a statement and its parameters. Pure: every text is compiled once for a resource and a shape of query.

Pages are found by keyset: a page begins behind a position and never counts the rows before it, so that page
35 000 costs what page 1 costs.
"""

from __future__ import annotations

import operator
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import sqlalchemy as sa

from ..data.cursors import ANCHORS, successor
from ..data.plans import Plan
from ..data.query import Counting, Filter, Position, Query
from ..http.keeping import kept
from ..http.limits import EXACT_TOTAL
from ..model.fields import FieldSpec
from ..model.resource import Declaration
from . import keyset
from .dialect import Converter, Dialect
from .tables import (
    MODIFIED_COLUMN,
    NUMBER_COLUMN,
    VERSION_BITS,
    VERSION_COLUMN,
    table_of,
    writer_of,
)

COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq,
    "ne": lambda column, value: column.is_distinct_from(value),  # what is missing is another value, too
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


class Statement(NamedTuple):
    """SQL for one dialect and the names of its parameters in order; `fixed` are those that never change."""

    text: str
    names: tuple[str, ...]
    fixed: Mapping[str, Any]
    is_bounded: bool = True
    """Whether what it costs does not grow with the table. Others have far less time: see `_is_bounded`."""

    def parameters(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """The parameters in the order of the text."""
        fixed = self.fixed
        return tuple(values[name] if name in values else fixed[name] for name in self.names)


class Statements:
    """The statements of one resource in one dialect."""

    def __init__(self, declaration: Declaration, metadata: sa.MetaData, dialect: Dialect) -> None:
        self.declaration = declaration
        self.dialect = dialect
        self.table = table_of(declaration, metadata, dialect)
        self.table_name = str(self.table.name)
        columns = self.table.c
        own = (columns[NUMBER_COLUMN], columns[VERSION_COLUMN], columns[MODIFIED_COLUMN])
        self.row = (*own, *(columns[spec.name] for spec in declaration.fields))
        self.writers: dict[str, Converter | None] = {
            spec.name: writer_of(dialect, spec) for spec in declaration.fields
        }
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
        """The rows with one of so many numbers."""
        numbers = [sa.bindparam(f"_a{place}", type_=self._integer) for place in range(ANCHORS)]
        return self.compile(sa.select(*self.row).where(self.table.c[NUMBER_COLUMN].in_(numbers)))

    @cached_property
    def insert(self) -> Statement:
        """A new row, and what became of it."""
        return self.compile(self._insert().returning(*self.row))

    @cached_property
    def insert_many(self) -> Statement:
        """A new row, without looking at it."""
        return self.compile(self._insert())

    @cached_property
    def replace(self) -> Statement:
        """Other values in the row that has this version still, and what became of it."""
        changed = {
            **self._fields,
            VERSION_COLUMN: self.table.c[VERSION_COLUMN] + sa.literal_column("1"),
            MODIFIED_COLUMN: self._next_modified(),
        }
        return self.compile(sa.update(self.table).where(self._is_same()).values(changed).returning(*self.row))

    @cached_property
    def delete(self) -> Statement:
        """No row where there is one that has this version still."""
        statement = sa.delete(self.table).where(self._is_same())
        return self.compile(statement.returning(self.table.c[NUMBER_COLUMN]))

    def _next_modified(self) -> sa.ColumnElement[int]:
        """As `next_modified` says."""
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
        """The statement that shows a value to the type of a field's column."""
        column = self.table.c[name].type
        return self.compile(sa.select(sa.cast(sa.bindparam("value", type_=column), column))).text

    def to_parameter(self, name: str, value: Any) -> Any:
        """A field's value as a parameter of this dialect."""
        writer = self.writers.get(name)
        return value if writer is None or value is None else writer(value)

    def row_parameters(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters of a whole row, with a version to begin with and the time."""
        parameters = {name: self.to_parameter(name, value) for name, value in values.items()}
        parameters["_version"] = secrets.randbits(VERSION_BITS)
        parameters["_modified"] = int(time.time())
        return parameters

    def of_plan(self, plan: Plan) -> tuple[Statement, tuple[Any, ...]]:
        """The statement for a plan that changes one row, and its parameters."""
        parameters = self.row_parameters(plan.values) if plan.values is not None else {}
        if plan.action == "insert":
            return self.insert, self.insert.parameters(parameters)
        statement = self.replace if plan.action == "replace" else self.delete
        parameters |= {"_identity": plan.identity, "_version": plan.version}
        return statement, statement.parameters(parameters)

    def of_page(self, query: Query, counting: Counting) -> tuple[Statement, tuple[Any, ...]]:
        """The statement for a page, one row more than asked for, each row ending with the total if it is counted."""
        shape, after = _shape(query.filters), query.after
        keys = keyset.keys_of(self.declaration, query.sort, backwards=after is not None and after.backwards)
        values = self._filter_parameters(query.filters)
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

    def of_count(self, filters: tuple[Filter, ...], counting: Counting) -> tuple[Statement, tuple[Any, ...]]:
        """The statement that counts alone, for a page without rows."""
        shape = _shape(filters)
        statement = self.count(shape, counting)
        return statement, statement.parameters(self._filter_parameters(filters))

    def _filter_parameters(self, filters: Sequence[Filter]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for place, item in enumerate(filters):
            if item.operator == "exists":
                continue
            for number, value in enumerate(_padded(item)):
                values[f"_f{place}_{number}"] = self.to_parameter(item.field, value)
            if item.operator == "icontains":
                values[f"_f{place}_0"] = self.dialect.any_case(item.values[0])
            if item.operator == "starts":
                values[f"_f{place}_end"] = successor(item.values[0])
        return values

    @kept(4 * 1024 * 1024)
    def page(self, keys: keyset.Keys, shape: Any, behind: keyset.Behind, counting: Counting) -> Statement:
        """The rows of a page, with an order and filters of this shape."""
        where = self._conditions(shape)
        limit = sa.bindparam("_limit", type_=self._integer)
        statement: Any = keyset.page(self.table, self.row, keys, where, behind, limit)
        if counting != "none":
            statement = statement.add_columns(self._total(where, counting).label("_total"))
        is_bounded = self._is_bounded(shape) or (not shape and counting != "exact" and self._is_sorted(keys))
        return self.compile(statement)._replace(is_bounded=is_bounded)

    @kept(1024 * 1024)
    def count(self, shape: Any, counting: Counting) -> Statement:
        """How many rows there are for filters of this shape."""
        is_bounded = self._is_bounded(shape) or (not shape and counting != "exact")
        return self.compile(sa.select(self._total(self._conditions(shape), counting)))._replace(is_bounded=is_bounded)

    def _is_bounded(self, shape: Any) -> bool:
        """Whether filters leave a few rows at most, found by an index: values of a member that may be there once.

        Any other filter may have to look at every row, one by an indexed member too, as `name[gte]=` of all names.
        """
        unique = {spec.name for spec in self.declaration.fields if spec.marks.is_unique}
        return any(name in unique and test in {"eq", "in"} for name, test, _ in shape)

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

    def _conditions(self, shape: Any) -> list[Any]:
        return [self._condition(place, *item) for place, item in enumerate(shape)]

    def _condition(self, place: int, name: str, test: str, number: int) -> Any:
        column = self.table.c[name]
        if test == "exists":
            return column.is_not(None) if number else column.is_(None)
        values = [sa.bindparam(f"_f{place}_{index}", type_=column.type) for index in range(number)]
        first: Any = values[0]
        if test == "contains":
            return self.dialect.contains(column, first)
        if test == "icontains":
            return self.dialect.icontains(column, first)
        if test == "starts":
            end = sa.bindparam(f"_f{place}_end", type_=column.type)
            return sa.and_(column >= first, sa.or_(end.is_(None), column < end))
        if test == "in":
            return column.in_(values)
        return COMPARISONS[test](column, first)


def _padded(item: Filter) -> tuple[Any, ...]:
    """The values of a filter, the last one repeated up to a power of two: few lengths are few statements."""
    length = len(item.values)
    return item.values + item.values[-1:] * ((1 << (length - 1).bit_length()) - length)


def _shape(filters: Sequence[Filter]) -> tuple[tuple[str, str, int], ...]:
    """What of the filters is in the text of a statement: all but their values."""
    return tuple(
        (item.field, item.operator, int(item.values[0]) if item.operator == "exists" else len(_padded(item)))
        for item in filters
    )
