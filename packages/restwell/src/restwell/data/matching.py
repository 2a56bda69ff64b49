"""Whether the values of an item meet a condition, by the laws that the databases keep.

Texts are compared by code points, values of other kinds as their types, and a comparison with a missing value does
not hold, except `ne`, and `exists` with False.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from ..model.conditions import And, Comparison, Condition, Judged, Linked, Not
from ..model.resource import Declaration
from .caseless import folded

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq, "gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le,
    "contains": operator.contains, "starts": str.startswith,
}  # fmt: skip
WRITTEN = frozenset([str, int, float, bool, type(None)])
"""The types of values that stand in JSON as they are."""


Follow = Callable[[Linked, Any], bool]


def nowhere(linked: Linked, value: Any) -> bool:  # noqa: ARG001 - as others ask
    """For conditions without links. Raises TypeError for one."""
    raise TypeError(f"{linked} is held against what is looked up.")


class Matching:
    """Holds the items of one resource against conditions: `declaration.whole.compiled[Matching]`."""

    __slots__ = ("_computing", "_specs")

    def __init__(self, declaration: Declaration) -> None:
        self._specs = {spec.name: spec for spec in declaration.fields}
        self._computing = declaration.shape.computing

    def meets(self, condition: Condition, values: Mapping[str, Any], follow: Follow = nowhere) -> bool:
        """Whether these values of the fields, by name, meet a condition.

        `follow` says whether the item that a value refers to is there and meets the condition of a `Linked`.
        """
        if isinstance(condition, Comparison):
            return self._compares(condition, self.typed(condition.field, values[condition.field]))
        if isinstance(condition, Not):
            return not self.meets(condition.condition, values, follow)
        if isinstance(condition, Judged):
            return self._says(condition, values)
        if isinstance(condition, Linked):
            value = values[condition.field]
            return value is not None and follow(condition, value)
        found = (self.meets(each, values, follow) for each in condition.conditions)
        return all(found) if isinstance(condition, And) else any(found)

    def may_meet(self, condition: Condition, values: Mapping[str, Any], *, holds: bool = True) -> bool:
        """Whether an item of which these values are known may meet a condition, or, without `holds`, may not.

        What functions say, and what is linked, may be either.
        """
        if isinstance(condition, (Judged, Linked)):
            return True
        if isinstance(condition, Comparison):
            return condition.field not in values or self.meets(condition, values) is holds
        if isinstance(condition, Not):
            return self.may_meet(condition.condition, values, holds=not holds)
        found = (self.may_meet(each, values, holds=holds) for each in condition.conditions)
        return all(found) if isinstance(condition, And) is holds else any(found)

    def _says(self, condition: Judged, values: Mapping[str, Any]) -> bool:
        """What a function says of the item with these values. Raises TypeError for another than True and False."""
        plain = orjson.loads(orjson.dumps(dict(values), option=orjson.OPT_UTC_Z))
        said = condition.holds(self._computing.instance(plain))
        if said is True or said is False:
            return said
        raise TypeError(f"the rule {condition.text} has said {said!r} of an item: a rule says True or False.")

    def typed(self, name: str, value: Any) -> Any:
        """A value of a field as it is compared."""
        spec = self._specs[name]
        if value is not None and type(value) not in WRITTEN:  # as a driver has read it
            value = orjson.loads(orjson.dumps(value, option=orjson.OPT_UTC_Z))
        return value if value is None or spec.kind.is_alike else self._computing.typed(name, value)

    def _compares(self, condition: Comparison, value: Any) -> bool:
        name, test = condition.field, condition.operator
        if test == "exists":
            return (value is not None) == bool(condition.values[0])
        wanted = [self.typed(name, each) for each in condition.values]
        if test == "ne":
            return bool(value != wanted[0])
        if value is None:
            return False
        if test == "in":
            return value in wanted
        if test == "icontains":
            return folded(wanted[0]) in folded(value)
        return COMPARISONS[test](value, wanted[0])
