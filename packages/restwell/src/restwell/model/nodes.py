"""The types of a model, node by node: pydantic's own core schema with Restwell's limits at every depth.

What is validated, what `/schemas/NAME` says and what is refused at declaration all come from these nodes, so that a
limit holds wherever it stands: in a union, an alias, a list, a nested model. Nothing here loosens a limit of the
declaration's own. A node of a type that is not in `_READERS` is refused.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from typing import Any, NoReturn

from pydantic import BaseModel
from pydantic_core import core_schema

from ..http.limits import IDENTITY_LENGTH, MAX_INTEGER, MAX_ITEMS, MAX_MEMBERS, MAX_TEXT
from . import written
from .configuration import WRITTEN, check_computed, check_field, check_model
from .errors import fail
from .fields import IDENTITY_PATTERN, UNSUPPORTED

Node = dict[str, Any]
LIMITS = frozenset([
    "ge", "gt", "le", "lt", "multiple_of", "min_length", "max_length", "pattern", "max_digits", "decimal_places",
    "now_op", "allowed_schemes",
])  # fmt: skip


@dataclass
class Making:
    """One reading of a model's nodes. `base` is the class of resources, which no member can be.

    Without `functions`, validators of the application's are left out.
    `definitions` has what nodes refer to, as it is given. `defaults` collects the nodes that have a default, with the
    class and the member.
    """

    root: type[BaseModel]
    base: type[BaseModel]
    identity: str
    functions: bool = True
    place: tuple[type[BaseModel], str | None] = field(init=False)
    defaults: list[tuple[type[BaseModel], str, Node]] = field(default_factory=list)
    computed: dict[str, Node] = field(default_factory=dict)
    definitions: dict[str, Node] = field(default_factory=dict)
    has_functions: bool = False
    is_identity: bool = False
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
        return reader(self, found)

    def child(self, node: Node, name: str = "schema") -> Node:
        """The node with one of its parts read."""
        return {**node, name: self.read(node[name])}


def unwrapped(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """The node within functions and defaults."""
    while "schema" in node and node["type"] not in {"model", "model-field"}:
        node = node["schema"]
    return node


def with_parts(node: Mapping[str, Any], change: Callable[[Any], Any]) -> Any:
    """The node with each of its parts changed."""
    found = dict(node)
    for name in ("schema", "items_schema", "keys_schema", "values_schema", "extras_schema"):
        if name in found:
            found[name] = change(found[name])
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
    """Whether a function belongs to the type itself: it is one of pydantic's own, or of `written`."""
    function = node["function"]["function"]
    return _is_pydantic(node) or str(function.__module__) == written.__name__


# -- values -----------------------------------------------------------------------------------------------------


def _before(read: Callable[[Any], Any], node: Node) -> Node:
    return dict(core_schema.no_info_before_validator_function(read, node))


def _int(_: Making, node: Node) -> Node:
    node["strict"] = True
    _bound(node, "ge", "gt", -MAX_INTEGER - 1, max)
    _bound(node, "le", "lt", MAX_INTEGER, min)
    return node


def _bound(node: Node, at: str, beyond: str, limit: int, tighter: Callable[..., Any]) -> None:
    """Restwell's bound, where the declaration has none that is tighter."""
    own = [node[name] for name in (at, beyond) if node.get(name) is not None]
    if not own or tighter(limit, tighter(own)) == limit:
        node.pop(beyond, None)
        node[at] = limit


def _float(_: Making, node: Node) -> Node:
    return {**node, "strict": True, "allow_inf_nan": False}


def _bool(_: Making, node: Node) -> Node:
    return {**node, "strict": True}


def _str(making: Making, node: Node) -> Node:
    node["strict"] = True
    if node.get("coerce_numbers_to_str"):
        making.fail("has coerce_numbers_to_str, and values are taken strictly: leave it out.")
    config = making.place[0].model_config
    own_length = config.get("str_max_length")
    if config.get("str_min_length"):
        node.setdefault("min_length", config["str_min_length"])
    if own_length is not None:
        node.setdefault("max_length", own_length)
    has_pattern = "pattern" in node
    if making.is_identity:
        node = {"min_length": 1, "max_length": IDENTITY_LENGTH, "pattern": IDENTITY_PATTERN} | node
    else:
        node = {"max_length": MAX_TEXT, "pattern": written.WITHOUT_NUL} | node
    return _before(written.read_text, node) if has_pattern else node


def _decimal(making: Making, node: Node) -> Node:
    if node.pop("allow_inf_nan", False):
        making.fail("has allow_inf_nan, and JSON has neither: leave it out.")
    node.pop("strict", None)
    read = written.decimal_reader(node.get("max_digits"), node.get("decimal_places"))
    # Written so at every depth, since xsd:decimal has no exponent.
    shown = core_schema.plain_serializer_function_ser_schema(written.write_decimal, when_used="json-unless-none")
    return {**_before(read, node), "serialization": shown}


def _date(_: Making, node: Node) -> Node:
    return _before(written.read_date, {**node, "strict": False})


def _datetime(making: Making, node: Node) -> Node:
    if node.get("tz_constraint") == "naive":
        making.fail("takes moments without an offset, which mean another moment to each reader: use datetime.")
    bounds = [node[name] for name in ("ge", "gt", "le", "lt") if node.get(name) is not None]
    if any(bound.tzinfo is None for bound in bounds):
        making.fail("has a limit without an offset from UTC, which no moment could be compared with: give it one.")
    aware = {**node, "strict": False, "tz_constraint": "aware"}
    return dict(core_schema.no_info_wrap_validator_function(written.read_moment, aware))


def _time(making: Making, node: Node) -> Node:
    bounds = [node[name] for name in ("ge", "gt", "le", "lt") if node.get(name) is not None]
    if any(bound.tzinfo is not None for bound in bounds):
        making.fail("has a limit with an offset from UTC, which no time of day has: leave the offset out.")
    return _before(written.read_time, {**node, "strict": False, "tz_constraint": "naive"})


def _uuid(_: Making, node: Node) -> Node:
    return _before(written.read_uuid, {**node, "strict": False})


def _url(_: Making, node: Node) -> Node:
    return {**node, "strict": False}


def _choice(making: Making, node: Node) -> Node:
    expected = node["expected"] if node["type"] == "literal" else node["members"]
    values = [value.value if isinstance(value, Enum) else value for value in expected]
    if not all(type(value) in {str, int, bool, type(None)} or isinstance(value, (str, int)) for value in values):
        making.fail(UNSUPPORTED)
    if node.get("missing") is not None:
        making.fail("is an Enum with a _missing_ of its own, of which no schema can tell: use a BeforeValidator.")
    if node["type"] == "enum":
        node["strict"] = False
    if all(isinstance(value, str) for value in values):
        return node
    return _before(written.choice_reader(tuple(expected)), node)


def _any(_: Making, node: Node) -> Node:
    return _before(written.read_json, node)


def _same(_: Making, node: Node) -> Node:
    return node


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
        making.fail("has keys that are no texts, as those of JSON are: use dict[str, ...].")
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


def _union(making: Making, node: Node) -> Node:
    return {**with_parts(node, making.read), "strict": False}


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
            return _before(written.url_reader(inner.get("allowed_schemes")), making.child(node))
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
        return True  # of an Enum of which the values are used
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
    before, at_root, is_identity = making.place, making.at_root, making.is_identity
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
    making.place, making.is_identity = before, is_identity
    return found


def _fields(making: Making, node: Mapping[str, Any], *, at_root: bool) -> Node:
    if node["type"] != "model-fields":  # within validators of the whole model
        if node["type"].startswith("function-") and not _is_pydantic(node):
            making.has_functions = True
            inner = _fields(making, node["schema"], at_root=at_root)
            return {**node, "schema": inner} if making.functions else inner
        return making.read(node)
    cls = making.place[0]
    fields = {}
    for name, each in node["fields"].items():
        making.place = (cls, name)
        check_field(cls, name, cls.model_fields[name], is_nested=not at_root)
        making.is_identity = at_root and name == making.identity
        fields[name] = {**each, "schema": making.read(each["schema"])}
        making.is_identity = False
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
    "int": _int,
    "float": _float,
    "bool": _bool,
    "str": _str,
    "decimal": _decimal,
    "date": _date,
    "datetime": _datetime,
    "time": _time,
    "uuid": _uuid,
    "url": _url,
    "literal": _choice,
    "enum": _choice,
    "any": _any,
    "none": _same,
    "nullable": _parts,
    "list": _list,
    "dict": _dict,
    "union": _union,
    "tagged-union": _union,
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
