"""Which members of a resource a grant may read and set: of every item, or of those that a condition holds for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ..model.conditions import FALSE, TRUE, Condition
from ..model.fields import FieldSpec
from ..model.policy import Operation, Rule
from ..model.resource import Declaration, MemberNames
from .grant import Grant
from .permitting import Permitting


class Members(NamedTuple):
    """The names of the members that a grant may read or set of every item, and of the others, of which. None: all."""

    always: MemberNames = None
    where: Mapping[str, Condition] = {}


ALL = Members()


def readable(declaration: Declaration, grant: Grant) -> Members:
    """The members that a grant may read. What is computed of the others is for those who may read them all."""
    permitting = declaration.compiled[Permitting]
    shown = [spec for spec in declaration.whole.fields if spec.marks.is_shown]
    return _members({spec.name: permitting.of_member(spec.marks.read, "read", grant) for spec in shown})


def writable(declaration: Declaration, grant: Grant) -> Members:
    """The members that a grant may set: of those without a rule for that, the ones that it may read."""
    permitting = declaration.compiled[Permitting]
    rules = {spec.name: rule_for_setting(spec) for spec in declaration.whole.fields if not spec.marks.hidden}
    return _members({name: permitting.of_member(rule, operation, grant) for name, (rule, operation) in rules.items()})


def rule_for_setting(spec: FieldSpec) -> tuple[Rule | None, Operation]:
    """What is asked of who sets a member, and as what: without a rule for that it is the one of who reads it."""
    return (spec.marks.write, "update") if spec.marks.write else (spec.marks.read, "read")


def _members(conditions: Mapping[str, Condition]) -> Members:
    always = frozenset(name for name, condition in conditions.items() if condition == TRUE)
    if len(always) == len(conditions):
        return ALL
    return Members(always, {name: held for name, held in conditions.items() if held not in (TRUE, FALSE)})
