"""The resource as somebody sees it with one item: which members there are may depend on the item."""

from __future__ import annotations

from collections.abc import Mapping

from ..access.sight import Sight
from ..data.layout import Layout
from ..data.matching import Matching
from ..data.outcomes import Row
from ..model.conditions import Condition
from ..model.resource import Declaration, MemberNames


def seen_with(sight: Sight, resource: Declaration, row: Row | None) -> Declaration:
    """The resource as somebody sees it with this item.

    Without a row it is as who creates an item sees it: what may be set depends on what the item is to be, of which
    the members that are read-only are known.
    """
    if not sight.varies:
        return sight.of(resource)
    if not row:
        return resource.seen(sight.readable, _settable(resource, sight.writable, sight.writable_where))
    readable = _names(resource, row, sight.readable, sight.readable_where)
    return resource.seen(readable, _names(resource, row, sight.writable, sight.writable_where))


def _settable(resource: Declaration, always: MemberNames, where: Mapping[str, Condition]) -> MemberNames:
    """The names of the members that may be set of a new item, whatever it is to be."""
    if always is None:
        return None
    matching, fixed = resource.whole.compiled[Matching], resource.whole.fixed
    return always.union(name for name, condition in where.items() if matching.may_meet(condition, fixed))


def _names(resource: Declaration, row: Row, always: MemberNames, where: Mapping[str, Condition]) -> MemberNames:
    if always is None:
        return None
    whole = resource.whole
    matching, values = whole.compiled[Matching], whole.compiled[Layout].named(row)
    return always.union(name for name, condition in where.items() if matching.meets(condition, values))
