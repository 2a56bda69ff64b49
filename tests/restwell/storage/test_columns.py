"""Columns are read at once, and one value that is not of its kind is noticed."""

from collections.abc import Sequence
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restwell.model.declare import declare
from restwell.model.policy import public
from restwell.storage.columns import reader_of
from restwell.storage.decimals import encode
from restwell.storage.dialect import Dialect
from restwell.storage.postgresql.dialect import PostgresqlDialect
from restwell.storage.reading import FAILURES
from restwell.storage.sqlite.dialect import SqliteDialect
from tests.api import Sample

DIALECTS: dict[str, Dialect] = {"sqlite": SqliteDialect(), "postgresql": PostgresqlDialect()}


class Timed(Sample):
    """Every kind of column."""

    opens: time | None = None
    lasts: timedelta | None = None


SPECS = {spec.name: spec for spec in declare(Timed, "/samples", read=public()).fields}


def read(dialect: str, name: str, column: Sequence[Any], **options: bool) -> list[Any]:
    reader = reader_of(DIALECTS[dialect], SPECS[name], **options)
    return list(reader(tuple(column)) if reader is not None else column)


decimals = st.decimals(-(10**12), 10**12, allow_nan=False, places=3).map(
    lambda number: format(number or abs(number), "f")
)


@given(st.lists(st.none() | decimals))
def test_a_column_of_decimals_is_read_with_its_nulls(texts: list[str | None]) -> None:
    stored = [None if text is None else encode(text) for text in texts]
    assert read("sqlite", "price", stored) == texts


@given(st.lists(st.none() | st.datetimes()))
def test_a_column_of_moments_is_read_with_its_nulls(moments: list[Any]) -> None:
    stored = [each and f"{each.year:04}{each.strftime('-%m-%dT%H:%M:%S.%fZ')}" for each in moments]
    assert read("sqlite", "moment", stored) == [each and each.replace(".000000Z", "Z") for each in stored]


GOOD: dict[tuple[str, str], Any] = {
    ("sqlite", "amount"): 5, ("sqlite", "weight"): 1.5, ("sqlite", "good"): 1, ("sqlite", "price"): "P0019.5 ",
    ("sqlite", "day"): "2026-01-31", ("sqlite", "moment"): "2026-01-31T12:00:00.000000Z",
    ("sqlite", "code"): "00000000-0000-4000-8000-00000000000a", ("sqlite", "opens"): "09:30:00.000000",
    ("sqlite", "lasts"): 90_000_000, ("sqlite", "tags"): "[]", ("sqlite", "extra"): "{}",
    ("postgresql", "weight"): 1.5, ("postgresql", "price"): Decimal("9.50"),
}  # fmt: skip
BAD: dict[str, list[Any]] = {
    "amount": ["5", 1.5, b"5", True, float("inf"), -0.0],
    "weight": ["1", 1, float("nan"), float("inf"), b""],
    "good": [2, "1", b"1", -1],
    "price": ["9.50", "P0029.5", "P0019.5\nP0019.5", 9, b"P0019.5", Decimal("NaN"), Decimal("-Infinity"), ""],
    "day": ["2026-02-30", "2026-W01-1", "20260131", "2026-01-31\n2026-01-31", "", 5, "\u0662026-01-31"],
    "moment": ["2026-01-31T12:00:00Z", "2026-02-30T12:00:00.000000Z", "2026-01-31T25:00:00.000000Z", "", 5, b""],
    "opens": ["09:30:00", "24:00:00.000000", "09:30:60.000000", "09:30:00.000000Z", "", 5, b"09:30:00.000000"],
    "code": ["x", "0000000000004000800000000000000A", "00000000-0000-4000-8000-00000000000A", 5, ""],
    "lasts": ["PT1H", "", 1.5, b"", True],
    "tags": ["", "[", b"\xff", "NaN", 5],
    "extra": ["", "{'a': 1}", 5, '"\\ud800"'],
}


@pytest.mark.parametrize("dialect, name", GOOD)
def test_one_value_that_is_not_of_its_kind_is_noticed(dialect: str, name: str) -> None:
    good = GOOD[dialect, name]
    nulls = [None] if SPECS[name].nullable else []
    assert len(read(dialect, name, [good, *nulls, good])) == 2 + len(nulls)
    for bad in BAD[name]:
        if dialect == "postgresql" and isinstance(bad, str | bytes | int):  # the database sees to that
            continue
        with pytest.raises(FAILURES):
            read(dialect, name, [good, *nulls, bad, good])


@pytest.mark.parametrize("bad", [b"x", 5, "\ud800"])
def test_texts_are_looked_at_when_something_was_wrong(bad: Any) -> None:
    assert read("sqlite", "label", ["a", bad]) == ["a", bad]
    with pytest.raises(FAILURES):
        read("sqlite", "label", ["a", bad], wholly=True)


def test_what_a_change_returns_has_whole_numbers_for_some_floats() -> None:
    [value] = read("sqlite", "weight", [2], returned=True)
    assert (value, type(value)) == (2.0, float)


def test_dates_of_postgresql_are_passed_on() -> None:
    assert read("postgresql", "day", [date(2026, 1, 31)]) == [date(2026, 1, 31)]
