"""The turn of a request: `restwell serve` runs a limited number of requests at a time, and each holds a turn.

`lend()` lets other requests run meanwhile. Code that takes long outside of Python calls it, such as a query over many
rows. On other servers, and outside of a request, it does nothing: `server/reception.py` installs its own.
"""

from __future__ import annotations

from collections.abc import Callable


def _nothing() -> None:
    """For servers without turns."""


lend: Callable[[], None] = _nothing
