"""A test's turn with a database of ours: everything by one connection of an engine that is held."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import sqlalchemy as sa

from ..given.driver import GivenDriver
from ..given.sessions import Given
from .driver import PostgresqlDriver
from .given import PostgresqlBackend

DELEGATED = ("read", "stream", "write", "write_all", "transaction", "lend", "load", "load_empty")
"""What is done on connections."""


@contextmanager
def restoring(driver: PostgresqlDriver) -> Iterator[None]:
    """Have an engine's driver do what this one is asked, in one transaction that is taken back at the end."""
    if driver.read_only:
        yield
        return
    creator: Any = lambda: psycopg.connect(driver.url)  # noqa: E731 - a function for SQLAlchemy, which has no type for it
    engine = sa.create_engine("postgresql+psycopg://", creator=creator)
    given = GivenDriver(Given(engine), PostgresqlBackend(engine))
    try:
        with given.restoring():
            for name in DELEGATED:
                setattr(driver, name, getattr(given, name))
            try:
                yield
            finally:
                for name in DELEGATED:
                    delattr(driver, name)
    finally:
        engine.dispose()
