"""When keys were last used: written by a thread of its own, so that no answer waits for it."""

from __future__ import annotations

import threading
from os import getpid

from ..access.keys import RESOLUTION
from ..data.store_errors import ReadOnly, StoreError
from .driver import Driver
from .forking import Forkable
from .notices import NOTICES
from .tables import KEYS

MAX_WAIT = 10.0
"""Seconds that a store waits for it when it is closed."""
MAX_NOTED = 10_000
"""Keys that are remembered to have been noted within the last minute; what is used beyond that waits for a minute."""


class KeyUses(Forkable):
    """Notes uses of keys. Each worker writes at most once in RESOLUTION for a key, and not what another has written.

    What was noted is written at once, in a thread that ends when nothing is left. So a process that is killed loses
    what the time of a use lacks anyway.
    """

    def __init__(self, driver: Driver) -> None:
        super().__init__()
        self._driver = driver
        self._mark = driver.dialect.mark
        self._is_kept = not driver.read_only
        self._after_fork()

    def _after_fork(self) -> None:
        self._lock = threading.Lock()
        self._noted: dict[str, float] = {}
        self._due: dict[str, float] = {}
        self._thread: threading.Thread | None = None

    def do_without(self) -> None:
        """Note nothing, where the database has no room for it."""
        self._is_kept = False

    def note(self, identifier: str, now: float) -> None:
        """Write soon that a key was used, unless that was noted less than RESOLUTION ago."""
        if not self._is_kept:
            return
        if self._pid != getpid():
            self._enter()
        with self._lock:
            if 0 <= now - self._noted.get(identifier, 0) < RESOLUTION or not self._has_room(now):
                return
            self._noted[identifier] = self._due[identifier] = now
            if self._thread is None:
                self._begin()

    def _begin(self) -> None:
        thread = threading.Thread(target=self._write_all, name="restwell-key-uses", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # there is none left, or the process ends; the request goes on
            NOTICES.tell("uses of keys", f"the last use of a key is not recorded yet: {error}")
        else:
            self._thread = thread

    def _has_room(self, now: float) -> bool:
        if len(self._noted) >= MAX_NOTED:
            self._noted = {key: when for key, when in self._noted.items() if 0 <= now - when < RESOLUTION}
        return len(self._noted) < MAX_NOTED

    def settle(self) -> None:
        """Wait until what was noted is written, or cannot be."""
        thread = self._thread if self._pid == getpid() else None
        if thread is not None and thread is not threading.current_thread():
            thread.join(MAX_WAIT)

    def _write_all(self) -> None:
        while True:
            with self._lock:
                due, self._due = self._due, {}
                if not due:
                    self._thread = None
                    return
            self._write(due)

    def _write(self, due: dict[str, float]) -> None:
        mark = self._mark
        old = f"used IS NULL OR used <= {mark} OR used > {mark}"  # it is later where the clock was put back
        text = f"UPDATE {KEYS} SET used = {mark} WHERE id = {mark} AND ({old})"
        try:
            with self._driver.transaction() as connection:
                for identifier, when in due.items():
                    connection.execute(text, (int(when), identifier, int(when) - RESOLUTION, int(when)))
        except ReadOnly:
            pass  # a server that only reads has the uses of the one that it follows
        except StoreError as error:
            NOTICES.tell("uses of keys", f"the last use of a key is not recorded: {error}")
