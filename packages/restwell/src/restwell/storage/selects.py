"""Statements that read, with their parameters. Pure: each is compiled once for a resource and a shape of condition.

Pages are found by keyset: a page begins after a position and never counts the rows before it, so that page 35 000
costs as much as page 1. One that is asked for by its number counts them, within a bound.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import sqlalchemy as sa

from ..data.cursors import ANCHORS
from ..data.plans import Plan, RowChange
from ..data.query import Counting, Position, Query
from ..http.keeping import kept
from ..http.limits import EXACT_TOTAL
from ..model.conditions import Condition
from ..model.resource import Declaration
from . import conditions, keyset
from .conditions import Shape, shape_of
from .dialect import Dialect
from .stored import Stored, parameter_of


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


class Selects:
    """The statements that read one resource in one dialect."""

    def __init__(self, declaration: Declaration, stored: Stored, dialect: Dialect) -> None:
        self.declaration = declaration
        self.dialect = dialect
        self.stored = stored
        self.table_name = stored.name
        self.row = stored.row
        self._integer = dialect.types["integer"]

    @cached_property
    def item(self) -> Statement:
        """The row with an identity."""
        return self.compile(sa.select(*self.row).where(self._is_it()))

    @cached_property
    def every(self) -> Statement:
        """Every row, in the order of the keys."""
        keys = [self.stored.columns[name] for name in self.stored.keys]
        return self.compile(sa.select(*self.row).order_by(*keys))

    @cached_property
    def anchors(self) -> Statement:
        """The rows with one of ANCHORS keys."""
        return self.compile(sa.select(*self.row).where(sa.or_(*map(self._is_anchor, range(ANCHORS)))))

    def _is_anchor(self, place: int) -> Any:
        columns = self.stored.columns
        names = self.stored.keys
        return sa.and_(*(columns[name] == parameter_of(f"_a{place}{name}", columns[name]) for name in names))

    @kept(1024 * 1024)
    def item_with(self, shape: Shape) -> Statement:
        """The row with an identity, if it meets a condition of this shape."""
        return self.compile(sa.select(*self.row).where(self._is_it(), *self._where(shape)))

    @kept(1024 * 1024)
    def item_locked(self, shape: Shape) -> Statement:
        """As `item_with`, and nobody else changes the row until the end of the transaction."""
        return self.compile(self.locking(shape, self.row))

    def locking(self, shape: Shape, columns: Sequence[Any]) -> sa.Select[Any]:
        """What `item_locked` is compiled of, with these columns."""
        found = sa.select(*columns).where(self._is_it(), *self._where(shape))
        return found.with_for_update(of=self.stored.locked or None)

    def _is_it(self) -> sa.ColumnElement[bool]:
        columns = [self.stored.columns[spec.name] for spec in self.declaration.identifying]
        names = self._identity_names
        return sa.and_(*(column == parameter_of(name, column) for name, column in zip(names, columns, strict=True)))

    @cached_property
    def _identity_names(self) -> list[str]:
        """What the parameters of an identity are called."""
        return [f"_identity{place or ''}" for place in range(len(self.declaration.identifying))]

    def compile(self, statement: sa.sql.ClauseElement) -> Statement:
        """The text of a statement in this dialect."""
        compiled: Any = statement.compile(dialect=self.dialect.sql, compile_kwargs={"render_postcompile": True})
        # What a condition of a model's own compares with goes to the driver as SQLAlchemy would send it.
        processors: Mapping[str, Any] = compiled._bind_processors  # noqa: SLF001 - there is no other name for it
        fixed = {
            name: processors[name](value) if name in processors else value
            for name, value in compiled.params.items()
            if value is not None
        }
        return Statement(str(compiled), tuple(compiled.positiontup or ()), fixed)

    def cast_of(self, name: str) -> str:
        """A query that casts a value to the type of a field's column."""
        column = self.stored.columns[name].type
        return self.compile(sa.select(sa.cast(sa.bindparam("value", type_=column), column))).text

    def to_parameter(self, name: str, value: Any) -> Any:
        """A field's value as a parameter of this dialect."""
        return self.stored.to_parameter(name, value)

    def of_identity(self, identity: Any) -> tuple[Any, ...]:
        """The parameters of `item`."""
        return self.item.parameters(self._identity(identity))

    def _identity(self, identity: Any) -> dict[str, Any]:
        return self._identified(identity, self.to_parameter)

    def _identified(self, identity: Any, write: Callable[[str, Any], Any]) -> dict[str, Any]:
        specs = self.declaration.identifying
        values = identity if self.declaration.parts else (identity,)
        return {
            name: write(spec.name, value)
            for name, spec, value in zip(self._identity_names, specs, values, strict=True)
        }

    def of_locked(self, change: RowChange) -> tuple[Statement, tuple[Any, ...]]:
        """The statement for the row that a change is of, and its parameters."""
        statement = self.item_locked(shape_of(change.condition))
        return statement, statement.parameters(self.locked_values(change, self.to_parameter))

    def locked_values(self, change: RowChange, write: Callable[[str, Any], Any]) -> dict[str, Any]:
        """The parameters of `locking` by name; `write` makes a parameter of a field's value."""
        values = conditions.parameters_of(change.condition, self.dialect, write)
        return self._identified(change.identity, write) | values

    def of_item(self, plan: Plan) -> tuple[Statement, tuple[Any, ...]]:
        """The statement for the row that a plan with a condition looks up, and its parameters."""
        statement = self.item_with(shape_of(plan.condition))
        return statement, statement.parameters(self._identity(plan.identity) | self._parameters(plan.condition))

    def of_page(self, query: Query, counting: Counting) -> tuple[Statement, tuple[Any, ...]]:
        """The statement for a page and one further row; each row ends with the total if it is counted."""
        shape, after = shape_of(query.condition), query.after
        backwards = after is not None and after.backwards
        keys = keyset.keys_of(self.declaration, self.stored, query.sort, backwards=backwards)
        values = self._parameters(query.condition)
        values["_limit"] = query.limit + 1
        if after is None:
            if query.page is None or query.page == 1:
                statement = self.page(keys, shape, None, counting)
            else:
                statement = self.numbered_page(keys, shape, counting)
                values |= {"_offset": query.offset, "_reach": query.offset + query.limit + 1}
            return statement, statement.parameters(values)
        place = dict(zip((order.field for order in query.sort), after.values, strict=True))
        place |= self._key(after.key)
        statement = self.page(keys, shape, tuple(place[order.field] is None for order in keys), counting)
        for order in keys:
            values[f"_after_{order.field}"] = self.to_parameter(order.field, place[order.field])
        return statement, statement.parameters(values)

    def of_anchors(self, position: Position) -> tuple[Statement, tuple[Any, ...]]:
        """The statement for the rows that a position names, and its parameters."""
        keys = [anchor.key for anchor in position.anchors]
        keys += [keys[0]] * (ANCHORS - len(keys))
        values = {
            f"_a{place}{name}": self.to_parameter(name, value)
            for place, key in enumerate(keys)
            for name, value in self._key(key).items()
        }
        return self.anchors, self.anchors.parameters(values)

    def of_count(self, condition: Condition, counting: Counting) -> tuple[Statement, tuple[Any, ...]]:
        """The statement that only counts, for a page without rows."""
        statement = self.count(shape_of(condition), counting)
        return statement, statement.parameters(self._parameters(condition))

    def _parameters(self, condition: Condition) -> dict[str, Any]:
        return conditions.parameters_of(condition, self.dialect, self.to_parameter, self.stored.linked)

    def _where(self, shape: Shape) -> list[Any]:
        return conditions.where(shape, self.stored, self.dialect)

    @kept(4 * 1024 * 1024)
    def page(self, keys: keyset.Keys, shape: Shape, behind: keyset.Behind, counting: Counting) -> Statement:
        """The rows of a page, with an order and a condition of this shape."""
        limit = keyset.Limit(self._amount("_limit"))
        return self._page(keys, shape, behind, counting, limit)

    @kept(1024 * 1024)
    def numbered_page(self, keys: keyset.Keys, shape: Shape, counting: Counting) -> Statement:
        """The same behind so many rows, for a page that is asked for by its number: they are MAX_OFFSET at most."""
        limit = keyset.Limit(self._amount("_limit"), self._amount("_offset"), self._amount("_reach"))
        return self._page(keys, shape, None, counting, limit)

    def _amount(self, name: str) -> Any:
        return sa.bindparam(name, type_=self._integer, required=False)

    def _page(
        self, keys: keyset.Keys, shape: Shape, behind: keyset.Behind, counting: Counting, limit: keyset.Limit
    ) -> Statement:
        where = self._where(shape)
        statement: Any = keyset.page(self.stored, keys, where, behind, limit)
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
        indexed = {spec.name for spec in self.declaration.fields if spec.marks.is_indexed} | {self.stored.keys[0]}
        first, *others = keys
        return (
            first.field in indexed
            and all(order.field in self.stored.keys for order in others)
            and len({order.descending for order in keys}) == 1
        )

    def _total(self, where: list[Any], counting: Counting) -> Any:
        if counting == "estimated" and not where:
            return self._estimate()
        rows: Any = self._rows().where(*where)
        if counting == "bounded":
            rows = rows.limit(sa.literal_column(str(EXACT_TOTAL + 1)))
        return sa.select(sa.func.count()).select_from(rows.correlate(None).subquery()).scalar_subquery()

    def _rows(self) -> Any:
        """One for each row, whatever is in it."""
        return sa.select(self.stored.columns[self.stored.keys[0]].label("one"))

    def _estimate(self) -> Any:
        """About how many rows there are; where the dialect cannot say, up to EXACT_TOTAL of them are counted."""
        return self._total([], "bounded")

    def _key(self, key: Any) -> dict[str, Any]:
        """The value of each column of a key."""
        names = self.stored.keys
        return {names[0]: key} if len(names) == 1 else dict(zip(names, key, strict=True))
