"""What will be done with the store, and what it answered: the values between the decisions and storage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, Protocol

from .resource import Declaration

DEFAULT_LIMIT = 25
MAX_LIMIT = 100
MAX_PAGE = 8 * 1024 * 1024
"""Bytes of the representation of a page: one that would have more has fewer items, and `next` leads to the others."""
EXACT_TOTAL = 10_000
"""Up to this many rows a total is counted without being asked for."""

Operator = Literal["eq", "ne", "gt", "gte", "lt", "lte", "in", "contains", "icontains", "starts", "exists"]
Counting = Literal["bounded", "exact", "estimated", "none"]

Row = tuple[Any, ...]
"""A stored row: its number, version, time of modification (seconds since 1970), then a value per field, in order.

Values are what orjson can write: text, numbers, booleans, None, dates, UUIDs, lists and dicts.
"""
NUMBER, VERSION, MODIFIED, VALUES = 0, 1, 2, 3


class Filter(NamedTuple):
    """One condition on one field; `values` has one value, or several for `in`."""

    field: str
    operator: Operator
    values: tuple[Any, ...]


class Order(NamedTuple):
    """One sort key. Missing values come last ascending and first descending, on every database."""

    field: str
    descending: bool = False


class Anchor(NamedTuple):
    """A row that a page may begin behind: its number, and a digest of its sort values when that was said."""

    number: int
    digest: str


class Position(NamedTuple):
    """Where a page begins: behind the row with these sort values and this number, or before it, going backwards.

    With `anchors` the values are not exact but somewhat nearer to the beginning, because the exact ones are long.
    The first of the anchors that is as it was has them: the row itself, or one that came right before it.
    """

    values: tuple[Any, ...]
    number: int
    backwards: bool = False
    anchors: tuple[Anchor, ...] = ()


class Query(NamedTuple):
    """A well-formed query on a collection. `parameters` are those it was made of, but for the `cursor`."""

    limit: int = DEFAULT_LIMIT
    sort: tuple[Order, ...] = ()
    filters: tuple[Filter, ...] = ()
    after: Position | None = None
    fields: tuple[str, ...] | None = None
    parameters: tuple[tuple[str, str], ...] = ()
    cursor: str | None = None


class Plan(NamedTuple):
    """One thing to do with the store. `version` is the one that a change was decided on; it guards the write."""

    action: Literal["item", "page", "insert", "replace", "delete"]
    resource: Declaration
    identity: Any = None
    version: int | None = None
    values: Mapping[str, Any] | None = None
    query: Query | None = None
    counting: Counting = "bounded"
    wholly: bool = False
    """Whether every value is to be held against its kind, because something went wrong when they were shown."""


class UnreadRow(NamedTuple):
    """A row of which some `members` cannot be read, since what is stored is not of their kind.

    `identity` is as it stands in a URI; None where it is one of those members.
    """

    number: int
    version: int
    identity: str | None
    members: tuple[str, ...]


class Outcome(NamedTuple):
    """What the store answered.

    found, created, replaced: `row`; missing and deleted: nothing; page: `rows`, whether there are `more` behind
    them and some `before`, and the `total` if it was counted; taken: another row has the values of `members`, which
    may be there once (none, where the database does not say of which); lost: the row has another version, or none.

    `unread` are the rows that would be on the page and cannot be read. For `found` it is the row itself, which then
    has None for the values in question.
    """

    kind: Literal["found", "missing", "page", "created", "replaced", "deleted", "taken", "lost"]
    row: Row = ()
    rows: tuple[Row, ...] | list[Row] = ()
    more: bool = False
    before: bool = False
    total: int | None = None
    members: tuple[str, ...] = ()
    unread: tuple[UnreadRow, ...] = ()


MAX_LOOK = 0.6
"""Seconds that the database may take for one look where another is to follow, so that all take 3 at most."""


class Rows(Protocol):
    """The store, as the decisions see it: looking up, changing, keys, and whether it answers."""

    @property
    def secret(self) -> bytes: ...

    @property
    def slow_at(self) -> float:
        """When the database was last slow (`MAX_LOOK`), by `time.perf_counter`."""

    def is_ready(self) -> bool: ...

    def look_up(self, plan: Plan) -> Outcome: ...

    def carry_out(self, plan: Plan) -> Outcome: ...

    def find_key(self, identifier: str) -> Mapping[str, Any] | None: ...
