"""SQLAlchemy connections that may alter tables of MariaDB, as Alembic needs them; each statement is committed."""

from __future__ import annotations

import sqlalchemy as sa

from ..altering import PATIENCE
from .opening import MODE, ZERO, assignments
from .schema import LOCK


def altering_engine(url: str) -> sa.Engine:
    """The engine for a database, each connection alone among those that alter or create tables."""
    mode = f"CONCAT({MODE}, {ZERO})"
    begin = assignments({"sql_mode": mode, "lock_wait_timeout": PATIENCE, "innodb_lock_wait_timeout": PATIENCE})
    engine = sa.create_engine(url, connect_args={"connect_timeout": PATIENCE, "init_command": begin})

    @sa.event.listens_for(engine, "begin")
    def alone(connection: sa.Connection) -> None:
        connection.exec_driver_sql(LOCK)

    return engine
