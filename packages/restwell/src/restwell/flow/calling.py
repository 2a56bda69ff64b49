"""Makes the calls that committed changes ask for, each until it has succeeded, in a thread of its own.

What is called runs once for a change as a rule, and again after it has raised, or after a process was killed while it
ran: at least once. It never delays or changes an answer.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from os import getpid

import orjson

from ..data.calls import Calls, PendingCall
from ..data.store_errors import StoreError
from ..model.hooks import Change
from ..model.resource import Declaration
from .hooking import item_of

log = logging.getLogger("restwell")
IDLE = 2.0
"""Seconds between two looks at calls that other processes have left, or that are due again."""
FIRST, MAX_DELAY = 1, 300
"""Seconds after which a call that failed is made again: the first time, and at most; twice as long each time."""


class Calling:
    """The thread of one process that makes calls. `around` gives what the application's code is called in."""

    def __init__(
        self,
        calls: Calls,
        declarations: Sequence[Declaration],
        around: Callable[[], AbstractContextManager[object]],
    ) -> None:
        self._calls = calls
        self._resources = {each.path: each for each in declarations}
        self._around = around
        self._wake = threading.Event()
        self._life = (0, 0)
        """The process whose thread it is, and how often the store was closed before it began."""

    def notice(self) -> None:
        """Look for calls soon: one was asked for, or this process has just begun.

        The thread ends when the store is closed; what is due stays where it is kept.
        """
        life = self._now()
        if self._life != life:  # a thread stays behind in the process that was forked
            self._life = life
            self._wake = threading.Event()
            threading.Thread(target=self._run, args=(life,), name="restwell-calls", daemon=True).start()
        self._wake.set()

    def _now(self) -> tuple[int, int]:
        return getpid(), self._calls.closings

    def _run(self, life: tuple[int, int]) -> None:
        while self._now() == life:
            try:
                self.make_all()
            except Exception as error:
                if self._now() != life:  # it was closed meanwhile
                    return
                if isinstance(error, StoreError):
                    log.warning("calls after changes wait, as the store does not answer: %s", error)
                else:
                    log.exception("calls after changes wait, as looking for them has failed")
            self._wake.wait(IDLE)
            self._wake.clear()

    def make_all(self) -> int:
        """Make the calls that are due; how many succeeded. Raises StoreError."""
        made, life = 0, self._now()
        while self._now() == life and (call := self._calls.take(life[1])) is not None:
            made += self._make(call)
        return made

    def _make(self, call: PendingCall) -> bool:
        resource = self._resources.get(call.path)
        hook = None if resource is None else resource.hooks.named(call.name)
        if resource is None or hook is None:
            log.warning("%s is to be called for a change of %s, and is not there: %s", call.name, call.path, AGAIN)
            self._calls.put_off(call, MAX_DELAY)
            return False
        try:
            with self._around():
                hook.function(_change_of(resource, call))
        except (Exception, SystemExit):  # which would end the thread, and nothing else
            seconds = min(FIRST << min(call.tries - 1, 30), MAX_DELAY)
            log.exception("%s failed at try %d for request %s: %s", call.name, call.tries, call.request_id, AGAIN)
            self._calls.put_off(call, seconds)
            return False
        self._calls.end(call)
        return True


AGAIN = "it is tried again later"


def _change_of(resource: Declaration, call: PendingCall) -> Change:
    kept = (None if each is None else resource.by_name(orjson.loads(each)) for each in (call.old, call.new))
    old, new = (item_of(resource, each) for each in kept)
    operation = call.operation
    return Change(operation, old, new, call.caller, call.request_id, tries=call.tries)
