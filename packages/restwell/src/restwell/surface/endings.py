"""What an operation can end in: answers and problems. The decisions find it out; descriptions are written from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from ..http.problems import Problem
from .addresses import Address

Answer = Literal[
    "representation",
    "created",
    "created, briefly",
    "no content",
    "options",
    "not modified",
    "alive",
    "ready",
    "again",
    "moved",
    "see other",
]


class Endings(NamedTuple):
    """What an operation can end in: answers, and problems; `is_counted` by limits, of which answers tell."""

    answers: frozenset[Answer]
    problems: frozenset[type[Problem]]
    is_counted: bool = False

    @property
    def refusals(self) -> set[int]:
        """The status codes of the problems."""
        return {problem.status for problem in self.problems}


FindEndings = Callable[[str, Address], Endings]
"""From a method and an address to what a request can end in."""
