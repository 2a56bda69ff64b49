"""Plans and changes: what a store is asked to read, and what to change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from ..model.conditions import TRUE, Condition
from ..model.resource import Declaration
from .query import Counting, Query

Action = Literal["insert", "replace", "delete"]


class Plan(NamedTuple):
    """One read. Only rows that meet the `condition` are found and counted: others are treated as missing."""

    action: Literal["item", "page"]
    resource: Declaration
    identity: Any = None
    query: Query | None = None
    counting: Counting = "bounded"
    wholly: bool = False
    """Whether every value is checked against its kind, because representing what was found has failed."""
    condition: Condition = TRUE
    former: bool = False
    """Whether it is the item that is wanted that had the identity before it was renamed."""


class RowChange(NamedTuple):
    """One row to write. `version` is the one that the change was decided on; it guards the write.

    Only a row that meets the `condition` is replaced or deleted: others are treated as missing. An insert has none.
    """

    action: Action
    resource: Declaration
    identity: Any = None
    version: int | None = None
    values: Mapping[str, Any] | None = None
    condition: Condition = TRUE
    unseen: frozenset[str] = frozenset()
    """The members that are written though they may have these values already, so that no version tells that."""
    of_unread: bool = False
    """Whether something that is stored of the row cannot be read."""
