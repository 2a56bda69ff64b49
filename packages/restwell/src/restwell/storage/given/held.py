"""An engine of an application whose connections are one, in a transaction that is taken back: for a test.

What is committed meanwhile is in a savepoint that is released, so that whoever reads next sees it. What is rolled
back is so. Every connection being one, what somebody has not committed may be rolled back by another.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

SAVEPOINT = "restwell_held"


class HeldPool(StaticPool):
    """The pool of an engine that is held: one connection for all."""


class HeldConnection:
    """Takes the place of the functions by which a connection of the database's library begins and ends transactions.

    `lasting` is a query for a statement that is run after each commit: it says again what was set for a transaction,
    which has not ended.
    """

    def __init__(self, connection: Any, begin: str, lasting: str) -> None:
        self._connection = connection
        self._cursor = connection.cursor
        self._rollback = connection.rollback
        self._is_begun = False
        for statement in begin.split("; "):
            self._run(statement)
        self._lasting = self._run(lasting) if lasting else ""
        for name in ("cursor", "commit", "rollback"):
            setattr(connection, name, getattr(self, name))

    def cursor(self, *arguments: Any, **named: Any) -> Any:
        """A cursor of the connection, which is about to run something."""
        if not self._is_begun:
            self._run(f"SAVEPOINT {SAVEPOINT}")
            self._is_begun = True
        return self._cursor(*arguments, **named)

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
        for name in ("cursor", "commit", "rollback"):
            delattr(self._connection, name)
        self._rollback()

    def _run(self, statement: str) -> str:
        """Run a statement; the first value that it gives, if any."""
        cursor = self._cursor()
        try:
            cursor.execute(statement)
            return str(cursor.fetchone()[0]) if cursor.description else ""
        finally:
            cursor.close()


@contextmanager
def held(engine: sa.Engine, begin: str, lasting: str = "") -> Iterator[None]:
    """Hold an engine: what is written by its connections is taken back at the end. One that is held stays so."""
    before = engine.pool
    if isinstance(before, HeldPool):
        yield
        return
    # SQLAlchemy gives a pool to an engine in no other way; with the events and the function of the one there was
    pool = HeldPool(before._creator, dialect=engine.dialect, _dispatch=before.dispatch)  # noqa: SLF001 - see above
    try:
        found = pool.connect()
        connection = HeldConnection(found.dbapi_connection, begin, lasting)
        found.close()
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
