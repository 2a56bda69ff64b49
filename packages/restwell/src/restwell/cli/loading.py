"""Starts a worker of `restwell serve`: loads the application, opens its stores and reports to the parent.

The parent imports neither the application nor a database driver, so that a fork shares nothing of theirs.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import signal
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from ..data.store_errors import StoreError
from ..http.messages import Headers
from ..http.origin import hosts_of
from ..server.workers import Loaded
from .options import Failure, bindings_of, bindings_within, is_memory, sentence_of

if TYPE_CHECKING:
    from ..web.flask.binding import Binding

RETRY_AFTER = 1.0
"""Seconds after which a worker that cannot start retries, while others serve."""


class Word(NamedTuple):
    """The report of a worker to the parent: it is ready, or `problem` says why it is not.

    `lines` say what is served, where nobody has declared it.
    """

    problem: str | None = None
    exit_code: int = 1
    memory: bool = False
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Load:
    """Loads the application in a worker. It is passed to other processes, so it has only plain values.

    All workers use the `secret` where a database that is only read keeps none. `reflect` is the URL of a database
    that is served instead of an application.
    """

    reference: str
    settings: Mapping[str, str | None]
    host: str
    workers: int
    threads: int
    records: Sequence[Mapping[str, Any]]
    parent: Connection
    has_begun: Event
    secret: str
    reflect: str | None = None

    def __call__(self, _: str) -> Loaded:
        """The application with open stores. While it cannot be loaded, the reason is reported to the parent.

        At start the parent then ends this process; while other workers serve, this one retries.
        """
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # a fork has inherited the parent's handlers
        signal.pthread_sigmask(
            signal.SIG_BLOCK, {signal.SIGINT}
        )  # a terminal sends it to all processes; the parent ends the workers
        threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
        while True:
            try:
                loaded, memory, lines = self.load()
            except (click.ClickException, SystemExit) as error:
                told = (
                    error.format_message()
                    if isinstance(error, click.ClickException)
                    else f"The application ended: {error}."
                )
                self.parent.send(Word(told, 2 if isinstance(error, click.UsageError) else 1))
            except Exception as error:  # noqa: BLE001 - every error is reported to the parent
                self.parent.send(Word(sentence_of(error) or _unexpected(error)))
            else:
                self.parent.send(Word(memory=memory, lines=lines))
                return loaded
            time.sleep(RETRY_AFTER)

    def load(self) -> tuple[Loaded, bool, tuple[str, ...]]:
        """The application and what the server asks of it, whether a database is in memory, and what to say."""
        bindings, lines = self._bindings()
        memory = any(is_memory(binding) for binding in bindings)
        if memory and self.workers > 1:
            raise click.UsageError(
                "A database in memory allows one worker only: omit --workers, or name a file with --database."
            )
        for binding in bindings:
            if not binding.app.config["TRUSTED_HOSTS"]:
                # The zone of an IPv6 address is valid on this machine only: clients omit it.
                hosts = [*hosts_of(binding.setting("ALLOWED_HOSTS")), re.sub("%[^]]*", "", self.host)]
                binding.app.config["RESTWELL_ALLOWED_HOSTS"] = hosts
            if binding.setting("READ_ONLY_SECRET") is None:
                binding.app.config["RESTWELL_READ_ONLY_SECRET"] = self.secret
            self.open(binding, bindings)

        def beside(environ: dict[str, Any]) -> bool:
            return any(binding.is_beside(environ) for binding in bindings)

        def sharing(environ: dict[str, Any]) -> Headers:
            return next(filter(None, (binding.shared(environ) for binding in bindings)), ())

        has_cors = any(binding.cors is not None for binding in bindings)
        loaded = Loaded(bindings[0].app, beside, self.threads, sharing if has_cors else None)
        return loaded, memory, lines

    def _bindings(self) -> tuple[list[Binding], tuple[str, ...]]:
        if self.reflect is None:
            return bindings_of(self.reference, self.settings), ()
        from ..web.flask.reflected import reflected_app  # with Flask, which the parent does without

        app, lines = reflected_app(self.reflect)
        return bindings_within(app, self.reflect, self.settings), lines

    def open(self, binding: Any, every: Sequence[Any]) -> None:
        """Open the store of a binding. Raises StoreError when it cannot be, unless the service has begun before.

        A worker that replaces one that ended then answers with the problem until the store is available.
        """
        with deferred(logging.getLogger("restwell")) as records:
            try:
                store_keys(binding, self.records, every)
                _ = binding.service
            except StoreError:
                if not self.has_begun.is_set():
                    records.clear()  # the message of the command says the same
                    raise
                binding.opened_or_closed()


@contextlib.contextmanager
def deferred(logger: logging.Logger) -> Iterator[list[logging.LogRecord]]:
    """Collect the records of a logger; those that are still in the list at the end are logged then."""
    records: list[logging.LogRecord] = []

    def hold(record: logging.LogRecord) -> bool:
        records.append(record)
        return False

    logger.addFilter(hold)
    try:
        yield records
    finally:
        logger.removeFilter(hold)
        for record in records:
            logger.handle(record)


def _end_with_parent(parent: int) -> None:
    """End this worker when its parent has been killed, since it would occupy the port otherwise."""
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


def store_keys(binding: Any, records: Sequence[Mapping[str, Any]], every: Sequence[Any]) -> None:
    """Store the keys that were created at start, unless another worker has. Raises Failure for an unknown scope."""
    from ..model.policy import listed_scopes  # with pydantic, which the parent does without
    from ..model.ruling import known_scopes  # as above
    from ..storage.errors import Taken  # with SQLAlchemy, which the parent does without

    known = known_scopes([declaration for each in every for declaration in each.api.declarations])
    for record in records:
        unknown = sorted(set(record["scopes"].split()) - known)
        if unknown:
            raise Failure(f"There is no scope {unknown[0]!r}: the scopes are {listed_scopes(known)}.")
        try:
            if binding.store.find_key(record["id"]) is None:
                binding.store.keys.add(record)
        except Taken:
            continue


def _unexpected(error: Exception) -> str:
    logging.getLogger("restwell").error("the application could not be loaded", exc_info=error)
    return f"The application could not be loaded: {type(error).__name__}: {error}"
