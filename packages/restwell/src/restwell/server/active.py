"""Limits the number of active threads of the server, since more of them slow each other down.

The server starts as many threads as it may when many requests arrive. Each needs the interpreter lock for its
request, and the thread that executes a request competes with all of them whenever it has released the lock, which a
query does for each row. So a thread that has delivered its request rests while enough others are active, until one of
these begins to wait for a client.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _Counted(threading.local):
    """Whether this thread is counted."""

    is_counted = False


class ActiveThreads:
    """Keeps at most `maximum` of the threads that call `rest` active. None of these may end."""

    def __init__(self, maximum: int) -> None:
        self._maximum = maximum
        self._own = _Counted()
        self._lock = threading.Lock()
        self._active = 0
        self._resting = 0
        self._wake = threading.Semaphore(0)

    def rest(self) -> None:
        """Wait until this thread may be active."""
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
        """Let another thread be active while this one waits for a client."""
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
