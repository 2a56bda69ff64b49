"""Which rule permits or refuses a request, for `restwell trace`: each part of it, and whether it holds.

It is told to who may read the declarations and the database, and has values of items in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from ..access.members import rule_for_setting
from ..access.permitting import Permitting
from ..data.layout import Layout
from ..data.matching import Matching
from ..data.plans import Plan
from ..descriptions.access import words_in_full
from ..descriptions.conditions import condition_words, value_words
from ..model.conditions import FALSE, TRUE, Condition, fields_in
from ..model.policy import AllOf, AnyOf, Operation, Rule, Test, When
from ..surface.affordances import permissions_for
from .changes import to_be
from .permissions import exact_permission
from .phases import Asked, Known, Met, Valid
from .questions import CARRYING, supported_methods

Holds = Literal["yes", "no", "some"]
"""Whether a rule holds; with `some` items, where none is looked at."""
Values = Mapping[str, Any]
MAX_VALUE = 60
"""Characters of a value that are told."""


class Reason(NamedTuple):
    """A rule, or a part of one: whether it holds, what it asks, and what it met."""

    holds: Holds
    words: str
    parts: tuple[Reason, ...] = ()

    @property
    def data(self) -> dict[str, Any]:
        """The same for JSON."""
        found = {"holds": self.holds, "words": self.words}
        return {**found, "parts": [each.data for each in self.parts]} if self.parts else found


def reasons(x: Asked) -> list[Reason]:
    """The rules that have a part in a request, as far as it came; none where nobody was asked for."""
    if not isinstance(x, Known) or x.address.resource is None or x.method == "OPTIONS":
        return []
    if x.method not in supported_methods(x):
        return []
    values = _values(x)
    operations = _operations(x)
    if isinstance(x, Met) and x.kind == "item" and not x.exists and values is not None:
        operations = tuple(dict.fromkeys(["read", *operations]))  # what may not be read is not there to be changed
    found = [_of(x, each, values) for each in operations]
    return [*found, *_become(x, values), *_members(x, values)]


def _operations(x: Known) -> tuple[Operation, ...]:
    """What the request asks to do: of a PUT before it is known what is there, either."""
    if isinstance(x, Met) and x.method not in {"GET", "HEAD"}:
        return (exact_permission(x),)
    return permissions_for(x.method, item=x.kind == "item", operation=x.address.operation)


def _values(x: Known) -> Values | None:
    """The values of the item that is addressed, though the caller does not meet it; of a new one as it is to be."""
    if not isinstance(x, Met):
        return None
    if isinstance(x, Valid) and exact_permission(x) == "create":
        return to_be(x, "create", ())[1]
    if x.kind != "item":
        return None
    row, whole = x.outcome.row, x.resource.whole
    if not row and not x.outcome.unread:
        plan = Plan("item", whole, x.resource.identity_from(x.address.name), condition=TRUE)
        row = x.setting.store.look_up(plan).row
    return whole.compiled[Layout].named(row) if row else None


def _of(x: Known, operation: Operation, values: Values | None) -> Reason:
    """Whether the rule of an operation holds."""
    whole, about = x.resource.whole, f"{operation} {x.resource.path}"
    rule = whole.rules.get(operation)
    if rule is None:
        return Reason("no", f"{about}: nobody may, as it has no rule")
    held = None if operation == "create" and not isinstance(x, Valid) else values
    return _named(about, _reason(x, rule.test, operation, held))


def _become(x: Known, values: Values | None) -> Iterator[Reason]:
    """Whether the rule of a change holds for what the item is to become, where that is asked, too."""
    if not isinstance(x, Valid) or values is None or x.address.operation:
        return
    permission, whole = exact_permission(x), x.resource.whole
    owned = whole.compiled[Permitting].owned_by(x.grant, permission)
    if permission != "create" and owned:
        reason = _reason(x, whole.rules[permission].test, permission, to_be(x, permission, owned)[1])
        yield _named(f"{permission} {x.resource.path}, as it is to become", reason)


def _members(x: Known, values: Values | None) -> Iterator[Reason]:
    """The rules of members: who reads them, and for a change who sets them."""
    changes = x.method in CARRYING and not x.address.operation
    for spec in x.resource.whole.fields:
        if spec.marks.read is not None:
            yield _named(f"read {spec.name}", _reason(x, spec.marks.read.test, "read", values))
        rule, operation = rule_for_setting(spec)
        if changes and spec.marks.write is not None and rule is not None:
            yield _named(f"set {spec.name}", _reason(x, rule.test, operation, values))


def _named(about: str, reason: Reason) -> Reason:
    """A reason with what it is about in front."""
    return reason._replace(words=f"{about}: {reason.words}")


def _reason(x: Known, test: Test, operation: Operation, values: Values | None) -> Reason:
    """Whether a test holds for the caller, and each part of it."""
    whole = x.resource.whole
    condition = whole.compiled[Permitting].of_member(Rule(test), operation, x.grant)
    matching = whole.compiled[Matching]
    holds: Holds = "some"
    if condition in (TRUE, FALSE):
        holds = "yes" if condition == TRUE else "no"
    elif values is not None:
        holds = "yes" if matching.meets(condition, values) else "no"
    if isinstance(test, (AnyOf, AllOf)) and len(test.tests) > 1:
        words = "one of these" if isinstance(test, AnyOf) else "all of these"
        return Reason(holds, words, tuple(_reason(x, each, operation, values) for each in test.tests))
    words = words_in_full(whole, test, operation)
    if isinstance(test, When) and test.takes_grant:
        words = f"{words}, which is here: {condition_words(condition)}"
    return Reason(holds, f"{words}{_met(condition, values)}")


def _met(condition: Condition, values: Values | None) -> str:
    """The values of the members that a condition is on."""
    if values is None:
        return ""
    told = []
    for name in dict.fromkeys(fields_in(condition)):
        words = "missing" if values[name] is None else value_words(values[name])
        told.append(f"{name} is {words if len(words) <= MAX_VALUE else f'{words[:MAX_VALUE]}...'}")
    return f" ({', '.join(told)})" if told else ""
