"""The one stream of events: an `Answered` for each response, given to every listener in turn."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ..surface.addresses import Address


class Answered(NamedTuple):
    """A request was answered, in so many `seconds`, and `stages` has those of each stage.

    `parameters` are the names of the query's parameters; their values are nobody's business.
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
