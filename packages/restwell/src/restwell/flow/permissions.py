"""What a caller may do with one item, where rules ask for more than scopes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..data.following import Following
from ..data.layout import Layout
from ..data.matching import Matching
from ..data.outcomes import Row
from ..model.conditions import TRUE, Condition
from ..model.policy import Operation
from ..model.resource import Declaration
from ..surface.addresses import DOCUMENTS, NAMED, OF_TOKENS
from ..surface.affordances import Affordances, Open, Operations, permissions_for
from .phases import Asked, Known, Met
from .seeing import seen_with

DESCRIPTIONS = frozenset([*DOCUMENTS.values(), *OF_TOKENS.values(), *NAMED.values()])
"""What the API says of itself."""


def exact_permission(x: Met) -> Operation:
    """The permission that a request takes, which the look-up has decided where a PUT may be two things."""
    wanted = permissions_for(x.method, item=x.kind == "item", operation=x.address.operation)
    return wanted[0] if x.exists else wanted[-1]


def permits(x: Known, operation: Operation, row: Row | None) -> bool:
    """Whether a caller who may do this with some item may do it with this one."""
    condition = x.sight.conditions.get(operation)
    if condition is None or not row:
        return True
    return meets(x, condition, x.resource.whole.compiled[Layout].named(row))


def meets(x: Known, condition: Condition, values: Mapping[str, Any]) -> bool:
    """Whether an item with these values meets a condition; what it refers to is looked up. Raises StoreError."""
    return x.resource.whole.compiled[Matching].meets(condition, values, Following(x.setting.store, [values]))


def is_met(x: Known, row: Row | None) -> bool:
    """Whether the caller meets this row, and may read it."""
    if "read" not in x.sight.operations:
        return False
    if x.sight.rows is TRUE or not row:
        return True
    return meets(x, x.sight.rows, x.resource.whole.compiled[Layout].named(row))


def seen_on(x: Known, row: Row | None) -> Declaration:
    """The resource as the caller sees it with one item; without a row, as who creates an item sees it."""
    resource = x.address.resource
    return x.resource if resource is None else seen_with(x.sight, resource, row)


def open_on(x: Known, row: Row) -> Open:
    """The operations that are open to a caller on one item."""
    operations = _with(x, [row])[0] if x.sight.conditions else x.sight.operations
    return x.resource.compiled[Affordances].open_to[operations]


def listed_on(x: Known, rows: Sequence[Row]) -> tuple[Operations, tuple[Operations, ...]]:
    """The operations that are open on every one of several items, and those on each."""
    each, open_to = _with(x, rows), x.resource.compiled[Affordances].open_to
    common = tuple(name for name in x.sight.operations if all(name in one for one in each))
    return open_to[common].listed, tuple(open_to[one].listed for one in each)


def _with(x: Known, rows: Sequence[Row]) -> list[tuple[Operation, ...]]:
    """The operations that the caller may do with each of some items."""
    whole, asked = x.resource.whole, {name: each for name, each in x.sight.conditions.items() if name != "create"}
    matching, named = whole.compiled[Matching], list(map(whole.compiled[Layout].named, rows))
    follow = Following(x.setting.store, named)
    return [
        tuple(each for each in x.sight.operations if each not in asked or matching.meets(asked[each], values, follow))
        for values in named
    ]


def described_to(x: Asked) -> tuple[Declaration, ...] | None:
    """The resources as they are described to the caller, with all that they may see of some item; None for all.

    What is described are those with which the caller may do something, and of these every operation, with what it
    needs.
    """
    if not x.setting.differing or x.kind not in DESCRIPTIONS:
        return None
    sights = ((each, x.setting.sight(each, x.grant)) for each in x.setting.differing)
    return tuple(sight.widest(each) for each, sight in sights if sight.operations)


def linked_to(x: Asked) -> Declaration | None:
    """The resource whose descriptions an answer links to; None where there is no word of it for the caller.

    Whoever is not known yet is taken for somebody anonymous.
    """
    resource = x.address.resource
    if resource is None or not x.setting.differing:
        return resource
    sight = x.sight if isinstance(x, Known) else x.setting.sight(resource, x.grant)
    return resource if sight.operations else None


def offered(x: Asked) -> tuple[str, ...]:
    """The media types that are on offer to the caller, the preferred one first."""
    return x.setting.offers(x.address, described_to(x) if x.kind in DESCRIPTIONS else None)
