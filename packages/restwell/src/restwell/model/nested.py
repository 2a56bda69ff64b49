"""The members of nested models: what each is called over HTTP, and which model an object in content is of."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from .errors import fail
from .fields import marks_of
from .hints import discriminator_of, is_union, models_of, without_none
from .naming import Naming, is_name, wire_name


def alias_of(info: FieldInfo) -> str | None:
    """What a member says that it is called: by restwell's Field, or by the one alias that pydantic has of it."""
    return marks_of(info).alias or info.alias


@lru_cache(1024)
def names_of(model: type[BaseModel], naming: Naming | None) -> Mapping[str, str]:
    """What each member of a nested model is called over HTTP, by its attribute."""
    return {each: wire_name(each, alias_of(info), naming) for each, info in model.model_fields.items()}


@lru_cache(1024)
def members_of(model: type[BaseModel], naming: Naming | None) -> Mapping[str, FieldInfo]:
    """The members of a nested model by what they are called over HTTP."""
    return {name: model.model_fields[attribute] for attribute, name in names_of(model, naming).items()}


def check_names(model: type[BaseModel], naming: Naming | None) -> None:
    """Refuse two members of one name over HTTP, and a name that cannot be one. Raises DeclarationError."""
    seen: dict[str, str] = {}
    for attribute, name in names_of(model, naming).items():
        other = seen.setdefault(name, attribute)
        if other != attribute:
            what = f"is called {name} over HTTP, and so is {other}"
            fail(model, attribute, f"{what}: give one of them another alias, as in Field(alias='name').")
        if name != attribute and not is_name(name):
            fail(model, attribute, f"has the alias {name!r}: call it as an attribute could be called.")


def type_of(hint: Any, value: Any, naming: Naming | None = None) -> Any:
    """The type of a value without None: of a discriminated union the model that an object is of, or Any."""
    inner, name = without_none(hint)[0], discriminator_of(hint)
    if name is None or not (is_union(inner) and isinstance(value, Mapping)):
        return inner
    for member in get_args(inner):
        if any(_is_tagged(value, model, name, naming) for model in models_of(member)):
            return type_of(member, value, naming)
    return Any


def _is_tagged(value: Mapping[str, Any], model: type[BaseModel], name: str, naming: Naming | None) -> bool:
    return value.get(names_of(model, naming).get(name, name)) in _tags(model, name)


def _tags(model: type[BaseModel], name: str) -> list[Any]:
    hint = without_none(model.model_fields[name].annotation)[0] if name in model.model_fields else None
    if get_origin(hint) is not Literal:
        return []
    return [value.value if isinstance(value, enum.Enum) else value for value in get_args(hint)]
