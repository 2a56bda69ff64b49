"""One JSON line for each request, through the standard library's logging, logger `restwell.requests`.

As with Flask's own logger, a handler that writes to standard error is added only if no other is configured; it
writes nothing as soon as one is. While it is the only one, lines are written without a LogRecord, which would cost a
quarter of the time of an answer.
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
"""Maximum bytes of a line with its end: a write of this size to a pipe is atomic (PIPE_BUF; 4096 on Linux, at least
512 by POSIX)."""
MAX_PLAIN_METHOD = 16
"""A method of up to this many characters cannot contain a key."""
_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE


class Lines(logging.Handler):
    """Writes to the current standard error, each line by one system call, so that lines of workers do not mix."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, unless another handler is configured."""
        if not is_configured():
            self.write(f"{self.format(record)}\n".encode())

    def write(self, line: bytes) -> None:
        """Write one line with its end. Errors of the stream are ignored: the answer does not depend on the log."""
        stream = sys.stderr
        try:
            if stream is sys.__stderr__ and stream is not None:
                os.write(2, line)
            elif stream is not None:  # replaced, as by tests
                stream.write(line.decode())
        except (OSError, ValueError):
            pass


OWN = Lines()


def is_configured() -> bool:
    """Whether the logger of requests, or one above it, has a handler that is not ours."""
    above = FAULTS.handlers or (FAULTS.propagate and logging.root.handlers)
    return REQUESTS.handlers != [OWN] or bool(REQUESTS.propagate and above)


def set_up() -> None:
    """Set the level and the handler of the logger of requests, if nothing is configured."""
    if REQUESTS.level == logging.NOTSET:
        REQUESTS.setLevel(logging.INFO)
    if not REQUESTS.hasHandlers():
        REQUESTS.addHandler(OWN)


def printable(path: str) -> str:
    """A path as JSON allows it: bytes that are not UTF-8 are written as a backslash and hexadecimal digits."""
    return path[:MAX_PATH_SHOWN].encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def fitted(line: dict[str, Any]) -> bytes:
    """A line that was too long, shortened until it fits, with `"cut": true`."""
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
    is_plain = len(path) <= MAX_PATH_SHOWN and len(method) <= MAX_PLAIN_METHOD and path.isascii()
    is_plain = is_plain and "rw" not in path and "eyJ" not in path
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
