"""What the rule of an operation asks of a caller, in words for whoever reads the API; what is not open to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..model.policy import AllOf, Anonymous, AnyOf, Authenticated, Operation, Owned, Rule, Scoped, Test
from ..model.resource import Declaration
from . import affordances
from .affordances import Affordances

CREDENTIAL = "a credential"
"""What whoever is known has."""


def needed(declaration: Declaration, permissions: Sequence[Operation], mark: str = "") -> str:
    """What a request needs that takes one of several permissions, the second where it creates, in a sentence.

    Names are written between two `mark`s.
    """
    words = [
        "" if rule.is_public else words_of(declaration, rule.test, each, mark)
        for each in permissions if (rule := declaration.rules.get(each)) is not None
    ]  # fmt: skip
    found = [each for each in dict.fromkeys(words) if each]
    if not found:
        return "Public."
    said = f"{found[0]}, or {found[1].removeprefix('the scope ')} to create" if len(found) > 1 else found[0]
    return f"Public for a part; needs {said} for the rest." if "" in words else f"Needs {said}."


def who_may(declaration: Declaration, rule: Rule, operation: Operation) -> str:
    """Who may perform an operation, in a few words."""
    return "everybody" if rule.is_public else f"who has {words_of(declaration, rule.test, operation, '`')}"


def within(whole: Test, part: Test, words: str) -> str:
    """The words of a part, in parentheses where `and` and `or` meet."""
    meets = isinstance(part, (AnyOf, AllOf)) and type(part) is not type(whole) and len(part.tests) > 1
    return f"({words})" if meets else words


def words_of(declaration: Declaration, test: Test, operation: Operation, mark: str = "") -> str:
    """What a test asks of a caller, in words that tell nothing of conditions; names are between two `mark`s."""
    if isinstance(test, Anonymous):
        return "nothing"
    if isinstance(test, Authenticated):
        return CREDENTIAL
    if isinstance(test, Scoped):
        return f"the scope {mark}{test.scope_for(operation)}{mark}"
    if isinstance(test, Owned):
        found = [spec.name for spec in declaration.known.values() if spec.attribute == test.attribute]
        return f"an item whose {mark}{found[0]}{mark} is the caller" if found else "an item that is the caller's own"
    if isinstance(test, (AnyOf, AllOf)):
        join = " or " if isinstance(test, AnyOf) else " and "
        return join.join(within(test, each, words_of(declaration, each, operation, mark)) for each in test.tests)
    return "an item that the rule of the resource holds for"


class Withheld(NamedTuple):
    """An operation that is not open to who asks, and what it needs, in a sentence."""

    operation: affordances.Operation
    needs: str


class NotOpen:
    """The operations of one resource that are not open to a caller: `declaration.compiled[NotOpen]`.

    What they need is what every description of the resource says.
    """

    __slots__ = ("_collection", "_item", "every")

    def __init__(self, declaration: Declaration) -> None:
        found = declaration.compiled[Affordances]
        self._collection, self._item = (
            tuple(Withheld(each, needed(declaration, [each.permission], "`")) for each in operations)
            for operations in (found.collection, found.item)
        )
        self.every = self._collection + self._item
        """Those that are open to no caller at all."""

    def on_collection(self, operations: Iterable[affordances.Operation]) -> list[Withheld]:
        """Those on a collection beside these, which are open."""
        return _beside(self._collection, operations)

    def on_item(self, operations: Iterable[affordances.Operation]) -> list[Withheld]:
        """Those on an item beside these, which are open."""
        return _beside(self._item, operations)


def _beside(every: Iterable[Withheld], operations: Iterable[affordances.Operation]) -> list[Withheld]:
    names = {each.name for each in operations}
    return [each for each in every if each.operation.name not in names and each.operation.permission != "read"]
