"""The rules of a resource held against what it is: every mistake is a DeclarationError with the remedy."""

from __future__ import annotations

from collections.abc import Sequence

from .comparing import Members, condition_in, typed_by
from .conditions import Condition
from .errors import fail
from .policy import Operation, Owned, Rule, When, tests_of
from .resource import Declaration


def check_rules(declaration: Declaration) -> None:
    """Refuse rules about members that there are not, and conditions that cannot be. Raises DeclarationError."""
    for operation, rule in declaration.rules.items():
        check_rule(declaration, operation, rule)


def check_rule(declaration: Declaration, operation: Operation, rule: Rule) -> None:
    """The same of the rule of one operation."""
    for test in tests_of(rule.test):
        if isinstance(test, Owned):
            _check_owned(declaration, operation, test)
        elif isinstance(test, When) and not test.takes_grant:
            try:
                condition_of(declaration, operation, test)
            except (AttributeError, TypeError, ValueError) as error:
                what = f"has a rule for {operation} by when() whose condition cannot be: {error}"
                fail(declaration.content, None, what if what.endswith(".") else f"{what}.")


def condition_of(declaration: Declaration, operation: Operation, test: When, *more: object) -> Condition:
    """What a condition of an application comes to; of a new item nothing is known that the database computes."""
    fields = declaration.stored if operation == "create" else declaration.whole.fields
    return condition_in(test.function(Members(fields, typed_by(declaration.whole.shape)), *more))


def _check_owned(declaration: Declaration, operation: Operation, test: Owned) -> None:
    spec = {each.attribute: each for each in declaration.whole.fields}.get(test.attribute)
    place = f"has a rule for {operation} by owner({test.attribute!r})"
    if spec is None:
        fail(declaration.content, None, f"{place}, and no such field: name the one that holds who an item is of.")
    if spec.kind.identity is None:
        fail(
            declaration.content, spec.attribute,
            f"is compared with who asks ({place[4:]}), which is a text, a number or a UUID: give it such a type.",
        )  # fmt: skip
    if spec.marks.sql is not None and operation == "create":
        fail(
            declaration.content, spec.attribute,
            "is computed by the database, so that nothing tells whose a new item is: name another field in owner().",
        )  # fmt: skip


def known_scopes(declarations: Sequence[Declaration]) -> set[str]:
    """Every scope that some operation on some resource needs."""
    every = [(operation, rule) for d in declarations for operation, rule in d.rules.items()]
    return {scope for operation, rule in every for scope in rule.scopes_for(operation)}
