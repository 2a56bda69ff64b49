"""What a worker of `restwell serve` does before it serves: the application loaded, its stores open, the parent told.

The parent imports neither the application nor a database driver: so nothing of theirs is ever shared by a fork.
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

from ..http.origin import hosts_of
from ..server.reception import Beside
from ..server.workers import Loaded
from .options import Failure, bindings_of, is_memory, sentence_of

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

AGAIN = 1.0
"""Seconds after which a worker that cannot start, beside others that serve, tries again."""


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
        from ..http.problems import Problem  # with what the application imports, which the parent does without

        with held_back(logging.getLogger("restwell")) as told:
            try:
                keep_keys(binding, self.records, every)
                _ = binding.service
            except Problem:
                if not self.has_begun.is_set():
                    told.clear()  # the sentence of the command says it all
                    raise
                binding.opened_or_closed()


@contextlib.contextmanager
def held_back(logger: logging.Logger) -> Iterator[list[logging.LogRecord]]:
    """What a logger is told within; it is logged afterwards, as far as it is still in the list."""
    told: list[logging.LogRecord] = []

    def hold(record: logging.LogRecord) -> bool:
        told.append(record)
        return False

    logger.addFilter(hold)
    try:
        yield told
    finally:
        logger.removeFilter(hold)
        for record in told:
            logger.handle(record)


def _outlive(parent: int) -> None:
    """End this worker when its parent has been killed, or else it would hold the port for ever."""
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


def keep_keys(binding: Any, records: Sequence[Mapping[str, Any]], every: Sequence[Any]) -> None:
    """Keep the records of keys that were made at start, unless another worker has. Raises Failure."""
    from ..storage.errors import Taken  # with SQLAlchemy, which the parent does without
    from ..web.flask.api import known_scopes  # with Flask, which the parent does without

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
