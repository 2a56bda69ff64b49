"""What belongs to one process, and is begun anew in one that is forked from it."""

from __future__ import annotations

import threading
from os import getpid


class Forkable:
    """Connections and locks of one process, by its number `_pid`: whoever uses them compares that, and enters."""

    def __init__(self, pid: int = 0) -> None:
        self._entering = threading.Lock()
        self._pid = pid or getpid()

    def _enter(self) -> None:
        """Begin anew in a process that was forked, once, whichever of its threads come first."""
        with self._entering:
            if self._pid != getpid():
                self._after_fork()
                self._pid = getpid()  # at the end: who sees it uses what is there

    def _after_fork(self) -> None:
        """Leave to the parent process what is of it."""
        raise NotImplementedError
