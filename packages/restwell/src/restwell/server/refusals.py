"""Refusals that the server sends without the application, as problems (RFC 9457)."""

from __future__ import annotations

import itertools
import logging
import os
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import orjson

from ..http.masking import masked
from ..http.messages import Headers
from ..observe.events import Answered
from ..observe.logs import printable, write_line
from ..surface.addresses import Address
from ..web.wsgi import text_of

Sharing = Callable[[dict[str, Any]], Headers]
"""The fields of CORS of an answer to a request, by its WSGI environment."""
log = logging.getLogger("restwell")
NOWHERE = Address("nothing", "")
LOG_INTERVAL = 1.0
"""Seconds between two log lines about requests that were refused because of overload."""
DETAILS = {
    400: "The content broke off before its end, or its framing is invalid: send all of it.",
    408: "The content arrived too slowly: send it faster.",
    413: "The content exceeds the limit of the server: send less.",
    500: "The server encountered an unexpected condition, which is logged.",
    503: "The service is overloaded or about to end: retry after the time in Retry-After.",
    507: "The server has no space left for the content: retry after the time in Retry-After.",
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


def shown_path(environ: dict[str, Any]) -> str:
    """The path of a request, safe for a line of the log."""
    return printable(masked(text_of(environ["PATH_INFO"])))


class Refusals:
    """Refuses requests; those that are refused because of overload are logged at most once a second.

    `sharing` gives the fields of CORS for a request, where pages of other origins may read what an API answers.
    """

    def __init__(self, sharing: Sharing | None = None) -> None:
        self._sharing = sharing
        self._lock = threading.Lock()
        self._number = 0
        self._logged = 0.0

    def refuse(self, proto: Any, environ: dict[str, Any], status: int, seconds: float = 0.0) -> None:
        """Send a refusal, and log a line as for every other response."""
        identifier = self._send(proto, environ, status)
        method, path = environ["REQUEST_METHOD"], text_of(environ["PATH_INFO"])
        write_line(Answered(identifier, method, path, NOWHERE, (), status, None, seconds, {}))

    def shed(self, proto: Any, environ: dict[str, Any]) -> None:
        """Send 503 (RFC 9110, section 15.6.4) because of overload."""
        self._send(proto, environ, 503)
        with self._lock:
            self._number += 1
            now = time.monotonic()
            if now - self._logged < LOG_INTERVAL:
                return
            number, self._number, self._logged = self._number, 0, now
        log.warning("%d requests were refused with 503 because of overload", number)

    def _send(self, proto: Any, environ: dict[str, Any], status: int) -> str:
        fields, body = _RESPONSES[status]
        identifier = f"{_stamp}{os.getpid():x}-s{next(_numbers):x}"
        headers = [*fields, (b"X-Request-Id", identifier.encode())]
        if self._sharing is not None:
            headers += [(name.encode(), value.encode()) for name, value in self._sharing(environ)]
        proto.send({"type": "http.response.start", "status": status, "headers": headers})
        proto.send({"type": "http.response.body", "body": b"" if environ["REQUEST_METHOD"] == "HEAD" else body})
        return identifier
