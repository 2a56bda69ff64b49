"""What is imported and what is refused, where it stands and why; and that nothing is imported by halves."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from restwell.content import decode, to_values
from restwell.files import ImportRefused, Refused, UnreadableFile, import_rows
from restwell.files.columns import columns_of
from restwell.files.records import Texts
from restwell.files.validation import Validator
from restwell.http.problems import Problem
from restwell.model.resource import Declaration
from restwell.storage.engine import Store
from tests.restwell.files.declared import PACKAGES, THINGS, import_skipping, rows_of, store_of, write_to

HEADER = "name,version,released,rank\n"
FLASK = {"name": "Flask", "version": "3.1", "released": "2024-11", "rank": 7}
BOTTLE = {"name": "bottle"}
INTEGER = "Write all of its digits and nothing else, as in 1234: no zeros in front, no separators, no exponent."
ID = "0190a3b0-5d5c-7c3e-8b1a-2f6d1c9e4a7"


@pytest.mark.parametrize(
    "name, text",
    [
        ("a.csv", f"{HEADER}Flask,3.1,2024-11,7\nbottle,,,\n"),
        ("a.csv.gz", f"{HEADER}Flask,3.1,2024-11,7\nbottle,,,\n"),
        ("a.csv", 'rank,name,version,released\n7,"Flask",3.1,"2024-11"\n,bottle,,\n'),
        ("a.json", json.dumps({"packages": [FLASK, BOTTLE]})),
        ("a.json.gz", json.dumps([FLASK, BOTTLE])),
        ("a.ndjson", f"{json.dumps(FLASK)}\n{json.dumps(BOTTLE)}\n"),
        ("a.ndjson.gz", f"{json.dumps(FLASK)}\n\n{json.dumps(BOTTLE)}"),
    ],
)
def test_records_become_rows_in_their_order(database_url: str, tmp_path: Path, name: str, text: str) -> None:
    with store_of(database_url, PACKAGES) as store:
        assert import_rows(store, PACKAGES, write_to(tmp_path / name, text)) == (2, 0)
        assert rows_of(store) == [FLASK, BOTTLE]


def test_rows_are_added_to_those_that_are_there(database_url: str, tmp_path: Path) -> None:
    with store_of(database_url, PACKAGES) as store:
        import_rows(store, PACKAGES, write_to(tmp_path / "a.csv", "name\nFlask\n"))
        import_rows(store, PACKAGES, write_to(tmp_path / "b.csv", "name\nbottle\n"))
        assert [row["name"] for row in rows_of(store)] == ["Flask", "bottle"]


def test_rows_have_a_random_version_and_the_time(database_url: str, tmp_path: Path) -> None:
    names = "\n".join(f"p{number}" for number in range(50))
    with store_of(database_url, PACKAGES) as store:
        import_rows(store, PACKAGES, write_to(tmp_path / "a.csv", f"name\n{names}\n"))
        rows = [row for rows in store.stream(PACKAGES) for row in rows]
    assert len({version for _, version, *_ in rows}) == 50
    assert {abs(modified - time.time()) < 60 for _, _, modified, *_ in rows} == {True}


@pytest.mark.not_on_mariadb
def test_indexes_are_there_after_an_import_as_before(database_url: str, tmp_path: Path) -> None:
    with store_of(database_url, PACKAGES) as store:
        before = indexes_of(store)
        import_rows(store, PACKAGES, write_to(tmp_path / "a.csv", "name\nFlask\n"))
        assert indexes_of(store) == before
        assert len(before) >= 2
        with pytest.raises(ImportRefused):
            import_rows(store, PACKAGES, write_to(tmp_path / "a.csv", "name\nFlask\n"))


def indexes_of(store: Store) -> list[Any]:
    if store.driver.name == "sqlite":
        return store.driver.read("SELECT name, sql FROM sqlite_master WHERE tbl_name = 'packages' ORDER BY name")
    return store.driver.read(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'packages' ORDER BY indexname"
    )


INVALID = f'{HEADER}Flask,3.1,2024-11,7\n"bad\nname",,,\n\nbottle,1,2,x\nFlask,,,\nfine,1\ntornado,6,,1\n'
INVALID_LINES = [3, 6, 7, 8]


def test_nothing_is_imported_when_a_record_is_refused(database_url: str, tmp_path: Path) -> None:
    told: list[Refused] = []
    with store_of(database_url, PACKAGES) as store:
        with pytest.raises(ImportRefused, match="4 records are not valid, the first at 3: name: ") as caught:
            import_rows(store, PACKAGES, write_to(tmp_path / "a.csv", INVALID), refused=told.append)
        assert rows_of(store) == []
    assert [each.line for each in caught.value.refused] == INVALID_LINES
    assert list(caught.value.refused) == sorted(told)


def test_the_valid_records_are_imported_when_the_others_may_be_skipped(database_url: str, tmp_path: Path) -> None:
    with store_of(database_url, PACKAGES) as store:
        done, refused = import_skipping(store, write_to(tmp_path / "a.csv", INVALID))
        assert [row["name"] for row in rows_of(store)] == ["Flask", "tornado"]
    assert done == (2, 4)
    assert sorted(each.line for each in refused) == INVALID_LINES
    reasons = {each.line: each.reason for each in refused}
    assert reasons[6] == f"released: Must match pattern '^\\d{{4}}-\\d{{2}}$'. rank: Must be an integer. {INTEGER}"
    assert reasons[7] == "name: 'Flask' is taken already, by an earlier record of the file."
    assert reasons[8] == "There are 2 cells, and 4 columns."


def test_an_identity_that_the_table_has_is_refused_as_such(database_url: str, tmp_path: Path) -> None:
    with store_of(database_url, PACKAGES) as store:
        import_rows(store, PACKAGES, write_to(tmp_path / "a.csv", "name\nFlask\nbottle\n"))
        again = write_to(tmp_path / "b.csv", "name\ntornado\nbottle\ntornado\ndjango\nFlask\n")
        done, refused = import_skipping(store, again)
        assert [row["name"] for row in rows_of(store)] == ["Flask", "bottle", "tornado", "django"]
    assert done == (2, 3)
    assert refused == [
        (3, "name: 'bottle' is taken already, by a row of the table."),
        (4, "name: 'tornado' is taken already, by an earlier record of the file."),
        (6, "name: 'Flask' is taken already, by a row of the table."),
    ]


def test_identities_are_compared_across_batches(database_url: str, tmp_path: Path) -> None:
    names = [f"p{number}" for number in range(30_000)]
    text = "\n".join(["name", *names, names[0], names[-1], "last"])
    with store_of(database_url, PACKAGES) as store:
        done, refused = import_skipping(store, write_to(tmp_path / "a.csv", text))
        assert [row["name"] for row in rows_of(store)] == [*names, "last"]
    assert done == (30_001, 2)
    assert [each.line for each in refused] == [30_002, 30_003]


def test_an_identity_of_another_kind_is_found_taken_too(database_url: str, tmp_path: Path) -> None:
    path = write_to(tmp_path / "a.ndjson", json.dumps({"id": f"{ID}0".upper(), "title": "t", "size": 1}))
    with store_of(database_url, THINGS) as store:
        assert import_skipping(store, path, THINGS)[0] == (1, 0)
        done, refused = import_skipping(store, path, THINGS)
    assert done == (0, 1)
    assert refused == [(1, f"id: '{ID}0' is taken already, by a row of the table.")]


def test_a_table_that_has_rows_is_read_while_more_are_imported(database_url: str, tmp_path: Path) -> None:
    seen: list[int] = []
    with store_of(database_url, PACKAGES) as store:
        import_rows(store, PACKAGES, write_to(tmp_path / "a.csv", "name\nthere\n"))
        more = write_to(tmp_path / "b.csv", "name\nFlask\nbottle\n")
        import_rows(store, PACKAGES, more, progress=lambda *_: seen.append(len(rows_of(store))))
    assert set(seen) == {1}


def test_an_empty_table_that_is_in_use_is_filled_all_the_same(postgresql_url: str, tmp_path: Path) -> None:
    with store_of(postgresql_url, PACKAGES) as store, psycopg.connect(postgresql_url) as reader:
        assert reader.execute("SELECT count(*) FROM packages").fetchall() == [(0,)]
        assert import_rows(store, PACKAGES, write_to(tmp_path / "a.csv", "name\nFlask\n")).rows == 1
        assert reader.execute("SELECT count(*) FROM packages").fetchall() == [(1,)]


@pytest.mark.not_on_mariadb
def test_indexes_of_the_users_own_survive(database_url: str, tmp_path: Path) -> None:
    with store_of(database_url, PACKAGES) as store:
        store.driver.write('CREATE INDEX "my own" ON packages (version DESC, name)')
        before = indexes_of(store)
        import_rows(store, PACKAGES, write_to(tmp_path / "a.csv", "name\nFlask\n"))
        assert indexes_of(store) == before


def test_the_first_hundred_refused_records_are_reported_and_all_are_counted(sqlite_url: str, tmp_path: Path) -> None:
    text = "name\n" + "a b\n" * 250
    with store_of(sqlite_url, PACKAGES) as store, pytest.raises(ImportRefused) as caught:
        import_rows(store, PACKAGES, write_to(tmp_path / "a.csv", text))
    assert caught.value.count == 250
    assert [each.line for each in caught.value.refused] == list(range(2, 102))


@pytest.mark.parametrize(
    "header, message",
    [
        ("nmae,version,size", "'nmae', 'size' are not known; 'name' is missing, and required"),
        ("name,size", r"'size' is not known\. Known are name, version, released, rank\."),
        ("name,name", "'name' is there more than once"),
        (
            "name;version,rank",
            "'name;version' is not known; 'name' is missing.* Separate the columns by one character",
        ),
        ("name|version", "'name|version' is not known.* a comma, a semicolon or a tab"),
        ('[{"name": 1}', "The file looks like JSON: name it .json, or .ndjson"),
    ],
)
def test_columns_that_are_not_those_declared_are_refused(
    sqlite_url: str, tmp_path: Path, header: str, message: str
) -> None:
    with store_of(sqlite_url, PACKAGES) as store, pytest.raises(UnreadableFile, match=message):
        import_rows(store, PACKAGES, write_to(tmp_path / "a.csv", f"{header}\nx\n"))


def test_a_file_that_breaks_off_imports_nothing_even_when_records_may_be_skipped(
    database_url: str, tmp_path: Path
) -> None:
    with store_of(database_url, PACKAGES) as store:
        for name, text in [("a.json", '[{"name": "Flask"}, {'), ("a.csv", 'name\nFlask\n"bottle')]:
            with pytest.raises(UnreadableFile):
                import_skipping(store, write_to(tmp_path / name, text))
            assert rows_of(store) == []
        assert import_rows(store, PACKAGES, write_to(tmp_path / "b.csv", "name\nFlask\n")).rows == 1


@pytest.mark.parametrize(
    "record, reason",
    [
        ('{"name": "a", "rank": "1"}', "rank: Must be an integer."),
        (
            '{"name": "a", "more": 1}',
            "more: Is not known here: leave it out. Known are name, version, released, rank.",
        ),
        ('{"version": "1"}', "name: Is required."),
        ('{"name": "a", "name": "b"}', 'The member "name" is there twice in one object: send it once.'),
        ('{"name": "a", "version": "\\u0000"}', "version: Must not contain the character U+0000."),
        ('{"name": "a", "version": "\\ud800"}', "\\ud800 is half of a surrogate pair: send both halves, or neither."),
        ('{"name": "a", "rank": NaN}', "NaN is no JSON (RFC 8259, section 6): send a number, or null."),
        ("7", "Must be a JSON object."),
        ('["name"]', "Must be a JSON object."),
        ("null", "Must be a JSON object."),
    ],
)
def test_json_is_read_as_strictly_as_over_http(sqlite_url: str, tmp_path: Path, record: str, reason: str) -> None:
    with store_of(sqlite_url, PACKAGES) as store:
        for name, text in [("a.json", f'[{{"name": "x"}}, {record}]'), ("a.ndjson", f'{{"name": "y"}}\n{record}')]:
            done, refused = import_skipping(store, write_to(tmp_path / name, text))
            assert done == (1, 1)
            assert refused == [(2, reason)]


def test_a_record_that_is_longer_than_sixteen_bodies_is_refused(sqlite_url: str, tmp_path: Path) -> None:
    large = json.dumps({"name": "a", "version": "x" * 16 * PACKAGES.max_body})
    with store_of(sqlite_url, PACKAGES) as store:
        _, refused = import_skipping(store, write_to(tmp_path / "a.ndjson", f'{large}\n{{"name": "b"}}'))
        assert [row["name"] for row in rows_of(store)] == ["b"]
    assert refused == [(1, "The record has more than 16777216 bytes.")]


@pytest.mark.parametrize(
    "column, cell, expected",
    [
        ("title", "", ""),
        ("title", "007", "007"),
        ("note", "", ""),
        ("size", "", None),
        ("size", "-5", -5),
        ("size", "7.0", 7),
        ("weight", "", 1.0),
        ("weight", "1e3", 1000.0),
        ("good", "", False),
        ("good", "True", True),
        ("good", "false", False),
        ("price", "1.50", "1.50"),
        ("day", "2026-01-31", "2026-01-31"),
        ("moment", "2026-01-31T12:00:00+01:00", "2026-01-31T11:00:00Z"),
        ("opens", "09:30:00.5", "09:30:00.500000"),
        ("lasts", "-PT36H", "-P1DT12H"),
        ("spot", '[1, "x"]', [1, "x"]),
        ("names", '["b", "a"]', ["a", "b"]),
        ("owner", '{"kind": "person"}', {"kind": "person", "born": None}),
        ("home", "https://example.org/", "https://example.org/"),
        ("colour", "", None),
        ("stars", "2", 2),
        ("tags", '["a,b", ""]', ["a,b", ""]),
        ("tags", "", []),
        ("maker", '{"title": "x"}', {"title": "x", "since": None}),
        ("extra", '"text"', "text"),
        ("made", "7", 7),
    ],
)
def test_a_cell_is_read_as_its_field_has_it(
    sqlite_url: str, tmp_path: Path, column: str, cell: str, expected: Any
) -> None:
    cells = {"id": f"{ID}0", "title": "t", "size": "1", column: cell}
    quoted = ",".join('"' + each.replace('"', '""') + '"' for each in cells.values())
    with store_of(sqlite_url, THINGS) as store:
        import_rows(store, THINGS, write_to(tmp_path / "a.csv", f"{','.join(cells)}\n{quoted}\n"))
        (row,) = rows_of(store, THINGS)
    assert row.get(column) == expected


@pytest.mark.parametrize(
    "column, cell",
    [
        *(("size", each) for each in ("007", "+5", " 5", "5 ", "1_000", "٣", "1.5", "x", "9223372036854775808")),
        *(("weight", each) for each in ("NaN", "Infinity", "1,5", ".5", "1e999")),
        *(("good", each) for each in ("1", "yes", " true")),
        *(("tags", each) for each in ("a", "[1]", '["a"', "{}")),
        ("price", "1,50"),
        ("day", "31.01.2026"),
        ("moment", "2026-01-31"),
        ("opens", "09:30"),
        ("opens", "09:30:00Z"),
        ("spot", "[1]"),
        ("names", '["a", "a"]'),
        ("owner", '{"title": "x"}'),
        ("lasts", "36:00"),
        ("lasts", "P1M"),
        ("home", "example"),
        ("colour", "Red"),
        ("stars", "4"),
        ("id", "x"),
        ("id", ""),
        ("note", "a\0"),
        ("maker", '{"title": "x", "title": "y"}'),
    ],
)
def test_a_cell_that_is_none_of_its_kind_is_refused(sqlite_url: str, tmp_path: Path, column: str, cell: str) -> None:
    cells = {"id": f"{ID}0", "title": "t", "size": "1", column: cell}
    quoted = ",".join('"' + each.replace('"', '""') + '"' for each in cells.values())
    with store_of(sqlite_url, THINGS) as store:
        done, _ = import_skipping(store, write_to(tmp_path / "a.csv", f"{','.join(cells)}\n{quoted}\n"), THINGS)
    assert done == (0, 1)


def test_progress_ends_with_the_size_of_the_file(sqlite_url: str, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    path = write_to(tmp_path / "a.csv.gz", "name\n" + "".join(f"p{number}\n" for number in range(20_000)))
    with store_of(sqlite_url, PACKAGES) as store:
        import_rows(store, PACKAGES, path, progress=lambda *done: told.append(done))
    assert told == sorted(told)
    assert told[-1] == (path.stat().st_size, path.stat().st_size)


# Columns are a faster way to the same answer: what `to_values` says of each record by itself.

NAMES = st.sampled_from(["a", "b", "a b", "", ".", "é", "x" * 128, "x" * 129, "a\n"])
SCALARS = st.one_of(
    NAMES,
    st.none(),
    st.booleans(),
    st.integers(-2, 2),
    st.sampled_from(
        [2**63 - 1, 2**63, 2**64, -(2**63), 10**30, 1.0, 1.5, -0.0, 1e300, "\0", "2024-11", "2024-11\n", "1"]
    ),
    st.just([]),
    st.just({}),
    st.text(max_size=3).filter(lambda text: text.isprintable()),
)
RECORDS = st.dictionaries(st.sampled_from(["name", "version", "released", "rank", "other"]), SCALARS, max_size=4)


@settings(max_examples=300)
@given(st.lists(RECORDS | SCALARS, min_size=1, max_size=4))
@example([{"name": "a", "version": "x" * 65_537}])
@example([{"name": "a", "version": None, "released": None, "rank": 2**63 - 1}])
def test_a_record_is_accepted_when_a_post_of_it_would_be(records: list[Any]) -> None:
    assert columns_of(PACKAGES) is not None
    texts = [json.dumps(record).encode() for record in records]
    found = Validator(PACKAGES).of_json(Texts(range(len(texts)), texts))
    expected = {line: values for line, text in enumerate(texts) if (values := posted(PACKAGES, text)) is not None}
    assert dict(zip(found.lines, map(list, found.rows), strict=True)) == expected
    assert sorted([*found.lines, *(each.line for each in found.refused)]) == list(range(len(texts)))
    for row, values in zip(found.rows, expected.values(), strict=True):
        assert [*map(type, row)] == [*map(type, values)]


def posted(declaration: Declaration, text: bytes) -> list[Any] | None:
    try:
        return list(to_values(declaration, decode(text)).values())
    except Problem:
        return None


CELLS = st.one_of(
    NAMES, st.sampled_from(["", "1", "0", "01", "-1", "1.0", "1e2", "2024-11", "\0", "9" * 19, "x,y", "٣"])
)


@pytest.mark.slow
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(CELLS, min_size=3, max_size=5) | st.just([]), max_size=4))
@example([["", "a", "", "a"]])
@example([["1", "a", "2024-11", "1.0"], ["", "b", "", "2"]])
def test_cells_are_read_by_columns_as_they_are_one_by_one(rows: list[list[str]]) -> None:
    from restwell.files.separated import QuotedRows  # beside the one test that makes such rows

    quick, slow = Validator(PACKAGES), Validator(PACKAGES)
    slow._columns = None
    header = quick.check_header(["rank", "name", "released", "version"])
    records = QuotedRows(list(range(len(rows))), rows)
    found = [json.dumps(each.of_csv(header, records)) for each in (quick, slow)]  # tuples are lists there
    assert found[0] == found[1]


IMPORT = """
import sys
from pathlib import Path
from restwell.files import import_rows
from tests.restwell.files.declared import PACKAGES, store_of

def tell(done, size):
    print(done, flush=True)

with store_of(sys.argv[1], PACKAGES) as store:
    import_rows(store, PACKAGES, Path(sys.argv[2]), progress=tell)
    print("done", flush=True)
    sys.stdin.read()
"""


@pytest.mark.slow
@pytest.mark.parametrize("there", [0, 1])
def test_an_import_that_is_killed_leaves_nothing(database_url: str, tmp_path: Path, there: int) -> None:
    path = write_to(tmp_path / "a.csv", "name\n" + "".join(f"p{number}\n" for number in range(100_000)))
    with store_of(database_url, PACKAGES) as store:
        if there:
            import_rows(store, PACKAGES, write_to(tmp_path / "b.csv", "name\nthere\n"))
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-c", IMPORT, database_url, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
            assert process.stdout is not None
            said = [process.stdout.readline() for _ in range(3)]
            process.send_signal(signal.SIGKILL)
        assert said[-1].strip().isdigit()
        assert len(rows_of(store)) == there
        assert import_rows(store, PACKAGES, path).rows == 100_000
