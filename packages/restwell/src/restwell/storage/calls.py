"""Calls of an application's code that a committed change asks for: kept beside it until they are made.

A call is lent to who makes it, for LEASE seconds: where that process ends before it says what came of it, another
makes the call again.
"""

from __future__ import annotations

import threading
import time
from os import getpid
from typing import Any

from ..data.calls import PendingCall
from ..data.units import Call
from .driver import Driver, Write
from .tables import CALLS

LEASE = 60
"""Seconds for which nobody else makes a call that somebody is making."""
TOLD = ("name", "path", "operation", "old", "new", "caller", "request_id")


class StoredCalls:
    """The calls that are to be made, in one database."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._lock = threading.Lock()
        self._pid = getpid()
        self.is_closed = False
        mark = driver.dialect.mark
        names = ("time", "due", "tries", *TOLD)
        self._insert = (
            f"INSERT INTO {CALLS} ({', '.join(names)}) VALUES ({', '.join([mark] * len(names))}) RETURNING id"
        )
        self._next = f"SELECT id, due FROM {CALLS} WHERE due <= {mark} ORDER BY id LIMIT 1"
        self._take = (
            f"UPDATE {CALLS} SET due = {mark}, tries = tries + 1 WHERE id = {mark} AND due = {mark} "
            f"RETURNING id, tries, {', '.join(TOLD)}"
        )
        self._end = f"DELETE FROM {CALLS} WHERE id = {mark} RETURNING id"
        self._put_off = f"UPDATE {CALLS} SET due = {mark} WHERE id = {mark} RETURNING id"

    def write_of(self, call: Call, _: Any) -> Write:
        """What writes a call beside the change that asks for it."""
        now = int(time.time())
        return Write(self._insert, (now, now, 0, *(getattr(call, name) for name in TOLD)), CALLS)

    def take(self) -> PendingCall | None:
        """A call that is due, to be made now; None where none is. Raises StoreError."""
        with self._turn:
            while not self.is_closed and (found := self._driver.read(self._next, (int(time.time()),), CALLS)):
                [[identifier, due]] = found
                taken = self._driver.write(self._take, (int(time.time()) + LEASE, identifier, due), CALLS)
                if taken:
                    return PendingCall(*taken[0])
        return None

    def end(self, call: PendingCall) -> None:
        """The call was made."""
        self._write(self._end, (call.id,))

    def put_off(self, call: PendingCall, seconds: int) -> None:
        """The call has failed, and is to be made again after so many seconds."""
        self._write(self._put_off, (int(time.time()) + seconds, call.id))

    def close(self) -> None:
        """Use the driver no more, once this returns: what is being made now is made again by somebody else."""
        with self._turn:
            self.is_closed = True

    @property
    def _turn(self) -> threading.Lock:
        """One at a time in this process: a forked one has a lock of its own, as the other may be held for ever."""
        if self._pid != getpid():
            self._lock, self._pid = threading.Lock(), getpid()
        return self._lock

    def _write(self, text: str, parameters: tuple[int, ...]) -> None:
        with self._turn:
            if not self.is_closed:
                self._driver.write(text, parameters, CALLS)
