"""The turn of the request that a thread answers: `restwell serve` answers so many at once.

`lend()` lets others have it. What takes long without Python, such as a query that looks at many rows, calls it. On
other servers, and outside of a request, it does nothing. `server/reception.py` puts its own in the place.
"""

from __future__ import annotations

from collections.abc import Callable


def _nothing() -> None:
    """Where nobody waits for a turn."""


lend: Callable[[], None] = _nothing
