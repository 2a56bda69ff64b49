"""Models and tables of others for tests: made in a database by SQLAlchemy, as an application does, then served."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles

from restwell import Api, public
from tests.api import Served, serving

_AS_ELSEWHERE: list[bool] = []
"""Has something in it while tables are made whose columns are to hold and compare as those of other databases do."""


@compiles(sa.String, "mariadb")
def _text(kind: sa.String, compiler: Any, **options: Any) -> str:
    """A text that is compared by code points, and has a length."""
    if not _AS_ELSEWHERE or kind.collation is not None:
        return str(compiler.visit_VARCHAR(kind, **options))
    return f"VARCHAR({kind.length or 200}) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"


@compiles(sa.DateTime, "mariadb")
def _moment(kind: sa.DateTime, compiler: Any, **options: Any) -> str:
    """A moment to the microsecond."""
    return "DATETIME(6)" if _AS_ELSEWHERE else str(compiler.visit_DATETIME(kind, **options))


def engine_of(database_url: str) -> sa.Engine:
    """An engine of the application's own."""
    return sa.create_engine(database_url.replace("postgresql://", "postgresql+psycopg://"), poolclass=sa.NullPool)


def create(metadata: sa.MetaData, database_url: str, *statements: str) -> None:
    """Create the tables, then run statements of SQL."""
    engine = engine_of(database_url)
    _AS_ELSEWHERE.append(True)
    try:
        metadata.create_all(engine)
    finally:
        _AS_ELSEWHERE.pop()
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def remake(metadata: sa.MetaData, database_url: str) -> None:
    """Create the tables, in place of those that are there."""
    engine = engine_of(database_url)
    metadata.drop_all(engine)
    engine.dispose()
    create(metadata, database_url)


def model_at(path: str, model: Any, **options: Any) -> Callable[[Api], None]:
    """Serve a model at a path, to everybody unless `options` say otherwise."""
    given = {"read": public(), "write": public(), **options}

    def register(api: Api) -> None:
        api.resource(path, model=model, **given)

    return register


@contextmanager
def serving_models(
    metadata: sa.MetaData, database_url: str, *resources: Callable[[Api], Any], statements: tuple[str, ...] = ()
) -> Iterator[Served]:
    """Create the tables, then serve the resources: by a URL, or by an engine where that names a library."""
    create(metadata, database_url, *statements)
    if not database_url.startswith("postgresql+"):
        with serving(*resources, database=database_url) as served:
            yield served
        return
    engine = engine_of(database_url)
    with serving(*resources, database=None, engine=engine) as served:
        yield served
    engine.dispose()
