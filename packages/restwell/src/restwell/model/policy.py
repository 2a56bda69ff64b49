"""Who may do what: rules. Nothing is permitted by default.

A rule is declared for each operation on a resource: what a caller needs to be or to have, and of which items. The
same rule decides what is shown (`surface/affordances.py`) and what is done (`flow/decisions.py`), so the two
cannot drift apart. What a rule comes to for one caller is made of it in `access/permitting.py`.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..http.cache_control import Caching
from ..http.limits import MAX_SCOPE

Operation = str
"""What somebody may do: one of OPERATIONS, or an operation of the application's own by its name."""
OPERATIONS: tuple[Operation, ...] = ("read", "create", "update", "delete")
WRITES: tuple[Operation, ...] = ("create", "update", "delete")

# scope-token = 1*( %x21 / %x23-5B / %x5D-7E )   (RFC 6749, section 3.3); ours keep to words and colons
SCOPE = re.compile(r"[A-Za-z0-9._-]+(?::[A-Za-z0-9._-]+)*")


@dataclass(frozen=True, slots=True)
class Anonymous:
    """Permits every caller, the anonymous one too."""


@dataclass(frozen=True, slots=True)
class Authenticated:
    """Permits every caller who is known."""


@dataclass(frozen=True, slots=True)
class Scoped:
    """Permits the callers who have a scope.

    A scope without a colon is the family of one resource: reading needs `NAME:read`, creating `NAME:create`, and so
    on. One with a colon is taken as it is.
    """

    name: str

    def scope_for(self, operation: Operation) -> str:
        """The scope that this operation needs."""
        return self.name if ":" in self.name else f"{self.name}:{operation}"


@dataclass(frozen=True, slots=True)
class Owned:
    """Permits the caller whose subject is the value of a member."""

    attribute: str


@dataclass(frozen=True, slots=True)
class When:
    """Permits what a condition on the members holds for; `function` makes it of the row, and of the grant."""

    function: Callable[..., Any]
    takes_grant: bool


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Permits what one of its tests permits."""

    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """Permits what all of its tests permit."""

    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class ByFunction:
    """Permits what a function of the grant and the item says: it is called for each item, once that is read."""

    function: Callable[[Any, Any], object]


@dataclass(frozen=True, slots=True)
class SameAs:
    """Permits what is permitted with the item that a member refers to."""

    attribute: str


Test = Anonymous | Authenticated | Scoped | Owned | When | ByFunction | SameAs | AnyOf | AllOf


class Need(NamedTuple):
    """What a caller needs to have, in one of the ways in which a rule permits something."""

    credential: bool
    scopes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rule:
    """What permits an operation, and for how long a copy of what it shows may be used.

    Made by `public`, `authenticated`, `scope`, `owner`, `when` and `same_as`, of a function by `as_rule`, and of
    several by `any_of` and `all_of`.
    """

    test: Test
    caching: Caching = field(default_factory=Caching)

    @property
    def is_public(self) -> bool:
        """Whether it permits every caller, whichever item it is."""
        return _is_public(self.test)

    @property
    def owned(self) -> frozenset[str]:
        """The attributes of the members that are to be the subject of the caller, for it to permit something."""
        return frozenset(each.attribute for each in tests_of(self.test) if isinstance(each, Owned))

    @property
    def linked(self) -> frozenset[str]:
        """The attributes of the members that refer to an item with which the same is to be permitted."""
        return frozenset(each.attribute for each in tests_of(self.test) if isinstance(each, SameAs))

    @property
    def is_by_scopes(self) -> bool:
        """Whether the scopes of a caller are all that it asks for, whichever item it is."""
        return all(isinstance(each, (Anonymous, Scoped, AnyOf, AllOf)) for each in tests_of(self.test))

    def needs(self, operation: Operation) -> tuple[Need, ...]:
        """The ways in which a caller may come to be permitted an operation: what each of them takes."""
        return tuple(dict.fromkeys(_needs(self.test, operation)))

    def scopes_for(self, operation: Operation) -> list[str]:
        """The scopes that can have a part in being permitted an operation."""
        return sorted({name for need in self.needs(operation) for name in need.scopes})


def public(
    *,
    max_age: int | None = None,
    s_maxage: int | None = None,
    stale_while_revalidate: int | None = None,
    must_revalidate: bool = False,
    no_store: bool = False,
) -> Rule:
    """A rule that permits everybody. The arguments say for how long a copy may be used, in seconds.

    Without `max_age` a copy may be kept and must be revalidated before each use (`no-cache`).
    Raises ValueError for a negative time, and for `no_store` beside anything else.
    """
    return Rule(Anonymous(), Caching(max_age, s_maxage, stale_while_revalidate, must_revalidate, no_store))


def authenticated(*, max_age: int | None = None, no_store: bool = False) -> Rule:
    """A rule that permits the callers who are known, whatever their scopes. Answers under it are `private`.

    The arguments are as those of `public`.
    """
    return Rule(Authenticated(), Caching(max_age=max_age, no_store=no_store))


def scope(name: str, *, max_age: int | None = None, no_store: bool = False) -> Rule:
    """A rule that permits the callers who have a scope. Answers under it are `private`.

    `name` is a family such as `frameworks`, or one scope such as `frameworks:admin`.
    Raises ValueError when it is not made of letters, digits, `.`, `_`, `-` and colons, or has over 100 characters.
    """
    if not SCOPE.fullmatch(name):
        raise ValueError(f"{name!r} is not a scope: use letters, digits, '.', '_', '-' and colons, as in 'books'")
    if len(name) > MAX_SCOPE:
        raise ValueError(f"The scope {name[:20]}... has {len(name)} characters: use at most {MAX_SCOPE}")
    return Rule(Scoped(name), Caching(max_age=max_age, no_store=no_store))


def owner(member: str) -> Rule:
    """A rule that permits the caller whose subject is the value of a member, named by its attribute.

    Of a new item, and of one that is changed, it holds for the value that the member is to get, too: nobody makes
    items for others, or gives them away.
    """
    return Rule(Owned(member))


def when(condition: Callable[..., Any]) -> Rule:
    """A rule that permits what a condition on the members of an item holds for: `when(lambda row: row.open == True)`.

    `condition` is called with the row, whose attributes are compared with values by `==`, `!=`, `<`, `<=`, `>`, `>=`
    and `in_(values)`, or asked `contains(text)`, `startswith(text)` and `is_none()`; conditions are joined by `&`,
    `|` and `~`. With a second parameter it is called with the grant of each caller, too, and at the start with that
    of somebody who has everything. A comparison with a missing value does not hold, except `!=`, and nothing equals
    what a caller lacks. It becomes a part of every statement. It is held against an item as it is, and against a new
    one as it is to be. Raises ValueError for a function of other parameters.
    """
    number = _parameters_of(condition)
    if number not in {1, 2}:
        raise ValueError("when() takes a function of the row, or of the row and the grant: lambda f, grant: ...")
    return Rule(When(condition, number == 2))


def same_as(member: str) -> Rule:
    """A rule that permits an operation with an item where the same is permitted with the one that a member refers to.

    The member, named by its attribute, is a foreign key of a model to the column by which another resource names its
    items. What is linked has to be what the caller meets. Of a new item, and of one that is changed, it holds for the
    link that it is to get, too: nobody moves an item to where they may not do that. No link permits nothing.
    """
    return Rule(SameAs(member))


def _parameters_of(function: Callable[..., Any]) -> int:
    """How many arguments a function has to be called with by place; 0 where nothing tells."""
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return 0
    by_place = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(1 for each in found if each.kind in by_place and each.default is each.empty)


Permission = Rule | Callable[[Any, Any], object]
"""A rule, or a function that is called with the grant and the item, and says by True or False whether it permits."""


def as_rule(given: Any) -> Any:
    """The rule that a function of two parameters, the grant and the item, stands for; anything else as it is."""
    if isinstance(given, (Rule, type)) or not callable(given) or _parameters_of(given) != 2:
        return given
    is_async = any(map(inspect.iscoroutinefunction, (given, getattr(given, "__call__", None))))  # noqa: B004 - asked whether that is async
    return given if is_async else Rule(ByFunction(given))


def any_of(*rules: Permission) -> Rule:
    """A rule that permits what one of these permits. Raises ValueError without any, or where one has `max_age`."""
    return Rule(AnyOf(_tests("any_of", tuple(map(as_rule, rules)))))


def all_of(*rules: Permission) -> Rule:
    """A rule that permits what all of these permit. Raises ValueError as `any_of` does."""
    return Rule(AllOf(_tests("all_of", tuple(map(as_rule, rules)))))


def _tests(name: str, rules: tuple[Rule, ...]) -> tuple[Test, ...]:
    if not rules or not all(isinstance(each, Rule) for each in rules):
        raise ValueError(f"{name}() takes rules, as in {name}(owner('author'), scope('books:admin')).")
    if any(each.caching != Caching() for each in rules):
        raise ValueError(f"{name}() takes rules that do not say for how long a copy may be used: take that away.")
    return tuple(each.test for each in rules)


def tests_of(test: Test) -> Iterable[Test]:
    """A test, and all that it is made of."""
    yield test
    for each in test.tests if isinstance(test, (AnyOf, AllOf)) else ():
        yield from tests_of(each)


def _is_public(test: Test) -> bool:
    if isinstance(test, AnyOf):
        return any(map(_is_public, test.tests))
    return isinstance(test, Anonymous) or (isinstance(test, AllOf) and all(map(_is_public, test.tests)))


def _needs(test: Test, operation: Operation) -> list[Need]:
    if isinstance(test, Scoped):
        return [Need(credential=True, scopes=frozenset([test.scope_for(operation)]))]
    if isinstance(test, (Authenticated, Owned)):
        return [Need(credential=True)]
    if isinstance(test, AnyOf):
        return [need for each in test.tests for need in _needs(each, operation)]
    found = [Need(credential=False)]
    for each in test.tests if isinstance(test, AllOf) else ():
        found = [
            Need(one.credential or other.credential, one.scopes | other.scopes)
            for one in found for other in _needs(each, operation)
        ]  # fmt: skip
    return found


def expand_scopes(scopes: Iterable[str]) -> frozenset[str]:
    """Scopes as they are looked at: `NAME:write` becomes the three that it is short for."""
    expanded: set[str] = set()
    for name in scopes:
        family, _, last = name.rpartition(":")
        expanded.update([f"{family}:{operation}" for operation in WRITES] if family and last == "write" else [name])
    return frozenset(expanded)


def listed_scopes(known: Iterable[str]) -> str:
    """The scopes that a key can have, in words, with `NAME:write` where there are the three that it is short for."""
    found = frozenset(known)
    short = {f"{name.rpartition(':')[0]}:write" for name in found}
    return ", ".join(sorted(found | {name for name in short if expand_scopes([name]) <= found}))
