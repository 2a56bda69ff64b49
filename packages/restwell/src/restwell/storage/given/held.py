"""An engine of an application whose connections are one, in a transaction that is taken back: for a test.

What is committed meanwhile is in a savepoint that is released, so that whoever reads next sees it. What is rolled
back is so. Every connection being one, what somebody has not committed may be rolled back by another.

The functions of a connection that begin and end transactions are replaced. Where those of a library take no other
functions, as they are not written in Python, an object that is asked in their place stands in for the connection.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Self, cast

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

SAVEPOINT = "restwell_held"
REPLACED = ("cursor", "commit", "rollback", "transaction")
"""The functions of a connection that have to do with transactions; not every library has all of them."""


class HeldPool(StaticPool):
    """The pool of an engine that is held: one connection for all."""


class HeldConnection:
    """Takes the place of the functions by which a connection of the database's library begins and ends transactions.

    `lasting` is a query for a statement that is run after each commit: it says again what was set for a transaction,
    which has not ended.
    """

    def __init__(self, connection: Any, begin: str, lasting: str) -> None:
        self.connection = connection
        self._cursor = connection.cursor
        self._transaction = getattr(connection, "transaction", None)
        self._is_begun = False
        for statement in begin.split("; "):
            self._run(statement)
        self._lasting = self._run(lasting) if lasting else ""

    def replace(self) -> None:
        """Replace the functions of the connection by these."""
        for name in REPLACED:
            if hasattr(self.connection, name):
                setattr(self.connection, name, getattr(self, name))

    def cursor(self, *arguments: Any, **named: Any) -> Any:
        """A cursor of the connection, which is about to run something."""
        self._begin()
        return self._cursor(*arguments, **named)

    @contextmanager
    def transaction(self, *arguments: Any, **named: Any) -> Iterator[Any]:
        """A part of what has begun, or all of it, which is committed at its end, or rolled back."""
        is_all = not self._is_begun
        self._begin()
        try:
            with cast(Any, self._transaction)(*arguments, **named) as found:
                yield found
        except BaseException:
            if is_all:
                self.rollback()
            raise
        if is_all:
            self.commit()

    def _begin(self) -> None:
        if not self._is_begun:
            self._run(f"SAVEPOINT {SAVEPOINT}")
            self._is_begun = True

    def commit(self) -> None:
        """Keep what was done, until all of it is taken back."""
        if self._is_begun:
            self._run(f"RELEASE SAVEPOINT {SAVEPOINT}")
            self._is_begun = False
            if self._lasting:
                self._run(self._lasting)

    def rollback(self) -> None:
        """Take back what was done since the last commit."""
        if self._is_begun:
            self._run(f"ROLLBACK TO SAVEPOINT {SAVEPOINT}")
            self._run(f"RELEASE SAVEPOINT {SAVEPOINT}")
            self._is_begun = False

    def take_back(self) -> None:
        """End the transaction, without anything of it."""
        self._run("ROLLBACK")

    def _run(self, statement: str) -> str:
        """Run a statement; the first value that it gives, if any."""
        cursor = self._cursor()
        try:
            cursor.execute(statement)
            return str(cursor.fetchone()[0]) if cursor.description else ""
        finally:
            cursor.close()


class StandIn:
    """Stands in for a connection that is held; all but its transactions is the connection's."""

    def __init__(self, connection: HeldConnection) -> None:
        object.__setattr__(self, "_restwell_held", connection)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._restwell_held.connection, name)
        return getattr(self._restwell_held, name) if name in REPLACED else found

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._restwell_held.connection, name, value)

    def __enter__(self) -> Self:
        """Itself: what follows is committed at the end, or rolled back."""
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._restwell_held.commit()
        else:
            self._restwell_held.rollback()


@contextmanager
def held(engine: sa.Engine, begin: str, lasting: str = "", *, is_fixed: bool = False) -> Iterator[None]:
    """Hold an engine: what is written by its connections is taken back at the end. One that is held stays so.

    The functions of connections that are `is_fixed` cannot be replaced.
    """
    before = engine.pool
    if isinstance(before, HeldPool):
        yield
        return
    # SQLAlchemy gives a pool to an engine in no other way; with the events and the function of the one there was
    pool = HeldPool(before._creator, dialect=engine.dialect, _dispatch=before.dispatch)  # noqa: SLF001 - see above
    try:
        pool.connect().close()  # it is opened, as the application has it set up
        record = pool.connection
        connection = HeldConnection(record.dbapi_connection, begin, lasting)
        if is_fixed:
            record.dbapi_connection = cast(Any, StandIn(connection))
        else:
            connection.replace()
        engine.pool = pool
        try:
            yield
        finally:
            engine.pool = before
            with suppress(*_errors_of(engine)):  # a server that is gone has taken everything back itself
                connection.take_back()
    finally:
        pool.dispose()


def _errors_of(engine: sa.Engine) -> tuple[type[Exception], ...]:
    library: Any = engine.dialect.loaded_dbapi
    return (library.Error,)
