"""What a model declares of a column of DuckDB, and what the column is: refused by name where it differs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from restwell import Field, Resource
from restwell.model.errors import DeclarationError
from restwell.model.policy import public
from restwell.storage.engine import Store
from restwell.storage.given.sessions import Given
from restwell.storage.mapped.declaring import declare_model


class Noted(sa.types.TypeDecorator[datetime]):
    """Leaves moments as they are."""

    impl = sa.DateTime
    cache_ok = True


class Seen(Resource):
    """A day, and when it was looked at."""

    id: int = Field(identity=True)
    seen: datetime


@pytest.fixture
def engine() -> Iterator[sa.Engine]:
    made = sa.create_engine("duckdb:///:memory:", poolclass=sa.StaticPool)
    yield made
    made.dispose()


def opened(engine: sa.Engine, declared: sa.types.TypeEngine[Any], held: str = "") -> None:
    """Serve a table with a column that is declared so; `held` is what it is, where it is there."""
    if held:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"CREATE TABLE things (id INTEGER PRIMARY KEY, it {held})")
    table = sa.Table(
        "things", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), sa.Column("it", declared)
    )
    Store.open(Given(engine), [declare_model(None, "/things", model=table, read=public())])


REFUSED: list[tuple[sa.types.TypeEngine[Any], str, str]] = [
    (sa.DateTime(), "TIMESTAMPTZ", r"DateTime\(\) and is TIMESTAMP WITH TIME ZONE in DuckDB: declare Date"),
    (sa.DateTime(timezone=True), "TIMESTAMP", r"declare DateTime\(timezone=False\)"),
    (Noted(), "TIMESTAMPTZ", r"declare DateTime\(timezone=True\)"),
    (sa.ARRAY(sa.DateTime), "TIMESTAMPTZ[]", r"declare DateTime\(timezone=True\)"),
    (sa.DateTime(), "TIMESTAMP_NS", "cast it to TIMESTAMP in a query="),
    (sa.DateTime(), "DATE", "cast it to TIMESTAMP in a query="),
    (sa.Date(), "TIMESTAMP", "declare it as it is"),
    (sa.Time(), "TIMETZ", "is TIME WITH TIME ZONE in DuckDB"),
    (sa.String(), "ENUM('a', 'b')", "is ENUM in DuckDB: declare an Enum of what it has"),
    (sa.String(), "UUID", "is UUID in DuckDB"),
    (sa.Enum("a", name="letters"), "INTEGER", "is INTEGER in DuckDB: declare it as it is"),
    (sa.String(), "BLOB", "is BLOB in DuckDB"),
    (sa.Uuid(), "VARCHAR", "is VARCHAR in DuckDB"),
    (sa.Integer(), "DOUBLE", "is DOUBLE in DuckDB"),
    (sa.Numeric(8, 2), "VARCHAR", "is VARCHAR in DuckDB"),
    (sa.Numeric(38, 0), "HUGEINT", r"is HUGEINT in DuckDB: declare Numeric\(39, 0\)"),
    (sa.Numeric(39, 0), "DECIMAL(38, 0)", "is DECIMAL in DuckDB"),
    (sa.Numeric(39, 0), "UHUGEINT", "is UHUGEINT in DuckDB"),
    (sa.Boolean(), "INTEGER", "is INTEGER in DuckDB"),
    (sa.Interval(), "BIGINT", "is BIGINT in DuckDB"),
    (sa.JSON(), "STRUCT(a INTEGER)", "is STRUCT in DuckDB: make it JSON by to_json in a query="),
    (sa.JSON(), "MAP(VARCHAR, INTEGER)", "is MAP in DuckDB"),
    (sa.ARRAY(sa.Integer), "VARCHAR[]", r"is VARCHAR\[\] in DuckDB"),
    (sa.Integer(), "INTEGER[]", r"is INTEGER\[\] in DuckDB"),
    (sa.ARRAY(sa.Integer), "INTEGER", "is INTEGER in DuckDB"),
    (sa.ARRAY(sa.Integer), "INTEGER[][]", r"is INTEGER\[\]\[\] in DuckDB"),
]  # fmt: skip


@pytest.mark.parametrize("declared, held, told", REFUSED, ids=map(str, range(len(REFUSED))))
def test_a_column_that_is_not_what_it_is_declared_as_is_refused(
    engine: sa.Engine, declared: sa.types.TypeEngine[Any], held: str, told: str
) -> None:
    with pytest.raises(DeclarationError, match=rf"Things\.it.* is declared .*{told}"):
        opened(engine, declared, held)


@pytest.mark.parametrize(
    "declared, held",
    [
        (sa.Integer(), "HUGEINT"),
        (sa.Numeric(4, 0), "UTINYINT"),
        (sa.Float(), "DECIMAL(4, 1)"),
        (sa.Enum("a", "b", name="letters"), "VARCHAR"),
        (sa.Text(), "JSON"),
        (sa.ARRAY(sa.Integer, dimensions=2), "INTEGER[2][]"),
    ],
    ids=map(str, range(6)),
)
def test_what_holds_the_same_is_served(engine: sa.Engine, declared: sa.types.TypeEngine[Any], held: str) -> None:
    opened(engine, declared, held)


def test_types_that_json_has_no_value_for_are_refused_as_everywhere(engine: sa.Engine) -> None:
    from duckdb_engine.datatypes import Map, Struct

    for declared in (sa.LargeBinary(), Struct({"a": sa.Integer}), Map(sa.String, sa.Integer)):
        with pytest.raises(DeclarationError, match="which JSON has no value for"):
            opened(engine, declared)


def test_a_table_that_is_not_there_yet_is_told_when_it_is_asked_for(engine: sa.Engine) -> None:
    opened(engine, sa.Integer())


def test_expressions_of_a_query_are_looked_at_too(engine: sa.Engine) -> None:
    columns = sa.Column("id", sa.Integer, primary_key=True, autoincrement=False), sa.Column("day", sa.Date)
    table = sa.Table("days", sa.MetaData(), *columns)
    table.metadata.create_all(engine)
    seen = sa.select(table.c.id, sa.func.now().label("seen")).where(table.c.day > date(2026, 1, 1))
    with pytest.raises(DeclarationError, match=r"seen .*declare DateTime\(timezone=True\)"):
        Store.open(Given(engine), [declare_model(Seen, "/days", query=seen, read=public())])
