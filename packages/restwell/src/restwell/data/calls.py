"""A call of an application's code that is to be made, now that a change is committed."""

from __future__ import annotations

from typing import NamedTuple, Protocol


class PendingCall(NamedTuple):
    """A call that somebody has taken to make it: `tries` is how often it was taken, this time included."""

    id: int
    tries: int
    name: str
    path: str
    operation: str
    old: str | None
    new: str | None
    caller: str | None
    request_id: str
    place: int = 0
    """Which of several databases keeps it."""


class Calls(Protocol):
    """Keeps the calls that are to be made."""

    @property
    def closings(self) -> int:
        """How often the store was closed: whoever makes calls ends then."""

    def take(self, closings: int) -> PendingCall | None:
        """A call that is due, to be made now; None where none is, or the store was closed since.

        Raises StoreError.
        """

    def end(self, call: PendingCall) -> None:
        """The call was made. Raises StoreError."""

    def put_off(self, call: PendingCall, seconds: int) -> None:
        """The call has failed, and is to be made again after so many seconds. Raises StoreError."""
