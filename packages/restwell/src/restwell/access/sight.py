"""Sight: what a grant may do with one resource, which of its members it may read and write, and which rows it meets.

One value says it to everything that asks: statements (`rows`), the reading of queries and content, representations,
descriptions (`Declaration.seen`) and entity tags (`text`). For its holder, what a sight leaves out does not exist.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..model.conditions import TRUE, Condition
from ..model.policy import OPERATIONS, Operation, expand_scopes
from ..model.resource import Declaration, MemberNames
from .grant import Grant

MAX_SIGHTS = 1024
"""Sights of a resource that are kept: there are as many sets of scopes as somebody gives to keys."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What there is of a resource for a grant. `readable` and `writable` are names of members; None stands for all.

    `rows` holds for the rows that there are.
    """

    operations: tuple[Operation, ...] = ()
    readable: MemberNames = None
    writable: MemberNames = None
    rows: Condition = TRUE
    text: str = field(init=False, compare=False)
    """The same for equal sights in every process, and another for others: a part of entity tags."""

    def __post_init__(self) -> None:
        names = [None if each is None else sorted(each) for each in (self.readable, self.writable)]
        object.__setattr__(self, "text", f"{self.operations} {names} {self.rows}")

    def of(self, declaration: Declaration) -> Declaration:
        """The declaration as it is seen: itself, where every member may be read and written."""
        if self.readable is None and self.writable is None:
            return declaration
        return declaration.seen(self.readable, self.writable)


class Sights(dict[frozenset[str], Sight]):
    """The sights of one resource by scopes: `declaration.compiled[Sights]`."""

    __slots__ = ("_declaration",)

    def __init__(self, declaration: Declaration) -> None:
        super().__init__()
        self._declaration = declaration

    def __missing__(self, scopes: frozenset[str]) -> Sight:
        rules, expanded = self._declaration.rules, scopes | expand_scopes(scopes)
        every = (*OPERATIONS, *self._declaration.operations)
        found = Sight(tuple(each for each in every if each in rules and rules[each].permits(expanded, each)))
        if len(self) < MAX_SIGHTS:
            self[scopes] = found
        return found


def sight_of(declaration: Declaration, grant: Grant) -> Sight:
    """The sight that the rules of a resource give: scopes permit operations, on every row and every member."""
    return declaration.compiled[Sights][grant.scopes]
