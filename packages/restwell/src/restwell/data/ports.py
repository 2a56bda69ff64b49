"""What the decisions ask of a store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from .outcomes import Outcome
from .plans import Plan


class Rows(Protocol):
    """The store, as the decisions see it: looking up, changing, keys, and whether it answers."""

    @property
    def secret(self) -> bytes: ...

    @property
    def slow_at(self) -> float:
        """When the database was last slow (`MAX_LOOK`), by `time.perf_counter`."""

    def is_ready(self) -> bool: ...

    def look_up(self, plan: Plan) -> Outcome: ...

    def carry_out(self, plan: Plan) -> Outcome: ...

    def find_key(self, identifier: str) -> Mapping[str, Any] | None: ...
