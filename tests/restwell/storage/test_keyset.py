"""Walking a collection page by page visits every row once, in the order, whatever is missing, along an index."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from restwell.content import to_values
from restwell.data.layout import Layout
from restwell.data.outcomes import Row
from restwell.data.plans import Plan
from restwell.data.query import Order, Position, Query
from restwell.model.declare import declare
from restwell.model.fields import Field
from restwell.model.policy import public
from restwell.model.resource import Resource
from restwell.storage.engine import Store


class Thing(Resource):
    """Some fields that may be missing, some that never are; few values, so that many are equal."""

    name: str = Field(identity=True)
    rank: int | None = Field(None, index=True)
    size: int = Field(0, index=True)
    label: str | None = None
    price: Decimal | None = None
    good: bool | None = None
    weight: float = 0.0


THINGS = declare(Thing, "/things", read=public())
LAYOUT = THINGS.compiled[Layout]

rows = st.lists(
    st.fixed_dictionaries(
        {
            "rank": st.sampled_from([None, None, -1, 0, 1, 10]),
            "size": st.integers(0, 2),
            "label": st.sampled_from([None, "", "a", "B", "b", "é"]),
            "price": st.sampled_from([None, "9", "10", "9.0", "-1"]),
            "good": st.sampled_from([None, True, False]),
            "weight": st.sampled_from([0.0, -0.5, 1e300]),
        }
    ),
    max_size=12,
)
orders = st.lists(
    st.builds(Order, st.sampled_from(LAYOUT.names), st.booleans()), max_size=4, unique_by=lambda order: order.field
)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    opened = Store.open(database_url, [THINGS])
    yield opened
    opened.close()


def fill(store: Store, content: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Replace all rows; names run against the order of insertion."""
    every = [to_values(THINGS, {"name": f"n{99 - place}", **row}) for place, row in enumerate(content)]
    with store.driver.transaction() as connection:
        connection.execute("DELETE FROM things")
        for values in every:
            statement = store.statements[THINGS].insert
            parameters = store.statements[THINGS].row_parameters(values)
            connection.execute(statement.text, statement.parameters(parameters)).fetchall()
    return every


def walk(store: Store, sort: tuple[Order, ...], limit: int) -> list[Row]:
    """Every row, page by page."""
    found: list[Row] = []
    after = None
    while True:
        outcome = store.look_up(Plan("page", THINGS, query=Query(limit, sort, after=after), counting="none"))
        assert len(outcome.rows) <= limit
        found += outcome.rows
        if not outcome.more:
            return found
        last = outcome.rows[-1]
        after = Position(tuple(LAYOUT.value(last, order.field) for order in sort), LAYOUT.key(last))
        assert len(found) < 100, "the walk does not end"


def in_order(content: list[dict[str, Any]], sort: Sequence[Order]) -> list[tuple[Any, ...]]:
    """The sort values of all rows as the contract orders them: missing ones last ascending, first descending."""
    found = list(content)
    for order in reversed(sort):
        missing = [row for row in found if row[order.field] is None]
        there = [row for row in found if row[order.field] is not None]
        there.sort(key=partial(value_of, order.field), reverse=order.descending)
        found = missing + there if order.descending else there + missing
    return [tuple(comparable(order.field, row[order.field]) for order in sort) for row in found]


def value_of(name: str, row: dict[str, Any]) -> Any:
    return comparable(name, row[name])


def comparable(name: str, value: Any) -> Any:
    return Decimal(value) if name == "price" and value is not None else value


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows, orders, st.integers(1, 5))
@example([{"rank": None}, {"rank": None}, {"rank": 1}], [Order("rank", descending=True)], 1)
@example([{"rank": None}, {"rank": 1}], [Order("rank"), Order("size", descending=True)], 1)
@example([{"price": "9.0"}, {"price": "9"}, {"price": "10"}], [Order("price")], 1)
@example([{"size": 1}, {"size": 1}], [Order("size", descending=True), Order("name"), Order("label")], 1)
def test_a_walk_visits_every_row_once_in_order(
    store: Store, content: list[dict[str, Any]], sort: list[Order], limit: int
) -> None:
    every = fill(store, content)
    found = walk(store, tuple(sort), limit)
    assert sorted(map(LAYOUT.identity, found)) == sorted(values["name"] for values in every)
    values = [LAYOUT.named(row) for row in found]
    assert [tuple(comparable(o.field, row[o.field]) for o in sort) for row in values] == in_order(every, sort)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows, orders)
def test_the_size_of_pages_changes_nothing(store: Store, content: list[dict[str, Any]], sort: list[Order]) -> None:
    fill(store, content)
    whole = walk(store, tuple(sort), 100)
    assert all(walk(store, tuple(sort), limit) == whole for limit in (1, 2, 5))


def test_without_an_order_rows_come_as_they_were_made(store: Store) -> None:
    every = fill(store, [{"rank": n % 3 or None} for n in range(9)])
    assert [LAYOUT.identity(row) for row in walk(store, (), 4)] == [values["name"] for values in every]


# How the databases find a page.

SORTS = [
    (),
    (Order("name"),),
    (Order("name", descending=True),),
    (Order("size"),),
    (Order("size", descending=True),),
    (Order("rank"),),
    (Order("rank", descending=True),),
]
BIND = {"sqlite": "?", "postgresql": "%s"}


@pytest.fixture
def large(database_url: str) -> Iterator[Store]:
    """Enough rows, half of them without a rank, that an index is worth it."""
    opened = Store.open(database_url, [THINGS])
    rows_text = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 8000) "
        "INSERT INTO things (name, rank, size, weight) "
        "SELECT 'n' || i, CASE WHEN i % 2 = 0 THEN i % 100 END, i % 50, 0 FROM n"
    )
    with opened.driver.transaction() as connection:
        connection.execute(rows_text)
        connection.execute("ANALYZE things")
    yield opened
    opened.close()


def plans(store: Store, sort: tuple[Order, ...]) -> Iterator[list[str]]:
    """How a first page, and one in the middle of the rows with and of those without a value, are found."""
    statements = store.statements[THINGS]
    values: dict[str, Any] = {"name": "n4000", "size": 25, "rank": 50}
    places = [None, Position(tuple(values[order.field] for order in sort), 4000)]
    places += [Position((None,), 4000)] if sort and sort[0].field == "rank" else []
    explain = "EXPLAIN QUERY PLAN " if store.driver.name == "sqlite" else "EXPLAIN "
    for after in places:
        statement, parameters = statements.of_page(Query(25, sort, after=after), "none")
        yield [str(row[-1]) for row in store.driver.read(explain + statement.text, parameters)]


@pytest.mark.not_on_mariadb
@pytest.mark.parametrize(
    "sort", SORTS, ids=lambda sort: ",".join("-" * o.descending + o.field for o in sort) or "none"
)
def test_a_page_is_found_by_an_index(large: Store, sort: tuple[Order, ...]) -> None:
    for plan in plans(large, sort):
        told = "\n".join(plan)
        if large.driver.name == "sqlite":
            assert reads_in_order(plan), told
        else:
            assert "Seq Scan" not in told, told
            assert "Index Scan" in told, told
            assert most_rows_sorted(plan) <= 2 * 26, told


def reads_in_order(plan: list[str]) -> bool:
    """Whether SQLite reads the table along an index, and puts into order at most what its arms have found."""
    along = all(" USING " in step or step == "SCAN things" for step in plan if "things" in step)
    sorting = [place for place, step in enumerate(plan) if "TEMP B-TREE" in step]
    return along and (not sorting or (sorting == [len(plan) - 1] and plan[0].startswith("CO-ROUTINE")))


def most_rows_sorted(plan: list[str]) -> int:
    """How many rows PostgreSQL expects to put into order at most; sorting so many costs nothing."""
    counts = [int(step.partition("rows=")[2].split()[0]) for step in plan if "Sort  (" in step]
    return max(counts, default=0)
