"""`restwell serve`: worker processes of granian on one listening socket.

The parent imports neither the application nor a database driver: each worker does so itself, so that a fork shares
nothing of theirs, and reports to the parent when it is ready, or why it is not. The socket belongs to the parent and
is shared by all workers: a port in use is noticed at once, the number for port 0 is known before the first request,
and connections that a worker has not accepted before it dies are accepted by another. Only this module and
`server/workers.py` import granian.
"""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import multiprocessing
import os
import re
import secrets
import socket
import threading
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from typing import Any, NamedTuple

import click
from click.core import ParameterSource
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.net import SocketHolder  # type: ignore[attr-defined]  # it is there under this name, too
from granian.server.mp import MPServer

from ..access.keys import issue_key
from ..http.cross_origin import InvalidOrigin, checked_origins
from ..http.origin import InvalidHost, normal
from ..server.reception import BESIDE, MAX_WAITING_FOR_CLIENTS
from ..server.workers import MAX_HEAD, MAX_HEAD_SECONDS, max_connections, work
from .loading import Load, Word
from .options import DEFAULT_APP, Failure, database_option, option, setting

BACKLOG = 1024
UNPROTECTED = (
    "{host} can be reached by other machines, and their requests, which include keys, are not encrypted. Put a proxy "
    "with TLS in front, and name its URL with --base-url https://... (see deploy/)."
)
DRAIN = 10
"""Seconds that requests in progress have when the service stops."""
EARLY_END = 5.5
"""Seconds after its start within which a worker counts as ended early."""
PAUSE, MAX_PAUSE = 0.05, 3.2
"""Seconds before a worker that ended early is started again; doubled each time, up to the maximum."""
LOGGING = {
    "handlers": {
        name: {"class": "logging.StreamHandler", "formatter": "generic", "stream": "ext://sys.stderr"}
        for name in ("console", "access")
    }
}
log = logging.getLogger("_granian")


def hosts_from_command_line(
    context: click.Context, parameter: click.Parameter, value: Sequence[str]
) -> Sequence[str]:
    """The hosts on the command line, validated; the application reads those of the environment itself."""
    if context.get_parameter_source(parameter.name or "") is not ParameterSource.COMMANDLINE:
        return ()
    try:
        return [normal(host) for host in value]
    except InvalidHost as error:
        raise click.BadParameter(str(error), context, parameter) from error


def origins_from_command_line(
    context: click.Context, parameter: click.Parameter, value: Sequence[str]
) -> Sequence[str]:
    """The origins on the command line, validated; the application reads those of the environment itself."""
    if context.get_parameter_source(parameter.name or "") is not ParameterSource.COMMANDLINE:
        return ()
    try:
        return checked_origins(value)
    except InvalidOrigin as error:
        raise click.BadParameter(str(error), context, parameter) from error


@click.command()
@click.argument("reference", metavar="[MODULE:APP]", required=False, envvar="RESTWELL_APP")
@option("--app", metavar="MODULE:APP", hidden=True)
@option(
    "--bind",
    metavar="HOST:PORT",
    default="127.0.0.1:8000",
    show_default=True,
    help="Address to listen on; port 0 takes a free one.",
)
@option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Number of worker processes.")
@option(
    "--threads",
    type=click.IntRange(1),
    help="Requests that a worker answers at the same time. [default: 1, 4 with a database other than SQLite]",
)
@database_option
@option(
    "--reflect",
    metavar="URL",
    help="A database that is served instead of an application, without any declaration: each table that can be, "
    "read-only. Nothing is written into it.",
)
@setting("--base-url", metavar="URL", help="The URL with which links begin, whatever Host a request has.")
@click.option(
    "--allow-host",
    "allowed",
    metavar="HOST",
    multiple=True,
    callback=hosts_from_command_line,
    envvar="RESTWELL_ALLOWED_HOSTS",
    show_envvar=True,
    help="A host that requests may name, such as api.example.org, or .example.org for its subdomains too; may be "
    "repeated. localhost and the hosts of --bind and --base-url are always allowed; with --bind 0.0.0.0 or [::] "
    "name every other one. Requests for other hosts are answered with 421.",
)
@option(
    "--cors",
    metavar="ORIGIN",
    multiple=True,
    callback=origins_from_command_line,
    help="An origin such as https://app.example.org whose pages may read answers, instead of those that the "
    "application names; may be repeated. '*' stands for all.",
)
@setting("--read-only", is_flag=True, help="Refuse changes with 503; see `restwell read-only` for while it serves.")
@option(
    "--issue-key", "wishes", metavar="NAME=SCOPE,SCOPE", multiple=True, help="Create a key at start, and print it."
)
@click.pass_context
def serve(  # noqa: PLR0913, PLR0917 - click gives them by name
    context: click.Context,
    reference: str | None,
    app: str | None,
    bind: str,
    workers: int,
    threads: int | None,
    database: str | None,
    reflect: str | None,
    base_url: str | None,
    allowed: Sequence[str],
    cors: Sequence[str],
    read_only: bool | None,  # noqa: FBT001 - as all the others
    wishes: Sequence[str],
) -> int:
    """Serve an API; without MODULE:APP, the Frameworks API.

    The service is ready when it prints `Listening on http://HOST:PORT`. After SIGTERM requests in progress have up to
    10 s to end. For each request one line of JSON is written to standard error.

    It serves HTTP/1.1 without TLS, and limits how long clients may take: 10 s for a header section; for content 10 s,
    and then at least 1 KiB/s. Use a proxy in front for TLS, limits for each address, and caching of public responses.
    """
    if reflect is not None:
        refuse_beside_reflect(context)
    host, port = read_bind(bind)
    if not is_loopback(host) and not (base_url or "").startswith("https:"):
        click.echo(f"restwell: {UNPROTECTED.format(host=host)}", err=True)
    issued = [issue(wish) for wish in wishes]
    receiver, sender = multiprocessing.Pipe(duplex=False)
    settings = {
        "DATABASE": database, "BASE_URL": base_url, "ALLOWED_HOSTS": " ".join(allowed) or None,
        "CORS": " ".join(cors) or None, "READ_ONLY": "1" if read_only else None,
    }  # fmt: skip
    threads = threads or default_threads(reflect or database)
    records = [key.record for key in issued]
    begun = multiprocessing.Event()
    load = Load(
        reference or app or DEFAULT_APP, settings, host, workers, threads, records, sender, begun,
        secrets.token_hex(32), reflect,
    )  # fmt: skip
    server = Supervisor(listen(host, port), workers, threads, receiver, begun)
    return server.run(load, [f"Key {key.record['name']}: {key.key}" for key in issued])


NOT_BESIDE_REFLECT = {
    "reference": "MODULE:APP", "app": "--app", "database": "--database", "wishes": "--issue-key",
}  # fmt: skip
"""What means nothing where a database is served instead of an application."""


def refuse_beside_reflect(context: click.Context) -> None:
    """Refuse what is typed beside `--reflect` and would have no effect. Raises click.UsageError."""
    for name, said in NOT_BESIDE_REFLECT.items():
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            reason = "nothing needs a key" if name == "wishes" else "its URL says what is served"
            raise click.UsageError(f"{said} means nothing beside --reflect, since {reason}: leave one of them out.")


def read_bind(text: str) -> tuple[str, int]:
    """Host and port of `HOST:PORT`; an IPv6 address is in brackets. Raises click.BadParameter."""
    match = re.fullmatch(r"(\[[0-9A-Fa-f:.%]+\]|[^\[\]:]+):(\d{1,5})", text)
    if match is None or int(match[2]) > 65535:
        raise click.BadParameter(
            f"{text!r} is not HOST:PORT: write it as in 127.0.0.1:8000 or [::1]:8000.", param_hint="--bind"
        )
    return match[1], int(match[2])


def is_loopback(host: str) -> bool:
    """Whether an address is reachable from this machine only."""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host.strip("[]").partition("%")[0]).is_loopback
    return host.lower() == "localhost"


def default_threads(database: str | None) -> int:
    """The number of requests that a worker answers at the same time by default.

    Measured (GET of an item, one worker of two cores): with SQLite, where threads do not wait for a network, 1 thread
    answers 10 000 requests a second, 2 answer 7 900 and 4 answer 5 800, since only one can run Python at a time.
    """
    url = database or os.environ.get("RESTWELL_DATABASE", "")
    return 4 if url.startswith(("postgres", "mariadb", "duckdb")) else 1


class Issued(NamedTuple):
    """A key that was created at start, and the record of it that is stored."""

    key: str
    record: dict[str, Any]


def issue(wish: str) -> Issued:
    """Create the key for one `--issue-key NAME=SCOPE,SCOPE`. Raises click.BadParameter."""
    name, _, scopes = wish.partition("=")
    try:
        return Issued(*issue_key(name, tuple(scope for scope in scopes.split(",") if scope), now=time.time()))
    except ValueError as error:
        raise click.BadParameter(f"{wish!r}: {error}", param_hint="--issue-key") from error


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises Failure when the address cannot be used."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(
            socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
        )  # inherited by connections; without it 40 ms a response
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        raise Failure(
            f"Cannot listen on {host}:{port}: {error.strerror}. Choose another address with --bind."
        ) from error
    listener.setblocking(False)
    return listener


# -- in the parent ------------------------------------------------------------------------------------------


class Supervisor(MPServer):
    """Granian's supervisor, on a given socket, which prints when its workers are ready."""

    def __init__(self, listener: socket.socket, workers: int, threads: int, words: Connection, begun: Event) -> None:
        host, port = listener.getsockname()[:2]
        super().__init__(
            "restwell", address=host, port=port, interface=Interfaces.WSGI, workers=workers,
            blocking_threads=threads + BESIDE + MAX_WAITING_FOR_CLIENTS, backlog=BACKLOG,
            backpressure=max_connections(),
            http=HTTPModes.http1, http1_settings=HTTP1Settings(MAX_HEAD_SECONDS * 1000, max_buffer_size=MAX_HEAD),
            log_level=LogLevels.error, log_dictconfig=LOGGING, respawn_failed_workers=True,
            respawn_interval=0.1, workers_kill_timeout=DRAIN,
        )  # fmt: skip
        self._listener = listener
        self._words = words
        self._begun = begun
        self._problem: Word | None = None
        self._ready = False
        self._respawned = -EARLY_END
        self._pause = PAUSE
        log.addFilter(lambda _: not self.interrupt_signal)  # workers are expected to end then

    def _init_shared_socket(self) -> None:
        self._ssp = None
        self._sso = self._listener
        held: Any = SocketHolder
        self._shd = held(self._listener.fileno(), False, BACKLOG)  # False: not a Unix socket

    def _respawn_workers(self, workers: list[int], spawn_target: Any, target_loader: Any, delay: float = 0) -> None:
        """Restart workers that have ended, or, with a delay, that are to end.

        Granian ends the service when a worker ends twice within 5.5 s. Here a worker is restarted however often it
        ends, since others may kill it; only a worker that keeps ending at start ends the service.
        """
        if not delay:
            self._pause = min(self._pause * 2, MAX_PAUSE) if time.monotonic() - self._respawned < EARLY_END else PAUSE
            time.sleep(self._pause)
        super()._respawn_workers(workers, spawn_target, target_loader, delay)
        self._respawned = time.monotonic()
        if self._ready:
            self.respawned_wrks.clear()
        if self.interrupt_children:  # one ended since granian looked, and its signal may have been lost
            self.main_loop_interrupt.set()

    def run(self, load: Load, first: Sequence[str]) -> int:
        """Serve until a signal comes; the exit code. Raises Failure when a worker cannot start."""
        host, port = load.host, self._listener.getsockname()[1]
        lines = [*first, f"Listening on http://{host}:{port}"]  # behind what the workers say
        threading.Thread(target=self._hear, args=(lines,), daemon=True).start()
        code = 0
        try:
            loader: Any = load  # granian's type is too narrow
            self.serve(spawn_target=work, target_loader=loader)
        except SystemExit as end:
            code = 0 if self.interrupt_signal else int(str(end.code or 0))
        if self._problem is not None:
            raise Failure(str(self._problem.problem), self._problem.exit_code)
        return code

    def _hear(self, lines: Sequence[str]) -> None:
        """Receive the reports of the workers until the end."""
        ready = 0
        while True:
            try:
                word: Word = self._words.recv()
            except (EOFError, OSError):  # the end
                return
            if word.memory:
                self.respawn_failed_workers = False  # a new worker would have an empty database
            if word.problem is None:
                ready += 1
                if ready == self.workers:
                    self._ready = True
                    self._begun.set()
                    click.echo("\n".join([*word.lines, *lines]))
            elif self._ready:
                click.echo(f"restwell: A worker cannot start: {word.problem}", err=True)
            elif self._problem is None:
                self._problem = word
                self.signal_handler_interrupt()  # type: ignore[no-untyped-call]  # granian has no types there
