"""The transport to an ASGI application, which is called in this process as a server would call it.

An exception, or a Content-Length that does not match the content, is an error of the exchange.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import threading
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any
from urllib.parse import unquote_to_bytes

from .transports import (
    STREAM_SECONDS,
    Arriving,
    Incoming,
    Limits,
    Origin,
    Outgoing,
    raised,
    refused,
    sentence,
)

Message = MutableMapping[str, Any]
AsgiApplication = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]
STARTUP = 30.0
"""Seconds that an application has to start."""
SHUTDOWN = 5.0
"""Seconds that an application has to shut down."""
LATE_START = f"The application did not start within {STARTUP:g} s."
GRACE = 1.0
"""Seconds beyond the limit after which an application that blocks its event loop is abandoned."""


def is_asgi(app: Any) -> bool:
    """Whether a callable is an ASGI 3 application rather than a WSGI one. Raises TypeError for one that is neither.

    An asynchronous function or object is ASGI, as in servers such as uvicorn; others are judged by the number of
    their arguments: three for ASGI, two for WSGI.
    """
    if not callable(app):
        raise TypeError(f"{app!r} is not an application: it cannot be called.")
    # Of a class `__call__` belongs to its instances, of an object to itself.
    if inspect.iscoroutinefunction(app) or (
        not inspect.isclass(app) and inspect.iscoroutinefunction(getattr(app, "__call__", None))  # noqa: B004
    ):
        return True
    try:
        signature = inspect.signature(app)
    except ValueError:  # implemented in C, without a signature
        return False
    for arguments in (2, 3):
        with contextlib.suppress(TypeError):
            signature.bind(*range(arguments))
            return arguments == 3
    raise TypeError(f"{app!r} is not an application: it takes neither two arguments (WSGI) nor three (ASGI).")


class Asgi:
    """The transport to an ASGI application, which runs in an event loop in a thread of its own, with its lifespan."""

    def __init__(self, app: AsgiApplication, limits: Limits) -> None:
        self.app = app
        self.limits = limits
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._lifespan: Lifespan | None = None
        self._failure = ""
        self._tasks: set[asyncio.Task[None]] = set()

    def exchange(self, request: Outgoing) -> Incoming:
        """Call the application; the `error` of the response says what went wrong."""
        loop, lifespan = self._started()
        if failure := self._failure or refused(request):
            return Incoming(error=failure)
        arriving = Arriving(request.method, self.limits.of(request))
        called = asyncio.run_coroutine_threadsafe(self._call(request, arriving, lifespan.state), loop)
        try:
            error = called.result(arriving.limits.seconds + GRACE)
        except TimeoutError:  # the application blocks the loop
            called.cancel()
            error = arriving.late
        return arriving.end_framed(error)

    def close(self) -> None:
        """Shut the application down by its lifespan, and then stop the loop."""
        if self._loop is None or self._thread is None or self._lifespan is None:
            return
        with contextlib.suppress(TimeoutError):
            asyncio.run_coroutine_threadsafe(self._finish(self._lifespan), self._loop).result(SHUTDOWN + 2 * GRACE)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(GRACE)
        if not self._thread.is_alive():
            self._loop.close()
        self._loop = self._thread = self._lifespan = None

    def _started(self) -> tuple[asyncio.AbstractEventLoop, Lifespan]:
        """The loop and the lifespan, which are started with the first request."""
        if self._loop is None or self._lifespan is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
            self._thread.start()
            self._lifespan = Lifespan(self.app)
            starting = asyncio.run_coroutine_threadsafe(self._lifespan.start(), self._loop)
            try:
                self._failure = starting.result(STARTUP + GRACE)
            except TimeoutError:  # the application blocks the loop
                self._failure = LATE_START
        return self._loop, self._lifespan

    async def _call(self, request: Outgoing, arriving: Arriving, state: dict[str, Any]) -> str:
        """Call the application once; the error, or "". The call may continue after the end of its response."""
        call = AsgiCall(request, arriving)
        task = asyncio.ensure_future(call.run(self.app, state))
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        over = asyncio.ensure_future(call.over.wait())
        await asyncio.wait({task, over}, timeout=arriving.limits.seconds, return_when=asyncio.FIRST_COMPLETED)
        over.cancel()
        if call.over.is_set():
            if arriving.overflown or arriving.endless:
                task.cancel()
            return ""
        if not task.done():
            task.cancel()
            return arriving.late
        error = None if task.cancelled() else task.exception()
        return raised(error) if error else "The application ended without a complete response."

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # retrieved, so that asyncio does not warn

    async def _finish(self, lifespan: Lifespan) -> None:
        for task in self._tasks:
            task.cancel()
        await lifespan.end()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=GRACE)
        loop = asyncio.get_running_loop()
        await loop.shutdown_asyncgens()
        await loop.shutdown_default_executor()


class AsgiCall:
    """One call of an ASGI application: what it receives and sends."""

    def __init__(self, request: Outgoing, arriving: Arriving) -> None:
        self.request = request
        self.arriving = arriving
        self.over = asyncio.Event()
        self._given = False

    async def run(self, app: AsgiApplication, state: dict[str, Any]) -> None:
        """Call the application; its exceptions are passed on."""
        await app(scope_of(self.request, state), self._receive, self._send)

    async def _receive(self) -> Message:
        if not self._given:
            self._given = True
            return {"type": "http.request", "body": self.request.content, "more_body": False}
        await self.over.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        await asyncio.sleep(0)  # so that an application that never waits otherwise can be cancelled
        if self.over.is_set():
            return  # after a disconnect, sending is not an error (ASGI, HTTP, version 2.4)
        if message["type"] == "http.response.start":
            self.arriving.begin(int(message["status"]), _headers(message.get("headers", ())))
            asyncio.get_running_loop().call_later(STREAM_SECONDS, self._look_for_the_end)
        elif message["type"] == "http.response.body":
            if not self.arriving.status:
                raise RuntimeError("http.response.body before http.response.start")
            more = self.arriving.bodiless or self.arriving.take(bytes(message.get("body", b"")))
            if not (more and message.get("more_body", False)):
                self.over.set()

    def _look_for_the_end(self) -> None:
        """End the call where its content seems to have none."""
        if not self.over.is_set() and self.arriving.seems_endless():
            self.over.set()


def _headers(headers: Iterable[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
    return tuple((bytes(name).decode("latin-1"), bytes(value).decode("latin-1")) for name, value in headers)


def scope_of(request: Outgoing, state: dict[str, Any]) -> Message:
    """The ASGI scope of a request."""
    origin = Origin.of(request.url)
    head = request.head()
    path, _, query = head.target.partition(b"?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": origin.scheme,
        "path": unquote_to_bytes(path).decode("utf-8", "replace"),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": [(bytes(name), bytes(value)) for name, value in head.headers],
        "client": ("127.0.0.1", 50_000),
        "server": (origin.host, origin.port),
        "state": state.copy(),
    }


class Lifespan:
    """The lifespan of an ASGI application: startup and shutdown, where the application supports them."""

    def __init__(self, app: AsgiApplication) -> None:
        self.app = app
        self.state: dict[str, Any] = {}
        self._task: asyncio.Task[None] | None = None
        self._sent: asyncio.Queue[Message] = asyncio.Queue()
        self._received: asyncio.Queue[Message] = asyncio.Queue()

    async def start(self) -> str:
        """Start the application; the error, or "". Without support of the lifespan there is nothing to start."""
        self._task = asyncio.ensure_future(self._live())
        answer = await self._ask("lifespan.startup", STARTUP)
        if answer is None:
            return "" if self._task.done() else LATE_START
        if answer["type"] != "lifespan.startup.failed":
            return ""
        return sentence("The application did not start", answer.get("message", ""))

    async def end(self) -> None:
        """Shut the application down, if its lifespan is running."""
        if self._task is not None and not self._task.done():
            await self._ask("lifespan.shutdown", SHUTDOWN)
            self._task.cancel()

    async def _live(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self.state}
        # An application that does not support the lifespan raises (ASGI, Lifespan protocol).
        with contextlib.suppress(Exception):
            await self.app(scope, self._sent.get, self._received.put)

    async def _ask(self, what: str, seconds: float) -> Message | None:
        """Send an event to the application; its answer, or None when it ends without one or takes too long."""
        if self._task is None:
            return None
        self._sent.put_nowait({"type": what})
        answer = asyncio.ensure_future(self._received.get())
        await asyncio.wait({answer, self._task}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if answer.done():
            return answer.result()
        answer.cancel()
        return None
