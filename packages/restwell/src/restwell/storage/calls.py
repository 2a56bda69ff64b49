"""Calls of an application's code that a committed change asks for: kept beside it until they are made.

A call is lent to who makes it, for LEASE seconds: where that process ends before it says what came of it, another
makes the call again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from os import getpid
from typing import Any

from ..data.calls import PendingCall
from ..data.store_errors import StoreError
from ..data.units import Call
from .driver import Driver, Write, is_updated
from .forking import Forkable
from .tables import CALLS

LEASE = 60
"""Seconds for which nobody else makes a call that somebody is making."""
PATIENCE = 5.0
"""Seconds to wait for calls that are being made, where they are waited for."""
TOLD = ("name", "path", "operation", "old", "new", "caller", "request_id")


class StoredCalls(Forkable):
    """The calls that are to be made, in one database."""

    def __init__(self, driver: Driver) -> None:
        super().__init__()
        self._driver = driver
        self.closings = 0
        self._given: dict[int, int] = {}
        """What is being made, by its number: how often the store had been closed when it was given out."""
        self._turn = threading.Lock()
        mark = driver.dialect.mark
        names = ("time", "due", "tries", *TOLD)
        self._insert = (
            f"INSERT INTO {CALLS} ({', '.join(names)}) VALUES ({', '.join([mark] * len(names))}) RETURNING id"
        )
        self._next = f"SELECT due, id, tries, {', '.join(TOLD)} FROM {CALLS} WHERE due <= {mark} ORDER BY id LIMIT 1"
        self._take = f"UPDATE {CALLS} SET due = {mark}, tries = tries + 1 WHERE id = {mark} AND due = {mark}"
        self._end = f"DELETE FROM {CALLS} WHERE id = {mark} RETURNING id"
        self._put_off = f"UPDATE {CALLS} SET due = {mark} WHERE id = {mark}"

    def write_of(self, call: Call, _: Any) -> Write:
        """What writes a call beside the change that asks for it."""
        now = int(time.time())
        return Write(self._insert, (now, now, 0, *(getattr(call, name) for name in TOLD)), CALLS)

    def take(self, closings: int) -> PendingCall | None:
        """A call that is due, to be made now; None where none is, or the store was closed since.

        Raises StoreError.
        """
        with self._alone():
            while closings == self.closings and (found := self._driver.read(self._next, (int(time.time()),), CALLS)):
                due, *rest = found[0]
                call = PendingCall(*rest)
                if is_updated(self._driver, self._take, (int(time.time()) + LEASE, call.id, due), CALLS):
                    self._given[call.id] = self.closings
                    return call._replace(tries=call.tries + 1)
            return None

    def end(self, call: PendingCall) -> None:
        """The call was made. What has gone on while the store was closed is not noted, and made again."""
        with self._alone():
            if self._given.pop(call.id, None) == self.closings:
                self._driver.write(self._end, (call.id,), CALLS)

    def put_off(self, call: PendingCall, seconds: int) -> None:
        """The call has failed, and is to be made again after so many seconds."""
        with self._alone():
            if self._given.pop(call.id, None) == self.closings:
                is_updated(self._driver, self._put_off, (int(time.time()) + seconds, call.id), CALLS)

    def stop(self) -> None:
        """Give no call to who makes them now, and wait for those that are being made, for PATIENCE at most."""
        with self._alone():
            self.closings += 1
        end = time.monotonic() + PATIENCE
        while self._given and time.monotonic() < end:
            time.sleep(0.002)

    @contextmanager
    def closing(self) -> Iterator[None]:
        """While the store is closed: whoever makes calls is not using a connection meanwhile, and ends then."""
        with self._alone():
            self.closings += 1
            yield

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Without other threads: SQLite does not bear it that a connection is closed while it is used."""
        if self._pid != getpid():
            self._enter()
        with self._turn:
            yield

    def _after_fork(self) -> None:
        """Leave the lock to the parent process, a thread of which may hold it."""
        self._turn = threading.Lock()


class SeveralCalls:
    """The calls that are to be made, in several databases: each is kept where its change is, so that both are there.

    Where one database does not answer, the calls of the others are made.
    """

    def __init__(self, every: Sequence[StoredCalls]) -> None:
        self._every = every

    @property
    def closings(self) -> int:
        """How often the store was closed, which closes all of them."""
        return self._every[0].closings

    def take(self, closings: int) -> PendingCall | None:
        """A call that is due, to be made now; None where none is, or the store was closed since.

        Raises StoreError where no call was found, and not all could be asked.
        """
        failure: StoreError | None = None
        for place, each in enumerate(self._every):
            try:
                if (call := each.take(closings)) is not None:
                    return call._replace(place=place)
            except StoreError as error:
                failure = error
        if failure is not None:
            raise failure
        return None

    def end(self, call: PendingCall) -> None:
        """The call was made."""
        self._every[call.place].end(call)

    def put_off(self, call: PendingCall, seconds: int) -> None:
        """The call has failed, and is to be made again after so many seconds."""
        self._every[call.place].put_off(call, seconds)

    def stop(self) -> None:
        """Give no call to who makes them now, and wait for those that are being made."""
        for each in self._every:
            each.stop()

    @contextmanager
    def closing(self) -> Iterator[None]:
        """While the store is closed, with all of its databases."""
        with ExitStack() as stack:
            for each in self._every:
                stack.enter_context(each.closing())
            yield


def together(every: Sequence[StoredCalls]) -> StoredCalls | SeveralCalls | None:
    """Those of all databases that keep any."""
    return SeveralCalls(every) if len(every) > 1 else every[0] if every else None
