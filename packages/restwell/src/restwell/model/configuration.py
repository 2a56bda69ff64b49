"""What a model and its fields may say beside their types: each setting works as pydantic says, or is refused.

The settings that are refused would have a model read, or written, otherwise than its JSON Schema says, or would do
nothing at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import ComputedFieldInfo, FieldInfo
from pydantic_core import PydanticUndefined

from .errors import fail
from .fields import marks_of
from .hints import bare
from .marks import Marks

ONE_NAME = (
    "one name serves in content and in what is shown: give it as the alias of restwell's Field, as in "
    "Field(alias='relatedName'), or name every member by Api(naming='camelCase')"
)
NESTED_NAME = (
    "one name serves in content and in what is shown: give it one alias, as in Field(alias='relatedName'), or name "
    "every member by Api(naming='camelCase')"
)
WRITTEN = "what is shown has to be what can be sent back: leave it out, or declare another type"
_TITLED = "what is shown is called by its own name: leave it out"
_STRICT = "values are taken strictly, so that two clients mean the same by the same JSON: leave it out"
_FINITE = "JSON has no infinity and no NaN: leave it out"

_EXTRA = (
    "a misspelt member would be lost silently: leave it out, so that unknown members are refused, and declare "
    "a member of type dict for what has no names"
)

SETTINGS: dict[str, str] = {
    "title": "the class is shown by its own name: name the class, and describe it in its docstring",
    "model_title_generator": _TITLED,
    "field_title_generator": _TITLED,
    "populate_by_name": ONE_NAME,
    "validate_by_alias": ONE_NAME,
    "validate_by_name": ONE_NAME,
    "serialize_by_alias": ONE_NAME,
    "loc_by_alias": ONE_NAME,
    "alias_generator": ONE_NAME,
    "json_encoders": WRITTEN,
    "ser_json_timedelta": WRITTEN,
    "ser_json_temporal": WRITTEN,
    "ser_json_bytes": WRITTEN,
    "ser_json_inf_nan": _FINITE,
    "val_json_bytes": WRITTEN,
    "val_temporal_unit": "moments are written out (RFC 3339), never counted: leave it out",
    "json_schema_extra": "what the schema says has to be what holds: describe the class in its docstring",
    "json_schema_mode_override": "the schema is that of what is sent: leave it out",
    "json_schema_serialization_defaults_required": "the schema is that of what is sent: leave it out",
    "coerce_numbers_to_str": _STRICT,
    "schema_generator": "Restwell reads the schemas of pydantic's own generator: leave it out",
    "polymorphic_serialization": WRITTEN,
}
"""The settings of ConfigDict that are refused whatever they say, but for what changes nothing; and why."""
REFUSED_VALUES: dict[str, tuple[tuple[Any, ...], str]] = {
    "strict": ((False,), _STRICT),
    "allow_inf_nan": ((True,), _FINITE),
    "extra": (("ignore",), _EXTRA),
    "validate_default": ((False,), "defaults are validated when they are declared: leave it out"),
}
"""The settings of which some values are refused."""
NOTHING_SAID = (None, False)
GENERATED = 1
"""The `alias_priority` of what pydantic has generated: a member's own alias takes its place."""

_ASSERTIONS = frozenset(
    [
        "$ref",
        "$defs",
        "type",
        "enum",
        "const",
        "format",
        "pattern",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "uniqueItems",
        "items",
        "prefixItems",
        "properties",
        "required",
        "additionalProperties",
        "patternProperties",
        "propertyNames",
        "anyOf",
        "oneOf",
        "allOf",
        "not",
        "if",
        "then",
        "else",
        "default",
        "readOnly",
        "writeOnly",
    ]
)
"""Keywords of JSON Schema by which a value is judged: only what is declared may say them."""


def check_model(cls: type[BaseModel], base: type[BaseModel]) -> None:
    """Refuse what the configuration of a model says and Restwell does not do. `base` has what every one may say.

    A nested model may generate its aliases, as each member has one name then.
    """
    is_nested = not issubclass(cls, base)
    for name, value in cls.model_config.items():
        if value == base.model_config.get(name, None):
            continue
        values, reason = REFUSED_VALUES.get(name, ((), ""))
        if value in values:
            fail(cls, None, f"has {name}={value!r} in its model_config: {reason}.")
        if name in SETTINGS and value not in NOTHING_SAID and not (is_nested and name == "alias_generator"):
            fail(cls, None, f"has {name} in its model_config: {SETTINGS[name]}.")
    if not is_nested and cls.model_config.get("extra") != "forbid":
        extra = cls.model_config.get("extra")
        fail(
            cls,
            None,
            f"has extra={extra!r} in its model_config, and a table has no columns for members without a name: "
            "leave it out, and declare a member of type dict for them.",
        )


def check_field(cls: type[BaseModel], name: str, info: FieldInfo, *, is_nested: bool) -> None:
    """Refuse what a field says beside its type and Restwell does not do."""
    _check_alias(cls, name, info, is_nested=is_nested)
    if info.exclude or info.exclude_if is not None:
        fail(cls, name, "is excluded: use Field(write_only=True) or Field(hidden=True), or take exclude=True away.")
    if info.frozen:
        fail(
            cls,
            name,
            "is frozen, which says nothing of what clients may do: use Field(read_only=True), or leave it out.",
        )
    for what in ("init", "init_var", "kw_only"):
        if getattr(info, what, None) is not None:
            fail(cls, name, f"has {what}, which is for dataclasses: leave it out.")
    if info.validate_default is False:
        fail(cls, name, "has validate_default=False: defaults are validated when they are declared: leave it out.")
    _check_title(cls, name, info)
    _check_inner(cls, name, info)
    if is_nested and replace(marks_of(info), iri=None, alias=None) != Marks():
        fail(
            cls,
            name,
            "is a member of a nested object, which has no identity, no index and no filter of its own: "
            "of what Restwell's Field adds, only iri and alias mean something here.",
        )


def _check_alias(cls: type[BaseModel], name: str, info: FieldInfo, *, is_nested: bool) -> None:
    """Refuse aliases of pydantic's, but for one of a nested model that serves both ways."""
    given = (info.alias, info.validation_alias, info.serialization_alias)
    if not is_nested and any(each is not None for each in given):
        fail(cls, name, f"has an alias of pydantic's: {ONE_NAME}.")
    if len({each if each is None or isinstance(each, str) else object() for each in given}) > 1:
        fail(cls, name, f"has an alias of pydantic's for one way alone: {NESTED_NAME}.")
    own = marks_of(info).alias
    if own is not None and info.alias not in {None, own} and info.alias_priority != GENERATED:
        fail(cls, name, f"has the aliases {own!r} and {info.alias!r}: give it one of them.")


def _check_inner(cls: type[BaseModel], name: str, info: FieldInfo) -> None:
    for inner in _inner(info.annotation):
        if any(isinstance(mark, Marks) and mark != Marks() for mark in inner.metadata) or _says_more(inner):
            fail(
                cls,
                name,
                "has a Field within its type that says more than limits, which nothing would read: write that Field "
                "as the value of the attribute, or as an argument of an Annotated round the whole type.",
            )


def _says_more(info: FieldInfo) -> bool:
    """Whether it says what only the whole of a field can have."""
    given = (info.alias, info.validation_alias, info.serialization_alias, info.exclude, info.frozen, info.init)
    has_default = info.default is not PydanticUndefined or info.default_factory is not None
    return has_default or any(value is not None for value in given)


def _inner(annotation: Any) -> Iterator[FieldInfo]:
    """Every `Field` within a type."""
    aliased = bare(annotation)
    if get_origin(annotation) is Annotated:
        yield from (mark for mark in get_args(annotation)[1:] if isinstance(mark, FieldInfo))
        yield from _inner(get_args(annotation)[0])
    elif aliased is not annotation:
        value = getattr(annotation, "__value__", None)
        yield from _inner(aliased if value is None else value)
    elif get_origin(annotation) is not Literal:
        for argument in get_args(annotation):
            yield from _inner(argument)


def check_computed(cls: type[BaseModel], name: str, info: ComputedFieldInfo) -> None:
    """Refuse what a computed field says and Restwell does not do."""
    _check_title(cls, name, info)


def _check_title(cls: type[BaseModel], name: str, info: FieldInfo | ComputedFieldInfo) -> None:
    if info.field_title_generator is not None:
        fail(cls, name, f"has a field_title_generator: {_TITLED}.")
    extra = info.json_schema_extra
    if callable(extra) or (extra and not _ASSERTIONS.isdisjoint(extra)):
        fail(
            cls,
            name,
            "has a json_schema_extra that may say of values what does not hold: declare limits as arguments of "
            "Field, and leave only notes such as examples in it.",
        )
