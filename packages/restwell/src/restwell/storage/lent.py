"""A connection that is lent to SQLAlchemy, and the session on it: what an application's code changes things with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..data.outcomes import Row
from ..data.plans import Plan, RowChange
from .driver import BINDS, LENIENT, SESSION
from .selects import Selects


class Lent(NamedTuple):
    """A connection in a transaction, and a session of SQLAlchemy's in the same."""

    connection: sa.Connection
    session: Session


class Locked(NamedTuple):
    """A row that nobody else changes until the end of the transaction, and the item of a mapped class that it is."""

    row: Row
    item: Any = None
    unread: tuple[str, ...] = ()
    """The members that cannot be read, and are None in the row."""


def lock(lent: Lent, selects: Selects, change: RowChange) -> tuple[Any, ...] | None:
    """The row that a change is of, as it is stored, which nobody else changes until the end of the transaction."""
    statement, parameters = selects.of_locked(change)
    locked = lent.connection.exec_driver_sql(statement.text, parameters)
    if not change.of_unread:
        rows = locked.fetchall()
    else:
        locked.close()  # without its values, which what reads them here may not have
        read = lent.connection.get_execution_options()[LENIENT]
        statement, parameters = selects.of_item(
            Plan("item", change.resource, change.identity, condition=change.condition)
        )
        rows = read(lent.connection, statement.text, parameters)
    return tuple(rows[0]) if rows else None


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
