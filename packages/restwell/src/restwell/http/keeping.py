"""What was made once, kept for the next time within a bound in bytes: for whatever a client can choose.

`lru_cache` counts entries, and one that a client makes can have any size: it is used where the keys are classes or
numbers. What depends on a declaration alone is compiled with it (`surface/surface.py`), and cached nowhere.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from inspect import CO_VARARGS
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])
ENTRY = 150
"""Bytes that an entry of a dict takes beside its key and value."""
CODE = 4000
"""Bytes that a function made at run time is taken to have."""


class Kept(dict[Any, Any]):
    """What `keep` was given, in two generations: this dict is the young one, and `older` the other."""

    __slots__ = ("_max_bytes", "_taken", "older")

    def __init__(self, max_bytes: int) -> None:
        super().__init__()
        self._max_bytes = max_bytes
        self._taken = 0
        self.older: dict[Any, Any] = {}

    def keep(self, key: Any, value: Any) -> None:
        """Keep a value, unless it alone takes an eighth of the bytes that there are."""
        size = size_of(key) + size_of(value) + ENTRY
        if size > self._max_bytes // 8:
            return
        self._taken += size
        if self._taken > self._max_bytes // 2:
            self.older = dict(self)
            self.clear()
            self._taken = size
        self[key] = value


class _Results(Kept):
    """The results of a function by its argument.

    A dict looks for what it has without a call of Python, and asks `__missing__` for the rest.
    """

    __slots__ = ("_make",)

    def __init__(self, make: Callable[[Any], Any], max_bytes: int) -> None:
        super().__init__(max_bytes)
        self._make = make

    def __missing__(self, key: Any) -> Any:
        value = self.older.get(key)
        if value is None:
            value = self._make(key)
        if value is not None:
            self.keep(key, value)
        return value


def kept(max_bytes: int) -> Callable[[F], F]:
    """Keep what a function gives for its arguments; None is not kept, and errors are not.

    There are two generations. What is used again comes into the young one; once that has half of `max_bytes`, it
    becomes the old one, and what was in the old one is forgotten. A result that alone takes an eighth is not kept.
    No lock: a race makes something twice, or lets the bound be a little out until the next generation.
    Arguments are given by name where the function wants that, and nowhere else.
    """

    def decorate(function: F) -> F:
        code = function.__code__
        if code.co_kwonlyargcount:
            return cast("F", wraps(function)(_by_name(function, max_bytes)))
        if code.co_argcount == 1 and not code.co_flags & CO_VARARGS:
            return cast("F", _Results(function, max_bytes).__getitem__)
        return cast("F", wraps(function)(_by_place(function, max_bytes)))

    return decorate


def _by_place(function: Callable[..., Any], max_bytes: int) -> Callable[..., Any]:
    results = _Results(lambda key: function(*key), max_bytes)

    def found(*arguments: Any) -> Any:
        return results[arguments]

    return found


def _by_name(function: Callable[..., Any], max_bytes: int) -> Callable[..., Any]:
    results = _Results(lambda key: function(*key[0], **dict(key[1])), max_bytes)

    def found(*arguments: Any, **named: Any) -> Any:
        return results[arguments, tuple(named.items())]

    return found


def size_of(value: Any) -> int:
    """About how many bytes a value takes, with what it holds where that is a collection or has slots."""
    kind = type(value)
    if kind is str or kind is bytes:
        return sys.getsizeof(value)
    if isinstance(value, dict):
        return sys.getsizeof(value) + sum(size_of(key) + size_of(each) for key, each in value.items())
    if isinstance(value, (tuple, list, frozenset, set)):
        return sys.getsizeof(value) + sum(map(size_of, value))
    if slots := getattr(kind, "__slots__", ()):
        return sys.getsizeof(value) + sum(size_of(getattr(value, name, None)) for name in slots)
    return CODE if callable(value) and not isinstance(value, type) else sys.getsizeof(value)
