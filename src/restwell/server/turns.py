"""Whose turn it is: so many requests are answered at once, and others wait for a bounded time.

A request that finds a free turn is answered by the thread that brought it, without a hand-over. One that finds none
is left in a queue, and its thread is free again; whoever ends a turn takes the next one out of the queue. So the
threads that bring requests never wait, and each knows how long its request would have to.

What has waited too long is not begun (RFC 9110, section 15.6.4): an answer that comes after its client has given up
helps nobody, and the others wait for it. As long as the queue empties now and then, that is `LONG`, so that one slow
request is no reason to refuse others; when it has not been empty for a while there is more to do than can be done,
and it is `SHORT`: those that are answered are answered soon, and the rest is told so at once. (Facebook's "adaptive"
queue: B. Maurer, Fail at Scale, ACM Queue 13(8), 2015, after Nichols and Jacobson's CoDel.)
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Generic, TypeVar

LONG, SHORT = 10.0, 0.03
"""Seconds that a request waits for its turn at most, usually and when the queue does not empty."""
FULL = 0.2
"""Seconds after which a queue that has not been empty means that there is too much to do."""
FEW = 16
"""So many that wait are not too many, however long each takes: that many clients may just ask again and again."""
MAX_WAITING = 2000
"""Requests that wait at most, whatever they are."""
J = TypeVar("J")


class _Own(threading.local):
    """Whether the job that this thread does has a turn."""

    has_turn = False


class Turns(Generic[J]):
    """So many jobs at once: `run` does one, `shed` refuses one, `elsewhere` has another thread call something.

    None of them may raise. They are called without a lock.
    """

    def __init__(
        self,
        number: int,
        run: Callable[[J], None],
        shed: Callable[[J], None],
        elsewhere: Callable[[Callable[[], None]], object],
    ) -> None:
        self._free = number
        self._number = number
        self._run = run
        self._shed = shed
        self._elsewhere = elsewhere
        self._own = _Own()
        self._lock = threading.Lock()
        self._waiting: deque[tuple[float, J]] = deque()
        self._emptied = 0.0

    @property
    def is_busy(self) -> bool:
        """Whether a job would have to wait."""
        return self._free <= 0

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being done and nothing waits."""
        return self._free == self._number and not self._waiting

    def take(self, job: J) -> None:
        """Do a job now, or leave it for those who do others; then do what waits, as long as there is something."""
        with self._lock:
            if self._free <= 0:
                self._wait(job)
                late = self._late()
            else:
                self._free -= 1
                late = None
        if late is not None:
            for each in late:
                self._shed(each)
            return
        self._go_on(job)

    def leave(self) -> None:
        """Give up the turn of the job that this thread does, if it has one: it is going to wait for a client."""
        if self._own.has_turn:
            self._own.has_turn = False
            following = self._next()
            if following is not None:
                self._elsewhere(partial(self._go_on, following))

    def _go_on(self, job: J | None) -> None:
        """Do this job, which has a turn, and those that follow."""
        while job is not None:
            self._own.has_turn = True
            self._run(job)
            if not self._own.has_turn:
                return
            job = self._next()

    def shed_late(self) -> None:
        """Refuse what has waited too long: somebody has to look while every turn takes long."""
        with self._lock:
            late = self._late()
        for each in late:
            self._shed(each)

    def _wait(self, job: J) -> None:
        now = time.monotonic()
        if not self._waiting:
            self._emptied = now
        self._waiting.append((now, job))

    def _late(self) -> list[J]:
        """What has waited too long, and is in the queue no more."""
        late: list[J] = []
        waiting = self._waiting
        if waiting:
            now = time.monotonic()
            patience = LONG if now - self._emptied < FULL else SHORT
            while waiting and self._is_late(now - waiting[0][0], patience):
                late.append(waiting.popleft()[1])
        return late

    def _is_late(self, waited: float, patience: float) -> bool:
        number = len(self._waiting)
        return number > MAX_WAITING or waited > (patience if number > FEW else LONG)

    def _next(self) -> J | None:
        """The job that is next, with the turn that has just been used; None when the turn is free again."""
        with self._lock:
            late = self._late()
            following = self._waiting.popleft()[1] if self._waiting else None
            if not self._waiting:
                self._emptied = time.monotonic()
            if following is None:
                self._free += 1
        for each in late:
            self._shed(each)
        return following
