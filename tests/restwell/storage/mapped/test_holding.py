"""What a column holds says what it is shown as, where a database does not hold values to types."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from restwell.storage.mapped.holding import BINARY, MIXED, UNTYPED, type_held
from restwell.storage.sqlite.dialect import SqliteDialect

NONE = sa.types.NullType()


@pytest.mark.parametrize(
    "declared, values, expected",
    [
        (sa.Integer(), [1, 2], sa.Integer),
        (sa.Integer(), [], sa.Integer),
        (sa.Integer(), ["one"], sa.Text),
        (sa.Integer(), [1, "one"], MIXED),
        (sa.Integer(), [1.5], sa.Float),
        (sa.String(3), ["longer"], sa.String),
        (sa.String(3), [b"x"], BINARY),
        (sa.Boolean(), [0, 1], sa.Boolean),
        (sa.Boolean(), [0, 2], sa.BigInteger),
        (sa.Boolean(), ["t", "f"], sa.Text),
        (sa.DateTime(), ["2020-01-02 03:04:05", "2020-01-02T03:04:05.678"], sa.DateTime),
        (sa.DateTime(), ["2 Jan 2020"], sa.Text),
        (sa.DateTime(), [1700000000.5, 2], sa.Float),
        (sa.Date(), ["2020-01-02", "20-1-2"], sa.Text),
        (sa.Time(), ["23:59:59"], sa.Time),
        (sa.Numeric(10, 2), [1, 2.25], sa.Numeric),
        (sa.Numeric(10, 2), [2.255], sa.Float),
        (sa.Numeric(), [1, 2], sa.Float),
        (sa.Numeric(), [], sa.Float),
        (sa.Numeric(), ["much"], sa.Text),
        (sa.LargeBinary(), [b"x"], sa.LargeBinary),
        (sa.JSON(), ['{"a": 1}'], sa.JSON),
        (sa.JSON(), ["{"], sa.Text),
        (NONE, [], UNTYPED),
        (NONE, ["a"], sa.Text),
        (NONE, [1], sa.BigInteger),
        (NONE, [1, 2.5], sa.Float),
        (NONE, [1, "a"], MIXED),
        (NONE, [b"a"], BINARY),
    ],
)
def test_a_type_is_the_declared_one_or_that_of_all_values(declared: Any, values: list[Any], expected: Any) -> None:
    found = type_held(declared, values, SqliteDialect().sql)
    assert (found if isinstance(found, str) else type(found)) == expected
