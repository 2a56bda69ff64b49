"""Members that the database computes of the others, by an expression of the application's."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import create_model
from pydantic.fields import FieldInfo

from .errors import fail
from .fields import Field, FieldSpec, marks_of
from .hints import without_none
from .marks import Made, Marks
from .naming import with_article
from .resource import Resource

DESCRIBING = ("description", "title", "examples", "deprecated", "json_schema_extra", "repr")
"""What a field may say of itself beside its type, its default and its marks."""


def class_with(
    name: str, description: str | None, base: type[Resource], fields: Mapping[str, tuple[Any, Any]]
) -> type[Resource]:
    """A class below another one with these types and fields in place of its own. Raises what pydantic does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of names that pydantic's own models have too
        made: Any = create_model(name, __base__=base, __doc__=description, __module__=base.__module__, **dict(fields))  # type: ignore[call-overload]  # names and types are known here only
    return made  # type: ignore[no-any-return]  # as its base


def check_said(cls: type[Resource], name: str, info: FieldInfo) -> None:
    """Refuse what nothing holds a value to that the database computes. Raises DeclarationError."""
    if not info.is_required():
        fail(cls, name, "has sql=, by which the database computes it, and a default beside it: leave that out.")
    limits = [mark for mark in info.metadata if not isinstance(mark, Marks)]
    if limits:
        fail(
            cls, name,
            f"has sql= and a limit beside it ({limits[0]!r}), which no value that the database computes is held to: "
            "leave it out.",
        )  # fmt: skip
    validators = cls.__pydantic_decorators__.field_validators
    for validator, found in validators.items():
        if name in found.info.fields:
            fail(cls, name, f"has sql= and the validator {validator}, which sees no value of it: leave that out.")


def with_expressions(cls: type[Resource]) -> tuple[type[Resource], dict[str, Marks]]:
    """A class whose members that the database computes need no value, and the marks of these."""
    fields, marks = {}, {}
    for name, info in cls.model_fields.items():
        said = marks_of(info)
        if said.sql is None:
            continue
        check_said(cls, name, info)
        described = {each: getattr(info, each) for each in DESCRIBING if getattr(info, each) is not None}
        field = Field(None, **described)
        field.metadata = [said]
        fields[name] = (without_none(info.annotation)[0] | None, field)
        marks[name] = replace(said, made=Made(always=True, nullable=True))
    return (class_with(cls.__name__, cls.__doc__, cls, fields) if fields else cls), marks


def check_expression(cls: type[Resource], spec: FieldSpec) -> None:
    """Refuse `sql` beside what only a column can be, or for what nothing sorts. Raises DeclarationError."""
    marks = spec.marks
    if marks.sql is None:
        return
    for what, holds in (("identity", marks.identity), ("index", marks.index), ("unique", marks.unique)):
        if holds:
            fail(
                cls, spec.attribute, f"has sql= and {what}=True, which a column alone can be: take one of them away."
            )
    if not spec.kind.is_scalar:
        fail(
            cls,
            spec.attribute,
            f"has sql=, and {with_article(spec.kind.name)} neither filters nor sorts: use @computed_field.",
        )
