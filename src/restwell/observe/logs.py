"""One JSON line for each request, through the standard library's logging, logger `restwell.requests`.

As Flask does with its own logger, a handler to standard error is added only when nothing is configured.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import orjson

from .events import Answered

REQUESTS = logging.getLogger("restwell.requests")
FAULTS = logging.getLogger("restwell")


def set_up() -> None:
    """Make the requests' logger say something when nobody has configured it."""
    if REQUESTS.level == logging.NOTSET:
        REQUESTS.setLevel(logging.INFO)
    if not REQUESTS.hasHandlers():
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(message)s"))
        REQUESTS.addHandler(handler)


def write_line(event: Answered) -> None:
    """Log an answered request; a listener."""
    if not REQUESTS.isEnabledFor(logging.INFO):
        return
    line = {
        "time": datetime.now(UTC),
        "request_id": event.request_id,
        "method": event.method,
        "path": event.path,
        "status": event.status,
        "duration_ms": round(event.seconds * 1000, 3),
        "key": event.caller,
    }
    if event.parameters:
        line["parameters"] = event.parameters
    REQUESTS.info(orjson.dumps(line, option=orjson.OPT_UTC_Z).decode())
