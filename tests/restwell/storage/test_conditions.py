"""A condition holds in a database for the rows for which it holds in Python, and guards what a plan does."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from restwell.data.caseless import folded
from restwell.data.layout import Layout
from restwell.data.outcomes import Outcome
from restwell.data.plans import Plan, RowChange
from restwell.data.query import Counting, Order, Query
from restwell.model.conditions import FALSE, TRUE, And, Comparison, Condition, Not, Or, all_of, any_of, negate
from restwell.model.declare import declare
from restwell.model.fields import Field
from restwell.model.kinds import Operator
from restwell.model.policy import public
from restwell.model.resource import Resource
from restwell.storage.conditions import shape_of
from restwell.storage.engine import Store
from tests.restwell.model.truth import holds
from tests.restwell.storage.changing import carry_out

OPERATORS: tuple[Operator, ...] = get_args(Operator)


class Thing(Resource):
    """Values, and all but the name may be missing."""

    name: str = Field(identity=True)
    code: int | None = Field(None, unique=True)
    size: int | None = None
    label: str | None = None
    price: Decimal | None = None
    good: bool | None = None


VALUES: dict[str, list[Any]] = {
    "size": [None, -1, 0, 1, 10],
    "label": [None, "", "a", "B", "b", "ab", "é", "É", "%", "a\U0010ffff"],
    "price": [None, "9", "10", "9.5", "-1"],
    "good": [None, True, False],
}
ROWS = [
    {"name": f"n{number}", "code": number if number % 3 else None}
    | {field: values[number * step % len(values)] for step, (field, values) in enumerate(VALUES.items(), 1)}
    for number in range(60)
]
"""Every value, each beside several others."""
THINGS = declare(Thing, "/things", read=public(), initial=ROWS)
KINDS = {spec.name: spec.kind for spec in THINGS.fields}
COMPARED: dict[Operator, Callable[[Any, Any], bool]] = {
    "eq": lambda value, other: value == other,
    "gt": lambda value, other: value > other,
    "gte": lambda value, other: value >= other,
    "lt": lambda value, other: value < other,
    "lte": lambda value, other: value <= other,
    "contains": lambda value, part: part in value,
    "icontains": lambda value, part: folded(part) in folded(value),
    "starts": lambda value, part: value.startswith(part),
}


def compares(comparison: Comparison, row: dict[str, Any]) -> bool:
    """Whether a comparison holds for a row, as `model/conditions.py` says it."""
    if comparison.operator == "exists":
        return (row[comparison.field] is not None) is comparison.values[0]
    value, others = (
        [Decimal(each) if comparison.field == "price" and each is not None else each for each in every]
        for every in ([row[comparison.field]], comparison.values)
    )
    if comparison.operator == "ne":
        return value != others
    found = COMPARED["eq" if comparison.operator == "in" else comparison.operator]
    return any(None not in (value[0], other) and found(value[0], other) for other in others)


def comparisons_of(field: str) -> st.SearchStrategy[Comparison]:
    """Comparisons of a field by each of its operators, with values that are there."""
    value = st.sampled_from([each for each in VALUES[field] if each is not None])
    text = st.sampled_from(["a", "B", "É", "%", "b\U0010ffff", "a\U0010ffff"])

    def by(operator: Operator) -> st.SearchStrategy[Comparison]:
        one = {"exists": st.booleans(), **dict.fromkeys(("contains", "icontains", "starts"), text)}.get(
            operator, value
        )
        values = st.lists(value, max_size=5).map(tuple) if operator == "in" else st.tuples(one)
        return st.builds(Comparison, st.just(field), st.just(operator), values)

    return st.sampled_from(KINDS[field].operators).flatmap(by)


comparisons = st.sampled_from(sorted(VALUES)).flatmap(comparisons_of)
conditions = st.recursive(
    comparisons,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda parts: all_of(*parts))
        | st.lists(inner, max_size=3).map(lambda parts: any_of(*parts))
        | st.builds(Not, inner)
        | st.builds(negate, inner)
        | st.builds(And, st.lists(inner, max_size=2).map(tuple))
        | st.builds(Or, st.lists(inner, max_size=2).map(tuple))
    ),
    max_leaves=6,
)
asked = settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
SMALL, LARGE = Comparison("size", "lt", (5,)), Comparison("size", "gte", (5,))


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    opened = Store.open(database_url, [THINGS])
    yield opened
    opened.close()


def names(outcome: Outcome) -> list[str]:
    return [THINGS.compiled[Layout].identity(row) for row in outcome.rows]


def page(store: Store, condition: Condition, seen: Condition = TRUE, counting: Counting = "exact") -> Outcome:
    query = Query(limit=100, condition=condition)
    return store.look_up(Plan("page", THINGS, query=query, counting=counting, condition=seen))


def expected(condition: Condition) -> list[str]:
    return [row["name"] for row in ROWS if holds(condition, partial(compares, row=row))]


def test_every_operator_is_tried() -> None:
    assert {operator for field in VALUES for operator in KINDS[field].operators} == {*OPERATORS}


@asked
@given(conditions)
@example(Not(Comparison("size", "eq", (1,))))
@example(Not(Comparison("size", "gt", (0,))))
@example(Not(Not(Comparison("label", "contains", ("a",)))))
@example(Not(Or((Comparison("size", "gt", (0,)), Comparison("label", "icontains", ("É",))))))
@example(Comparison("size", "in", ()))
@example(Not(Comparison("size", "in", ())))
@example(Comparison("size", "in", (None, 1)))
@example(Comparison("size", "ne", (None,)))
@example(TRUE)
@example(FALSE)
@example(Or((And(()), Comparison("size", "eq", (1,)))))
def test_a_condition_holds_as_in_python(store: Store, condition: Condition) -> None:
    found = page(store, condition)
    assert names(found) == expected(condition)
    assert found.total == len(expected(condition))


@asked
@given(conditions, conditions)
def test_a_page_meets_the_condition_of_its_plan_and_of_its_query(
    store: Store, condition: Condition, seen: Condition
) -> None:
    found = page(store, condition, seen)
    assert names(found) == expected(And((condition, seen)))
    assert found.total == len(names(found))


@asked
@given(conditions, st.sampled_from(ROWS))
def test_an_item_is_found_where_its_condition_holds(store: Store, condition: Condition, row: dict[str, Any]) -> None:
    wanted = "found" if holds(condition, partial(compares, row=row)) else "missing"
    for wholly in (False, True):
        plan = Plan("item", THINGS, row["name"], wholly=wholly, condition=condition)
        assert store.look_up(plan).kind == wanted


@pytest.mark.parametrize("counting, total", [("bounded", 48), ("exact", 48), ("none", None)])
def test_a_page_behind_another_and_its_total_meet_the_condition(
    store: Store, counting: Counting, total: int | None
) -> None:
    seen = Not(Comparison("size", "exists", (False,)))
    for sort in ((), (Order("size"),), (Order("label", descending=True), Order("size"))):
        query = Query(limit=100, sort=sort)
        found = store.look_up(Plan("page", THINGS, query=query, counting=counting, condition=seen))
        assert sorted(names(found)) == sorted(expected(seen))
        assert found.total == total


@pytest.mark.parametrize("counting", ["exact", "bounded", "estimated"])
def test_a_page_without_rows_is_counted_by_both_conditions(store: Store, counting: Counting) -> None:
    found = page(store, SMALL, LARGE, counting)
    assert (list(found.rows), found.total) == ([], 0)


def test_a_change_is_made_where_its_condition_holds(store: Store) -> None:
    row = next(each for each in ROWS if each["size"] == 1)
    before = store.look_up(Plan("item", THINGS, row["name"]))
    version, changed = before.row[1], {**row, "size": 2}
    for change in (
        RowChange("replace", THINGS, row["name"], version, changed, condition=LARGE),
        RowChange("replace", THINGS, row["name"], version, changed, condition=FALSE),
        RowChange("delete", THINGS, row["name"], version, condition=LARGE),
        RowChange("delete", THINGS, row["name"], version, condition=negate(SMALL)),
    ):
        assert carry_out(store, change) == Outcome("lost")
        assert store.look_up(Plan("item", THINGS, row["name"])) == before
    replaced = carry_out(store, RowChange("replace", THINGS, row["name"], version, changed, condition=SMALL))
    assert (replaced.kind, THINGS.compiled[Layout].value(replaced.row, "size")) == ("replaced", 2)
    assert carry_out(store, RowChange("delete", THINGS, row["name"], version + 1, condition=SMALL)) == Outcome(
        "deleted"
    )


def test_an_insert_has_no_condition(store: Store) -> None:
    with pytest.raises(ValueError, match="an insert has none"):
        carry_out(
            store, RowChange("insert", THINGS, values={**ROWS[0], "name": "new", "code": None}, condition=SMALL)
        )


def test_a_shape_has_all_of_a_condition_but_its_values() -> None:
    one, other = (Comparison("size", "in", values) for values in ((1, 2, 3), (4, 5, 6, 7)))
    assert shape_of(one) == shape_of(other)
    both = And((one, SMALL))
    forms = [TRUE, FALSE, one, Not(one), both, Or((one, SMALL)), And((SMALL, one)), Not(both),
             Comparison("size", "in", ()), Comparison("size", "in", (1,)), Comparison("size", "exists", (True,)),
             Comparison("size", "exists", (False,)), Comparison("label", "in", ("a", "b", "c"))]  # fmt: skip
    assert len({shape_of(form) for form in forms}) == len(forms)


FEW = Comparison("code", "eq", (7,))


@pytest.mark.parametrize(
    "condition, is_bounded",
    [
        (TRUE, False), (FALSE, True), (FEW, True), (SMALL, False), (Comparison("name", "in", ("n1", "n2")), True),
        (Comparison("name", "gte", ("n",)), False), (And((SMALL, FEW)), True), (And((SMALL, LARGE)), False),
        (Or((SMALL, FEW)), False), (Or((FEW, Comparison("name", "eq", ("n1",)))), True), (Not(FEW), False),
        (Not(Not(FEW)), False), (And((Not(SMALL), FEW)), True), (Or((And((SMALL, FEW)), FEW)), True),
    ],
)  # fmt: skip
def test_what_leaves_a_few_rows_is_known(store: Store, condition: Condition, is_bounded: bool) -> None:
    statement, _ = store.statements[THINGS].of_page(Query(condition=condition), "exact")
    assert statement.is_bounded is is_bounded
    assert store.statements[THINGS].of_count(condition, "exact")[0].is_bounded is is_bounded
    if is_bounded and store.driver.name == "sqlite" and condition is not FALSE:
        assert not scans(store, condition)


def scans(store: Store, condition: Condition) -> bool:
    """Whether SQLite looks at every row."""
    statement, parameters = store.statements[THINGS].of_page(Query(condition=condition), "none")
    return any(
        row[-1] == "SCAN things" for row in store.driver.read(f"EXPLAIN QUERY PLAN {statement.text}", parameters)
    )
