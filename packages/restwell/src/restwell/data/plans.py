"""Plans: what a store is asked to read or to change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from ..model.conditions import TRUE, Condition
from ..model.resource import Declaration
from .query import Counting, Query


class Plan(NamedTuple):
    """One read or one change. `version` is the one that a change was decided on; it guards the write.

    Only rows that meet the `condition` are found, counted, replaced or deleted: others are treated as missing. An
    insert has none.
    """

    action: Literal["item", "page", "insert", "replace", "delete"]
    resource: Declaration
    identity: Any = None
    version: int | None = None
    values: Mapping[str, Any] | None = None
    query: Query | None = None
    counting: Counting = "bounded"
    wholly: bool = False
    """Whether every value is checked against its kind, because representing what was found has failed."""
    condition: Condition = TRUE
