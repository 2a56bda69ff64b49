"""A unit: what one request changes, in one transaction, with the effects beside it; and what became of it.

An *effect* is what the store writes in the same transaction because something changes: it is there when the change
is, and never without it. Each kind is a class here, and `Store.effects` says what is written for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .outcomes import Outcome
from .plans import RowChange


@dataclass(frozen=True, slots=True)
class Effect:
    """What is written beside the changes of a unit."""


@dataclass(frozen=True, slots=True)
class Announcement(Effect):
    """A line in the outbox that tells of one change, by its place in the unit."""

    place: int


class Unit(NamedTuple):
    """Changes and effects, all of them or none. They are written in this order, the effects behind the changes."""

    changes: tuple[RowChange, ...]
    effects: tuple[Effect, ...] = ()


class Result(NamedTuple):
    """What became of a unit: an outcome for each change, in order; or one alone, and then nothing was changed.

    That one is `taken` or `lost`, and `failed` is the place of what it is about: among the changes, and behind them
    the effects. What a rule of the database rejects is raised instead, as `Rejected`, which has its `place` too.
    """

    outcomes: tuple[Outcome, ...]
    failed: int | None = None
