"""A connection that is lent to SQLAlchemy, and the session on it: what an application's code changes things with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..data.outcomes import Row
from .driver import BINDS, SESSION


class Lent(NamedTuple):
    """A connection in a transaction, and a session of SQLAlchemy's in the same."""

    connection: sa.Connection
    session: Session


class Locked(NamedTuple):
    """A row that nobody else changes until the end of the transaction, and the item of a mapped class that it is."""

    row: Row
    item: Any = None


@contextmanager
def lent_of(connection: sa.Connection) -> Iterator[Lent]:
    """A lent connection with the session of the application that it is of, or one for what is done now.

    A session of the application's is committed by whoever lends.
    """
    options = connection.get_execution_options()
    given = options.get(SESSION)
    if given is not None:
        yield Lent(connection, given)
        return
    here, binds = connection.engine, options.get(BINDS, {})
    bound = {key: connection if engine is here else engine for key, engine in binds.items()}
    with Session(connection, expire_on_commit=False, binds=bound) as session:
        yield Lent(connection, session)
        session.commit()  # the transaction itself ends with the connection's turn
