"""Connections that may alter tables, of SQLAlchemy as Alembic wants them: one transaction, all or nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

from . import alterations
from .driver import Driver
from .sqlite.driver import SqliteDriver
from .sqlite.texts import decoded, encoded, old_order, stands_for

PATIENCE = 10
"""Seconds to wait for others to let go of the tables."""


@contextlib.contextmanager
def connected(driver: Driver, *, writing: bool) -> Iterator[sa.Connection]:
    """A connection in a transaction, committed at the end if it is for writing."""
    engine = (
        _sqlite_engine(driver, writing=writing) if isinstance(driver, SqliteDriver) else _postgresql_engine(driver)
    )
    try:
        with engine.connect() as connection, connection.begin() as transaction:
            yield connection
            if not writing:
                transaction.rollback()
    finally:
        engine.dispose()


def _sqlite_engine(driver: SqliteDriver, *, writing: bool) -> sa.Engine:
    """Foreign keys stay off here, or else dropping the old table would empty those that refer to it."""
    there = writing or Path(driver.path).exists()  # to look must not make the file
    engine = sa.create_engine(
        f"sqlite:///{driver.path if there else ''}", connect_args={"timeout": PATIENCE}, poolclass=StaticPool
    )

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.create_collation("restwell_decimal", old_order)  # of a release before, whose indexes need it
        connection.create_function(alterations.STANDS_FOR, 2, stands_for, deterministic=True)
        connection.create_function(alterations.ENCODED, 1, encoded, deterministic=True)
        connection.create_function(alterations.DECODED, 1, decoded, deterministic=True)
        connection.isolation_level = None  # transactions begin below, and hold the definitions of tables too
        connection.execute(
            "PRAGMA legacy_alter_table = ON"
        )  # views and triggers of others go on meaning the same table

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _postgresql_engine(driver: Driver) -> sa.Engine:
    import psycopg  # an extra: only who uses PostgreSQL has it

    def connect() -> Any:  # behind a pooler the next transaction may be in a session where nothing is prepared
        url: str = driver.url  # type: ignore[attr-defined]
        return psycopg.connect(url, connect_timeout=PATIENCE, prepare_threshold=None)

    engine = sa.create_engine("postgresql+psycopg://", creator=connect)

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{PATIENCE}s'")
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('restwell schema'))")

    return engine
