"""What rules ask of a caller, in words."""

from __future__ import annotations

from collections.abc import Sequence

from ..model.policy import AllOf, Anonymous, AnyOf, Authenticated, Operation, Owned, Rule, Scoped, Test
from ..model.resource import Declaration


def needed(declaration: Declaration, permissions: Sequence[Operation], mark: str = "") -> str:
    """What a request needs that takes one of several permissions, the second where it creates, in a sentence.

    Names are written between two `mark`s.
    """
    words = [
        "" if rule.is_public else _words(rule.test, each, mark)
        for each in permissions if (rule := declaration.rules.get(each)) is not None
    ]  # fmt: skip
    found = [each for each in dict.fromkeys(words) if each]
    if not found:
        return "Public."
    said = f"{found[0]}, or {found[1].removeprefix('the scope ')} to create" if len(found) > 1 else found[0]
    return f"Public for a part; needs {said} for the rest." if "" in words else f"Needs {said}."


def who_may(rule: Rule, operation: Operation) -> str:
    """Who may perform an operation, in a few words."""
    return "everybody" if rule.is_public else f"who has {_words(rule.test, operation, '`')}"


def _words(test: Test, operation: Operation, mark: str) -> str:
    if isinstance(test, Anonymous):
        return "nothing"
    if isinstance(test, Authenticated):
        return "a credential"
    if isinstance(test, Scoped):
        return f"the scope {mark}{test.scope_for(operation)}{mark}"
    if isinstance(test, Owned):
        return f"an item whose {mark}{test.attribute}{mark} is the caller"
    if isinstance(test, (AnyOf, AllOf)):
        join = " or " if isinstance(test, AnyOf) else " and "
        return join.join(_words(each, operation, mark) for each in test.tests)
    return "an item that the rule of the resource holds for"
