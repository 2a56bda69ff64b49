"""Conditions in words."""

import pytest

from restwell.descriptions.conditions import condition_words
from restwell.model.conditions import FALSE, TRUE, Comparison, Condition, all_of, any_of, negate

A, B, C = (Comparison(name, "eq", (1,)) for name in "abc")


@pytest.mark.parametrize(
    "condition, words",
    [
        (Comparison("status", "eq", ("draft",)), "status is draft"),
        (Comparison("status", "ne", ("in print",)), 'status is not "in print"'),
        (Comparison("status", "eq", ("true",)), 'status is "true"'),
        (Comparison("open", "eq", (True,)), "open is true"),
        (Comparison("status", "eq", ("7",)), 'status is "7"'),
        (Comparison("status", "eq", ("a\nb",)), 'status is "a\\nb"'),
        (Comparison("year", "gt", (1990,)), "year is greater than 1990"),
        (Comparison("year", "gte", (1990,)), "year is at least 1990"),
        (Comparison("year", "lt", (1990,)), "year is less than 1990"),
        (Comparison("year", "lte", (1990,)), "year is at most 1990"),
        (Comparison("team", "in", ("a", "b c")), 'team is one of a, "b c"'),
        (Comparison("title", "contains", ("x",)), "title contains x"),
        (Comparison("title", "icontains", ("x",)), "title contains, in any case, x"),
        (Comparison("title", "starts", ("x",)), "title begins with x"),
        (Comparison("team", "exists", (True,)), "team has a value"),
        (Comparison("team", "exists", (False,)), "team has no value"),
        (all_of(A, any_of(B, C)), "a is 1 and (b is 1 or c is 1)"),
        (any_of(all_of(A, B), C), "(a is 1 and b is 1) or c is 1"),
        (negate(any_of(A, B)), "not (a is 1 or b is 1)"),
        (TRUE, "always"),
        (FALSE, "never"),
    ],
)
def test_a_condition_is_a_phrase(condition: Condition, words: str) -> None:
    assert condition_words(condition) == words
