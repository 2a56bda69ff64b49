"""`restwell serve`: granian's workers around one listening socket, told apart only by who answers.

The parent imports neither the application nor a database driver: each worker does so itself, so that nothing of
theirs is ever shared by a fork, and tells the parent when it is ready, or why it cannot be. The socket belongs to
the parent and is shared by all workers: a port in use is noticed at once, port 0 is known before anybody asks, and
what a worker that dies has not accepted yet is answered by another. Only this module imports granian.
"""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import multiprocessing
import os
import re
import signal
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from typing import TYPE_CHECKING, Any, NamedTuple

import click
from click.core import ParameterSource
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.net import SocketHolder  # type: ignore[attr-defined]  # it is there under this name, too
from granian.server.mp import MPServer

from ..access.keys import issue_key
from ..hosts import InvalidHost, hosts_of, normal
from ..server.reception import BESIDE, MAX_WAITING_FOR_CLIENTS, Beside
from ..server.workers import MAX_HEAD, MAX_HEAD_SECONDS, Loaded, max_connections, work
from .options import DEFAULT_APP, Failure, bindings_of, database_option, is_memory, option, sentence_of, setting

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

BACKLOG = 1024
UNPROTECTED = (
    "{host} can be reached by other machines, and what they send, keys too, is not encrypted on the way. Let "
    "something in front end TLS, and name its address with --base-url https://... (see deploy/)."
)
DRAIN = 10
"""Seconds that requests in flight are given when the service stops."""
AGAIN = 1.0
"""Seconds after which a worker that cannot start, beside others that serve, tries again."""
SOON = 5.5
"""Seconds within which a worker has ended soon after it was started."""
PAUSE, LONGEST_PAUSE = 0.05, 3.2
"""Seconds before a worker that ended soon is started again; twice as many each time, up to the longest."""
LOGGING = {
    "handlers": {
        name: {"class": "logging.StreamHandler", "formatter": "generic", "stream": "ext://sys.stderr"}
        for name in ("console", "access")
    }
}
log = logging.getLogger("_granian")


def typed_hosts(context: click.Context, parameter: click.Parameter, value: Sequence[str]) -> Sequence[str]:
    """The hosts of the command line, checked; those of the environment are the application's to read."""
    if context.get_parameter_source(parameter.name or "") is not ParameterSource.COMMANDLINE:
        return ()
    try:
        return [normal(host) for host in value]
    except InvalidHost as error:
        raise click.BadParameter(str(error), context, parameter) from error


@click.command()
@click.argument("reference", metavar="[MODULE:APP]", required=False, envvar="RESTWELL_APP")
@option("--app", metavar="MODULE:APP", hidden=True)
@option("--bind", metavar="HOST:PORT", default="127.0.0.1:8000", show_default=True, help="Port 0 takes a free one.")
@option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Processes that answer.")
@option(
    "--threads", type=click.IntRange(1), help="Requests that a worker answers at once. [default: 1, PostgreSQL 4]"
)
@database_option
@setting("--base-url", metavar="URL", help="What links begin with, whatever the client calls us.")
@click.option(
    "--allow-host",
    "allowed",
    metavar="HOST",
    multiple=True,
    callback=typed_hosts,
    envvar="RESTWELL_ALLOWED_HOSTS",
    show_envvar=True,
    help="A host that clients may call us by, such as api.example.org, or .example.org for all below it too; may be "
    "repeated. localhost and the hosts of --bind and --base-url are always allowed; where --bind is 0.0.0.0 or [::] "
    "no other is known, so name each. Every other is answered 421.",
)
@option("--issue-key", "wishes", metavar="NAME=SCOPE,SCOPE", multiple=True, help="Make a key at start, and print it.")
def serve(  # noqa: PLR0913, PLR0917 - click gives them by name
    reference: str | None,
    app: str | None,
    bind: str,
    workers: int,
    threads: int | None,
    database: str | None,
    base_url: str | None,
    allowed: Sequence[str],
    wishes: Sequence[str],
) -> int:
    """Serve an API; without MODULE:APP, the Frameworks API.

    It is ready when it prints `Listening on http://HOST:PORT`. SIGTERM lets requests in flight end, for up to 10 s.
    One line of JSON for each request goes to standard error.

    It speaks HTTP/1.1 without TLS, and by itself bounds how long clients take: 10 s for a head, 10 s and then 1 KiB/s
    for content. What a proxy in front is for: TLS, limits for each address, and a copy of what is public.
    """
    host, port = read_bind(bind)
    if not is_loopback(host) and not (base_url or "").startswith("https:"):
        click.echo(f"restwell: {UNPROTECTED.format(host=host)}", err=True)
    issued = [issue(wish) for wish in wishes]
    receiver, sender = multiprocessing.Pipe(duplex=False)
    settings = {"DATABASE": database, "BASE_URL": base_url, "ALLOWED_HOSTS": " ".join(allowed) or None}
    threads = threads or default_threads(database)
    records = [key.record for key in issued]
    begun = multiprocessing.Event()
    load = Load(reference or app or DEFAULT_APP, settings, host, workers, threads, records, sender, begun)
    server = Server(listen(host, port), workers, threads, receiver, begun)
    return server.run(load, [f"Key {key.record['name']}: {key.key}" for key in issued])


def read_bind(text: str) -> tuple[str, int]:
    """Host and port of `HOST:PORT`; an IPv6 address stands in brackets. Raises click.BadParameter."""
    match = re.fullmatch(r"(\[[0-9A-Fa-f:.%]+\]|[^\[\]:]+):(\d{1,5})", text)
    if match is None or int(match[2]) > 65535:
        raise click.BadParameter(
            f"{text!r} is no HOST:PORT: write it as in 127.0.0.1:8000 or [::1]:8000.", param_hint="--bind"
        )
    return match[1], int(match[2])


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what is bound to a host."""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host.strip("[]").partition("%")[0]).is_loopback
    return host.lower() == "localhost"


def default_threads(database: str | None) -> int:
    """How many requests a worker answers at once when nobody says.

    Measured (GET of an item, one worker of two cores): with SQLite, which never waits, 1 thread answers 10 000 a
    second, 2 answer 7 900 and 4 answer 5 800, since only one can run Python at a time.
    """
    url = database or os.environ.get("RESTWELL_DATABASE", "")
    return 4 if url.startswith("postgres") else 1


class Issued(NamedTuple):
    """A key that was made at start, and the record of it that is kept."""

    key: str
    record: dict[str, Any]


def issue(wish: str) -> Issued:
    """Make the key of one `--issue-key NAME=SCOPE,SCOPE`. Raises click.BadParameter."""
    name, _, scopes = wish.partition("=")
    try:
        return Issued(*issue_key(name, tuple(scope for scope in scopes.split(",") if scope), now=time.time()))
    except ValueError as error:
        raise click.BadParameter(f"{wish!r}: {error}", param_hint="--issue-key") from error


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises Failure when there can be none."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(
            socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
        )  # inherited by connections: 40 ms an answer without
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        raise Failure(
            f"Cannot listen on {host}:{port}: {error.strerror}. Choose another address with --bind."
        ) from error
    listener.setblocking(False)
    return listener


# -- in a worker --------------------------------------------------------------------------------------------


class Word(NamedTuple):
    """What a worker tells the parent: that it is ready, or why it is not."""

    problem: str | None = None
    exit_code: int = 1
    memory: bool = False


@dataclass(frozen=True)
class Load:
    """Loads the application in a worker. It is handed over, so that it holds nothing but plain values."""

    reference: str
    settings: Mapping[str, str | None]
    host: str
    workers: int
    threads: int
    records: Sequence[Mapping[str, Any]]
    parent: Connection
    has_begun: Event

    def __call__(self, _: str) -> Loaded:
        """The application with its stores open. While it cannot be had the parent is told why, and decides.

        It ends this process at start; when others are serving already this one tries again.
        """
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # a fork has inherited the parent's handlers
        signal.pthread_sigmask(
            signal.SIG_BLOCK, {signal.SIGINT}
        )  # a terminal sends it to all; the parent then ends us
        threading.Thread(target=_outlive, args=(os.getppid(),), daemon=True).start()
        while True:
            try:
                app, beside, memory = self.load()
            except (click.ClickException, SystemExit) as error:
                told = (
                    error.format_message()
                    if isinstance(error, click.ClickException)
                    else f"The application ended: {error}."
                )
                self.parent.send(Word(told, 2 if isinstance(error, click.UsageError) else 1))
            except Exception as error:  # noqa: BLE001 - whatever it is, the parent is told
                self.parent.send(Word(sentence_of(error) or _unforeseen(error)))
            else:
                self.parent.send(Word(memory=memory))
                return Loaded(app, beside, self.threads)
            time.sleep(AGAIN)

    def load(self) -> tuple[WSGIApplication, Beside, bool]:
        """The application, what of it is answered beside the queue, and whether it keeps its rows in memory."""
        bindings = bindings_of(self.reference, self.settings)
        memory = any(is_memory(binding) for binding in bindings)
        if memory and self.workers > 1:
            raise click.UsageError(
                "A database in memory has one worker: leave --workers out, or name a file with --database."
            )
        for binding in bindings:
            if not binding.app.config["TRUSTED_HOSTS"]:
                # The zone of an IPv6 address means something on this machine only: clients leave it out.
                hosts = [*hosts_of(binding.setting("ALLOWED_HOSTS")), re.sub("%[^]]*", "", self.host)]
                binding.app.config["RESTWELL_ALLOWED_HOSTS"] = hosts
            self.open(binding, bindings)
        return bindings[0].app, lambda environ: any(binding.is_beside(environ) for binding in bindings), memory

    def open(self, binding: Any, every: Sequence[Any]) -> None:
        """Open the store of a binding. Raises Problem when it cannot be had, unless the service has begun before.

        A worker that takes the place of one that ended then says so to whoever asks, until the store is back.
        """
        from ..problems import Problem  # with what the application imports, which the parent does without

        try:
            keep_keys(binding, self.records, every)
            _ = binding.service
        except Problem:
            if not self.has_begun.is_set():
                raise
            binding.opened_or_closed()


def _outlive(parent: int) -> None:
    """End this worker when its parent has been killed, or else it would hold the port for ever."""
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


def keep_keys(binding: Any, records: Sequence[Mapping[str, Any]], every: Sequence[Any]) -> None:
    """Keep the records of keys that were made at start, unless another worker has. Raises Failure."""
    from ..extension import known_scopes  # with Flask, which the parent does without
    from ..storage.errors import Taken  # with SQLAlchemy, which the parent does without

    known = known_scopes([declaration for each in every for declaration in each.api.declarations])
    for record in records:
        unknown = sorted(set(record["scopes"].split()) - known)
        if unknown:
            raise Failure(f"No resource knows the scope {unknown[0]!r}: the scopes are {', '.join(sorted(known))}.")
        try:
            if binding.store.find_key(record["id"]) is None:
                binding.store.add_key(record)
        except Taken:
            continue


def _unforeseen(error: Exception) -> str:
    logging.getLogger("restwell").error("the application could not be loaded", exc_info=error)
    return f"The application could not be loaded: {type(error).__name__}: {error}"


# -- in the parent ------------------------------------------------------------------------------------------


class Server(MPServer):
    """Granian's supervisor, on our socket, that says when its workers are ready."""

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
        self._respawned = -SOON
        self._pause = PAUSE
        log.addFilter(lambda _: not self.interrupt_signal)  # that workers end is then as it should be

    def _init_shared_socket(self) -> None:
        self._ssp = None
        self._sso = self._listener
        held: Any = SocketHolder
        self._shd = held(self._listener.fileno(), False, BACKLOG)  # False: it is no Unix socket

    def _respawn_workers(self, workers: list[int], spawn_target: Any, target_loader: Any, delay: float = 0) -> None:
        """Start workers again that have ended, or with a delay, that are to end.

        Granian ends the service when one ends twice within 5.5 s. One that serves may have been killed by somebody
        else, and is started however often that happens; only at start a worker that keeps ending is given up.
        """
        if not delay:
            self._pause = min(self._pause * 2, LONGEST_PAUSE) if time.monotonic() - self._respawned < SOON else PAUSE
            time.sleep(self._pause)
        super()._respawn_workers(workers, spawn_target, target_loader, delay)
        self._respawned = time.monotonic()
        if self._ready:
            self.respawned_wrks.clear()
        if self.interrupt_children:  # ended since granian looked, and perhaps before it forgot that it had been told
            self.main_loop_interrupt.set()

    def run(self, load: Load, first: Sequence[str]) -> int:
        """Serve until a signal comes; the exit code. Raises Failure when a worker cannot start."""
        host, port = load.host, self._listener.getsockname()[1]
        lines = [*first, f"Listening on http://{host}:{port}"]
        threading.Thread(target=self._hear, args=(lines,), daemon=True).start()
        code = 0
        try:
            loader: Any = load  # what it loads is for `work`
            self.serve(spawn_target=work, target_loader=loader)
        except SystemExit as end:
            code = 0 if self.interrupt_signal else int(str(end.code or 0))
        if self._problem is not None:
            raise Failure(str(self._problem.problem), self._problem.exit_code)
        return code

    def _hear(self, lines: Sequence[str]) -> None:
        """Listen to the workers until the end."""
        ready = 0
        while True:
            try:
                word: Word = self._words.recv()
            except (EOFError, OSError):  # the end
                return
            if word.memory:
                self.respawn_failed_workers = False  # another one would begin with other rows
            if word.problem is None:
                ready += 1
                if ready == self.workers:
                    self._ready = True
                    self._begun.set()
                    click.echo("\n".join(lines))
            elif self._ready:
                click.echo(f"restwell: A worker cannot start: {word.problem}", err=True)
            elif self._problem is None:
                self._problem = word
                self.signal_handler_interrupt()  # type: ignore[no-untyped-call]  # granian has no types there
