"""The one stream of events: an `Answered` for each response, given to every listener in turn."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Answered(NamedTuple):
    """A request was answered. `route` has no identities in it, `seconds` are those of each stage.

    `parameters` are the names of the query's parameters; their values are nobody's business.
    """

    request_id: str
    method: str
    path: str
    route: str
    parameters: tuple[str, ...]
    status: int
    caller: str | None
    seconds: float
    stages: dict[str, float]


Listener = Callable[[Answered], None]
