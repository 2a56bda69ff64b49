"""What an error of a database means, whatever the database.

Each database has a table in its folder that maps its error codes to a `Meaning`. An error that may not happen at
another time becomes a `StoreError`. An error that the change itself causes becomes a `Violation`, which the store
turns into a `Rejected` that names the members. Every other error is a bug of ours, and is raised unchanged.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from ..data.store_errors import Busy, Full, StoreError, TimedOut, Unreachable, Unusable
from .notices import NOTICES

Meaning = Literal[
    "taken", "missing", "unlinked", "refused", "rule", "large", "long", "value",
    "busy", "locked", "stale", "slow", "full", "unreachable", "read_only", "changed", "unusable", "ours",
]  # fmt: skip
"""What an error means: a change that is refused (VIOLATIONS); a temporary state of the store (PASSING), where `stale`
is a statement that was prepared before the tables changed; or a bug of ours."""

VIOLATIONS: dict[Meaning, str] = {
    "taken": "has a value that is there already and may be there once",
    "missing": "has no value and needs one",
    "unlinked": "refers to something that is not there, or is referred to",
    "refused": "has a value that a rule of the database refuses",
    "rule": "is refused by a rule of the database",
    "large": "is too long for the database or for an index",
    "long": "is too long for its column",
    "value": "has a value that the database cannot hold",
}
PASSING: dict[Meaning, Callable[[], StoreError]] = {
    "busy": lambda: Busy("Another writer is at work; ask again in a moment.", retry=1),
    "locked": lambda: Busy("Another program has locked what this needs; ask again in a moment.", retry=1),
    "stale": lambda: Busy("The tables are being changed; ask again in a moment.", retry=1),
    "slow": lambda: TimedOut("Ask for less: a narrower filter, or a sort by an indexed field."),
    "full": lambda: Full("Writing works again when there is room.", retry=60),
    "unreachable": lambda: Unreachable("The store cannot be reached at the moment.", retry=5),
    "read_only": lambda: Unusable("The store can only be read at the moment.", retry=60),
    "changed": lambda: Unusable("The store does not have what this needs at the moment.", retry=5),
    "unusable": lambda: Unusable("The store cannot be used at the moment.", retry=5),
}
"""Makes the error of each temporary state."""

TOLD: frozenset[Meaning] = frozenset(["read_only", "changed", "unusable"])
"""What the owner of the database has to correct, and so is logged."""


class Violation(Exception):
    """A change that the database refuses for its content: the reason, and the table and columns named, if any."""

    rule = ""
    """The rule that refuses it, or its name, if the database says so."""
    place: int | None = None
    """Which of several statements it refuses; None where that is seen at the end of all."""

    def __init__(self, reason: Meaning, table: str = "", columns: tuple[str, ...] = ()) -> None:
        self.reason: Meaning = reason
        self.table = table
        self.columns = columns
        where = ", ".join(f"{table}.{column}" for column in columns) or table or "A row"
        super().__init__(f"{where} {VIOLATIONS[reason]}.")


class InvalidValue(ValueError):
    """A stored value is not of its column's kind: another program has written it."""


class Taken(Violation):
    """A value, or a combination of values, that must be unique and exists already."""

    def __init__(self, table: str = "", columns: tuple[str, ...] = ()) -> None:
        super().__init__("taken", table, columns)


def passing(meaning: Meaning) -> StoreError:
    """The error of a temporary state of the store."""
    return PASSING[meaning]()


def translated(error: Exception, meaning: Meaning, table: str = "", columns: tuple[str, ...] = ()) -> Exception:
    """The StoreError or Violation for an error with this meaning; the error itself if it is a bug of ours."""
    if meaning == "taken":
        return Taken(table, columns)
    if meaning in VIOLATIONS:
        return Violation(meaning, table, columns)
    if meaning in TOLD:
        said = str(error).partition("\n")[0]
        NOTICES.tell(f"{meaning} {type(error).__name__}", f"the database refuses, 503 until it does not: {said}")
    return passing(meaning) if meaning in PASSING else error
