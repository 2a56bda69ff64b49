"""Forked processes that each do a piece of work: what several workers on one database are."""

import os
import sys
import traceback
import warnings
from collections.abc import Callable


def in_children(number: int, work: Callable[[int], None]) -> list[int]:
    """Fork so many processes at once, let each do its work, and give their exit codes: 0 where nothing was raised."""
    return ended(forked(number, work))


def forked(number: int, work: Callable[[int], None]) -> list[int]:
    """Fork so many processes, which begin their work; threads of this one should come behind."""
    return [_fork(work, place) for place in range(number)]


def ended(pids: list[int]) -> list[int]:
    """Wait for processes to end, and give their exit codes."""
    return [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]


def _fork(work: Callable[[int], None], place: int) -> int:
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", DeprecationWarning
        )  # of forking beside threads, which the children leave alone
        pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        work(place)
        code = 0
    except BaseException:  # noqa: BLE001 -- a child must never go on into the parent's tests
        traceback.print_exc()
        sys.stderr.flush()
    os._exit(code)
