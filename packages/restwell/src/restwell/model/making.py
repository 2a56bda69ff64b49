"""What clients do not set: identities that are made where items are stored, and members that set themselves."""

from __future__ import annotations

from typing import Annotated, get_args, get_origin

from pydantic.fields import FieldInfo

from .auto import CALLERS
from .errors import fail
from .fields import FieldSpec
from .marks import Marks
from .resource import Resource


def is_made(spec: FieldSpec, info: FieldInfo, *, by_source: bool) -> bool:
    """Whether a member is an identity that is made where an item is stored, as its declaration has none.

    A source makes identities of every type, the database those of some.
    """
    has_none = spec.nullable and info.default is None and info.default_factory is None
    makes = can_be_made(spec) or (by_source and spec.kind.identity is not None)
    return spec.marks.identity and has_none and makes


def can_be_made(spec: FieldSpec) -> bool:
    """Whether a database makes identities of this type."""
    return spec.kind.is_numbered or spec.kind.make is not None


def check_made(cls: type[Resource], spec: FieldSpec) -> None:
    """What is made of an identity knows of no limits."""
    if _has_limits(cls.model_fields[spec.attribute]):
        fail(
            cls,
            spec.attribute,
            "is an identity that is made, which no limits hold for: take the limits away, or the default, so that "
            "clients choose it.",
        )


def _has_limits(info: FieldInfo) -> bool:
    limits = [mark for mark in info.metadata if not isinstance(mark, Marks)]
    parts = (info.annotation, *get_args(info.annotation))
    return bool(limits) or any(get_origin(part) is Annotated for part in parts)


def check_auto(cls: type[Resource], spec: FieldSpec, info: FieldInfo) -> None:
    """What sets itself is of a type that can hold it, has no limits, and is not what an item is told apart by."""
    auto = spec.marks.auto
    if auto is None:
        return
    if spec.marks.is_unique:
        fail(cls, spec.attribute, f"has auto={auto!r}, and cannot be an identity or unique: take that away.")
    if _has_limits(info):
        what = f"has auto={auto!r}, which sets the value, and limits beside it"
        fail(cls, spec.attribute, f"{what}: take the limits away.")
    if auto not in spec.kind.auto or spec.nullable is not (auto in CALLERS):
        what, wanted = ("a text or null", "str | None") if auto in CALLERS else ("a moment", "datetime")
        fail(cls, spec.attribute, f"has auto={auto!r}, which is {what}: give it the type {wanted}.")
