"""A worker process of granian's that gives its requests to a `Reception`.

granian reads HTTP and writes it; what becomes of a request in between, and how long anything waits, is said by
`reception.py`. It speaks ASGI to us, without an event loop between: its threads call `Reception.receive`, which is
its scheduler here. granian does not document that, so pyproject.toml names the versions that it holds for.
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

try:
    import resource
except ImportError:  # not on Windows, where a process may hold as many as it likes
    resource = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

MAX_HEAD_SECONDS = 10
"""For the head of a request to come, and for a connection that rests to ask for something."""
MAX_HEAD = 64 * 1024
"""Bytes that a head may have before it is refused by the server."""
MAX_CONNECTIONS = 10_000
"""Of a worker, if it may have as many descriptors."""
SPARE = 200
"""Descriptors for everything else: databases, files, the connections of the application."""
FOREVER = 10**9
"""Seconds after which a thread that has nothing to do ends: `ActiveThreads` counts on all of them."""


class Loaded(NamedTuple):
    """What a worker serves, what of it is answered beside the queue, and how many requests at once."""

    app: WSGIApplication
    beside: Beside
    threads: int


def scheduler(loop: asyncio.AbstractEventLoop, receive: Callable[[Any], None]) -> Any:
    """What calls a function for each request, in the thread that brings it."""
    made: Any = CallbackScheduler.__new__(CallbackScheduler, loop, receive, None, None, None)  # type: ignore[call-arg]
    made._schedule_fn = receive  # noqa: SLF001 -- this is how granian's own are made
    return made


def max_connections() -> int:
    """How many connections a process may hold: as many as the system lets it have, up to MAX_CONNECTIONS."""
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
    """Serve until a signal comes, as granian's own workers do; the arguments are theirs."""
    reception = Reception(loaded.app, loop, loaded.threads, loaded.beside)
    stopping: Any = set_loop_signals(loop)  # type: ignore[no-untyped-call]

    def stop() -> None:
        reception.is_draining = True
        stopping.set()

    loop.add_signal_handler(signal.SIGTERM, stop)
    stopped = asyncio.Event()
    stopping.add_cb(lambda: loop.call_soon_threadsafe(stopped.set))
    made: Any = ASGIWorker  # its types are of an older one
    worker = made(
        worker_id, sock, ipc, runtime_threads, runtime_blocking_threads, blocking_threads, FOREVER,
        backpressure, http_mode, http1_settings, http2_settings, False, None, *ssl_context, metrics,
    )  # fmt: skip
    serve = getattr(worker, WORKERS_METHODS[runtime_mode][(sock[0] or sock[1]).is_uds()])
    serve(scheduler(loop, reception.receive), loop, stopping)
    loop.run_until_complete(stopped.wait())
