"""Law (f): what is exported and imported again is the same rows, in every format and on both databases.

A field of every kind, required or with a default or a factory, nullable or not; texts that csv, JSON and the
databases have to escape; and what a table holds, not what is shown of it.
"""

import enum
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, HttpUrl, create_model

from restwell.content import decode, to_values
from restwell.data.layout import Layout
from restwell.files import export_rows, import_rows, write_file
from restwell.model.declare import declare
from restwell.model.fields import Field
from restwell.model.policy import public
from restwell.model.resource import Declaration, Resource
from restwell.storage.engine import Store
from restwell.storage.loading import Loading
from tests.laws import examples
from tests.laws.examples import law_settings


class Size(enum.Enum):
    SMALL = "small"
    NUMBER = "12"


class Maker(BaseModel):
    """Members with each way to be absent."""

    title: str
    since: date | None = None
    seen: datetime | None = None
    lang: str | None = "en"
    prices: list[Decimal] = []


ODD = [
    "", " ", "null", "NULL", "\\N", "\\.", "007", "1e5", "true", "-1", '"', '""', '"a"', ",", ";", "\t", "a,b;c",
    "=1+1", "+1", "-1+2", "@SUM(A1)", "a\r\nb", "\n", "\r", "\n\n", "\u2028", "\u2029", "\x85", "\x0b", "\x1a",
    "\x1f", "\ufeff", "\ufeffa", "sep=;", "\U0001f40d", "é", " x ", "'", '","', '",""', '\n"",', "\\", "{}", "[",
    "#", "--", "0x1F",
]  # fmt: skip
TEXTS = st.sampled_from(ODD) | st.text(
    st.sampled_from("ab01 ,;\"'\n\r\t\\N\u2028\ufeff\x85\x1a=\U0001f40d{}[]:"), max_size=6
)
INTEGERS = st.sampled_from([0, -1, 2**53, 2**53 + 1, 2**63 - 1, -(2**63)]) | st.integers(-(2**63), 2**63 - 1)
FLOATS = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0.0, -0.0, 1e16, 1e-7, 5e-324, 1e300])
DECIMALS = st.decimals(-(10**9), 10**9, allow_nan=False, places=3).map(lambda number: f"{number:f}") | (
    st.sampled_from(["0", "0.00", "1.50", "123456789012345678901234567890.123", f"0.{'0' * 20}1", f"1{'0' * 30}"])
)
MOMENTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)).map(lambda moment: f"{moment.isoformat()}Z") | (  # noqa: DTZ001 - the Z is put behind
    st.sampled_from(["2026-01-31T12:00:00.5+02:00", "2026-01-31T12:00:00.000001Z", "0999-12-31T23:59:59Z"])
)
DATES = st.dates().map(str)
JSON = st.recursive(
    st.none() | st.booleans() | INTEGERS | FLOATS.filter(lambda number: number != 0) | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)
MAKERS = st.fixed_dictionaries(
    {"title": TEXTS},
    optional={
        "since": st.none() | DATES,
        "seen": st.none() | MOMENTS,
        "lang": st.none() | TEXTS,
        "prices": st.lists(DECIMALS, max_size=2),
    },
)
SIMPLE: dict[str, tuple[Any, Any, st.SearchStrategy[Any]]] = {
    "text": (str, "untitled", TEXTS),
    "integer": (int, 7, INTEGERS),
    "number": (float, 1.5, FLOATS),
    "flag": (bool, True, st.booleans()),
}
OTHER: dict[str, tuple[Any, Any, st.SearchStrategy[Any]]] = {
    "decimal": (Decimal, Decimal("9.50"), DECIMALS),
    "day": (date, date(2020, 1, 1), DATES),
    "moment": (datetime, datetime(2020, 1, 1, tzinfo=UTC), MOMENTS),
    "uuid": (UUID, UUID(int=7), st.uuids().map(str)),
    "url": (HttpUrl, HttpUrl("https://example.org/"), st.sampled_from(["https://a.example/b?c=d,e#f", "http://b/"])),
}
CHOSEN: dict[str, tuple[Any, Any, st.SearchStrategy[Any]]] = {
    "colour": (Literal["red", "", "007"], "red", st.sampled_from(["red", "", "007"])),
    "stars": (Literal[1, 2, -3], 1, st.sampled_from([1, 2, -3])),
    "size": (Size, Size.SMALL, st.sampled_from(["small", "12"])),
    "text": (str, "untitled", TEXTS),
}
NESTED: dict[str, tuple[Any, Any, st.SearchStrategy[Any]]] = {
    "tags": (list[str], ["a"], st.lists(TEXTS, max_size=3)),
    "numbers": (list[float | None], [1.0], st.lists(st.none() | FLOATS, max_size=2)),
    "maker": (Maker, Maker(title="a"), MAKERS),
    "extra": (Any, {"a": None}, JSON),
    "more": (dict, {"a": 1}, st.dictionaries(TEXTS, JSON, max_size=2)),
}


def members_of(name: str, annotation: Any, default: Any) -> dict[str, Any]:
    """The members that one kind has: required or not, nullable or not, with each sort of default."""
    return {
        name: (annotation, ...),
        f"{name}_or_null": (annotation | None, ...),
        f"{name}_default": (annotation, default),
        f"{name}_absent": (annotation | None, None),
        f"{name}_either": (annotation | None, default),
        f"{name}_made": (annotation, Field(default_factory=lambda: default)),
        f"{name}_made_or_null": (annotation | None, Field(default_factory=lambda: default)),
        f"{name}_fixed": (annotation | None, Field(default, read_only=True)),
    }


def declared(name: str, kinds: dict[str, tuple[Any, Any, Any]], *, plain: bool = False) -> Declaration:
    members = {
        member: value
        for kind, (annotation, default, _) in kinds.items()
        for member, value in members_of(kind, annotation, default).items()
        if not (plain and "made" in member)  # so that rows are looked at column by column
    }
    model = create_model(name, __base__=Resource, id=(str, Field(identity=True)), **members)
    return declare(model, f"/{name.lower()}", read=public())


def rows_for(declaration: Declaration, kinds: dict[str, tuple[Any, Any, Any]]) -> st.SearchStrategy[list[Any]]:
    values = {}
    for spec in declaration.fields[1:]:
        strategy = kinds[spec.name.partition("_")[0]][2]
        values[spec.name] = strategy | st.none() if spec.nullable else strategy
    required = {spec.name: values[spec.name] for spec in declaration.fields[1:] if spec.required}
    optional = {name: values[name] for name in values if name not in required}
    return st.lists(st.fixed_dictionaries(required, optional=optional), min_size=1, max_size=2)


TABLES = [
    (declared("Plain", SIMPLE, plain=True), SIMPLE),
    (declared("Simple", SIMPLE), SIMPLE),
    (declared("Others", OTHER), OTHER),
    (declared("Chosen", CHOSEN), CHOSEN),
    (declared("Nested", NESTED), NESTED),
]
EXAMPLES = st.one_of([st.tuples(st.just(declaration), rows_for(declaration, kinds)) for declaration, kinds in TABLES])
NAMES = ["a.csv", "a.json", "a.ndjson", "a.csv.gz", "a.json.gz", "a.ndjson.gz"]


@pytest.fixture(scope="module")
def stores(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Callable[[str], Store]]:
    """Give a store of each database, made when it is first asked for."""
    opened: dict[str, Store] = {}
    with ExitStack() as stack:

        def url_of(kind: str) -> str:
            if kind == "sqlite":
                return f"sqlite:///{tmp_path_factory.mktemp('law') / 'law.db'}"
            server = request.getfixturevalue("postgres_server")
            name = server.take_database()
            stack.callback(server.give_back_database, name)
            return str(server.url(name))

        def store(kind: str) -> Store:
            if kind not in opened:
                opened[kind] = Store.open(url_of(kind), [declaration for declaration, _ in TABLES])
                stack.callback(opened[kind].close)
            return opened[kind]

        yield store


def fill(store: Store, declaration: Declaration, rows: list[dict[str, Any]]) -> None:
    """Put rows into a table that was emptied: as POSTs of them would, and past every file."""
    values = []
    for number, posted in enumerate(rows):
        row = decode(json.dumps(posted).encode())  # 1.0 is 1 in JSON, also where any value may stand
        fixed = {
            spec.name: row[spec.name] for spec in declaration.fields if spec.marks.read_only and spec.name in row
        }
        values.append(list(to_values(declaration, {"id": f"r{number}", **row}, fixed=fixed).values()))
    with store.driver.transaction(unhurried=True) as connection:
        connection.execute(f"DELETE FROM {declaration.slug}")
        Loading(store.driver, store.statements[declaration], connection).add_all(values)


def held(store: Store, declaration: Declaration) -> str:
    """What a table holds; as text, since 1, 1.0 and True are equal to Python."""
    return repr([declaration.compiled[Layout].values(row) for rows in store.stream(declaration) for row in rows])


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
@pytest.mark.timeout(120 + 3 * examples.EXAMPLES)
@law_settings()
@given(case=EXAMPLES, name=st.sampled_from(NAMES))
def test_what_is_exported_and_imported_is_the_same_rows(
    stores: Callable[[str], Store], database: str, case: tuple[Declaration, list[dict[str, Any]]], name: str
) -> None:
    declaration, rows = case
    store = stores(database)
    fill(store, declaration, rows)
    before = held(store, declaration)
    with tempfile.TemporaryDirectory() as folder:
        with write_file(Path(folder, name)) as (out, form):
            export_rows(store, declaration, out, form)
        fill(store, declaration, [])
        import_rows(store, declaration, Path(folder, name))
    assert held(store, declaration) == before
