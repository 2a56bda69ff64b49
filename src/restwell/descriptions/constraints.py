"""The constraints of a field in words, for descriptions that people read, and the name of its type."""

from __future__ import annotations

from typing import Any

from ..fields import IDENTITY_PATTERN, MAX_INTEGER, MAX_TEXT, FieldSpec
from .schema import Schema, without_null

# Limits that every field has and nobody declared; naming them each time would hide those that matter.
_EVERYWHERE: dict[str, list[Any]] = {
    "minimum": [-MAX_INTEGER - 1],
    "maximum": [MAX_INTEGER],
    "maxLength": [MAX_TEXT],
    "pattern": [r"^[^\x00]*$", IDENTITY_PATTERN],
}
_WORDS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "multipleOf": "a multiple of {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} values",
    "maxItems": "at most {} values",
    "pattern": "matching {}",
    "default": "{} unless given",
}


def in_words(spec: FieldSpec, schema: Schema, defs: Schema) -> str:
    """One sentence or two: the declared description, then what the values are bound to."""
    schema = without_null(schema)
    facts = [template.format(_text(schema[key])) for key, template in _WORDS.items() if _worth_saying(key, schema)]
    choices = _choices(schema, defs)
    if choices:
        facts.insert(0, f"one of {', '.join(map(_text, choices))}")
    if spec.marks.identity:
        facts.append("names the item in its URI")
    if spec.marks.read_only:
        facts.append("set by the server")
    sentence = "; ".join(facts)
    sentence = f"{sentence[:1].upper()}{sentence[1:]}." if sentence else ""
    return " ".join(part for part in (spec.description or "", sentence) if part)


def type_in_words(spec: FieldSpec) -> str:
    """What a person calls the type of a field."""
    names = {"text": "text", "url": "URL", "uuid": "UUID", "datetime": "date and time", "json": "any JSON"}
    return names.get(spec.kind, spec.kind)


def _worth_saying(key: str, schema: Schema) -> bool:
    value = schema.get(key)
    return (
        value is not None
        and value not in _EVERYWHERE.get(key, [])
        and not (key == "default" and value in ("", [], {}))
    )


def _choices(schema: Schema, defs: Schema) -> list[Any]:
    target = defs.get(schema["$ref"].rpartition("/")[2], {}) if "$ref" in schema else schema
    return [target["const"]] if "const" in target else list(target.get("enum", []))


def _text(value: Any) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
