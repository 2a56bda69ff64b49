"""What was made once, kept for the next time within a bound in bytes: for whatever a client can choose.

`lru_cache` counts entries, and one that a client makes can have any size. What it is used for has declarations, or
numbers, for its key; everything else is kept here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])
ENTRY = 150
"""Bytes that an entry of a dict takes beside its key and value."""
CODE = 4000
"""Bytes that a function made at run time is taken to have."""


def kept(max_bytes: int) -> Callable[[F], F]:
    """Keep what a function gives for its arguments; None is not kept, and errors are not.

    There are two generations. What is used again comes into the young one; once that has half of `max_bytes`, it
    becomes the old one, and what was in the old one is forgotten. A result that alone takes an eighth is not kept.
    No lock: a race makes something twice, or lets the bound be a little out until the next generation.
    """

    def decorate(function: F) -> F:
        young: dict[tuple[Any, ...], Any] = {}
        old: dict[tuple[Any, ...], Any] = {}
        taken = 0

        def keep(key: tuple[Any, ...], value: Any) -> None:
            nonlocal young, old, taken
            size = size_of(key) + size_of(value) + ENTRY
            if size > max_bytes // 8:
                return
            taken += size
            if taken > max_bytes // 2:
                young, old, taken = {}, young, size
            young[key] = value

        @wraps(function)
        def found(*arguments: Any, **named: Any) -> Any:
            key = (*arguments, *named.items()) if named else arguments
            value = young.get(key)
            if value is None:
                value = old.get(key)
                if value is None:
                    value = function(*arguments, **named)
                if value is not None:
                    keep(key, value)
            return value

        def cache_clear() -> None:
            nonlocal taken
            young.clear()
            old.clear()
            taken = 0

        found.cache_clear = cache_clear  # type: ignore[attr-defined]  # as functools.lru_cache has it
        return cast("F", found)

    return decorate


def size_of(value: Any) -> int:
    """About how many bytes a value takes: texts, and what holds them; all else is taken for shared, or small."""
    kind = type(value)
    if kind is str or kind is bytes:
        return sys.getsizeof(value)
    if isinstance(value, dict):
        return sys.getsizeof(value) + sum(size_of(key) + size_of(each) for key, each in value.items())
    if isinstance(value, (tuple, list, frozenset, set)):
        return sys.getsizeof(value) + sum(map(size_of, value))
    return CODE if callable(value) and not isinstance(value, type) else 48
