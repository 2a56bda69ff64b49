"""Items of an application's own source as a store: conditions, order, pages and versions, made of the items alone.

It keeps the laws of the databases: missing values sort last ascending, texts are compared by code points, and a
comparison with a missing value does not hold.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from functools import cmp_to_key
from typing import Any

import orjson

from ..data.cursors import exact
from ..data.layout import Layout, digest_of
from ..data.matching import Matching
from ..data.outcomes import Outcome, Row, UnreadRow
from ..data.plans import Plan, RowChange
from ..data.query import Order, Query
from ..data.store_errors import Unreadable
from ..data.units import Result, Unit
from ..model.conditions import And, Condition, both
from ..model.resource import Declaration
from ..model.source import Source, can

MISSING, LOST = Outcome("missing"), Outcome("lost")


class HeldItems:
    """The items of one resource."""

    def __init__(self, declaration: Declaration, source: Source) -> None:
        self._declaration = declaration
        self._source = source
        self._layout = declaration.compiled[Layout]
        self._layout.tag_by_values(declaration)
        self._matching = declaration.whole.compiled[Matching]
        self._turn = threading.RLock()
        lasting = [spec.name for spec in declaration.whole.fields if not spec.marks.shown_once]
        self._lasting = self._layout.reader(lasting)
        """Reads the values that an item keeps."""

    # -- reading ----------------------------------------------------------------------------------------------

    def look_up(self, plan: Plan) -> Outcome:
        """What is there. Raises StoreError."""
        if plan.action == "item":
            row = self._row(plan.identity, plan.condition)
            return MISSING if row is None else Outcome("found", row)
        return self._page(plan, plan.query or Query())

    def stream(
        self,
        declaration: Declaration,  # noqa: ARG002 - as of a database
        size: int,
        unread: Callable[[UnreadRow], None] | None = None,  # noqa: ARG002 - as of a database
    ) -> Iterator[list[Row]]:
        """Every item in the order of the keys, `size` at a time. Raises Unreadable for what is not as declared."""
        compare = self._comparing(tuple(Order(spec.name, False) for spec in self._declaration.identifying))
        rows = sorted(map(self._read, self._source.all()), key=cmp_to_key(compare))
        for start in range(0, len(rows), size):
            yield rows[start : start + size]

    def _row(self, identity: Any, condition: Condition) -> Row | None:
        """The row with an identity, if it meets a condition."""
        if can(self._source, "get"):
            item = self._source.get(identity)
            rows = [] if item is None else [self._read(item)]
        else:
            rows = list(map(self._read, self._source.all()))
        for row in rows:
            if self._layout.key(row) == identity and self._matching.meets(condition, self._layout.named(row)):
                return row
        return None

    def _read(self, item: Mapping[str, Any]) -> Row:
        """An item as a row, its version a digest of its values. Raises Unreadable."""
        try:
            values = self._declaration.shape.initial(item)
        except ValueError as error:  # as a ValidationError is
            raise Unreadable(f"What the source of {self._declaration.name} gives is not as declared.") from error
        if any(values[spec.name] is None for spec in self._declaration.identifying):
            raise Unreadable(f"The source of {self._declaration.name} gives an item without its identity.")
        row = self._layout.row(None, 0, None, values)
        return self._layout.with_version(row, digest_of(self._lasting(row)))

    def _page(self, plan: Plan, query: Query) -> Outcome:
        condition = both(plan.condition, query.condition)
        found = [
            row
            for row in map(self._read, self._source.among(condition))
            if self._matching.meets(condition, self._layout.named(row))
        ]
        after = query.after
        if after is not None and after.anchors:
            after = exact(self._declaration, query.sort, after, found)
        backwards = after is not None and after.backwards
        keys = tuple(query.sort)
        last = {order.descending for order in keys} == {True}  # in the direction that the others share
        keys += tuple(Order(spec.name, last) for spec in self._declaration.identifying)
        compare = self._comparing(keys)
        found.sort(key=cmp_to_key(compare), reverse=backwards)
        total = len(found)
        if after is not None:
            key = after.key if self._declaration.parts else (after.key,)
            place = dict(zip((spec.name for spec in self._declaration.identifying), key, strict=True))
            place |= dict(zip((order.field for order in query.sort), after.values, strict=True))
            values = [self._matching.typed(order.field, place[order.field]) for order in keys]
            found = [row for row in found if self._is_beyond(keys, row, values, backwards=backwards)]
        found = found[query.offset :] if query.page else found
        beyond = len(found) > query.limit
        rows = found[: query.limit]
        if backwards:
            rows.reverse()
        more, before = (True, beyond) if backwards else (beyond, after is not None or query.offset > 0)
        return Outcome("page", rows=rows, more=more, before=before, total=None if plan.counting == "none" else total)

    def _comparing(self, keys: tuple[Order, ...]) -> Callable[[Row, Row], int]:
        def compare(one: Row, other: Row) -> int:
            return self._compared(keys, self._values(keys, one), self._values(keys, other))

        return compare

    def _is_beyond(self, keys: tuple[Order, ...], row: Row, values: list[Any], *, backwards: bool) -> bool:
        found = self._compared(keys, self._values(keys, row), values)
        return found < 0 if backwards else found > 0

    def _values(self, keys: tuple[Order, ...], row: Row) -> list[Any]:
        return [self._matching.typed(order.field, self._layout.value(row, order.field)) for order in keys]

    @staticmethod
    def _compared(keys: tuple[Order, ...], one: list[Any], other: list[Any]) -> int:
        """Negative where one comes before the other, positive where it comes behind it."""
        for order, left, right in zip(keys, one, other, strict=True):
            if left == right:
                continue
            is_behind = left is None or (right is not None and left > right)
            return 1 if is_behind != order.descending else -1
        return 0

    # -- writing ----------------------------------------------------------------------------------------------

    def carry_out(self, unit: Unit) -> Result:
        """Make a change, with whoever takes part in it. Raises StoreError, and what the source raises."""
        [change] = unit.changes
        with self._turn:
            row = None
            if change.action != "insert":
                row = self._row(change.identity, change.condition)
                if row is None or self._layout.version(row) != change.version:
                    return Result((LOST,), 0)
            old = None if row is None else self._plain(row)
            if unit.taking is not None:
                change = change._replace(values=unit.taking.before(old, change.values, None))
            outcome = self._changed(change, old)
            if unit.taking is not None and outcome.kind != "taken":
                unit.taking.after(old, self._plain(outcome.row) if outcome.row else None, None)
            return Result((outcome,), 0 if outcome.kind == "taken" else None)

    def _changed(self, change: RowChange, old: Mapping[str, Any] | None) -> Outcome:
        values = change.values or {}
        if old is None:
            names = tuple(spec.name for spec in self._declaration.identifying)
            identity = tuple(values[name] for name in names)
            is_given = self._declaration.makes is None
            if is_given and self._row(identity if len(names) > 1 else identity[0], And(())) is not None:
                return Outcome("taken", members=names)
            return Outcome("created", self._read(self._source.create(self._as_declared(values))))
        if change.action == "delete":
            self._source.delete(self._as_declared(old))
            return Outcome("deleted")
        return Outcome("replaced", self._read(self._source.update(self._as_declared(old), self._as_declared(values))))

    def _as_declared(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return dict(self._declaration.by_attribute(values))

    def _plain(self, row: Row) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(orjson.dumps(self._layout.named(row), option=orjson.OPT_UTC_Z))
        return found
