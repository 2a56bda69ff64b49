"""A circuit breaker: what did not answer is refused at once, while one thread probes when it answers again.

While a target is open, requests that need it are refused at once; only the probe waits for it, in a thread of its
own. The database is used again as soon as the probe succeeds.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from os import getpid
from typing import NamedTuple

from .errors import Meaning, passing
from .notices import NOTICES

PAUSE, LATER_PAUSE = 0.03, 0.5
"""Seconds between two probes, in the first minute (FIRST) and after it."""
FIRST = 60.0


class Target(NamedTuple):
    """What can fail to answer: the server, a new connection to it, or a table in a lock mode."""

    table: str = ""
    mode: str = ""

    @property
    def meaning(self) -> Meaning:
        """The meaning of an error for requests that need the target."""
        return "locked" if self.table else "unreachable"

    def __str__(self) -> str:
        return f"the table {self.table}" if self.table else "the database"


SERVER = Target()
CONNECTING = Target(mode="connecting")
"""Open connections may work although no new one can be opened."""


Probe = Callable[[Target], bool]
"""Says whether a target answers, within a bounded time."""


class Breaker:
    """The targets that are open. `probing` provides the probe as long as any is open."""

    def __init__(self, probing: Callable[[], AbstractContextManager[Probe]]) -> None:
        self._probing = probing
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._probed = threading.Event()
        self._is_probing = False
        self._pid = getpid()
        self.away: dict[Target, float] = {}
        """Each open target, and since when, on the monotonic clock; requests first check whether there is any."""

    def check(self, *targets: Target) -> None:
        """Raise the error of the first target that is open. A forked process has no probe, and checks nothing."""
        if self._pid != getpid():
            return
        for target in targets:
            since = self.away.get(target)
            if since is None:
                continue
            if time.monotonic() < since + PAUSE:  # perhaps only one session failed: the first probe tells
                self._probed.wait(PAUSE)
            if target in self.away:
                raise passing(target.meaning)

    def trip(self, target: Target, reason: object) -> None:
        """Open a target, and start to probe it."""
        with self._lock:
            if target in self.away or self._stopped.is_set() or self._pid != getpid():
                return
            self.away[target] = time.monotonic()
            self._probed.clear()
            started, self._is_probing = self._is_probing, True
        NOTICES.tell(f"{target} away", f"{target} does not answer, 503 until it does: {reason}")
        if not started:
            threading.Thread(target=self._run, name="restwell-probe", daemon=True).start()

    def stop(self) -> None:
        """Stop probing."""
        self._stopped.set()

    def _run(self) -> None:
        begun = time.monotonic()
        with self._probing() as probe:
            while self._goes_on():
                self._probe_each(probe)
                self._probed.set()
                self._stopped.wait(PAUSE if time.monotonic() - begun < FIRST else LATER_PAUSE)

    def _goes_on(self) -> bool:
        with self._lock:
            self._is_probing = bool(self.away) and not self._stopped.is_set()
            return self._is_probing

    def _probe_each(self, probe: Probe) -> None:
        for target in sorted(self.away):  # the server first: if it does not answer, no table does
            if probe(target):
                seconds = time.monotonic() - self.away.pop(target)
                NOTICES.tell(f"{target} again", f"{target} answers again, after {seconds:.2f} s")
            elif not target.table:
                return
