"""Opens the driver for a database URL, or for an engine. What a driver does not support is refused by name."""

from __future__ import annotations

from urllib.parse import parse_qsl

from .driver import Driver
from .given.opening import given_driver
from .given.sessions import Given, UnknownDatabase
from .sqlite.driver import SqliteDriver

__all__ = ["Given", "UnknownDatabase", "open_driver"]
FORMS = "use sqlite:///FILE, sqlite:// for memory, or postgresql://USER@HOST/NAME"


def open_driver(url: str | Given) -> Driver:
    """The driver for `sqlite:///FILE`, `sqlite://` (in memory) or `postgresql://...`. Raises UnknownDatabase.

    An engine of an application is used as it is.

    FILE is the literal name of a file: a space, a `#` or a `%20` is part of it. After a `?` come
    parameters: for SQLite `mode=ro`, which opens the file for reading only; for PostgreSQL those of libpq.
    """
    if isinstance(url, Given):
        return given_driver(url)
    scheme, separator, rest = url.partition("://")
    if scheme == "sqlite" and separator:
        return _sqlite(rest)
    if scheme in {"postgresql", "postgres", "postgresql+psycopg"} and separator:
        return _postgresql(f"postgresql://{rest}")
    if scheme.startswith("postgresql+"):
        raise UnknownDatabase("Restwell uses psycopg 3 for PostgreSQL: begin the database URL with postgresql://.")
    raise UnknownDatabase(f"The database URL is invalid, or of a database that Restwell cannot use: {FORMS}.")


def _sqlite(rest: str) -> Driver:
    name, _, query = rest.partition("?")
    path = name.removeprefix("/")
    if name == path and path not in {"", ":memory:"}:
        raise UnknownDatabase(f"The database URL sqlite://{name} names a host: write sqlite:///{name} for the file.")
    parameters = parse_qsl(query, keep_blank_values=True) if query else []
    for parameter, value in parameters:
        if (parameter, value) != ("mode", "ro"):
            raise UnknownDatabase(
                f"The database URL has the parameter {parameter}={value}: for SQLite there is only mode=ro, "
                "for reading only. Leave it out."
            )
    if query and not parameters:
        raise UnknownDatabase(f"The database URL has {query!r} behind its '?': for SQLite there is only mode=ro.")
    if parameters and path in {"", ":memory:"}:
        raise UnknownDatabase("A database in memory that can only be read has nothing in it: leave mode=ro out.")
    return SqliteDriver(path, read_only=bool(parameters))


def _postgresql(url: str) -> Driver:
    try:
        import psycopg  # an extra that only users of PostgreSQL install
        from psycopg.conninfo import conninfo_to_dict  # as above

        from .postgresql.driver import PostgresqlDriver  # as above
    except ImportError as error:
        raise UnknownDatabase("PostgreSQL needs the psycopg driver: install `restwell[postgresql]`.") from error
    try:
        conninfo_to_dict(url)
    except psycopg.Error as error:
        reason = str(error).strip().rstrip(".")
        raise UnknownDatabase(f"The database URL cannot be read by PostgreSQL's library: {reason}.") from error
    return PostgresqlDriver(url)
