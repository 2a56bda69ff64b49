"""What rules ask of a caller, in words: for whoever reads the API, and in full for whoever has declared it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..model.conditions import FALSE, TRUE
from ..model.policy import (
    AllOf,
    Anonymous,
    AnyOf,
    Authenticated,
    ByFunction,
    Operation,
    Owned,
    Rule,
    SameAs,
    Scoped,
    Test,
    When,
)
from ..model.resource import Declaration
from ..model.ruling import ComparedRows
from .conditions import condition_words
from .functions import described

Alternatives = tuple[frozenset[str], ...]
"""The ways in which a rule permits something: what each of them takes, all together. None is: nobody may."""
ANY: Alternatives = (frozenset(),)
CREDENTIAL = "a credential"
MAX_WAYS = 200
"""So many ways of a rule are told apart; one with more is taken as one thing."""


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
        return CREDENTIAL
    if isinstance(test, Scoped):
        return f"the scope {mark}{test.scope_for(operation)}{mark}"
    if isinstance(test, Owned):
        return f"an item whose {mark}{test.attribute}{mark} is the caller"
    if isinstance(test, (AnyOf, AllOf)):
        join = " or " if isinstance(test, AnyOf) else " and "
        return join.join(_within(test, each, _words(each, operation, mark)) for each in test.tests)
    return "an item that the rule of the resource holds for"


def _within(whole: Test, part: Test, words: str) -> str:
    """The words of a part, in parentheses where `and` and `or` meet."""
    meets = isinstance(part, (AnyOf, AllOf)) and type(part) is not type(whole) and len(part.tests) > 1
    return f"({words})" if meets else words


# -- for whoever has declared it ----------------------------------------------------------------------------------


def words_in_full(declaration: Declaration, test: Test, operation: Operation) -> str:
    """What a test asks, with the conditions of `when` in words: for nobody but who may read the declarations."""
    if isinstance(test, (Anonymous, Authenticated, Scoped)):
        return _words(test, operation, "")
    if isinstance(test, (AnyOf, AllOf)):
        join = " or " if isinstance(test, AnyOf) else " and "
        return join.join(_within(test, each, words_in_full(declaration, each, operation)) for each in test.tests)
    return _of_item(declaration, test, operation)


def _of_item(declaration: Declaration, test: Owned | When | ByFunction | SameAs, operation: Operation) -> str:
    """What a test asks of the item."""
    if isinstance(test, When):
        return _when(declaration, test, operation)
    if isinstance(test, ByFunction):
        return f"what `{described(test.function).words}` says of caller and item"
    name = _name(declaration, test.attribute)
    return f"{name} is the caller" if isinstance(test, Owned) else f"the same of what {name} leads to"


def ways_of(declaration: Declaration, test: Test, operation: Operation) -> Alternatives:
    """The ways in which a test permits something, so that two rules can be compared."""
    if isinstance(test, AnyOf):
        return _shortest(way for each in test.tests for way in ways_of(declaration, each, operation))
    if isinstance(test, AllOf):
        found = ANY
        for each in test.tests:
            more = ways_of(declaration, each, operation)
            if len(found) * len(more) > MAX_WAYS:
                return (frozenset([words_in_full(declaration, test, operation)]),)
            found = _shortest(one | other for one in found for other in more)
        return found
    if isinstance(test, Anonymous):
        return ANY
    words = words_in_full(declaration, test, operation)
    if isinstance(test, (When, ByFunction, SameAs)):
        return {"always": ANY, "never": ()}.get(words, (frozenset([words]),))
    return (frozenset([CREDENTIAL, words]),)


def _shortest(ways: Iterable[frozenset[str]]) -> Alternatives:
    """The ways without those that take more than another one does."""
    found = dict.fromkeys(ways)
    return tuple(way for way in found if not any(other < way for other in found))


def _when(declaration: Declaration, test: When, operation: Operation) -> str:
    if test.takes_grant:
        return f"what `{described(test.function).words}` says of item and caller"
    condition = declaration.whole.compiled[ComparedRows].condition(operation, test)
    return condition_words(condition) if condition in (TRUE, FALSE) else _enclosed(condition_words(condition))


def _enclosed(words: str) -> str:
    return f"({words})" if " or " in words or " and " in words else words


def _name(declaration: Declaration, attribute: str) -> str:
    """What a member is called over HTTP."""
    return next((spec.name for spec in declaration.whole.fields if spec.attribute == attribute), attribute)
