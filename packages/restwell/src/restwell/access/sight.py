"""Sight: what a grant may do with one resource, which of its members it may read and write, and which rows it meets.

One value says it to everything that asks: statements (`rows`), the reading of queries and content, representations,
descriptions (`Declaration.seen`) and entity tags (`text`). For its holder, what a sight leaves out does not exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ..model.conditions import FALSE, TRUE, Condition, any_of
from ..model.policy import OPERATIONS, Operation
from ..model.resource import Declaration, MemberNames
from .grant import Grant
from .permitting import Permitting

MAX_SIGHTS = 1024
"""Sights of a resource that are kept: there are as many sets of scopes as somebody gives to keys."""
WITH_EVERY_ITEM: Mapping[Operation, Condition] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Sight:
    """What there is of a resource for a grant. `readable` and `writable` are names of members; None stands for all.

    `operations` are those that it may do with some item at least. `rows` holds for the rows that there are, and
    `conditions` for those with which an operation may be done that may not be done with all of them; that of creating
    is about the new item.
    """

    operations: tuple[Operation, ...] = ()
    readable: MemberNames = None
    writable: MemberNames = None
    rows: Condition = TRUE
    conditions: Mapping[Operation, Condition] = field(default_factory=lambda: WITH_EVERY_ITEM, hash=False)
    text: str = field(init=False, compare=False)
    """The same for equal sights in every process, and another for others: a part of entity tags."""

    def __post_init__(self) -> None:
        names = [None if each is None else sorted(each) for each in (self.readable, self.writable)]
        text = f"{self.operations} {names} {self.rows}"
        object.__setattr__(self, "text", f"{text} {dict(self.conditions)}" if self.conditions else text)

    def of(self, declaration: Declaration) -> Declaration:
        """The declaration as it is seen: itself, where every member may be read and written."""
        if self.readable is None and self.writable is None:
            return declaration
        return declaration.seen(self.readable, self.writable)


class Sights(dict[frozenset[str], Sight]):
    """The sights of one resource, by scopes where these are all that rules ask: `declaration.compiled[Sights]`."""

    __slots__ = ("_declaration", "_permitting", "is_by_scopes")

    def __init__(self, declaration: Declaration) -> None:
        super().__init__()
        self._declaration = declaration
        self._permitting = declaration.compiled[Permitting]
        self.is_by_scopes = all(rule.is_by_scopes for rule in declaration.rules.values())

    def __missing__(self, scopes: frozenset[str]) -> Sight:
        found = self.made(Grant(scopes=scopes))
        if len(self) < MAX_SIGHTS:
            self[scopes] = found
        return found

    def made(self, grant: Grant) -> Sight:
        """The sight of a grant. Who may read meets what may be read, and who may not, what may be changed."""
        every = (*OPERATIONS, *self._declaration.operations)
        found = ((each, self._permitting.condition(each, grant)) for each in every)
        permitted = {each: condition for each, condition in found if condition != FALSE}
        met = permitted.get("read") or any_of(*(permitted[each] for each in permitted if each != "create"))
        if met == FALSE and self.is_by_scopes:  # nothing is hidden by such rules: what is there may be told
            met = TRUE
        conditions = {each: permitted[each] for each in permitted if self._asks_more(each, permitted[each], met)}
        return Sight(tuple(permitted), rows=met, conditions=conditions or WITH_EVERY_ITEM)

    @staticmethod
    def _asks_more(operation: Operation, condition: Condition, met: Condition) -> bool:
        """Whether an item that is met need not meet the condition of an operation."""
        return operation != "read" and condition != TRUE and (operation == "create" or condition != met)


def sight_of(declaration: Declaration, grant: Grant) -> Sight:
    """The sight that the rules of a resource give."""
    sights = declaration.compiled[Sights]
    return sights[grant.scopes] if sights.is_by_scopes else sights.made(grant)
