"""What differs between two reports: the values of a comparison, without how it is made."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

from .findings import Severity

OWN_NAME = re.compile(r"restwell-audit-[0-9a-z-]+")
ORIGIN = re.compile(r"https?://[^\s/?#,;\"'<>]*")
Turn = Literal["better", "worse", "different", "same"]
"""How something is, compared with before. What can no longer be told, or can be told now, is different."""


def address(subject: str) -> str:
    """A URL without its origin, and without the names that the audit gives to what it creates."""
    return OWN_NAME.sub("restwell-audit-…", ORIGIN.sub("", subject)) or "/"


class Turned(NamedTuple):
    """The level or a constraint: what it was, what it is, and how that is compared with before."""

    name: str
    before: str
    now: str
    turn: Turn


class Changed(NamedTuple):
    """A kind of finding that is new, gone, or says something else than before; `turn` says how that is.

    `severity` is that of now, or the last one of what is gone. `appeared` and `vanished` are addresses, without their
    origin, at which it was not found before, or is no longer found.
    """

    id: str
    state: Literal["new", "gone", "changed"]
    severity: Severity
    summary: str
    turn: Turn
    appeared: tuple[str, ...] = ()
    vanished: tuple[str, ...] = ()


class Gone(NamedTuple):
    """A single finding of the earlier report that is not in this one: its kind, its place and what it said."""

    id: str
    severity: Severity
    subject: str
    summary: str


class Comparison(NamedTuple):
    """A report compared with an earlier one, whose URL is `url`."""

    url: str
    level: Turned
    constraints: tuple[Turned, ...]
    findings: tuple[Changed, ...]
    states: Mapping[tuple[str, str], Literal["new", "unchanged", "updated"]]
    """How each finding is compared with before, by its id and its address without the origin."""
    gone: tuple[Gone, ...]

    @property
    def _turns(self) -> set[Turn]:
        return {each.turn for each in (self.level, *self.constraints)} | {each.turn for each in self.findings}

    @property
    def worse(self) -> bool:
        """Whether anything got worse: the level, a constraint, or a kind of finding to fix or a warning is new."""
        return "worse" in self._turns

    @property
    def better(self) -> bool:
        """Whether anything got better."""
        return "better" in self._turns

    @property
    def verdict(self) -> str:
        """The outcome in a word or two."""
        words = {(True, True): "better and worse", (True, False): "worse", (False, True): "better"}
        return words.get((self.worse, self.better), "different" if self.differs else "the same")

    @property
    def differs(self) -> bool:
        """Whether anything is not as before."""
        return bool(self.findings) or any(each.turn != "same" for each in (self.level, *self.constraints))
