"""Models in DuckDB over HTTP: what is read of them is what is read of others, and nothing is written."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from hypothesis import HealthCheck, given, settings
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from restwell import Api, Field, Resource, Source, public, scope
from restwell.model.errors import DeclarationError
from restwell.storage.schema import SchemaMismatch
from tests.api import HAL, HAL_FORMS, JSON, JSON_LD, Client, Colour, Served, is_problem, parse_links, serving
from tests.conformance.test_query import (
    COLUMNS,
    SORTS,
    Row,
    in_order,
    pages,
    queries_of_samples,
    rows_of_samples,
    same_order,
)
from tests.conftest import StartServer
from tests.modelled import model_at


class Base(DeclarativeBase):
    pass


class Sample(Base):
    """A column of every type that a query can name."""

    __tablename__ = "samples"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    label: Mapped[str | None]
    amount: Mapped[int | None] = mapped_column(sa.BigInteger)
    weight: Mapped[float | None] = mapped_column(sa.Double)
    good: Mapped[bool | None]
    price: Mapped[Decimal | None] = mapped_column(sa.Numeric(12, 4))
    day: Mapped[date | None]
    moment: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    code: Mapped[UUID | None]
    colour: Mapped[Colour | None] = mapped_column(sa.Enum(Colour, values_callable=lambda cls: [e.value for e in cls]))
    site: Mapped[str | None]


class Lowered(sa.types.TypeDecorator[Any]):
    """An enum of an application's own."""

    impl = sa.Enum
    cache_ok = True


class Trip(Base):
    """A ride of a taxi."""

    __tablename__ = "trips"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    zone: Mapped[str] = mapped_column(sa.String(40))
    fare: Mapped[Decimal | None] = mapped_column(sa.Numeric(8, 2))


TRIPS = (
    "INSERT INTO trips VALUES (1, 'Harlem', 12.50), (2, 'SoHo', NULL), (3, 'Straße', 7.00), (4, '100%_\\', 9.90), "
    "(5, 'soho', 7)"
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Give a file with trips, which nobody has open."""
    path = tmp_path / "trips.duckdb"
    engine = sa.create_engine(f"duckdb:///{path}")
    Base.metadata.create_all(engine, [Base.metadata.tables["trips"]])
    with engine.begin() as connection:
        connection.exec_driver_sql(TRIPS)
    engine.dispose()
    return path


@pytest.fixture
def engine(file: Path) -> Iterator[sa.Engine]:
    made = sa.create_engine(f"duckdb:///{file}", connect_args={"read_only": True})
    yield made
    made.dispose()


@pytest.fixture
def trips(engine: sa.Engine) -> Iterator[Served]:
    with serving(model_at("/trips", Trip, write=None), database=None, engine=engine) as served:
        yield served


# What is found, and in which order.


class Filled:
    """Samples in a DuckDB in memory, and the same rows in Python."""

    def __init__(self, served: Served, engine: sa.Engine) -> None:
        self.served, self.engine = served, engine

    def fill(self, rows: list[Row]) -> None:
        table = Base.metadata.tables["samples"]
        with self.engine.begin() as connection:
            connection.execute(sa.delete(table))
            if rows:
                connection.execute(sa.insert(table), [{**row, "colour": _colour(row)} for row in rows])

    def numbers(self, parameters: list[tuple[str, str]], size: int) -> list[int]:
        """The rows that are given, page by page."""
        target = "/samples?" + urlencode([*parameters, ("limit", str(size))])
        walked = list(pages(self.served, target))
        assert all(len(page) == size for page in walked[:-1])
        found = [row["number"] for page in walked for row in page]
        assert self.served.send("GET", target).json()["totalItems"] == len(found)
        return found


def _colour(row: Row) -> Colour | None:
    return None if row["colour"] is None else Colour(row["colour"])


@pytest.fixture(scope="module")
def filled() -> Iterator[Filled]:
    engine = sa.create_engine("duckdb:///:memory:", poolclass=sa.StaticPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("SET TimeZone = 'America/New_York'")
        connection.exec_driver_sql("CREATE TYPE colour AS ENUM ('red', 'green', 'blue')")
        connection.execute(sa.schema.CreateTable(Base.metadata.tables["samples"]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("restwell.storage.duckdb.given.UNBOUNDED", 5.0)  # of a machine that others use
        with serving(model_at("/samples", Sample, write=None), database=None, engine=engine) as served:
            yield Filled(served, engine)
    engine.dispose()


@pytest.mark.slow
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(rows=rows_of_samples, queries=queries_of_samples)
def test_orders_and_filters_are_those_of_the_model(
    filled: Filled, rows: list[Row], queries: list[tuple[list[str], list[Any], int]]
) -> None:
    filled.fill(rows)
    for sort, wanted, size in queries:
        parameters = [(name, value) for name, value, _ in wanted]
        if sort:
            parameters.append(("sort", ",".join(sort)))
        found = filled.numbers(parameters, size)
        kept = [row for row in rows if all(test(row) for _, _, test in wanted)]
        if any("[ne]" in name for name, _ in parameters):
            unsaid = {
                row["number"] for row in rows if any(row[name.partition("[")[0]] is None for name, _, _ in wanted)
            }
            kept = [row for row in kept if row["number"] not in unsaid]
            found = [number for number in found if number not in unsaid]
        assert same_order(found, in_order(kept, sort or ["number"]), sort), (parameters, found)


@pytest.mark.slow
def test_every_sort_over_equal_and_missing_values(filled: Filled) -> None:
    rows: list[Row] = [
        dict.fromkeys(COLUMNS)
        | {
            "number": number,
            "label": [None, "a", "b"][number % 3],
            "amount": [None, 1, 2, 2][number % 4],
            "good": [None, True, False][number // 3 % 3],
            "price": [None, Decimal("9.5"), Decimal("10.5")][number // 2 % 3],
            "moment": [None, datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=number % 3)][number // 5 % 2],
            "colour": [None, "red", "blue", "green"][number % 4],
        }
        for number in [5, 3, 8, 1, 0, 11, 2, 9, 4, 10, 7, 6, 12, 14, 13, 17, 16, 15]
    ]
    filled.fill(rows)
    for sort in SORTS:
        parameters = [("sort", ",".join(sort))] if sort else []
        whole = filled.numbers(parameters, 100)
        assert same_order(whole, in_order(rows, sort or ["number"]), sort), sort
        for size in (1, 7):
            assert filled.numbers(parameters, size) == whole, (sort, size)


@pytest.mark.parametrize(
    "text, ids",
    [
        ("zone[icontains]=SOHO", [2, 5]),
        ("zone[icontains]=STRASSE", []),
        ("zone[icontains]=straße", [3]),
        ("zone[contains]=%25_\\", [4]),
        ("zone[starts]=So", [2]),
        ("fare=7", [3, 5]),
        ("fare[exists]=false", [2]),
        ("fare[in]=7.00,9.9", [3, 4, 5]),
        ("sort=-fare,zone", [2, 1, 4, 3, 5]),
    ],
)
def test_filters_of_texts_and_decimals(trips: Served, text: str, ids: list[int]) -> None:
    answer = trips.send("GET", f"/trips?{text}", accept=JSON)
    assert [row["id"] for row in answer.json()["trips"]] == ids


def test_a_number_that_duckdb_cannot_compare_is_400(trips: Served) -> None:
    answer = trips.send("GET", f"/trips?fare={'1' * 45}", accept=JSON)
    assert is_problem(answer, 400)
    assert is_problem(trips.send("GET", f"/trips?id={2**63}", accept=JSON), 400)


class Wide(Base):
    """What is sorted and compared in ways of DuckDB's own."""

    __tablename__ = "wide"
    name: Mapped[str] = mapped_column(primary_key=True)
    other: Mapped[str]
    huge: Mapped[Decimal] = mapped_column(sa.Numeric(39, 0))
    small: Mapped[float]
    mood: Mapped[Colour] = mapped_column(Lowered(Colour, values_callable=lambda cls: [e.value for e in cls]))


WIDE = """
CREATE TYPE colour AS ENUM ('red', 'green', 'blue');
CREATE TABLE wide (
    name VARCHAR COLLATE NOCASE PRIMARY KEY, other VARCHAR COLLATE NOCASE, huge HUGEINT, small FLOAT, mood colour
);
INSERT INTO wide VALUES
    ('Ada', 'x', 170141183460469231731687303715884105727, 0.1, 'red'), ('bob', 'X', 5, 0.2, 'green'),
    ('Cy', 'y', 170141183460469231731687303715884105726, 0.3, 'blue'), ('dee', 'Y', -1, 0.1, 'blue')
"""


@pytest.fixture
def wide() -> Iterator[Served]:
    engine = sa.create_engine("duckdb:///:memory:", poolclass=sa.StaticPool)
    with engine.begin() as connection:
        connection.exec_driver_sql(WIDE)
    with serving(model_at("/wide", Wide, write=None), database=None, engine=engine) as served:
        yield served
    engine.dispose()


@pytest.mark.parametrize(
    "text, names",
    [
        ("sort=other", ["Ada", "bob", "Cy", "dee"]),
        ("sort=-other", ["dee", "Cy", "bob", "Ada"]),
        ("other=X", ["Ada", "bob"]),
        ("sort=huge", ["dee", "bob", "Cy", "Ada"]),
        ("huge=170141183460469231731687303715884105726", ["Cy"]),
        ("sort=mood", ["Cy", "dee", "bob", "Ada"]),
        ("mood=green", ["bob"]),
        ("small=0.10000000149011612", ["Ada", "dee"]),
    ],
)
def test_pages_go_on_where_the_one_before_ended(wide: Served, text: str, names: list[str]) -> None:
    for size in (1, 3):
        assert [row["name"] for page in pages(wide, f"/wide?{text}&limit={size}") for row in page] == names


def test_the_stored_spelling_is_the_one_uri(wide: Served) -> None:
    assert wide.send("GET", "/wide/Ada", accept=JSON).json()["small"] == 0.10000000149011612
    answer = wide.send("GET", "/wide/ada", accept=JSON)
    assert (answer.status, answer["location"]) == (308, "http://localhost/wide/Ada")


# Items, in every format.


def test_an_item_and_a_page_have_a_tag_that_stays(trips: Served) -> None:
    for target in ("/trips/1", "/trips?sort=fare"):
        answer = trips.send("GET", target, accept=JSON)
        assert answer.status == 200
        assert trips.send("GET", target, {"If-None-Match": answer["etag"]}, accept=JSON).status == 304
        assert trips.send("HEAD", target, accept=JSON)["etag"] == answer["etag"]
        assert answer.get("last-modified") is None
    assert trips.send("GET", "/trips/1", accept=JSON).json() == {"id": 1, "zone": "Harlem", "fare": "12.50"}
    assert is_problem(trips.send("GET", "/trips/9"), 404)


@pytest.mark.parametrize("accept", [JSON, JSON_LD, HAL, HAL_FORMS, "text/html"])
def test_every_format_has_it(trips: Served, accept: str) -> None:
    for target in ("/trips/1", "/trips?limit=2", "/"):
        assert trips.send("GET", target, accept=accept).status == 200


def test_what_describes_it_has_no_change(trips: Served) -> None:
    operations = trips.send("GET", "/openapi.json").json()["paths"]
    assert {method for path in operations.values() for method in path} & {"post", "put", "patch", "delete"} == set()
    for method in ("PUT", "PATCH", "DELETE"):
        assert trips.send(method, "/trips/1", content={}).status == 405
    assert trips.send("GET", "/health/ready").status == 200


def test_a_query_is_served_as_a_model_is(engine: sa.Engine) -> None:
    by_zone = sa.select(
        sa.func.lower(Trip.zone).label("zone"), sa.func.count().label("trips"), sa.func.sum(Trip.id).label("ids")
    ).group_by(sa.func.lower(Trip.zone))

    class Zone(Resource):
        """How many trips end there."""

        zone: str = Field(identity=True)
        trips: int
        ids: int

    with serving(
        lambda api: api.resource("/zones", query=by_zone, read=public())(Zone), database=None, engine=engine
    ) as served:
        rows = served.send("GET", "/zones?trips[gt]=1", accept=JSON).json()["zones"]
        assert rows == [{"zone": "soho", "trips": 2, "ids": 7}]
        assert served.send("GET", "/zones/soho", accept=JSON).json()["trips"] == 2


def test_a_query_that_compares_with_an_enum_and_members_that_are_computed(filled: Filled) -> None:
    filled.fill([{**dict.fromkeys(COLUMNS), "number": 1, "colour": "red", "price": Decimal("1.5")}])

    class Red(Resource):
        """A sample that is red."""

        number: int = Field(identity=True)
        price: Decimal
        twice: Decimal = Field(sql=lambda row: row.price * 2)

    reds = sa.select(Sample.number, Sample.price).where(Sample.colour == Colour.RED)
    with serving(
        lambda api: api.resource("/reds", query=reds, read=public())(Red), database=None, engine=filled.engine
    ) as served:
        [row] = served.send("GET", "/reds?price=1.5", accept=JSON).json()["reds"]
        assert (row["number"], row["price"], Decimal(row["twice"])) == (1, "1.5000", Decimal(3))


def test_a_file_that_somebody_writes_is_503_until_it_is_closed(file: Path, engine: sa.Engine) -> None:
    writing = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    program = [sys.executable, "-c", writing, str(file)]
    with (
        serving(model_at("/trips", Trip, write=None), database=None, engine=engine) as served,
        subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child,
    ):
        assert child.stdout is not None
        assert child.stdout.readline() == b"held\n"
        for target in ("/trips/1", "/health/ready"):
            answer = served.send("GET", target)
            assert is_problem(answer, 503)
            assert answer.get("retry-after") is not None
        child.communicate()
        end = time.monotonic() + 20  # the store is opened by a thread
        while served.send("GET", "/trips/1").status == 503 and time.monotonic() < end:
            time.sleep(0.05)
        assert served.send("GET", "/trips/1").status == 200


class Own(Resource):
    """A note."""

    name: str = Field(identity=True)


class Held(Source):
    """Notes in memory."""

    def __init__(self) -> None:
        self.items: list[dict[str, Any]] = []

    def all(self) -> list[dict[str, Any]]:
        return self.items

    def create(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        self.items.append(dict(values))
        return values


def test_a_source_beside_it_is_written(engine: sa.Engine) -> None:
    with serving(
        model_at("/trips", Trip, write=None),
        lambda api: api.resource("/own", source=Held(), read=public(), create=public())(Own),
        database=None,
        engine=engine,
    ) as served:
        assert served.send("POST", "/own", content={"name": "a"}).status == 201
        assert served.send("GET", "/own/a", accept=JSON).json() == {"name": "a"}
        assert served.send("GET", "/trips/1").status == 200


# What is refused at the start.


@pytest.mark.parametrize("rule", ["write", "create", "update", "delete"])
def test_a_rule_for_a_change_is_refused_by_name(engine: sa.Engine, rule: str) -> None:
    with (
        pytest.raises(DeclarationError, match=r"Trip at /trips has a rule for \w+, and DuckDB is only read") as told,
        serving(model_at("/trips", Trip, **{"write": None, rule: public()}), database=None, engine=engine) as served,
    ):
        served.send("GET", "/trips")
    assert "take it away" in str(told.value)


def test_a_resource_of_its_own_is_refused_by_name(engine: sa.Engine) -> None:
    with (
        pytest.raises(DeclarationError, match=r"Own at /own would have a table of its own in DuckDB"),
        serving(lambda api: api.resource("/own", read=public())(Own), database=None, engine=engine) as served,
    ):
        served.send("GET", "/own")


def test_keys_need_a_database_that_is_written(engine: sa.Engine) -> None:
    with (
        pytest.raises(SchemaMismatch, match="DuckDB is only read: keys, outboxes"),
        serving(model_at("/trips", Trip, read=scope("trips"), write=None), database=None, engine=engine) as served,
    ):
        served.send("GET", "/trips")


# Beside a database that is written.


class Note(Base):
    """What somebody has noted, elsewhere."""

    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]


def test_keys_of_another_engine_open_what_is_in_duckdb(engine: sa.Engine, tmp_path: Path) -> None:
    main = sa.create_engine(f"sqlite:///{tmp_path}/main.db")
    Base.metadata.create_all(main, [Base.metadata.tables["notes"]])
    with serving(
        model_at("/notes", Note, write=scope("notes")),
        model_at("/trips", Trip, read=scope("trips"), write=None),
        database=None,
        engine={Base: main, Trip: engine},
    ) as served:
        key = served.key("trips:read", "notes:write")
        assert is_problem(served.send("GET", "/trips/1"), 401)
        assert served.send("GET", "/trips/1", key=key, accept=JSON).json()["zone"] == "Harlem"
        assert served.send("POST", "/notes", content={"text": "x"}, key=key).status == 201
        assert served.send("GET", "/health/ready").status == 200
    main.dispose()


def test_a_session_of_flask_sqlalchemy_is_read_within_its_transaction(file: Path) -> None:
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = f"duckdb:///{file}"
    db = SQLAlchemy(app, model_class=Base)
    api = Api(app)
    api.resource("/trips", model=Trip, read=public())
    client = Client(app.wsgi_app)
    with app.app_context():
        db.session.execute(sa.text("DELETE FROM trips WHERE id > 1"))
        assert len(client.send("GET", "/trips", accept=JSON).json()["trips"]) == 1
        db.session.rollback()
        assert len(client.send("GET", "/trips", accept=JSON).json()["trips"]) == 5
        db.engine.dispose()


APPLICATION = """
import sqlalchemy as sa
from flask import Flask

from restwell import Api, public

app = Flask(__name__)
api = Api(app)
columns = sa.Column("id", sa.Integer, primary_key=True), sa.Column("zone", sa.String)
api.resource("/trips", model=sa.Table("trips", sa.MetaData(), *columns), read=public())
"""


@pytest.mark.slow
def test_workers_read_the_file_that_a_url_names_and_take_the_cursors_of_the_others(
    start_server: StartServer, file: Path, tmp_path: Path
) -> None:
    (tmp_path / "rides.py").write_text(APPLICATION)
    server = start_server("rides:app", "--database", f"duckdb:///{file}", "--workers", "2")
    for _ in range(10):
        found, target = [], f"{server.url}/trips?sort=-zone&limit=1"
        while target:
            request = urllib.request.Request(target, headers={"Accept": JSON})
            with urllib.request.urlopen(request, timeout=30) as answer:
                found += [row["id"] for row in json.load(answer)["trips"]]
                following = [link for link in parse_links(answer.headers["Link"]) if "next" in link.relations]
            target = following[0].target if following else ""
        assert found == [5, 3, 2, 1, 4]
    assert server.stop() == 0
