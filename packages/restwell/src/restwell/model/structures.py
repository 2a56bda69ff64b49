"""Readers and writers of sets and discriminated unions, where pydantic accepts more, or names its own branches.

Each function reads or writes one value. Those that read raise PydanticCustomError, whose `pointer` leads from the
value to the mistake within it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Any

import orjson
from pydantic import BaseModel
from pydantic_core import PydanticCustomError

from .written import below

TAGGED = "\0"
"""The first character of the name of a union's branch, which pydantic puts into the location of an error. A member of
content is unlikely to begin with it, so that the two are not confused."""


def set_reader(kind: type[Any]) -> Callable[[list[Any]], Any]:
    """A reader that makes a set of items, and refuses a repeated item, as `uniqueItems` of JSON Schema does."""

    def read(items: list[Any]) -> Any:
        found = set()
        for place, item in enumerate(items):
            if item in found:
                raise PydanticCustomError("repeated_item", "Must not be there twice", {"pointer": f"/{place}"})
            found.add(item)
        return kind(found)

    return read


def write_set(value: Any, write: Callable[[Any], Any]) -> Any:
    """A set as it stands in JSON: in an order of its own, so that equal sets have equal bytes."""
    written = write(list(value) if isinstance(value, (set, frozenset)) else value)
    return sorted(written, key=_order) if isinstance(written, list) else written


def _order(item: Any) -> tuple[int, float, str]:
    """Null, false, true, numbers by value, texts by their characters, then other values by their JSON."""
    if item is None or isinstance(item, (bool, int, float)):
        return (0 if item is None else 1 if isinstance(item, bool) else 2, item or 0, "")
    return (3, 0, item) if isinstance(item, str) else (4, 0, orjson.dumps(item, option=orjson.OPT_SORT_KEYS).decode())


def tag_of(value: Any) -> tuple[type, Any]:
    """The key of a tag in a union: true is not 1."""
    plain = value.value if isinstance(value, Enum) else value
    return type(plain), plain


def branches_of(tags: Iterable[Any]) -> dict[tuple[type, Any], str]:
    """The name of the branch of each tag."""
    return {tag_of(tag): f"{TAGGED}{tag_of(tag)[1]}" for tag in tags}


def branch_finder(name: str, attribute: str, branches: Mapping[tuple[type, Any], str]) -> Callable[[Any], str | None]:
    """A function that finds the branch of an object by its member of this name, or of a model by its attribute."""

    def find(value: Any) -> str | None:
        tag = value.get(name) if isinstance(value, Mapping) else getattr(value, attribute, None)
        return branches.get(tag_of(tag)) if isinstance(tag, (str, int, Enum)) else None

    return find


def branch_checker(name: str, attribute: str, branches: Mapping[tuple[type, Any], str]) -> Callable[[Any], Any]:
    """A reader that refuses an object whose member of this name is missing, or is not one of the tags."""
    find = branch_finder(name, attribute, branches)
    expected = " or ".join(repr(plain) for _, plain in branches)
    place = {"pointer": below("", name)}

    def check(value: Any) -> Any:
        if not isinstance(value, (Mapping, BaseModel)):
            raise PydanticCustomError("model_type", "Input should be an object")
        if isinstance(value, Mapping) and name not in value:
            raise PydanticCustomError("missing", "Field required", place)
        if find(value) is None:
            raise PydanticCustomError("literal_error", "Input should be {expected}", {**place, "expected": expected})
        return value

    return check


def names_checker(reserved: frozenset[str]) -> Callable[[Any], Any]:
    """A reader that refuses undeclared members that are called as attributes are, by which values are stored."""

    def check(value: Any) -> Any:
        taken = sorted(reserved & value.keys()) if isinstance(value, Mapping) else []
        if taken:
            place = {"pointer": below("", taken[0])}
            raise PydanticCustomError("extra_forbidden", "Extra inputs are not permitted", place)
        return value

    return check
