"""The driver of an application's engine: its pool, its events and its connections, as they are.

Reads run on raw connections of the pool, one statement each. What writes has a connection of SQLAlchemy's in one
transaction: of the session of the request, where the application has one, and else of the engine. No call needs
two connections at once, so that a pool may have a single one.
"""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from os import getpid
from time import perf_counter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.pool import PoolProxiedConnection, StaticPool

from ...data.store_errors import StoreError
from ...http.limits import MAX_LOOK
from ..connections import PATIENCE, exhausted
from ..driver import BINDS, LENIENT, OTHERS, SESSION, Write
from ..errors import Violation, passing
from ..forking import Forkable
from ..statements import Statements
from .backends import Backend
from .sessions import Given, Sessions, UnknownDatabase

LENT = "restwell_lent"
"""Marks a session, in its `info`, while a change has it."""


class _LostWrite(Exception):
    """A statement that must change something has changed nothing."""


class GivenDriver(Forkable):
    """One database, by the engine of an application; `backend` is how statements are run on its connections."""

    copied_by = "what it comes with"
    copies = None
    read_only = False

    def __init__(self, given: Given, backend: Backend) -> None:
        super().__init__(given.pid)
        self.engine = given.engine
        self.dialect = backend.dialect
        self.name = given.engine.dialect.name
        self.slow_at = -math.inf
        self._backend = backend
        self._errors: tuple[type[Exception], ...] = (sa.exc.SQLAlchemyError, *backend.errors)
        self._refusals: tuple[type[Exception], ...] = (StoreError, *self._errors)
        self._sessions: Sessions | None = given.sessions
        self._others = given.others
        self._options: dict[str, Any] = {LENIENT: self._run_leniently}
        if given.others:
            self._options |= {OTHERS: given.others, BINDS: given.binds}
        self._is_shared = isinstance(given.engine.pool, StaticPool)
        self._turn = threading.RLock()

    # -- connections ------------------------------------------------------------------------------------------

    def _after_fork(self) -> None:
        """Leave the connections of the parent process to it, as SQLAlchemy wants it; and its locks."""
        self._turn = threading.RLock()
        self.engine.dispose(close=False)

    @contextlib.contextmanager
    def _in_turn(self, *, writing: bool) -> Iterator[None]:
        """Alone among the threads, where the database or the pool has room for one. Raises Busy.

        Who writes has a connection before its turn, so that nobody waits for a connection whose holder waits here.
        """
        if self._pid != getpid():
            self._enter()
        if not (self._is_shared or (writing and self._backend.is_one_writer)):
            yield
            return
        turn = self._turn
        if not turn.acquire(timeout=PATIENCE):
            raise passing("busy")
        try:
            yield
        finally:
            turn.release()

    @contextlib.contextmanager
    def _raw(self) -> Iterator[PoolProxiedConnection]:
        """A connection of the pool, or that of the session of this request, which may have it in use."""
        with self._in_turn(writing=False):
            began = perf_counter()
            session = None if self._sessions is None else self._sessions.begun()
            try:
                with self._of_pool() if session is None else self._borrowed(session) as raw:
                    yield raw
            finally:
                self._note(began)

    @contextlib.contextmanager
    def _of_pool(self) -> Iterator[PoolProxiedConnection]:
        raw = self.engine.raw_connection()
        try:
            yield raw
        except Exception as error:
            if self._backend.is_lost(error):
                raw.invalidate(error)
            raise
        finally:
            raw.close()

    @contextlib.contextmanager
    def _borrowed(self, session: Session) -> Iterator[PoolProxiedConnection]:
        """The connection of a session, which keeps its transaction, or has none afterwards if it had none before."""
        has_begun = session.in_transaction()
        try:
            raw = self._of(session).connection
            with contextlib.nullcontext(raw) if self._backend.can_read(raw) else self._of_pool() as found:
                yield found
        finally:
            if not has_begun:
                session.rollback()

    def _of(self, session: Session) -> sa.Connection:
        """The connection of a session: one of the engine, or the one that it was made for."""
        theirs = session.bind
        is_ours = isinstance(theirs, sa.Connection) and theirs.engine not in self._others
        return session.connection(bind_arguments={"bind": theirs if is_ours else self.engine})

    def _note(self, began: float) -> None:
        """Remember when the database was slow."""
        now = perf_counter()
        if now - began > MAX_LOOK:
            self.slow_at = now

    # -- reading ----------------------------------------------------------------------------------------------

    def read(
        self,
        text: str,
        parameters: Sequence[Any] = (),
        table: str = "",  # noqa: ARG002 - locks of tables are waited for as the application has set it
        *,
        leniently: bool = False,
        is_bounded: bool = True,
    ) -> list[Any]:
        """The rows of a query. Raises StoreError, Violation or InvalidValue."""
        try:
            try:
                return self._asked(text, parameters, leniently=leniently, is_bounded=is_bounded)
            except self._backend.errors as error:
                if not (self._backend.is_lost(error) and self._may_ask_again(error)):
                    raise
                self._look_again()  # a read may be asked again, since it changes nothing
                return self._asked(text, parameters, leniently=leniently, is_bounded=is_bounded)
        except self._errors as error:
            raise self._translated(error) from error

    def _asked(self, text: str, parameters: Any, *, leniently: bool = False, is_bounded: bool = True) -> list[Any]:
        with self._raw() as raw:
            return self._backend.read(raw, text, parameters, leniently=leniently, is_bounded=is_bounded)

    def _may_ask_again(self, error: BaseException | None) -> bool:  # noqa: ARG002 - for others
        """Whether another connection may give the answer that a lost one has not given."""
        return True

    def _look_again(self) -> None:
        """Ask by SQLAlchemy, which gives up every connection of the pool where one is lost."""
        with contextlib.suppress(sa.exc.DBAPIError), self.engine.connect() as connection:
            connection.exec_driver_sql("SELECT 1")

    def stream(self, text: str, parameters: Sequence[Any] = (), size: int = 1000) -> Iterator[list[Any]]:
        """The rows of a query of any length in one snapshot, `size` at a time. Raises StoreError or Violation."""
        try:
            raw = self.engine.raw_connection()
            try:
                yield from self._backend.stream(raw, text, parameters, size)
            finally:
                raw.close()
        except self._errors as error:
            raise self._translated(error) from error

    # -- writing ----------------------------------------------------------------------------------------------

    def lend(self) -> AbstractContextManager[sa.Connection]:
        """A connection in a transaction that writes, of the request's session if there is one."""
        return self._lending()

    @contextlib.contextmanager
    def _lending(self, *, unhurried: bool = False, alone: bool = False) -> Iterator[sa.Connection]:
        """As `lend`; `alone`, without the session, and `unhurried`, without limits of time."""
        began = perf_counter()
        try:
            with self._in_turn(writing=False):
                sessions = None if alone else self._sessions
                with (
                    self._of_engine(unhurried=unhurried)
                    if sessions is None
                    else self._of_session(sessions) as connection
                ):
                    yield connection.execution_options(**self._options)
        except self._errors as error:
            raise self._translated(error) from error
        finally:
            self._note(began)

    def _run_leniently(self, connection: sa.Connection, text: str, parameters: tuple[Any, ...]) -> Sequence[Any]:
        """The rows of a query on a connection that is lent, read leniently."""
        return self._backend.read(connection.connection, text, parameters, leniently=True, is_bounded=True)

    @contextlib.contextmanager
    def _of_engine(self, *, unhurried: bool) -> Iterator[sa.Connection]:
        with self.engine.connect() as connection, self._in_turn(writing=True):
            transaction = connection.begin()
            try:
                self._backend.begin(connection, unhurried=unhurried)
            except sa.exc.DBAPIError as error:
                if not (error.connection_invalidated and self._may_ask_again(error.orig)):
                    raise
                transaction.close()  # the server was restarted: this is another connection, and nothing was done yet
                transaction = connection.begin()
                self._backend.begin(connection, unhurried=unhurried)
            with transaction:
                yield connection

    @contextlib.contextmanager
    def _of_session(self, sessions: Sessions) -> Iterator[sa.Connection]:
        """What the session has not written yet is written and committed with it, or taken back with it."""
        with self._free(sessions) as session:
            has_begun = session.in_transaction()
            session.info[LENT] = True
            try:
                self._of(session)
                with self._in_turn(writing=True):
                    try:
                        self._backend.begin(self._of(session), unhurried=False)
                    except sa.exc.DBAPIError as error:
                        if has_begun or not error.connection_invalidated:
                            raise
                        session.rollback()  # as above
                        self._backend.begin(self._of(session), unhurried=False)
                    yield self._of(session).execution_options(**{SESSION: session})
                    session.commit()
            except BaseException:
                session.rollback()
                raise
            finally:
                del session.info[LENT]

    @contextlib.contextmanager
    def _free(self, sessions: Sessions) -> Iterator[Session]:
        """The session of this request, or another one for what the code of a change asks for. Raises Busy."""
        with sessions.current() as session:
            if LENT not in session.info:
                yield session
                return
            if self._backend.is_one_writer:
                raise passing("busy")  # which the change would wait for, and this for the change
            with sessions.fresh() as other:
                yield other

    @contextlib.contextmanager
    def transaction(self, *, unhurried: bool = False) -> Iterator[Any]:
        """Several changing statements, all or nothing, on the connection of the database's library."""
        with self._lending(unhurried=unhurried, alone=True) as connection:
            yield self._backend.executing(connection.connection)

    def write(self, text: str, parameters: Sequence[Any] = (), table: str = "") -> list[Any]:
        """Run one changing statement, committed when this returns. Raises Violation or StoreError."""
        return self.write_all([Write(text, parameters, table)])[0]

    def write_all(self, writes: Sequence[Write]) -> list[list[Any]]:
        """Run several statements in one transaction, up to one that is lost. Raises Violation or StoreError."""
        found: list[list[Any]] = []
        try:
            with self._lending() as connection:
                self._run_all(connection.connection, writes, found)
        except _LostWrite:
            pass
        except Violation as violation:
            violation.place = len(found) if len(found) < len(writes) else None
            raise
        return found

    def _run_all(self, raw: PoolProxiedConnection, writes: Sequence[Write], found: list[list[Any]]) -> None:
        for write in writes:
            found.append(self._backend.run(raw, write.text, write.parameters))
            if write.must_change and not found[-1]:
                raise _LostWrite

    # -- what else is asked of a driver -----------------------------------------------------------------------

    def _translated(self, error: Exception) -> Exception:
        """The StoreError or Violation for an error; the error itself if it is neither."""
        if isinstance(error, sa.exc.TimeoutError):
            return exhausted()
        original: Any = error.orig if isinstance(error, sa.exc.DBAPIError) else error
        statement = error.statement or "" if isinstance(error, sa.exc.StatementError) else ""
        found = self._backend.translate(original, self._columns, statement)
        return error if found is original else found

    def _columns(self, text: str, parameters: Any) -> list[Any]:
        """What is asked about an error; nothing where that is not answered."""
        try:
            return self._asked(text, parameters)
        except self._refusals:
            return []

    def load(self, connection: Any, statements: Statements, rows: Iterable[Sequence[Any]]) -> None:
        """Insert many rows within a transaction. Raises Violation if one is refused, and then inserts none."""
        try:
            self._backend.load(connection, statements, rows)
        except self._backend.errors as error:  # asked on the same connection: the pool may have no other
            ask = lambda text, parameters: list(connection.execute(text, parameters).fetchall())  # noqa: E731 - short
            raise self._backend.translate(error, ask) from error

    def load_empty(
        self,
        connection: Any,  # noqa: ARG002 - these are as the protocol has them
        statements: Statements,  # noqa: ARG002
        rows: Iterable[Sequence[Any]],  # noqa: ARG002
    ) -> bool:
        """Never: the faster way would lock tables that are the application's too."""
        return False

    def altering_engine(self, *, writing: bool) -> sa.Engine:  # noqa: ARG002 - as the protocol has it
        """Refused: tables of an application are altered by its own migrations. Raises UnknownDatabase."""
        raise UnknownDatabase(
            "Tables are not altered by an engine of the application's (engine=, or Flask-SQLAlchemy's): alter its "
            "own by its migrations, and those of Restwell's resources, if there are any, by `restwell migrate` on "
            "an Api without engine=, with their database named by --database."
        )

    @contextlib.contextmanager
    def restoring(self) -> Iterator[None]:
        """What is written by the engine meanwhile is taken back at the end: for a test."""
        with self._backend.restoring(self.engine):
            before, self._is_shared = self._is_shared, isinstance(self.engine.pool, StaticPool)
            try:
                yield
            finally:
                self._is_shared = before

    def rule_of(self, table: str, name: str) -> str:
        """The expression of a rule of a table by its name; the name itself if the expression is not known."""
        return self._backend.rule_of(self.read, table, name)

    def close(self) -> None:
        """Nothing: the engine of an application stays as it is."""
