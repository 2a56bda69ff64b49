"""Whether the items that others refer to are there and meet a condition: one look-up for all of several items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..model.conditions import Comparison, Linked
from ..model.resource import Declaration
from .layout import Layout
from .plans import Plan
from .ports import Reader
from .query import Query

NUMBERS = range(-(2**63), 2**63)
"""The numbers that an identity can be, so that others refer to nothing."""


class Following:
    """Follows the links of some items, whose values are given by name: what `Matching.meets` asks."""

    def __init__(self, store: Reader, items: Sequence[Mapping[str, Any]]) -> None:
        self._store = store
        self._items = items
        self._known: dict[Linked, frozenset[str]] = {}

    def __call__(self, linked: Linked, value: Any) -> bool:
        """Whether what one of the items refers to by this value is there and meets a condition. Raises StoreError."""
        found = self._known.get(linked)
        if found is None:
            found = self._known[linked] = self._find(linked)
        return str(value) in found

    def _find(self, linked: Linked) -> frozenset[str]:
        target: Declaration = linked.resource
        given = {str(item[linked.field]) for item in self._items if item[linked.field] is not None}
        identities = [target.identity_from(each) for each in sorted(given)]
        wanted = tuple(each for each in identities if not isinstance(each, int) or each in NUMBERS)
        if not wanted:
            return frozenset()
        query = Query(limit=len(wanted), condition=Comparison(target.identity.name, "in", wanted))
        plan = Plan("page", target, query=query, counting="none", condition=linked.condition)
        return frozenset(map(str, map(target.compiled[Layout].identity, self._store.look_up(plan).rows)))
