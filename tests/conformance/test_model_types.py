"""Columns of every type over HTTP: what is sent is stored as the application stores it, found again, and shown."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from jsonschema import Draft202012Validator
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from tests.api import JSON, MERGE_PATCH, Served, is_problem
from tests.modelled import engine_of, model_at, serving_models

MERGE = {"Content-Type": MERGE_PATCH}
CODE = "0b2d9c1e-3f7a-4f0e-9d1c-2a5b6c7d8e9f"


class Base(DeclarativeBase):
    pass


class Status(enum.Enum):
    DRAFT = "draft"
    LIVE = "is live"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Colour(enum.Enum):
    RED = (255, 0, 0)
    BLUE = (0, 0, 255)


class Sample(Base):
    __tablename__ = "samples"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    status: Mapped[Status | None]
    level: Mapped[Level | None]
    colour: Mapped[Colour | None] = mapped_column(default=Colour.RED)
    letter: Mapped[str | None] = mapped_column(sa.Enum("a", "b", name="letters", native_enum=False))
    naive: Mapped[datetime | None]
    aware: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    day: Mapped[date | None]
    clock: Mapped[time | None]
    span: Mapped[timedelta | None]
    price: Mapped[Decimal | None] = mapped_column(sa.Numeric(10, 2))
    rate: Mapped[float | None] = mapped_column(sa.Numeric(10, 2, asdecimal=False))
    weight: Mapped[float | None]
    good: Mapped[bool | None]
    code: Mapped[str | None] = mapped_column(sa.Uuid(as_uuid=False))
    data: Mapped[Any] = mapped_column(sa.JSON().with_variant(postgresql.JSONB, "postgresql"), nullable=True)
    short: Mapped[str | None] = mapped_column(sa.String(5))
    wide: Mapped[int | None] = mapped_column(sa.BigInteger)
    made: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    double: Mapped[int | None] = mapped_column(sa.BigInteger, sa.Computed("wide * 2", persisted=True))


SENT: dict[str, Any] = {
    "status": "is live", "level": 2, "colour": "BLUE", "letter": "b", "naive": "2026-01-31T14:00:00+02:00",
    "aware": "2026-01-31T14:00:00+02:00", "day": "2026-01-31", "clock": "09:30:00", "span": "P1DT2H", "price": "12.5",
    "rate": 2.5, "weight": 0.1, "good": True, "code": CODE.upper(), "data": {"a": [1, None, "x"]}, "short": "abcde",
    "wide": 2**40,
}  # fmt: skip
SHOWN = SENT | {
    "naive": "2026-01-31T12:00:00Z", "aware": "2026-01-31T12:00:00Z", "price": "12.50", "code": CODE, "double": 2**41,
}  # fmt: skip


@pytest.fixture(params=["sqlite", "postgresql", "postgresql+psycopg", "postgresql+psycopg2"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Give the address of an empty database; one that names a library is served by an engine of it."""
    kind = request.param.partition("+")[0]
    return str(request.getfixturevalue(f"{kind}_url")).replace(kind, request.param, 1)


@pytest.fixture
def served(database_url: str) -> Iterator[Served]:
    with serving_models(Base.metadata, database_url, model_at("/samples", Sample)) as served:
        yield served


def post(served: Served, path: str, content: Any) -> tuple[str, dict[str, Any]]:
    answer = served.send("POST", path, content=content, accept=JSON)
    assert answer.status == 201, answer.body
    return answer["location"], answer.json()


def test_what_is_sent_is_shown(served: Served) -> None:
    target, shown = post(served, "/samples", SENT)
    made = {name: shown.pop(name) for name in ("id", "made")}
    assert shown == SHOWN
    assert served.send("GET", target, accept=JSON).json() == shown | made
    again = served.send(
        "PUT", target, content={k: v for k, v in (shown | made).items() if k != "double"}, accept=JSON
    )
    assert (again.status, again.json()) == (200, shown | made)


def test_the_application_sees_its_own_values(served: Served, database_url: str) -> None:
    post(served, "/samples", SENT)
    with Session(engine_of(database_url)) as session:
        found = session.scalars(sa.select(Sample)).one()
        assert (found.status, found.level, found.colour) == (Status.LIVE, Level.HIGH, Colour.BLUE)
        assert (found.naive, found.day) == (datetime(2026, 1, 31, 12), date(2026, 1, 31))  # noqa: DTZ001 - as stored
        assert (found.clock, found.span) == (time(9, 30), timedelta(days=1, hours=2))
        assert (found.price, found.weight, found.good) == (Decimal("12.50"), 0.1, True)
        assert (found.code, found.data, found.wide) == (CODE, {"a": [1, None, "x"]}, 2**40)


def test_every_value_finds_its_item(served: Served) -> None:
    _, shown = post(served, "/samples", SENT)
    post(served, "/samples", {})
    for name, value in shown.items():
        if name not in {"data", "made"}:
            text = str(value).lower() if isinstance(value, bool) else str(value)
            found = served.send("GET", f"/samples?{name}={quote(text)}", accept=JSON)
            assert found.status == 200, (name, found.body)
            assert [each["id"] for each in found.json()["samples"]] == [shown["id"]], name
            ids = served.send("GET", f"/samples?{name}[exists]=true&fields=id", accept=JSON).json()["samples"]
            assert {"id": shown["id"]} in ids


def test_everything_can_be_taken_away_again(served: Served) -> None:
    target, shown = post(served, "/samples", SENT)
    for name in SENT:
        assert served.send("PATCH", target, MERGE, {name: None}).status == 200, name
    left = served.send("GET", target, accept=JSON).json()
    assert {name: value for name, value in left.items() if value is not None} == {
        name: shown[name] for name in ("id", "made")
    }


@pytest.mark.parametrize(
    "content, member",
    [
        ({"status": "DRAFT"}, "/status"),
        ({"level": 3}, "/level"),
        ({"colour": "red"}, "/colour"),
        ({"letter": "c"}, "/letter"),
        ({"naive": "2026-01-31T14:00:00"}, "/naive"),
        ({"clock": "09:30:00+01:00"}, "/clock"),
        ({"span": "P1Y"}, "/span"),
        ({"price": "1.234"}, "/price"),
        ({"price": "123456789.00"}, "/price"),
        ({"code": "x"}, "/code"),
        ({"short": "abcdef"}, "/short"),
        ({"short": "a\0"}, "/short"),
        ({"wide": 2**63}, "/wide"),
        ({"double": 1}, "/double"),
    ],
    ids=map(str, range(14)),
)
def test_what_a_column_cannot_hold_is_refused(served: Served, content: dict[str, Any], member: str) -> None:
    answer = served.send("POST", "/samples", content=content)
    assert is_problem(answer, 422)
    assert [each["pointer"] for each in answer.json()["errors"]] == [member]


def test_the_schema_is_that_of_the_columns(served: Served) -> None:
    schema = served.send("GET", "/schemas/Sample", accept="application/schema+json").json()
    for content in ({}, SENT, {name: None for name in SENT if name != "colour"}):
        target, _ = post(served, "/samples", content)
        Draft202012Validator(schema).validate(served.send("GET", target, accept=JSON).json())


# -- what PostgreSQL alone has ------------------------------------------------------------------------------


class Lists(DeclarativeBase):
    metadata = sa.MetaData(schema="archive")


class Kept(Lists):
    """In a schema of its own."""

    __tablename__ = "kept"
    id: Mapped[int] = mapped_column(sa.Identity(always=True), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    numbers: Mapped[list[int]] = mapped_column(postgresql.ARRAY(sa.Integer), default=list)
    codes: Mapped[list[UUID] | None] = mapped_column(postgresql.ARRAY(sa.Uuid))
    days: Mapped[list[date] | None] = mapped_column(postgresql.ARRAY(sa.Date))
    prices: Mapped[list[Decimal] | None] = mapped_column(postgresql.ARRAY(sa.Numeric))
    states: Mapped[list[Status] | None] = mapped_column(postgresql.ARRAY(sa.Enum(Status, name="state")))
    grid: Mapped[list[list[int]] | None] = mapped_column(postgresql.ARRAY(sa.Integer, dimensions=2))
    span: Mapped[timedelta | None] = mapped_column(postgresql.INTERVAL)
    size: Mapped[int] = mapped_column(sa.CheckConstraint("size > 0", name="some_size"), default=1)


@pytest.mark.parametrize("library", ["", "+psycopg", "+psycopg2"])
def test_arrays_identities_and_schemas_of_postgresql(postgresql_url: str, library: str) -> None:
    postgresql_url = postgresql_url.replace("://", f"{library}://", 1)
    with engine_of(postgresql_url).begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA archive")
    content: dict[str, Any] = {
        "name": "a", "numbers": [1, 2], "codes": [CODE], "days": ["2026-01-31"], "prices": ["1.50"],
        "states": ["is live", "draft"], "grid": [[1, 2], [3, 4]], "span": "-PT5M", "size": 2,
    }  # fmt: skip
    with serving_models(Lists.metadata, postgresql_url, model_at("/kept", Kept)) as served:
        target, shown = post(served, "/kept", content)
        assert shown == {"id": 1, **content}
        assert post(served, "/kept", {"name": "b"})[1] == {"id": 2, "name": "b", "numbers": [], "size": 1}
        changed = served.send("PATCH", target, MERGE, {"numbers": [3], "states": [], "codes": None}, accept=JSON)
        assert (changed.status, changed.json()["numbers"], changed.json()["states"]) == (200, [3], [])
        for wrong, status, member in (
            ({"name": "b"}, 409, "/name"),
            ({"size": 0}, 422, "/size"),
            ({"numbers": ["x"]}, 422, "/numbers/0"),
            ({"numbers": [2**40]}, 422, "/numbers"),
            ({"states": ["gone"]}, 422, "/states/0"),
            ({"id": 3}, 422, "/id"),
        ):
            refused = served.send("PATCH", target, MERGE, wrong)
            assert is_problem(refused, status)
            assert [each["pointer"] for each in refused.json()["errors"]] == [member]
        names = served.send("GET", "/kept?span[lt]=PT0S&sort=-name", accept=JSON).json()["kept"]
        assert [each["name"] for each in names] == ["a"]
        assert served.send("DELETE", target, {"If-Match": changed["etag"]}).status == 204
