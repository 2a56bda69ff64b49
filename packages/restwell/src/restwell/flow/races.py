"""Changes of one thing that others were faster with go on one at a time.

Tried again all at once, each of N changes would be taken back by every other one: N x N attempts, and the last of
them might wait for seconds. They line up within a process; those of other processes are a few more to be faster.
Who waits in line lends its turn in `restwell serve` to others.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ..data import turn
from ..surface.addresses import Address

LINES = 64
"""Two addresses that are being changed seldom share a line, by their hashes, and then wait for each other."""
_lines: dict[int, threading.Lock] = {}
"""Each is made when it is first wanted: by then gevent, where it is used, has put its own locks in place."""
if hasattr(os, "register_at_fork"):  # not on Windows, where nothing forks
    os.register_at_fork(after_in_child=_lines.clear)  # whoever was first in the parent never goes on here


@contextmanager
def one_at_a_time(address: Address, seconds: float) -> Iterator[bool]:
    """Wait at most so long until nobody else is here for an address; False if somebody still is."""
    line = _lines.setdefault(hash(address.path) % LINES, threading.Lock())
    came = line.acquire(blocking=False)
    if not came:
        turn.lend()
        came = line.acquire(timeout=seconds)
    try:
        yield came
    finally:
        if came:
            line.release()
