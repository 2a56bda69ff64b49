"""The constraints of a field in words, for descriptions that people read, and the name of its type."""

from __future__ import annotations

import re
from typing import Any

from ..http.limits import MAX_INTEGER, MAX_ITEMS, MAX_TEXT
from ..model.fields import IDENTITY_PATTERN, FieldSpec
from ..surface.schema import Schema, without_null

# Limits that every field has without a declaration; naming them each time would hide the declared ones.
_EVERYWHERE: dict[str, list[Any]] = {
    "minimum": [-MAX_INTEGER - 1],
    "maximum": [MAX_INTEGER],
    "maxLength": [MAX_TEXT],
    "maxItems": [MAX_ITEMS],
    "pattern": [r"^[^\x00]*$", IDENTITY_PATTERN],
}
_OF_AN_IDENTITY: dict[str, Any] = {"minLength": 1}
_COUNTS = frozenset(["minLength", "maxLength", "minItems", "maxItems"])
_SCHEMES = re.compile(r"\^\(\?:([a-zA-Z\[\]|]+)\)://")
_EITHER_CASE = re.compile(r"\[[A-Z]([a-z])\]")
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
    undeclared = _undeclared(spec)
    said = [key for key in _WORDS if _worth_saying(key, schema, undeclared)]
    facts = [_fact(key, schema[key]) for key in said]
    choices = _choices(schema, defs)
    if choices:
        facts.insert(0, f"one of {', '.join(map(_text, choices))}")
    if spec.marks.identity:
        facts.append("names the item in its URI" + (", and may be changed" if spec.marks.renameable else ""))
    if schema.get("writeOnly"):
        facts.append("taken, and never shown")
    if spec.marks.read_only:
        facts.append("set by the server")
    sentence = f"{'; '.join(facts)}." if facts else ""
    if said[:1] != ["default"] or choices:  # a value stays as it is written
        sentence = f"{sentence[:1].upper()}{sentence[1:]}"
    return " ".join(part for part in (schema.get("description", ""), sentence) if part)


def _undeclared(spec: FieldSpec) -> dict[str, list[Any]]:
    """The limits that a field has by its kind, or for naming its item."""
    own = {**(spec.kind.undeclared or {}), **(_OF_AN_IDENTITY if spec.marks.identity else {})}
    return {key: [*_EVERYWHERE.get(key, []), *([own[key]] if key in own else [])] for key in _WORDS}


def _worth_saying(key: str, schema: Schema, undeclared: dict[str, list[Any]]) -> bool:
    value = schema.get(key)
    return value is not None and value not in undeclared[key] and not (key == "default" and value in ("", [], {}))


def _fact(key: str, value: Any) -> str:
    schemes = _SCHEMES.fullmatch(value) if key == "pattern" else None
    if schemes:
        names = _EITHER_CASE.sub(r"\1", schemes[1]).split("|")
        return f"beginning with {' or '.join(f'{each}://' for each in names)}"
    said = _WORDS[key].format(_text(value))
    return said.removesuffix("s") if value == 1 and key in _COUNTS else said


def _choices(schema: Schema, defs: Schema) -> list[Any]:
    target = defs.get(schema["$ref"].rpartition("/")[2], {}) if "$ref" in schema else schema
    return [target["const"]] if "const" in target else list(target.get("enum", []))


def _text(value: Any) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
