"""Values of columns, both ways, by the types that SQLAlchemy has and by those of an application."""

from __future__ import annotations

import enum
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql

from restwell import Field, Resource, public
from restwell.model.declare import declare
from restwell.model.fields import FieldSpec
from restwell.storage.errors import InvalidValue, Violation
from restwell.storage.mapped.types import hint_of
from restwell.storage.mapped.values import reader_of, to_python_of, writer_of

SQLITE = sa.create_engine("sqlite://").dialect
POSTGRESQL = sa.create_engine("postgresql+psycopg://", creator=lambda: None).dialect
MARIADB = sa.create_engine("mariadb+pymysql://").dialect
CODE = UUID("0b2d9c1e-3f7a-4f0e-9d1c-2a5b6c7d8e9f")
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


class Status(enum.Enum):
    DRAFT = "draft"
    LIVE = "is live"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Colour(enum.Enum):
    RED = (255, 0, 0)
    BLUE = (0, 0, 255)


class Upper(sa.types.TypeDecorator[str]):
    """Writes in capitals, and refuses one word."""

    impl = sa.String
    cache_ok = True
    python_type = str

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> Any:
        if value == "bad":
            raise ValueError("not this word")
        return value and value.upper()

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:
        return value[0].lower() + value[1:]  # an IndexError for the empty text


class Moment(sa.types.TypeDecorator[datetime]):
    """Leaves moments as they are."""

    impl = sa.DateTime
    cache_ok = True


class Cents(sa.types.TypeDecorator[Decimal]):
    impl = sa.Integer
    cache_ok = True
    python_type = Decimal

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> Any:
        return int(value * 100)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:
        return Decimal(value) / 100


def spec_of(kind: sa.types.TypeEngine[Any], *, nullable: bool = False) -> FieldSpec:
    hint = hint_of(kind)
    annotations = {"id": int, "it": Annotated[hint | None, None] if nullable else hint}
    body = {"__annotations__": annotations, "__module__": __name__, "id": Field(identity=True)}
    declaration = declare(type("Thing", (Resource,), body), "/things", read=public())
    return next(spec for spec in declaration.fields if spec.name == "it")


CASES: list[tuple[sa.types.TypeEngine[Any], Any, Any, Any]] = [
    # the type, the value in JSON as it is read, and as SQLite and PostgreSQL have it
    (sa.String(), "a", "a", "a"),
    (sa.Integer(), 7, 7, 7),
    (sa.Float(), 1.5, 1.5, 1.5),
    (sa.Boolean(), True, 1, True),
    (sa.Numeric(10, 2), "1.50", 1.5, Decimal("1.50")),
    (sa.Numeric(asdecimal=False), 1.5, 1.5, 1.5),
    (sa.Date(), date(2026, 1, 31), "2026-01-31", date(2026, 1, 31)),
    (sa.DateTime(), NOON, "2026-01-31 12:00:00.000000", NOON.replace(tzinfo=None)),
    (Moment(), NOON, "2026-01-31 12:00:00.000000", NOON.replace(tzinfo=None)),
    (sa.DateTime(timezone=True), NOON, "2026-01-31 12:00:00.000000", NOON),
    (sa.Time(), time(9, 30), "09:30:00.000000", time(9, 30)),
    (sa.Interval(), "P1DT2H", "1970-01-02 02:00:00.000000", timedelta(days=1, hours=2)),
    (sa.Uuid(), CODE, CODE.hex, CODE),
    (sa.Uuid(as_uuid=False), CODE, CODE.hex, str(CODE)),
    (sa.Enum(Status), "is live", "LIVE", "LIVE"),
    (sa.Enum(Level), 2, "HIGH", "HIGH"),
    (sa.Enum(Colour), "BLUE", "BLUE", "BLUE"),
    (sa.Enum("a", "b", name="letters"), "b", "b", "b"),
    (Cents(), "1.25", 125, 125),
]


@pytest.mark.parametrize("kind, value, of_sqlite, of_postgresql", CASES, ids=map(str, range(len(CASES))))
def test_a_value_is_read_and_written_as_the_type_has_it(
    kind: sa.types.TypeEngine[Any], value: Any, of_sqlite: Any, of_postgresql: Any
) -> None:
    spec = spec_of(kind)
    for dialect, stored in ((SQLITE, of_sqlite), (POSTGRESQL, of_postgresql)):
        assert reader_of(spec, kind, dialect)([stored]) == [value]
        write: Callable[[Any], Any] = writer_of(spec, kind, dialect) or (lambda given: given)
        text = value.isoformat() if hasattr(value, "isoformat") else str(value) if value is CODE else value
        assert write(text) == stored


def test_moments_of_other_offsets_are_written_in_utc_where_a_column_has_none() -> None:
    for kind in (sa.DateTime(), Moment()):
        write = writer_of(spec_of(kind), kind, SQLITE)
        assert write is not None
        assert write("2026-01-31T14:00:00+02:00") == "2026-01-31 12:00:00.000000"


def test_an_application_is_given_its_own_values() -> None:
    """What a validator sees of a member."""
    given: dict[sa.types.TypeEngine[Any], tuple[Any, Any]] = {
        sa.Enum(Status): ("is live", Status.LIVE),
        sa.Uuid(as_uuid=False): (str(CODE), str(CODE)),
        sa.Uuid(): (str(CODE), CODE),
        sa.Interval(): ("PT5M", timedelta(minutes=5)),
        sa.Numeric(): ("1.5", Decimal("1.5")),
        sa.DateTime(): ("2026-01-31T14:00:00+02:00", datetime(2026, 1, 31, 12)),  # noqa: DTZ001 - as the column has it
    }
    for kind, (value, seen) in given.items():
        convert = to_python_of(spec_of(kind), kind, SQLITE)
        assert convert is not None
        assert convert(value) == seen


@pytest.mark.parametrize(
    "item, value, seen",
    [
        (sa.Integer, [1, None, 2], None),
        (sa.Uuid, [str(CODE)], [CODE]),
        (sa.Date, ["2026-01-31"], [date(2026, 1, 31)]),
        (sa.Numeric, ["1.5"], [Decimal("1.5")]),
        (sa.Enum(Status), ["is live"], [Status.LIVE]),
    ],
    ids=map(str, range(5)),
)
def test_what_is_in_an_array_is_converted_too(item: Any, value: Any, seen: Any) -> None:
    kind = postgresql.ARRAY(item)
    convert = to_python_of(spec_of(kind), kind, POSTGRESQL)
    assert (None if convert is None else convert(value)) == seen


def test_arrays_are_read_as_json_has_them() -> None:
    for item, stored, value in (
        (sa.Numeric(), [Decimal("1.50"), None], ["1.50", None]),
        (sa.Integer(), [[1], [2]], [[1], [2]]),
    ):
        kind = postgresql.ARRAY(item, dimensions=2 if value == [[1], [2]] else 1)
        assert reader_of(spec_of(kind), kind, POSTGRESQL)([stored]) == [value]


@pytest.mark.parametrize(
    "kind, stored",
    [
        (sa.Integer(), "abc"), (sa.Integer(), 1.5), (sa.Integer(), True), (sa.String(), b"\xff"), (sa.Float(), "x"),
        (sa.Float(), float("inf")), (sa.Numeric(), "x"), (sa.Date(), "yesterday"), (sa.DateTime(), 7),
        (sa.Time(), "25:00"), (sa.Interval(), "x"), (sa.Uuid(), "x"), (sa.Enum(Status), "GONE"), (sa.JSON(), "{"),
        (Upper(), ""), (Cents(), "x"), (sa.Integer(), None), (sa.DateTime(), "0000-00-00 00:00:00"),
    ],
    ids=map(str, range(18)),
)  # fmt: skip
def test_what_is_not_of_the_type_cannot_be_read(kind: sa.types.TypeEngine[Any], stored: Any) -> None:
    """Whatever SQLAlchemy, or the application's own type, raises of it."""
    with pytest.raises(InvalidValue):
        reader_of(spec_of(kind), kind, SQLITE)([stored])


def test_a_null_is_read_where_there_may_be_one() -> None:
    kinds: list[sa.types.TypeEngine[Any]] = [sa.Integer(), sa.Date(), sa.Enum(Status)]
    for kind in kinds:
        assert reader_of(spec_of(kind, nullable=True), kind, SQLITE)([None]) == [None]


def test_what_a_type_refuses_to_write_is_a_violation() -> None:
    write = writer_of(spec_of(Upper()), Upper(), SQLITE)
    assert write is not None
    assert write("good") == "GOOD"
    with pytest.raises(Violation) as refused:
        write("bad")
    assert refused.value.reason == "value"


@pytest.mark.parametrize(
    "kind, given, shown",
    [
        (sa.Time(), timedelta(hours=23, microseconds=5), time(23, 0, 0, 5)),
        (mysql.TIME(fsp=6), timedelta(), time()),
        (mysql.BIGINT(unsigned=True), 2**63 - 1, 2**63 - 1),
        (mysql.BIT(12), b"\x01\x02", 258),
        (mysql.YEAR(), 1999, 1999),
        (mysql.SET("b", "a", "c"), "b,a", ["a", "b"]),
        (mysql.SET("b", "a"), "", []),
    ],
)
def test_values_of_mariadb_are_shown(kind: sa.types.TypeEngine[Any], given: Any, shown: Any) -> None:
    assert reader_of(spec_of(kind), kind, MARIADB)([given]) == [shown]


@pytest.mark.parametrize(
    "kind, given",
    [
        (sa.Time(), timedelta(hours=24)),
        (sa.Time(), -timedelta(seconds=1)),
        (mysql.BIGINT(unsigned=True), 2**63),
        (sa.DateTime(), "0000-00-00 00:00:00"),
    ],
)
def test_values_that_mariadb_alone_has_are_refused(kind: sa.types.TypeEngine[Any], given: Any) -> None:
    with pytest.raises(InvalidValue):
        reader_of(spec_of(kind), kind, MARIADB)([given])
