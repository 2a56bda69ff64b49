"""One thing to do with a store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from ..model.resource import Declaration
from .conditions import TRUE, Condition
from .query import Counting, Query


class Plan(NamedTuple):
    """One thing to do with the store. `version` is the one that a change was decided on; it guards the write.

    The `condition` holds for every row that is found, counted, replaced or deleted: others are as if they were not
    there. An insert has none.
    """

    action: Literal["item", "page", "insert", "replace", "delete"]
    resource: Declaration
    identity: Any = None
    version: int | None = None
    values: Mapping[str, Any] | None = None
    query: Query | None = None
    counting: Counting = "bounded"
    wholly: bool = False
    """Whether every value is to be held against its kind, because something went wrong when they were shown."""
    condition: Condition = TRUE
