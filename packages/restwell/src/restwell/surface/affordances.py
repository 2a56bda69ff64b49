"""Which operations a resource has, and which of them are open to a caller: asked here and nowhere else.

Every format renders its controls from these values, and adds only the current values of an item. Whether a request
is permitted is asked of the same rules, so that what is shown is what is allowed.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from ..http.media_types import JSON_PATCH, MERGE_PATCH
from ..model.naming import with_article
from ..model.policy import Operation as Permission
from ..model.resource import Declaration
from .inputs import Input, Inputs, inputs_of, own_inputs

Target = Literal["item", "collection"]
Result = Literal["item", "collection", "nothing"]

JSON_CONTENT = ("application/json", "application/ld+json", "application/hal+json", "application/prs.hal-forms+json")
"""What a representation can be sent as: what is both read and served, since clients send back what they have read."""
PATCH_CONTENT = (
    MERGE_PATCH,
    JSON_PATCH,
    *JSON_CONTENT,
)
"""What PATCH takes; all but JSON Patch are read as a merge patch."""


class Operation(NamedTuple):
    """Something a client may do with a resource.

    `permission` is what it takes; `target` is what it is performed on; `result` is what the content of the answer
    represents. `accepts` are the media types offered for its content, and `inputs` the fields that it takes;
    both are empty where it has no content. `conditional` says that it needs If-Match; `action` is the class of
    schema.org for it, if there is one.
    """

    name: str
    method: str
    title: str
    permission: Permission
    target: Target
    result: Result
    accepts: tuple[str, ...] = ()
    inputs: tuple[Input, ...] = ()
    action: str | None = None
    conditional: bool = False
    path: str = ""
    """The segment behind the URL of an item at which it is performed; none for one on the item itself."""


class Operations(tuple[Operation, ...]):
    """Operations that are open to a caller. Compared by identity: `Affordances` makes each only once."""

    __slots__ = ()
    __hash__ = object.__hash__
    __eq__ = object.__eq__

    @property
    def own(self) -> list[Operation]:
        """Those of the application's own, each at an address below the item."""
        return [each for each in self if each.path]


class Open(NamedTuple):
    """The operations that are open to callers with the same permissions."""

    collection: Operations
    item: Operations
    listed: Operations
    """Those on an item in its collection, where showing it is following its link."""


class OpenTo(dict[tuple[Permission, ...], Open]):
    """What callers may do, by their permissions: these are few, and so are the sets of them."""

    __slots__ = ("_collection", "_item")

    def __init__(self, collection: tuple[Operation, ...], item: tuple[Operation, ...]) -> None:
        super().__init__()
        self._collection = collection
        self._item = item

    def __missing__(self, permitted: tuple[Permission, ...]) -> Open:
        item = Operations(each for each in self._item if each.permission in permitted)
        found = self[permitted] = Open(
            Operations(each for each in self._collection if each.permission in permitted),
            item,
            Operations(each for each in item if each.name != "show"),
        )
        return found


class Affordances:
    """The operations of one resource, and which of them are open to whom: `declaration.compiled[Affordances]`."""

    __slots__ = ("at_item", "collection", "item", "open_to")

    def __init__(self, declaration: Declaration) -> None:
        inputs, rules = inputs_of(declaration), declaration.rules
        self.collection = tuple(each for each in _on_collection(declaration, inputs) if each.permission in rules)
        on_item = (*_on_item(declaration, inputs), *_own(declaration))
        self.item = tuple(each for each in on_item if each.permission in rules)
        self.at_item = self.item
        if creates(declaration, "PUT") is True:
            self.at_item += (_creating_by_put(declaration, inputs),)
        self.open_to = OpenTo(self.collection, self.item)


def collection_operations(declaration: Declaration) -> tuple[Operation, ...]:
    """Every operation on a collection that some caller may perform."""
    return declaration.compiled[Affordances].collection


def item_operations(declaration: Declaration) -> tuple[Operation, ...]:
    """Every operation on an existing item that some caller may perform."""
    return declaration.compiled[Affordances].item


def operations_at(declaration: Declaration, *, item: bool) -> tuple[Operation, ...]:
    """Every operation at the address of an item, whether the item exists or not, or of the collection.

    Beside those on an existing item it has PUT where that only creates.
    """
    found = declaration.compiled[Affordances]
    return found.at_item if item else found.collection


def _on_collection(declaration: Declaration, inputs: Inputs) -> tuple[Operation, ...]:
    """Every operation on a collection that there is."""
    title = f"Create {with_article(declaration.name)}"
    return (
        Operation("list", "GET", f"List {declaration.slug}", "read", "collection", "collection", action="FindAction"),
        Operation("create", "POST", title, "create", "collection", _shown(declaration), JSON_CONTENT, inputs.create,
                  "CreateAction"),
    )  # fmt: skip


def _on_item(declaration: Declaration, inputs: Inputs) -> tuple[Operation, ...]:
    """Every operation on an item that there is. PATCH stands before PUT: clients take the first."""
    one, conditional, shown = with_article(declaration.name), declaration.require_if_match, _shown(declaration)
    return (
        Operation("show", "GET", f"Show {one}", "read", "item", "item", action="FindAction"),
        Operation("change", "PATCH", f"Change {one}", "update", "item", shown, PATCH_CONTENT, inputs.change,
                  "UpdateAction", conditional),
        Operation("replace", "PUT", f"Replace {one}", "update", "item", shown, JSON_CONTENT, inputs.replace,
                  "ReplaceAction", conditional),
        Operation("delete", "DELETE", f"Delete {one}", "delete", "item", "nothing", (), (), "DeleteAction",
                  conditional),
    )  # fmt: skip


def _own(declaration: Declaration) -> tuple[Operation, ...]:
    """The operations of the application's own."""
    return tuple(
        Operation(each.name, "POST", each.title, each.name, "item", _shown(declaration),
                  JSON_CONTENT if each.input else (), own_inputs(each), conditional=declaration.require_if_match,
                  path=each.name)
        for each in declaration.operations.values()
    )  # fmt: skip


def _creating_by_put(declaration: Declaration, inputs: Inputs) -> Operation:
    """PUT that creates an item: it is not an operation on an existing one."""
    title, shown = f"Create {with_article(declaration.name)}", _shown(declaration)
    return Operation("replace", "PUT", title, "create", "item", shown, JSON_CONTENT, inputs.replace)


def _shown(declaration: Declaration) -> Result:
    """What the answer to a write represents: a resource that cannot be read is not shown to its writers either."""
    return "item" if "read" in declaration.rules else "nothing"


def creates(declaration: Declaration, method: str) -> bool | None:
    """Whether a write creates (True), changes what is there (False), or either, as the state has it (None).

    A PUT creates where nothing is there, if somebody may create, and replaces what is there, if somebody may update.
    Where the store gives items their identities, none is created at an address of the client's choice.
    """
    if method != "PUT":
        return method == "POST"
    may_create = "create" in declaration.rules and not declaration.identity.marks.read_only
    may_replace = "update" in declaration.rules
    return None if may_create and may_replace else may_create


def methods(declaration: Declaration, *, item: bool, operation: str = "") -> tuple[str, ...]:
    """The methods that the resource supports for some caller, as Allow lists them (RFC 9110, section 10.2.1).

    Those of an item, of the collection, or of an `operation` of the application's own.
    """
    found = [each.method for each in operations_at(declaration, item=item) if each.path == operation]
    if "GET" in found:
        found.insert(1, "HEAD")
    return (*found, "OPTIONS")


def permissions_for(method: str, *, item: bool, operation: str = "") -> tuple[Permission, ...]:
    """The permissions of which one gets a method as far as the look-up (contract, section 3)."""
    if operation:
        return (operation,)
    if method in {"GET", "HEAD"}:
        return ("read",)
    if method == "PUT" and item:
        return ("update", "create")
    return {"POST": ("create",), "PATCH": ("update",), "DELETE": ("delete",)}[method]
