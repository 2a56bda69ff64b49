"""Opens the driver for a database URL. Parameters of a URL that a driver does not support are refused by name."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qsl

from .driver import Driver
from .sqlite.driver import SqliteDriver

READ_ONLY = "mode=ro"
"""The parameter of a URL of any database with which it is only read."""
FORMS = "use sqlite:///FILE, sqlite:// for memory, or postgresql://USER@HOST/NAME"


class UnknownDatabase(Exception):
    """A database URL that Restwell cannot use; the message says which it can."""


def open_driver(url: str) -> Driver:
    """The driver for `sqlite:///FILE`, `sqlite://` (in memory) or `postgresql://...`. Raises UnknownDatabase.

    FILE is the literal name of a file: a space, a `#` or a `%20` is part of it. After a `?` come
    parameters: `mode=ro`, with which the database is only read; for PostgreSQL those of libpq, too.
    """
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


def read_only_url(url: str) -> str:
    """The URL with which the same database is only read, from wherever: that of a file has its whole path."""
    base, _, query = url.partition("?")
    if base.startswith("sqlite:///") and base not in {"sqlite:///", "sqlite:///:memory:"}:
        base = f"sqlite:///{Path(base.removeprefix('sqlite:///')).absolute()}"
    parameters = [each for each in query.split("&") if each and each != READ_ONLY]
    return f"{base}?{'&'.join([*parameters, READ_ONLY])}"


def without_password(url: str) -> str:
    """The URL without what nobody is to read: a password of PostgreSQL's."""
    scheme, separator, rest = url.partition("://")
    if scheme == "sqlite" or not separator:
        return url
    base, mark, query = rest.partition("?")
    user, at, place = base.rpartition("@")
    parameters = [each for each in query.split("&") if not each.startswith(("password=", "sslpassword="))]
    return f"{scheme}://{user.partition(':')[0]}{at}{place}{mark if any(parameters) else ''}{'&'.join(parameters)}"


def _postgresql(url: str) -> Driver:
    base, _, query = url.partition("?")
    parameters = query.split("&")
    if READ_ONLY in parameters:  # ours, which libpq does not know
        parameters = [each for each in parameters if each != READ_ONLY]
        url = f"{base}?{'&'.join(parameters)}" if parameters else base
    read_only = READ_ONLY in query.split("&")
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
    return PostgresqlDriver(url, read_only=read_only)
