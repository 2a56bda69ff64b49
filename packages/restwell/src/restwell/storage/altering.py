"""SQLAlchemy connections that may alter tables, as Alembic needs them: one transaction, where the database can."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import sqlalchemy as sa

from .driver import Driver

PATIENCE = 10
"""Seconds to wait for others to release their locks on the tables."""


@contextlib.contextmanager
def connected(driver: Driver, *, writing: bool) -> Iterator[sa.Connection]:
    """A connection in a transaction, committed at the end if it is for writing."""
    engine = driver.altering_engine(writing=writing)
    try:
        with engine.connect() as connection, connection.begin() as transaction:
            yield connection
            if not writing:
                transaction.rollback()
    finally:
        engine.dispose()
