"""A value of every kind comes back from both databases as it went in, and sorts and compares as what it is."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from restwell.content import to_values
from restwell.data.layout import Layout
from restwell.data.parameters import read_query
from restwell.data.plans import Plan, RowChange
from restwell.data.query import Order, Query
from restwell.model.declare import declare
from restwell.model.fields import Field
from restwell.model.policy import public
from restwell.model.resource import Resource
from restwell.storage.engine import Store
from restwell.storage.tables import MODIFIED_COLUMN, NUMBER_COLUMN, VERSION_COLUMN
from tests.api import Sample
from tests.restwell.storage.changing import carry_out

SAMPLES = declare(Sample, "/samples", read=public())
NAMES = [spec.name for spec in SAMPLES.fields]
NUMBERS = count(1)
REPEATEDLY = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    opened = Store.open(database_url, [SAMPLES])
    yield opened
    opened.close()


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
integers = st.integers(-(2**63), 2**63 - 1)
floats = st.floats(allow_nan=False, allow_infinity=False)
decimals = st.decimals(-(10**7), 10**7, allow_nan=False, places=4)
moments = st.datetimes(timezones=st.just(UTC))
anything = st.recursive(
    st.none() | st.booleans() | integers | floats | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
samples = st.fixed_dictionaries(
    {},
    optional={
        "label": texts,
        "amount": integers,
        "weight": floats,
        "good": st.booleans(),
        "price": decimals.map(str),
        "day": st.dates().map(date.isoformat),
        "moment": moments.map(lambda moment: moment.isoformat()),
        "code": st.uuids().map(str),
        "colour": st.sampled_from(["red", "green", "blue"]),
        "site": st.just("https://example.org/a?b=%20#c"),
        "place": st.fixed_dictionaries({"latitude": floats}, optional={"title": texts}),
        "tags": st.lists(texts, max_size=3),
        "extra": st.dictionaries(texts, anything, max_size=3),
    },
)


def add(store: Store, data: dict[str, Any]) -> dict[str, Any]:
    """Insert a row of content, with a number of its own, and give the values that were handed to the store."""
    values = to_values(SAMPLES, {"number": next(NUMBERS), **data})
    assert carry_out(store, RowChange("insert", SAMPLES, values=values)).kind == "created"
    return values


def in_json(row: tuple[Any, ...]) -> dict[str, Any]:
    """The values of a row as clients see them."""
    values: dict[str, Any] = orjson.loads(orjson.dumps(SAMPLES.compiled[Layout].named(row), option=orjson.OPT_UTC_Z))
    return values


@REPEATEDLY
@given(samples)
@example({"moment": "0001-01-01T00:00:00Z", "day": "0001-01-01", "price": "-0.0000", "weight": 5e-324})
@example({"moment": "9999-12-31T23:59:59.999999Z", "day": "9999-12-31", "price": "99999999.9999", "weight": -1.7e308})
@example({"moment": "0999-06-01T00:00:00.000100Z", "amount": -(2**63), "extra": {"n": 2**63 - 1}})
@example({"label": "", "tags": [], "extra": {}, "weight": 1e16, "price": "0"})
def test_a_value_of_every_kind_comes_back(store: Store, data: dict[str, Any]) -> None:
    values = add(store, data)
    outcome = store.look_up(Plan("item", SAMPLES, identity=values["number"]))
    found = in_json(outcome.row)
    assert {**found, "price": None} == {**values, "price": None}
    assert (found["price"] is None) == (values["price"] is None)
    if values["price"] is not None:
        assert Decimal(found["price"]) == Decimal(values["price"])
    assert {name: type(value) for name, value in found.items()} == {n: type(v) for n, v in values.items()}


@REPEATEDLY
@given(st.lists(decimals, min_size=2, max_size=5))
@example([*map(Decimal, (9, 10, -9, -10)), Decimal("0.1")])
def test_decimals_sort_and_compare_by_value(store: Store, prices: list[Decimal]) -> None:
    numbers = {add(store, {"price": str(price)})["number"]: price for price in prices}
    found = rows(store, min(numbers), Order("price"))
    assert [Decimal(row["price"]) for row in found] == sorted(prices)
    for price in prices:
        beyond = rows(store, min(numbers), Order("number"), f"&price[gt]={price}")
        assert {row["number"] for row in beyond} == {number for number, other in numbers.items() if other > price}


def test_decimals_that_are_equal_are_equal_however_they_are_written(store: Store) -> None:
    first = add(store, {"price": "1.5"})["number"]
    add(store, {"price": "1.5000"})
    add(store, {"price": "1.51"})
    assert len(rows(store, first, Order("number"), "&price=1.50")) == 2
    assert len(rows(store, first, Order("number"), "&price[in]=1.500,7")) == 2


@REPEATEDLY
@given(st.lists(moments, min_size=2, max_size=5))
@example([datetime(999, 1, 1, tzinfo=UTC), datetime(1000, 1, 1, tzinfo=UTC), datetime(1000, 1, 1, 0, 0, 0, 1, UTC)])
def test_moments_sort_and_compare_by_time(store: Store, given_moments: list[datetime]) -> None:
    numbers = {add(store, {"moment": moment.isoformat()})["number"]: moment for moment in given_moments}
    found = rows(store, min(numbers), Order("moment"))
    assert [datetime.fromisoformat(row["moment"]) for row in found] == sorted(given_moments)
    for moment in given_moments:
        text = moment.isoformat().replace("+00:00", "Z")
        before = rows(store, min(numbers), Order("number"), f"&moment[lt]={text}")
        assert {row["number"] for row in before} == {n for n, other in numbers.items() if other < moment}


@REPEATEDLY
@given(st.lists(texts, min_size=2, max_size=6))
@example(["Z", "a", "é", "É", "\U0001f600", "\uffff", ""])
def test_texts_sort_by_code_point(store: Store, labels: list[str]) -> None:
    numbers = [add(store, {"label": label})["number"] for label in labels]
    assert [row["label"] for row in rows(store, numbers[0], Order("label"))] == sorted(labels)


def rows(store: Store, first: int, order: Order, more: str = "") -> list[dict[str, Any]]:
    """The rows from a number on, in an order."""
    text = f"number[gte]={first}&sort={order.field}&limit=100{more}"
    query: Query = read_query(SAMPLES, text, lenient=False, secret=store.secret)
    return [in_json(row) for row in store.look_up(Plan("page", SAMPLES, query=query, counting="none")).rows]


def test_versions_begin_at_random_and_grow_by_one(store: Store) -> None:
    numbers = [add(store, {})["number"] for _ in range(4)]
    versions = [store.look_up(Plan("item", SAMPLES, identity=number)).row[1] for number in numbers]
    assert len(set(versions)) == 4
    assert all(0 <= version < 2**52 for version in versions)
    [before, after] = [
        carry_out(
            store, RowChange("replace", SAMPLES, numbers[0], version, to_values(SAMPLES, {"number": numbers[0]}))
        ).row[1]
        for version in (versions[0], versions[0] + 1)
    ]
    assert (before, after) == (versions[0] + 1, versions[0] + 2)


def test_rows_that_come_by_other_ways_get_a_version_and_a_time(store: Store) -> None:
    with store.driver.transaction() as connection:
        for number in (9001, 9002):
            connection.execute(f"INSERT INTO samples (number, tags, serial) VALUES ({number}, '[]', 0)")
    one, other = (store.look_up(Plan("item", SAMPLES, identity=number)).row for number in (9001, 9002))
    assert one[1] != other[1]
    assert abs(one[2] - datetime.now(UTC).timestamp()) < 60


class Shadowing(Resource):
    """Fields with the names that a table might use for itself."""

    id: int = Field(identity=True)
    version: int = 0
    modified: str = ""
    rowid: int = 0
    oid: int = 0
    number: int = 0
    after: str | None = None
    limit: int | None = None
    order: str = ""
    select: str = ""


def test_a_field_may_be_called_what_a_database_calls_its_own(database_url: str) -> None:
    declaration = declare(Shadowing, "/order", read=public())
    store = Store.open(database_url, [declaration])
    values = to_values(declaration, {"id": 1, "version": 2, "modified": "x", "rowid": 3, "oid": 4, "order": "y"})
    created = carry_out(store, RowChange("insert", declaration, values=values))
    assert declaration.compiled[Layout].named(created.row) == values
    text = "sort=version,-rowid,limit&order[eq]=y&limit[exists]=false"
    query = read_query(declaration, text, lenient=False, secret=store.secret)
    assert len(store.look_up(Plan("page", declaration, query=query)).rows) == 1
    store.close()


def test_our_columns_cannot_be_the_names_of_fields() -> None:
    for name in (NUMBER_COLUMN, VERSION_COLUMN, MODIFIED_COLUMN):
        made = type(
            "Made", (Resource,), {"__annotations__": {"name": str, name: int}, "name": Field(identity=True), name: 1}
        )
        assert [spec.name for spec in declare(made, "/made", read=public()).fields] == ["name"]
