"""The types of columns, as types of members: each as it is declared where nobody declared it."""

from __future__ import annotations

import enum
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
import sqlalchemy as sa
from pydantic import AwareDatetime, Field
from sqlalchemy.dialects import mysql, postgresql

from restwell.storage.mapped.types import hint_of


class Status(enum.Enum):
    DRAFT = "draft"
    LIVE = "is live"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Colour(enum.Enum):
    RED = (255, 0, 0)
    BLUE = (0, 0, 255)


class Cents(sa.types.TypeDecorator[Decimal]):
    """Says what its values are."""

    impl = sa.Integer
    cache_ok = True
    python_type = Decimal


class MoreCents(Cents):
    """Says so by the class above it."""


class Short(sa.types.TypeDecorator[str]):
    """Leaves values as they are."""

    impl = sa.String(5)
    cache_ok = True


class Moment(sa.types.TypeDecorator[datetime]):
    """Says so by what it returns."""

    impl = sa.DateTime
    cache_ok = True

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:
        return None if value is None else datetime.fromtimestamp(value, UTC)


class Encrypted(sa.types.TypeDecorator[Any]):
    """Does not say what its values are."""

    impl = sa.String
    cache_ok = True

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:
        return value


@pytest.mark.parametrize(
    "kind, hint",
    [
        (sa.Integer(), int),
        (sa.BigInteger(), int),
        (sa.SmallInteger(), int),
        (sa.BigInteger().with_variant(sa.Integer, "sqlite"), int),
        (sa.Text(), str),
        (sa.String(), str),
        (sa.Float(), float),
        (sa.Double(), float),
        (sa.REAL(), float),
        (sa.Float(asdecimal=True), Decimal),
        (sa.Numeric(), Decimal),
        (sa.Numeric(asdecimal=False), float),
        (sa.Boolean(), bool),
        (sa.Date(), date),
        (sa.DateTime(), AwareDatetime),
        (sa.DateTime(timezone=True), AwareDatetime),
        (sa.Time(), time),
        (sa.Interval(), timedelta),
        (postgresql.INTERVAL(), timedelta),
        (sa.Uuid(), UUID),
        (sa.Uuid(as_uuid=False), UUID),
        (postgresql.UUID(), UUID),
        (sa.JSON(), Any),
        (postgresql.JSONB(), Any),
        (sa.JSON().with_variant(postgresql.JSONB, "postgresql"), Any),
        (postgresql.CITEXT(), str),
        (sa.ARRAY(sa.Integer), list[int]),
        (postgresql.ARRAY(sa.Text, dimensions=2), list[list[str]]),
        (sa.Enum(Status), Status),
        (sa.Enum(Level), Level),
        (sa.Enum(Colour), Literal["RED", "BLUE"]),
        (sa.Enum("a", "b", name="letters"), Literal["a", "b"]),
        (postgresql.ENUM("a", "b", name="letters"), Literal["a", "b"]),
        (Cents(), Decimal),
        (MoreCents(), Decimal),
        (Moment(), AwareDatetime),
    ],
    ids=map(str, range(36)),
)
def test_the_type_of_a_column_is_that_of_a_member(kind: sa.types.TypeEngine[Any], hint: Any) -> None:
    assert hint_of(kind) == hint


def limits_of(kind: sa.types.TypeEngine[Any]) -> tuple[Any, list[Any]]:
    found = hint_of(kind)
    return found.__origin__, [limit for mark in found.__metadata__ for limit in mark.metadata]


def test_a_length_is_a_limit() -> None:
    expected = Annotated[str, Field(max_length=5)]
    assert limits_of(sa.String(5)) == (str, expected.__metadata__[0].metadata)  # type: ignore[attr-defined]  # of Annotated
    assert limits_of(Short()) == limits_of(sa.String(5))


def test_the_digits_of_a_number_are_a_limit() -> None:
    kind, [limits] = limits_of(sa.Numeric(10, 2))
    assert (kind, limits.max_digits, limits.decimal_places) == (Decimal, 10, 2)


@pytest.mark.parametrize(
    "kind, reason",
    [
        (sa.LargeBinary(), "is of the type large_binary, which JSON has no value for"),
        (sa.types.NullType(), "is of the type of nothing known, which JSON has no value for"),
        (sa.PickleType(), "is of the type large_binary, which JSON has no value for"),
        (Encrypted(), "is of the type Encrypted, which does not say what its values are in Python"),
        (postgresql.TSVECTOR(), "is of the type TSVECTOR, which JSON has no value for"),
        (sa.Time(timezone=True), "is of the type time with an offset"),
        (sa.ARRAY(sa.LargeBinary), "is of the type large_binary"),
        (sa.Enum(name="empty"), "is an Enum without values"),
    ],
    ids=map(str, range(8)),
)
def test_what_json_has_no_value_for_is_refused(kind: sa.types.TypeEngine[Any], reason: str) -> None:
    with pytest.raises(TypeError) as refused:
        hint_of(kind)
    assert str(refused.value).startswith(reason)


class Flags(mysql.SET):
    """One of an application's own."""


@pytest.mark.parametrize(
    "kind, hint",
    [
        (mysql.SET("a", "b"), set[Literal["a", "b"]]),
        (Flags("a"), set[Literal["a"]]),
        (mysql.BIT(3), int),
        (mysql.YEAR(), int),
        (mysql.TIMESTAMP(fsp=3), AwareDatetime),
    ],
)
def test_types_of_mariadb_are_types_of_members(kind: sa.types.TypeEngine[Any], hint: Any) -> None:
    assert hint_of(kind) == hint


def test_a_type_of_the_same_name_in_another_database_is_another() -> None:
    with pytest.raises(TypeError, match="is of the type BIT, which JSON has no value for"):
        hint_of(postgresql.BIT(3))
