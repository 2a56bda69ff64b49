"""An operation of an application's own, as it is declared: mistakes are DeclarationErrors."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable

from pydantic import BaseModel, create_model

from .errors import DeclarationError
from .fields import FieldSpec, named_once, spec_of
from .hooks import Change
from .naming import Naming, with_article
from .operations import OwnOperation
from .policy import OPERATIONS, Permission, Rule, as_rule
from .resource import Declaration, Resource
from .ruling import check_rule
from .shapes import Shape

NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
"""The name of an operation is a segment of a path, and what formats call it."""
TAKEN = frozenset([*OPERATIONS, "list", "show", "change", "replace", "default", "self", "operation"])
"""What operations and links are called that every resource may have."""


def is_model(given: object) -> bool:
    """Whether it is a class of pydantic's models."""
    return inspect.isclass(given) and issubclass(given, BaseModel)


def operate(
    declaration: Declaration,
    name: str,
    function: Callable[[Change], object],
    *,
    permission: Permission | None,
    title: str | None,
    input: type[BaseModel] | None,  # noqa: A002 - what it is called where it is declared
    refuses: tuple[type[Exception], ...],
) -> OwnOperation:
    """Add an operation to a resource. Raises DeclarationError."""
    place = f"The operation {name!r} of {declaration.name}"
    if not NAME.fullmatch(name):
        raise DeclarationError(f"{place} needs another name: small letters and digits, with hyphens between words.")
    if name in TAKEN or name in declaration.operations or name in declaration.names:
        raise DeclarationError(f"{place} needs another name: a member or another operation is called so.")
    permission = as_rule(permission)
    if not isinstance(permission, Rule):
        raise DeclarationError(f"{place} says nothing about who may do it: add permission=scope('name') or public().")
    if declaration.source is not None and declaration.source.unchangeable:
        raise DeclarationError(f"{place} changes items, and {declaration.source.unchangeable}.")
    if input is not None and not is_model(input):
        raise DeclarationError(f"{place} has {input!r} as its input: give a class of pydantic's.")
    words = title or f"{name.replace('-', ' ').capitalize()} {with_article(declaration.name)}"
    made = OwnOperation(name, words, function, input, refuses, *_read(place, input, declaration.naming))
    declaration.operations[name] = made
    declaration.rules[name] = permission
    check_rule(declaration, name, permission)
    return made


def _read(
    place: str, cls: type[BaseModel] | None, naming: Naming | None
) -> tuple[Shape | None, tuple[FieldSpec, ...]]:
    """What validates the content of a class, as strictly as that of a resource, and its members."""
    if cls is None:
        return None, ()
    strict = cls if issubclass(cls, Resource) else create_model(cls.__name__, __base__=(cls, Resource))
    try:
        specs = tuple(spec_of(name, info, naming=naming) for name, info in cls.model_fields.items())
    except TypeError as error:
        raise DeclarationError(f"{place} takes a value that {error}.") from error
    named_once(cls, specs)
    names = {spec.attribute: spec.name for spec in specs}
    return Shape(strict, Resource, names=names, naming=naming), specs
