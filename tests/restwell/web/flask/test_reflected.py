"""Databases that nobody declared, served: as others have them, and as packages on this machine make them."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

import pytest
from coverage import CoverageData
from flask import Flask
from flask.testing import FlaskClient
from pyrate_limiter import Duration, Rate, RateItem, SQLiteBucket

from restwell import DeclarationError
from restwell.storage.databases import UnknownDatabase, open_driver
from restwell.storage.mapped.reflecting import NO_KEY
from restwell.web.flask.reflected import reflected_app
from tests.api import ids_by_pages
from tests.restwell.storage.mapped.schemas import MANY, MUSIC, ODD, ROWS, SERVED, fill, music_rows

JSON = {"Accept": "application/json"}


class Serve(Protocol):
    def __call__(self, url: str, script: str = "") -> FlaskClient: ...


@pytest.fixture
def served() -> Iterator[Serve]:
    """Give what fills a database and serves it; what was opened is closed at the end."""
    apps: list[Flask] = []

    def serve(url: str, script: str = "") -> FlaskClient:
        if script:
            fill(url, script)
        apps.append(reflected_app(url).app)
        return apps[-1].test_client()

    yield serve
    for app in apps:
        for binding in app.extensions["restwell"].values():
            if binding.is_open:
                binding.store.close()


def read(client: FlaskClient, path: str) -> Any:
    answer = client.get(path, headers=JSON)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def rows(client: FlaskClient, path: str) -> list[dict[str, Any]]:
    """The first page of a collection."""
    [found] = read(client, path).values()
    return list(found)


def test_every_table_of_a_shop_of_music_is_read(database_url: str, served: Serve) -> None:
    client = served(database_url, MUSIC + music_rows())
    assert {path.removeprefix("http://localhost") for path in read(client, "/").values()} == SERVED
    assert {path: len(rows(client, path)) for path in SERVED} == dict.fromkeys(SERVED, ROWS)
    assert read(client, "/tracks/2") == {
        "TrackId": 2, "Name": "Track 2", "AlbumId": 2, "MediaTypeId": 2, "GenreId": 2, "Composer": "Composer 2",
        "Milliseconds": 200000, "Bytes": 2000000000, "UnitPrice": "0.99",
    }  # fmt: skip
    assert read(client, "/employees/3")["HireDate"] == "2004-05-03T08:00:00Z"
    assert [each["Name"] for each in rows(client, "/tracks?AlbumId=4")] == ["Track 4"]
    assert [each["InvoiceId"] for each in rows(client, "/invoices?sort=-Total&limit=2")] == [10, 9]


def test_a_page_leads_to_the_next_and_an_item_is_known_again(database_url: str, served: Serve) -> None:
    client = served(database_url, MUSIC + music_rows())
    page = client.get("/artists?limit=7").get_json()
    assert len(client.get(page["view"]["next"]).get_json()["member"]) == 3
    tag = client.get("/artists/1").headers["ETag"]
    assert client.get("/artists/1", headers={"If-None-Match": tag}).status_code == 304


def test_foreign_keys_are_links(database_url: str, served: Serve) -> None:
    client = served(database_url, MUSIC + music_rows())
    assert client.get("/tracks/2").get_json()["AlbumId"] == "http://localhost/albums/2"
    assert client.get("/employees/2").get_json()["ReportsTo"] == "http://localhost/employees/1"
    assert client.get("/playlist_track/3,3").get_json()["PlaylistId"] == "http://localhost/playlists/3"


def test_nothing_can_be_written_and_nothing_is(database_url: str, served: Serve) -> None:
    client = served(database_url, MUSIC + music_rows())
    for path, method in (
        ("/artists", "POST"),
        ("/artists/1", "PUT"),
        ("/artists/1", "PATCH"),
        ("/artists/1", "DELETE"),
    ):
        answer = client.open(path, method=method, json={})
        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert client.get("/artists", headers={"Authorization": "Bearer rw_none"}).status_code == 401
    again = served(database_url)
    assert {path.removeprefix("http://localhost") for path in read(again, "/").values()} == SERVED


def test_not_a_byte_of_a_file_is_changed(sqlite_url: str, served: Serve) -> None:
    fill(sqlite_url, MUSIC + music_rows())
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    before = file.read_bytes()
    client = served(sqlite_url)
    assert len(rows(client, "/artists")) == ROWS
    assert file.read_bytes() == before
    assert [each.name for each in file.parent.glob("test.db*")] == ["test.db"]


def test_what_another_program_has_in_the_log_of_a_file_is_read_and_left_there(tmp_path: Path, served: Serve) -> None:
    file = tmp_path / "a b#c%20d.db"
    with closing(sqlite3.connect(file)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.executescript(MUSIC + music_rows())
        left = {each.name: each.read_bytes() for each in (file, file.with_name(f"{file.name}-wal"))}
        copies = [tmp_path / "copy" / name for name in left]
        copies[0].parent.mkdir()
        for copy, content in zip(copies, left.values(), strict=True):
            copy.write_bytes(content)
    assert len(rows(served(f"sqlite:///{copies[0]}"), "/artists")) == ROWS
    assert [copy.read_bytes() for copy in copies] == [*left.values()]


def test_restwells_own_tables_are_not_made(database_url: str, served: Serve) -> None:
    client = served(database_url, MUSIC)
    assert rows(client, "/artists") == []
    driver = open_driver(database_url)
    tables = {table for table, *_ in driver.read(driver.dialect.every_column)}
    driver.close()
    assert tables == {"long_tracks", *(path.removeprefix("/") for path in SERVED)}


def test_sixty_tables_are_read(database_url: str, served: Serve) -> None:
    client = served(database_url, MANY)
    assert [rows(client, f"/table_{n}") for n in (1, 60)] == [
        [{"id": 1, "name": "row 1"}],
        [{"id": 60, "name": "row 60", "t60": 59}],
    ]
    assert client.get("/openapi.json").status_code == client.get("/docs").status_code == 200


NUMBERS = {1: 1.1, 2: 1.1, 3: 0.3, 4: -7.77, 5: 9.99, 6: None}


@pytest.mark.parametrize("kind", ["REAL", "FLOAT", "DOUBLE PRECISION"])
def test_numbers_of_any_precision_are_found_by_what_is_shown_of_them(
    database_url: str, kind: str, served: Serve
) -> None:
    rows = ", ".join(f"({key}, {'NULL' if number is None else number})" for key, number in NUMBERS.items())
    client = served(
        database_url, f"CREATE TABLE things (id INTEGER PRIMARY KEY, n {kind}); INSERT INTO things VALUES {rows};"
    )

    def ids(query: str) -> list[int]:
        return [each["id"] for each in client.get(f"/things?{query}").get_json()["member"]]

    for order, expected in {"n": [4, 3, 1, 2, 5, 6], "-n": [6, 5, 2, 1, 3, 4], "-n,id": [6, 5, 1, 2, 3, 4]}.items():
        assert ids_by_pages(client, f"/things?sort={order}&limit=1") == expected
        assert ids(f"sort={order}") == expected
    assert {each["id"]: each.get("n") for each in client.get("/things").get_json()["member"]} == NUMBERS
    found_by = {query: ids(query) for query in ("n=1.1", "n[gt]=1.1", "n[lte]=1.1", "n[in]=9.99,-7.77", "n[ne]=1.1")}
    assert found_by == {
        "n=1.1": [1, 2], "n[gt]=1.1": [5], "n[lte]=1.1": [1, 2, 3, 4], "n[in]=9.99,-7.77": [4, 5],
        "n[ne]=1.1": [3, 4, 5, 6],
    }  # fmt: skip


def test_odd_names_are_read(database_url: str, served: Serve) -> None:
    client = served(database_url, ODD)
    assert rows(client, "/order-details-2") == [
        {"id": 1, "order_id_2": 2, "order_id": 3, "order_id_3": "4", "class": "A", "copy": "yes"}
    ]
    [member] = client.get("/gro-en").get_json()["member"]
    assert member["@id"] == "http://localhost/gro-en/a%20b%2Fc%3Fd%23%C3%A9"
    assert read(client, "/codes/x") == {"code": "x", "label": "the x"}
    assert read(client, "/parts/1,2") == {"a": 1, "b": 2, "serial": "s1"}
    assert read(client, member["@id"]) == {"name": "a b/c?d#é"}
    assert read(client, "/with.dot/1") == {"id": 1, "parent": 1}
    for path in ("/openapi.json", "/docs", "/docs.jsonld"):
        assert client.get(path).status_code == 200


def test_columns_of_a_file_are_shown_as_what_they_hold(sqlite_url: str) -> None:
    fill(
        sqlite_url,
        """
        CREATE TABLE readings (id INTEGER PRIMARY KEY, at DATETIME, day DATE, fine DATETIME, number NUMERIC, x, y, z,
            flag BOOLEAN, "raw" TEXT, price NUMERIC(10, 2), name VARCHAR(3));
        INSERT INTO readings VALUES
            (1, 1700000000, '1.2.2020', '2020-01-02 03:04:05', 1, 'a', 1, 1, 1, x'00', 1.5, 'long'),
            (2, 1700000001, '2020-02-01', '2020-01-02T03:04:05', 2.5, 'b', 2, 'b', 'yes', 'c', 2, 'x');
        """,
    )
    made = reflected_app(sqlite_url)
    assert made.lines == (
        "/readings: the table readings, by id.",
        "readings.at is declared DATETIME, and is shown as a whole number, which it holds.",
        "readings.day is declared DATE, and is shown as text, which it holds.",
        "readings.x has no type, and is shown as text, which it holds.",
        "readings.y has no type, and is shown as a whole number, which it holds.",
        "readings.z is left out: it holds values of several types.",
        "readings.flag is left out: it holds values of several types.",
        "readings.raw is left out: it holds values of several types.",
    )
    first, second = rows(made.app.test_client(), "/readings")
    assert first == {
        "id": 1, "at": 1700000000, "day": "1.2.2020", "fine": "2020-01-02T03:04:05Z", "number": 1.0, "x": "a",
        "y": 1, "price": "1.50", "name": "long",
    }  # fmt: skip
    assert (second["number"], second["fine"]) == (2.5, "2020-01-02T03:04:05Z")


def test_a_row_that_differs_from_the_first_thousand_is_left_out(sqlite_url: str, served: Serve) -> None:
    fill(
        sqlite_url,
        """
        CREATE TABLE readings (id INTEGER PRIMARY KEY, n INTEGER) ;
        WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 1000)
            INSERT INTO readings SELECT i, i FROM c;
        INSERT INTO readings VALUES (1001, 'many'), (1002, 2);
        """,
    )
    client = served(sqlite_url)
    assert [each["id"] for each in rows(client, "/readings?id[gt]=999")] == [1000, 1002]


# -- as packages make them ----------------------------------------------------------------------------------


def test_the_data_of_coverage_is_read(tmp_path: Path, served: Serve) -> None:
    data = CoverageData(str(tmp_path / "coverage.db"))
    data.add_lines({"/one.py": [1, 2, 3], "/two.py": [5]})
    data.write()
    data.close()
    client = served(f"sqlite:///{tmp_path}/coverage.db")
    assert [each["path"] for each in rows(client, "/file")] == ["/one.py", "/two.py"]
    assert read(client, "/file/1") == {"id": 1, "path": "/one.py"}


@pytest.mark.slow
def test_the_cache_of_mypy_is_read(tmp_path: Path, served: Serve) -> None:
    (tmp_path / "module.py").write_text("x: int = 1\n")
    command = [sys.executable, "-m", "mypy", "--sqlite-cache", "--cache-dir", "cache", "module.py"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    files = sorted(tmp_path.glob("cache/*/cache*.db"))
    pages = [rows(served(f"sqlite:///{file}"), "/files2?path[contains]=module.") for file in files]
    assert "module.meta" in "\n".join(each["path"] for page in pages for each in page)


def test_a_file_in_which_nothing_has_a_key_is_refused_with_the_reasons(tmp_path: Path) -> None:
    with closing(
        SQLiteBucket.init_from_file([Rate(3, Duration.SECOND)], db_path=str(tmp_path / "rates.db"))
    ) as bucket:
        bucket.put(RateItem("asked", 1))
    with pytest.raises(DeclarationError) as refused:
        reflected_app(f"sqlite:///{tmp_path}/rates.db")
    assert str(refused.value) == (
        f"Nothing in the database sqlite:///{tmp_path}/rates.db can be served: rate_bucket is left out: {NO_KEY}."
    )


# -- what is none -------------------------------------------------------------------------------------------


def test_a_database_with_nothing_in_it_is_refused(database_url: str) -> None:
    with pytest.raises(DeclarationError, match="can be served: it has no tables, or is not there"):
        reflected_app(database_url)
    if database_url.startswith("sqlite"):
        assert not Path(database_url.removeprefix("sqlite:///")).exists()


@pytest.mark.parametrize("url", ["sqlite://", "mysql://host/name", "books.db"])
def test_what_is_no_database_to_read_is_refused(url: str) -> None:
    with pytest.raises(UnknownDatabase):
        reflected_app(url)
