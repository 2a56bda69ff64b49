"""Sessions of PostgreSQL: how they are opened, their time limits, and how long to wait for an answer.

A server that was stopped, or a broken network, sends nothing at all: only the client can give up.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus

from ..driver import Write
from .errors import is_lost, meaning_of
from .lenient import loaded_leniently
from .settings import SETTINGS, UNBOUNDED, UNHURRIED, set_local

USUAL = {name: value for name, value in SETTINGS.items() if name != "intervalstyle"}
"""Those of a session that is lent: psycopg reads intervals as PostgreSQL writes them by default."""
LEAST = -(2**63)
"""The smallest integer that a column can hold."""
READ_ONLY = "default_transaction_read_only"
"""The setting of a session that reads. For one that writes, that of the database applies."""
SILENCE = 2.4
"""Seconds after which a server is given up that has not even reported that a statement took too long."""
LIMITS = {
    "connect_timeout": 2, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}  # fmt: skip
"""Defaults for parameters of the URL: a host that is gone is noticed within 25 s even if an answer may take any time.
In seconds, except the last, which is in milliseconds."""
MARK = "restwell.session"
"""A setting without effect, by which a session of our own is recognised."""
NO_OPTIONS = re.compile("startup parameter|command-line options", re.IGNORECASE)
"""Messages of poolers that refuse settings in the startup packet: PgBouncer and similar ones, RDS Proxy."""
Silence = errors._WaitTimeout  # noqa: SLF001 - psycopg says that callers handle it, and has no other name for it


class Session(psycopg.Connection[Any]):
    """A connection that is closed when its server does not answer in time."""

    taken = 0.0
    patience: float | None = SILENCE
    """Seconds to wait for an answer; None without a limit."""
    prelude = ""
    """Settings that precede a statement in the same transaction, if the session cannot have its own."""
    on_silence: Callable[[], None] | None = None
    """Called when a server is given up."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for an answer. Raises OperationalError if there is none in time; the connection is then closed."""
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except Silence:
            self.pgconn.finish()
            if self.on_silence is not None:
                self.on_silence()
            raise

    def ask(
        self, text: str, parameters: Sequence[Any], *, leniently: bool = False, is_bounded: bool = True
    ) -> list[Any]:
        """Run one statement in a transaction of its own, and return its rows."""
        prelude = self.prelude if is_bounded else self.prelude + set_local(UNBOUNDED)
        if prelude:  # in one message with the statement, its parameters in the text
            cursor: psycopg.Cursor[Any] = psycopg.ClientCursor(self)
            cursor.execute(prelude + text, as_literals(parameters))
            cursor.set_result(-1)
        else:
            cursor = self.execute(text, parameters)
        if leniently:
            return loaded_leniently(cursor)
        return cursor.fetchall() if cursor.description else []

    def ask_all(self, writes: Sequence[Write], found: list[list[Any]]) -> None:
        """Run several statements in one transaction: all in one message and the commit in another.

        The rows of each are added to what was `found`, up to one that is lost: then nothing was changed. Where an
        error is raised, it is of the statement behind those that were found, or of the commit.
        """
        cursors: list[psycopg.Cursor[Any]] = []
        failure = self._send_all(writes, cursors)
        lost = False
        for write, cursor in zip(writes, cursors, strict=False):
            if cursor.pgresult is None or lost:
                break
            found.append(cursor.fetchall())
            lost = write.must_change and not found[-1]
        if failure is None and not lost:
            self.commit()
            return
        if not self.closed:
            self.rollback()
        if failure is not None and not lost:
            raise failure

    def _send_all(self, writes: Sequence[Write], cursors: list[psycopg.Cursor[Any]]) -> psycopg.Error | None:
        """Begin a transaction and run statements in it, whose cursors are added; the first error, if there is any.

        A pipeline knows no statement that is several, so that each setting of the prelude is one.
        """
        failure: psycopg.Error | None = None
        try:
            with self.pipeline():
                try:
                    for text in ("BEGIN", *filter(None, self.prelude.split("; "))):
                        self.execute(text)
                    for write in writes:
                        given = as_literals(write.parameters) if self.prelude else write.parameters
                        cursors.append(self.execute(write.text, given))
                except psycopg.Error as error:
                    failure = error  # raised here, it would have the pipeline log what it meets at its end
        except psycopg.Error as error:
            failure = failure or _first(error)
        return failure

    @contextlib.contextmanager
    def beginning(self, *, unhurried: bool) -> Iterator[None]:
        """A transaction; an unhurried one has no time limits."""
        self.patience = None if unhurried else SILENCE
        try:
            with self.transaction():
                if unhurried or self.prelude:
                    self.execute(self.prelude + (set_local(UNHURRIED) if unhurried else ""))
                yield
        finally:
            self.patience = SILENCE

    def is_lost(self) -> bool:
        """Whether the server has closed the connection. Its last message is read first, then the end of stream."""
        try:
            self.pgconn.consume_input()
            self.pgconn.consume_input()
        except psycopg.OperationalError:
            return True
        return self.closed

    def is_in_order(self, error: BaseException) -> bool:
        """Whether another statement can be run after an error."""
        if not isinstance(error, psycopg.Error) or is_lost(error) or meaning_of(error) == "stale":
            return False
        return self.pgconn.transaction_status == TransactionStatus.IDLE


def _first(error: psycopg.Error) -> psycopg.Error:
    """The error because of which the rest of a pipeline was not run."""
    while isinstance(error, errors.PipelineAborted) and isinstance(error.__context__, psycopg.Error):
        error = error.__context__
    return error


def as_literals(parameters: Sequence[Any]) -> Sequence[Any]:
    """Parameters that can be written into the text of a statement, each followed by `::` and its type.

    `::` binds tighter than a minus sign, and 9223372036854775808 is out of range for bigint: LEAST becomes a text.
    """
    if isinstance(parameters, Mapping) or LEAST not in parameters:
        return parameters
    return [str(each) if each == LEAST and isinstance(each, int) else each for each in parameters]


def open_session(url: str, settings: Mapping[str, str]) -> Session | None:
    """A connection with a session of our own and these settings; None if there is a pooler in between.

    PgBouncer refuses settings in the startup packet, or ignores them if configured so. Therefore a random mark is
    sent among the settings, and the session is asked for it.
    """
    mark = secrets.token_hex(8)
    given = " ".join(f"-c {name}={value}" for name, value in {**settings, MARK: mark}.items())
    options = f"{conninfo_to_dict(url).get('options') or os.environ.get('PGOPTIONS', '')} {given}".strip()
    try:
        connection = Session.connect(url, autocommit=True, prepare_threshold=2, **_limits(url), options=options)
    except psycopg.OperationalError as error:
        if NO_OPTIONS.search(str(error)):
            return None
        raise
    try:
        if connection.execute(f"SELECT current_setting('{MARK}', true)").fetchone() == (mark,):
            return connection
    except BaseException:
        connection.close()
        raise
    connection.close()
    return None


def open_pooled(url: str, settings: Mapping[str, str]) -> Session:
    """A connection whose settings are made in each transaction, in one message with the statement.

    Psycopg then writes the parameters into the text. The time zone is set for the session: it is one of the few
    settings that PgBouncer tracks for each client, and psycopg needs it to read timestamps.
    """
    connection = Session.connect(
        url, autocommit=True, prepare_threshold=None, cursor_factory=psycopg.ClientCursor, **_limits(url)
    )
    try:
        connection.execute(f"SET timezone = '{settings['timezone']}'")
    except BaseException:
        connection.close()
        raise
    connection.prelude = set_local(settings)
    return connection


def _limits(url: str) -> dict[str, Any]:
    """The limits of a connection that its URL does not give."""
    given = conninfo_to_dict(url)
    return {name: value for name, value in LIMITS.items() if name == "connect_timeout" or name not in given}
