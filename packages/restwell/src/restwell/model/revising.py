"""A change compared with the stored item: a part that equals its stored counterpart is not validated again.

A validator of the application's may change a value, and so must not run on its own result; and a limit that was
tightened must not prevent a change of another member.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from pydantic_core import SchemaValidator, ValidationError, core_schema

from .nodes import LIMITS, is_kept, unwrapped, with_parts, with_reference
from .written import decimal_reader

Node = dict[str, Any]
MISSING = object()


def is_same(one: Any, other: Any) -> bool:
    """Whether two values are equal in JSON (RFC 6902, section 4.6): 1 is 1.0, and neither is true."""
    if one is other:
        return True
    kind = type(one)
    if kind is type(other) and kind is not dict and kind is not list:
        return bool(one == other)
    if isinstance(one, bool) or isinstance(other, bool):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(is_same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    return bool(one == other)


def revising(schema: Node, config: Any) -> Node:
    """The nodes of a resource for a validation whose context is a list with one element, the stored values."""
    found: Node = _Revising(schema, config).node(schema)
    return found


class _Revising:
    """Wraps each member of an object, and each item of an array or a dict, in a comparison with the stored value.

    The context is a stack. Its top is the stored counterpart of the value that is being read: an object, a list, or
    MISSING; within an array or a dict, an iterator over the counterparts of its items.
    """

    def __init__(self, schema: Node, config: Any) -> None:
        self._definitions = schema["definitions"] if schema["type"] == "definitions" else None
        self._config = config

    def node(self, node: Any) -> Any:
        return with_reference(node, self._node)

    def _node(self, node: Any) -> Any:
        kind = node["type"]
        if kind == "model-fields":
            fields = {
                name: {**each, "schema": self._member(each.get("validation_alias", name), each["schema"])}
                for name, each in node["fields"].items()
            }
            return {**node, "fields": fields}
        if kind in {"list", "dict"}:
            part = "items_schema" if kind == "list" else "values_schema"
            return _wrapped(_counterparts, {**node, part: self._item(node[part])})
        if kind == "tuple":
            aligned = _counterparts if _is_repeated(node) else _counterparts_by_place
            return _wrapped(aligned, {**node, "items_schema": [self._item(each) for each in node["items_schema"]]})
        if kind == "tagged-union":
            return _wrapped(_of_one_branch(node["discriminator"]), with_parts(node, self.node))
        return with_parts(node, self.node)

    def _member(self, name: str, node: Node) -> Node:
        if node["type"] == "default":
            return {**node, "schema": self._member(name, node["schema"])}
        typed = types_reader(node, self._definitions, self._config)

        def read(value: Any, handler: Callable[[Any], Any], info: Any) -> Any:
            parent = info.context[-1]
            stored = parent.get(name, MISSING) if isinstance(parent, Mapping) else MISSING
            return _read(value, stored, handler, info.context, typed)

        return _wrapped(read, self.node(node))

    def _item(self, node: Node) -> Node:
        typed = types_reader(node, self._definitions, self._config)

        def read(value: Any, handler: Callable[[Any], Any], info: Any) -> Any:
            return _read(value, next(info.context[-1], MISSING), handler, info.context, typed)

        return _wrapped(read, self.node(node))


def _read(
    value: Any, stored: Any, handler: Callable[[Any], Any], places: list[Any], typed: Callable[[Any], Any]
) -> Any:
    if stored is not MISSING and is_same(value, stored):
        return typed(stored)
    places.append(stored)
    try:
        return handler(value)
    finally:
        places.pop()


def _counterparts(value: Any, handler: Callable[[Any], Any], info: Any) -> Any:
    """Read a list or a dict, with the stored counterpart of each item."""
    places = info.context
    places.append(iter(_aligned(value, places[-1])))
    try:
        return handler(value)
    finally:
        places.pop()


def _counterparts_by_place(value: Any, handler: Callable[[Any], Any], info: Any) -> Any:
    """Read a tuple with a type for each position, with the stored item of the same position."""
    places = info.context
    stored = places[-1]
    places.append(iter(stored if isinstance(stored, list) else []))
    try:
        return handler(value)
    finally:
        places.pop()


def _is_repeated(node: Node) -> bool:
    """Whether a tuple has any number of items of one type."""
    return "variadic_item_index" in node and len(node["items_schema"]) == 1


def _of_one_branch(find: Callable[[Any], Any]) -> Callable[[Any, Callable[[Any], Any], Any], Any]:
    """A function that reads an object of a union, with the stored object if that is of the same branch."""

    def read(value: Any, handler: Callable[[Any], Any], info: Any) -> Any:
        places = info.context
        stored = places[-1]
        is_same_branch = isinstance(stored, Mapping) and find(stored) == find(value)
        places.append(stored if is_same_branch else MISSING)
        try:
            return handler(value)
        finally:
            places.pop()

    return read


def _aligned(value: Any, stored: Any) -> list[Any]:
    """The stored counterpart of each item: in a list an equal item, used once, or else that at the same index."""
    if isinstance(value, dict) and isinstance(stored, dict):
        return [stored.get(name, MISSING) for name in value]
    if not (isinstance(value, list) and isinstance(stored, list)):
        return []
    waiting: dict[bytes, list[Any]] = {}
    for item in stored:
        waiting.setdefault(_key(item), []).append(item)
    found = []
    for number, item in enumerate(value):
        equal = waiting.get(_key(item))
        found.append(equal.pop() if equal else stored[number] if number < len(stored) else MISSING)
    return found


def _key(item: Any) -> bytes:
    return json.dumps(item, sort_keys=True, default=str).encode()


def _wrapped(function: Callable[[Any, Any, Any], Any], node: Any) -> Node:
    return dict(core_schema.with_info_wrap_validator_function(function, node))


# -- types alone --------------------------------------------------------------------------------------------------


def types_reader(node: Node, definitions: list[Node] | None, config: Any) -> Callable[[Any], Any]:
    """A function that reads a stored value as its type, without limits and the application's validators.

    A value that is of another type by now, such as one that an Enum had once, stays as it is stored.
    """
    made: list[SchemaValidator] = []  # when the first one is read: few are

    def read(stored: Any) -> Any:
        if not made:
            schema = types_of(node)
            if definitions is not None:
                schema = core_schema.definitions_schema(schema, [types_of(each) for each in definitions])
            made.append(SchemaValidator(schema, config, _use_prebuilt=False))
        try:
            return made[0].validate_python(stored)
        except ValidationError:
            return stored

    return read


def types_of(node: Any) -> Any:
    """The node without limits and without the application's validators."""
    return with_reference(node, _types_of)


def _types_of(node: Any) -> Any:
    inner = node.get("schema")
    if inner is not None and inner["type"] == "decimal":
        return core_schema.no_info_before_validator_function(decimal_reader(None, None), core_schema.decimal_schema())
    if node["type"] == "function-before" and unwrapped(node)["type"] == "url":
        return types_of(inner)
    if node["type"].startswith("function-") and not is_kept(node):
        return types_of(inner)
    kept = {name: value for name, value in node.items() if name not in LIMITS and name != "post_init"}
    return with_parts(kept, types_of)
