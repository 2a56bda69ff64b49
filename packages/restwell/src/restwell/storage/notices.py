"""Log lines about a store in trouble, at most one a minute for each kind of trouble.

Requests that fail have log lines of their own; what the database says is for its owner, and is logged here.
"""

from __future__ import annotations

import logging
import time

log = logging.getLogger("restwell")
EVERY = 60.0
"""Seconds between two lines of one kind."""
MAX_TEXT = 500
"""Characters of what a database says that are logged."""


class Notices:
    """Lines for the log, each kind at most once in `EVERY` seconds."""

    def __init__(self) -> None:
        self._told: dict[str, float] = {}

    def tell(self, kind: str, text: str) -> None:
        """Log a line, unless one of its kind was logged less than a minute ago. No client chooses a kind."""
        now = time.monotonic()
        if now - self._told.get(kind, -EVERY) < EVERY:
            return
        self._told[kind] = now
        log.warning("%s", " ".join(text.split())[:MAX_TEXT])


NOTICES = Notices()
"""Shared by all stores of this process."""
