"""Conditions on rows: one algebra for filters, row rules of a caller, relations and search.

A condition either holds for a row or does not. A comparison with a missing value does not hold, except `ne`, and
`exists` with False; `Not` holds exactly where its condition does not. So the laws of Boolean algebra hold, missing
values included, and a store has to keep them.

Conditions are frozen, hashable values. Make them of comparisons with `all_of`, `any_of` and `negate`, which simplify.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .kinds import Operator


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison of one field; `values` has one value, or any number of them for `in`.

    `exact` is for rules: texts are compared by code points, whatever the database takes for the same.
    """

    field: str
    operator: Operator
    values: tuple[Any, ...]
    exact: bool = False

    def __post_init__(self) -> None:
        if self.operator != "in" and len(self.values) != 1:
            raise ValueError(f"{self.operator} compares with one value, not with {len(self.values)}")


@dataclass(frozen=True, slots=True)
class And:
    """Holds where all of its conditions hold; without any it always holds."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Holds where one of its conditions holds; without any it never holds."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Holds where its condition does not hold, also because a value is missing."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class Judged:
    """Holds where a function says so of the item, which no store can ask of its rows: `widened` leaves it out.

    `text` tells what the function is and whom it judges for, the same in every process, and `holds` is called with
    the item.
    """

    rule: Callable[..., object]
    text: str
    holds: Callable[[Any], object] = field(compare=False, repr=False)

    def __repr__(self) -> str:
        return f"Judged({self.text})"


@dataclass(frozen=True, slots=True)
class Linked:
    """Holds where a field refers to an item of a resource, its declaration, that is there and meets a condition."""

    field: str
    resource: Any
    condition: Condition

    def __repr__(self) -> str:
        return f"Linked({self.field}, {self.resource.path}, {self.condition})"


Condition = Comparison | And | Or | Not | Judged | Linked
TRUE: Condition = And(())
"""Holds for every row."""
FALSE: Condition = Or(())
"""Holds for no row."""


def all_of(*conditions: Condition) -> Condition:
    """The condition that holds where all of these hold, simplified; TRUE without any."""
    return _joined(And, conditions, neutral=TRUE, absorbing=FALSE)


def both(one: Condition, other: Condition) -> Condition:
    """The condition that holds where both hold: mostly one of them is TRUE, and it is the other as it is."""
    if one is TRUE:
        return other
    return one if other is TRUE else all_of(one, other)


def any_of(*conditions: Condition) -> Condition:
    """The condition that holds where one of these holds, simplified; FALSE without any."""
    return _joined(Or, conditions, neutral=FALSE, absorbing=TRUE)


def negate(condition: Condition) -> Condition:
    """The condition that holds where this one does not, simplified."""
    if isinstance(condition, Not):
        return condition.condition
    return {TRUE: FALSE, FALSE: TRUE}.get(condition) or Not(condition)


def parts_of(condition: Condition) -> Iterator[Comparison | Judged | Linked]:
    """What a condition is made of, however it is joined."""
    if isinstance(condition, Not):
        yield from parts_of(condition.condition)
    elif isinstance(condition, (And, Or)):
        for each in condition.conditions:
            yield from parts_of(each)
    else:
        yield condition


def fields_in(condition: Condition) -> Iterator[str]:
    """The fields that a condition compares, as often as it does; a function may look at any."""
    return (each.field for each in parts_of(condition) if not isinstance(each, Judged))


def judged_in(condition: Condition) -> Iterator[Judged]:
    """The functions that have a part in a condition."""
    return (each for each in parts_of(condition) if isinstance(each, Judged))


def is_judged(condition: Condition) -> bool:
    """Whether a function has a part in a condition."""
    return any(judged_in(condition))


def widened(
    condition: Condition, without: tuple[type[Any], ...] = (Judged,), *, unknown: Condition = TRUE
) -> Condition:
    """What holds for all rows that a condition holds for, and may hold for more, without functions: for statements.

    The conditions of the kinds that it is to be `without` are taken to be what `unknown` is.
    """
    if isinstance(condition, without):
        return unknown
    if isinstance(condition, Not):
        return negate(widened(condition.condition, without, unknown=FALSE if unknown == TRUE else TRUE))
    if not isinstance(condition, (And, Or)):
        return condition
    join = all_of if isinstance(condition, And) else any_of
    return join(*(widened(each, without, unknown=unknown) for each in condition.conditions))


def _joined(
    join: type[And | Or], conditions: Iterable[Condition], *, neutral: Condition, absorbing: Condition
) -> Condition:
    """The conditions joined, without nesting, repetition and constants."""
    parts = tuple(dict.fromkeys(_flat(join, conditions)))
    if absorbing in parts:
        return absorbing
    if not parts:
        return neutral
    return parts[0] if len(parts) == 1 else join(parts)


def _flat(join: type[And | Or], conditions: Iterable[Condition]) -> Iterator[Condition]:
    for condition in conditions:
        if isinstance(condition, join):
            yield from _flat(join, condition.conditions)
        else:
            yield condition
