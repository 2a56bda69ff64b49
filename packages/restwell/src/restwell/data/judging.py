"""A store around a store, for rules that are functions: SQL does what it can, and they do the rest.

The store within is asked for all rows that may be permitted. Each is judged once it is read, so that a page is read
in batches until it is full, MAX_JUDGED rows were judged, or there are no more. Rows are not counted. What is changed
was met before, and judged: its version says that it is still the same. Where an item is not there the functions are
asked of another one, and what they say is left: it takes as long as one that they refuse.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any

from ..http.limits import MAX_JUDGED
from ..model.conditions import Judged, Linked, is_judged, judged_in, widened
from ..model.policy import ByFunction, tests_of
from ..model.resource import Declaration
from .calls import Calls
from .cursors import position_at
from .following import Following
from .layout import Layout
from .matching import Matching
from .outcomes import Outcome, Row
from .plans import Plan
from .ports import StorePort
from .query import Query
from .units import Result, Unit

log = logging.getLogger("restwell")
FEWEST = 50
"""Rows of a further batch, at least."""


class JudgingStore:
    """The store of an API of which some rules are functions, or ask for what is linked.

    What a change is of was met, whatever it refers to: a statement that changes a row asks for that row alone.
    """

    def __init__(self, within: StorePort) -> None:
        self._within = within
        self._last: dict[Declaration, Row] = {}

    @property
    def secret(self) -> bytes:
        """The key of entity tags and cursors."""
        return self._within.secret

    @property
    def slow_at(self) -> float:
        """When the database was last slow."""
        return self._within.slow_at

    @property
    def calls(self) -> Calls | None:
        """The calls that committed changes ask for."""
        return self._within.calls

    def is_ready(self) -> bool:
        """Whether the database answers. Raises StoreError."""
        return self._within.is_ready()

    def paused_for(self) -> float:
        """For how many more seconds changes are refused. Raises StoreError."""
        return self._within.paused_for()

    def find_key(self, identifier: str) -> Mapping[str, Any] | None:
        """The record of a key. Raises StoreError."""
        return self._within.find_key(identifier)

    def look_up(self, plan: Plan) -> Outcome:
        """What is there and permitted. Raises StoreError, and what a function raises."""
        if not is_judged(plan.condition):
            return self._within.look_up(plan)
        return self._page(plan) if plan.action == "page" else self._item(plan)

    def carry_out(self, unit: Unit) -> Result:
        """What became of changes, of rows that were judged before, in the versions that were. Raises StoreError."""
        changes = tuple(each._replace(condition=widened(each.condition, (Judged, Linked))) for each in unit.changes)
        return self._within.carry_out(unit._replace(changes=changes))

    def _item(self, plan: Plan) -> Outcome:
        found = self._within.look_up(plan._replace(condition=widened(plan.condition)))
        if not found.row:
            self._judge_another(plan)
            return found
        if not found.unread:
            self._last[plan.resource.whole] = found.row
            if [*self._permitted(plan, [found.row])]:
                return found
        return Outcome("missing")

    def _judge_another(self, plan: Plan) -> None:
        """Ask the functions of the item that was judged last, if there is one, for the time that it takes."""
        row = self._last.get(plan.resource.whole)
        if row is None:
            return
        for each in judged_in(plan.condition):
            with suppress(Exception):  # what it fails with is about no item that was asked for
                list(self._permitted(plan._replace(condition=each), [row]))

    def _page(self, plan: Plan) -> Outcome:
        query = plan.query or Query()
        after, size, judged, wanted = query.after, query.limit, 0, query.offset + query.limit
        backwards = after is not None and after.backwards
        inner = plan._replace(condition=widened(plan.condition), counting="none")
        rows: list[Row] = []
        last: Row = ()
        while not last:
            batch = self._within.look_up(inner._replace(query=query._replace(limit=size, after=after, page=None)))
            read = batch.rows[::-1] if backwards else batch.rows
            rows += islice(self._permitted(plan, read), wanted + 1 - len(rows))
            judged += len(read)
            if len(rows) > wanted or not read or not (batch.before if backwards else batch.more):
                break
            last = read[-1] if judged >= MAX_JUDGED else ()
            after = position_at(plan.resource, query.sort, read[-1], backwards=backwards)
            size = max(1, min(max(FEWEST, 2 * size), MAX_JUDGED - judged))
        beyond = len(rows) > wanted or bool(last)
        rows = rows[query.offset : wanted]
        if backwards:
            rows.reverse()
        more, before = (True, beyond) if backwards else (beyond, query.after is not None or query.offset > 0)
        return Outcome("page", rows=rows, more=more, before=before, last=last)

    def _permitted(self, plan: Plan, rows: Sequence[Row]) -> Iterator[Row]:
        """Those of the rows that meet the condition of a plan."""
        whole = plan.resource.whole
        matching, named = whole.compiled[Matching], list(map(whole.compiled[Layout].named, rows))
        follow = Following(self._within, named)
        return (
            row for row, values in zip(rows, named, strict=True) if matching.meets(plan.condition, values, follow)
        )


def judging(store: StorePort, declarations: Sequence[Declaration]) -> StorePort:
    """The store, within one that asks functions where some rules are functions. Says in the log what that costs."""
    found = [(each.whole, name) for each in declarations for name in _by_function(each.whole)]
    for declaration, name in found:
        listing = "" if name != "read" else (
            f" Lists are filtered after they are read, at most {MAX_JUDGED} rows for a page, and have no totals."
        )  # fmt: skip
        log.info(
            "the rule of %s for %s is a function: items are read and judged one by one.%s", declaration.name, name,
            listing,
        )  # fmt: skip
    is_linked = any(rule.linked for each in declarations for rule in each.whole.rules.values())
    return JudgingStore(store) if found or is_linked else store


def _by_function(declaration: Declaration) -> list[str]:
    """The operations, and the members, whose rules have functions in them."""
    rules = dict(declaration.rules)
    for spec in declaration.fields:
        marks = {"reading": spec.marks.read, "setting": spec.marks.write}
        rules |= {f"{what} {spec.attribute}": rule for what, rule in marks.items() if rule is not None}
    return [name for name, rule in rules.items() if any(isinstance(each, ByFunction) for each in tests_of(rule.test))]
