"""The rules of a resource held against what it is: every mistake is a DeclarationError with the remedy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..http.cache_control import Caching
from .comparing import ComparedRow, Lacking, condition_in, typed_by
from .conditions import Condition
from .errors import fail
from .fields import FieldSpec
from .policy import Operation, Owned, Rule, SameAs, When, tests_of
from .resource import Declaration


def check_rules(declaration: Declaration) -> None:
    """Refuse rules about members that there are not, and conditions that cannot be. Raises DeclarationError."""
    for operation, rule in declaration.rules.items():
        check_rule(declaration, operation, rule)
    for spec in declaration.fields:
        _check_member(declaration, spec)


def check_rule(declaration: Declaration, operation: Operation, rule: Rule) -> None:
    """The same of the rule of one operation."""
    for test in tests_of(rule.test):
        if isinstance(test, Owned):
            _check_owned(declaration, operation, test)
        elif isinstance(test, SameAs) and test.attribute not in {each.attribute for each in declaration.whole.fields}:
            place = f"has a rule for {operation} by same_as({test.attribute!r})"
            fail(declaration.content, None, f"{place}, and no such field: name the one that refers to another item.")
        elif isinstance(test, When) and not test.takes_grant:
            try:
                ComparedRows(declaration).condition(operation, test)
            except (AttributeError, TypeError, ValueError) as error:
                what = f"has a rule for {operation} by when() whose condition cannot be: {error}"
                fail(declaration.content, None, what if what.endswith(".") else f"{what}.")
        elif isinstance(test, When):
            _check_none(declaration, operation, test)


class ComparedRows:
    """What conditions of an application are made of: `declaration.whole.compiled[ComparedRows]`.

    Of a new item nothing is known that the database computes.
    """

    __slots__ = ("_new", "_there")

    def __init__(self, declaration: Declaration, lacking: Lacking = lambda _: None) -> None:
        typed = typed_by(declaration.whole.shape)
        self._there, self._new = (
            {False: ComparedRow(fields, typed), True: ComparedRow(fields, typed, lacking)}
            for fields in (declaration.whole.fields, declaration.stored)
        )

    def condition(self, operation: Operation, test: When, *more: object) -> Condition:
        """What the function of a test comes to. Raises what it raises, and TypeError where it gives no condition."""
        rows = self._new if operation == "create" else self._there
        return condition_in(test.function(rows[bool(more)], *more))


class ComparedWithNoneError(Exception):
    """A member, by its attribute, is compared with None though a caller has everything."""


class Everything(Mapping[str, Any]):
    """Claims among which is any that is asked for."""

    def __getitem__(self, name: str) -> Any:
        return name

    def __iter__(self) -> Iterator[str]:
        return iter(("somebody",))

    def __len__(self) -> int:
        return 1


class Somebody(NamedTuple):
    """A caller who lacks nothing, as the grant of nobody."""

    subject: str = "somebody"
    scopes: frozenset[str] = frozenset(["somebody"])
    claims: Mapping[str, Any] = Everything()
    groups: frozenset[str] = frozenset(["somebody"])
    credential: str = "somebody"


def _check_none(declaration: Declaration, operation: Operation, test: When) -> None:
    """Refuse a function of a grant that asks by `== None` whether there is a value: None is what a caller lacks."""

    def lacking(attribute: str) -> None:
        raise ComparedWithNoneError(attribute)

    try:
        ComparedRows(declaration, lacking).condition(operation, test, Somebody())
    except ComparedWithNoneError as error:
        what = (
            f"has a rule for {operation} by when() that compares row.{error} with None, which is what a caller lacks"
        )
        fail(declaration.content, None, f"{what}: ask for what has no value by row.{error}.is_none().")
    except Exception:  # noqa: BLE001 - it may ask for what only the grants of the application have
        return


def _check_member(declaration: Declaration, spec: FieldSpec) -> None:
    """Refuse rules of a member that cannot be kept."""
    cls, name, marks = declaration.content, spec.attribute, spec.marks
    for argument, operation, rule in (("read", "read", marks.read), ("write", "update", marks.write)):
        if rule is None:
            continue
        if not isinstance(rule, Rule):
            what = f"give it a rule, as in {argument}=scope('name'), or a function of grant and row"
            fail(cls, name, f"has {argument}={rule!r}: {what}.")
        if rule.linked:
            fail(cls, name, f"has {argument}= by same_as(), which is a rule of operations: give it another.")
        if rule.caching != Caching():
            fail(cls, name, f"has {argument}= with how long a copy may be used, which the rule of the resource says.")
        check_rule(declaration, operation, rule)
    if marks.read is not None and (marks.identity or not marks.is_shown):
        what = "is in the identity, which every URI shows" if marks.identity else "is shown to nobody"
        fail(cls, name, f"has read=, and {what}: take that away.")
    if marks.write is not None and (marks.read_only or marks.hidden):
        fail(cls, name, "has write=, and is not set by clients: take that away.")
    if (marks.write is not None or marks.read is not None) and spec.required and "create" in declaration.rules:
        what = "so that who may not set it could create nothing: give it a default, or make it nullable"
        fail(cls, name, f"has a rule of its own and no default, {what}.")
    if marks.read is not None and marks.is_unique:
        fail(cls, name, "has read= and is unique, so that a 409 would tell of its value: take one of them away.")


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
    every += [("read", spec.marks.read) for d in declarations for spec in d.whole.fields if spec.marks.read]
    every += [("update", spec.marks.write) for d in declarations for spec in d.whole.fields if spec.marks.write]
    return {scope for operation, rule in every for scope in rule.scopes_for(operation)}
