"""Outcomes of plans: what a store has answered, and the rows in it."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

Row = tuple[Any, ...]
"""A stored row, which its `Layout` reads: key, version, time of modification, and the value of each field.

Values are what orjson can write: text, numbers, booleans, None, dates, UUIDs, lists and dicts.
"""


class UnreadRow(NamedTuple):
    """A row of which some `members` cannot be read, because the stored values are not of their kind.

    `identity` is as it stands in a URI; None if it is one of those members.
    """

    key: Any
    version: int
    identity: str | None
    members: tuple[str, ...]


class Outcome(NamedTuple):
    """What the store answered.

    found, created, replaced: `row`; missing and deleted: nothing; page: `rows`, whether there are `more` after them
    and some `before`, and the `total` if it was counted; taken: another row has the values of `members`, which must
    be unique (none if the database does not say which); lost: no row has the identity and version and meets the
    condition.

    `unread` are the rows of the page that cannot be read. For `found` it is the row itself, which then has None for
    the values in question.
    """

    kind: Literal["found", "missing", "page", "created", "replaced", "deleted", "taken", "lost"]
    row: Row = ()
    rows: tuple[Row, ...] | list[Row] = ()
    more: bool = False
    before: bool = False
    total: int | None = None
    members: tuple[str, ...] = ()
    unread: tuple[UnreadRow, ...] = ()
    last: Row = ()
    """The row that a page was read to, in the direction of reading, where it ends before it is full."""
