"""From a request of the server's to the application, and its answer back.

`receive` is called by the server's own threads, once for each request, as soon as its head is complete. A request
without content is answered by that thread if there is a turn (`turns.py`). The content of others is read by the event
loop (`arriving.py`); if that takes longer than a moment the application is asked without it, since most refusals need
none (`awaited.py`). What needs no turn, such as whether the process lives, is answered beside the queue.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import TYPE_CHECKING, Any

from ..awaited import NotArrived
from .answering import Started, send
from .arriving import Arriving, BrokenError, TooSlowError
from .environ import environ_of, has_content
from .refusals import Overload, refuse
from .turns import Turns

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

log = logging.getLogger("restwell")
BESIDE = 4
"""Requests that are answered at once beside those whose turn it is."""
LOOK_EVERY = 0.01
"""Seconds between two looks for what has waited too long, while something waits."""
MAX_ARRIVING = 1000
"""Requests whose content is read at once."""
Beside = Callable[[dict[str, Any]], bool]
"""Whether a request, by its WSGI environment, is answered beside the queue."""


class Incoming:
    """One request: its WSGI environment, and the server's end of it."""

    def __init__(self, environ: dict[str, Any], proto: Any) -> None:
        self.environ = environ
        self.proto = proto
        self.asked: Callable[[bool], None] | None = None
        """Is told whether the content is wanted, where the application is asked without it."""


class Reception:
    """Receives the requests of one worker for a WSGI application; so many `threads` are answered at once."""

    def __init__(self, app: WSGIApplication, loop: asyncio.AbstractEventLoop, threads: int, beside: Beside) -> None:
        self.app = app
        self.turns = Turns[Incoming](threads, self._answer, self._shed)
        self._loop = loop
        self._beside = beside
        self._overload = Overload()
        self._threads = ThreadPoolExecutor(threads + BESIDE, "restwell")
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_watched = False

    def receive(self, watcher: Any) -> None:
        """Take a request of the server's. Never raises, since nobody would hear of it."""
        try:
            incoming = Incoming(environ_of(watcher.scope), watcher.proto)
            if has_content(incoming.environ):
                self._loop.call_soon_threadsafe(self._start, self._read(incoming))
            else:
                incoming.environ["wsgi.input"] = BytesIO()
                self._admit(incoming)
        except BaseException:
            log.exception("a request could not be received")
            watcher.done()

    def _admit(self, incoming: Incoming) -> None:
        """Answer a request, or have it wait for its turn."""
        if self.turns.is_busy:
            if self._beside(incoming.environ):
                self._answer(incoming)
                return
            if not self._is_watched:
                self._is_watched = True
                self._loop.call_soon_threadsafe(self._watch)
        self.turns.take(incoming)

    def _answer(self, incoming: Incoming) -> None:
        """Have the application answer a request."""
        environ, proto = incoming.environ, incoming.proto
        started = Started()
        body: Any = ()
        wanted = False
        try:
            body = self.app(environ, started)
            send(proto, self._loop, started, body)
        except NotArrived:
            wanted = True
        except BaseException:
            log.exception("%s %s failed", environ["REQUEST_METHOD"], environ["PATH_INFO"])
            refuse(proto, environ, 500)
        finally:
            if hasattr(body, "close"):
                body.close()
        if incoming.asked is not None:
            incoming.asked(wanted)

    def _shed(self, incoming: Incoming) -> None:
        self._overload.refuse(incoming.proto, incoming.environ)
        if incoming.asked is not None:
            incoming.asked(False)

    # -- in the event loop ----------------------------------------------------------------------------------

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _watch(self) -> None:
        """Refuse what has waited too long, as long as something waits."""
        self.turns.shed_late()
        self._is_watched = self.turns.is_busy
        if self._is_watched:
            self._loop.call_later(LOOK_EVERY, self._watch)

    async def _read(self, incoming: Incoming) -> None:
        """Read the content of a request, as far as it is wanted, and have it answered."""
        environ, proto = incoming.environ, incoming.proto
        if len(self._tasks) > MAX_ARRIVING:
            self._shed(incoming)
            return
        length = environ.get("CONTENT_LENGTH", "")
        arriving = Arriving(proto.receive, int(length) if length.isdigit() else None)
        try:
            if "HTTP_EXPECT" not in environ and arriving.is_small:
                await arriving.read_what_comes_at_once()
            if not arriving.is_complete:
                if not await self._wants_content(incoming):
                    await arriving.discard()
                    return
                await arriving.read_all()
        except TooSlowError:
            refuse(proto, environ, 408)
        except BrokenError:
            refuse(proto, environ, 400)
        except OSError:
            log.exception("content could not be kept while it came")
            refuse(proto, environ, 507)
        else:
            arriving.file.seek(0)
            environ["wsgi.input"] = arriving.file
            self._threads.submit(self._admit, incoming)

    async def _wants_content(self, incoming: Incoming) -> bool:
        """Ask the application without the content; False when it has answered."""
        answer: asyncio.Future[bool] = self._loop.create_future()

        def asked(wanted: bool) -> None:  # noqa: FBT001 -- what it is asked is in its name
            self._loop.call_soon_threadsafe(answer.set_result, wanted)

        incoming.asked = asked
        self._threads.submit(self._admit, incoming)
        wanted = await answer
        incoming.asked = None
        return wanted
