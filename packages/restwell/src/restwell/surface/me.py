"""Who asks, and what they may do: what `/me` says, in every format.

Which operations are open, and what members there are, is what a sight says, as everywhere; what an operation needs is
what the descriptions say of it. So it tells nobody of more than they are told elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from ..access.grant import Credential
from ..access.sight import Sight
from ..model.conditions import TRUE
from ..model.policy import Operation as Permission
from ..model.resource import Declaration
from .addresses import ME
from .affordances import Affordances, Operation
from .needs import NotOpen

Permitted = Literal["always", "sometimes", "never"]
"""With every item, with those that the rule holds for, or with none."""
WRITES = frozenset(["create", "change", "replace"])
"""The operations whose content has members of an item."""


class SignIn(NamedTuple):
    """A way to be known: the name of the security scheme, its challenge, and the URL to sign in at, if it has one."""

    scheme: str
    description: str
    challenge: str
    url: str | None = None


class OpenOperation(NamedTuple):
    """An operation, whether it is open to who asks, and what it needs, in a sentence."""

    operation: Operation
    permitted: Permitted
    needs: str


class OpenMember(NamedTuple):
    """A member of items: whether it may be read, and whether it may be set in creating or changing an item."""

    name: str
    read: Permitted
    set: Permitted


class OpenResource(NamedTuple):
    """A resource with which somebody may do something, as it is described to them."""

    declaration: Declaration
    operations: tuple[OpenOperation, ...]
    members: tuple[OpenMember, ...]


class Me(NamedTuple):
    """Who asks, and what they may do. The subject is None for an anonymous caller, who is told how to be known.

    `caller` is the same in words. The credential is None where there is none, `sign_in` empty where there is one.
    """

    base: str
    subject: str | None
    caller: str | None
    credential: Credential | None
    scopes: tuple[str, ...]
    groups: tuple[str, ...]
    sign_in: tuple[SignIn, ...]
    resources: tuple[OpenResource, ...]

    @property
    def url(self) -> str:
        """Where it is."""
        return f"{self.base}{ME}"


def open_to(declaration: Declaration, sight: Sight) -> OpenResource:
    """What somebody with this sight may do with a resource, and with which members of its items."""
    always, widest = sight.of(declaration), sight.widest(declaration)
    operations = tuple(
        OpenOperation(each.operation, permitted(sight, each.operation.permission), each.needs)
        for each in widest.compiled[NotOpen].every
    )
    reads = permitted(sight, "read")
    may_set, may_set_somewhere = (_settable(seen, sight) for seen in (always, widest))
    members = tuple(
        OpenMember(
            spec.name,
            "never" if spec.name not in widest.names else _the_less(reads, spec.name in always.names),
            may_set.get(spec.name, "sometimes" if spec.name in may_set_somewhere else "never"),
        )
        for spec in widest.known.values()
    )
    return OpenResource(declaration, operations, tuple(each for each in members if each[1:] != ("never", "never")))


def permitted(sight: Sight, permission: Permission) -> Permitted:
    """Whether something may be done: with the items that there are, or with some of these, it is `sometimes`."""
    if permission not in sight.operations:
        return "never"
    meets_some = permission != "create" and sight.rows != TRUE
    return "sometimes" if meets_some or permission in sight.conditions else "always"


def _the_less(permitted: Permitted, is_always: bool) -> Permitted:  # noqa: FBT001 - the other half of the same
    return permitted if permitted == "never" or is_always else "sometimes"


def _settable(seen: Declaration, sight: Sight) -> dict[str, Permitted]:
    """The members that content may have where it is sent, of a resource as it is seen."""
    found: dict[str, Permitted] = {}
    affordances = seen.compiled[Affordances]
    every: Iterable[Operation] = (*affordances.collection, *affordances.at_item)
    for each in every:
        if each.name in WRITES and (may := permitted(sight, each.permission)) != "never":
            for one in each.inputs:
                if not one.read_only and found.get(one.name) != "always":
                    found[one.name] = may
    return found
