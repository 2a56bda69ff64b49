"""Conditions on rows, in words: `status is draft`, `year is at least 1990 and (team is a or team is b)`."""

from __future__ import annotations

import re
from typing import Any

import orjson

from ..model.conditions import FALSE, TRUE, And, Comparison, Condition, Judged, Linked, Not, Or
from ..model.kinds import Operator

WORDS: dict[Operator, str] = {
    "eq": "is", "ne": "is not", "gt": "is greater than", "gte": "is at least", "lt": "is less than",
    "lte": "is at most", "in": "is one of", "contains": "contains", "icontains": "contains, in any case,",
    "starts": "begins with",
}  # fmt: skip
PLAIN = re.compile(r"[^\W\d][\w.@-]*")
"""A text that is read as one without quotation marks, unless it is a word of JSON's."""
OF_JSON = frozenset(["true", "false", "null"])


def condition_words(condition: Condition) -> str:
    """A condition in words, members called as over HTTP, with parentheses where `and` and `or` meet."""
    if isinstance(condition, Comparison):
        return _comparison(condition)
    if condition in (TRUE, FALSE):
        return "always" if condition == TRUE else "never"
    if isinstance(condition, Judged):
        return "a function of the application says so"
    if isinstance(condition, Linked):
        return f"{condition.field} leads to an item for which {condition_words(condition.condition)}"
    if isinstance(condition, Not):
        return f"not ({condition_words(condition.condition)})"
    join = " and " if isinstance(condition, And) else " or "
    return join.join(_part(each) for each in condition.conditions)


def _part(condition: Condition) -> str:
    words = condition_words(condition)
    return f"({words})" if isinstance(condition, (And, Or)) else words


def _comparison(condition: Comparison) -> str:
    if condition.operator == "exists":
        return f"{condition.field} has {'a' if condition.values[0] else 'no'} value"
    values = ", ".join(map(value_words, condition.values))
    return f"{condition.field} {WORDS[condition.operator]} {values}"


def value_words(value: Any) -> str:
    """A value as it stands in JSON; a single word without quotation marks."""
    if isinstance(value, str) and PLAIN.fullmatch(value) and value not in OF_JSON:
        return value
    return orjson.dumps(value, option=orjson.OPT_UTC_Z).decode()
