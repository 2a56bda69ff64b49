"""SQLAlchemy connections that may alter tables of SQLite, as Alembic needs them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

from ..altering import PATIENCE
from .alterations import DECODED, DURATION, DURATION_TEXT, ENCODED, STANDS_FOR
from .texts import decoded, duration, duration_text, encoded, old_order, stands_for


def altering_engine(path: str, *, writing: bool) -> sa.Engine:
    """The engine for a file, each connection in one transaction.

    Foreign keys are off, since dropping the old table would otherwise delete the rows that refer to it.
    """
    engine = sa.create_engine(
        _url_of(path, writing=writing), connect_args={"timeout": PATIENCE}, poolclass=StaticPool
    )

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.create_collation("restwell_decimal", old_order)  # of a release before, whose indexes need it
        connection.create_function(STANDS_FOR, 2, stands_for, deterministic=True)
        connection.create_function(ENCODED, 1, encoded, deterministic=True)
        connection.create_function(DECODED, 1, decoded, deterministic=True)
        connection.create_function(DURATION, 1, duration, deterministic=True)
        connection.create_function(DURATION_TEXT, 1, duration_text, deterministic=True)
        connection.isolation_level = None  # transactions begin below, and hold the definitions of tables too
        connection.execute(
            "PRAGMA legacy_alter_table = ON"
        )  # views and triggers of others go on meaning the same table

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _url_of(path: str, *, writing: bool) -> sa.URL:
    """The URL of a file. Looking must neither create it nor move into it what is in its log."""
    if writing:
        return sa.URL.create("sqlite", database=path)
    if path in {"", ":memory:"} or not Path(path).exists():
        return sa.URL.create("sqlite")
    return sa.URL.create("sqlite", database=Path(path).absolute().as_uri(), query={"mode": "ro", "uri": "true"})
