"""What other packages ask of a store: a small protocol for each purpose, and one for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from .calls import Calls
from .outcomes import Outcome
from .plans import Plan
from .units import Result, Unit


class Reader(Protocol):
    """Looks up items and pages."""

    def look_up(self, plan: Plan) -> Outcome:
        """What is there. Raises StoreError."""


class Writer(Protocol):
    """Carries out changes."""

    def carry_out(self, unit: Unit) -> Result:
        """What became of the changes of a unit, which are committed. Raises StoreError."""


class Keyring(Protocol):
    """Finds API keys."""

    def find_key(self, identifier: str) -> Mapping[str, Any] | None:
        """The record of a key as it is now, or None. Raises StoreError."""


class Secrets(Protocol):
    """Keeps the key of entity tags and cursors, the same for all processes."""

    @property
    def secret(self) -> bytes: ...


class Gate(Protocol):
    """Tells whether the database answers, and when it was slow."""

    @property
    def slow_at(self) -> float:
        """When the database was last slow (`MAX_LOOK`), by `time.perf_counter`."""

    def is_ready(self) -> bool:
        """Whether the database answers. Raises StoreError."""

    def paused_for(self) -> float:
        """For how many more seconds changes are refused: 0, or `inf` without an end. Raises StoreError."""


class StorePort(Reader, Writer, Keyring, Secrets, Gate, Protocol):
    """The whole of a store, as a service needs it."""

    @property
    def calls(self) -> Calls | None:
        """The calls that committed changes ask for; None where no hook is called so."""
