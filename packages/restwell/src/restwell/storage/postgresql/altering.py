"""SQLAlchemy connections that may alter tables of PostgreSQL, as Alembic needs them."""

from __future__ import annotations

from typing import Any

import psycopg
import sqlalchemy as sa

from ..altering import PATIENCE
from .schema import LOCK


def altering_engine(url: str) -> sa.Engine:
    """The engine for a database, each connection in one transaction."""

    def connect() -> Any:  # behind a pooler the next transaction may be in a session where nothing is prepared
        return psycopg.connect(url, connect_timeout=PATIENCE, prepare_threshold=None)

    engine = sa.create_engine("postgresql+psycopg://", creator=connect)

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{PATIENCE}s'")
        connection.exec_driver_sql("SET LOCAL intervalstyle = 'iso_8601'")  # a duration becomes the text of one
        connection.exec_driver_sql(LOCK)

    return engine
