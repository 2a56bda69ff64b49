"""Errors of a store that does not do what a plan says.

    StoreError
    ├── Busy           others hold a lock, or every connection is in use: a retry may succeed
    ├── Unreachable    the database does not answer
    ├── Unusable       the database answers, and cannot do this until its owner has corrected something
    ├── Full           no space is left to write
    ├── TimedOut       a statement was stopped at its time limit
    ├── ReadOnly       the owner has configured the database as read-only
    ├── Incomparable   the query has a value that stored values cannot be compared with
    ├── Unreadable     the stored data does not match the declaration
    ├── Disallowed     the application's own code forbids the change
    └── Rejected       a rule of the database forbids the change

The text of each is a sentence for the client and never repeats a message of the database; that of `Disallowed` is the
application's own. The table in
`flow/store_errors.py` says which problem of HTTP each becomes.
"""

from __future__ import annotations

from typing import Literal

Rejection = Literal["missing", "unlinked", "refused", "rule", "large", "long", "value"]
"""Why a change is rejected: a required value is missing; a reference has no target; the values break a rule; a rule
forbids the change; a value is too long for an index, or for its column; a value is out of range."""


class StoreError(Exception):
    """Why a store did not do something; `retry` is the number of seconds to wait, or None if waiting does not help.

    Nothing was changed, except perhaps with `Unreachable`: the connection may have been lost after the change.
    """

    def __init__(self, sentence: str, *, retry: int | None = None) -> None:
        super().__init__(sentence)
        self.retry = retry


class Busy(StoreError):
    """Others hold a lock on what this needs, or too many requests are waiting."""


class Unreachable(StoreError):
    """The database does not answer."""


class Unusable(StoreError):
    """The database answers, but cannot do this at the moment."""


class Full(StoreError):
    """No space is left to write."""


class TimedOut(StoreError):
    """A statement was stopped at its time limit."""


class ReadOnly(StoreError):
    """The owner has configured the database as read-only."""


class Incomparable(StoreError):
    """A query has a value that stored values cannot be compared with."""


class Unreadable(StoreError):
    """The stored data cannot be read as the declaration says."""


class Disallowed(StoreError):
    """The code of a model forbids a change, in its own words: because of one member, if it is known which.

    `of_state` is true where it forbids that to what is stored, and no content has a part in it.
    """

    def __init__(self, sentence: str, member: str | None = None, *, of_state: bool = False) -> None:
        super().__init__(sentence)
        self.member = member
        self.of_state = of_state


class Rejected(StoreError):
    """A rule of the database forbids a change: the reason, and the members concerned, if they are known.

    `place` is that of the change in its unit.
    """

    def __init__(self, sentence: str, reason: Rejection, members: tuple[str, ...] = (), place: int = 0) -> None:
        super().__init__(sentence)
        self.reason: Rejection = reason
        self.members = members
        self.place = place
