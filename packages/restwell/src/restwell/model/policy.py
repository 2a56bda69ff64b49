"""Who may do what: rules and scopes. Nothing is permitted by default.

A rule is declared for reading and for writing a resource. The same rule decides what is shown
(`affordances.py`) and what is done (`decisions.py`), so the two cannot drift apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..http.cache_control import Caching
from ..http.limits import MAX_SCOPE

Operation = str
"""What somebody may do: one of OPERATIONS, or an operation of the application's own by its name."""
OPERATIONS: tuple[Operation, ...] = ("read", "create", "update", "delete")
WRITES: tuple[Operation, ...] = ("create", "update", "delete")

# scope-token = 1*( %x21 / %x23-5B / %x5D-7E )   (RFC 6749, section 3.3); ours keep to words and colons
SCOPE = re.compile(r"[A-Za-z0-9._-]+(?::[A-Za-z0-9._-]+)*")


@dataclass(frozen=True, slots=True)
class Rule:
    """Permits everybody when `scope` is None, else the callers who have that scope.

    A scope without a colon is the family of one resource: reading needs `NAME:read`, creating
    `NAME:create`, and so on. One with a colon is taken as it is. Made by `public` and `scope`.
    """

    scope: str | None
    caching: Caching = field(default_factory=Caching)

    def scope_for(self, operation: Operation) -> str | None:
        """The scope that this operation needs; None when it needs none."""
        if self.scope is None or ":" in self.scope:
            return self.scope
        return f"{self.scope}:{operation}"

    def permits(self, scopes: frozenset[str], operation: Operation) -> bool:
        """Whether a caller with these scopes may do this."""
        needed = self.scope_for(operation)
        return needed is None or needed in scopes


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
    return Rule(None, Caching(max_age, s_maxage, stale_while_revalidate, must_revalidate, no_store))


def scope(name: str, *, max_age: int | None = None, no_store: bool = False) -> Rule:
    """A rule that permits the callers who have a scope. Answers under it are `private`.

    `name` is a family such as `frameworks`, or one scope such as `frameworks:admin`.
    Raises ValueError when it is not made of letters, digits, `.`, `_`, `-` and colons, or has over 100 characters.
    """
    if not SCOPE.fullmatch(name):
        raise ValueError(f"{name!r} is not a scope: use letters, digits, '.', '_', '-' and colons, as in 'books'")
    if len(name) > MAX_SCOPE:
        raise ValueError(f"The scope {name[:20]}... has {len(name)} characters: use at most {MAX_SCOPE}")
    return Rule(name, Caching(max_age=max_age, no_store=no_store))


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
