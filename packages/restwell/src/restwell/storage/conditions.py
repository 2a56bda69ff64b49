"""A condition as SQL: its shape, which a statement is compiled for, and its parameters.

The *shape* is all of a condition but its values. Equal shapes have one statement, so that the texts of a process are
as few as the forms of its conditions; lists are padded to powers of two for that. The comparisons of a condition are
numbered as they are read, in the shape and in the parameters alike.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import count
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa

from ..data.cursors import successor
from ..model.conditions import TRUE, And, Comparison, Condition, Judged, Linked, Not, Or
from ..model.resource import Declaration
from .dialect import Dialect
from .stored import Stored, parameter_of

COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq,
    "ne": lambda column, value: column.is_distinct_from(value),  # a missing value is another value, too
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


ORDERING = frozenset(["gt", "gte", "lt", "lte"])


class ComparisonShape(NamedTuple):
    """A comparison without its values: `number` is how many there are, and for `exists` the value itself."""

    field: str
    operator: str
    number: int
    exact: bool = False


class JoinedShape(NamedTuple):
    """The shapes of several conditions, or of the one that is negated."""

    join: Literal["and", "or", "not"]
    parts: tuple[Shape, ...]


class LinkedShape(NamedTuple):
    """The shape of what an item of a resource has to meet that a field refers to."""

    field: str
    resource: Declaration
    part: Shape


Shape = ComparisonShape | JoinedShape | LinkedShape
ALWAYS = JoinedShape("and", ())
"""The shape of TRUE."""


def shape_of(condition: Condition) -> Shape:
    """All of a condition but its values."""
    if condition is TRUE:
        return ALWAYS
    if isinstance(condition, Comparison):
        exists = condition.operator == "exists"
        number = int(condition.values[0]) if exists else len(_padded(condition))
        return ComparisonShape(condition.field, condition.operator, number, condition.exact)
    if isinstance(condition, Not):
        return JoinedShape("not", (shape_of(condition.condition),))
    if isinstance(condition, Linked):
        return LinkedShape(condition.field, condition.resource, shape_of(condition.condition))
    if isinstance(condition, Judged):
        raise TypeError(f"{condition} is no SQL: statements are of `widened` conditions.")
    return JoinedShape("and" if isinstance(condition, And) else "or", tuple(map(shape_of, condition.conditions)))


def is_bounded(shape: Shape, unique: Collection[str]) -> bool:
    """Whether a condition leaves a few rows at most, found by an index: values of `unique` fields.

    Any other condition may have to look at every row, one on an indexed field too, as `name[gte]=` of all names.
    """
    if isinstance(shape, ComparisonShape):
        return shape.field in unique and shape.operator in {"eq", "in"}
    if isinstance(shape, LinkedShape):
        return False
    bounded = (is_bounded(part, unique) for part in shape.parts)
    return shape.join != "not" and (any(bounded) if shape.join == "and" else all(bounded))


def parameters_of(
    condition: Condition,
    dialect: Dialect,
    write: Callable[[str, Any], Any],
    linked: Mapping[Declaration, Stored] = MappingProxyType({}),
) -> dict[str, Any]:
    """The parameters of a condition by name; `write` makes a parameter of a field's value.

    `linked` says where the resources are stored that fields refer to.
    """
    values: dict[str, Any] = {}
    if condition is TRUE:
        return values
    for place, (resource, item) in enumerate(_comparisons(condition, None)):
        if item.operator == "exists":
            continue
        writing = write if resource is None else linked[resource].to_parameter
        for number, value in enumerate(_padded(item)):
            values[f"_f{place}_{number}"] = writing(item.field, value)
        if item.operator == "icontains":
            values[f"_f{place}_0"] = dialect.any_case(item.values[0])
        if item.operator == "starts":
            values[f"_f{place}_end"] = successor(item.values[0])
    return values


def where(shape: Shape, stored: Stored, dialect: Dialect) -> list[Any]:
    """What a WHERE asks for a condition of this shape, all of which has to be true; nothing for TRUE."""
    places = count()
    if isinstance(shape, JoinedShape) and shape.join == "and":
        return [_compiled(part, places, stored, dialect) for part in shape.parts]
    return [_compiled(shape, places, stored, dialect)]


def _comparisons(condition: Condition, of: Declaration | None) -> Iterator[tuple[Declaration | None, Comparison]]:
    """The comparisons of a condition, in the order in which `_compiled` meets those of its shape.

    Each is with the resource that it is of, None for that of the condition.
    """
    if isinstance(condition, Comparison):
        yield of, condition
    elif isinstance(condition, Not):
        yield from _comparisons(condition.condition, of)
    elif isinstance(condition, Linked):
        yield from _comparisons(condition.condition, condition.resource)
    elif isinstance(condition, (And, Or)):
        for part in condition.conditions:
            yield from _comparisons(part, of)


def _compiled(shape: Shape, places: Iterator[int], stored: Stored, dialect: Dialect) -> Any:
    if isinstance(shape, ComparisonShape):
        return _comparison(shape, next(places), stored, dialect)
    if isinstance(shape, LinkedShape):
        target = stored.linked[shape.resource]
        found = sa.select(target.columns[shape.resource.identity.name])
        found = found.where(_compiled(shape.part, places, target, dialect)).correlate(None)
        return stored.columns[shape.field].in_(found)
    parts = [_compiled(part, places, stored, dialect) for part in shape.parts]
    if shape.join == "not":
        return parts[0].is_not(sa.true())  # the complement: a comparison with a missing value gives NULL
    if shape.join == "and":
        return sa.and_(sa.true(), *parts)
    return sa.or_(sa.false(), *parts)


def _comparison(shape: ComparisonShape, place: int, stored: Stored, dialect: Dialect) -> Any:
    test, number, column = shape.operator, shape.number, stored.columns[shape.field]
    if test == "exists":
        return column.is_not(None) if number else column.is_(None)
    values = [parameter_of(f"_f{place}_{index}", column) for index in range(number)]
    if shape.exact and _is_loose(shape, stored, column):
        exact = dialect.exactly(column)
        if test in {"eq", "in"} and values:  # an index serves this
            return sa.and_(column.in_(values), exact.in_(values))
        column = exact
    if test == "in":
        return column.in_(values) if values else sa.false()
    return _compared(test, column, values[0], place, stored, dialect)


def _is_loose(shape: ComparisonShape, stored: Stored, column: Any) -> bool:
    """Whether the database may find other texts equal, or in another order, than code points are."""
    if shape.field in stored.inexact:
        return True
    return shape.operator in ORDERING and not stored.by_code_points and isinstance(column.type, sa.String)


def _compared(test: str, column: Any, first: Any, place: int, stored: Stored, dialect: Dialect) -> Any:
    """The comparison of a column with one value."""
    if test == "contains":
        return dialect.contains(column, first)
    if test == "icontains":
        return dialect.icontains(column, first)
    if test == "starts":
        return _starts(column, first, place, stored, dialect)
    return COMPARISONS[test](column, first)


def _starts(column: Any, first: Any, place: int, stored: Stored, dialect: Dialect) -> Any:
    """Whether a text begins with another: by a range, which an index can give, where texts are by code points."""
    if not stored.by_code_points:
        return sa.func.substr(column, sa.literal_column("1"), dialect.length(first)) == first
    end = parameter_of(f"_f{place}_end", column)
    return sa.and_(column >= first, sa.or_(end.is_(None), column < end))


def _padded(item: Comparison) -> tuple[Any, ...]:
    """The values of a comparison, the last one repeated up to a power of two: few lengths are few statements."""
    length = len(item.values)
    return item.values + item.values[-1:] * ((1 << (length - 1).bit_length()) - length) if length else ()
