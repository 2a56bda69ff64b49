"""Where a page begins, as SQL: the rows behind a position in an order, without counting those before it.

Missing values sort last ascending and first descending. SQLite has no index for that order, so that a sort by
one field that may be missing is asked in two arms, rows with a value and rows without, each served by the
plain index on (field, number).
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ..plan import Order
from ..resource import Declaration
from .tables import INTEGER, NUMBER_COLUMN

Behind = tuple[bool, ...] | None
"""For each sort key, whether its value at the position is missing; None for a first page."""


def page(  # noqa: PLR0917 - one call, in the order of a SELECT
    table: sa.Table,
    row: tuple[Any, ...],
    declaration: Declaration,
    sort: tuple[Order, ...],
    where: list[Any],
    behind: Behind,
    limit: Any,
) -> Any:
    """A SELECT of `row` for one page, with the parameters `_after` and `_after_FIELD` for the position."""
    sort = _until_unique(declaration, sort)
    nullable = [order for order in sort if table.c[order.field].nullable]
    if nullable and len(sort) == 1:
        return _two_arms(table, row, sort[0], where, behind, limit)
    if nullable or len({order.descending for order in sort}) > 1:
        return _general(table, row, sort, where, behind, limit)
    return _simple(table, row, sort, where, behind, limit, number=not _ends_unique(declaration, sort))


def _until_unique(declaration: Declaration, sort: tuple[Order, ...]) -> tuple[Order, ...]:
    """Keys behind the identity decide nothing."""
    for place, order in enumerate(sort):
        if order.field == declaration.identity.name:
            return sort[: place + 1]
    return sort


def _ends_unique(declaration: Declaration, sort: tuple[Order, ...]) -> bool:
    return bool(sort) and sort[-1].field == declaration.identity.name


def _position(table: sa.Table, order: Order) -> Any:
    return sa.bindparam(f"_after_{order.field}", type_=table.c[order.field].type)


def _number() -> Any:
    return sa.bindparam("_after", type_=INTEGER)


def _simple(
    table: sa.Table,
    row: Any,
    sort: tuple[Order, ...],
    where: list[Any],
    behind: Behind,
    limit: Any,
    *,
    number: bool,
) -> Any:
    """Keys that are never missing and run in one direction: one comparison of row values, served by an index."""
    descending = bool(sort) and sort[0].descending
    keys = [table.c[order.field] for order in sort]
    positions = [_position(table, order) for order in sort]
    if number:
        keys.append(table.c[NUMBER_COLUMN])
        positions.append(_number())
    statement = sa.select(*row).where(*where)
    if behind is not None:
        left, right = (keys[0], positions[0]) if len(keys) == 1 else (sa.tuple_(*keys), sa.tuple_(*positions))
        statement = statement.where(left < right if descending else left > right)
    return statement.order_by(*(key.desc() if descending else key for key in keys)).limit(limit)


def _two_arms(table: sa.Table, row: Any, order: Order, where: list[Any], behind: Behind, limit: Any) -> Any:
    """One key that may be missing."""
    column, number = table.c[order.field], table.c[NUMBER_COLUMN]
    behind_number = number < _number() if order.descending else number > _number()
    valued = ([*where, column.is_not(None)], (column, number))
    missing = ([*where, column.is_(None)], (number,))
    arms = [valued, missing]
    if behind == (True,):
        missing[0].append(behind_number)
        arms = [valued, missing] if order.descending else [missing]
    elif behind is not None:
        left, right = sa.tuple_(column, number), sa.tuple_(_position(table, order), _number())
        valued[0].append(left < right if order.descending else left > right)
        arms = [valued] if order.descending else [valued, missing]
    return _joined(row, order, arms[::-1] if order.descending else arms, limit)


def _joined(row: tuple[Any, ...], order: Order, arms: list[tuple[list[Any], Any]], limit: Any) -> Any:
    """The arms, one behind the other."""

    def directed(keys: Any) -> list[Any]:
        return [key.desc() if order.descending else key for key in keys]

    selects = [
        sa.select(*row, sa.literal_column(str(place)).label("_arm"))
        .where(*conditions)
        .order_by(*directed(keys))
        .limit(limit)
        for place, (conditions, keys) in enumerate(arms)
    ]
    both = (
        sa.union_all(*(sa.select(arm.subquery()) for arm in selects)) if len(selects) > 1 else selects[0]
    ).subquery()
    keys = directed((both.c[order.field], both.c[NUMBER_COLUMN]))
    return sa.select(*(both.c[column.name] for column in row)).order_by(both.c["_arm"], *keys).limit(limit)


def _general(table: sa.Table, row: Any, sort: tuple[Order, ...], where: list[Any], behind: Behind, limit: Any) -> Any:
    """Any keys in any directions: the condition spelled out key by key."""
    number = table.c[NUMBER_COLUMN]
    statement = sa.select(*row).where(*where)
    if behind is not None:
        cases = [sa.and_(*_same(table, sort[:place], behind), step)
                 for place, order in enumerate(sort)
                 if (step := _step(table, order, missing=behind[place])) is not None]  # fmt: skip
        cases.append(sa.and_(*_same(table, sort, behind), number > _number()))
        statement = statement.where(sa.or_(*cases))
    keys: list[Any] = []
    for order in sort:
        column = table.c[order.field]
        if column.nullable:
            keys.append(column.is_(None).desc() if order.descending else column.is_(None))
        keys.append(column.desc() if order.descending else column)
    return statement.order_by(*keys, number).limit(limit)


def _same(table: sa.Table, sort: tuple[Order, ...], behind: tuple[bool, ...]) -> list[Any]:
    """The rows that equal the position in these keys."""
    return [
        table.c[order.field].is_(None) if behind[place] else table.c[order.field] == _position(table, order)
        for place, order in enumerate(sort)
    ]


def _step(table: sa.Table, order: Order, *, missing: bool) -> Any:
    """The rows behind the position in one key; None when there can be none."""
    column = table.c[order.field]
    if missing:
        return column.is_not(None) if order.descending else None
    if order.descending:
        return column < _position(table, order)
    further = column > _position(table, order)
    return sa.or_(further, column.is_(None)) if column.nullable else further
