"""What a store answers when it does not do what a plan says.

    StoreError
    ├── Busy           others are at work, or every connection is in use: a moment later it may go well
    ├── Unreachable    the database does not answer
    ├── Unusable       the database answers, and cannot do this until its owner has seen to it
    ├── Full           there is no room to write
    ├── TimedOut       it was stopped at its time limit
    ├── ReadOnly       the owner has said that the database is only read
    ├── Incomparable   the query has a value that no stored value can be compared with
    ├── Unreadable     what is stored is not what was declared
    └── Rejected       a rule of the database does not allow the change

The text of each is a sentence for the client: it never holds what the database said. What each is in HTTP, one table
says: `flow/store_errors.py`.
"""

from __future__ import annotations

from typing import Literal

Rejection = Literal["missing", "unlinked", "refused", "rule", "large", "value"]
"""Why a change is rejected: a needed value is missing; a reference leads nowhere; the values break a rule; a rule
forbids the change; a value is too long; a value is beyond what can be held."""


class StoreError(Exception):
    """Why a store did not do something; `retry` is after how many seconds it may, or None where time changes nothing.

    Nothing was changed, but for `Unreachable`: the connection may have been lost behind the change.
    """

    def __init__(self, sentence: str, *, retry: int | None = None) -> None:
        super().__init__(sentence)
        self.retry = retry


class Busy(StoreError):
    """Others are at work on what this needs, or there are too many of them."""


class Unreachable(StoreError):
    """The database does not answer."""


class Unusable(StoreError):
    """The database answers, and cannot do this at the moment."""


class Full(StoreError):
    """There is no room to write."""


class TimedOut(StoreError):
    """A statement was stopped at its time limit."""


class ReadOnly(StoreError):
    """The database is only read, as its owner has said."""


class Incomparable(StoreError):
    """A query has a value that stored values cannot be compared with."""


class Unreadable(StoreError):
    """What is stored cannot be read as what was declared."""


class Rejected(StoreError):
    """A rule of the database does not allow a change: why, and the members that it is about, where they are known."""

    def __init__(self, sentence: str, reason: Rejection, members: tuple[str, ...] = ()) -> None:
        super().__init__(sentence)
        self.reason: Rejection = reason
        self.members = members
