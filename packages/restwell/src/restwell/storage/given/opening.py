"""Opens the driver for an engine of an application; one that cannot be used is refused by name."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import SingletonThreadPool

from ..driver import Driver
from .backends import Backend
from .driver import GivenDriver
from .sessions import Given, UnknownDatabase
from .sqlite import SqliteBackend


def given_driver(given: Given) -> Driver:
    """The driver for an engine of SQLite's or PostgreSQL's. Raises UnknownDatabase."""
    check_engine(given.engine)
    return GivenDriver(given, _backend_of(given.engine))


def check_engine(engine: Any) -> None:
    """Refuse what is not an engine of SQLAlchemy's, or one that cannot be used. Raises UnknownDatabase."""
    if not isinstance(engine, sa.Engine):
        what = f"{type(engine).__module__}.{type(engine).__qualname__}"
        raise UnknownDatabase(f"engine= is given a {what}: give it what sqlalchemy.create_engine returns.")
    if engine.dialect.is_async:
        raise UnknownDatabase(
            f"The engine of {_named(engine)} is for asyncio, and Flask is not: make one by sqlalchemy.create_engine."
        )
    if isinstance(engine.pool, SingletonThreadPool):
        raise UnknownDatabase(
            "The engine has a database in memory for each thread, so that none sees what another has written: "
            "make it with poolclass=sqlalchemy.StaticPool and connect_args={'check_same_thread': False}, "
            "or of a file."
        )


def _backend_of(engine: sa.Engine) -> Backend:
    backend, library = engine.dialect.name, engine.dialect.driver
    if (backend, library) == ("sqlite", "pysqlite"):
        return SqliteBackend(engine)
    if (backend, library) == ("postgresql", "psycopg"):
        from .postgresql import PostgresqlBackend  # psycopg is an extra, which this engine has already

        return PostgresqlBackend(engine)
    if (backend, library) == ("mariadb", "pymysql"):
        from .mariadb import MariadbBackend  # not read where nobody has it

        return MariadbBackend(engine)
    raise UnknownDatabase(
        f"The engine speaks to {_named(engine)}, which Restwell cannot use: there are sqlite:// by Python's own "
        "library, postgresql+psycopg:// by psycopg 3, and mariadb+pymysql:// for models."
    )


def _named(engine: sa.Engine) -> str:
    return f"{engine.dialect.name}+{engine.dialect.driver}"
