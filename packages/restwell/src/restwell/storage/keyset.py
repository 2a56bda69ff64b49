"""Keyset pagination as SQL: the rows after a position in an order, without counting those before it.

Missing values sort last ascending and first descending. SQLite has no index for that order, so that a sort by one
nullable field is a union of two selects, rows with a value and rows without, each of which uses the plain index on
(field, number).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import sqlalchemy as sa

from ..data.query import Order
from ..model.resource import Declaration
from .stored import Stored, parameter_of

Keys = tuple[Order, ...]
"""A total order of rows: it ends with the identity or the keys."""
Behind = tuple[bool, ...] | None
"""For each key, whether its value at the position is missing; None for a first page."""


class Limit(NamedTuple):
    """How many rows a page has, behind how many others, and where it ends: the sum of both, of parameters."""

    rows: Any
    offset: Any = None
    reach: Any = None

    def of(self, statement: Any) -> Any:
        """A SELECT limited to the page."""
        return statement.limit(self.rows) if self.offset is None else statement.limit(self.rows).offset(self.offset)

    def of_arm(self, statement: Any) -> Any:
        """A part of a SELECT limited to the rows up to the end of the page."""
        return statement.limit(self.rows if self.reach is None else self.reach)


def keys_of(declaration: Declaration, stored: Stored, sort: tuple[Order, ...], *, backwards: bool) -> Keys:
    """The keys of an order up to the first unique one; all of them reversed for going backwards."""
    if not sort:
        return stored.orders[backwards]
    keys: list[Order] = []
    for order in sort:
        keys.append(order)
        if order.field == declaration.identity.name:
            break
    else:
        # In the direction that the others share, so that one index serves all of them.
        directions = {order.descending for order in sort}
        keys += stored.orders[directions == {True}]
    return tuple(order._replace(descending=order.descending != backwards) for order in keys)


def page(stored: Stored, keys: Keys, where: list[Any], behind: Behind, limit: Limit) -> Any:
    """A SELECT of one page, with a parameter `_after_FIELD` for each key of the position."""
    nullable = any(stored.is_nullable(order.field) for order in keys)
    if len({order.descending for order in keys}) > 1 or (nullable and len(keys) > 2):
        return _general(stored, keys, where, behind, limit)
    if nullable:
        return _two_arms(stored, keys, where, behind, limit)
    return limit.of(_simple(stored, keys, where, behind))


def _position(stored: Stored, order: Order) -> Any:
    return parameter_of(f"_after_{order.field}", stored.ordering(order.field))


def _directed(columns: list[Any], keys: Keys) -> list[Any]:
    return [column.desc() if order.descending else column for column, order in zip(columns, keys, strict=True)]


def _beyond(stored: Stored, keys: Keys) -> Any:
    """After the position, in keys of one direction that are never missing: compared as one row if possible."""
    columns, positions = (
        [stored.ordering(order.field) for order in keys],
        [_position(stored, order) for order in keys],
    )
    if len(keys) > 1 and not stored.compares_rows:
        return _beyond_each(columns, positions, descending=keys[0].descending)
    left, right = (columns[0], positions[0]) if len(keys) == 1 else (sa.tuple_(*columns), sa.tuple_(*positions))
    return left < right if keys[0].descending else left > right


def _beyond_each(columns: list[Any], positions: list[Any], *, descending: bool) -> Any:
    """The same, column by column: equal in those before, and further in one."""
    each = list(zip(columns, positions, strict=True))
    return sa.or_(
        *(
            sa.and_(*(before == there for before, there in each[:place]), column < at if descending else column > at)
            for place, (column, at) in enumerate(each)
        )
    )


def _simple(stored: Stored, keys: Keys, where: list[Any], behind: Behind, row: tuple[Any, ...] | None = None) -> Any:
    """Keys of one direction that are never missing, served by an index on them."""
    statement = sa.select(*(stored.row if row is None else row)).where(*where)
    if behind is not None:
        statement = statement.where(_beyond(stored, keys))
    return statement.order_by(*_directed([stored.ordering(order.field) for order in keys], keys))


def _two_arms(stored: Stored, keys: Keys, where: list[Any], behind: Behind, limit: Limit) -> Any:
    """A nullable key and one that is never missing, in one direction."""
    order, last = keys
    column, is_other = stored.columns[order.field], order.field in stored.sorted_by
    valued = ([*where, column.is_not(None)], keys)
    missing = ([*where, column.is_(None)], (last,))
    arms: list[tuple[list[Any], Keys]] = [missing, valued] if order.descending else [valued, missing]
    if behind is not None:
        if behind[0] != order.descending:  # the position is in the second arm: the whole first arm comes before it
            del arms[0]
        arms[0][0].append(_beyond(stored, arms[0][1]))
    # What a row has in the place of its key may be no column of the table, so that the key is selected by itself.
    also = [
        stored.ordering(last.field).label("_by"),
        *([stored.ordering(order.field).label("_first")] if is_other else []),
    ]
    selects = [
        limit.of_arm(
            _simple(
                stored,
                arm_keys,
                conditions,
                None,
                (*stored.row, *also, sa.literal_column(str(place)).label("_arm")),
            )
        )
        for place, (conditions, arm_keys) in enumerate(arms)
    ]
    return _joined(stored.row, keys, selects, limit, "_first" if is_other else order.field)


def _joined(row: tuple[Any, ...], keys: Keys, selects: list[Any], limit: Limit, first: str) -> Any:
    """The rows of the first arm, then those of the second; `first` is what the first key is called in them."""
    together: Any = sa.union_all(*[sa.select(arm.subquery()) for arm in selects]) if len(selects) > 1 else selects[0]
    both = together.subquery()
    by = _directed([both.c[first], both.c["_by"]], keys)
    return limit.of(sa.select(*[both.c[column.name] for column in row]).order_by(both.c["_arm"], *by))


def _general(stored: Stored, keys: Keys, where: list[Any], behind: Behind, limit: Limit) -> Any:
    """Any keys in any directions, compared key by key."""
    statement = sa.select(*stored.row).where(*where)
    if behind is not None:
        cases = [sa.and_(*_same(stored, keys[:place], behind), step)
                 for place, order in enumerate(keys)
                 if (step := _step(stored, order, missing=behind[place])) is not None]  # fmt: skip
        statement = statement.where(sa.or_(*cases))
    by: list[Any] = []
    for order in keys:
        column = stored.ordering(order.field)
        if stored.is_nullable(order.field):
            by.append(column.is_(None).desc() if order.descending else column.is_(None))
        by.append(column.desc() if order.descending else column)
    return limit.of(statement.order_by(*by))


def _same(stored: Stored, keys: Keys, behind: tuple[bool, ...]) -> list[Any]:
    """The rows that equal the position in these keys."""
    columns = [stored.ordering(order.field) for order in keys]
    return [
        column.is_(None) if behind[place] else column == _position(stored, keys[place])
        for place, column in enumerate(columns)
    ]


def _step(stored: Stored, order: Order, *, missing: bool) -> Any:
    """The rows after the position in one key; None if there can be none."""
    column = stored.ordering(order.field)
    if missing:
        return column.is_not(None) if order.descending else None
    if order.descending:
        return column < _position(stored, order)
    further = column > _position(stored, order)
    return sa.or_(further, column.is_(None)) if stored.is_nullable(order.field) else further
