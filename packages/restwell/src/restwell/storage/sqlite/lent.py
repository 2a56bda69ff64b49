"""The connection that writes, lent to SQLAlchemy: for models whose own code has a part in what is written."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

from ..driver import LENIENT
from .batches import decoding
from .errors import translate
from .files import Connection


@contextmanager
def lending(writing: AbstractContextManager[Connection]) -> Iterator[sa.Connection]:
    """The connection of a transaction that writes, lent until its end. Raises Violation or StoreError."""
    try:
        with writing as connection, _engine_of(connection).connect() as lent, lent.begin():
            yield lent.execution_options(**{LENIENT: run_leniently})
    except sa.exc.DBAPIError as error:
        raise translate(error.orig) if isinstance(error.orig, sqlite3.Error) else error from error


def run_leniently(connection: sa.Connection, text: str, parameters: tuple[Any, ...]) -> Sequence[Any]:
    """The rows of a query on a connection that is lent, read leniently."""
    raw: Any = connection.connection.dbapi_connection
    with decoding(raw, leniently=True):
        return connection.exec_driver_sql(text, parameters).fetchall()


def _engine_of(connection: Connection) -> sa.Engine:
    """The engine whose only connection this one is. Its transactions are begun by whoever lends it."""
    if connection.lent is None:
        creator: Any = lambda: connection  # noqa: E731 - a function for SQLAlchemy, which has no type for it
        usual = _usual()
        connection.lent = sa.Engine(
            StaticPool(creator, reset_on_return=None), usual.dialect, usual.url, hide_parameters=True
        )
    return connection.lent


@cache
def _usual() -> sa.Engine:
    """An engine with a dialect that knows this release of SQLite."""
    engine = sa.create_engine("sqlite://")
    with engine.connect():
        pass
    return engine
