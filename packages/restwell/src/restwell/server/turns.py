"""Whose turn it is: so many requests are answered at once, and others wait for a bounded time.

A request that finds a free turn is answered by the thread that brought it, without a hand-over. One that finds none
is left in a queue, and its thread is free again; whoever ends a turn takes the next one out of the queue. So the
threads that bring requests never wait, and each knows how long its request would have to.

The queue is bounded. When it has not been empty for a while, has more than a few jobs in it, and the first of them
waits for longer than it should, there is more to do than can be done, and whoever comes then is told so at once (RFC
9110, section 15.6.4), so that those who wait are answered soon. A queue that empties now and then takes many: one
slow request is no reason to refuse others. What has waited for very long all the same is not begun: an answer that
comes after its client has given up helps nobody. (After B. Maurer, Fail at Scale, ACM Queue 13(8), 2015, and Nichols
and Jacobson's CoDel.)

A job that is about to take long without Python, such as a query that looks at many rows, lends its turn to the next
one (`turn.py`): with one thread too, nobody waits for somebody else's search. Few are lent at once.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Generic, TypeVar

LONG, SHORT = 10.0, 0.03
"""Seconds that a request waits for its turn at most, and that the first of many waits when not too many come."""
FULL = 0.2
"""Seconds after which a queue that has not been empty means that there is too much to do."""
FEW = 64
"""So many that wait are not too many: that many clients may just ask again whenever they are answered."""
MAX_WAITING = 2000
"""Requests that wait at most, whatever they are."""
MAX_LENT = 2
"""Turns that are lent at once: who has lent one works on, and there are not more processors for it than that."""
J = TypeVar("J")


class _Own(threading.local):
    """Whether the job that this thread does has a turn, or has lent it."""

    has_turn = False
    has_lent = False


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
        self._lent = 0

    @property
    def is_busy(self) -> bool:
        """Whether a job would have to wait."""
        return self._free <= 0

    def is_full(self, to_come: int) -> bool:
        """Whether there is more to do than can be done, where so many jobs are to come in a moment."""
        with self._lock:
            return self._free <= 0 and self._is_too_much(to_come)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being done and nothing waits."""
        return self._free == self._number and not self._waiting

    def take(self, job: J) -> None:
        """Do a job now, or leave it for those who do others; then do what waits, as long as there is something."""
        with self._lock:
            if self._free > 0:
                self._free -= 1
                refused = None
            elif self._is_too_much():
                refused = [job]
            else:
                self._wait(job)
                refused = self._late()
        if refused is not None:
            for each in refused:
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

    def lend(self) -> None:
        """Give up the turn of the job that this thread does, which takes long, unless too many have done so."""
        if not self._own.has_turn:
            return
        with self._lock:
            if self._lent == MAX_LENT:
                return
            self._lent += 1
        self._own.has_lent = True
        self.leave()

    def _go_on(self, job: J | None) -> None:
        """Do this job, which has a turn, and those that follow."""
        while job is not None:
            self._own.has_turn = True
            self._run(job)
            if not self._own.has_turn:
                self._end_without_turn()
                return
            job = self._next()

    def _end_without_turn(self) -> None:
        if self._own.has_lent:
            self._own.has_lent = False
            with self._lock:
                self._lent -= 1

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

    def _is_too_much(self, to_come: int = 0) -> bool:
        """Whether there is more to do than can be done."""
        waiting, now = self._waiting, time.monotonic()
        if not waiting or len(waiting) + to_come < FEW:
            return False
        return len(waiting) >= MAX_WAITING or (now - self._emptied > FULL and now - waiting[0][0] > SHORT)

    def _late(self) -> list[J]:
        """What has waited for too long, and is in the queue no more."""
        late: list[J] = []
        waiting = self._waiting
        if waiting:
            now = time.monotonic()
            while waiting and now - waiting[0][0] > LONG:
                late.append(waiting.popleft()[1])
        return late

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
