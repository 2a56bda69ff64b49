"""How many of the server's threads are active: a few are enough, and more only get in each other's way.

The server starts as many threads as it may when many requests come. Each wants the interpreter for its request, and
the thread that does the work waits for all of them whenever it has let go of the interpreter, which a query does for
each row. So a thread that has brought its request rests where enough others are active, until one of these begins to
wait for a client.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _Counted(threading.local):
    """Whether this thread is one of those that are counted."""

    is_counted = False


class ActiveThreads:
    """Lets so many threads be active, of those that call `rest`. None of these may end."""

    def __init__(self, maximum: int) -> None:
        self._maximum = maximum
        self._own = _Counted()
        self._lock = threading.Lock()
        self._active = 0
        self._resting = 0
        self._wake = threading.Semaphore(0)

    def rest(self) -> None:
        """Return at once where this thread is needed, else when it is."""
        with self._lock:
            if not self._own.is_counted:
                self._own.is_counted = True
                self._active += 1
            if self._active <= self._maximum:
                return
            self._active -= 1
            self._resting += 1
        self._wake.acquire()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Have another thread be active while this one waits for a client."""
        if not self._own.is_counted:
            yield
            return
        with self._lock:
            if self._resting:
                self._resting -= 1
                self._wake.release()
            else:
                self._active -= 1
        try:
            yield
        finally:
            with self._lock:
                self._active += 1
