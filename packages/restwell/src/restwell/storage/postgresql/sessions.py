"""Sessions of PostgreSQL: how they are opened, with which limits of time, and how long their answers are waited for.

A server that was stopped, or a network that lost it, says nothing at all: only this side can give it up.
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

from .errors import is_lost, meaning_of
from .lenient import loaded_leniently

SETTINGS = {
    "statement_timeout": "2s",
    "lock_timeout": "1s",
    "idle_in_transaction_session_timeout": "5s",
    "timezone": "UTC",
}
UNBOUNDED = {"statement_timeout": "500ms", "lock_timeout": "400ms"}
"""For a query whose cost grows with the table. By the wall clock, which runs while others have the processor too."""
LEAST = -(2**63)
"""The least integer that a column can hold."""
READ_ONLY = "default_transaction_read_only"
"""Of a session that reads. One that writes has what the owner of the database says."""
SILENCE = 2.4
"""Seconds after which a server that has not even said that a statement took too long is given up."""
UNHURRIED = {"statement_timeout": "0", "lock_timeout": "0", "idle_in_transaction_session_timeout": "0"}
LIMITS = {
    "connect_timeout": 2, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}  # fmt: skip
"""Of a connection, where its URL says nothing: a host that has gone is noticed in 25 s even where an answer may take
any time. Seconds, but for the last, which are milliseconds."""
MARK = "restwell.session"
"""A setting of no meaning, by which a session that is ours is recognised."""
NO_OPTIONS = re.compile("startup parameter|command-line options", re.IGNORECASE)
"""With what poolers refuse settings that come with the connection: PgBouncer and its kin, RDS Proxy."""
Silence = errors._WaitTimeout  # noqa: SLF001 - psycopg says that callers handle it, and has no other name for it


class Session(psycopg.Connection[Any]):
    """A connection that is closed when its server is silent for too long."""

    taken = 0.0
    patience: float | None = SILENCE
    """Seconds for which an answer is waited for; None where it may take any time."""
    prelude = ""
    """What goes before a statement in the same transaction, where a session cannot have settings of its own."""
    on_silence: Callable[[], None] | None = None
    """What is called when a silent server is given up."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for an answer. Raises OperationalError when there is none in time, and then is closed."""
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
        """Run one statement in a transaction of its own; the rows that it gives."""
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

    @contextlib.contextmanager
    def beginning(self, *, unhurried: bool) -> Iterator[None]:
        """A transaction; an unhurried one has no limits of time."""
        self.patience = None if unhurried else SILENCE
        try:
            with self.transaction():
                if unhurried or self.prelude:
                    self.execute(self.prelude + (set_local(UNHURRIED) if unhurried else ""))
                yield
        finally:
            self.patience = SILENCE

    def is_lost(self) -> bool:
        """Whether the server has gone since the last answer. Its farewell is read first, its end behind that."""
        try:
            self.pgconn.consume_input()
            self.pgconn.consume_input()
        except psycopg.OperationalError:
            return True
        return self.closed

    def is_in_order(self, error: BaseException) -> bool:
        """Whether the next statement can be run after an error."""
        if not isinstance(error, psycopg.Error) or is_lost(error) or meaning_of(error) == "stale":
            return False
        return self.pgconn.transaction_status == TransactionStatus.IDLE


def as_literals(parameters: Sequence[Any]) -> Sequence[Any]:
    """Parameters that may stand in the text of a statement, each before the `::` of its type.

    That binds tighter than a minus sign, and there is no 9223372036854775808 of type bigint to take it from.
    """
    if isinstance(parameters, Mapping) or LEAST not in parameters:
        return parameters
    return [str(each) if each == LEAST and isinstance(each, int) else each for each in parameters]


def set_local(settings: Mapping[str, str]) -> str:
    """Statements that set what holds until the end of the transaction."""
    return "".join(f"SET LOCAL {name} = '{value}'; " for name, value in settings.items())


def open_session(url: str, settings: Mapping[str, str]) -> Session | None:
    """A connection whose session is ours, with these settings; None when there is a pooler in between.

    PgBouncer refuses settings that come with the connection. It may have been told to ignore them instead, so
    that the session is asked whether it has got a mark that came along with them.
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
    """A connection that sets everything by transaction, in one message with the statement.

    The parameters stand in the text then, put there by psycopg. The time zone is by session: it is one of the
    few settings that PgBouncer keeps for each of its clients, and psycopg reads moments by it.
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
    """The limits of a connection that its URL leaves open."""
    given = conninfo_to_dict(url)
    return {name: value for name, value in LIMITS.items() if name == "connect_timeout" or name not in given}
