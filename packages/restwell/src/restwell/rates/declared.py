"""RateLimit: how many requests, of whom, in which time (draft-ietf-httpapi-ratelimit-headers)."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from ..model.errors import DeclarationError
from ..model.resource import Declaration

By = Literal["key", "subject", "address"]
Counts = Literal["requests", "refused credentials"]
PERIODS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
MAX_QUOTA, MAX_WINDOW = 10**9, 366 * 86_400
NAME = re.compile(r"[a-z][a-z0-9._-]{0,49}")
"""What a policy may be called: a part of what a String of structured fields may be, so that it is written as it is."""
STANDARD = ("read", "create", "update", "delete")
MAX_LIMITS = 10
EXAMPLE = 'write it as in RateLimit(100, "minute") or RateLimit(100, 60)'


@dataclass(frozen=True, slots=True, init=False)
class RateLimit:
    """A quota policy: at most `quota` requests in a window, for each whom `by` tells apart.

    `window` is "second", "minute", "hour", "day", or whole seconds up to 366 days. A window begins with the first
    request in it. `by` is "key" (each credential that names itself, such as a key, or else its subject), "subject" or
    "address"; anonymous callers are told apart by address in any case. `operations` are of `read`, `create`,
    `update`, `delete` and operations of one's own; without them, all count. With
    `counts="refused credentials"` it is the credentials from one address that were refused that are counted, and
    no further one is looked at. `name` is what the fields RateLimit-Policy and RateLimit call it. Raises
    DeclarationError.
    """

    quota: int
    window: int
    by: By
    operations: frozenset[str]
    counts: Counts
    name: str

    def __init__(  # noqa: PLR0913 - one argument a rule; all but two are named
        self,
        quota: int,
        window: int | str,
        *,
        by: By | None = None,
        operations: Collection[str] = (),
        counts: Counts = "requests",
        name: str | None = None,
    ) -> None:
        seconds = PERIODS.get(window, window) if isinstance(window, str) else window
        check_number("quota", quota, MAX_QUOTA)
        check_number("window", seconds, MAX_WINDOW)
        if counts not in get_args(Counts):
            raise DeclarationError(f"RateLimit has counts={counts!r}: take one of {', '.join(get_args(Counts))}.")
        refused = counts == "refused credentials"
        by = by or ("address" if refused else "key")
        if by not in get_args(By):
            raise DeclarationError(f"RateLimit has by={by!r}: take one of {', '.join(get_args(By))}.")
        if isinstance(operations, str):
            raise DeclarationError(f"RateLimit has operations={operations!r}: write a list, [{operations!r}].")
        if refused and (by != "address" or operations):
            raise DeclarationError(
                "RateLimit counts refused credentials, of which nobody knows whose they are: leave out by= and operations=."
            )
        made = "-".join(["refused" if refused else by, *sorted(operations), f"{quota}-in-{seconds}s"]).replace("_", "-")
        if NAME.fullmatch(name or made) is None:
            raise DeclarationError(
                f"RateLimit has the name {name or made!r}: name= has up to 50 of a-z, 0-9, '.', '_', '-', a letter first."
            )
        for attribute, value in (
            ("quota", quota), ("window", seconds), ("by", by), ("operations", frozenset(operations)),
            ("counts", counts), ("name", name or made),
        ):  # fmt: skip
            object.__setattr__(self, attribute, value)

    @property
    def words(self) -> str:
        """What it allows, in words."""
        per = next((f"in a {name}" for name, each in PERIODS.items() if each == self.window), f"in {self.window} seconds")
        noun = "refused credential" if self.counts == "refused credentials" else "request"
        of = f" to {', '.join(sorted(self.operations))}" if self.operations else ""
        return f"{self.quota} {noun}{'s' if self.quota != 1 else ''}{of} {per} for each {self.by}"

    @property
    def policy(self) -> str:
        """The member of RateLimit-Policy."""
        return f'"{self.name}";q={self.quota};w={self.window}'


def check_number(name: str, number: object, most: int) -> None:
    """Whether it is a whole number from 1. Raises DeclarationError."""
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= most:
        raise DeclarationError(f"RateLimit has the {name} {number!r}: {EXAMPLE}, with whole numbers from 1 to {most}.")


def declared_limits(limits: Iterable[RateLimit]) -> tuple[RateLimit, ...]:
    """The limits of an API, checked. Raises DeclarationError."""
    found = tuple(limits) if not isinstance(limits, str) else (limits,)
    names: set[str] = set()
    for each in found:
        if not isinstance(each, RateLimit):
            raise DeclarationError(f"limits= has {each!r}: {EXAMPLE}.")
        if each.name in names:
            raise DeclarationError(f"Two limits are called {each.name}: give one of them another name=.")
        names.add(each.name)
    if len(found) > MAX_LIMITS:
        raise DeclarationError(f"limits= has {len(found)} limits: header fields have room for {MAX_LIMITS}.")
    return found


def check_operations(limits: Iterable[RateLimit], declarations: Sequence[Declaration]) -> None:
    """Refuse a limit of operations that there are not. Raises DeclarationError."""
    known = {*STANDARD, *(name for each in declarations for name in each.operations)}
    for limit in limits:
        if unknown := sorted(limit.operations - known):
            raise DeclarationError(
                f"The limit {limit.name} is of the operation {unknown[0]!r}, which no resource has: "
                f"there are {', '.join(sorted(known))}."
            )


def whole_seconds(seconds: float) -> int:
    """Seconds for a field: rounded up, so that whoever waits for them does not come too early."""
    return max(0, math.ceil(seconds))
