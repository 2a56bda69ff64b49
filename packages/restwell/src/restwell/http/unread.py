"""What becomes of content that nobody read, so that the client sees why it was refused (RFC 9112, section 9.6).

A server that closes a connection on which unread content waits resets it, and the reset can destroy the response
before the client has read it; many clients read nothing before they have sent everything. So what is coming is read
and thrown away first, within a limit of bytes and of time. Where a server lets nobody limit the time (granian), that
is done for callers who are known, as their content is read too; a stranger's connection is closed.

Measured with 2 MiB sent in one go: without this up to a quarter of granian's clients could not send all, and up to
half of uWSGI's saw no response; with it all of 200 sent all and saw the response.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

from .awaited import Awaited
from .messages import Readable, Request, Response, length_of

MAX_DISCARDED = 8 * 1024 * 1024
"""Bytes of refused content that are read."""
MAX_BLIND = 1024 * 1024
"""Bytes of it that are read from a server of which nothing is known, and from known callers alone."""
MAX_SECONDS = 1.0
"""How long that may take for a caller who is known."""
MAX_STRANGER_SECONDS = 0.25
"""How long that may take for another, within the allowance of the process."""
PIECE = 64 * 1024


class Allowance:
    """The seconds that this process spends on waiting for strangers: a tenth of its time.

    So whoever sends slowly, or stops sending, on however many connections, takes no more than that from others.
    """

    SHARE = 0.1

    def __init__(self, most: float = 1.0) -> None:
        self._most = self._left = most
        self._filled = time.monotonic()
        self._lock = threading.Lock()

    def take(self, seconds: float) -> float:
        """So many seconds, or what is left."""
        with self._lock:
            now = time.monotonic()
            self._left = min(self._most, self._left + (now - self._filled) * self.SHARE)
            self._filled = now
            granted = min(seconds, self._left)
            self._left -= granted
            return granted

    def give_back(self, seconds: float) -> None:
        """Return seconds that were granted and not needed."""
        with self._lock:
            self._left = min(self._most, self._left + max(seconds, 0.0))


STRANGERS = Allowance()


def has_content(request: Request) -> bool:
    """Whether content comes with a request (RFC 9112, section 6)."""
    headers = request.headers
    return bool(headers.get("transfer-encoding")) or headers.get("content-length", "0") != "0"


def leave_unread(request: Request, response: Response, *, known: bool) -> Response:
    """The response to a request whose content was not read, after that was read and thrown away within limits.

    `known` says that the caller is. Whoever expects 100 Continue, and did not get it, will not send the content.
    When some of it may still come the response ends the connection, where the server lets it.
    """
    server = request.server
    is_coming = "expect" not in request.headers or server.continues
    if is_coming and _is_drained(request, known=known):
        return response
    return response._replace(headers=(*response.headers, ("Connection", "close"))) if server.may_close else response


def _is_drained(request: Request, *, known: bool) -> bool:
    """Whether all of the content has come and gone."""
    server, length = request.server, length_of(request.headers.get("content-length", ""))
    if server.waiting == "memory":
        return not isinstance(request.body, Awaited)
    if length is None and server.chunked == "refused":
        return False
    if server.waiting == "connection" and not known:
        return False  # nothing would end the wait for who sends no more, and the only thread may be this one
    if server.waiting == "none" and not (known and length is not None and length <= MAX_BLIND):
        return False
    granted = MAX_SECONDS if known else STRANGERS.take(MAX_STRANGER_SECONDS)
    end = time.monotonic() + granted
    try:
        return _drain(request, MAX_DISCARDED if length is None else length, end)
    finally:
        if not known:
            STRANGERS.give_back(end - time.monotonic())


def _drain(request: Request, length: int, end: float) -> bool:
    most, waiting = min(length, MAX_DISCARDED), request.server.waiting
    if waiting == "socket" and request.socket is not None:
        with timed(request.socket, end):
            return discard(request.body, most, end) and length <= most
    if waiting == "descriptor":
        return discard_what_came(request.body, most, end) and length <= most
    return discard(request.body, most, end) and length <= most


def discard(body: Readable, most: int, end: float) -> bool:
    """Read up to so many bytes, until then (monotonic); whether they, or the end, came."""
    with contextlib.suppress(Exception):  # a server's own errors and timeouts: there is nothing left to save
        while most > 0 and time.monotonic() < end:
            piece = body.read(min(most, PIECE))
            if not piece:
                return True
            most -= len(piece)
    return most <= 0


def discard_what_came(body: Readable, most: int, end: float) -> bool:
    """The same with uWSGI, whose reads wait for as many bytes as they are asked for."""
    # Here, since these are where uWSGI is, and not on every system.
    import fcntl
    import select
    import termios

    descriptor = sys.modules["uwsgi"].connection_fd()
    waiting = select.poll()
    waiting.register(descriptor, select.POLLIN)
    with contextlib.suppress(Exception):  # as above
        while most > 0 and waiting.poll(max(end - time.monotonic(), 0) * 1000):
            came = int.from_bytes(fcntl.ioctl(descriptor, termios.FIONREAD, bytes(4)), sys.byteorder)
            piece = body.read(min(most, came, PIECE))
            if not piece:
                break
            most -= len(piece)
    return most <= 0


@contextlib.contextmanager
def timed(socket: Any, end: float) -> Iterator[None]:
    """Let no read from a socket last longer than until then."""
    before = socket.gettimeout()
    socket.settimeout(max(end - time.monotonic(), 0.001))
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            socket.settimeout(before)
