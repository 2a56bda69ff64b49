"""Values of DuckDB as they are read: none becomes another on the way, and what JSON does not have is refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from restwell.data.layout import Layout
from restwell.data.plans import Plan
from restwell.data.query import Query
from restwell.model.policy import public
from restwell.storage.duckdb.types import read_interval
from restwell.storage.engine import Store
from restwell.storage.given.sessions import Given
from restwell.storage.mapped.declaring import declare_model

CODE = "0b2d9c1e-3f7a-4f0e-9d1c-2a5b6c7d8e9f"


@pytest.fixture
def engine() -> Iterator[sa.Engine]:
    made = sa.create_engine("duckdb:///:memory:", poolclass=sa.StaticPool)
    with made.begin() as connection:
        connection.exec_driver_sql("SET TimeZone = 'America/New_York'")
        connection.exec_driver_sql("CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')")
    yield made
    made.dispose()


def stored(engine: sa.Engine, held: str, value: str, declared: sa.types.TypeEngine[Any]) -> Any:
    """What is shown of a value of a type of DuckDB; LookupError where the row is left out."""
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE things (id BIGINT PRIMARY KEY, it {held})")
        connection.exec_driver_sql(f"INSERT INTO things VALUES (1, {value})")
    table = sa.Table(
        "things", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), sa.Column("it", declared)
    )
    thing = declare_model(None, "/things", model=table, read=public())
    store = Store.open(Given(engine), [thing])
    layout = thing.compiled[Layout]
    found = store.look_up(Plan("page", thing, query=Query()))
    if found.unread:
        raise LookupError(found.unread[0].members)
    [row] = found.rows
    item = store.look_up(Plan("item", thing, 1))
    assert item.row is not None
    assert layout.value(item.row, "it") == layout.value(row, "it")
    return layout.value(row, "it")


SHOWN: list[tuple[str, str, sa.types.TypeEngine[Any], Any]] = [
    ("DECIMAL(38, 10)", "12345678901234567890.0000000001", sa.Numeric(38, 10), "12345678901234567890.0000000001"),
    ("DECIMAL(8, 2)", "1.5", sa.Numeric(8, 2), "1.50"),
    ("DECIMAL(8, 2)", "1.5", sa.Float(), 1.5),
    ("DECIMAL(8, 2)", "1.5", sa.Numeric(asdecimal=False), 1.5),
    ("HUGEINT", "9223372036854775807", sa.BigInteger(), 2**63 - 1),
    ("HUGEINT", "170141183460469231731687303715884105727", sa.Numeric(39, 0), str(2**127 - 1)),
    ("UBIGINT", "7", sa.Integer(), 7),
    ("DOUBLE", "0.1", sa.Double(), 0.1),
    ("BOOLEAN", "true", sa.Boolean(), True),
    ("UUID", f"'{CODE}'", sa.Uuid(), UUID(CODE)),
    ("UUID", f"'{CODE}'", sa.Uuid(as_uuid=False), UUID(CODE)),
    ("DATE", "'0001-01-01'", sa.Date(), date(1, 1, 1)),
    ("DATE", "'9999-12-31'", sa.Date(), date(9999, 12, 31)),
    ("TIMESTAMP", "'2026-01-31 12:00:00.000001'", sa.DateTime(), datetime(2026, 1, 31, 12, 0, 0, 1, UTC)),
    ("TIMESTAMP_S", "'2026-07-31 12:00:00'", sa.DateTime(), datetime(2026, 7, 31, 12, tzinfo=UTC)),
    ("TIMESTAMPTZ", "'2026-01-31 12:00:00+00'", sa.DateTime(timezone=True), datetime(2026, 1, 31, 12, tzinfo=UTC)),
    ("TIMESTAMPTZ", "'1800-01-01 00:00:00+00'", sa.DateTime(timezone=True), datetime(1800, 1, 1, tzinfo=UTC)),
    ("TIME", "'09:30:00.5'", sa.Time(), time(9, 30, 0, 500000)),
    ("INTERVAL", "INTERVAL '1 day' + INTERVAL '-00:00:00.5'", sa.Interval(), "PT23H59M59.5S"),
    ("INTERVAL", "INTERVAL '100 hours'", sa.Interval(), "P4DT4H"),
    ("JSON", '\'{"a": [1, null]}\'', sa.JSON(), {"a": [1, None]}),
    ("VARCHAR", "'[1]'", sa.JSON(), [1]),
    ("mood", "'ok'", sa.Enum("sad", "ok", "happy", name="mood"), "ok"),
    ("INTEGER[]", "[1, NULL]", sa.ARRAY(sa.Integer), [1, None]),
    ("INTEGER[2]", "[1, 2]", sa.ARRAY(sa.Integer), [1, 2]),
    ("DECIMAL(4, 2)[]", "[1.5]", sa.ARRAY(sa.Numeric(4, 2)), ["1.50"]),
    ("DATE[][]", "[['2026-01-31']]", sa.ARRAY(sa.Date, dimensions=2), [[date(2026, 1, 31)]]),
    ("TIMESTAMPTZ[]", "['2026-01-31 12:00:00+00']", sa.ARRAY(sa.DateTime(timezone=True)),
     [datetime(2026, 1, 31, 12, tzinfo=UTC)]),
    ("TIMESTAMPTZ[][]", "[['1800-01-01 00:00:00+00', NULL], NULL]",
     sa.ARRAY(sa.DateTime(timezone=True), dimensions=2), [[datetime(1800, 1, 1, tzinfo=UTC), None], None]),
    ("TIMESTAMP[]", "['2026-01-31 12:00:00']", sa.ARRAY(sa.DateTime), [datetime(2026, 1, 31, 12, tzinfo=UTC)]),
    ("UUID[]", f"['{CODE}']", sa.ARRAY(sa.Uuid), [UUID(CODE)]),
    ("VARCHAR", "NULL", sa.String(), None),
    ("INTERVAL", "NULL", sa.Interval(), None),
]  # fmt: skip
LEFT_OUT: list[tuple[str, str, sa.types.TypeEngine[Any]]] = [
    ("DATE", "'infinity'", sa.Date()),
    ("DATE", "'-infinity'", sa.Date()),
    ("DATE", "'0044-03-15 (BC)'", sa.Date()),
    ("DATE", "'20000-01-01'", sa.Date()),
    ("TIMESTAMP", "'infinity'", sa.DateTime()),
    ("TIMESTAMPTZ", "'-infinity'", sa.DateTime(timezone=True)),
    ("DATE[]", "['infinity']", sa.ARRAY(sa.Date)),
    ("TIMESTAMPTZ[]", "['infinity']", sa.ARRAY(sa.DateTime(timezone=True))),
    ("TIME", "'24:00:00'", sa.Time()),
    ("INTERVAL", "INTERVAL '1 month'", sa.Interval()),
    ("INTERVAL", "INTERVAL '1 year 2 days'", sa.Interval()),
    ("DOUBLE", "'nan'", sa.Double()),
    ("FLOAT", "'infinity'", sa.Float()),
    ("DOUBLE[]", "['nan']", sa.ARRAY(sa.Double)),
    ("HUGEINT", "9223372036854775808", sa.BigInteger()),
    ("HUGEINT[]", "[-9223372036854775809]", sa.ARRAY(sa.BigInteger)),
    ("JSON", "'NaN'", sa.JSON()),
    ("JSON", "'{\"a\": NaN}'", sa.JSON()),
    ("VARCHAR", "'{'", sa.JSON()),
    ("mood", "'happy'", sa.Enum("sad", "ok", name="mood")),
]


@pytest.mark.parametrize("held, value, declared, shown", SHOWN, ids=map(str, range(len(SHOWN))))
def test_a_value_is_shown_as_it_is(
    engine: sa.Engine, held: str, value: str, declared: sa.types.TypeEngine[Any], shown: Any
) -> None:
    assert stored(engine, held, value, declared) == shown


@pytest.mark.parametrize("held, value, declared", LEFT_OUT, ids=map(str, range(len(LEFT_OUT))))
def test_a_value_that_json_or_python_does_not_have_is_left_out(
    engine: sa.Engine, held: str, value: str, declared: sa.types.TypeEngine[Any]
) -> None:
    with pytest.raises(LookupError, match="it"):
        stored(engine, held, value, declared)


class Plain(sa.types.TypeDecorator[datetime]):
    """Notes whether its moments have an offset."""

    impl = sa.DateTime
    cache_ok = True

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:
        kind: Any = self.impl_instance
        assert value.tzinfo == (UTC if kind.timezone else None)
        return value

    python_type = datetime


def test_lists_of_a_type_of_an_application_are_read_as_others(engine: sa.Engine) -> None:
    noon = datetime(2026, 1, 31, 12, tzinfo=UTC)
    kind: Any = sa.ARRAY(Plain(timezone=True))
    assert stored(engine, "TIMESTAMPTZ[]", "['2026-01-31 12:00:00+00']", kind) == [noon]


def test_a_type_of_an_application_is_given_what_the_library_gives(engine: sa.Engine) -> None:
    noon = datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert stored(engine, "TIMESTAMP", "'2026-01-31 12:00:00'", Plain()) == noon
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE things")
    assert stored(engine, "TIMESTAMPTZ", "'2026-01-31 12:00:00+00'", Plain(timezone=True)) == noon


@pytest.mark.parametrize(
    "text, length",
    [
        ("00:00:00", timedelta()),
        ("3 days", timedelta(days=3)),
        ("-1 days", timedelta(days=-1)),
        ("1 day -02:00:00", timedelta(hours=22)),
        ("-1 day 02:00:00", timedelta(hours=-22)),
        ("-00:00:00.000001", timedelta(microseconds=-1)),
        ("100:00:00.5", timedelta(hours=100, milliseconds=500)),
    ],
)
def test_an_interval_is_days_and_a_time(text: str, length: timedelta) -> None:
    assert read_interval(text) == length


@pytest.mark.parametrize("text", ["1 month", "2 years 1 day", "", "1 day x", "infinity"])
def test_an_interval_that_has_no_length_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="months"):
        read_interval(text)
