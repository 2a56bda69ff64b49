"""What an error of a database means, whatever the database.

Each database has a table from its own codes to a `Meaning`, in its folder. What may go well at another time is a
`StoreError`. What the change itself says is a `Violation`, which the store turns into a `Rejected` that names the
members. What is left is a mistake of ours, and is raised as it came.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from ..data.store_errors import Busy, Full, StoreError, TimedOut, Unreachable, Unusable
from .notices import NOTICES

Meaning = Literal[
    "taken", "missing", "unlinked", "refused", "rule", "large", "value",
    "busy", "locked", "stale", "slow", "full", "unreachable", "read_only", "changed", "unusable", "ours",
]  # fmt: skip
"""What an error means: a change that is refused (VIOLATIONS); a state of the store that passes (PASSING), of which
`stale` is a statement that was prepared for other tables than there are now; or a mistake of ours."""

VIOLATIONS: dict[Meaning, str] = {
    "taken": "has a value that is there already and may be there once",
    "missing": "has no value and needs one",
    "unlinked": "refers to something that is not there, or is referred to",
    "refused": "has a value that a rule of the database refuses",
    "rule": "is refused by a rule of the database",
    "large": "is too long for the database or for an index",
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
"""The error that each passing state is, each made anew."""

TOLD: frozenset[Meaning] = frozenset(["read_only", "changed", "unusable"])
"""What the owner of the database has to see to, and so is told in the log."""


class Violation(Exception):
    """A change that the database refuses for what it says: why, and the table and columns that it names, if any."""

    rule = ""
    """The rule that refuses it, or the name of that, where the database says it."""

    def __init__(self, reason: Meaning, table: str = "", columns: tuple[str, ...] = ()) -> None:
        self.reason: Meaning = reason
        self.table = table
        self.columns = columns
        where = ", ".join(f"{table}.{column}" for column in columns) or table or "A row"
        super().__init__(f"{where} {VIOLATIONS[reason]}.")


class InvalidValue(ValueError):
    """Something is stored that is not a value of its column's kind: others have written it there."""


class Taken(Violation):
    """A value, or several together, that may be there once and is there already."""

    def __init__(self, table: str = "", columns: tuple[str, ...] = ()) -> None:
        super().__init__("taken", table, columns)


def passing(meaning: Meaning) -> StoreError:
    """The error that a passing state of the store is."""
    return PASSING[meaning]()


def translated(error: Exception, meaning: Meaning, table: str = "", columns: tuple[str, ...] = ()) -> Exception:
    """The store's error or the violation that an error with this meaning is; the error itself when it is ours."""
    if meaning == "taken":
        return Taken(table, columns)
    if meaning in VIOLATIONS:
        return Violation(meaning, table, columns)
    if meaning in TOLD:
        said = str(error).partition("\n")[0]
        NOTICES.tell(f"{meaning} {type(error).__name__}", f"the database refuses, 503 until it does not: {said}")
    return passing(meaning) if meaning in PASSING else error
