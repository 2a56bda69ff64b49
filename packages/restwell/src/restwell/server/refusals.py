"""What is refused without asking an application, or because it cannot be asked: problems (RFC 9457)."""

from __future__ import annotations

import itertools
import logging
import os
import threading
import time
from http import HTTPStatus
from typing import Any

import orjson

from ..http.masking import masked
from ..observe.events import Answered
from ..observe.logs import printable, write_line
from ..surface.addresses import Address
from ..web.wsgi import text_of

log = logging.getLogger("restwell")
NOWHERE = Address("nothing", "")
TOLD_EVERY = 1.0
"""Seconds between two lines that say how many requests were refused since there was too much to do."""
DETAILS = {
    400: "The content broke off before its end, or is not framed as HTTP says: send all of it.",
    408: "The content came too slowly: send it at once.",
    413: "The content is larger than what is taken here.",
    500: "The log says what happened.",
    503: "There is more to do at the moment than can be done, or the service is about to end: ask again in a moment.",
    507: "The content could not be kept while it came: there is no room.",
}
_stamp, _numbers = os.urandom(6).hex(), itertools.count(1)


def _response(status: int) -> tuple[list[tuple[bytes, bytes]], bytes]:
    title = HTTPStatus(status).phrase
    body = orjson.dumps({"type": "about:blank", "title": title, "status": status, "detail": DETAILS[status]})
    fields = [
        (b"Content-Type", b"application/problem+json"),
        (b"Content-Length", str(len(body)).encode()),
        (b"Cache-Control", b"no-store"),
        (b"X-Content-Type-Options", b"nosniff"),
    ]
    if status in {503, 507}:
        fields.append((b"Retry-After", b"1"))
    else:
        fields.append((b"Connection", b"close"))
    return fields, body


_RESPONSES = {status: _response(status) for status in DETAILS}


def refuse(proto: Any, environ: dict[str, Any], status: int, seconds: float = 0.0) -> None:
    """Send a refusal, and log a line as for every other answer."""
    identifier = _send(proto, environ, status)
    method, path = environ["REQUEST_METHOD"], text_of(environ["PATH_INFO"])
    write_line(Answered(identifier, method, path, NOWHERE, (), status, None, seconds, {}))


def shown_path(environ: dict[str, Any]) -> str:
    """The path of a request, as it may stand in a line of the log."""
    return printable(masked(text_of(environ["PATH_INFO"])))


def _send(proto: Any, environ: dict[str, Any], status: int) -> str:
    fields, body = _RESPONSES[status]
    identifier = f"{_stamp}{os.getpid():x}-s{next(_numbers):x}"
    headers = [*fields, (b"X-Request-Id", identifier.encode())]
    proto.send({"type": "http.response.start", "status": status, "headers": headers})
    proto.send({"type": "http.response.body", "body": b"" if environ["REQUEST_METHOD"] == "HEAD" else body})
    return identifier


class Overload:
    """Refuses what cannot be done in time, and says in the log how many these were, at most once a second."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._number = 0
        self._told = 0.0

    def refuse(self, proto: Any, environ: dict[str, Any]) -> None:
        """Send 503 (RFC 9110, section 15.6.4)."""
        _send(proto, environ, 503)
        with self._lock:
            self._number += 1
            now = time.monotonic()
            if now - self._told < TOLD_EVERY:
                return
            number, self._number, self._told = self._number, 0, now
        log.warning("%d requests were refused with 503: there was more to do than could be done in time", number)
