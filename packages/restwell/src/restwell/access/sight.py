"""Sight: what a grant may do with one resource, which of its members it may read and write, and which rows it meets.

One value says it to everything that asks: statements (`rows`), the reading of queries and content, representations,
descriptions (`Declaration.seen`) and entity tags (`text`). For its holder, what a sight leaves out does not exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ..model.conditions import FALSE, TRUE, Condition, any_of, is_judged
from ..model.policy import OPERATIONS, Operation, Rule, SameAs, Scoped, tests_of
from ..model.resource import Declaration, MemberNames
from .grant import NOTHING, Grant
from .members import readable, writable
from .permitting import Permitting

MAX_SIGHTS = 1024
"""Sights of a resource that are kept: there are as many sets of scopes as somebody gives to keys."""
WITH_EVERY_ITEM: Mapping[Operation, Condition] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Sight:
    """What there is of a resource for a grant. `readable` and `writable` are names of members; None stands for all.

    `operations` are those that it may do with some item at least. `rows` holds for the rows that there are, and
    `conditions` for those with which an operation may be done that may not be done with all of them; that of creating
    is about the new item. `readable_where` and `writable_where` are the members that may be read, and set, of some
    items alone, and of which.
    """

    operations: tuple[Operation, ...] = ()
    readable: MemberNames = None
    writable: MemberNames = None
    rows: Condition = TRUE
    conditions: Mapping[Operation, Condition] = field(default_factory=lambda: WITH_EVERY_ITEM, hash=False)
    readable_where: Mapping[str, Condition] = field(default_factory=lambda: WITH_EVERY_ITEM, hash=False)
    writable_where: Mapping[str, Condition] = field(default_factory=lambda: WITH_EVERY_ITEM, hash=False)
    varies: bool = field(init=False, compare=False)
    """Whether the members that may be read, or set, are not those of every item."""
    is_judged: bool = field(init=False, compare=False)
    """Whether a function says which rows there are, so that nothing counts them."""
    text: str = field(init=False, compare=False)
    """The same for equal sights in every process, and another for others: a part of entity tags."""

    def __post_init__(self) -> None:
        names = [None if each is None else sorted(each) for each in (self.readable, self.writable)]
        parts: list[object] = [self.operations, names, self.rows]
        parts += [dict(each) for each in (self.conditions, self.readable_where, self.writable_where) if each]
        object.__setattr__(self, "is_judged", self.rows is not TRUE and is_judged(self.rows))
        object.__setattr__(self, "varies", bool(self.readable_where or self.writable_where))
        object.__setattr__(self, "text", " ".join(map(str, parts)))

    def of(self, declaration: Declaration) -> Declaration:
        """The declaration as it is seen: itself, where every member may be read and written."""
        if self.readable is None and self.writable is None:
            return declaration
        return declaration.seen(self.readable, self.writable)

    def widest(self, declaration: Declaration) -> Declaration:
        """The declaration with every member that may be read, or set, of some item."""
        if not self.varies:
            return self.of(declaration)
        names = ((self.readable, self.readable_where), (self.writable, self.writable_where))
        read, written = (None if always is None else always.union(where) for always, where in names)
        return declaration.seen(read, written, frozenset(self.readable_where))


class Sights(dict[frozenset[str], Sight]):
    """The sights of one resource, by scopes where these are all that rules ask: `declaration.compiled[Sights]`."""

    __slots__ = ("_alike", "_declaration", "_has_member_rules", "_permitting", "asks_scopes", "is_by_scopes")

    def __init__(self, declaration: Declaration) -> None:
        super().__init__()
        self._declaration = declaration
        self._permitting = declaration.compiled[Permitting]
        of_members = [rule for spec in declaration.whole.fields for rule in spec.marks.rules]
        self._has_member_rules = bool(of_members)
        every = [each for rule in (*declaration.rules.values(), *of_members) for each in tests_of(rule.test)]
        self.asks_scopes = any(isinstance(each, Scoped) for each in every)
        self._alike = alike_in(declaration.rules)
        self.is_by_scopes = self._permitting.is_by_scopes

    def __missing__(self, scopes: frozenset[str]) -> Sight:
        found = self.made(Grant(scopes=scopes))
        if len(self) < MAX_SIGHTS:
            self[scopes] = found
        return found

    def made(self, grant: Grant) -> Sight:
        """The sight of a grant. Who may read meets what may be read, and who may not, what may be changed."""
        found: dict[Operation, Condition] = {}
        for each in (*OPERATIONS, *self._declaration.operations):
            alike = self._alike.get(each)
            found[each] = self._permitting.condition(each, grant) if alike is None else found[alike]
        permitted = {each: condition for each, condition in found.items() if condition != FALSE}
        met = permitted.get("read") or any_of(*(permitted[each] for each in permitted if each != "create"))
        if met == FALSE and self.is_by_scopes:  # nothing is hidden by such rules: what is there may be told
            met = TRUE
        conditions = {each: permitted[each] for each in permitted if self._asks_more(each, permitted[each], met)}
        if not self._has_member_rules:
            return Sight(tuple(permitted), rows=met, conditions=conditions or WITH_EVERY_ITEM)
        shown, taken = readable(self._declaration, grant), writable(self._declaration, grant)
        return Sight(tuple(permitted), shown.always, taken.always, met, conditions, shown.where, taken.where)

    @staticmethod
    def _asks_more(operation: Operation, condition: Condition, met: Condition) -> bool:
        """Whether an item that is met need not meet the condition of an operation."""
        return operation != "read" and condition != TRUE and (operation == "create" or condition != met)


def alike_in(rules: Mapping[Operation, Rule]) -> dict[Operation, Operation]:
    """The operations on items that are there with the very rule of an earlier one, and that comes to the same."""
    found: dict[Operation, Operation] = {}
    first: dict[int, Operation] = {}
    for each in (name for name in (*OPERATIONS, *rules) if name in rules and name != "create"):
        rule = rules[each]
        if first.setdefault(id(rule), each) != each and not any(
            isinstance(test, (Scoped, SameAs)) for test in tests_of(rule.test)
        ):
            found[each] = first[id(rule)]
    return found


def sight_of(declaration: Declaration, grant: Grant) -> Sight:
    """The sight that the rules of a resource give."""
    sights = declaration.compiled[Sights]
    if not sights.is_by_scopes:
        return sights.made(grant)
    return sights[grant.scopes if sights.asks_scopes else NOTHING]


def is_alike(declaration: Declaration) -> bool:
    """Whether everybody sees of a resource what everybody else does: something at least, and every member."""
    is_open = any(rule.is_public for rule in declaration.rules.values())
    return is_open and not any(spec.marks.rules for spec in declaration.whole.fields)
