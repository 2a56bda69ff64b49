"""What each window has left, counted in the memory of this process: exact within it, and within a bound.

Windows are by the monotonic clock, so that a clock that is put back locks nobody out.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from .declared import RateLimit

MAX_PARTITIONS = 100_000
"""Of how many a limit knows how much is left: of more, those whose window began first begin anew."""


class Spending(NamedTuple):
    """What a request is to be counted by: a limit, and whom it tells apart."""

    limit: RateLimit
    partition: str


class Left(NamedTuple):
    """How many requests are left in a window, and for how many seconds."""

    requests: int
    seconds: float


class Spent(NamedTuple):
    """Whether a request was counted, and what is left by each of what it was to be counted by."""

    fits: bool
    left: tuple[Left, ...]


class Counters(Protocol):
    """What counts."""

    def spend(self, spendings: Sequence[Spending], amount: int = 1) -> Spent:
        """Count a request by all of these, or by none where one of them has nothing left; with 0 only look."""


class MemoryCounters:
    """Counts in this process; other workers count for themselves."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, most: int = MAX_PARTITIONS) -> None:
        self._clock, self._most = clock, most
        self._windows: dict[str, dict[str, _Window]] = {}
        """By the name of the limit and the partition, in the order in which they began."""
        self._lock = threading.Lock()

    def spend(self, spendings: Sequence[Spending], amount: int = 1) -> Spent:
        """As `Counters` has it."""
        with self._lock:
            now, fits, found = self._clock(), True, []
            for spending in spendings:
                window = self._window(spending, now, begins=amount > 0)
                fits = fits and window.spent + amount <= spending[0].quota
                found.append(window)
            left = []
            for spending, window in zip(spendings, found, strict=True):
                if fits:
                    window.spent += amount
                left.append(Left(spending[0].quota - window.spent, window.ends - now))
            return Spent(fits, tuple(left))

    def _window(self, spending: Spending, now: float, *, begins: bool) -> _Window:
        limit, partition = spending
        windows = self._windows.setdefault(limit.name, {})  # no two limits of an API have the same
        window = windows.get(partition)
        if window is not None and window.ends > now:
            return window
        windows.pop(partition, None)
        while windows and (len(windows) >= self._most or next(iter(windows.values())).ends <= now):
            del windows[next(iter(windows))]
        window = _Window(now + limit.window)
        if begins:
            windows[partition] = window
        return window


class _Window:
    """How much was spent, and when it ends."""

    __slots__ = ("ends", "spent")

    def __init__(self, ends: float) -> None:
        self.spent, self.ends = 0, ends
