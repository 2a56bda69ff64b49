"""Which operations a resource has, and which of them are open to a caller: asked here and nowhere else.

Every format renders its controls from these values. Whether a request is permitted is asked of the same rules, so
that what is shown is what is allowed.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, NamedTuple

from ..model.policy import Operation as Permission
from ..model.resource import Declaration

JSON_CONTENT = ("application/json", "application/ld+json")
"""What a representation can be sent as: what is both read and served."""
ALSO_READ = ("application/hal+json",)
"""Read as JSON without its links, and not offered, since it is not served."""
PATCH_CONTENT = (
    "application/merge-patch+json",
    "application/json-patch+json",
    "application/json",
    "application/ld+json",
)
"""What PATCH takes; all but JSON Patch are read as a merge patch."""


class Operation(NamedTuple):
    """Something a client may do with a resource.

    `permission` is what it takes; `accepts` are the media types offered for its content, none when it has none;
    `conditional` says that it needs If-Match; `action` is the class of schema.org for it, if there is one.
    """

    name: str
    method: str
    title: str
    permission: Permission
    accepts: tuple[str, ...] = ()
    action: str | None = None
    conditional: bool = False


def collection_operations(declaration: Declaration) -> tuple[Operation, ...]:
    """Every operation on a collection that somebody may perform."""
    name = declaration.name
    every = (
        Operation("list", "GET", f"List {declaration.slug}", "read", action="FindAction"),
        Operation("create", "POST", f"Create a {name}", "create", JSON_CONTENT, "CreateAction"),
    )
    return tuple(operation for operation in every if operation.permission in declaration.rules)


def item_operations(declaration: Declaration) -> tuple[Operation, ...]:
    """Every operation on an item that somebody may perform. PATCH stands before PUT: clients take the first."""
    name, conditional = declaration.name, declaration.require_if_match
    every = (
        Operation("show", "GET", f"Show a {name}", "read", action="FindAction"),
        Operation("change", "PATCH", f"Change a {name}", "update", PATCH_CONTENT, "UpdateAction", conditional),
        Operation("replace", "PUT", f"Replace a {name}", "update", JSON_CONTENT, "ReplaceAction", conditional),
        Operation("delete", "DELETE", f"Delete a {name}", "delete", (), "DeleteAction", conditional),
    )
    return tuple(operation for operation in every if operation.permission in declaration.rules)


def result_of(declaration: Declaration, operation: Operation) -> Literal["item", "collection", "nothing"]:
    """What the content of the answer represents. What nobody may read is not shown to who has written it either."""
    if operation.name == "list":
        return "collection"
    return "item" if operation.name != "delete" and "read" in declaration.rules else "nothing"


class Operations(tuple[Operation, ...]):
    """Operations that are open to a caller. Compared by identity: `open_operations` makes each only once."""

    __slots__ = ()
    __hash__ = object.__hash__
    __eq__ = object.__eq__


@lru_cache(1024)
def open_operations(
    declaration: Declaration, permitted: tuple[Permission, ...], *, item: bool, listed: bool = False
) -> Operations:
    """The operations on an item, or on the collection, that a caller with these permissions may perform.

    For an item that is `listed` in its collection, showing it is left out: that is following its link.
    """
    every = item_operations(declaration) if item else collection_operations(declaration)
    return Operations(o for o in every if o.permission in permitted and not (listed and o.name == "show"))


@lru_cache(1024)
def methods(declaration: Declaration, *, item: bool) -> tuple[str, ...]:
    """The methods that the resource supports for somebody, as Allow lists them (RFC 9110, section 10.2.1)."""
    found = [operation.method for operation in (item_operations if item else collection_operations)(declaration)]
    if item and "create" in declaration.rules and "PUT" not in found:
        found.append("PUT")
    if "GET" in found:
        found.insert(1, "HEAD")
    return (*found, "OPTIONS")


def permissions_for(method: str, *, item: bool) -> tuple[Permission, ...]:
    """The permissions of which one gets a method as far as the look-up (contract, section 3)."""
    if method in {"GET", "HEAD"}:
        return ("read",)
    if method == "PUT" and item:
        return ("update", "create")
    return {"POST": ("create",), "PATCH": ("update",), "DELETE": ("delete",)}[method]  # type: ignore[return-value]  # the words are permissions
