"""From a request of the server's to the application, and its answer back.

`receive` is called by the server's own threads, once for each request, as soon as its head is complete. A request
without content is answered by that thread if there is a turn (`turns.py`). The content of others is read by the event
loop (`arriving.py`); if that takes longer than a moment the application is asked without it, since most refusals need
none (`awaited.py`). What needs no turn, such as whether the process lives, is answered beside the queue.
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
from .refusals import Overload, refuse, shown_path
from .turns import MAX_LENT, Turns

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

log = logging.getLogger("restwell")
BESIDE = 4
"""Requests that are answered at once beside those whose turn it is."""
MAX_WAITING_FOR_CLIENTS = 32
"""Threads that wait for content which a view or a hook wants, or for a stream to be read, and need no turn for it."""
LOOK_EVERY = 0.01
"""Seconds between two looks for what has waited too long, while something waits."""
MAX_ARRIVING = 1000
"""Requests whose content is read at once."""
Beside = Callable[[dict[str, Any]], bool]
"""Whether a request, by its WSGI environment, is answered beside the queue."""


class IncomingRequest:
    """One request: its WSGI environment, and the server's end of it."""

    def __init__(self, environ: dict[str, Any], proto: Any) -> None:
        self.environ = environ
        self.proto = proto
        self.asked: Callable[[bool], None] | None = None
        """Is told whether the content is wanted, where the application is asked without it."""

    def let_go(self) -> None:
        """Forget the server's end: as long as anything knows it, the server waits for content that may still come."""
        self.proto = None


class Reception:
    """Receives the requests of one worker for a WSGI application; so many `threads` are answered at once."""

    def __init__(self, app: WSGIApplication, loop: asyncio.AbstractEventLoop, threads: int, beside: Beside) -> None:
        self.app = app
        self._threads = ThreadPoolExecutor(threads + BESIDE + MAX_WAITING_FOR_CLIENTS, "restwell")
        self.turns = Turns[IncomingRequest](threads, self._answer, self._shed, self._threads.submit)
        turn.lend = self.turns.lend
        self._loop = loop
        self._beside = beside
        self._overload = Overload()
        self._refused: deque[tuple[Any, dict[str, Any]]] = deque()
        self._active = ActiveThreads(threads + BESIDE + MAX_LENT + 1)
        self._waiting_for_clients = threading.BoundedSemaphore(MAX_WAITING_FOR_CLIENTS)
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_watched = False
        self.is_draining = False
        """Whether this worker is about to end: it is ready for nothing new."""

    def receive(self, watcher: Any) -> None:
        """Take a request of the server's. Never raises, since nobody would hear of it."""
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
        """Have a request refused as it is, unless it is answered beside the queue or has long content.

        All that came within a moment are refused together: the thread that does the work waits for each that wants
        the interpreter meanwhile.
        """
        environ = refusable(watcher.scope)
        if environ is None or self._beside(environ):
            return False
        self._refused.append((watcher.proto, environ))
        self._be_watched()
        if not has_content(environ):  # whoever rests keeps the server from reading content away
            self._active.rest()
        return True

    def _admit(self, incoming: IncomingRequest) -> None:
        """Answer a request, or have it wait for its turn."""
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
        """Have the application answer a request."""
        environ = incoming.environ
        if self.is_draining and environ["PATH_INFO"].endswith("/health/ready"):
            refuse(incoming.proto, environ, 503)
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
            refuse(incoming.proto, environ, lost.status)
        except BaseException:
            log.exception("%s %s failed", environ["REQUEST_METHOD"][:MAX_METHOD], shown_path(environ))
            with suppress(Exception):  # it may have begun to answer
                refuse(incoming.proto, environ, 500)
        if incoming.asked is not None:
            incoming.asked(wanted)

    def _shed(self, incoming: IncomingRequest) -> None:
        self._overload.refuse(incoming.proto, incoming.environ)
        if incoming.asked is not None:
            incoming.asked(False)

    @contextmanager
    def _without_turn(self) -> Iterator[None]:
        """Let others have the turn while this thread waits for a client. Raises ContentLost when too many do."""
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
        """Refuse what has waited too long, and what is too much, as long as something waits."""
        self.turns.shed_late()
        self._is_watched = self.turns.is_busy  # before the look at what is refused: what comes behind it asks again
        while self._refused:
            self._overload.refuse(*self._refused.popleft())
        if self._is_watched:
            self._loop.call_later(LOOK_EVERY, self._watch)

    async def _read(self, incoming: IncomingRequest) -> None:
        """Read the content of a request, as far as it is wanted, and have it answered."""
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
                    incoming.let_go()
                    return
                await arriving.read_all()
        except ContentLost as lost:
            refuse(incoming.proto, environ, lost.status)
            arriving.stop()
            incoming.let_go()
        else:
            environ["wsgi.input"] = arriving.content()
            self._threads.submit(self._admit, incoming)

    async def _wants_content(self, incoming: IncomingRequest, arriving: ArrivingContent) -> bool:
        """Ask the application without the content; False when it has answered."""
        answer: asyncio.Future[bool] = self._loop.create_future()

        def asked(wanted: bool) -> None:  # noqa: FBT001 -- what it is asked is in its name
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
