"""What an export looks like, and that an import of it makes the same rows."""

import io
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import field_validator

from restwell import Field, Resource, public
from restwell.files import Format, export_rows, import_rows
from restwell.model.declare import declare
from restwell.model.durations import duration_of
from restwell.storage.engine import Store
from tests.restwell.files.declared import PACKAGES, THINGS, rows_of, store_of, write_to

FORMATS: list[Format] = ["csv", "json", "ndjson"]
ROWS: list[dict[str, Any]] = [
    {"name": "Flask", "version": "3.1", "released": "2024-11", "rank": 7},
    {"name": "bottle"},
    {"name": "x", "version": 'a,"b"\r\nc'},
]
FLASK = '{"name":"Flask","version":"3.1","released":"2024-11","rank":7}'
BOTTLE = '{"name":"bottle"}'
AWKWARD_ONE = r'{"name":"x","version":"a,\"b\"\r\nc"}'


def fill(store: Store, path: Path, rows: list[dict[str, Any]]) -> None:
    import_rows(store, PACKAGES, write_to(path / "rows.json", json.dumps(rows)))


@pytest.mark.parametrize(
    "form, expected",
    [
        ("csv", 'name,version,released,rank\r\nFlask,3.1,2024-11,7\r\nbottle,,,\r\nx,"a,""b""\r\nc",,\r\n'),
        (
            "json",
            f'{{"packages": [\n{FLASK},\n{BOTTLE},\n{AWKWARD_ONE}\n]}}\n',
        ),
        (
            "ndjson",
            f"{FLASK}\n{BOTTLE}\n{AWKWARD_ONE}\n",
        ),
    ],
)
def test_rows_are_written_in_the_order_of_their_numbers(
    database_url: str, tmp_path: Path, form: Format, expected: str
) -> None:
    out = io.BytesIO()
    with store_of(database_url, PACKAGES) as store:
        fill(store, tmp_path, ROWS)
        assert export_rows(store, PACKAGES, out, form) == 3
    assert out.getvalue().decode() == expected


@pytest.mark.parametrize(
    "form, expected", [("csv", b"name,version,released,rank\r\n"), ("json", b'{"packages": [\n]}\n'), ("ndjson", b"")]
)
def test_an_empty_table_is_written_too(sqlite_url: str, tmp_path: Path, form: Format, expected: bytes) -> None:
    out = io.BytesIO()
    with store_of(sqlite_url, PACKAGES) as store:
        assert export_rows(store, PACKAGES, out, form) == 0
        assert out.getvalue() == expected
        assert import_rows(store, PACKAGES, write_to(tmp_path / f"a.{form}", expected)).rows == 0


@pytest.mark.parametrize("form", FORMATS)
def test_progress_counts_rows_up_to_all_of_them(sqlite_url: str, tmp_path: Path, form: Format) -> None:
    told: list[tuple[int, int]] = []
    with store_of(sqlite_url, PACKAGES) as store:
        fill(store, tmp_path, [{"name": f"p{number}"} for number in range(2500)])
        export_rows(store, PACKAGES, io.BytesIO(), form, progress=lambda *done: told.append(done))
    assert told == [(1000, 2500), (2000, 2500), (2500, 2500)]


AWKWARD = st.text(
    st.sampled_from("ab01 ,;\"'\n\r\t\\N\u00e9\u2028\ufeff\U0001f40d{}[]=\x0b\x1f"), min_size=1, max_size=6
)
NAMES = st.text(st.sampled_from("aB0_~-"), min_size=1, max_size=5)
PACKAGE = st.fixed_dictionaries(
    {"name": NAMES},
    optional={
        "version": AWKWARD | st.sampled_from(["null", "\\N", "NULL", "007", "true", "1e5", "\ufeff"]),
        "released": st.just("2024-01"),
        "rank": st.integers(1, 2**63 - 1),
    },
)
THING = st.fixed_dictionaries(
    {"id": st.uuids().map(str), "title": AWKWARD | st.just(""), "size": st.none() | st.integers(-(2**63), 2**63 - 1)},
    optional={
        "note": AWKWARD,
        "weight": st.floats(allow_nan=False, allow_infinity=False),
        "good": st.booleans(),
        "price": st.decimals(
            allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9
        ).map(str),
        "day": st.dates().map(str),
        "opens": st.times().map(lambda opens: opens.isoformat()),
        "spot": st.tuples(st.integers(0, 9), AWKWARD).map(list),
        "names": st.sets(AWKWARD, max_size=3).map(sorted),
        "owner": st.fixed_dictionaries({"kind": st.just("firm"), "title": AWKWARD}),
        "lasts": st.integers(-(2**63), 2**63 - 1).map(duration_of),
        "moment": st.datetimes().map(lambda moment: f"{moment.isoformat()}Z"),
        "home": st.sampled_from(["https://example.org/", "http://a.example/b?c=d,e#f"]),
        "colour": st.sampled_from(["red", "blue"]),
        "stars": st.sampled_from([1, 2, 3]),
        "tags": st.lists(AWKWARD | st.just(""), max_size=3),
        "maker": st.fixed_dictionaries({"title": AWKWARD}, optional={"since": st.dates().map(str)}),
        "extra": st.recursive(
            st.booleans() | st.integers(-5, 5) | AWKWARD | st.just(""),
            lambda inner: st.lists(inner, max_size=2) | st.dictionaries(AWKWARD, inner, max_size=2),
            max_leaves=4,
        ),
        "made": st.integers(0, 9),
    },
)


def there_and_back(url: str, rows: list[dict[str, Any]], declaration: Any, form: Format) -> tuple[Any, Any]:
    """The rows of a store, and those of it after it was exported, emptied and imported into."""
    with tempfile.TemporaryDirectory() as folder, store_of(url, declaration) as store:
        path = Path(folder, f"a.{form}")
        empty(store, declaration.slug)
        import_rows(store, declaration, write_to(Path(folder, "rows.json"), json.dumps(rows)))
        before = rows_of(store, declaration)
        with path.open("wb") as out:
            export_rows(store, declaration, out, form)
        empty(store, declaration.slug)
        import_rows(store, declaration, path)
        return before, rows_of(store, declaration)


def empty(store: Store, table: str) -> None:
    with store.driver.transaction() as connection:
        connection.execute(f"DELETE FROM {table}")


@settings(max_examples=40)
@given(rows=st.lists(PACKAGE, max_size=5, unique_by=lambda row: row["name"]), form=st.sampled_from(FORMATS))
def test_packages_come_back_as_they_were(rows: list[dict[str, Any]], form: Format) -> None:
    before, after = there_and_back("sqlite://", rows, PACKAGES, form)
    assert after == before == rows


@pytest.mark.slow
@settings(max_examples=60)
@given(rows=st.lists(THING, max_size=3, unique_by=lambda row: row["id"]), form=st.sampled_from(FORMATS))
def test_things_of_every_kind_come_back_as_they_were(rows: list[dict[str, Any]], form: Format) -> None:
    before, after = there_and_back("sqlite://", rows, THINGS, form)
    assert after == before
    assert len(after) == len(rows)


@pytest.mark.parametrize("form", FORMATS)
def test_awkward_rows_come_back_from_postgresql(postgresql_url: str, form: Format) -> None:
    texts = ["\\N", "\\", "\\\\N", "a\tb", "a\nb", "\r", "NULL", '"', "é\U0001f40d", "\\.", " x "]
    rows = [{"name": f"p{number}", "version": text} for number, text in enumerate(texts)]
    before, after = there_and_back(postgresql_url, [*rows, {"name": "none"}], PACKAGES, form)
    assert after == before == [*rows, {"name": "none"}]


@pytest.mark.parametrize("form", FORMATS)
def test_things_come_back_from_postgresql(postgresql_url: str, form: Format) -> None:
    full = {
        "id": "0190a3b0-5d5c-7c3e-8b1a-2f6d1c9e4a70", "title": "\\N\t", "note": "a\nb", "size": None,
        "weight": 0.1, "good": True, "price": "1.50", "day": "2026-01-31", "moment": "2026-01-31T12:00:00.5Z",
        "opens": "09:30:00", "lasts": "-P1DT0.5S",
        "home": "https://example.org/", "colour": "blue", "stars": 3, "tags": ["a\\", "b\n"],
        "spot": [5, "\\N"], "names": ["a\t", "b"], "owner": {"kind": "person", "born": "2026-01-31"},
        "maker": {"title": "x\t"}, "extra": {"a": [1, "\\N"]}, "made": 5,
    }  # fmt: skip
    bare = {"id": "0190a3b0-5d5c-7c3e-8b1a-2f6d1c9e4a71", "title": "", "size": 5}
    before, after = there_and_back(postgresql_url, [full, bare], THINGS, form)
    assert after == before
    assert len(after) == 2


def test_a_null_is_written_where_leaving_it_out_would_mean_something_else(sqlite_url: str, tmp_path: Path) -> None:
    row = {"id": "0190a3b0-5d5c-7c3e-8b1a-2f6d1c9e4a70", "title": "", "size": None, "colour": None}
    out = io.BytesIO()
    with store_of(sqlite_url, THINGS) as store:
        import_rows(store, THINGS, write_to(tmp_path / "a.json", json.dumps([row])))
        export_rows(store, THINGS, out, "ndjson")
    written = json.loads(out.getvalue())
    assert {name: value for name, value in written.items() if value is None} == {"size": None, "colour": None}


def test_csv_tells_an_empty_text_from_null_as_copy_does(database_url: str) -> None:
    rows = [{"name": "a", "version": ""}, {"name": "b"}, {"name": "c", "version": '""'}]
    out = io.BytesIO()
    with store_of(database_url, PACKAGES) as store, tempfile.TemporaryDirectory() as folder:
        fill(store, Path(folder), rows)
        export_rows(store, PACKAGES, out, "csv")
    assert out.getvalue().decode() == 'name,version,released,rank\r\na,"",,\r\nb,,,\r\nc,"""""",,\r\n'
    for form in FORMATS:
        before, after = there_and_back(database_url, rows, PACKAGES, form)
        assert after == before == rows


class Account(Resource):
    """With members that clients do not see."""

    name: str = Field(identity=True)
    secret: str = Field("none", write_only=True)
    plan: str = Field("free", hidden=True)


class Reversing(Account):
    """The same, with a validator that runs again where rows are imported."""

    @field_validator("secret")
    @classmethod
    def reverse(cls, secret: str) -> str:
        return secret[::-1]


@pytest.mark.parametrize("cls", [Account, Reversing])
@pytest.mark.parametrize("form", FORMATS)
def test_what_is_only_sent_is_imported_and_never_exported(
    sqlite_url: str, tmp_path: Path, form: Format, cls: type[Resource]
) -> None:
    declared = declare(cls, "/accounts", read=public(), write=public())
    said: list[str] = []
    text = json.dumps([{"name": "ada", "secret": "hush", "plan": "paid"}])
    out = io.BytesIO()
    with store_of(sqlite_url, declared) as store:
        import_rows(store, declared, write_to(tmp_path / "rows.json", text))
        assert store.driver.read("SELECT name, secret, plan FROM accounts", ()) == [
            ("ada", "hush" if cls is Account else "hsuh", "paid")
        ]
        export_rows(store, declared, out, form, warn=said.append)
    assert "hush" not in out.getvalue().decode() + repr(said)
    assert "hsuh" not in out.getvalue().decode() + repr(said)
    assert {
        "csv": b"name,plan\r\nada,paid\r\n",
        "json": b'{"accounts": [\n{"name":"ada","plan":"paid"}\n]}\n',
        "ndjson": b'{"name":"ada","plan":"paid"}\n',
    }[form] == out.getvalue()
