"""Rules to draw, each with its truth: what it comes to for a caller, said a second time and without the library.

A truth is True or False where a rule asks nothing of the item, and else a function that says it of the values of one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from restwell import Grant, all_of, any_of, authenticated, owner, public, same_as, scope, when

Values = Mapping[str, Any]
Truth = bool | Callable[[Values], bool]
Follow = Callable[[str, Grant, str], Truth]
"""What a rule by `same_as` of a member comes to, for a grant and an operation."""


@dataclass(frozen=True)
class Drawn:
    """A rule, and what it comes to. `reads` are the members that it is about, with those that functions look at."""

    rule: Any
    truth: Callable[[Grant, str, Follow], Truth] = field(repr=False, compare=False)
    reads: frozenset[str] = frozenset()
    by_scopes: bool = False
    by_function: bool = False
    links: bool = False


Policy = Mapping[str, Drawn]


def has(grant: Grant, name: str, operation: str) -> bool:
    """Whether a grant has a scope; ours have none that are short for several."""
    return (name if ":" in name else f"{name}:{operation}") in grant.scopes


def of_row(rule: Any, says: Callable[[Values], bool], *reads: str) -> Drawn:
    return Drawn(rule, lambda grant, operation, follow: says, frozenset(reads))


def is_even(grant: Grant, row: Any) -> bool:
    return bool(row.size % 2 == 0)


def is_theirs(grant: Grant, row: Any) -> bool:
    return bool(row.author == grant.subject or row.team in grant.groups)


def is_untold(grant: Grant, row: Any) -> bool:
    return row.secret is None or grant.subject == "bob"


def owned(grant: Grant, operation: str, follow: Follow) -> Truth:
    return False if grant.subject is None else lambda row: bool(row["author"] == grant.subject)


def of_groups(grant: Grant, operation: str, follow: Follow) -> Truth:
    return (lambda row: row["team"] in grant.groups) if grant.groups else False


def function(rule: Callable[[Grant, Any], bool], says: Callable[[Grant, Values], bool], *reads: str) -> Drawn:
    return Drawn(
        rule, lambda grant, operation, follow: lambda row: says(grant, row), frozenset(reads), by_function=True
    )  # fmt: skip


def by_scope(name: str) -> Drawn:
    return Drawn(scope(name), lambda grant, operation, follow: has(grant, name, operation), by_scopes=True)


PUBLIC = Drawn(public(), lambda grant, operation, follow: True, by_scopes=True)
KNOWN = Drawn(authenticated(), lambda grant, operation, follow: grant.subject is not None)
PLAIN = (
    PUBLIC, KNOWN, by_scope("papers"), by_scope("papers:see"),
    Drawn(owner("author"), owned, frozenset(["author"])),
    of_row(when(lambda row: row.size > 1), lambda row: row["size"] > 1, "size"),
    of_row(when(lambda row: row.team == "red"), lambda row: row["team"] == "red", "team"),
    of_row(when(lambda row: ~row.team.is_none()), lambda row: row["team"] is not None, "team"),
    of_row(when(lambda row: row.code != "k1"), lambda row: row["code"] != "k1", "code"),
    Drawn(when(lambda row, grant: row.team.in_(grant.groups)), of_groups, frozenset(["team"])),
    Drawn(
        when(lambda row, grant: (row.author == grant.subject) if grant.subject else False), owned,
        frozenset(["author"]),
    ),
)  # fmt: skip
SECRET = (
    of_row(when(lambda row: row.secret == "s"), lambda row: row["secret"] == "s", "secret"),
    function(is_untold, lambda grant, row: row["secret"] is None or grant.subject == "bob", "secret"),
)
"""Rules that go by the secret of a paper: what differs in it, where it is not read, is not hidden then."""
FUNCTIONS = (
    function(is_even, lambda grant, row: row["size"] % 2 == 0, "size"),
    function(is_theirs, lambda grant, row: row["author"] == grant.subject or row["team"] in grant.groups, "team"),
)
LINKED = Drawn(
    same_as("team"),
    lambda grant, operation, follow: follow("team", grant, operation),
    frozenset(["team"]),
    links=True,
)
OF_TEAMS = (
    PUBLIC, KNOWN, by_scope("teams"),
    of_row(when(lambda row: row.level > 0), lambda row: row["level"] > 0, "level"),
    Drawn(when(lambda row, grant: row.name.in_(grant.groups)), lambda grant, operation, follow: (
        (lambda row: row["name"] in grant.groups) if grant.groups else False
    ), frozenset(["name"])),
    Drawn(owner("lead"), lambda grant, operation, follow: (
        False if grant.subject is None else lambda row: row["lead"] == grant.subject
    ), frozenset(["lead"])),
)  # fmt: skip


def joined(every: bool, several: Sequence[Drawn]) -> Drawn:
    """What all of several, or any, permit."""

    def truth(grant: Grant, operation: str, follow: Follow) -> Truth:
        found = [each.truth(grant, operation, follow) for each in several]
        if (not every) in found:
            return not every
        asked = [each for each in found if not isinstance(each, bool)]
        join = all if every else any
        return (lambda row: join(each(row) for each in asked)) if asked else every

    return Drawn(
        (all_of if every else any_of)(*(each.rule for each in several)), truth,
        frozenset().union(*(each.reads for each in several)), all(each.by_scopes for each in several),
        any(each.by_function for each in several), any(each.links for each in several),
    )  # fmt: skip


def rules_of(atoms: Iterable[Drawn]) -> st.SearchStrategy[Drawn]:
    """Rules of these, alone and joined."""
    return st.recursive(
        st.sampled_from([*atoms]),
        lambda inner: st.builds(joined, st.booleans(), st.lists(inner, min_size=1, max_size=3)),
        max_leaves=4,
    )


def meets(truth: Truth, row: Values) -> bool:
    """Whether an item meets what a rule comes to."""
    return truth if isinstance(truth, bool) else truth(row)


def met(rules: Policy, grant: Grant, follow: Follow, members: Iterable[Drawn]) -> Truth:
    """Of which items a caller is told that they are there, by the rules of a resource and of its members.

    Who may read meets what may be read; who may not, what may be changed; and nothing is hidden by scopes alone.
    """
    read = rules["read"].truth(grant, "read", follow) if "read" in rules else False
    if read is not False:
        return read
    found = [rule.truth(grant, name, follow) for name, rule in rules.items() if name not in {"read", "create"}]
    asked = [each for each in found if not isinstance(each, bool)]
    if True in found or (not asked and all(each.by_scopes for each in (*rules.values(), *members))):
        return True
    return (lambda row: any(each(row) for each in asked)) if asked else False
