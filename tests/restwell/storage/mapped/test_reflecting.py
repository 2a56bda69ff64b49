"""What is found in a database that nobody declared, and what is said of the rest."""

from __future__ import annotations

import sqlalchemy as sa

from restwell.storage.databases import open_driver
from restwell.storage.mapped.reflecting import NO_KEY, VIEW, Reflected, reflect
from tests.restwell.storage.mapped.schemas import MANY, MUSIC, ODD, SERVED, fill


def reflected(url: str, script: str) -> Reflected:
    fill(url, script)
    driver = open_driver(url)
    try:
        return reflect(driver)
    finally:
        driver.close()


def reasons_of(found: Reflected) -> dict[str, str]:
    """Why each table is left out."""
    return dict(note.split(" is left out: ") for note in found.left_out)


def test_every_table_with_a_key_is_found(database_url: str) -> None:
    found = reflected(database_url, MUSIC)
    assert {each.path for each in found.tables} == SERVED
    assert reasons_of(found) == {"long_tracks": VIEW}
    [both] = [each.keys for each in found.tables if each.path == "/playlist_track"]
    assert both == ("PlaylistId", "TrackId")
    [tracks] = [each for each in found.tables if each.path == "/tracks"]
    assert tracks.keys == ("TrackId",)
    assert tracks.model.__name__ == "Tracks"
    assert {key.target_fullname for key in tracks.table.foreign_keys} == {
        "albums.AlbumId", "media_types.MediaTypeId", "genres.GenreId",
    }  # fmt: skip
    assert isinstance(tracks.table.c["UnitPrice"].type, sa.Numeric)
    assert str(tracks.table.c["Name"].type) == "VARCHAR(200)"
    indexes = {str(index.name) for index in tracks.table.indexes}
    of_references = {"GenreId", "MediaTypeId"} if database_url.startswith("mariadb") else set()
    assert indexes == {"tracks_by_album", *of_references}


def test_sixty_tables_are_found(database_url: str) -> None:
    found = reflected(database_url, MANY)
    assert len({each.path for each in found.tables}) == 60
    assert found.notes == ()


def test_odd_names_become_paths_classes_and_members_each_of_them_once(database_url: str) -> None:
    found = reflected(database_url, ODD)
    names = {each.table.name: (each.path, each.model.__name__) for each in found.tables}
    assert names == {
        "2020": ("/2020", "T2020"),
        "Order-Details": ("/Order-Details", "OrderDetails2"),
        "codes": ("/codes", "Codes"),
        "collection": ("/collection", "Collection2"),
        "docs": ("/docs-2", "Docs"),
        "eggs": ("/eggs", "Eggs"),
        "größen": ("/gro-en", "GrEn"),
        "hens": ("/hens", "Hens"),
        'it\'s "quoted"': ("/it-s-quoted", "ItSQuoted"),
        "none": ("/none", "None2"),
        "order details": ("/order-details-2", "OrderDetails3"),
        "order_details": ("/order_details", "OrderDetails"),
        "pairs": ("/pairs", "Pairs"),
        "parts": ("/parts", "Parts"),
        "select": ("/select", "Select"),
        "with.dot": ("/with.dot", "WithDot"),
        "日本": ("/table", "Table"),
    }
    [odd] = [each for each in found.tables if each.table.name == "order details"]
    assert {column.name: column.key for column in odd.table.columns if column.name != column.key} == {
        "order id": "order_id_2",
        "order-id": "order_id_3",
        "2nd": "n2nd",
        "it's": "it_s",
        'say "hi"': "say__hi",
        "model_config": "model_config_2",
        "back\\slash": "back_slash",
    }


def test_what_has_no_key_is_told_apart_by_the_one_column_that_is_unique_and_never_null(database_url: str) -> None:
    found = reflected(database_url, ODD)
    keys = {each.table.name: each.keys for each in found.tables}
    assert (keys["codes"], keys["parts"]) == (("code",), ("a", "b"))
    reasons = reasons_of(found)
    assert reasons.keys() == {"loose", "two_ways", "days", "labels"}
    no_key = (
        "it has no primary key, and not one column that is unique and never null, which would tell its rows apart"
    )
    assert reasons["loose"] == reasons["two_ways"] == no_key
    assert reasons["days"] == "Days.day cannot be an identity: use str, int or UUID, never None"


def test_types_that_json_has_no_value_for_are_left_out_by_name(postgresql_url: str) -> None:
    found = reflected(
        postgresql_url,
        """
        CREATE TYPE mood AS ENUM ('sad', 'ok');
        CREATE TABLE t (id uuid PRIMARY KEY, address inet, tags text[], data jsonb, m mood, at timestamptz,
            price numeric, r real, span interval, raw bytea, bits bit(3), n bigint GENERATED ALWAYS AS IDENTITY);
        CREATE SCHEMA sales;
        CREATE TABLE sales.t (id serial PRIMARY KEY, t_id uuid REFERENCES t (id));
        """,
    )
    assert [(each.path, each.model.__name__) for each in found.tables] == [("/t", "T"), ("/sales.t", "SalesT")]
    assert found.notes == (
        "t.address is left out: it is of the type INET, which JSON has no value for",
        "t.raw is left out: it is of the type BYTEA, which JSON has no value for",
        "t.bits is left out: it is of the type BIT, which JSON has no value for",
    )
    first, second = (each.table for each in found.tables)
    assert {column.name: type(column.type).__name__ for column in first.columns} == {
        "id": "Uuid", "tags": "ARRAY", "data": "JSON", "m": "Enum", "at": "DateTime", "price": "Numeric",
        "r": "REAL", "span": "Interval", "n": "BigInteger",
    }  # fmt: skip
    assert [key.column for key in second.foreign_keys] == [first.c.id]


def test_what_the_database_itself_cannot_say_is_left_out_and_the_rest_is_not(sqlite_url: str) -> None:
    found = reflected(
        sqlite_url, "CREATE TABLE base (id INTEGER PRIMARY KEY); CREATE VIEW broken AS SELECT gone FROM nowhere;"
    )
    assert [each.path for each in found.tables] == ["/base"]
    assert found.left_out == ("broken is left out: the database says 'no such table: main.nowhere'",)


def test_a_key_that_cannot_be_shown_tells_nothing_apart(database_url: str) -> None:
    kind = {"sqlite": "BLOB", "mariadb": "VARBINARY(9)"}.get(database_url[:7].rstrip(":"), "BYTEA")
    found = reflected(database_url, f"CREATE TABLE files (digest {kind} PRIMARY KEY, name TEXT);")
    assert found == Reflected((), ("files is left out: digest is not shown",))


def test_a_table_that_nobody_let_us_read_is_left_out(postgresql_url: str) -> None:
    fill(postgresql_url, "CREATE TABLE mine (id int PRIMARY KEY); CREATE TABLE ours (id int PRIMARY KEY);")
    fill(
        postgresql_url,
        "CREATE ROLE guest LOGIN; GRANT USAGE ON SCHEMA public TO guest; GRANT SELECT ON ours TO guest;",
    )
    try:
        found = reflected(postgresql_url.replace("postgres@", "guest@"), "SELECT 1;")
        assert [each.path for each in found.tables] == ["/ours"]
        assert found.left_out == ("mine is left out: the database says 'permission denied for table mine'",)
    finally:
        fill(postgresql_url, "DROP OWNED BY guest; DROP ROLE guest;")


def test_a_foreign_key_leads_to_what_is_served(database_url: str) -> None:
    script = """
        CREATE TABLE pairs (a INTEGER UNIQUE, b INTEGER UNIQUE, UNIQUE (a, b));
        CREATE TABLE things (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER, n INTEGER REFERENCES things (id),
            FOREIGN KEY (a, b) REFERENCES pairs (a, b));
    """
    [things] = reflected(database_url, script).tables
    assert [key.target_fullname for key in things.table.foreign_keys] == ["things.id"]


def test_what_sqlite_can_do_beside_plain_tables_is_found(sqlite_url: str) -> None:
    found = reflected(
        sqlite_url,
        """
        CREATE TABLE words (word TEXT PRIMARY KEY, n INTEGER) WITHOUT ROWID;
        CREATE TABLE sums (id INTEGER PRIMARY KEY AUTOINCREMENT, a INTEGER,
            twice INTEGER GENERATED ALWAYS AS (a * 2) STORED);
        CREATE VIRTUAL TABLE texts USING fts5(title, body);
        INSERT INTO words VALUES ('a', 1);
        INSERT INTO sums (a) VALUES (4);
        """,
    )
    paths = {each.path: each.keys for each in found.tables}
    assert (paths["/words"], paths["/sums"]) == (("word",), ("id",))
    assert reasons_of(found)["texts"] == NO_KEY
    [sums] = [each for each in found.tables if each.path == "/sums"]
    assert str(getattr(sums.table.c.twice.computed, "sqltext", None)) == "a * 2"


def test_a_database_without_tables_has_nothing(database_url: str) -> None:
    assert reflected(database_url, "SELECT 1;") == Reflected((), ())
