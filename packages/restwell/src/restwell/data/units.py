"""A unit: what one request changes, in one transaction, with the effects beside it; and what became of it.

An *effect* is what the store writes in the same transaction because something changes: it is there when the change
is, and never without it. Each kind is a class here, and `Store.effects` says what is written for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from .outcomes import Outcome
from .plans import RowChange


@dataclass(frozen=True, slots=True)
class Effect:
    """What is written beside the changes of a unit."""


@dataclass(frozen=True, slots=True)
class Announcement(Effect):
    """A line in the outbox that tells of one change, by its place in the unit."""

    place: int


@dataclass(frozen=True, slots=True)
class Call(Effect):
    """A function of the application's is to be called once the change is committed.

    It is known by its `name`; `old` and `new` are the item before and after the change, as JSON.
    """

    name: str
    path: str
    operation: str
    old: str | None
    new: str | None
    caller: str | None
    request_id: str


Stored = Mapping[str, Any]
"""The value of each field of a row, as the store has read it."""


class Taking(Protocol):
    """What takes part in a change within its transaction. Whatever it raises takes all of it back."""

    def before(self, old: Stored | None, new: Stored | None, session: Any) -> Stored | None:
        """The values that are to be written, for those that were asked for; None to delete."""

    def after(self, old: Stored | None, new: Stored | None, session: Any) -> Sequence[Effect]:
        """What is to be written beside, now that the row is."""


class Unit(NamedTuple):
    """Changes and effects, all of them or none. They are written in this order, the effects behind the changes.

    `taking` takes part in the changes, of which there is one then.
    """

    changes: tuple[RowChange, ...]
    effects: tuple[Effect, ...] = ()
    taking: Taking | None = None


class Result(NamedTuple):
    """What became of a unit: an outcome for each change, in order; or one alone, and then nothing was changed.

    That one is `taken` or `lost`, and `failed` is the place of what it is about: among the changes, and behind them
    the effects. What a rule of the database rejects is raised instead, as `Rejected`, which has its `place` too.
    """

    outcomes: tuple[Outcome, ...]
    failed: int | None = None
