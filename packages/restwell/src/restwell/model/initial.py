"""The rows that a resource has from the start, as its declaration gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pydantic

from ..http.limits import MAX_GIVEN_NUMBER
from .errors import fail
from .fields import FieldSpec
from .resource import Resource
from .shapes import Shape


def initial_rows(
    cls: type[Resource],
    shape: Shape,
    members: Mapping[str, FieldSpec],
    unique: Sequence[tuple[str, ...]],
    rows: Sequence[Mapping[str, Any]],
) -> tuple[Mapping[str, Any], ...]:
    """The initial rows as they are stored; `unique` are groups of members of which no two have the same values.

    Raises DeclarationError for one that is not valid, or that is there twice.
    """
    found: list[Mapping[str, Any]] = []
    identity = tuple(members[each].name for each in shape.identity)
    counted = next((spec for spec in members.values() if spec.marks.made is not None and spec.kind.is_numbered), None)
    last = 0
    attributes = {spec.name: attribute for attribute, spec in members.items()}
    seen: dict[tuple[tuple[str, ...], tuple[Any, ...]], int] = {}
    for number, row in enumerate(rows, 1):
        try:
            values = shape.initial(row)
        except pydantic.ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join(map(str, first["loc"]))
            fail(cls, None, f"has an initial row {number} that is not valid at {place}: {first['msg']}.")
        given = values if counted is None else _counted(cls, counted, values, number, last)
        last = last if counted is None else max(last, given[counted.name])
        for names in unique:
            key = tuple(given[name] for name in names)
            other = number if None in key else seen.setdefault((names, key), number)
            if other != number:
                what = "identity" if names == identity else " and ".join(map(attributes.__getitem__, names))
                fail(cls, None, f"has an initial row {number} with the {what} of row {other}: each is used once.")
        found.append(values)
    return tuple(found)


def _counted(
    cls: type[Resource], spec: FieldSpec, values: Mapping[str, Any], row: int, last: int
) -> Mapping[str, Any]:
    """An initial row with the number that it is going to have, where the database counts on behind the last one."""
    number = values[spec.name]
    if number is not None and number > MAX_GIVEN_NUMBER:
        what = f"is {number} in initial row {row}, which leaves too little to count on behind it"
        fail(cls, spec.attribute, f"{what}: give at most {MAX_GIVEN_NUMBER}.")
    return {**values, spec.name: last + 1} if number is None else values
