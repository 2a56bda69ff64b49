"""A text of a URI as a value of a field, in the form in which the value is stored.

It is read as content is, by the field's own part of the content model: its type, its validators, constraints that
change a value. So a value that was written is found by the text that was written. What that part refuses is read by
the field's kind alone: `created[gte]=1900` says something of a field that begins at 1989, and a row may be older
than the limits of its field.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any
from uuid import UUID

import orjson
from pydantic import AnyUrl, TypeAdapter, ValidationError
from pydantic_core import SchemaSerializer, SchemaValidator, core_schema

from ..http.limits import MAX_EXPONENT, MAX_INTEGER
from ..model.fields import FieldSpec, Kind, choices_of, holds_integers
from ..model.resource import Declaration

_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,6})?", re.ASCII)
_NUMERIC: frozenset[Kind] = frozenset(["integer", "float"])
_BARE: dict[Kind, TypeAdapter[Any]] = {
    "integer": TypeAdapter(int),
    "float": TypeAdapter(float),
    "boolean": TypeAdapter(bool),
    "decimal": TypeAdapter(Decimal),
    "date": TypeAdapter(date),
    "datetime": TypeAdapter(datetime),
    "uuid": TypeAdapter(UUID),
}
_URLS: TypeAdapter[AnyUrl] = TypeAdapter(AnyUrl)
_FORMS: dict[Kind, re.Pattern[str]] = {
    "decimal": _DECIMAL,
    "date": re.compile(r"\d{4}-\d\d-\d\d", re.ASCII),
    "datetime": re.compile(r"\d{4}-\d\d-\d\d[Tt _].+", re.ASCII),
}
"""How a value is written out; pydantic would read other forms too, such as seconds since 1970."""

Reader = Callable[[str], Any]


class OutOfRange(ValueError):
    """A value of the right kind that no store could hold."""


def reader_of(declaration: Declaration, spec: FieldSpec) -> Reader:
    """What reads the values of a field that queries can name.

    It gives the value as it stands in JSON, and raises ValueError for a text that is not a value of the field's kind.
    """
    by_field = _FieldReader(declaration.content, spec)

    def read(text: str) -> Any:
        try:
            return by_field(text)
        except Exception:  # noqa: BLE001 - a validator of the user's, which may look for the other fields too
            return _by_kind(spec, text)

    return read


class _FieldReader:
    """Reads a text as the content model reads the member; raises what that raises."""

    def __init__(self, content: Any, spec: FieldSpec) -> None:
        schema, config = _part_of(content, spec.name)
        self.spec = spec
        self.validator = SchemaValidator(schema, config)
        self.serializer = SchemaSerializer(schema, config)

    def __call__(self, text: str) -> Any:
        if self.spec.kind in {"date", "datetime"} and _DECIMAL.fullmatch(text):
            raise ValueError("seconds since 1970")
        if self.spec.kind == "decimal" and re.search(r"[_\s]|[^\x00-\x7f]", text):
            raise ValueError("not in the notation of decimals")
        value = _checked(self.validator.validate_json(_json_of(self.spec, text)))
        if value is None or isinstance(value, Decimal):
            return value if value is None else format(value, "f")
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
    """The text as JSON: what stands there without quotes for this kind, or else a string."""
    number = spec.kind in _NUMERIC or (spec.kind == "choice" and holds_integers(spec.annotation))
    if (number and _NUMBER.fullmatch(text)) or (spec.kind == "boolean" and text in {"true", "false"}):
        return text.encode()
    return orjson.dumps(text)


def _by_kind(spec: FieldSpec, text: str) -> Any:
    if spec.kind == "text":
        return text
    if spec.kind == "url":
        return _url(text)
    if spec.kind == "choice":
        return _choice(spec, text)
    form = _FORMS.get(spec.kind)
    if form is not None and not form.fullmatch(text):
        raise ValueError("is written otherwise")
    try:
        value = _checked(_BARE[spec.kind].validate_json(_json_of(spec, text), strict=True))
    except ValidationError:
        raise ValueError("is of another kind") from None
    return format(value, "f") if isinstance(value, Decimal) else _BARE[spec.kind].dump_python(value, mode="json")


def _url(text: str) -> str:
    """A URL as it is stored, of any scheme; a text that is not one is the same as no row's."""
    try:
        return str(_URLS.validate_python(text))
    except ValidationError:
        return text


def _choice(spec: FieldSpec, text: str) -> Any:
    for value in choices_of(spec.annotation):
        if str(value) == text:
            return value
    raise ValueError("is none of the choices")


def _checked(value: Any) -> Any:
    """The value, a moment in UTC. Raises OutOfRange for what the store could not hold."""
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
