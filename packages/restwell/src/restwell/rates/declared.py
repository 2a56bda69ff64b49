"""RateLimit: how many requests, of whom, in which time (draft-ietf-httpapi-ratelimit-headers)."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Sequence
from typing import Literal, NamedTuple, Self, get_args

from ..model.errors import DeclarationError
from ..model.policy import OPERATIONS
from ..model.resource import Declaration

By = Literal["key", "subject", "address"]
Counts = Literal["requests", "refused credentials"]
PERIODS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
MAX_QUOTA, MAX_WINDOW = 10**9, 366 * 86_400
MAX_LIMITS = 10
"""Limits of an API: the header fields of an answer have room for so many."""
NAME = re.compile(r"[a-z][a-z0-9._-]{0,49}")
"""What a limit may be called: what a String of structured fields has as it is (RFC 9651, section 3.3.3)."""
EXAMPLE = 'write it as in RateLimit(100, "minute") or RateLimit(100, 60)'


class _RateLimited(NamedTuple):
    quota: int
    window: int
    by: By
    operations: frozenset[str]
    counts: Counts
    name: str


class RateLimit(_RateLimited):
    """At most `quota` requests in a window, for each whom `by` tells apart.

    `window` is "second", "minute", "hour", "day", or whole seconds up to 366 days. A window begins with the first
    request in it. `by` is "key" (each credential that has a name, such as the id of a key, or else its subject),
    "subject" or "address"; anonymous callers are told apart by address in any case. `operations` are of `read`,
    `create`, `update`, `delete` and operations of one's own; without them, all count. With
    `counts="refused credentials"` those are counted that one address has sent and that were refused, and no further
    one is looked at. `name` is what the fields RateLimit-Policy and RateLimit call the limit. Raises
    DeclarationError.
    """

    __slots__ = ()

    def __new__(
        cls,
        quota: int,
        window: int | str,
        *,
        by: By | None = None,
        operations: Collection[str] = (),
        counts: Counts = "requests",
        name: str | None = None,
    ) -> Self:
        seconds = PERIODS.get(window, window) if isinstance(window, str) else window
        of_refused = counts == "refused credentials"
        _check_counted(by, operations, counts)
        by = by or ("address" if of_refused else "key")
        made = ["refused" if of_refused else by, *sorted(operations), f"{quota}-in-{seconds}s"]
        name = "-".join(made) if name is None else name
        return super().__new__(
            cls, _whole("quota", quota, MAX_QUOTA), _whole("window", seconds, MAX_WINDOW), by,
            frozenset(operations), counts, _named(name),
        )  # fmt: skip

    @property
    def words(self) -> str:
        """What it allows, in words."""
        periods = {seconds: f"a {period}" for period, seconds in PERIODS.items()}
        kind = "refused credential" if self.counts == "refused credentials" else "request"
        number = f"{self.quota} {kind}{'s' if self.quota != 1 else ''}"
        of = f" to {', '.join(sorted(self.operations))}" if self.operations else ""
        return f"{number}{of} in {periods.get(self.window, f'{self.window} seconds')} for each {self.by}"

    @property
    def policy(self) -> str:
        """The member of RateLimit-Policy."""
        return f'"{self.name}";q={self.quota};w={self.window}'


def _check_counted(by: str | None, operations: Collection[str], counts: str) -> None:
    """Whether it is said rightly what is counted. Raises DeclarationError."""
    if counts not in get_args(Counts):
        raise DeclarationError(f"RateLimit has counts={counts!r}: take one of {', '.join(get_args(Counts))}.")
    if by is not None and by not in get_args(By):
        raise DeclarationError(f"RateLimit has by={by!r}: take one of {', '.join(get_args(By))}.")
    if isinstance(operations, str):
        raise DeclarationError(f"RateLimit has operations={operations!r}: write a list, [{operations!r}].")
    if counts == "refused credentials" and (operations or by not in {None, "address"}):
        raise DeclarationError(
            "RateLimit counts refused credentials, of which only the address is known: leave out by= and operations=."
        )


def _whole(name: str, number: object, most: int) -> int:
    """A whole number from 1. Raises DeclarationError."""
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= most:
        raise DeclarationError(
            f"RateLimit has the {name} {number!r}: {EXAMPLE}, with whole numbers from 1 to {most}."
        )
    return number


def _named(name: object) -> str:
    """A name that fits the fields. Raises DeclarationError."""
    if not isinstance(name, str) or NAME.fullmatch(name) is None:
        raise DeclarationError(
            f"RateLimit has the name {name!r}: name= has up to 50 of a-z, 0-9, '.', '_', '-', a letter first."
        )
    return name


def declared_limits(limits: Iterable[object]) -> tuple[RateLimit, ...]:
    """The limits of an API, checked. Raises DeclarationError."""
    found = (limits,) if isinstance(limits, str | RateLimit) else tuple(limits)
    named: dict[str, RateLimit] = {}
    for each in found:
        if not isinstance(each, RateLimit):
            raise DeclarationError(f"limits= has {each!r}: {EXAMPLE}.")
        if each.name in named:
            raise DeclarationError(f"Two limits are called {each.name}: give one of them another name=.")
        named[each.name] = each
    if len(named) > MAX_LIMITS:
        raise DeclarationError(f"limits= has {len(named)} limits: header fields have room for {MAX_LIMITS}.")
    return tuple(named.values())


def check_operations(limits: Iterable[RateLimit], declarations: Sequence[Declaration]) -> None:
    """Refuse a limit of operations that there are not. Raises DeclarationError."""
    known = {*OPERATIONS, *(name for each in declarations for name in each.operations)}
    for limit in limits:
        if unknown := sorted(limit.operations - known):
            raise DeclarationError(
                f"The limit {limit.name} is of the operation {unknown[0]!r}, which no resource has: "
                f"there are {', '.join(sorted(known))}."
            )


def whole_seconds(seconds: float) -> int:
    """Seconds for a field: rounded up, so that whoever waits for them does not come too early."""
    return max(0, math.ceil(seconds))
