"""SQLAlchemy connections that may alter tables of MariaDB, as Alembic needs them; each statement is committed."""

from __future__ import annotations

import sqlalchemy as sa

from ..altering import PATIENCE
from .opening import MODE, UTC, ZERO, assignments
from .schema import LOCK


def altering_engine(url: str, *, read_only: bool) -> sa.Engine:
    """The engine for a database, each connection alone among those that alter or create tables.

    If it is only read, nothing can be altered, and nobody is waited for.
    """
    begin = assignments(
        {
            "sql_mode": f"CONCAT({MODE}, {ZERO})", "time_zone": UTC, "tx_read_only": int(read_only),
            "lock_wait_timeout": PATIENCE, "innodb_lock_wait_timeout": PATIENCE,
        }
    )  # fmt: skip
    engine = sa.create_engine(url, connect_args={"connect_timeout": PATIENCE, "init_command": begin})
    if read_only:
        return engine

    @sa.event.listens_for(engine, "begin")
    def alone(connection: sa.Connection) -> None:
        connection.exec_driver_sql(LOCK)

    return engine
