"""One JSON line for each request, through the standard library's logging, logger `restwell.requests`.

As Flask does with its own logger, a handler to standard error is added only when nothing is configured; it keeps
silent as soon as something is. As long as it is the only one, a line goes straight to the stream: a LogRecord for
each request would cost as much as a quarter of the answer.
"""

from __future__ import annotations

import logging
import os
import sys
from datetime import UTC, datetime
from typing import Any

import orjson

from ..http.limits import MAX_METHOD, MAX_PATH_SHOWN
from ..http.masking import masked
from .events import Answered

REQUESTS = logging.getLogger("restwell.requests")
FAULTS = logging.getLogger("restwell")
MAX_LINE = 4096
"""Bytes of a line, its end included: what a pipe takes in one piece (PIPE_BUF of Linux; POSIX promises 512)."""
MAX_PLAIN_METHOD = 16
"""Characters of a method in which there can be no key."""
_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE


class Lines(logging.Handler):
    """Writes to standard error, whatever that is at the moment, each line in one piece.

    One `write` of the operating system a line: lines of several workers never run into each other.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, unless somebody else has been told to see to it."""
        if not is_configured():
            self.write(f"{self.format(record)}\n".encode())

    def write(self, line: bytes) -> None:
        """Write one line with its end. A stream that is closed or full is no reason to refuse a request."""
        stream = sys.stderr
        try:
            if stream is sys.__stderr__ and stream is not None:
                os.write(2, line)
            elif stream is not None:  # replaced, as tests do
                stream.write(line.decode())
        except (OSError, ValueError):
            pass


OWN = Lines()


def is_configured() -> bool:
    """Whether the requests' logger has been given other handlers than ours, or one above it has."""
    above = FAULTS.handlers or (FAULTS.propagate and logging.root.handlers)
    return REQUESTS.handlers != [OWN] or bool(REQUESTS.propagate and above)


def set_up() -> None:
    """Make the requests' logger say something when nobody has configured it."""
    if REQUESTS.level == logging.NOTSET:
        REQUESTS.setLevel(logging.INFO)
    if not REQUESTS.hasHandlers():
        REQUESTS.addHandler(OWN)


def printable(path: str) -> str:
    """A path that JSON can hold: bytes that are not UTF-8 are written out, with a backslash and in hexadecimal."""
    return path[:MAX_PATH_SHOWN].encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def fitted(line: dict[str, Any]) -> bytes:
    """A line that is too long, cut until it fits, and `"cut": true` in it, which says so."""
    cut = line | {"cut": True}
    if "parameters" in cut:
        cut["parameters"] = list(cut["parameters"])
    while len(text := orjson.dumps(cut, option=_OPTIONS)) > MAX_LINE:
        if cut.get("parameters"):
            cut["parameters"].pop()
        else:
            cut["path"] = cut["path"][: len(cut["path"]) * 3 // 4]
    return text


def write_line(event: Answered) -> None:
    """Log an answered request; a listener."""
    if not REQUESTS.isEnabledFor(logging.INFO):
        return
    path, method = event.path, event.method
    is_plain = len(path) <= MAX_PATH_SHOWN and len(method) <= MAX_PLAIN_METHOD and path.isascii() and "rw" not in path
    line = {
        "time": datetime.now(UTC),
        "request_id": event.request_id,
        "method": method if is_plain else masked(method)[:MAX_METHOD],
        "path": path if is_plain else printable(masked(path)),
        "status": event.status,
        "duration_ms": int(event.seconds * 1_000_000) / 1000,
        "key": event.caller,
    }
    if event.parameters:
        line["parameters"] = event.parameters
    text = orjson.dumps(line, option=_OPTIONS)
    if len(text) > MAX_LINE or (not is_plain and (len(path) > MAX_PATH_SHOWN or len(method) > MAX_METHOD)):
        text = fitted(line)
    if REQUESTS.filters or OWN.filters or OWN.formatter or is_configured():
        REQUESTS.info(text.decode().rstrip())
    else:
        OWN.write(text)
