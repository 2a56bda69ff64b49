"""Cursors are read as they were written, cannot be made up, and have a bound of their own."""

from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restwell.data.cursors import ANCHORS, exact, read_cursor, successor, write_cursor
from restwell.data.query import Order
from restwell.http.limits import MAX_CURSOR
from restwell.http.problems import BadCursor
from restwell.model.declare import declare
from restwell.model.fields import Field
from restwell.model.policy import public
from restwell.model.resource import Resource
from tests.api import Sample
from tests.examples import FRAMEWORKS

SAMPLES = declare(Sample, "/samples", read=public())
SECRET = b"a secret of the store"

ROW: tuple[Any, ...] = (
    7,
    1,
    0,
    3,
    "label",
    5,
    1.5,
    True,
    "12.50",
    "2026-01-31",
    "2026-01-31T12:00:00Z",
    None,
    "red",
    None,
    None,
    [],
    None,
    0,
)
NAMES = [spec.name for spec in SAMPLES.fields]
orders = st.lists(
    st.builds(Order, st.sampled_from([s.name for s in SAMPLES.fields if s.sortable]), st.booleans()),
    max_size=4,
    unique_by=lambda order: order.field,
).map(tuple)


@given(orders, st.binary(min_size=1, max_size=64))
def test_a_cursor_is_read_as_it_was_written(sort: tuple[Order, ...], secret: bytes) -> None:
    position = read_cursor(SAMPLES, sort, write_cursor(SAMPLES, sort, ROW, secret), secret)
    assert position.key == 7
    assert list(position.values) == [ROW[3 + NAMES.index(order.field)] for order in sort]


@given(st.integers(), st.characters(codec="latin-1"))
def test_a_cursor_with_any_character_changed_is_not_ours(place: int, character: str) -> None:
    sort = (Order("label"),)
    cursor = write_cursor(SAMPLES, sort, ROW, SECRET)
    place %= len(cursor)
    forged = cursor[:place] + character + cursor[place + 1 :]
    if forged != cursor:
        with pytest.raises(BadCursor):
            read_cursor(SAMPLES, sort, forged, SECRET)


@given(st.text(max_size=80))
def test_no_text_is_a_cursor_by_chance(text: str) -> None:
    with pytest.raises(BadCursor):
        read_cursor(SAMPLES, (), text, SECRET)


def test_a_cursor_is_bound_to_the_resource_the_order_and_the_store() -> None:
    sort = (Order("amount"),)
    cursor = write_cursor(SAMPLES, sort, ROW, SECRET)
    others = [
        (SAMPLES, (Order("amount", descending=True),), SECRET),
        (SAMPLES, (), SECRET),
        (SAMPLES, sort, b"other"),
    ]
    for declaration, order, secret in [*others, (FRAMEWORKS, sort, SECRET)]:
        with pytest.raises(BadCursor):
            read_cursor(declaration, order, cursor, secret)


def test_a_cursor_is_made_of_characters_that_stand_for_themselves() -> None:
    cursor = write_cursor(SAMPLES, (Order("label"),), (*ROW[:4], "ä?&=#", *ROW[5:]), SECRET)
    assert quote(cursor, safe="") == cursor


class Long(Resource):
    number: int = Field(identity=True)
    one: str = ""
    two: str = ""
    three: str = ""
    price: Decimal | None = None


LONGS = declare(Long, "/longs", read=public())
LONG = "x" * 64 * 1024
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=400)
directions = st.lists(st.booleans(), min_size=4, max_size=4)


def long_row(number: int, *values: Any) -> tuple[Any, ...]:
    return (number, 1, 0, number, *values)


def in_directions(descending: list[bool]) -> tuple[Order, ...]:
    return tuple(map(Order, ["one", "two", "three", "price"], descending))


@given(texts, texts, texts, st.decimals(allow_nan=False, allow_infinity=False), directions, st.booleans())
def test_a_cursor_is_never_longer_than_is_said(
    one: str, two: str, three: str, price: Decimal, descending: list[bool], backwards: bool
) -> None:
    rows = [long_row(-(2**63) + n, one, two * 9, three * 99, format(price, "f")) for n in range(5)]
    for others in ([], rows[1:]):
        cursor = write_cursor(LONGS, in_directions(descending), rows[0], SECRET, backwards=backwards, others=others)
        assert len(cursor) <= MAX_CURSOR
        again = write_cursor(
            LONGS, in_directions(descending), rows[0], SECRET, backwards=backwards, others=others,
            behind=read_cursor(LONGS, in_directions(descending), cursor, SECRET),
        )  # fmt: skip
        assert len(again) <= MAX_CURSOR


def test_short_values_need_no_row() -> None:
    sort = (Order("one"), Order("price"))
    position = read_cursor(LONGS, sort, write_cursor(LONGS, sort, long_row(7, "a", "", "", "1.5"), SECRET), SECRET)
    assert position == (("a", "1.5"), 7, False, ())


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("backwards", [False, True])
@given(text=texts.map(lambda text: text * 40), digits=st.integers(10**99, 10**299), negative=st.booleans())
def test_what_stands_for_a_long_value_comes_before_it(
    descending: bool, backwards: bool, text: str, digits: int, negative: bool
) -> None:
    """So that no row is left out when none of the rows is there that could tell."""
    price = f"{'-' * negative}0.{digits}"
    sort = (Order("one", descending), Order("price", descending))
    written = write_cursor(LONGS, sort, long_row(7, text, "", "", price), SECRET, backwards=backwards)
    near, near_price = exact(LONGS, sort, read_cursor(LONGS, sort, written, SECRET), []).values
    if descending == backwards:
        assert near <= text
        assert Decimal(near_price) <= Decimal(price)
    else:
        assert near >= text
        assert Decimal(near_price) >= Decimal(price)


def test_the_exact_values_come_from_the_first_row_that_is_as_it_was() -> None:
    sort = (Order("one"),)
    rows = [long_row(n, LONG + str(n), "", "", None) for n in range(9, 0, -1)]
    position = read_cursor(LONGS, sort, write_cursor(LONGS, sort, rows[0], SECRET, others=rows[1:]), SECRET)
    assert [anchor.key for anchor in position.anchors] == [9, 8, 7][:ANCHORS]
    changed = long_row(9, LONG + "other", "", "", None)
    for found, wanted in [(rows, rows[0]), ([changed, *rows[1:]], rows[1]), (rows[2:], rows[2])]:
        assert exact(LONGS, sort, position, found) == ((wanted[4],), wanted[0], False, ())
    assert LONG.startswith(exact(LONGS, sort, position, rows[3:]).values[0])


def test_a_page_of_one_row_remembers_the_row_that_it_began_behind() -> None:
    sort = (Order("one"),)
    before = read_cursor(LONGS, sort, write_cursor(LONGS, sort, long_row(1, "a", "", "", None), SECRET), SECRET)
    cursor = write_cursor(LONGS, sort, long_row(2, LONG, "", "", None), SECRET, behind=before)
    position = read_cursor(LONGS, sort, cursor, SECRET)
    assert exact(LONGS, sort, position, [long_row(1, "a", "", "", None)]).values == ("a",)
    other_way = write_cursor(LONGS, sort, long_row(2, LONG, "", "", None), SECRET, behind=before, backwards=True)
    assert len(read_cursor(LONGS, sort, other_way, SECRET).anchors) == 1


@given(texts, texts)
def test_the_successor_of_a_prefix_is_behind_all_that_begin_with_it(prefix: str, rest: str) -> None:
    following = successor(prefix)
    assert following is None or following > prefix + rest


@pytest.mark.parametrize("sort", [(), (Order("label"),), in_directions([False, False, True, False])])
def test_its_length_tells_nothing_of_how_many_rows_there_are(sort: tuple[Order, ...]) -> None:
    """A row has its number by how many were before it, hidden ones, too."""
    declaration, text = (LONGS, LONG) if len(sort) > 1 else (SAMPLES, "")
    rows = [long_row(number, text, "", "", None) for number in (7, 70_000, 7 * 10**11)] if text else [
        (number, *ROW[1:]) for number in (7, 70_000, 7 * 10**11)
    ]  # fmt: skip
    assert len({len(write_cursor(declaration, sort, row, SECRET)) for row in rows}) == 1


def test_that_of_a_row_that_may_be_hidden_is_as_long_as_one_can_be() -> None:
    for label in ("", "a", "a" * 200, "ä" * 2000):
        row = (*ROW[:4], label, *ROW[5:])
        cursor = write_cursor(SAMPLES, (Order("label"),), row, SECRET, others=None)
        assert len(cursor) == MAX_CURSOR
        position = read_cursor(SAMPLES, (Order("label"),), cursor, SECRET)
        assert position.values[0] == (label if len(label) < 201 else label[:23])
