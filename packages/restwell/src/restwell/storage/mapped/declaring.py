"""A model -> the Resource class that declares it, and where its items are. Mistakes are DeclarationErrors.

A Resource class of the application's own chooses among the members, and may tighten what it chooses; what the
database makes and what is unique is read of the model in any case. Nothing is added to a table.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Any, NamedTuple

import pydantic
from pydantic.fields import FieldInfo
from sqlalchemy.exc import SQLAlchemyError

from ...model.declare import Held, declare
from ...model.errors import DeclarationError, fail
from ...model.expressions import DESCRIBING, check_said, class_with
from ...model.fields import Field, choices_of, kind_of, marks_of
from ...model.hints import bare, without_none
from ...model.kinds import KindName
from ...model.marks import Made, Marks
from ...model.policy import WRITES
from ...model.resource import Declaration, Resource
from ...model.showing import check_groups
from ..expressions import RowColumns, expression_of
from .attributes import Attribute, Default, Model, class_name, read_model, read_query
from .constructing import needed_by
from .limits import limits_beside
from .source import ModelSource
from .types import hint_of

BESIDE = "Declare a Resource class beside the model, with the members that are to be shown"
FAMILIES: tuple[frozenset[KindName], ...] = (
    frozenset(["text", "url", "choice"]),
    frozenset(["integer", "integer choice"]),
    frozenset(["float", "decimal"]),
    frozenset(["list", "tuple", "set", "object", "union", "json"]),
)
"""The kinds that one column can hold, whichever of them is declared."""


class Modelled(NamedTuple):
    """The Resource class of a model, and where its items are."""

    resource: type[Resource]
    held: Held


def declare_model(
    cls: type[Resource] | None,
    path: str,
    *,
    model: Any = None,
    query: Any = None,
    unique: Sequence[Sequence[str]] = (),
    initial: Sequence[Mapping[str, Any]] = (),
    **given: Any,
) -> Declaration:
    """Read a model, with a Resource class beside it or none, into a Declaration. Raises DeclarationError.

    `given` are further arguments of `declare`.
    """
    place = f"The resource at {path}" if cls is None else cls.__name__
    if model is not None and query is not None:
        raise DeclarationError(f"{place} has model= and query=: give one of them.")
    for name, said in (("unique", unique), ("initial", initial)):
        if said:
            raise DeclarationError(
                f"{place} has {name}= beside a model, and nothing is added to what is there: say it in the model, "
                "and leave it out here."
            )
    try:
        found = read_model(model) if query is None else read_query(query)
    except (TypeError, SQLAlchemyError) as error:
        raise DeclarationError(f"{place}: {error}") from error
    changes = [name for name in WRITES if given.get(name) or given.get("write")]
    if found.table is None and changes:
        raise DeclarationError(
            f"{place} is a query, which is only read: take the rule for {changes[0]} away, or give the model that is "
            "to be changed by model=."
        )
    if found.cls is None and not found.name and cls is None:
        found = replace(found, name=class_name(path.rpartition("/")[2]), description=path)
    made = modelled(found, cls, creates="create" in changes)
    return declare(made.resource, path, held=made.held, **given)


def modelled(model: Model, cls: type[Resource] | None, *, creates: bool) -> Modelled:
    """What declares a model, by a Resource class beside it if there is one. `creates`: whether somebody may create.

    Raises DeclarationError.
    """
    name = model.name if cls is None else cls.__name__
    attributes = _chosen(name, model, cls)
    if creates:
        _check_creating(name, model, attributes)
    if cls is None:
        fields = {each.name: _field(each, _hint(name, each)) for each in attributes.values()}
        resource = _class(name, model.description, Resource, fields)
    else:
        declared = ((each, cls.model_fields[each.name]) for each in attributes.values())
        completed = ((each.name, _completed(name, each, info)) for each, info in declared)
        fields = {member: found for member, found in completed if found is not None}
        resource = _class(name, cls.__doc__, cls, fields) if fields else cls
    identity = _identity_of(name, model, resource)
    marks = {
        each.name: _marks(name, model, each, resource.model_fields[each.name], identity=identity)
        for each in attributes.values()
    }
    check_groups(resource, marks, model.conflicting)
    groups = tuple(group for group in model.unique if len(group) > 1 and attributes.keys() >= {*group})
    return Modelled(resource, Held(ModelSource(model, attributes), marks, groups))


def _chosen(name: str, model: Model, cls: type[Resource] | None) -> dict[str, Attribute]:
    """The attributes that are members, by name: all, or those that the Resource class has."""
    every: dict[str, Attribute] = {}
    for each in model.attributes:
        if every.setdefault(each.name, each) is not each:
            raise DeclarationError(f"{name} has two columns that would be called {each.name}. {BESIDE}.")
    if cls is None:
        return every
    for name_, info in cls.model_fields.items():
        function = marks_of(info).sql
        if function is None:
            continue
        check_said(cls, name_, info)
        if name_ in every:
            fail(cls, name_, "has sql=, and the model has a member of that name: call it otherwise.")
        row: Any = model.cls or RowColumns({each.name: each.element for each in model.attributes})
        every[name_] = Attribute(name_, expression_of(cls, name_, function, row), None)
    unknown = sorted(cls.model_fields.keys() - every.keys())
    if unknown:
        raise DeclarationError(
            f"{name} has the member {unknown[0]}, which the model does not have: it has {', '.join(sorted(every))}. "
            "What is computed of others is a @computed_field."
        )
    return {name: every[name] for name in cls.model_fields}


def _check_creating(name: str, model: Model, attributes: Mapping[str, Attribute]) -> None:
    """What a new row needs is a member."""
    for argument in sorted(() if model.cls is None else needed_by(model.cls)):
        raise DeclarationError(
            f"{name} cannot be created: the constructor of the model needs {argument}, which is not a column. Give "
            "that argument a default, or take the rule for creating away."
        )
    for each in model.attributes:
        if each.name not in attributes and not each.is_nullable and each.default[0] == "none":
            raise DeclarationError(
                f"{name} leaves out {each.name}, without which nothing can be created: add it, give the column a "
                "default, or take the rule for creating away."
            )


def _identity_of(name: str, model: Model, resource: type[Resource]) -> tuple[str, ...]:
    """The members that name an item: those that are marked, or else those of the primary key."""
    marked = tuple(each for each, info in resource.model_fields.items() if marks_of(info).identity)
    keys = tuple(each.name for each in model.keys)
    if not marked and keys and resource.model_fields.keys() >= {*keys}:
        return keys
    if not marked:
        found = f"the primary key {', '.join(keys)}, which is not shown" if keys else "no primary key"
        raise DeclarationError(
            f"{name} has {found}: declare a Resource class beside the model, and mark the members by which items are "
            "told apart with Field(identity=True)."
        )
    unique = {frozenset(keys), *map(frozenset, model.unique)}
    if model.table is not None and frozenset(marked) not in unique:
        raise DeclarationError(
            f"{name} has {', '.join(marked)} as its identity, and nothing in the table says that no two rows have "
            "the same: mark what is unique, or make it so in the model."
        )
    return marked


def _says_less(attribute: Attribute, info: FieldInfo) -> bool:
    """Whether a field says nothing of a value that is made, or of a default, where the model does."""
    return _is_always_made(attribute) or (attribute.default[0] != "none" and info.is_required())


def _is_always_made(attribute: Attribute) -> bool:
    return not attribute.is_written or attribute.is_numbered


def _completed(name: str, attribute: Attribute, info: FieldInfo) -> tuple[Any, Any] | None:
    """The type and the field of a member, as a Resource class declares it, with what the model says beyond that.

    None where it says no more.
    """
    limits, says_less = limits_beside(name, attribute, info), _says_less(attribute, info)
    if not (limits or says_less):
        return None
    hint = _declared_hint(info, *limits)
    said = {name: getattr(info, name) for name in DESCRIBING if getattr(info, name) is not None}
    what, value = _default_of(attribute, hint) if says_less else ("value", info.default)
    if info.default_factory is not None:
        said["default_factory"] = info.default_factory
    field = Field(value, **{"description": attribute.description, **said})
    field.metadata = [marks_of(info)]  # the limits are those of the type
    return hint if what == "value" else hint | None, field


def _default_of(attribute: Attribute, hint: Any) -> tuple[Default, Any]:
    """What a missing value comes to; a default that JSON does not have is one that is made."""
    what, value = attribute.default
    if what != "value":
        return what, value
    annotation = bare(without_none(hint)[0])
    if annotation is Decimal and isinstance(value, (int, float)):
        value = Decimal(str(value))
    elif isinstance(annotation, type) and issubclass(annotation, enum.Enum) and isinstance(value, str):
        value = annotation.__members__.get(value, value)  # an Enum may be given by its name
    return ("value", value) if _is_value_of(hint, value) else ("made", None)


def _field(attribute: Attribute, hint: Any) -> tuple[Any, Any]:
    """The type and the field of a member."""
    what, value = _default_of(attribute, hint)
    description = attribute.description
    if what == "value":
        return hint | None if attribute.is_nullable else hint, Field(value, description=description)
    if what == "none" and not attribute.is_nullable:
        return hint, Field(description=description)
    return hint | None, Field(None, description=description)


def _hint(name: str, attribute: Attribute) -> Any:
    try:
        return hint_of(attribute.kind)
    except TypeError as error:
        raise DeclarationError(f"{name}.{attribute.name} {error}. {BESIDE}, without it or with its type.") from error


def _declared_hint(declared: FieldInfo, *further: FieldInfo) -> Any:
    """The type that a Resource class says, with its limits and further ones."""
    hint, is_nullable = without_none(declared.annotation)
    limits = [*(mark for mark in declared.metadata if not isinstance(mark, Marks)), *further]
    limited = Annotated[(hint, *limits)] if limits else hint
    return limited | None if is_nullable else limited


def _check_kind(name: str, attribute: Attribute, declared: FieldInfo) -> None:
    """Refuse a type that the column does not hold."""
    annotation, hint = bare(without_none(declared.annotation)[0]), None
    try:
        hint = bare(hint_of(attribute.kind))
        wanted, found = kind_of(annotation), kind_of(hint)
    except TypeError:  # the column does not say what it holds; or what is declared is refused later, with its place
        return
    if found.has_choices and wanted.has_choices:
        known = choices_of(hint)
        for choice in choices_of(annotation):
            if choice not in known:
                raise DeclarationError(
                    f"{name}.{attribute.name} has the choice {choice!r}, which the model does not have: it has "
                    f"{', '.join(map(repr, known))}."
                )
    elif wanted.has_choices < found.has_choices:
        wanted_by = f"{name}.{attribute.name} is declared as {wanted.words}, and the model has {found.words}"
        raise DeclarationError(f"{wanted_by}: declare the Enum itself, or a Literal of some of its values.")
    if wanted is not found and not any({wanted.name, found.name} <= family for family in FAMILIES):
        raise DeclarationError(
            f"{name}.{attribute.name} is declared as {wanted.words}, and the model has {found.words}: declare what "
            "the column holds."
        )


def _is_value_of(hint: Any, value: Any) -> bool:
    """Whether a default is a value of a type, as content has to be."""
    try:
        pydantic.TypeAdapter(hint).validate_python(value, strict=True)
    except (pydantic.ValidationError, pydantic.PydanticUserError):
        return False
    return True


def _class(
    name: str, description: str | None, base: type[Resource], fields: Mapping[str, tuple[Any, Any]]
) -> type[Resource]:
    try:
        return class_with(name, description, base, fields)
    except (NameError, TypeError, ValueError) as error:
        raise DeclarationError(f"{name} cannot be declared: {error}. {BESIDE}.") from error


def _marks(name: str, model: Model, attribute: Attribute, info: FieldInfo, *, identity: tuple[str, ...]) -> Marks:
    """What a member is: as a Resource class says, and as the model has it."""
    said, (what, _) = marks_of(info), _default_of(attribute, _declared_hint(info))
    _check_kind(name, attribute, info)
    for each, wanted in (("index", said.index), ("unique", said.unique)):
        if wanted:
            raise DeclarationError(
                f"{name}.{attribute.name} is declared with {each}=True, and nothing is added to a table that is "
                "there: say it in the model, and take it away here."
            )
    always = _is_always_made(attribute)
    is_identity, alone = attribute.name in identity, (attribute.name,)
    is_made = said.auto is None and info.default is None and (what == "made" or not attribute.is_nullable)
    return replace(
        said,
        identity=is_identity,
        is_part=is_identity and len(identity) > 1,
        read_only=said.read_only or always,
        index=_is_first(model, attribute),
        unique=identity != alone and alone in {*model.unique, tuple(each.name for each in model.keys)},
        made=Made(always, attribute.is_nullable and not is_identity) if is_made else None,
    )


def _is_first(model: Model, attribute: Attribute) -> bool:
    """Whether an index begins with the column of an attribute."""
    if model.table is None or attribute.column is None:
        return False
    return any(list(index.columns)[:1] == [attribute.column] for index in model.table.indexes)
