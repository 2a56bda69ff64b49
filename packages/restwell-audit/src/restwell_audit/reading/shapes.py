"""JSON of any shape, asked without fear: what is not as expected is as if it were not there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MAX_ENTRIES = 10_000
"""How many entries of a list are looked at."""


def text(value: object) -> str:
    """A string; "" for anything else."""
    return value if isinstance(value, str) else ""


def mapping(value: object) -> Mapping[str, Any]:
    """An object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def entries(value: object) -> list[Any]:
    """The entries of a list; a value that is no list is the only entry, and null is none."""
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
    """What the objects of a list are called."""
    return tuple(dict.fromkeys(text(each.get(key)) for each in objects(value) if text(each.get(key))))


def required(value: object) -> tuple[str, ...]:
    """The names of those objects of a list that say that they are required."""
    return named([each for each in objects(value) if each.get("required") is True])
