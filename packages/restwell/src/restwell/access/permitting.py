"""What a rule comes to for one caller: the condition that the items meet which it permits something with.

TRUE and FALSE are what a rule comes to that asks nothing of the item.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ..model.comparing import typed_by
from ..model.conditions import FALSE, TRUE, Comparison, Condition, Judged, Linked, all_of, any_of
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
    expand_scopes,
)
from ..model.resource import Declaration
from ..model.ruling import ComparedRows
from .grant import Grant
from .linking import Targets

PASSING = frozenset(["exp", "iat", "nbf", "jti", "auth_time"])
"""Claims that say when a credential was made, and nothing of who holds it."""


class Permitting:
    """What the rules of one resource come to: `declaration.compiled[Permitting]`."""

    __slots__ = ("_by_attribute", "_compared", "_declaration", "_fixed", "_rules", "_typed")

    def __init__(self, declaration: Declaration) -> None:
        self._declaration = whole = declaration.whole
        self._rules = whole.rules
        self._compared = whole.compiled[ComparedRows]
        self._typed = typed_by(whole.shape)
        self._by_attribute = {spec.attribute: spec for spec in whole.fields}
        self._fixed: dict[tuple[When, Operation], Condition] = {}

    def condition(self, operation: Operation, grant: Grant) -> Condition:
        """The condition that the items meet with which a caller may do this; FALSE without a rule."""
        rule = self._rules.get(operation)
        return FALSE if rule is None else self._of(rule.test, operation, grant)

    @property
    def is_by_scopes(self) -> bool:
        """Whether the scopes of a caller are all that the rules of the resource and of its members ask for."""
        of_members = (rule for spec in self._declaration.fields for rule in spec.marks.rules)
        return all(rule.is_by_scopes for rule in (*self._rules.values(), *of_members))

    def met(self, grant: Grant) -> Condition:
        """The condition of the items that a caller meets: who may read none of them meets those that they may change.

        By scopes alone nothing is hidden: what is there may be told.
        """
        read = self.condition("read", grant)
        if read != FALSE:
            return read
        changed = any_of(*(self.condition(each, grant) for each in self._rules if each not in {"read", "create"}))
        return TRUE if changed == FALSE and self.is_by_scopes else changed

    def of_member(self, rule: Rule | None, operation: Operation, grant: Grant) -> Condition:
        """The condition that the items meet of which a caller may read or update a member; TRUE without a rule."""
        return TRUE if rule is None else self._of(rule.test, operation, grant)

    def _of(self, test: Test, operation: Operation, grant: Grant) -> Condition:
        if isinstance(test, (Anonymous, Authenticated)):
            return FALSE if grant.subject is None and isinstance(test, Authenticated) else TRUE
        if isinstance(test, Scoped):
            return TRUE if test.scope_for(operation) in expand_scopes(grant.scopes) else FALSE
        if isinstance(test, (AnyOf, AllOf)):
            return self._joined(test, operation, grant)
        return self._of_item(test, operation, grant)

    def _joined(self, test: AnyOf | AllOf, operation: Operation, grant: Grant) -> Condition:
        """What several tests come to: once that is decided, the others are not asked."""
        join, decisive = (any_of, TRUE) if isinstance(test, AnyOf) else (all_of, FALSE)
        found: list[Condition] = []
        for each in test.tests:
            found.append(self._of(each, operation, grant))
            if found[-1] == decisive:
                return decisive
        return join(*found)

    def _of_item(self, test: Owned | When | ByFunction | SameAs, operation: Operation, grant: Grant) -> Condition:
        if isinstance(test, Owned):
            return self._owned(test.attribute, grant)
        if isinstance(test, When):
            return self._when(test, operation, grant)
        if isinstance(test, ByFunction):
            return Judged(test.function, f"{name_of(test.function)} for {told(grant)}", partial(test.function, grant))
        return self._linked(test.attribute, operation, grant)

    def owned_by(self, grant: Grant, operation: Operation) -> dict[str, Condition]:
        """The members that are to be the subject of who does this, and when each is."""
        owned = sorted(self._rules[operation].owned)
        return {self._by_attribute[each].name: self._owned(each, grant) for each in owned}

    def linked(self, operation: Operation) -> list[str]:
        """The members that refer to an item with which the same is to be permitted."""
        return [self._by_attribute[each].name for each in sorted(self._rules[operation].linked)]

    def _owned(self, attribute: str, grant: Grant) -> Condition:
        """The items whose member is the subject of the grant: none of nobody, or where it cannot be its value.

        Each value is one subject, `7` and no other text that is read as that number; a UUID is so in either case.
        """
        spec = self._by_attribute[attribute]
        if grant.subject is None or spec.kind.identity is None:
            return FALSE
        subject = str(grant.subject)  # an authenticator of an application's own may give the number of a user
        try:
            value = self._typed(spec, spec.kind.identity(subject))
        except ValueError:
            return FALSE
        is_one = str(value) == (subject.lower() if spec.kind.has_two_cases else subject)
        return Comparison(spec.name, "eq", (value,), exact=True) if is_one else FALSE

    def _linked(self, attribute: str, operation: Operation, grant: Grant) -> Condition:
        """The items that refer to one that a grant meets, and with which it may do this."""
        target = self._declaration.compiled[Targets][attribute]
        permitting = target.compiled[Permitting]
        held = all_of(permitting.met(grant), permitting.condition(operation, grant))
        return FALSE if held == FALSE else Linked(self._by_attribute[attribute].name, target, held)

    def _when(self, test: When, operation: Operation, grant: Grant) -> Condition:
        if test.takes_grant:
            return self._compared.condition(operation, test, grant)
        found = self._fixed.get((test, operation))
        if found is None:
            found = self._fixed[test, operation] = self._compared.condition(operation, test)
        return found


def name_of(function: Callable[..., object]) -> str:
    """What a function is called, the same in every process: where it is written, and on which line."""
    named = function if hasattr(function, "__qualname__") else type(function)
    line = getattr(getattr(function, "__code__", None), "co_firstlineno", "")
    return f"{named.__module__}.{named.__qualname__}:{line}"


def told(grant: Grant) -> str:
    """What a function may make of a grant, as a text; without what is another in each credential of one holder."""
    claims = sorted((name, repr(value)) for name, value in grant.claims.items() if name not in PASSING)
    return repr((grant.subject, sorted(grant.scopes), sorted(grant.groups), claims))
