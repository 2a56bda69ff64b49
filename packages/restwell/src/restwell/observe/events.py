"""The events: an `Answered` for each response, with which every listener is called in turn."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ..surface.addresses import Address


class Answered(NamedTuple):
    """A request was answered. `seconds` is the time it took, `stages` the seconds of each stage.

    `parameters` are the names of the query's parameters; values may be confidential, so they are left out.
    """

    request_id: str
    method: str
    path: str
    address: Address
    parameters: tuple[str, ...]
    status: int
    caller: str | None
    seconds: float
    stages: dict[str, float]


Listener = Callable[[Answered], None]
