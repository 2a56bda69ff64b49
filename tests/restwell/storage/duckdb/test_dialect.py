"""What DuckDB says of its tables, and how its texts are compared."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from restwell.storage.databases import given_driver
from restwell.storage.driver import Driver
from restwell.storage.given.sessions import Given

TABLES = """
CREATE TABLE plain (id INTEGER PRIMARY KEY, name VARCHAR NOT NULL, code VARCHAR UNIQUE);
CREATE TABLE loose (name VARCHAR COLLATE NOCASE);
CREATE VIEW seen AS SELECT name FROM plain;
CREATE SCHEMA elsewhere;
CREATE TABLE elsewhere.hidden (name VARCHAR);
"""


@pytest.fixture
def driver() -> Iterator[Driver]:
    engine = sa.create_engine("duckdb:///:memory:", poolclass=sa.StaticPool)
    with engine.begin() as connection:
        connection.exec_driver_sql(TABLES)
    yield given_driver(Given(engine))
    engine.dispose()


def test_it_says_which_texts_are_equal_where_all_code_points_are(driver: Driver) -> None:
    assert sorted(driver.read(driver.dialect.exact_columns)) == [("plain", "code"), ("plain", "name")]
    driver.read("SET default_collation = 'NOCASE'")
    assert driver.read(driver.dialect.exact_columns) == []


def test_it_says_which_columns_there_are_and_which_are_unique(driver: Driver) -> None:
    every = driver.read(driver.dialect.every_column)
    assert ("plain", "name", "VARCHAR", False) in every
    assert ("seen", "name", "VARCHAR", True) in every
    unique = {(table, column) for table, _, column in driver.read(driver.dialect.unique_columns)}
    assert unique == {("plain", "id"), ("plain", "code")}


@pytest.mark.parametrize(
    "text, part, contains, in_any_case",
    [("100%_\\", "%_\\", True, True), ("Straße", "STRASSE", False, False), ("Straße", "aße", True, True),
     ("ΣΑΣ", "σας", False, True), ("a.b", "A.B", False, True), ("axb", "a.b", False, False),
     ("\u212a", "k", False, True)],
)  # fmt: skip
def test_a_text_is_found_in_another(driver: Driver, text: str, part: str, contains: bool, in_any_case: bool) -> None:
    dialect = driver.dialect
    column = sa.cast(sa.literal_column("$1"), sa.String())
    parameter: Any = sa.literal_column("$2")
    for made, found, wanted in (
        (dialect.contains(column, parameter), part, contains),
        (dialect.icontains(column, parameter), dialect.any_case(part), in_any_case),
    ):
        assert driver.read(dialect.text(sa.select(made)), (text, found)) == [(wanted,)]
