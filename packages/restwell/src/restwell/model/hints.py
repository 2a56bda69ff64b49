"""Type hints as they are declared: what is within `Annotated`, aliases, `None` and arrays."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, Discriminator
from pydantic.fields import FieldInfo

_UNIONS = (typing.Union, types.UnionType)


def bare(hint: Any) -> Any:
    """The type itself: without `Annotated`, and what a `type` alias or a NewType stands for."""
    while (inner := _unwrapped(hint)) is not hint:
        hint = inner
    return hint


def _unwrapped(hint: Any) -> Any:
    origin = get_origin(hint)
    if origin is Annotated:
        return get_args(hint)[0]
    if isinstance(hint, typing.NewType):
        return hint.__supertype__
    if type(hint).__name__ == "TypeAliasType":  # of typing from Python 3.12 on, or of typing_extensions
        return hint.__value__
    if type(origin).__name__ == "TypeAliasType":
        return origin.__value__[get_args(hint)]
    return hint


def without_none(hint: Any) -> tuple[Any, bool]:
    """The bare hint without `None`, and whether `None` was in it."""
    hint = bare(hint)
    if get_origin(hint) not in _UNIONS:
        return hint, False
    rest = [member for member in get_args(hint) if member is not type(None)]
    nullable = len(rest) < len(get_args(hint))
    if len(rest) > 1:
        return typing.Union[tuple(rest)], nullable  # noqa: UP007 - built at run time
    inner, deeper = without_none(rest[0])
    return inner, nullable or deeper


def hint_of(info: FieldInfo) -> Any:
    """The type of a field with its discriminator, which pydantic keeps apart from it."""
    name = info.discriminator
    return Annotated[info.annotation, Discriminator(name)] if isinstance(name, str) else info.annotation


def models_of(hint: Any) -> list[type[BaseModel]]:
    """The models that a hint is a union of; none for another hint."""
    hint = without_none(hint)[0]
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return [hint]
    if get_origin(hint) not in _UNIONS:
        return []
    found = [models_of(member) for member in get_args(hint)]
    return [model for models in found for model in models] if all(found) else []


def is_union(hint: Any) -> bool:
    """Whether a hint is a union of several types that are not None."""
    return get_origin(without_none(hint)[0]) in _UNIONS


def discriminator_of(hint: Any) -> str | None:
    """The member by which the models of a union are told apart; None for a hint that names none."""
    found = None
    while True:
        if get_origin(hint) is Annotated:
            found = next(_discriminators(get_args(hint)[1:]), found)
        inner = _unwrapped(hint)
        if inner is hint and get_origin(hint) in _UNIONS:
            rest = [member for member in get_args(hint) if member is not type(None)]
            inner = rest[0] if len(rest) == 1 else hint
        if inner is hint:
            return found
        hint = inner


def _discriminators(marks: tuple[Any, ...]) -> Iterator[str]:
    for mark in marks:
        name = getattr(mark, "discriminator", None)
        if isinstance(name, Discriminator):
            name = name.discriminator
        if isinstance(name, str):
            yield name


def item_type(hint: Any, place: int) -> Any:
    """The type of an item of an array; Any where the hint says nothing of it."""
    arguments, origin = get_args(hint), get_origin(hint)
    if origin is tuple and Ellipsis not in arguments:
        return arguments[place] if place < len(arguments) else Any
    return arguments[0] if arguments and origin in {list, tuple, set, frozenset} else Any
