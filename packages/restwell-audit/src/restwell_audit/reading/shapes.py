"""Accessors for JSON of any shape: a value of an unexpected type counts as missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MAX_ENTRIES = 10_000
"""Entries of a list that are read."""


def text(value: object) -> str:
    """A string; "" for anything else."""
    return value if isinstance(value, str) else ""


def mapping(value: object) -> Mapping[str, Any]:
    """An object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def entries(value: object) -> list[Any]:
    """The entries of a list; another value is the only entry, and null is no entry."""
    if value is None:
        return []
    return value[:MAX_ENTRIES] if isinstance(value, list) else [value]


def objects(value: object) -> list[dict[str, Any]]:
    """The objects among the entries of a list, or the one object."""
    return [each for each in entries(value) if isinstance(each, dict)]


def texts(value: object) -> list[str]:
    """The strings among the entries of a list, or the one string."""
    return [each for each in entries(value) if isinstance(each, str)]


def named(value: object, key: str = "name") -> tuple[str, ...]:
    """The names of the objects in a list."""
    return tuple(dict.fromkeys(text(each.get(key)) for each in objects(value) if text(each.get(key))))


def required(value: object) -> tuple[str, ...]:
    """The names of the objects in a list that have `required`."""
    return named([each for each in objects(value) if each.get("required") is True])
