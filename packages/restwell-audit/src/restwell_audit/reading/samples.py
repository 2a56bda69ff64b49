"""Makes a value that a schema allows, where that is simple."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from .references import Document
from .shapes import entries, mapping, objects, text, texts

MAX_PARTS = 300
MAX_DEPTH = 8
NONE = object()
"""No value could be made; distinct from None, which is a value."""
MAX_CHOICES = 10
TRIED = (
    "Example",
    "EXAMPLE",
    "a",
    "A",
    "1",
    "12",
    "123",
    "1234",
    "12345",
    "a1",
    "A1",
    "EX",
    "EXA",
    "2024-05-17",
    "#a1b2c3",
)
"""Texts that are tried for a pattern."""
_REPEATED_GROUP = re.compile(r"\)[*+?{]|\\[1-9kgP]|\(\?P")
_CHOICE = re.compile(r"[*+?{|]")
BY_FORMAT: Mapping[str, str] = {
    "date": "2024-05-17",
    "date-time": "2024-05-17T12:00:00Z",
    "duration": "P1D",
    "email": "someone@example.org",
    "hostname": "example.org",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "time": "12:00:00Z",
    "uri": "https://example.org/",
    "url": "https://example.org/",
    "uuid": "6f1b3c1e-8a54-4c0e-9d55-3f0c5c1b7a10",
}


def sample(document: Document, schema: object) -> Any:
    """A value for a schema of OpenAPI; None where none is given or could be made."""
    found = _Maker(document).make(schema, 0)
    return None if found is NONE else found


def given(holder: Mapping[str, Any]) -> Any:
    """The first example beside a schema or within it; NONE without one."""
    for name in ("example", "x-example"):
        if name in holder:
            return holder[name]
    examples = holder.get("examples")
    if isinstance(examples, list) and examples:
        return examples[0]
    inner = [each for each in mapping(examples).values() if isinstance(each, dict) and "value" in each]
    return inner[0]["value"] if inner else NONE


class _Maker:
    """Makes one value from a limited number of schemas, since schemas may refer to themselves."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.left = MAX_PARTS

    def make(self, schema: object, depth: int) -> Any:
        self.left -= 1
        if depth > MAX_DEPTH or self.left < 0:
            return NONE
        found = self._merged(self.document.follow(schema), depth)
        written = _written(found)
        if written is not NONE:
            return written
        for name in ("oneOf", "anyOf"):
            choices = [each for each in objects(found.get(name)) if each.get("type") != "null"]
            if choices:
                return self.make(choices[0], depth + 1)
        return self._by_type(found, depth)

    def _by_type(self, schema: Mapping[str, Any], depth: int) -> Any:
        kinds = [each for each in texts(schema.get("type")) if each != "null"]
        kind = kinds[0] if kinds else "object" if "properties" in schema else "array" if "items" in schema else ""
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            item = self.make(schema.get("items"), depth + 1)
            needed = _number(schema.get("minItems"), 0)
            return [item] * int(min(needed or 1, 20)) if item is not NONE else [] if not needed else NONE
        maker = SCALARS.get(kind)
        return maker(schema) if maker else NONE

    def _object(self, schema: Mapping[str, Any], depth: int) -> Any:
        """An object with the required members, or where none is required, with all that can be made."""
        needed = texts(schema.get("required"))
        made: dict[str, Any] = {}
        for name, part in mapping(schema.get("properties")).items():
            if needed and name not in needed:
                continue
            inner = self.document.follow(part)
            if inner.get("readOnly") is True:
                continue
            value = self.make(inner, depth + 1)
            if value is not NONE:
                made[name] = value
            elif name in needed:
                return NONE
        return made

    def _merged(self, schema: Mapping[str, Any], depth: int) -> Mapping[str, Any]:
        """A schema with those of its allOf."""
        parts = objects(schema.get("allOf"))[:20]
        if not parts or depth > MAX_DEPTH:
            return schema
        merged: dict[str, Any] = {}
        for part in (*parts, {name: value for name, value in schema.items() if name != "allOf"}):
            self.left -= 1
            inner = self._merged(self.document.follow(part), depth + 1) if self.left > 0 else {}
            both = {**mapping(merged.get("properties")), **mapping(inner.get("properties"))}
            needed = [*texts(merged.get("required")), *texts(inner.get("required"))]
            merged = {**merged, **inner, **({"properties": both} if both else {}), "required": needed}
        return merged


def _written(schema: Mapping[str, Any]) -> Any:
    found = given(schema)
    if found is not NONE:
        return found
    for name in ("const", "default"):
        if name in schema:
            return schema[name]
    choices = [each for each in entries(schema.get("enum")) if each is not None]
    return choices[0] if choices else NONE


def _string(schema: Mapping[str, Any]) -> Any:
    min_length, max_length = _number(schema.get("minLength"), 0), _number(schema.get("maxLength"), 1000)
    kind = text(schema.get("format"))
    if kind in BY_FORMAT:
        return BY_FORMAT[kind]
    if kind in {"binary", "byte"} or min_length > 1000:
        return NONE
    plain = "example".ljust(int(min_length), "x")[: max(0, int(max_length))]
    if "pattern" not in schema:
        return plain
    fits = [each for each in (plain, *TRIED) if min_length <= len(each) <= max_length]
    return next((each for each in fits[:20] if _matches(text(schema["pattern"]), each)), NONE)


@lru_cache(1024)
def _matches(pattern: str, value: str) -> bool:
    """Whether a short text matches a pattern (of ECMA-262, read as one of Python); False for a complex pattern.

    Matching may take exponential time, except with short patterns that have few choices and no repeated groups.
    """
    if len(pattern) > 300 or len(value) > 20 or _REPEATED_GROUP.search(pattern):
        return False
    if len(_CHOICE.findall(pattern)) > MAX_CHOICES:
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # warnings about syntax that may change its meaning
            return re.search(pattern, value) is not None
    except (re.error, OverflowError):
        return False


def _integer(schema: Mapping[str, Any]) -> Any:
    exclusive = schema.get("exclusiveMinimum")  # a number in OpenAPI 3.1, a flag before
    least = math.ceil(_number(schema.get("minimum"), 0 if "maximum" in schema else 1)) + (exclusive is True)
    least = max(least, math.floor(_number(exclusive, least - 1)) + 1)
    step = int(_number(schema.get("multipleOf"), 1)) or 1
    found = -(-least // step) * step
    return found if found <= _number(schema.get("maximum"), math.inf) else NONE


def _float(schema: Mapping[str, Any]) -> Any:
    found = _integer(schema)
    return found if found is NONE else float(found)


def _number(value: object, default: float) -> float:
    """A number below 1e15; the default for anything else."""
    fits = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15
    return value if fits and isinstance(value, int | float) else default


SCALARS: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "boolean": lambda _: True,
    "integer": _integer,
    "number": _float,
    "string": _string,
}
