"""The fields that an operation takes: what a form asks for, with their limits, and what each of them holds now.

All but the current values is known from the declaration. Limits are read from the schema that content is validated
by, so that a form refuses nothing that is taken. HAL-FORMS and pages write their forms from these values alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ..http.limits import MAX_EXACT
from ..model.fields import FieldSpec
from ..model.kinds import KINDS, FieldKind
from ..model.operations import OwnOperation
from ..model.resource import Declaration
from ..model.written import WITHOUT_NUL
from .schema import Schema, content_schema, shape_schema, without_null

# A pattern that is found nowhere but from end to end of a text: nothing but one group, or no alternatives at all.
_WHOLE = re.compile(r"\^(?:[^|()]*|\(\?:[^()]*\))(?<!\\)\$")


class Input(NamedTuple):
    """One field.

    `pattern` is a regular expression of ECMA-262 that is found somewhere in the text, as JSON Schema has it.
    `options` are the values that there are, where they are few; `several` says that the value is a list of them.
    `default` is what a missing value comes to, None without one. A field that is `read_only` is shown, and sent back
    as it is or not at all.
    """

    name: str
    kind: FieldKind
    description: str
    required: bool
    read_only: bool = False
    several: bool = False
    options: tuple[Any, ...] = ()
    pattern: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    default: Any = None

    @property
    def whole_pattern(self) -> str | None:
        """The pattern as forms have it: they match it from end to end of a text (HTML, section 4.10.5.3.6)."""
        return None if self.pattern is None else whole(self.pattern)


def whole(pattern: str) -> str:
    """A pattern that matches from end to end of a text, for one that is found within it."""
    return pattern if _WHOLE.fullmatch(pattern) else rf"[\s\S]*(?:{pattern})[\s\S]*"


def values_of(inputs: Iterable[Input], members: Mapping[str, Any] | None) -> list[Any]:
    """What each field of a form holds: the item's value, or the default of a new item; None where it is empty."""
    return [each.default if members is None else members.get(each.name) for each in inputs]


class Inputs(NamedTuple):
    """The fields that each operation of a resource takes."""

    create: tuple[Input, ...]
    change: tuple[Input, ...]
    replace: tuple[Input, ...]


def inputs_of(declaration: Declaration) -> Inputs:
    """What the operations of a resource take.

    An identity is set when an item is created, and only shown later, unless it may be changed. What nobody sees is
    never required where an item is there: it stays as it is.
    """
    schema, identity = content_schema(declaration), {spec.name for spec in declaration.identifying}
    blind = {spec.name for spec in declaration.write_only}
    every = [_input(spec, schema["properties"][spec.name], schema["$defs"]) for spec in declaration.sent]
    replace = [
        each._replace(required=False, read_only=each.name not in declaration.renameable)
        if each.name in identity
        else each
        for each in every
    ]
    replace = [each._replace(required=False) if each.name in blind else each for each in replace]
    return Inputs(
        create=tuple(each for each in every if not each.read_only),
        change=tuple(each._replace(required=False) for each in replace),
        replace=tuple(replace),
    )


def own_inputs(operation: OwnOperation) -> tuple[Input, ...]:
    """What an operation of the application's own takes."""
    if operation.shape is None:
        return ()
    schema = shape_schema(operation.shape)
    definitions = schema.get("$defs", {})
    return tuple(_input(spec, schema["properties"][spec.name], definitions) for spec in operation.fields)


def _input(spec: FieldSpec, schema: Schema, definitions: Schema) -> Input:
    of_value = _of_value(schema, definitions)
    several = spec.kind.is_several
    of_one = _of_value(of_value.get("items", {}), definitions) if several else of_value
    pattern = of_value.get("pattern")
    return Input(
        spec.name,
        spec.kind,
        spec.description or "",
        spec.required,
        spec.marks.read_only,
        several,
        (True, False) if spec.kind is KINDS["boolean"] else _options(of_one),
        pattern if pattern != WITHOUT_NUL else None,
        _limit(spec, of_value, "minimum", "exclusiveMinimum", 1),
        _limit(spec, of_value, "maximum", "exclusiveMaximum", -1),
        of_value.get("multipleOf"),
        of_value.get("minLength"),
        of_value.get("maxLength"),
        schema.get("default"),
    )


def _of_value(schema: Schema, definitions: Schema) -> Schema:
    """The schema of a value that is not null: of a decimal that of the number, with the pattern of its text."""
    found = without_null(schema)
    if "$ref" in found:
        found = definitions[found["$ref"].rpartition("/")[2]]
    for branch in found.get("anyOf", ()):
        found = {**branch, **found}
    return found


def _options(schema: Schema) -> tuple[Any, ...]:
    return (schema["const"],) if "const" in schema else tuple(schema.get("enum", ()))


def _limit(spec: FieldSpec, schema: Schema, inclusive: str, exclusive: str, step: int) -> float | None:
    """A bound that is itself a value; of numbers without a next one it is the bound that no value reaches.

    A bound that doubles do not hold exactly would be read as another one, and is left out.
    """
    bound: float | None = schema.get(inclusive)
    if exclusive in schema:
        bound = schema[exclusive] + (step if spec.kind is KINDS["integer"] else 0)
    return None if bound is None or abs(bound) > MAX_EXACT else bound
