"""The resources that rules by `same_as` lead to, resolved among all that are declared and checked at the start."""

from __future__ import annotations

from collections.abc import Iterable

from ..model.errors import fail
from ..model.policy import ByFunction, Operation, tests_of
from ..model.resource import Declaration

Step = tuple[Declaration, Operation]


class Targets(dict[str, Declaration]):
    """The resource that each attribute leads to, where it refers to one: `declaration.whole.compiled[Targets]`."""

    __slots__ = ()

    def __init__(self, declaration: Declaration) -> None:  # noqa: ARG002 - made as all that is compiled
        super().__init__()


def check_links(declarations: Iterable[Declaration]) -> None:
    """Refuse rules by `same_as` that lead nowhere, in a circle, or to what cannot be a part of a statement.

    Raises DeclarationError.
    """
    for declaration in declarations:
        for operation, rule in declaration.rules.items():
            if rule.linked:
                _follow((declaration, operation), ())


def _follow(step: Step, behind: tuple[Step, ...]) -> None:
    declaration, operation = step
    if step in behind:
        names = " -> ".join(f"{each.name} ({name})" for each, name in (*behind, step))
        fail(
            declaration.content, None, f"has a rule by same_as() that leads in a circle: {names}. Change one of them."
        )
    rule = declaration.rules[operation]
    if behind and any(isinstance(each, ByFunction) for each in tests_of(rule.test)):
        first, name = behind[0]
        what = f"has a rule for {name} by same_as() that leads to a function, the rule of {declaration.name}"
        fail(first.content, None, f"{what} for {operation}, which no statement can ask: say it by other rules.")
    for attribute in sorted(rule.linked):
        target = _target(declaration, operation, attribute)
        for each in dict.fromkeys(("read", operation)):
            _follow((target, each), (*behind, step))


def _target(declaration: Declaration, operation: Operation, attribute: str) -> Declaration:
    place = f"has a rule for {operation} by same_as({attribute!r})"
    target = declaration.compiled[Targets].get(attribute)
    if target is None:
        fail(
            declaration.content, attribute,
            f"{place}, and refers to no item: name a foreign key of a model to the column by which another resource, "
            "which somebody may read and which is in the same database, names its items.",
        )  # fmt: skip
    if operation not in target.rules:
        what = f"{place}, and {target.name} has no rule for that"
        fail(declaration.content, attribute, f"{what}: give {target.name} one, or say this by another rule.")
    return target
