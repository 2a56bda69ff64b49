"""What there is in databases of MariaDB that nobody declared, as whoever reads them is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from restwell.storage.databases import open_driver, read_only_url
from restwell.storage.mapped.models_text import models_text
from restwell.storage.mapped.reflecting import NO_KEY, Reflected, reflect
from restwell.web.flask.reflected import ReflectedApp, reflected_app
from tests.api import ids_by_pages
from tests.restwell.storage.mapped.schemas import MARIADB, fill

pytestmark = pytest.mark.slow
READER = "reader"


def reflected(url: str, script: str = "") -> Reflected:
    fill(url, script)
    driver = open_driver(read_only_url(url))
    try:
        return reflect(driver)
    finally:
        driver.close()


@pytest.fixture
def served() -> Iterator[Callable[[str], ReflectedApp]]:
    """Give what serves a database; what was opened is closed at the end."""
    made: list[ReflectedApp] = []

    def serve(url: str) -> ReflectedApp:
        made.append(reflected_app(url))
        return made[-1]

    yield serve
    for each in made:
        for binding in each.app.extensions["restwell"].values():
            if binding.is_open:
                binding.store.close()


@pytest.fixture
def reader_url(mariadb_url: str) -> Iterator[str]:
    """Give the address for a user who may only what a test grants."""
    fill(mariadb_url, f"CREATE USER {READER}@'%'")
    yield mariadb_url.replace("root@", f"{READER}@")
    fill(mariadb_url, f"DROP USER {READER}@'%'")


LINES = (
    "/eggs: the table eggs, by id.",
    "/hens: the table hens, by id.",
    "/kept-ones: the table kept ones, by id.",
    "/things: the table things, by id.",
    "things.six is left out: it is of the type INET6, which JSON has no value for.",
    "things.four is left out: it is of the type INET4, which JSON has no value for.",
    "things.place is left out: it is of the type POINT, which JSON has no value for.",
    "things.area is left out: it is of the type GEOMETRY, which JSON has no value for.",
    "things.raw is left out: it is of the type VARBINARY, which JSON has no value for.",
    "things.blob_ is left out: it is of the type MEDIUMBLOB, which JSON has no value for.",
)


def test_values_of_each_type_are_served(mariadb_url: str, served: Callable[[str], ReflectedApp]) -> None:
    row = """
        SET time_zone = '+05:00';
        INSERT INTO things (id, tiny, medium, big, score, bits, made, price, single, twice, day, at, clock, length,
            mood, tags, data, code, body, changed, "per%cent", "new
line", "a)b", "a`b", "order") VALUES (4294967295, 255, -1, 9223372036854775807, 0, b'11111', 1999, 1.5, 0.5, 0.25,
            '2020-02-29', '2020-02-29 12:00:00.123456', '23:59:59.999', '01:02:03', 'a\\\\b', 'a b,x',
            '{"a": [1, null]}', '00000000-0000-0000-0000-00000000000a', 'long', '2020-02-29 05:00:00', 1, 2, 3, 4, 5);
        INSERT INTO "kept ones" VALUES (1, 3);
    """
    fill(mariadb_url, MARIADB + row)
    made = served(mariadb_url)
    assert made.lines[:10] == LINES
    assert made.lines[10].startswith("names is left out: it is a view")
    client = made.app.test_client()
    assert client.get("/things/4294967295", headers={"Accept": "application/json"}).get_json() == {
        "id": 4294967295, "tiny": 255, "medium": -1, "big": 9223372036854775807, "is_it": True, "score": False,
        "bits": 31, "made": 1999, "price": "1.500", "single": 0.5, "twice": 0.25, "day": "2020-02-29",
        "at": "2020-02-29T12:00:00.123456Z", "clock": "23:59:59.999000", "length": "01:02:03", "mood": "a\\b",
        "tags": ["a b", "x"], "data": {"a": [1, None]}, "code": "00000000-0000-0000-0000-00000000000a",
        "name": "ab, c",
        "body": "long", "changed": "2020-02-29T00:00:00Z", "shout": "AB, C", "more": 256, "seen": None,
        "per_cent": 1, "new_line": 2, "a_b": 3, "a_b_2": 4, "order": 5,
    }  # fmt: skip
    for query in (
        "bits=31",
        "made[lt]=2000",
        "is_it=true",
        "mood=a\\b",
        "changed=2020-02-29T00:00:00Z",
        "per_cent=1",
    ):
        [found] = client.get(f"/things?fields=id&{query}").get_json()["member"]
        assert found["id"] == 4294967295
    schema = client.get("/openapi.json").get_json()["components"]["schemas"]["Things"]["properties"]
    assert schema["tags"]["items"]["enum"] == ["x", "a b"]
    assert schema["mood"]["enum"] == ["sad", "it's, ok", "a\\b"]
    assert schema["shout"]["description"] == "It's loud."


def test_pages_in_the_order_of_each_column_have_every_row_once(
    mariadb_url: str, served: Callable[[str], ReflectedApp]
) -> None:
    rows = "".join(
        f"INSERT INTO things (id, mood, big, bits, made, clock, code, score) VALUES ({n}, {mood}, {big}, {n % 4}, "
        f"{2000 - n}, '00:00:{n:02}', '{n % 3}0000000-0000-0000-0000-00000000000{n}', {'NULL' if n % 3 else 1});"
        for n, mood, big in zip(range(1, 7), [3, 1, 2, 1, 3, 2], ["NULL", 5, 5, "NULL", 0, 9], strict=True)
    )
    fill(mariadb_url, MARIADB + rows)
    client = served(mariadb_url).app.test_client()
    for order in ("mood", "-mood", "big", "-big", "bits", "made", "clock", "code", "-code", "score,mood", "-mood,id"):
        whole = [each["id"] for each in client.get(f"/things?sort={order}").get_json()["member"]]
        assert sorted(whole) == [1, 2, 3, 4, 5, 6]
        url: Any = f"/things?sort={order}&limit=1"
        found: list[int] = []
        while url and len(found) < 9:
            page = client.get(url).get_json()
            found += [each["id"] for each in page["member"]]
            url = page["view"].get("next")
        assert found == whole, order
    texts = [each["mood"] for each in client.get("/things?sort=mood").get_json()["member"]]
    assert texts == sorted(texts)  # as they are compared


def test_pages_in_the_order_of_an_enum_that_may_be_missing_have_every_row_once(
    mariadb_url: str, served: Callable[[str], ReflectedApp]
) -> None:
    fill(
        mariadb_url,
        """
        CREATE TABLE t (id INT PRIMARY KEY, e ENUM('z', 'a', 'm'));
        INSERT INTO t VALUES (1, 'a'), (2, NULL), (3, 'z'), (4, 'm'), (5, NULL), (6, 'a');
        """,
    )
    client = served(mariadb_url).app.test_client()
    for order, expected in {"e": [1, 6, 4, 3, 2, 5], "-e": [5, 2, 3, 4, 6, 1]}.items():
        assert ids_by_pages(client, f"/t?sort={order}&limit=1") == expected
        last = client.get(f"/t?sort={order}&limit=5").get_json()["view"]["next"]
        before = client.get(client.get(last).get_json()["view"]["previous"]).get_json()
        assert [each["id"] for each in before["member"]] == expected[:5]


def test_pages_in_the_order_of_numbers_that_are_shown_alike_have_every_row_once(
    mariadb_url: str, served: Callable[[str], ReflectedApp]
) -> None:
    fill(mariadb_url, "CREATE TABLE t (id INT PRIMARY KEY, f FLOAT); INSERT INTO t VALUES (4, NULL), (5, 1);")
    fill(mariadb_url, "INSERT INTO t VALUES (1, 16777218), (2, 16777216), (3, 16777220);")
    client = served(mariadb_url).app.test_client()
    assert ids_by_pages(client, "/t?sort=f&limit=2") == [5, 1, 2, 3, 4]
    assert client.get("/t/1").get_json()["f"] == client.get("/t/3").get_json()["f"] == 16777200.0


def test_tables_that_only_case_tells_apart_are_two(mariadb_url: str) -> None:
    found = reflected(
        mariadb_url,
        """
        CREATE TABLE rails (id INT PRIMARY KEY, a INT, b INT, UNIQUE KEY k (a));
        CREATE TABLE Rails (id INT PRIMARY KEY, b INT, c INT REFERENCES rails (a), UNIQUE KEY k (b));
        """,
    )
    assert [(each.path, each.table.name, each.table.columns.keys()) for each in found.tables] == [
        ("/Rails", "Rails", ["id", "b", "c"]),
        ("/rails-2", "rails", ["id", "a", "b"]),
    ]
    assert [key.target_fullname for key in found.tables[0].table.foreign_keys] == ["rails.a"]


def test_a_view_of_what_is_gone_is_left_out(mariadb_url: str) -> None:
    found = reflected(
        mariadb_url,
        "CREATE TABLE t (id INT PRIMARY KEY); CREATE TABLE u (id INT); CREATE VIEW v AS SELECT id FROM u; "
        "DROP TABLE u;",
    )
    assert [each.path for each in found.tables] == ["/t"]
    [left_out] = found.left_out
    assert left_out.startswith("v is left out: ")


def test_a_foreign_key_to_any_column_that_is_unique_is_kept(mariadb_url: str) -> None:
    text = models_text(reflected(mariadb_url, MARIADB).tables)
    assert 'sa.ForeignKey("things.a_b", onupdate="CASCADE", ondelete="SET NULL")' in text
    assert 'sa.Index("by (a)b", "a_b", unique=True)' in text
    assert 'sa.Index("first_of_body", "body", mariadb_length={"body": 9})' in text
    assert "words" not in text  # an index for searches, in no order of values
    assert "numbers" not in text


def test_whoever_may_only_read_is_told_as_much(mariadb_url: str, reader_url: str) -> None:
    fill(mariadb_url, MARIADB)
    whole = models_text(reflected(mariadb_url).tables)
    fill(mariadb_url, f"GRANT SELECT ON {sa.make_url(mariadb_url).database}.* TO {READER}@'%'")
    assert models_text(reflected(reader_url).tables) == whole


def test_what_nobody_let_us_read_is_left_out(mariadb_url: str, reader_url: str) -> None:
    fill(
        mariadb_url,
        f"""
        CREATE TABLE hidden (id INT PRIMARY KEY);
        CREATE TABLE added (id INT PRIMARY KEY, other INT REFERENCES hidden (id));
        CREATE TABLE partly (id INT PRIMARY KEY, name VARCHAR(9), salary INT, data JSON);
        CREATE TABLE keyless (id INT PRIMARY KEY, name VARCHAR(9));
        GRANT INSERT ON added TO {READER}@'%';
        GRANT SELECT (id, name, data) ON partly TO {READER}@'%';
        GRANT SELECT (name) ON keyless TO {READER}@'%';
        """,
    )
    found = reflected(reader_url)
    assert [(each.path, each.table.columns.keys()) for each in found.tables] == [("/partly", ["id", "name", "data"])]
    [keyless, refused] = found.left_out
    assert refused.startswith("added is left out: the database says \"SELECT command denied to user 'reader'@")
    assert keyless == f"keyless is left out: {NO_KEY}"


def test_a_url_that_names_a_database_is_of_that_alone_and_one_that_names_none_is_of_all(
    mariadb_url: str, served: Callable[[str], ReflectedApp]
) -> None:
    name = sa.make_url(mariadb_url).database
    fill(
        mariadb_url,
        f"""
        CREATE DATABASE {name}_2;
        CREATE TABLE {name}_2.lines (code VARCHAR(9) PRIMARY KEY);
        CREATE TABLE stops (id INT PRIMARY KEY, line VARCHAR(9) REFERENCES {name}_2.lines (code));
        INSERT INTO {name}_2.lines VALUES ('Red'); INSERT INTO stops VALUES (1, 'Red');
        """,
    )
    try:
        one = served(mariadb_url)
        assert one.lines == ("/stops: the table stops, by id.",)
        assert one.app.test_client().get("/stops/1").get_json()["line"] == "Red"
        client = served(mariadb_url.replace(f"/{name}?", "?")).app.test_client()
        line = client.get(f"/{name}.stops/1").get_json()["line"]
        assert line == f"http://localhost/{name}_2.lines/Red"
        assert client.get(line).get_json()["code"] == "Red"
        assert client.get(line.replace("Red", "RED")).headers["Location"] == line
        assert not any("mysql" in path or "schema" in path for path in client.get("/").get_json())
    finally:
        fill(mariadb_url, f"DROP TABLE IF EXISTS stops; DROP DATABASE {name}_2")


def test_what_a_column_holds_beyond_its_type_in_other_databases_is_said(mariadb_url: str) -> None:
    fill(
        mariadb_url,
        """
        SET sql_mode = 'ALLOW_INVALID_DATES';
        CREATE TABLE old (id INT PRIMARY KEY, flag TINYINT(1), is_it TINYINT(1), day DATE, at DATETIME,
            seen TIMESTAMP, clock TIME, length TIME, n BIGINT UNSIGNED, m BIGINT UNSIGNED);
        INSERT INTO old VALUES (1, 2, 1, '0000-00-00', '2020-00-01', '2020-01-01', '23:00:00', '25:00:00',
            18446744073709551615, 1);
        """,
    )
    found = reflected(mariadb_url)
    assert found.notes == (
        "old.day is left out: it holds dates that no calendar has, such as 0000-00-00",
        "old.at is left out: it holds dates that no calendar has, such as 0000-00-00",
        "old.length is left out: it holds lengths of time that are no time of a day",
        "old.n is left out: it holds numbers beyond 64 bits with a sign",
    )
    [table] = [each.table for each in found.tables]
    assert {name: type(column.type).__name__ for name, column in table.columns.items()} == {
        "id": "Integer", "flag": "Integer", "is_it": "Boolean", "seen": "TIMESTAMP", "clock": "Time", "m": "BIGINT",
    }  # fmt: skip


def test_a_later_row_that_holds_more_is_left_out(mariadb_url: str, served: Callable[[str], ReflectedApp]) -> None:
    fill(
        mariadb_url,
        """
        CREATE TABLE old (id INT PRIMARY KEY, clock TIME, n BIGINT UNSIGNED, day DATE);
        INSERT INTO old SELECT seq, '10:00:00', 1, '2020-01-01' FROM seq_1_to_1000;
        SET sql_mode = '';
        INSERT INTO old VALUES (1001, '-10:00:00', 1, '2020-01-01'),
            (1002, '10:00:00', 9223372036854775808, '2020-01-01'),
            (1003, '10:00:00', 1, '0000-00-00'), (1004, '10:00:00', 1, '2020-01-01');
        """,
    )
    client = served(mariadb_url).app.test_client()
    page = client.get("/old?id[gte]=1000", headers={"Accept": "application/json"}).get_json()
    assert [each["id"] for each in page["old"]] == [1000, 1004]


def test_a_number_that_is_counted_and_no_primary_key_tells_rows_apart(mariadb_url: str) -> None:
    [counted] = reflected(
        mariadb_url, "CREATE TABLE counted (n INT NOT NULL AUTO_INCREMENT UNIQUE, name VARCHAR(9))"
    ).tables
    assert counted.keys == ("n",)
    assert "n: Mapped[int] = mapped_column(sa.Integer, server_default=sa.FetchedValue())" in models_text((counted,))


def test_a_history_that_is_declared_in_columns_is_served(mariadb_url: str) -> None:
    found = reflected(
        mariadb_url,
        """
        CREATE TABLE t (id INT PRIMARY KEY, began TIMESTAMP(6) GENERATED ALWAYS AS ROW START,
            ended TIMESTAMP(6) GENERATED ALWAYS AS ROW END, PERIOD FOR SYSTEM_TIME (began, ended))
            WITH SYSTEM VERSIONING;
        """,
    )
    [each] = found.tables
    assert (each.keys, each.table.columns.keys()) == (("id",), ["id", "began", "ended"])


def test_nothing_is_written_and_nobody_is_waited_for(mariadb_url: str) -> None:
    fill(mariadb_url, "CREATE TABLE t (id INT PRIMARY KEY)")
    driver = open_driver(read_only_url(mariadb_url))
    engine = driver.altering_engine(writing=False)
    try:
        with engine.begin() as connection:
            with pytest.raises(sa.exc.SQLAlchemyError, match="READ ONLY"):
                connection.exec_driver_sql("INSERT INTO t VALUES (1)")
            with pytest.raises(sa.exc.SQLAlchemyError, match="READ ONLY"):
                connection.exec_driver_sql("CREATE TABLE u (id INT)")
            assert len(reflect(driver).tables) == 1  # while there is another
    finally:
        engine.dispose()
        driver.close()
