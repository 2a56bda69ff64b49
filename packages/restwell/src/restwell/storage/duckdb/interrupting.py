"""Stops queries that take too long: DuckDB has no time limit, and stops a query when another thread says so."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

AGAIN = 0.05
"""Seconds until a query that still runs is told again: the first time it may have been about to begin."""

IDLE = 0.2
"""Seconds that the thread waits for a query at least."""


class Interrupter:
    """One thread for all queries of an engine; it ends when none runs, and is begun again."""

    def __init__(self) -> None:
        self._due: dict[int, tuple[float, Any]] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._sleeps_until = 0.0

    @contextmanager
    def stopping(self, connection: Any, seconds: float) -> Iterator[None]:
        """Stop what a connection does here when its time is up: it raises an InterruptException then."""
        due = monotonic() + seconds
        with self._changed:
            self._due[id(connection)] = due, connection
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="restwell-duckdb", daemon=True)
                self._thread.start()
            elif due < self._sleeps_until:
                self._changed.notify()
        try:
            yield
        finally:
            with self._changed:  # what it does next is not stopped
                del self._due[id(connection)]

    def _run(self) -> None:
        with self._changed:
            while True:
                now = monotonic()
                for key, (due, connection) in self._due.items():
                    if due <= now:
                        connection.interrupt()
                        self._due[key] = now + AGAIN, connection
                self._sleeps_until = min((due for due, _ in self._due.values()), default=now + IDLE)
                self._changed.wait(self._sleeps_until - now)
                if not self._due:
                    self._thread = None
                    return
