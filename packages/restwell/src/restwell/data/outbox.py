"""The outbox: a line for each change, written in the same transaction, for those who tell others what has changed.

A line says that something was changed and never which values. It is there when the change is committed, and never
otherwise; what an import adds, or another program changes, has none. Lines are read in an order in which no line
comes before one that was read already: that in which their transactions began to write, and within one that of its
changes. It is the order of the commits but for transactions that were open at the same time. Of two lines of one row,
that with the larger number is always the later change.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from .plans import Action


class OutboxPosition(NamedTuple):
    """Where a line stands: by the transaction that wrote it, where those are numbered, and by its own number."""

    transaction: int
    line: int


START = OutboxPosition(0, 0)
"""Before the first line that there is."""


class OutboxLine(NamedTuple):
    """One change that was committed: of what, at what time (seconds since 1970), and from which version to which.

    `path` is that of the resource. `identity` is as it stands in a URI, the one that was changed; `renamed` the one
    that the change gave it instead, if it did. A version is None where there was no row before, or is none after.
    """

    position: OutboxPosition
    time: int
    path: str
    identity: str
    renamed: str | None
    action: Action
    before: int | None
    after: int | None


class Trimmed(Exception):
    """Lines behind a position may have been removed before they were read: what was copied has to be read anew."""


class Outbox(Protocol):
    """What reads the lines, and removes those that all have read."""

    def changes_after(self, position: OutboxPosition, limit: int = ...) -> list[OutboxLine]:
        """The lines behind a position, the earliest first, at most `limit`. Raises Trimmed, StoreError."""

    def last_position(self) -> OutboxPosition:
        """The position of the last line: where somebody begins who wants what is changed from now on."""

    def trim(self, position: OutboxPosition) -> int:
        """Remove the lines before a position, not the one that stands there; how many. Raises StoreError."""
