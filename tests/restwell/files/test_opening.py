"""Which file has which format, and how it is taken apart into records with their lines."""

import csv
import gzip
import io
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restwell.files import UnreadableFile, format_of, write_file
from restwell.files.opening import read_file, rereadable
from restwell.files.records import read_json, read_ndjson
from restwell.files.separated import QUOTED_EMPTY, CsvRecords
from tests.restwell.files.declared import write_to

MAX_LENGTH = 1000


def stream_of(data: bytes) -> io.BufferedReader:
    return io.BufferedReader(cast("io.RawIOBase", io.BytesIO(data)))


@pytest.mark.parametrize(
    "name, expected",
    [
        ("a.csv", ("csv", False)),
        ("a.json", ("json", False)),
        ("a.ndjson", ("ndjson", False)),
        ("a.b.CSV.gz", ("csv", True)),
        ("a.json.gz", ("json", True)),
        ("a.ndjson.GZ", ("ndjson", True)),
    ],
)
def test_the_name_says_the_format(name: str, expected: tuple[str, bool]) -> None:
    assert format_of(Path("/some/where") / name) == expected


@pytest.mark.parametrize("name", ["a", "csv", "a.txt", "a.gz", "a.csv.zip", ".gz", "a.jsonl"])
def test_another_name_is_refused_with_those_that_are_known(name: str) -> None:
    with pytest.raises(UnreadableFile, match=r"\.csv, \.json or \.ndjson"):
        format_of(name)


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_what_is_written_is_read(tmp_path: Path, name: str) -> None:
    with write_file(tmp_path / name) as (out, form):
        assert form == "csv"
        out.write(b"name\r\nFlask\r\n")
    with rereadable(tmp_path / name) as file, read_file(file) as source:
        assert source.stream.read() == b"name\r\nFlask\r\n"
        assert source.done == source.size == (tmp_path / name).stat().st_size


def test_a_file_that_fails_while_it_is_written_stays_as_it_was(tmp_path: Path) -> None:
    path = write_to(tmp_path / "a.csv", "before")

    def fail() -> None:
        with write_file(path) as (out, _):
            out.write(b"after")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_broken_gzip_file_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress(b"name\nFlask\n" * 1000)
    for broken in (whole[:-20], b"name\nFlask\n", whole[:40] + b"x" + whole[41:]):
        path = tmp_path / "a.csv.gz"
        path.write_bytes(broken)
        with pytest.raises(UnreadableFile, match="broken"), rereadable(path) as file, read_file(file) as source:
            source.stream.read()


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with pytest.raises(UnreadableFile, match="No such file"), rereadable(path) as file, read_file(file):
        pass


def read_csv(text: str | bytes, max_length: int = MAX_LENGTH) -> tuple[list[str], list[tuple[int, list[str]]]]:
    data = text if isinstance(text, bytes) else text.encode()
    records = CsvRecords(stream_of(data), max_length)
    found = [pair for rows in records for pair in zip(rows.lines, rows.cells, strict=True)]
    return records.header, found


def test_a_record_of_csv_has_the_line_in_which_it_begins() -> None:
    header, records = read_csv('a,b\n1,"x\ny\r\nz"\n\n2,y\n"3",""\n')
    assert header == ["a", "b"]
    assert records == [(2, ["1", "x\ny\r\nz"]), (5, []), (6, ["2", "y"]), (7, ["3", QUOTED_EMPTY])]


def test_a_quoted_header_may_have_several_lines() -> None:
    assert read_csv('"a\nb",c\n1,2\n') == (["a\nb", "c"], [(3, ["1", "2"])])


@pytest.mark.parametrize("text", ["a,b\n1,2\n3,4", "a,b\r\n1,2\r\n3,4\r\n", "\ufeffa,b\n1,2\n3,4\n", "a,b\r1,2\r3,4"])
def test_ends_of_lines_and_a_byte_order_mark_do_not_matter_to_csv(text: str) -> None:
    assert read_csv(text) == (["a", "b"], [(2, ["1", "2"]), (3, ["3", "4"])])


@pytest.mark.parametrize(
    "text, message",
    [
        (b"", "The file is empty"),
        (b"\n1\n", "no header"),
        (b'a\n1\n"x"y\n', "Line 3 is not csv"),
        (b'a\n"x\n', "Line 2 is not csv"),
        (b"a\n\xff\n", "not UTF-8, soon after line"),
        (b"a\n" + b"x" * 70_000, "A line after line 2 has more than 1000 characters"),
    ],
)
def test_what_is_no_csv_is_refused_with_its_line(text: bytes, message: str) -> None:
    with pytest.raises(UnreadableFile, match=message):
        read_csv(text)


CELLS = st.text(st.sampled_from('ab,"\n\r\t é\0'), max_size=4)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=8), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_records_are_those_that_were_written(rows: list[list[str]], end: str, everywhere: bool) -> None:
    text = io.StringIO(newline="")
    end = "\r\n" if any("\r" in cell for row in rows for cell in row) else end  # else such a cell has no quotes
    csv.writer(text, lineterminator=end, quoting=csv.QUOTE_ALL if everywhere else csv.QUOTE_MINIMAL).writerows(
        [["x", "y"], *rows]
    )
    header, records = read_csv(text.getvalue())
    assert header == ["x", "y"]
    assert [cells for _, cells in records] == [
        [cell or (QUOTED_EMPTY if everywhere else "") for cell in row] for row in rows
    ]


UNQUOTED = st.text(st.sampled_from("ab\t é\x0b\u2028"), max_size=3)


@given(st.lists(st.lists(UNQUOTED, min_size=1, max_size=3)), st.integers(1, 3))
def test_columns_without_quotes_are_those_of_the_rows(rows: list[list[str]], count: int) -> None:
    lines = "".join(f"{','.join(row)}\n" for row in rows)
    for records in CsvRecords(stream_of(f"x\n{lines}".encode()), MAX_LENGTH):
        if all(len(row) == count for row in records.cells):
            assert records.columns(count) == [list(column) for column in zip(*records.cells, strict=True)]
        else:
            with pytest.raises(ValueError, match="closer look"):
                records.columns(count)


def lines_of_ndjson(data: bytes) -> list[tuple[int, bytes | None]]:
    batches = read_ndjson(stream_of(data), MAX_LENGTH)
    return [pair for batch in batches for pair in zip(batch.lines, batch.texts, strict=True)]


def test_a_record_of_ndjson_is_a_line_that_is_not_empty() -> None:
    assert lines_of_ndjson(b'{"a":1}\r\n\n  \n{"a":2}') == [(1, b'{"a":1}'), (4, b'{"a":2}')]


def test_a_line_of_ndjson_that_is_too_long_is_passed_over() -> None:
    assert lines_of_ndjson(b"1\n" + b"x" * 100_000 + b"\n2\n") == [(1, b"1"), (2, None), (3, b"2")]


def elements_of(text: str, max_length: int = MAX_LENGTH) -> list[tuple[int, bytes | None]]:
    batches = read_json(stream_of(text.encode()), "things", max_length)
    return [pair for batch in batches for pair in zip(batch.lines, batch.texts, strict=True)]


@pytest.mark.parametrize("text", ['[{"a": 1}, 2 ,"x"]', ' {"things" :\n[{"a": 1}\n,2,"x" ] }\n'])
def test_the_elements_of_an_array_are_counted_from_one(text: str) -> None:
    assert elements_of(text) == [(1, b'{"a": 1}'), (2, b"2"), (3, b'"x"')]


@pytest.mark.parametrize("text", ["[]", ' { "things" : [ ] } '])
def test_an_empty_array_has_no_records(text: str) -> None:
    assert elements_of(text) == []


def test_elements_larger_than_a_piece_that_is_read_are_whole() -> None:
    texts = [f'{{"a": "{"é" * size}"}}' for size in (10, 65_000, 1, 200_000, 65_536)]
    found = elements_of(f"[{','.join(texts)}]", max_length=300_000)
    assert found == list(enumerate((text.encode() for text in texts), 1))


@pytest.mark.parametrize(
    "text, message",
    [
        ("", 'The file is empty: it has to be {"things"'),
        ("7", "something else is at line 1"),
        ('\n{"other": []}', "something else is at line 2"),
        ('{"things": 1}', "something else is at line 1"),
        ("[1\n2]", "A comma or ] is missing at line 2"),
        ("[1,]", "no JSON, .* it begins at line 1"),
        ("[1] 2", "something else is at line 1"),
        ('{"things": [1], "more": 2}', "something else is at line 1"),
        ('[{"a": 1}', "no JSON, .* it begins at line 1"),
        ('[\n{"a": tru, "b": "something else here"}]', "no JSON at line 2"),
        ('["' + "x" * 70_000, "has no end within 1000 characters; it begins at line 1"),
        ("[" * 100_000, "nested too deep"),
    ],
)
def test_what_is_no_array_in_json_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(UnreadableFile, match=message):
        elements_of(text)


def test_json_that_is_no_utf_8_is_refused() -> None:
    with pytest.raises(UnreadableFile, match="not UTF-8"):
        list(read_json(stream_of(b'["\xff"]'), "things", MAX_LENGTH))
