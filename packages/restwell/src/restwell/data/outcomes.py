"""What a store answered: stored rows, and how a plan ended."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

Row = tuple[Any, ...]
"""A stored row, which its `Layout` reads: number, version, time of modification, and the value of each field.

Values are what orjson can write: text, numbers, booleans, None, dates, UUIDs, lists and dicts.
"""


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
