"""Connections lent to SQLAlchemy: for models whose own code has a part in what is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from .lenient import rows_of
from .sessions import Session


def run_leniently(connection: sa.Connection, text: str, parameters: tuple[Any, ...]) -> Sequence[Any]:
    """The rows of a query on a connection that is lent, with UNREADABLE for values that Python does not have."""
    raw: Any = connection.connection.dbapi_connection
    return rows_of(raw.execute(text, parameters))


def lending_engine(connect: Callable[[], Session], pool: Mapping[str, Any]) -> sa.Engine:
    """An engine of a few connections of ours, each with the settings of one that writes. `pool` has the limits."""

    def opened() -> Any:
        connection = connect()
        connection.autocommit = False
        return connection

    engine = sa.create_engine(
        "postgresql+psycopg://", creator=opened, max_overflow=0, pool_use_lifo=True, hide_parameters=True, **pool
    )  # fmt: skip

    @sa.event.listens_for(engine, "checkout")
    def look(connection: Any, *_: Any) -> None:
        if connection.is_lost():
            raise sa.exc.DisconnectionError  # the pool opens another one

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        session: Any = connection.connection.dbapi_connection
        if session.prelude:
            connection.exec_driver_sql(session.prelude)

    return engine
