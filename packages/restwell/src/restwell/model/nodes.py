"""The types of a model, node by node: pydantic's own core schema with Restwell's limits at every depth.

What is validated, what `/schemas/NAME` says and what is refused at declaration all come from these nodes, so that a
limit holds wherever it stands: in a union, an alias, a list, a nested model. Nothing here loosens a limit of the
declaration's own. A node of a type that is not in `_READERS` is refused.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NoReturn

from pydantic import BaseModel
from pydantic_core import core_schema

from ..http.limits import MAX_ITEMS, MAX_MEMBERS
from . import structures, written
from .configuration import WRITTEN, check_computed, check_field, check_model
from .errors import fail
from .fields import UNSUPPORTED
from .naming import Naming
from .nested import check_names, names_of
from .scalars import SCALARS, Node, before

LIMITS = frozenset([
    "ge", "gt", "le", "lt", "multiple_of", "min_length", "max_length", "pattern", "max_digits", "decimal_places",
    "now_op", "allowed_schemes",
])  # fmt: skip


ALIASES = ("validation_alias", "serialization_alias")
"""By which a node says what a member is called, where that is not its attribute."""
TAG = "restwell_tag"
"""In the metadata of a discriminated union: what the member that tells its models apart is called over HTTP."""
STORED_BRANCH = "restwell_branch"
"""Beside it: what finds the branch of an object whose members are called as attributes are."""


@dataclass
class Making:
    """One reading of a model's nodes. `base` is the class of resources, which no member can be.

    Without `functions`, validators of the application's are left out.
    `definitions` has what nodes refer to, as it is given. `defaults` collects the nodes that have a default, with the
    class and the member.
    """

    root: type[BaseModel]
    base: type[BaseModel]
    identity: tuple[str, ...]
    names: Mapping[str, str] = field(default_factory=dict)
    """What members of the root are called in content, where that is not the name of the attribute."""
    functions: bool = True
    place: tuple[type[BaseModel], str | None] = field(init=False)
    defaults: list[tuple[type[BaseModel], str, Node]] = field(default_factory=list)
    computed: dict[str, Node] = field(default_factory=dict)
    definitions: dict[str, Node] = field(default_factory=dict)
    has_functions: bool = False
    is_identity: bool = False
    any_text: bool = False
    """Whether an identity may be any text, as where others have given it."""
    naming: Naming | None = None
    """How members of nested models are called in content that have no alias."""
    has_names: bool = False
    """Whether a member of a nested model is called otherwise than its attribute."""
    at_root: bool = True

    def __post_init__(self) -> None:
        self.place = (self.root, None)

    def fail(self, what: str) -> NoReturn:
        """Raise DeclarationError for the member that is being read."""
        fail(*self.place, what)

    def read(self, node: Mapping[str, Any]) -> Node:
        """The node as it is to be; the one that is given stays as it is."""
        reader = _READERS.get(node["type"])
        if reader is None:
            self.fail(UNSUPPORTED)
        found = dict(node)
        if "serialization" in node and not _is_pydantic(node):
            self.place = (node["cls"], None) if node["type"] == "model" else self.place
            self.fail(f"is written by a serializer of its own, and {WRITTEN}.")
        if found.get("strict") is False and node["type"] in {"int", "float", "bool", "str"}:
            self.fail("has strict=False, and values are taken strictly: leave it out.")
        made: Node = with_reference(found, lambda bare: reader(self, bare))
        return made

    def child(self, node: Node, name: str = "schema") -> Node:
        """The node with one of its parts read."""
        return {**node, name: self.read(node[name])}


def unwrapped(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """The node within functions and defaults."""
    while "schema" in node and node["type"] not in {"model", "model-field"}:
        node = node["schema"]
    return node


def with_reference(node: Mapping[str, Any], change: Callable[[Any], Any]) -> Any:
    """The changed node, with the name by which other nodes refer to it."""
    if "ref" not in node:
        return change(node)
    return {**change({name: value for name, value in node.items() if name != "ref"}), "ref": node["ref"]}


def with_parts(node: Mapping[str, Any], change: Callable[[Any], Any]) -> Any:
    """The node with each of its parts changed."""
    found = dict(node)
    for name in ("schema", "items_schema", "keys_schema", "values_schema", "extras_schema"):
        if name in found:
            part = found[name]
            found[name] = [change(each) for each in part] if isinstance(part, list) else change(part)
    for name in ("steps", "definitions"):
        if name in found:
            found[name] = [change(each) for each in found[name]]
    if "fields" in found:
        found["fields"] = {name: {**each, "schema": change(each["schema"])} for name, each in found["fields"].items()}
    if isinstance(found.get("choices"), dict):
        found["choices"] = {tag: change(each) for tag, each in found["choices"].items()}
    elif "choices" in found:
        found["choices"] = [
            (change(each[0]), each[1]) if isinstance(each, tuple) else change(each) for each in found["choices"]
        ]
    return found


def is_kept(node: Mapping[str, Any]) -> bool:
    """Whether a function belongs to the type itself: it is one of pydantic's own, or of `written` or `structures`."""
    function = node["function"]["function"]
    return _is_pydantic(node) or str(function.__module__) in {written.__name__, structures.__name__}


# -- what holds values --------------------------------------------------------------------------------------------


def _list(making: Making, node: Node) -> Node:
    items = making.read(node.get("items_schema", {"type": "any"}))
    return {
        **node,
        "strict": False,
        "items_schema": items,
        "max_length": min(node.get("max_length", MAX_ITEMS), MAX_ITEMS),
    }


def _dict(making: Making, node: Node) -> Node:
    keys = node.get("keys_schema", {"type": "any"})
    if unwrapped(keys)["type"] not in {"any", "str", "literal", "enum"}:
        making.fail("has keys that are not texts, as those of JSON are: use dict[str, ...].")
    if keys["type"] == "any":
        keys = {"type": "str"}
    values = making.read(node.get("values_schema", {"type": "any"}))
    return {
        **node,
        "strict": False,
        "keys_schema": making.read(keys),
        "values_schema": values,
        "max_length": min(node.get("max_length", MAX_MEMBERS), MAX_MEMBERS),
    }


def _tuple(making: Making, node: Node) -> Node:
    """A tuple: a type for each position, of which one may be repeated, within the limit of arrays."""
    found = {**node, "strict": False, "items_schema": [making.read(each) for each in node["items_schema"]]}
    if "variadic_item_index" in node:
        found["max_length"] = min(node.get("max_length", MAX_ITEMS), MAX_ITEMS)
    return found


def _set(making: Making, node: Node) -> Node:
    """A set is read as a list without repeated items: pydantic would drop these silently."""
    if not _is_single(making, node.get("items_schema", {"type": "any"})):
        making.fail("has a set of what is not a single value, such as a text or a number: use list[...].")
    limits: Node = {name: node[name] for name in ("items_schema", "min_length", "max_length") if name in node}
    items = _list(making, {"type": "list", **limits, "metadata": {"pydantic_js_updates": {"uniqueItems": True}}})
    kind = frozenset if node["type"] == "frozenset" else set
    shown = core_schema.wrap_serializer_function_ser_schema(
        structures.write_set, schema=core_schema.list_schema(items["items_schema"]), when_used="json-unless-none"
    )
    read = core_schema.no_info_after_validator_function(structures.set_reader(kind), items)
    return {**read, "serialization": shown}


def _is_single(making: Making, node: Mapping[str, Any]) -> bool:
    """Whether a node is of single values, which sets can hold."""
    inner = unwrapped(node)
    if inner["type"] == "definition-ref":
        return inner["schema_ref"] in making.definitions and _is_single(
            making, making.definitions[inner["schema_ref"]]
        )
    if inner["type"] == "union":
        every = (each[0] if isinstance(each, tuple) else each for each in inner["choices"])
        return all(_is_single(making, each) for each in every)
    return inner["type"] in SCALARS and inner["type"] != "any"


def _union(making: Making, node: Node) -> Node:
    return {**with_parts(node, making.read), "strict": False}


def _tagged_union(making: Making, node: Node) -> Node:
    """A union with branches named by `TAGGED`, so that the location of an error does not look like a member."""
    attribute = node["discriminator"]
    if isinstance(attribute, list):  # the attribute, and its alias, as pydantic has them
        attribute = attribute[0][0]
    if not isinstance(attribute, str):
        making.fail(
            "tells models apart by a function, of which no schema can say: name a member that is a Literal in each, "
            "as in Field(discriminator='kind')."
        )
    name = _tag_name(making, node, attribute)
    branches = structures.branches_of(node["choices"])
    read = {branches[structures.tag_of(tag)]: making.read(each) for tag, each in node["choices"].items()}
    find, find_stored = (structures.branch_finder(each, attribute, branches) for each in (name, attribute))
    metadata = {TAG: name, STORED_BRANCH: find_stored}
    found = {**node, "choices": read, "discriminator": find, "strict": False, "metadata": metadata}
    return before(structures.branch_checker(name, attribute, branches), found)


def _tag_name(making: Making, node: Mapping[str, Any], attribute: str) -> str:
    """What the member that tells models apart is called over HTTP, the same in each of them."""
    names = sorted({*_tag_names(making, node, attribute)})
    if len(names) > 1:
        called = f"{attribute}, which they call {' and '.join(names)} over HTTP"
        making.fail(f"tells models apart by {called}: give it one alias in each.")
    return names[0] if names else attribute


def _tag_names(making: Making, node: Mapping[str, Any], attribute: str) -> Iterator[str]:
    inner = unwrapped(node)
    if inner["type"] == "definition-ref":
        inner = unwrapped(making.definitions.get(inner["schema_ref"], {"type": "any"}))
    if inner["type"] == "model" and inner.get("root_model"):
        yield from _tag_names(making, inner["schema"], attribute)
    elif inner["type"] == "model":
        yield names_of(inner["cls"], making.naming).get(attribute, attribute)
    elif inner["type"] == "tagged-union":
        for each in inner["choices"].values():
            yield from _tag_names(making, each, attribute)


def _definitions(making: Making, node: Node) -> Node:
    making.definitions |= {each["ref"]: each for each in node["definitions"] if "ref" in each}
    # The schema first: what it is not within is what it refers to.
    schema = making.read(node["schema"])
    making.at_root = False
    return {**node, "schema": schema, "definitions": [making.read(each) for each in node["definitions"]]}


def _reference(making: Making, node: Node) -> Node:
    """A reference, as to a `type` alias. An identity has limits of its own, so it is what the alias stands for."""
    target = making.definitions.get(node["schema_ref"])
    if not making.is_identity or target is None:
        return node
    return making.read({key: value for key, value in target.items() if key != "ref"})


def _default(making: Making, node: Node) -> Node:
    if node.get("on_error", "raise") != "raise":
        making.fail("takes its default for what is not valid, so that a mistake is never told: leave on_error out.")
    if node.get("default_factory_takes_data"):
        making.fail("has a factory that takes the other members: use a model validator, which sees them all.")
    found = making.child(node)
    cls, member = making.place
    making.defaults.append((cls, member or "", found))
    return found


def _function(making: Making, node: Node) -> Node:
    """A validator: those of pydantic's own stay, since they are what a type is."""
    if _is_pydantic(node):
        inner = unwrapped(node)
        if inner["type"] == "url":
            return before(written.url_reader(inner.get("allowed_schemes")), making.child(node))
        return making.child(node)
    making.has_functions = True
    if "json_schema_input_schema" in node:
        making.fail(f"has a json_schema_input_type, and {WRITTEN}.")
    return making.child(node) if making.functions else making.read(node["schema"])


def _is_pydantic(node: Mapping[str, Any]) -> bool:
    """Whether the function of a node is one of pydantic's own, such as what makes a URL of its parts."""
    function = node.get("function", {}).get("function")
    while isinstance(function, partial):
        function = function.func
    if isinstance(function, operator.attrgetter):
        return True  # of an Enum whose values are used
    return str(getattr(function, "__module__", "")).partition(".")[0] == "pydantic"


def _parts(making: Making, node: Node) -> Node:
    found: Node = with_parts(node, making.read)
    return found


def _model(making: Making, node: Node) -> Node:
    cls: type[BaseModel] = node["cls"]
    if issubclass(cls, making.base) and not (cls is making.root and making.at_root):
        making.fail(
            f"has the type {cls.__name__}, which is a resource of its own: keep its identity here, as a text or "
            "a number, or declare a plain pydantic model for what belongs to this one."
        )
    outer, at_root, is_identity = making.place, making.at_root, making.is_identity
    making.place, making.at_root, making.is_identity = (cls, None), False, False
    check_model(cls, making.base)
    if node.get("custom_init"):
        making.fail("has an __init__ of its own, which content does not go through: use a model validator.")
    if node.get("post_init"):
        making.has_functions = True
        node = {key: value for key, value in node.items() if making.functions or key != "post_init"}
    config = dict(node.get("config", {}))
    extra = config.get("extra_fields_behavior")
    config |= {"strict": True, "allow_inf_nan": False, "extra_fields_behavior": extra or "forbid"}
    fields = _fields(making, node["schema"], at_root=at_root) if not node.get("root_model") else None
    found = {**node, "config": config, "strict": False, "schema": fields or making.read(node["schema"])}
    making.place, making.is_identity = outer, is_identity
    if extra == "allow" and not at_root:
        return _without_attributes(found, names_of(cls, making.naming))
    return found


def _without_attributes(node: Node, names: Mapping[str, str]) -> Node:
    """A model that takes any members, but none with the name of an attribute that is called otherwise over HTTP."""
    reserved = frozenset(attribute for attribute, name in names.items() if name != attribute) - {*names.values()}
    return before(structures.names_checker(reserved), node) if reserved else node


def _fields(making: Making, node: Mapping[str, Any], *, at_root: bool) -> Node:
    if node["type"] != "model-fields":  # within validators of the whole model
        if node["type"].startswith("function-") and not _is_pydantic(node):
            making.has_functions = True
            inner = _fields(making, node["schema"], at_root=at_root)
            return {**node, "schema": inner} if making.functions else inner
        return making.read(node)
    cls = making.place[0]
    fields = {}
    names = making.names if at_root else names_of(cls, making.naming)
    for name, each in node["fields"].items():
        making.place = (cls, name)
        check_field(cls, name, cls.model_fields[name], is_nested=not at_root)
        making.is_identity = at_root and name in making.identity
        own = {key: value for key, value in each.items() if key not in ALIASES}
        aliases = dict.fromkeys(ALIASES, names[name]) if names.get(name, name) != name else {}
        fields[name] = {**own, "schema": making.read(each["schema"]), **aliases}
        making.is_identity = False
    if not at_root and any(name != attribute for attribute, name in names.items()):
        check_names(cls, making.naming)
        making.has_names = True
    for each in node.get("computed_fields", ()):
        name = each["property_name"]
        making.place = (cls, name)
        if not at_root:
            making.fail(
                "is computed within what an item holds, and could not be sent back: compute it on the resource."
            )
        check_computed(cls, name, cls.model_computed_fields[name])
        making.computed[name] = making.read(each["return_schema"])
    making.place = (cls, None)
    found = {**node, "fields": fields, "computed_fields": []}
    if "extras_schema" in node:
        found["extras_schema"] = making.read(node["extras_schema"])
    elif cls.model_config.get("extra") == "allow":
        found["extras_schema"] = making.read({"type": "any"})
    return found


_READERS: dict[str, Callable[[Making, Node], Node]] = {
    **SCALARS,
    "nullable": _parts,
    "list": _list,
    "tuple": _tuple,
    "set": _set,
    "frozenset": _set,
    "dict": _dict,
    "union": _union,
    "tagged-union": _tagged_union,
    "definitions": _definitions,
    "definition-ref": _reference,
    "default": _default,
    "function-before": _function,
    "function-after": _function,
    "function-wrap": _function,
    "chain": _parts,
    "custom-error": _parts,
    "model": _model,
}
