"""Limits of columns that a Resource class beside a model does not repeat, or may not widen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import pydantic
from pydantic.fields import FieldInfo

from ...model.errors import DeclarationError
from ...model.hints import bare, without_none
from .attributes import Attribute
from .types import hint_of

LIMITS = ("max_length", "max_digits", "decimal_places")


def limits_beside(name: str, attribute: Attribute, declared: FieldInfo) -> list[FieldInfo]:
    """What the column says of how long a value is, and the Resource class does not. Raises DeclarationError.

    That is where both have texts, or both have decimals.
    """
    try:
        hint = hint_of(attribute.kind)
    except TypeError:  # the column does not say what it holds
        return []
    annotation = without_none(declared.annotation)[0]
    if bare(hint) is not bare(annotation):
        return []
    theirs, ours = _limits(get_args(hint)), _limits([*declared.metadata, *get_args(annotation)[1:]])
    for limit, most in ours.items():
        if limit in theirs and most > theirs[limit]:
            raise DeclarationError(
                f"{name}.{attribute.name} is declared with {limit}={most}, and its column has {theirs[limit]}: give "
                "no more than that, or leave it out."
            )
    lacking: dict[str, Any] = {limit: most for limit, most in theirs.items() if limit not in ours}
    make: Any = pydantic.Field  # which has a type for each argument
    return [make(**lacking)] if lacking else []


def _limits(marks: Any) -> dict[str, int]:
    """The limits among the marks of a type, by their names."""
    return {
        limit: most for each in _flat(marks) for limit in LIMITS if (most := getattr(each, limit, None)) is not None
    }


def _flat(marks: Any) -> Iterator[Any]:
    for each in marks:
        yield from each.metadata if isinstance(each, FieldInfo) else [each]
