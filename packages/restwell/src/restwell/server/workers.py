"""The worker process of granian, which passes its requests to a `Reception`.

granian reads and writes HTTP; `reception.py` decides what happens in between. granian is used by ASGI, but without an
event loop for requests: its threads call `Reception.receive` as their scheduler. granian does not document that, so
pyproject.toml names the versions for which it works.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from granian._granian import ASGIWorker, CallbackScheduler
from granian._signals import set_loop_signals
from granian.constants import RuntimeModes
from granian.server.common import WORKERS_METHODS
from granian.server.mp import WorkerProcess

from .reception import Beside, Reception
from .refusals import Sharing

try:
    import resource
except ImportError:  # not on Windows, where there is no such limit
    resource = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

MAX_HEAD_SECONDS = 10
"""Seconds in which a header section has to arrive, and the next request on an idle connection."""
MAX_HEAD = 64 * 1024
"""Bytes of a header section, beyond which the server refuses it."""
MAX_CONNECTIONS = 10_000
"""Connections of a worker, if it may have as many file descriptors."""
SPARE = 200
"""File descriptors for other purposes: databases, files, connections of the application."""
FOREVER = 10**9
"""Seconds after which an idle thread ends: `ActiveThreads` requires that none does."""


class Loaded(NamedTuple):
    """The application of a worker, the requests answered beside the queue, and how many are answered at a time.

    `sharing` gives the fields of CORS for what is refused without the application, if there are any.
    """

    app: WSGIApplication
    beside: Beside
    threads: int
    sharing: Sharing | None = None


def scheduler(loop: asyncio.AbstractEventLoop, receive: Callable[[Any], None]) -> Any:
    """A scheduler of granian that calls `receive` for each request, in the thread that delivers it."""
    made: Any = CallbackScheduler.__new__(CallbackScheduler, loop, receive, None, None, None)  # type: ignore[call-arg]
    made._schedule_fn = receive  # noqa: SLF001 -- as granian does for its own
    return made


def max_connections() -> int:
    """The number of connections a process may have: as many as the system allows, up to MAX_CONNECTIONS."""
    if resource is None:
        return MAX_CONNECTIONS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_CONNECTIONS + SPARE
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return max(allowed - SPARE, 16)


@WorkerProcess.wrap_target  # type: ignore[untyped-decorator]
def work(  # noqa: PLR0913, PLR0917 -- granian calls it
    worker_id: int, loaded: Loaded, sock: Any, ipc: Any, loop: asyncio.AbstractEventLoop,
    runtime_mode: RuntimeModes, runtime_threads: int, runtime_blocking_threads: int | None,
    blocking_threads: int, _idle_timeout: int, backpressure: int, _task_impl: Any, http_mode: Any,
    http1_settings: Any, http2_settings: Any, _websockets: Any, _static_path: Any, _log_format: Any,
    ssl_context: Any, _scope_options: Any, metrics: Any,
) -> None:  # fmt: skip
    """Serve until a signal arrives, as the workers of granian do; the arguments are those of granian."""
    reception = Reception(loaded.app, loop, loaded.threads, loaded.beside, loaded.sharing)
    stopping: Any = set_loop_signals(loop)  # type: ignore[no-untyped-call]

    def stop() -> None:
        reception.is_draining = True
        stopping.set()

    loop.add_signal_handler(signal.SIGTERM, stop)
    stopped = asyncio.Event()
    stopping.add_cb(lambda: loop.call_soon_threadsafe(stopped.set))
    made: Any = ASGIWorker  # its types are those of an older version
    worker = made(
        worker_id, sock, ipc, runtime_threads, runtime_blocking_threads, blocking_threads, FOREVER,
        backpressure, http_mode, http1_settings, http2_settings, False, None, *ssl_context, metrics,
    )  # fmt: skip
    serve = getattr(worker, WORKERS_METHODS[runtime_mode][(sock[0] or sock[1]).is_uds()])
    serve(scheduler(loop, reception.receive), loop, stopping)
    loop.run_until_complete(stopped.wait())
