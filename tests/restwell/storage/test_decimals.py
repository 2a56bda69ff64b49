"""Decimals as SQLite keeps them: sorted and equal by value in any SQLite, and shown as they were written."""

import sqlite3
from contextlib import closing
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from restwell.storage.decimals import decode, encode

decimals = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**40), max_value=10**40) | st.builds(
    lambda sign, digits, exponent: Decimal((sign, tuple(digits), exponent)),
    st.integers(0, 1),
    st.lists(st.integers(0, 9), min_size=1, max_size=60),
    st.integers(-320, 250),
)


def shown(number: Decimal) -> str:
    """As it stands in JSON."""
    return format(number or number.copy_abs(), "f")


@given(decimals)
@example(Decimal("-0.00"))
@example(Decimal("1.00"))
@example(Decimal("-1.00"))
@example(Decimal("1E+300"))
def test_a_decimal_comes_back_as_it_was_written(number: Decimal) -> None:
    assert decode(encode(shown(number))) == shown(number)
    assert encode(decode(encode(shown(number)))) == encode(shown(number))
    assert Decimal(decode(encode(str(number)))) == number


@given(st.lists(decimals, min_size=2, max_size=8))
@example(
    [*map(Decimal, ["-1", "-1.5", "-15", "-0.05", "-0.5", "0", "0.0", "0.05", "0.5", "1", "1.0", "1.05", "9", "10"])]
)
def test_sqlite_sorts_and_compares_them_by_value(numbers: list[Decimal]) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE t (n ORDERED_DECIMAL_TEXT COLLATE RTRIM)")
        connection.executemany("INSERT INTO t VALUES (?)", [(encode(shown(number)),) for number in numbers])
        found = [Decimal(decode(text)) for (text,) in connection.execute("SELECT n FROM t ORDER BY n")]
        assert found == sorted(numbers)
        for number in numbers:
            (count,) = connection.execute("SELECT count(*) FROM t WHERE n = ?", (encode(shown(number)),)).fetchone()
            assert count == numbers.count(number)
        (count,) = connection.execute("SELECT count(DISTINCT n) FROM t").fetchone()
        assert count == len(set(numbers))


@pytest.mark.parametrize(
    "text",
    ["", "x", "9.50", "P", "P001", "P0019.50", "P0029.5", "P00109", "P0019.", "P0019 ", "P00010", "M9980.4", "M9999~",
     "M999", "N0019", "P0019.5\n", "P0019.5x", "P001٣", "M9980.4~x", "M9980.4~~", "P0019.5~"],
)  # fmt: skip
def test_what_is_not_a_stored_decimal_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        decode(text)


@pytest.mark.parametrize(
    "text", ["", "x", "1_0", " 1", "NaN", "Infinity", "1e", "٣", "1e99999", "1e2000", "-1e-2000"]
)
def test_what_is_not_a_decimal_is_not_stored(text: str) -> None:
    with pytest.raises(ValueError):
        encode(text)
