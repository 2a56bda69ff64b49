"""Whether the items that others refer to are there and meet a condition: one look-up for all of several items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..model.conditions import Comparison, Linked
from ..model.resource import Declaration
from .layout import Layout
from .outcomes import Row
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
        given = {str(item[linked.field]) for item in self._items if item[linked.field] is not None}
        rows = _rows(self._store, linked, sorted(given))
        return frozenset(map(str, map(linked.resource.compiled[Layout].identity, rows)))


def leads_somewhere(store: Reader, linked: Linked, value: Any) -> bool:
    """Whether the item that a new value is to refer to is there and meets a condition. Raises StoreError.

    The database says which item that is: it may take another spelling of an identity for the same.
    """
    return bool(_rows(store, linked, [str(value)]))


def _rows(store: Reader, linked: Linked, given: Sequence[str]) -> Sequence[Row]:
    """The items with identities, given as they are written, that are there and meet a condition."""
    target: Declaration = linked.resource
    identities = map(target.identity_from, given)
    wanted = tuple(each for each in identities if not isinstance(each, int) or each in NUMBERS)
    if not wanted:
        return ()
    query = Query(limit=len(wanted), condition=Comparison(target.identity.name, "in", wanted))
    return store.look_up(Plan("page", target, query=query, counting="none", condition=linked.condition)).rows
