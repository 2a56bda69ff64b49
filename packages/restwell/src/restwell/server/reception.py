"""Passes requests of the server to the application, and the responses back.

Threads of the server call `receive` for each request when its header section is complete. A request without content
is answered in that thread if a turn is free (`turns.py`). The content of others is read by the event loop
(`arriving.py`); if that takes longer than a moment, the application is called without it, since most refusals do not
need it (`awaited.py`). Requests that need no turn, such as those for liveness, are answered beside the queue.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any

from ..data import turn
from ..http.awaited import Awaited, ContentLost, NotArrived
from ..http.limits import MAX_METHOD
from .active import ActiveThreads
from .answering import answered, send, send_stream
from .arriving import ArrivingContent
from .environ import environ_of, has_content, refusable
from .refusals import Refusals, Sharing, shown_path
from .turns import MAX_LENT, Turns

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

log = logging.getLogger("restwell")
BESIDE = 4
"""Requests that are answered at the same time beside those that have a turn."""
MAX_WAITING_FOR_CLIENTS = 32
"""Threads that wait, without a turn, for content that a view or a hook reads, or for a client to read a stream."""
LOOK_EVERY = 0.01
"""Seconds between two checks for requests that have waited too long, while any wait."""
MAX_ARRIVING = 1000
"""Requests whose content is read at the same time."""
Beside = Callable[[dict[str, Any]], bool]
"""Whether a request, by its WSGI environment, is answered beside the queue."""


class IncomingRequest:
    """A request: its WSGI environment, and the `proto` object of the server to answer it."""

    def __init__(self, environ: dict[str, Any], proto: Any) -> None:
        self.environ = environ
        self.proto = proto
        self.asked: Callable[[bool], None] | None = None
        """Called with whether the content is needed, where the application is called without it."""

    def release(self) -> None:
        """Release `proto`: as long as it is referenced, the server waits for further content."""
        self.proto = None


class Reception:
    """Receives the requests of one worker for a WSGI application, and answers `threads` at the same time."""

    def __init__(
        self,
        app: WSGIApplication,
        loop: asyncio.AbstractEventLoop,
        threads: int,
        beside: Beside,
        sharing: Sharing | None = None,
    ) -> None:
        self.app = app
        self._threads = ThreadPoolExecutor(threads + BESIDE + MAX_WAITING_FOR_CLIENTS, "restwell")
        self.turns = Turns[IncomingRequest](threads, self._answer, self._shed, self._threads.submit)
        turn.lend = self.turns.lend
        self._loop = loop
        self._beside = beside
        self._refusals = Refusals(sharing)
        self._refused: deque[tuple[Any, dict[str, Any]]] = deque()
        self._active = ActiveThreads(threads + BESIDE + MAX_LENT + 1)
        self._waiting_for_clients = threading.BoundedSemaphore(MAX_WAITING_FOR_CLIENTS)
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_watched = False
        self.is_draining = False
        """Whether this worker is about to end, and no longer ready for new requests."""

    def receive(self, watcher: Any) -> None:
        """Receive a request of the server. Errors are logged, since the server would not report them."""
        try:
            if self.turns.is_full(len(self._tasks)) and self._is_refused_unread(watcher):
                return
            incoming = IncomingRequest(environ_of(watcher.scope), watcher.proto)
            if has_content(incoming.environ):
                self._loop.call_soon_threadsafe(self._start, self._read(incoming))
                return
            incoming.environ["wsgi.input"] = BytesIO()
            self._admit(incoming)
            if self.turns.is_busy:
                self._active.rest()
        except BaseException:
            log.exception("a request could not be received")
            watcher.done()

    def _is_refused_unread(self, watcher: Any) -> bool:
        """Refuse a request without reading it, unless it is answered beside the queue or has long content.

        Refusals are collected and sent together by the event loop, so that they rarely interrupt the thread that
        executes a request.
        """
        environ = refusable(watcher.scope)
        if environ is None or self._beside(environ):
            return False
        self._refused.append((watcher.proto, environ))
        self._be_watched()
        if not has_content(environ):  # a resting thread would keep the server from discarding the content
            self._active.rest()
        return True

    def _admit(self, incoming: IncomingRequest) -> None:
        """Answer a request, or put it into the queue."""
        if self.turns.is_busy:
            if self._beside(incoming.environ):
                self._answer(incoming)
                return
            self._be_watched()
        self.turns.take(incoming)

    def _be_watched(self) -> None:
        if not self._is_watched:
            self._is_watched = True
            self._loop.call_soon_threadsafe(self._watch)

    def _answer(self, incoming: IncomingRequest) -> None:
        """Call the application, and send its response."""
        environ = incoming.environ
        if self.is_draining and environ["PATH_INFO"].endswith("/health/ready"):
            self._refusals.refuse(incoming.proto, environ, 503)
            return
        wanted = False
        try:
            with answered(self.app, environ) as answer:
                if isinstance(answer.body, (list, tuple)):
                    send(incoming.proto, answer)
                else:
                    with self._without_turn():
                        send_stream(incoming.proto, answer, self._loop)
        except NotArrived:
            wanted = True
        except ContentLost as lost:
            self._refusals.refuse(incoming.proto, environ, lost.status)
        except BaseException:
            log.exception("%s %s failed", environ["REQUEST_METHOD"][:MAX_METHOD], shown_path(environ))
            with suppress(Exception):  # the response may have begun
                self._refusals.refuse(incoming.proto, environ, 500)
        if incoming.asked is not None:
            incoming.asked(wanted)

    def _shed(self, incoming: IncomingRequest) -> None:
        self._refusals.shed(incoming.proto, incoming.environ)
        if incoming.asked is not None:
            incoming.asked(False)

    @contextmanager
    def _without_turn(self) -> Iterator[None]:
        """Give up the turn while this thread waits for a client. Raises ContentLost when too many wait."""
        if not self._waiting_for_clients.acquire(blocking=False):
            raise ContentLost(503)
        try:
            self.turns.leave()
            with self._active.away():
                yield
        finally:
            self._waiting_for_clients.release()

    # -- in the event loop ----------------------------------------------------------------------------------

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _watch(self) -> None:
        """Refuse requests that have waited too long or are too many; repeated while any wait."""
        self.turns.shed_late()
        self._is_watched = (
            self.turns.is_busy
        )  # set before `_refused` is emptied, so that later ones start another call
        while self._refused:
            self._refusals.shed(*self._refused.popleft())
        if self._is_watched:
            self._loop.call_later(LOOK_EVERY, self._watch)

    async def _read(self, incoming: IncomingRequest) -> None:
        """Read the content of a request, if it is needed, and have the request answered."""
        environ = incoming.environ
        if len(self._tasks) > MAX_ARRIVING:
            self._shed(incoming)
            return
        length = environ.get("CONTENT_LENGTH", "")
        arriving = ArrivingContent(incoming.proto.receive, int(length) if length.isdigit() else None)
        try:
            if "HTTP_EXPECT" not in environ and arriving.is_small:
                await arriving.read_what_comes_at_once()
            if not arriving.is_complete:
                if not await self._wants_content(incoming, arriving):
                    await arriving.discard()
                    arriving.stop()
                    incoming.release()
                    return
                await arriving.read_all()
        except ContentLost as lost:
            self._refusals.refuse(incoming.proto, environ, lost.status)
            arriving.stop()
            incoming.release()
        else:
            environ["wsgi.input"] = arriving.content()
            self._threads.submit(self._admit, incoming)

    async def _wants_content(self, incoming: IncomingRequest, arriving: ArrivingContent) -> bool:
        """Call the application without the content; False when it has answered."""
        answer: asyncio.Future[bool] = self._loop.create_future()

        def asked(wanted: bool) -> None:  # noqa: FBT001 -- its name says what it means
            self._loop.call_soon_threadsafe(answer.set_result, wanted)

        def wait() -> IO[bytes]:
            with self._without_turn():
                asyncio.run_coroutine_threadsafe(arriving.read_all(), self._loop).result()
            return arriving.content()

        incoming.environ["wsgi.input"] = Awaited(wait)
        incoming.asked = asked
        self._threads.submit(self._admit, incoming)
        wanted = await answer
        incoming.asked = None
        return wanted
