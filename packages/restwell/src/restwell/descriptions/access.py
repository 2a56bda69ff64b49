"""What rules ask of a caller, in full, for whoever has declared them: callers are told less (`surface/needs.py`)."""

from __future__ import annotations

from collections.abc import Iterable

from ..model.conditions import FALSE, TRUE
from ..model.policy import (
    AllOf,
    Anonymous,
    AnyOf,
    Authenticated,
    ByFunction,
    Operation,
    Owned,
    SameAs,
    Scoped,
    Test,
    When,
)
from ..model.resource import Declaration
from ..model.ruling import ComparedRows
from ..surface.needs import CREDENTIAL, within, words_of
from .conditions import condition_words
from .functions import described

Alternatives = tuple[frozenset[str], ...]
"""The ways in which a rule permits something: what each of them takes, all together. None is: nobody may."""
ANY: Alternatives = (frozenset(),)
MAX_WAYS = 200
"""So many ways of a rule are told apart; one with more is taken as one thing."""


def words_in_full(declaration: Declaration, test: Test, operation: Operation) -> str:
    """What a test asks, with the conditions of `when` in words: for nobody but who may read the declarations."""
    if isinstance(test, (Anonymous, Authenticated, Scoped)):
        return words_of(declaration, test, operation)
    if isinstance(test, (AnyOf, AllOf)):
        join = " or " if isinstance(test, AnyOf) else " and "
        return join.join(within(test, each, words_in_full(declaration, each, operation)) for each in test.tests)
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
