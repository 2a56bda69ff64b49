"""Conditions keep the laws of Boolean algebra, and what is made of them is in its simplest form."""

from functools import partial
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restwell.model.conditions import FALSE, TRUE, And, Comparison, Condition, Not, Or, all_of, any_of, both, negate
from tests.restwell.model.truth import holds

NAMES = "abc"
"""Fields of the tests; a comparison of them holds or does not, whatever its values are."""
atoms = st.sampled_from([Comparison(name, "exists", (True,)) for name in NAMES])
raw = st.recursive(
    atoms | st.sampled_from([TRUE, FALSE]),
    lambda inner: (
        st.builds(And, st.lists(inner, max_size=3).map(tuple))
        | st.builds(Or, st.lists(inner, max_size=3).map(tuple))
        | st.builds(Not, inner)
    ),
    max_leaves=8,
)
"""Conditions of any form, simplified or not."""
ROWS = [dict(zip(NAMES, values, strict=True)) for values in product([False, True], repeat=len(NAMES))]


def compares(comparison: Comparison, row: dict[str, bool]) -> bool:
    return row[comparison.field]


def truth(condition: Condition) -> list[bool]:
    """Where a condition holds: the last column of its truth table."""
    return [holds(condition, partial(compares, row=row)) for row in ROWS]


def simplified(condition: Condition) -> Condition:
    match condition:
        case And(conditions):
            return all_of(*map(simplified, conditions))
        case Or(conditions):
            return any_of(*map(simplified, conditions))
        case Not(inner):
            return negate(simplified(inner))
    return condition


def is_simple(condition: Condition) -> bool:
    """Whether nothing is left to simplify: no constants, no nesting, no repetition, no two negations."""
    match condition:
        case And(conditions) | Or(conditions):
            return (
                len(conditions) > 1
                and len(set(conditions)) == len(conditions)
                and not any(isinstance(each, type(condition)) or each in {TRUE, FALSE} for each in conditions)
                and all(map(is_simple, conditions))
            )
        case Not(inner):
            return not isinstance(inner, Not) and inner not in {TRUE, FALSE} and is_simple(inner)
    return True


@given(raw)
def test_simplifying_keeps_where_a_condition_holds(condition: Condition) -> None:
    simple = simplified(condition)
    assert truth(simple) == truth(condition)
    assert simple in {TRUE, FALSE} or is_simple(simple)
    assert simplified(simple) == simple
    assert hash(simplified(simple)) == hash(simple)


@given(st.lists(raw.map(simplified), max_size=4))
def test_laws(parts: list[Condition]) -> None:
    assert all_of(*parts, TRUE) == all_of(*parts)
    assert any_of(*parts, FALSE) == any_of(*parts)
    assert all_of(*parts, FALSE) is FALSE
    assert any_of(*parts, TRUE) is TRUE
    assert all_of(*parts, *parts) == all_of(*parts)
    assert any_of(*parts, *parts) == any_of(*parts)
    assert all_of(all_of(*parts[:2]), *parts[2:]) == all_of(*parts)
    assert any_of(any_of(*parts[:2]), *parts[2:]) == any_of(*parts)
    assert truth(negate(all_of(*parts))) == truth(any_of(*map(negate, parts)))
    for each in parts:
        assert both(each, TRUE) == both(TRUE, each) == each
        assert both(each, FALSE) is FALSE
        assert all_of(each) == any_of(each) == negate(negate(each)) == each


def test_nothing_to_hold_always_holds_and_nothing_to_choose_from_never() -> None:
    assert all_of() is TRUE
    assert any_of() is FALSE
    assert negate(TRUE) is FALSE
    assert negate(FALSE) is TRUE


def test_conditions_of_different_forms_are_not_equal() -> None:
    one, other = (Comparison(name, "eq", (1,)) for name in "ab")
    assert len({one, other, And((one, other)), Or((one, other)), And((one,)), Or((one,)), Not(one)}) == 7


@pytest.mark.parametrize("values", [(), (1, 2)])
def test_only_a_list_takes_other_than_one_value(values: tuple[int, ...]) -> None:
    assert Comparison("a", "in", values).values == values
    with pytest.raises(ValueError, match="one value"):
        Comparison("a", "eq", values)
