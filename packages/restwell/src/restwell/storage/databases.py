"""Opens the driver for a database URL, or for an engine. What a driver does not support is refused by name."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

import sqlalchemy as sa
from sqlalchemy.pool import SingletonThreadPool

from .driver import Driver
from .given.backends import Backend
from .given.driver import GivenDriver
from .given.sessions import Given, UnknownDatabase
from .sqlite.driver import SqliteDriver
from .sqlite.given import SqliteBackend
from .sqlite.restoring import restoring as restoring_sqlite

__all__ = ["Given", "UnknownDatabase", "check_engine", "open_driver"]
READ_ONLY = "mode=ro"
"""The parameter of a URL of any database with which it is only read."""
SECRETS = frozenset(["password", "passwd", "sslpassword", "ssl_key_password"])
"""The parameters of URLs of servers that nobody is to read."""
USER = re.compile(r"([^:/?@]*)(?::[^@]*)?@")
"""The user and the password behind the scheme of a server's URL, as SQLAlchemy and libpq read them: up to an @."""
PASSWORD_FILES = {"postgresql": "see `~/.pgpass`", "mariadb": "give `read_default_file=` an option file that has it"}
"""Where a password may stand beside a URL, by the extra of the database."""
FORMS = (
    "use sqlite:///FILE, sqlite:// for memory, postgresql://USER@HOST/NAME, mariadb+pymysql://USER@HOST/NAME, or "
    "duckdb:///FILE, which is only read"
)


def open_driver(url: str | Given) -> Driver:
    """The driver for `sqlite:///FILE`, `sqlite://`, `postgresql://...`, `mariadb+pymysql://...` or `duckdb:///FILE`.

    An engine of an application is used as it is. Raises UnknownDatabase.

    FILE is the literal name of a file: a space, a `#` or a `%20` is part of it. After a `?` come
    parameters: `mode=ro`, with which the database is only read; for PostgreSQL those of libpq, too.
    """
    if isinstance(url, Given):
        return given_driver(url)
    scheme, separator, rest = url.partition("://")
    if scheme == "sqlite" and separator:
        return _sqlite(rest)
    if scheme in {"postgresql", "postgres", "postgresql+psycopg"} and separator:
        return _postgresql(f"postgresql://{rest}")
    if scheme == "mariadb+pymysql" and separator:
        return _mariadb(url)
    if scheme == "duckdb" and separator:
        return _duckdb(rest)
    if scheme.startswith("postgresql+"):
        raise UnknownDatabase(
            "By a URL Restwell speaks to PostgreSQL by psycopg 3: begin the database URL with postgresql://, or give "
            "an engine of psycopg 2, which is used as it is, by Api(engine=...)."
        )
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
    base, query = _parts(url)
    if base.startswith("sqlite:///") and base not in {"sqlite:///", "sqlite:///:memory:"}:
        base = f"sqlite:///{Path(base.removeprefix('sqlite:///')).absolute()}"
    parameters = [each for each in query.split("&") if each and each != READ_ONLY]
    return f"{base}?{'&'.join([*parameters, READ_ONLY])}"


def without_password(url: str) -> str:
    """The URL without what nobody is to read: the passwords of a server, of a key file, and the like."""
    scheme, separator, rest = url.partition("://")
    if scheme == "sqlite" or not separator:
        return url
    base, query = _parts(url)
    match, place = USER.match(rest), base.rpartition("@")[2].rpartition("://")[2]
    parameters = [each for each in query.split("&") if unquote(each.partition("=")[0]).lower() not in SECRETS]
    shown = f"?{'&'.join(parameters)}" if any(parameters) else ""
    return f"{scheme}://{match.group(1) + '@' if match else ''}{place}{shown}"


def _parts(url: str) -> tuple[str, str]:
    """A URL up to its parameters, and these: a question mark within a password begins none."""
    scheme, separator, rest = url.partition("://")
    match = USER.match(rest)
    place = len(scheme) + len(separator) + (match.end() if match else 0)
    base, _, query = url[place:].partition("?")
    return url[:place] + base, query


def extra_of(url: str) -> str:
    """What a distribution has to be installed with for the database of a URL; empty for SQLite."""
    return "postgresql" if url.startswith("postgres") else "mariadb" if url.startswith("mariadb") else ""


def password_file(url: str) -> str:
    """Where the library of a URL's database looks for a password beside the URL, in words."""
    return PASSWORD_FILES.get(extra_of(url), "")


def _postgresql(url: str) -> Driver:
    base, query = _parts(url)
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


def _mariadb(url: str) -> Driver:
    base, query = _parts(url)
    parameters = [each for each in query.split("&") if each not in {"", READ_ONLY}]
    url = f"{base}?{'&'.join(parameters)}" if parameters else base
    try:
        from .mariadb.driver import MariadbDriver  # not read where nobody has it

        return MariadbDriver(url, read_only=READ_ONLY in query.split("&"))
    except ImportError as error:
        raise UnknownDatabase("MariaDB needs PyMySQL: install `restwell[mariadb]`.") from error
    except sa.exc.ArgumentError as error:
        raise UnknownDatabase(f"The database URL cannot be read by SQLAlchemy: {FORMS}.") from error


def _duckdb(rest: str) -> Driver:
    name, _, query = rest.partition("?")
    if not name.removeprefix("/") or name.endswith(":memory:") or not name.startswith("/"):
        raise UnknownDatabase("A DuckDB is only read, and so it is a file that is there: write duckdb:///FILE.")
    if query not in {"", READ_ONLY}:
        raise UnknownDatabase(
            f"The database URL has {query!r} behind its '?': for DuckDB there is only mode=ro, which holds without "
            "saying so. Give an engine with what else it needs, by Api(engine=...)."
        )
    try:
        from .duckdb.driver import OwnDuckdbDriver  # not read where nobody has it

        return OwnDuckdbDriver(name.removeprefix("/"))
    except (ImportError, sa.exc.NoSuchModuleError) as error:
        raise UnknownDatabase("DuckDB needs duckdb-engine: install `restwell[duckdb]`.") from error


def given_driver(given: Given) -> Driver:
    """The driver for an engine of a database that there is a folder of. Raises UnknownDatabase."""
    check_engine(given.engine)
    if given.engine.dialect.name == "duckdb":
        from .duckdb.driver import DuckdbDriver  # not read where nobody has it

        return DuckdbDriver(given)
    return GivenDriver(given, _backend_of(given.engine))


def restoring(driver: Driver) -> AbstractContextManager[None]:
    """What is written to a database meanwhile is taken back at the end: for a test."""
    if isinstance(driver, GivenDriver):
        return driver.restoring()
    if isinstance(driver, SqliteDriver):
        return restoring_sqlite(driver)
    from .postgresql.restoring import restoring as restoring_postgresql  # psycopg is an extra, which it has

    return restoring_postgresql(driver)  # type: ignore[arg-type]  # there is no other driver


def restoring_engine(engine: Any) -> AbstractContextManager[None]:
    """The same of an engine. Raises UnknownDatabase."""
    return restoring(given_driver(Given(engine)))


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
        further = " and connect_args={'check_same_thread': False}" if engine.dialect.name == "sqlite" else ""
        raise UnknownDatabase(
            "The engine has a database in memory for each thread, so that none sees what another has written: "
            f"make it with poolclass=sqlalchemy.StaticPool{further}, or of a file."
        )


def _backend_of(engine: sa.Engine) -> Backend:
    backend, library = engine.dialect.name, engine.dialect.driver
    if (backend, library) == ("sqlite", "pysqlite"):
        return SqliteBackend(engine)
    if (backend, library) == ("postgresql", "psycopg"):
        from .postgresql.given import PostgresqlBackend  # psycopg is an extra, which this engine has already

        return PostgresqlBackend(engine)
    if (backend, library) == ("postgresql", "psycopg2"):
        from .postgresql.psycopg2 import Psycopg2Backend  # not read where nobody has it

        return Psycopg2Backend(engine)
    if (backend, library) == ("mariadb", "pymysql"):
        from .mariadb.given import MariadbBackend  # not read where nobody has it

        return MariadbBackend(engine)
    raise UnknownDatabase(
        f"The engine speaks to {_named(engine)}, which Restwell cannot use: there are sqlite:// by Python's own "
        "library, postgresql+psycopg:// and postgresql+psycopg2://, mariadb+pymysql:// by PyMySQL, and duckdb:// by "
        "duckdb-engine, which is only read."
    )


def _named(engine: sa.Engine) -> str:
    return f"{engine.dialect.name}+{engine.dialect.driver}"
