"""Turns: a limited number of requests is answered at the same time, and others wait in a bounded queue.

A request that finds a free turn is answered in the thread that delivered it. Otherwise it is put into a queue, and
its thread is free again; the thread that ends a turn takes the next request from the queue. So threads that deliver
requests never wait.

The queue is bounded. When it has not been empty for a while, has more than a few jobs, and the first of them has
waited too long, the worker is overloaded, and new requests are refused at once (RFC 9110, section 15.6.4), so that
waiting ones are answered soon. A queue that empties now and then may be long: one slow request is no reason to refuse
others. A job that has waited for very long is refused too, since its client has probably given up. (After B. Maurer,
Fail at Scale, ACM Queue 13(8), 2015, and Nichols and Jacobson's CoDel.)

A job that is about to run for long outside Python, such as a query over many rows, lends its turn to the next one
(`turn.py`), so that others do not wait for it, even with one thread. Few turns are lent at the same time.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Generic, TypeVar

LONG, SHORT = 10.0, 0.03
"""Seconds that a request waits for a turn at most, and that the first in the queue waits without overload."""
FULL = 0.2
"""Seconds after which a queue that has not been empty may mean overload."""
FEW = 64
"""Waiting jobs that are never overload: so many clients may each send their next request after a response."""
MAX_WAITING = 2000
"""Jobs that may wait in the queue."""
MAX_LENT = 2
"""Turns that are lent at the same time, since the jobs that lend them continue to use a processor."""
J = TypeVar("J")


class _Own(threading.local):
    """Whether the job in this thread has a turn, or has lent it."""

    has_turn = False
    has_lent = False


class Turns(Generic[J]):
    """Runs at most `number` jobs at a time: `run` executes one, `shed` refuses one, `elsewhere` uses another thread.

    None of these functions may raise. They are called without a lock.
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
        """Whether a new job would have to wait."""
        return self._free <= 0

    def is_full(self, to_come: int) -> bool:
        """Whether there is overload, counting `to_come` jobs that will be added soon."""
        with self._lock:
            return self._free <= 0 and self._is_too_much(to_come)

    @property
    def is_idle(self) -> bool:
        """Whether no job runs or waits."""
        return self._free == self._number and not self._waiting

    def take(self, job: J) -> None:
        """Run a job, or queue or refuse it; after running it, run jobs of the queue until it is empty."""
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
        """Give up the turn of the job in this thread, if it has one, before it waits for a client."""
        if self._own.has_turn:
            self._own.has_turn = False
            following = self._next()
            if following is not None:
                self._elsewhere(partial(self._go_on, following))

    def lend(self) -> None:
        """Lend the turn of the job in this thread, which will take long, unless `MAX_LENT` turns are lent."""
        if not self._own.has_turn:
            return
        with self._lock:
            if self._lent == MAX_LENT:
                return
            self._lent += 1
        self._own.has_lent = True
        self.leave()

    def _go_on(self, job: J | None) -> None:
        """Run a job, which has a turn, and those that follow."""
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
        """Refuse jobs that have waited too long; called regularly, since all turns may take long."""
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
        """Whether there is overload, counting `to_come` jobs that will be added soon."""
        waiting, now = self._waiting, time.monotonic()
        if not waiting or len(waiting) + to_come < FEW:
            return False
        return len(waiting) >= MAX_WAITING or (now - self._emptied > FULL and now - waiting[0][0] > SHORT)

    def _late(self) -> list[J]:
        """Remove the jobs that have waited too long from the queue, and return them."""
        late: list[J] = []
        waiting = self._waiting
        if waiting:
            now = time.monotonic()
            while waiting and now - waiting[0][0] > LONG:
                late.append(waiting.popleft()[1])
        return late

    def _next(self) -> J | None:
        """The next job, which takes over the turn; None where there is none and the turn is free again."""
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
