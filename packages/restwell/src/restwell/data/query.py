"""What is asked of a collection: a condition, an order, and the position where a page begins."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from ..http.limits import DEFAULT_LIMIT
from ..model.conditions import TRUE, Condition

Counting = Literal["bounded", "exact", "estimated", "none"]


class Order(NamedTuple):
    """One sort key. Missing values come last ascending and first descending, on every database."""

    field: str
    descending: bool = False


class Anchor(NamedTuple):
    """A row that a page may begin after: its key, and a digest of its sort values when the cursor was made."""

    key: Any
    digest: str


class Position(NamedTuple):
    """Where a page begins: after the row with these sort values and this key, or before it, going backwards.

    With `anchors` the values are approximate, slightly nearer to the beginning, because the exact ones are too long
    for a cursor. The first anchor whose row is unchanged has exact ones.
    """

    values: tuple[Any, ...]
    key: Any
    backwards: bool = False
    anchors: tuple[Anchor, ...] = ()


class Query(NamedTuple):
    """A well-formed query on a collection.

    `parameters` are those of its URI without `after`, the `cursor`, and without `page`.
    """

    limit: int = DEFAULT_LIMIT
    sort: tuple[Order, ...] = ()
    condition: Condition = TRUE
    after: Position | None = None
    fields: tuple[str, ...] | None = None
    parameters: tuple[tuple[str, str], ...] = ()
    cursor: str | None = None
    page: int | None = None
    """The number of the page, from 1, where it was asked for by that."""

    @property
    def offset(self) -> int:
        """How many rows come before the page that was asked for by its number; 0 where it was not."""
        return 0 if self.page is None else (self.page - 1) * self.limit
