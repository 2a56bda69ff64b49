"""Databases that nobody declared to Restwell, as others have them: of each kind alike."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import psycopg
import sqlalchemy as sa
from pymysql.constants.CLIENT import MULTI_STATEMENTS  # type: ignore[import-untyped]  # it has none

QUOTES = "SET sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES')"
"""Have double quotes be around names in MariaDB, as in every other database."""

MUSIC = """
CREATE TABLE artists ("ArtistId" INTEGER PRIMARY KEY, "Name" VARCHAR(120));
CREATE TABLE albums ("AlbumId" INTEGER PRIMARY KEY, "Title" VARCHAR(160) NOT NULL,
    "ArtistId" INTEGER NOT NULL REFERENCES artists ("ArtistId"));
CREATE TABLE genres ("GenreId" INTEGER PRIMARY KEY, "Name" VARCHAR(120) UNIQUE);
CREATE TABLE media_types ("MediaTypeId" INTEGER PRIMARY KEY, "Name" VARCHAR(120));
CREATE TABLE tracks ("TrackId" INTEGER PRIMARY KEY, "Name" VARCHAR(200) NOT NULL,
    "AlbumId" INTEGER REFERENCES albums ("AlbumId"),
    "MediaTypeId" INTEGER NOT NULL REFERENCES media_types ("MediaTypeId"),
    "GenreId" INTEGER REFERENCES genres ("GenreId"), "Composer" VARCHAR(220), "Milliseconds" INTEGER NOT NULL,
    "Bytes" BIGINT, "UnitPrice" NUMERIC(10, 2) NOT NULL DEFAULT 0.99);
CREATE INDEX tracks_by_album ON tracks ("AlbumId");
CREATE TABLE playlists ("PlaylistId" INTEGER PRIMARY KEY, "Name" VARCHAR(120));
CREATE TABLE playlist_track ("PlaylistId" INTEGER NOT NULL REFERENCES playlists ("PlaylistId"),
    "TrackId" INTEGER NOT NULL REFERENCES tracks ("TrackId"), PRIMARY KEY ("PlaylistId", "TrackId"));
CREATE TABLE employees ("EmployeeId" INTEGER PRIMARY KEY, "LastName" VARCHAR(20) NOT NULL,
    "ReportsTo" INTEGER REFERENCES employees ("EmployeeId"), "HireDate" TIMESTAMP, "Email" VARCHAR(60));
CREATE TABLE customers ("CustomerId" INTEGER PRIMARY KEY, "FirstName" VARCHAR(40) NOT NULL,
    "Email" VARCHAR(60) NOT NULL UNIQUE, "SupportRepId" INTEGER REFERENCES employees ("EmployeeId"));
CREATE TABLE invoices ("InvoiceId" INTEGER PRIMARY KEY,
    "CustomerId" INTEGER NOT NULL REFERENCES customers ("CustomerId"), "InvoiceDate" TIMESTAMP NOT NULL,
    "Total" NUMERIC(10, 2) NOT NULL);
CREATE TABLE invoice_items ("InvoiceLineId" INTEGER PRIMARY KEY,
    "InvoiceId" INTEGER NOT NULL REFERENCES invoices ("InvoiceId"),
    "TrackId" INTEGER NOT NULL REFERENCES tracks ("TrackId"), "UnitPrice" NUMERIC(10, 2) NOT NULL,
    "Quantity" INTEGER NOT NULL);
CREATE VIEW long_tracks AS SELECT "TrackId", "Name" FROM tracks WHERE "Milliseconds" > 300000;
"""
ROWS = 10
SERVED = {
    "/albums", "/artists", "/customers", "/employees", "/genres", "/invoice_items", "/invoices", "/media_types",
    "/playlist_track", "/playlists", "/tracks",
}  # fmt: skip
"""The paths of all tables of the music that can be served."""


def music_rows() -> str:
    """Ten rows for each table of the music."""
    lines: list[str] = []
    for n in range(1, ROWS + 1):
        boss = "NULL" if n == 1 else "1"
        composer = "NULL" if n % 3 == 0 else f"'Composer {n}'"
        lines += [
            f"INSERT INTO artists VALUES ({n}, 'Artist {n}')",
            f"INSERT INTO albums VALUES ({n}, 'Album {n}', {n})",
            f"INSERT INTO genres VALUES ({n}, 'Genre {n}')",
            f"INSERT INTO media_types VALUES ({n}, 'Medium {n}')",
            f"INSERT INTO tracks VALUES ({n}, 'Track {n}', {n}, {n}, {n}, {composer}, {n}00000, {n}000000000, 0.99)",
            f"INSERT INTO playlists VALUES ({n}, 'Playlist {n}')",
            f"INSERT INTO playlist_track VALUES ({n}, {n})",
            f"INSERT INTO employees VALUES ({n}, 'Name {n}', {boss}, '2004-05-{n:02} 08:00:00', 'e{n}@example.org')",
            f"INSERT INTO customers VALUES ({n}, 'First {n}', 'c{n}@example.org', {n})",
            f"INSERT INTO invoices VALUES ({n}, {n}, '2009-01-{n:02} 00:00:00', {n}.98)",
            f"INSERT INTO invoice_items VALUES ({n}, {n}, {n}, 0.99, {n})",
        ]
    return ";\n".join(lines) + ";\n"


MANY = "".join(
    f"CREATE TABLE table_{n} (id INTEGER PRIMARY KEY, name VARCHAR(20), t{n} INTEGER"
    + (f" REFERENCES table_{n - 1} (id)" if n > 1 else "")
    + f");\nINSERT INTO table_{n} VALUES ({n}, 'row {n}', {n - 1 if n > 1 else 'NULL'});\n"
    for n in range(1, 61)
)
"""Sixty tables, each of which refers to the one before."""

ODD = '''
CREATE TABLE "order details" (id INTEGER PRIMARY KEY, "order id" INTEGER, order_id INTEGER, "order-id" TEXT,
    "class" TEXT, "2nd" INTEGER, "größe" TEXT, "from" TEXT, "it's" TEXT, "say ""hi""" TEXT, "metadata" TEXT,
    "model_config" TEXT, "copy" TEXT, "limit" INTEGER, "sort" TEXT, "sa" TEXT, "back\\slash" TEXT);
CREATE TABLE order_details (id INTEGER PRIMARY KEY, "fields" TEXT);
CREATE TABLE "Order-Details" (id INTEGER PRIMARY KEY);
CREATE TABLE docs (id INTEGER PRIMARY KEY);
CREATE TABLE collection (id INTEGER PRIMARY KEY);
CREATE TABLE "none" (id INTEGER PRIMARY KEY);
CREATE TABLE "2020" (id INTEGER PRIMARY KEY);
CREATE TABLE "größen" (name VARCHAR(20) PRIMARY KEY);
CREATE TABLE "日本" (name VARCHAR(20) PRIMARY KEY);
CREATE TABLE "select" ("table" VARCHAR(20) PRIMARY KEY, "where" INTEGER);
CREATE TABLE "with.dot" (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES "with.dot" (id));
CREATE TABLE "it's ""quoted""" (id INTEGER PRIMARY KEY, "a ""b"" 'c'" TEXT);
CREATE TABLE codes (code VARCHAR(9) NOT NULL UNIQUE, label TEXT);
CREATE TABLE parts (a INTEGER, b INTEGER, serial VARCHAR(9) NOT NULL UNIQUE, PRIMARY KEY (a, b));
CREATE TABLE pairs (a INTEGER, b INTEGER, PRIMARY KEY (a, b));
CREATE TABLE loose (a INTEGER, b TEXT);
CREATE TABLE two_ways (a VARCHAR(9) NOT NULL UNIQUE, b VARCHAR(9) NOT NULL UNIQUE);
CREATE TABLE days (day DATE PRIMARY KEY);
CREATE VIEW labels AS SELECT label FROM codes;
CREATE TABLE hens (id INTEGER PRIMARY KEY, egg_id INTEGER);
CREATE TABLE eggs (id INTEGER PRIMARY KEY, hen_id INTEGER REFERENCES hens (id));
CREATE TABLE restwell_keys (id VARCHAR(9) PRIMARY KEY);
INSERT INTO "order details" (id, "order id", order_id, "order-id", "class", "copy") VALUES (1, 2, 3, '4', 'A', 'yes');
INSERT INTO "größen" VALUES ('a b/c?d#é');
INSERT INTO codes VALUES ('x', 'the x');
INSERT INTO parts VALUES (1, 2, 's1');
INSERT INTO "with.dot" VALUES (1, 1);
'''
"""Names that are none for Python, a path or SQL without quotes; and tables whose rows nothing tells apart."""

MARIADB = r"""
CREATE TABLE things (
    id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, tiny TINYINT UNSIGNED, medium MEDIUMINT, big BIGINT UNSIGNED,
    is_it TINYINT(1) NOT NULL DEFAULT 1, score TINYINT(1), bits BIT(5) DEFAULT b'101', made YEAR DEFAULT 2020,
    price DECIMAL(10, 3) UNSIGNED, single FLOAT, twice DOUBLE(9, 2), day DATE, at DATETIME(6) DEFAULT now(6),
    clock TIME(3), length TIME, mood ENUM('sad', 'it''s, ok', 'a\\b') NOT NULL DEFAULT 'sad', tags SET('x', 'a b'),
    data JSON, code UUID DEFAULT uuid(), name VARCHAR(40) DEFAULT concat('a', 'b, c'), body LONGTEXT, old DATE,
    changed TIMESTAMP(3) NOT NULL DEFAULT current_timestamp(3) ON UPDATE current_timestamp(3),
    seen TIMESTAMP NULL ON UPDATE current_timestamp, shout VARCHAR(40) AS (upper(name)) VIRTUAL COMMENT 'It''s loud.',
    more INT AS (tiny + 1) STORED INVISIBLE, six INET6, four INET4, place POINT, area GEOMETRY, raw VARBINARY(9),
    blob_ MEDIUMBLOB, "per%cent" INT CHECK ("per%cent" < 100), "new
line" INT, "a)b" INT UNSIGNED, "a`b" INT, "order" INT,
    UNIQUE KEY "by (a)b" ("a)b"), KEY first_of_body (body(9)), FULLTEXT KEY words (name), CHECK (big > tiny)
) COMMENT 'What there is "of" all types.';
CREATE TABLE "kept ones" (id INT PRIMARY KEY, a_b INT UNSIGNED,
    CONSTRAINT "it's, (odd)" FOREIGN KEY (a_b) REFERENCES things ("a)b") ON DELETE SET NULL ON UPDATE CASCADE)
    WITH SYSTEM VERSIONING;
CREATE TABLE hens (id INT PRIMARY KEY, egg INT);
CREATE TABLE eggs (id INT PRIMARY KEY, hen INT REFERENCES hens (id));
ALTER TABLE hens ADD FOREIGN KEY (egg) REFERENCES eggs (id) ON DELETE SET NULL;
CREATE SEQUENCE numbers;
CREATE VIEW names AS SELECT id, name FROM things;
"""
"""What MariaDB has and others do not."""


def fill(url: str, script: str) -> None:
    """Run statements of SQL, as whoever made the database did."""
    if url.startswith("mariadb"):
        _fill_mariadb(url, script)
    elif url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            connection.executescript(script)
    else:
        with psycopg.connect(url, autocommit=True) as session:
            session.execute(script.encode())


def _fill_mariadb(url: str, script: str) -> None:
    engine = sa.create_engine(url, connect_args={"client_flag": MULTI_STATEMENTS, "init_command": QUOTES})
    with engine.begin() as connection, closing(connection.connection.cursor()) as cursor:
        cursor.execute(script or "SELECT 1")
        while cursor.nextset():
            pass
    engine.dispose()
