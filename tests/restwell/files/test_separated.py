"""csv as spreadsheets and other tools write it: read, or refused with what to do."""

import re
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from restwell.files import UnreadableFile, import_rows
from restwell.model.declare import declare
from restwell.model.fields import Field
from restwell.model.policy import public
from restwell.model.resource import Resource
from tests.restwell.files.declared import PACKAGES, THINGS, import_skipping, rows_of, store_of, write_to

TABLE = "name,version,released,rank\r\nFlask,3.1,2024-11,7\r\nbottle,,,\r\n"
ROWS = [{"name": "Flask", "version": "3.1", "released": "2024-11", "rank": 7}, {"name": "bottle"}]
SEMICOLONS, TABS = TABLE.replace(",", ";"), TABLE.replace(",", "\t")
ID = "0190a3b0-5d5c-7c3e-8b1a-2f6d1c9e4a70"


WRITTEN: dict[str, str | bytes] = {
    "semicolons": SEMICOLONS,
    "a line that says the separator": f"sep=;\r\n{SEMICOLONS}",
    "the same in quotes": f'"sep=;"\r\n{SEMICOLONS}',
    "another separator that is said": f"sep=|\r\n{TABLE.replace(',', '|')}",
    "tabs": TABS,
    "unicode text": TABS.encode("utf-16"),
    "utf-16, big-endian": b"\xfe\xff" + TABS.encode("utf-16-be"),
    "utf-32": TABLE.encode("utf-32"),
    "a mark": TABLE.encode("utf-8-sig"),
    "a mark before the separator": f"\ufeffsep=;\n{SEMICOLONS}",
    "cr": TABLE.replace("\r\n", "\r"),
    "cr in utf-16": SEMICOLONS.replace("\r\n", "\r").encode("utf-16"),
    "spaces round names": TABLE.replace("name,version", " name , version "),
    "names in quotes": TABLE.replace("name,version,released,rank", '"name","version","released","rank"'),
    "an empty last column": SEMICOLONS.replace("\r\n", ";\r\n"),
    "two of them": TABLE.replace("\r\n", ",,\r\n"),
    "empty lines": TABLE.replace("\r\n", "\r\n\r\n\r\n"),
    "lines of empty cells": f"{TABLE},,,\r\n,,,\r\n",
    "the end of a file of DOS": f"{TABLE}\x1a",
    "the same after an empty line": f"{TABLE}\r\n\x1a",
    "quotes and semicolons": SEMICOLONS.replace("Flask", '"Flask"'),
    "no end of the last line": TABLE[:-2],
}


@pytest.mark.parametrize("content", WRITTEN.values(), ids=WRITTEN)
def test_what_spreadsheets_write_is_read(sqlite_url: str, tmp_path: Path, content: str | bytes) -> None:
    with store_of(sqlite_url, PACKAGES) as store:
        assert import_rows(store, PACKAGES, write_to(tmp_path / "a.csv", content)) == (2, 0)
        assert rows_of(store) == ROWS


@pytest.mark.parametrize(
    "content, message",
    [
        (TABLE.replace("Flask", "Flask\u00e9").encode("cp1252"), "not UTF-8.*iconv -f WINDOWS-1252"),
        (TABLE.encode("utf-16-le"), "UTF-16 without a byte order mark"),
        (b"\xff\xfen\x00a\x00x", "begins as UTF-16 and is not"),
        ("", "The file is empty"),
        ("\n\n", "no header"),
        (",,\n1,2,3\n", "no header"),
        (TABLE.replace(",", "|"), "a comma, a semicolon or a tab"),
        ("name;version,rank\n", "by one character throughout"),
        ('{"name": "Flask"}\n', "looks like JSON: name it .json, or .ndjson"),
        ('name,version\nFlask, "3.1"\n', "Line 2 is not csv .* a space stands before a quote"),
        ('name,version\n"a\r\nb",1\nFlask, "3.1"\n', "Line 4 is not csv .* a space stands before a quote"),
        ('name,version\nFlask,"3.1\n', "Line 2 is not csv"),
        ('name,version\na,5" disk\nFlask,"3.1\n', "Line 3 is not csv"),
        ('name,version\nFlask,"3.1"\n"a",""x\nDjango,""\n', "Line 3 is not csv"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_remedy(
    sqlite_url: str, tmp_path: Path, content: str | bytes, message: str
) -> None:
    with store_of(sqlite_url, PACKAGES) as store, pytest.raises(UnreadableFile, match=message):
        import_rows(store, PACKAGES, write_to(tmp_path / "a.csv", content))


@pytest.mark.parametrize(
    "column, cell, hint",
    [
        ("size", "1.234", "size: Must be an integer. Write all of its digits"),
        ("size", "1.23457E+11", "no exponent"),
        ("weight", "1,5", "Write it with a point"),
        ("price", "1.234,56", "as in 1234.56"),
        ("good", "WAHR", "^good: Must be true or false.$"),
        ("day", "31.01.2026", "^day: Must be a date such as 2026-01-31.$"),
        ("day", "01/31/2026", "^day: Must be a date such as 2026-01-31.$"),
        (
            "moment",
            "31.01.2026 12:00",
            "^moment: Must be a moment with its offset from UTC, such as 2026-01-31T12:00:00Z.$",
        ),
        ("opens", "9:30", "^opens: Must be a time of day without an offset, such as 09:30:00.$"),
        ("lasts", "1 day", "^lasts: Must be a duration such as P1DT2H30M.$"),
        ("tags", "a, b", 'tags: .* Write it as JSON, as in \\["a", "b"\\]'),
        ("maker", "x", "maker: .* Write it as JSON"),
        ("extra", "x", "extra: .* a text in quotes"),
        ("weight", "1e999", "weight: .* beyond the range"),
    ],
)
def test_a_cell_as_a_spreadsheet_has_it_is_refused_with_how_to_write_it(
    sqlite_url: str, tmp_path: Path, column: str, cell: str, hint: str
) -> None:
    cells = {"id": ID, "title": "t", "size": "1", column: cell}
    content = f"{';'.join(cells)}\n{';'.join(cells.values())}\n"
    with store_of(sqlite_url, THINGS) as store:
        done, refused = import_skipping(store, write_to(tmp_path / "a.csv", content), THINGS)
    assert done == (0, 1)
    assert re.search(hint, refused[0].reason)


class Order(Resource):
    id: int = Field(identity=True)
    total: Decimal = Field(max_digits=12, decimal_places=2)


@pytest.mark.parametrize(
    "cell, told",
    [
        ("249999999997.50", "total: Must have no more than 10 digits before the decimal point."),
        ("1.255", "total: Must have no more than 2 decimal places."),
    ],
)
def test_a_decimal_with_digits_too_many_is_told_how_many_there_may_be(
    sqlite_url: str, tmp_path: Path, cell: str, told: str
) -> None:
    orders = declare(Order, "/orders", read=public())
    with store_of(sqlite_url, orders) as store:
        done, refused = import_skipping(store, write_to(tmp_path / "a.csv", f"id,total\n1,{cell}\n"), orders)
    assert (done, [each.reason for each in refused]) == ((0, 1), [told])


@pytest.mark.slow
def test_what_is_not_csv_takes_no_longer_to_find_in_long_files(sqlite_url: str, tmp_path: Path) -> None:
    content = "name,version\n" + '"Flask ""it is""","3.1"\n' * 2_500 + '"a",""x\n'
    began = time.process_time()
    with store_of(sqlite_url, PACKAGES) as store, pytest.raises(UnreadableFile, match="Line 2502 is not csv"):
        import_rows(store, PACKAGES, write_to(tmp_path / "a.csv", content))
    assert time.process_time() - began < 5


@pytest.mark.parametrize("cell", ["TRUE", "True", "true"])
def test_booleans_are_read_in_any_case(sqlite_url: str, tmp_path: Path, cell: str) -> None:
    content = f"id,title,size,good\n{ID},t,1,{cell}\n"
    with store_of(sqlite_url, THINGS) as store:
        import_rows(store, THINGS, write_to(tmp_path / "a.csv", content))
        assert rows_of(store, THINGS)[0]["good"] is True


class Held(Resource):
    """What a cell with nothing in it, two quotes and no column mean."""

    id: str = Field(identity=True)
    text: str = "untitled"
    note: str | None = "none yet"
    count: int = 7
    size: int | None = 8
    must: int | None


HELD = declare(Held, "/held", read=public())


@pytest.mark.parametrize(
    "content, expected",
    [
        ("id,must\na,\n", ["a", "untitled", "none yet", 7, 8, None]),
        ("id,text,note,count,size,must\na,,,,,\n", ["a", "", None, 7, None, None]),
        ('id,text,note,count,size,must\na,"","","","",""\n', ["a", "", "", 7, None, None]),
        ('"id","text","note","count","size","must"\n"a","x","y","1","2","3"\n', ["a", "x", "y", 1, 2, 3]),
    ],
)
def test_nothing_is_null_or_the_empty_text_or_the_default(
    database_url: str, tmp_path: Path, content: str, expected: list[Any]
) -> None:
    with store_of(database_url, HELD) as store:
        import_rows(store, HELD, write_to(tmp_path / "a.csv", content))
        assert [list(row[3:]) for rows in store.stream(HELD) for row in rows] == [expected]


def test_nothing_where_something_is_required_is_refused_by_name(sqlite_url: str, tmp_path: Path) -> None:
    with store_of(sqlite_url, THINGS) as store:
        content = f"id,title,size,maker\n,t,1,\n{ID},t,1,\n"
        done, refused = import_skipping(store, write_to(tmp_path / "a.csv", content), THINGS)
    assert done == (1, 1)
    assert refused == [(2, "id: Is required.")]


def test_something_in_a_column_without_a_name_is_refused(sqlite_url: str, tmp_path: Path) -> None:
    content = "name,version,\nFlask,3.1,x\nbottle,1,\nfour,1,,\n"
    with store_of(sqlite_url, PACKAGES) as store:
        done, refused = import_skipping(store, write_to(tmp_path / "a.csv", content))
    assert done == (1, 2)
    assert refused == [
        (2, "There are 3 cells, and 2 columns."),
        (4, "There are 4 cells, and 2 columns. A cell with a comma in it has to be in quotes."),
    ]


def test_the_empty_text_where_it_is_not_valid_is_refused_with_the_difference(sqlite_url: str, tmp_path: Path) -> None:
    with store_of(sqlite_url, PACKAGES) as store:
        _, refused = import_skipping(store, write_to(tmp_path / "a.csv", 'name,released\nFlask,""\n'))
    assert "a cell with nothing in it is null" in refused[0].reason


def test_texts_that_spreadsheets_would_compute_are_kept_as_they_are(sqlite_url: str, tmp_path: Path) -> None:
    texts = ["=1+1", "+1", "-1", "@SUM(A1)", "007", "1e5", "\u2028", "a\x1a"]
    content = "name,version\n" + "".join(f"p{number},{text}\n" for number, text in enumerate(texts))
    with store_of(sqlite_url, PACKAGES) as store:
        import_rows(store, PACKAGES, write_to(tmp_path / "a.csv", content))
        assert [row["version"] for row in rows_of(store)] == texts


def test_a_quoted_cell_that_is_longer_than_a_piece_is_whole(sqlite_url: str, tmp_path: Path) -> None:
    long = 'line with "" quotes,\n' * 3000
    with store_of(sqlite_url, PACKAGES) as store:
        import_rows(store, PACKAGES, write_to(tmp_path / "a.csv", f'name,version\na,"{long}"\nb,""\n'))
        assert rows_of(store) == [
            {"name": "a", "version": long.replace('""', '"')},
            {"name": "b", "version": ""},
        ]
