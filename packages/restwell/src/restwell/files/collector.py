"""Disables Python's cyclic garbage collector while many rows are processed."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Disable the collector: rows have no reference cycles, and the search for them takes a fifth of the time.

    Rows are freed by reference counting as before. At the end the collector is in the state it was in.
    """
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()
