"""Texts of a URI as values of a field, in the form in which values are stored.

A text is read as content is, by the field's part of the content model: its type, its validators, and constraints
that change a value. So a value is found by the text that it was written with. A text that this part refuses is read
by the field's kind alone: `created[gte]=1900` is meaningful for a field with a minimum of 1989, and a row may be
older than the limits of its field.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import isfinite
from typing import Any

import orjson
from pydantic import AnyUrl, TypeAdapter, ValidationError
from pydantic_core import SchemaSerializer, SchemaValidator, core_schema

from ..http.limits import MAX_EXPONENT, MAX_INTEGER
from ..model.fields import FieldSpec
from ..model.kinds import KINDS, NUMBER, FieldKind
from ..model.resource import Declaration
from ..model.written import read_duration, write_duration

_BARE: dict[FieldKind, TypeAdapter[Any]] = {
    kind: TypeAdapter(kind.python) for kind in KINDS.values() if kind.python is not None
}

LiteralReader = Callable[[str], Any]


class OutOfRange(ValueError):
    """A value of the right kind that cannot be stored."""


def reader_of(declaration: Declaration, spec: FieldSpec) -> LiteralReader:
    """The reader of the values of a field that can be filtered by.

    It returns values as they stand in JSON, and raises ValueError for a text that is not a value of the field's kind.
    """
    by_field = _FieldReader(declaration.content, spec)

    def read(text: str) -> Any:
        try:
            return by_field(text)
        except Exception:  # noqa: BLE001 - a validator of the application, which may expect the other fields
            return _by_kind(spec, text)

    return read


class _FieldReader:
    """Reads a text as the content model reads the member, and raises what that raises."""

    def __init__(self, content: Any, spec: FieldSpec) -> None:
        schema, config = _part_of(content, spec.attribute)
        self.spec = spec
        self._misread = spec.kind.misread
        self.validator = SchemaValidator(schema, config)
        self.serializer = SchemaSerializer(schema, config)

    def __call__(self, text: str) -> Any:
        if self._misread is not None and self._misread.search(text):
            raise ValueError("is written otherwise")
        value = _checked(self.validator.validate_json(_json_of(self.spec, text)))
        if value is None or isinstance(value, Decimal):
            return value if value is None else format(value, "f")
        if isinstance(value, timedelta):
            return write_duration(value)
        return self.serializer.to_python(value, mode="json", warnings=False)


def _part_of(content: Any, name: str) -> tuple[Any, Any]:
    """The schema of one member out of the schema of its model, and the configuration of the model."""
    schema: Any = content.__pydantic_core_schema__
    definitions: list[Any] = []
    config: Any = None
    while schema["type"] != "model-fields":
        definitions = schema.get("definitions", definitions)
        config = schema.get("config", config)
        if schema["type"] == "definition-ref":
            schema = next(each for each in definitions if each.get("ref") == schema["schema_ref"])
        else:
            schema = schema["schema"]
    member = schema["fields"][name]["schema"]
    return (core_schema.definitions_schema(member, definitions) if definitions else member), config


def _json_of(spec: FieldSpec, text: str) -> bytes:
    """The text as JSON: unquoted where the kind is written so, or else a string."""
    kind = spec.kind
    if (kind.number and NUMBER.fullmatch(text)) or (kind.python is bool and text in {"true", "false"}):
        return text.encode()
    return orjson.dumps(text)


def _by_kind(spec: FieldSpec, text: str) -> Any:
    kind = spec.kind
    if kind.python is AnyUrl:
        return _url(text)
    if kind.python is timedelta:
        return write_duration(read_duration(text))
    if kind.python is None:
        return _choice(spec, text) if kind.has_choices else text
    if kind.form is not None and not kind.form.fullmatch(text):
        raise ValueError("is written otherwise")
    try:
        value = _checked(_BARE[kind].validate_json(_json_of(spec, text), strict=True))
    except ValidationError:
        raise ValueError("is of another kind") from None
    return format(value, "f") if isinstance(value, Decimal) else _BARE[kind].dump_python(value, mode="json")


def _url(text: str) -> str:
    """A URL as it is stored, of any scheme; another text is left as it is, and no row has it."""
    try:
        return str(_BARE[KINDS["url"]].validate_python(text))
    except ValidationError:
        return text


def _choice(spec: FieldSpec, text: str) -> Any:
    for value in spec.choices:
        if str(value) == text:
            return value
    raise ValueError("is none of the choices")


def _checked(value: Any) -> Any:
    """The value, a date and time in UTC. Raises OutOfRange for what cannot be stored."""
    if isinstance(value, int) and not -MAX_INTEGER - 1 <= value <= MAX_INTEGER:
        raise OutOfRange("is beyond 64 bits")
    if isinstance(value, float) and not isfinite(value):
        raise OutOfRange("is beyond the range of a double")
    if isinstance(value, Decimal) and (not value.is_finite() or abs(value.adjusted()) > MAX_EXPONENT):
        raise OutOfRange("is beyond the range of a double")
    if isinstance(value, datetime):
        try:
            return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
        except OverflowError:
            raise OutOfRange("is not within the years 1 to 9999 in UTC") from None
    return value
