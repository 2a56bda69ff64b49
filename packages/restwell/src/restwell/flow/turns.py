"""Changes of one thing that others were faster with take turns.

Tried again all at once, each of N changes would be taken back by every other one: N x N attempts, and the last of
them might wait for seconds. Turns are taken within a process; other processes are a few more who may be faster.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ..surface.addresses import Address

NUMBER = 64
"""Things share their turns by a hash: seldom two that are being changed, which then only wait for each other."""
_turns: list[threading.Lock] = []


def _begin() -> None:
    _turns[:] = (threading.Lock() for _ in range(NUMBER))


_begin()
if hasattr(os, "register_at_fork"):  # not on Windows, where nothing forks
    os.register_at_fork(after_in_child=_begin)  # whose turn it was in the parent never ends here


@contextmanager
def turn(address: Address, seconds: float) -> Iterator[bool]:
    """Wait at most so long until nobody else has the turn at an address, and keep it; False if it did not come."""
    lock = _turns[hash(address.path) % NUMBER]
    came = lock.acquire(timeout=seconds)
    try:
        yield came
    finally:
        if came:
            lock.release()
