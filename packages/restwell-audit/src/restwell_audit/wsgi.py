"""The transport to a WSGI application, which is called in this process as a server would call it (PEP 3333).

An exception, or a Content-Length that does not match the content, is an error of the exchange.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from .transports import Arriving, Deadline, Incoming, Limits, Origin, Outgoing, raised, refused

if TYPE_CHECKING:
    from _typeshed import OptExcInfo
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment


class Wsgi:
    """The transport to a WSGI application (PEP 3333), which runs in the thread of the caller.

    The deadline is checked whenever the application yields content; one that never does cannot be interrupted.
    """

    def __init__(self, app: WSGIApplication, limits: Limits) -> None:
        self.app = app
        self.limits = limits

    def exchange(self, request: Outgoing) -> Incoming:
        """Call the application; the `error` of the response says what went wrong."""
        if why := refused(request):
            return Incoming(error=why)
        call = WsgiCall(request, self.limits.of(request))
        try:
            call.run(self.app)
        except TimeoutError as error:
            return call.arriving.end(call.arriving.late if call.is_late() else raised(error))
        except Exception as error:  # noqa: BLE001 -- a server has to handle every exception of an application
            return call.arriving.end(raised(error))
        return call.arriving.end_framed()

    def close(self) -> None:
        """Do nothing: nothing is kept open."""


class WsgiCall:
    """One call of a WSGI application."""

    def __init__(self, request: Outgoing, limits: Limits) -> None:
        self.request = request
        self.arriving = Arriving(request.method, limits)
        self.deadline = Deadline(limits.seconds)
        self._announced: tuple[int, list[tuple[str, str]]] | None = None

    def run(self, app: WSGIApplication) -> None:
        """Call the application and take its content to the end or the limit; its exceptions are passed on."""
        content = app(environ_of(self.request), self._start_response)
        try:
            for part in content:
                self._begin_if(part)
                if not self._take(part):
                    break
            self._begin_if(True)
        finally:
            close: Callable[[], object] = getattr(content, "close", lambda: None)
            close()

    def is_late(self) -> bool:
        """Whether the deadline has passed."""
        try:
            return self.deadline.left() <= 0
        except TimeoutError:
            return True

    def _start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: OptExcInfo | None = None, /
    ) -> Callable[[bytes], object]:
        try:
            if exc_info and exc_info[1] is not None and self.arriving.status:
                raise exc_info[1]  # the head has gone out already
        finally:
            exc_info = None  # no cycle through the traceback
        if not status[:3].isdecimal():
            raise ValueError(f"{status!r} is not a status")
        self._announced = int(status[:3]), headers
        return self._write

    def _write(self, data: bytes, /) -> None:
        self._begin_if(True)
        self._take(data)

    def _begin_if(self, due: object) -> None:
        """Send the head if it is due: with the first content that is not empty, or at the end."""
        if due and not self.arriving.status:
            if self._announced is None:
                raise AssertionError("no start_response before the content")
            status, headers = self._announced
            self.arriving.begin(status, tuple((str(name), str(value)) for name, value in headers))

    def _take(self, part: bytes) -> bool:
        self.deadline.left()
        return self.arriving.bodiless or (self.arriving.take(part) and not self.arriving.seems_endless())


def environ_of(request: Outgoing) -> WSGIEnvironment:
    """The WSGI environment of a request."""
    origin = Origin.of(request.url)
    path, _, query = request.head().target.decode("ascii").partition("?")
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": origin.host,
        "SERVER_PORT": str(origin.port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": origin.scheme,
        "wsgi.input": io.BytesIO(request.content),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers:
        key = name.upper().replace("-", "_")
        key = key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"
        environ[key] = f"{environ[key]},{value}" if key in environ else value
    return environ
