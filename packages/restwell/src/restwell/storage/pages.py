"""Reads pages of collections: their rows, whether there are others around them, and how many there are in all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..data.cursors import exact
from ..data.outcomes import Outcome, UnreadRow
from ..data.plans import Plan
from ..data.query import Order, Position, Query
from ..data.store_errors import Unreadable
from ..http.limits import EXACT_TOTAL
from ..model.conditions import TRUE, both
from ..model.resource import Declaration
from .driver import Driver
from .errors import InvalidValue
from .reading import Reading, Telling
from .selects import Selects

MAX_UNREAD = 1000
"""Unreadable rows that are skipped for one page."""


class Pages:
    """Reads pages of the resources in one database."""

    def __init__(
        self,
        driver: Driver,
        selects: Mapping[Declaration, Selects],
        reading: Mapping[Declaration, Reading],
        telling: Telling,
    ) -> None:
        self._driver = driver
        self._selects = selects
        self._reading = reading
        self._telling = telling

    def read(self, plan: Plan, query: Query) -> Outcome:
        """The page that a plan asks for. Raises StoreError, Unreadable."""
        if plan.condition is not TRUE:
            query = query._replace(condition=both(plan.condition, query.condition))
        if query.after is not None and query.after.anchors:
            query = query._replace(after=self._exact(plan.resource, query.sort, query.after))
        rows, unread, total, beyond = self._rows(plan, query)
        backwards = query.after is not None and query.after.backwards
        is_first = query.after is None and (query.page is None or query.page == 1)
        if total is None and plan.counting != "none":
            total = 0 if is_first else self._count(plan, query)
        if plan.counting == "bounded" and total is not None and total > EXACT_TOTAL:
            total = None
        if beyond:
            del rows[query.limit :]
        if backwards:
            rows.reverse()
        more, before = (True, beyond) if backwards else (beyond, not is_first)
        return Outcome("page", rows=rows, more=more, before=before, total=total, unread=unread)

    def _rows(self, plan: Plan, query: Query) -> tuple[list[Any], tuple[UnreadRow, ...], int | None, bool]:
        """The rows of a page and further ones; the unreadable rows; the total if it is counted; if there are more."""
        if plan.wholly:
            return self._sifted(plan, query)
        try:
            statements = self._selects[plan.resource]
            statement, parameters = statements.of_page(query, plan.counting)
            table, is_bounded = statements.table_name, statement.is_bounded
            rows = self._driver.read(statement.text, parameters, table, is_bounded=is_bounded)
            total = rows[0][-1] if rows and plan.counting != "none" else None
            return self._reading[plan.resource].rows(rows), (), total, len(rows) > query.limit
        except InvalidValue:
            return self._sifted(plan, query)

    def _sifted(self, plan: Plan, query: Query) -> tuple[list[Any], tuple[UnreadRow, ...], int | None, bool]:
        """As `_rows`, with the unreadable rows skipped.

        Others take their places, but on a page that is asked for by its number: they are on the next one.
        """
        reading, seen = self._reading[plan.resource], plan.resource.public
        if query.page is not None:
            found = self._leniently(plan, query)
            beyond = len(found) > query.limit
            rows, unread = reading.sift(found[: query.limit], None, seen)
        else:
            for more in (query.limit, MAX_UNREAD):
                wider = query._replace(limit=query.limit + more)
                found = self._leniently(plan, wider)
                rows, unread = reading.sift(found, query.limit + 1, seen)
                beyond = len(rows) > query.limit
                if beyond or len(found) <= wider.limit:
                    break
            else:
                raise Unreadable(f"More than {MAX_UNREAD} items that follow one another cannot be read: see the log.")
        self._telling.tell(plan.resource, unread)
        total = found[0][-1] if found and plan.counting != "none" else None
        return rows, tuple(each for each in unread if not seen.is_shown_without(each.members)), total, beyond

    def _leniently(self, plan: Plan, query: Query) -> list[Any]:
        """The rows of a page and one further row, whether they can be read or not."""
        statements = self._selects[plan.resource]
        statement, parameters = statements.of_page(query, plan.counting)
        table, is_bounded = statements.table_name, statement.is_bounded
        return self._driver.read(statement.text, parameters, table, leniently=True, is_bounded=is_bounded)

    def _exact(self, declaration: Declaration, sort: tuple[Order, ...], position: Position) -> Position:
        """The position with the exact values that were too long for its cursor."""
        statements = self._selects[declaration]
        statement, parameters = statements.of_anchors(position)
        found = self._driver.read(statement.text, parameters, statements.table_name, leniently=True)
        return exact(declaration, sort, position, self._reading[declaration].sift(found, None, declaration.public)[0])

    def _count(self, plan: Plan, query: Query) -> int:
        statements = self._selects[plan.resource]
        statement, parameters = statements.of_count(query.condition, plan.counting)
        is_bounded = statement.is_bounded
        return int(self._driver.read(statement.text, parameters, statements.table_name, is_bounded=is_bounded)[0][0])
