"""Schemas without references to `type` aliases: what an alias stands for is written in its place.

An alias is a name in the application's code. A reference to it would say less where a schema is read by its keywords,
as in the parameters of OpenAPI and in what a representation has that content has not. Models and Enums keep their
names, and so does an alias that refers to itself, such as one for JSON.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Schema = dict[str, Any]

VALUES = frozenset(["default", "enum", "const", "examples"])
"""Keywords whose values are the application's own, not schemas."""


def without_aliases(schema: Schema, refs: str) -> Schema:
    """The schema with its aliases written out; `refs` is the template of its references."""
    definitions = schema.get("$defs", {})
    aliases = {
        refs.format(model=name): definition
        for name, definition in definitions.items()
        if _is_alias(definition) and not _refers(definition, refs.format(model=name), definitions, refs)
    }
    if not aliases:
        return schema
    kept = {name: each for name, each in definitions.items() if refs.format(model=name) not in aliases}
    found: Schema = _written_out({**schema, "$defs": kept}, aliases)
    return found


def _is_alias(definition: Schema) -> bool:
    """Whether a definition is neither a model's nor an Enum's: these have the title of their class."""
    return "title" not in definition


def _refers(part: Any, wanted: str, definitions: Mapping[str, Schema], refs: str) -> bool:
    """Whether a schema refers to a definition, be it by way of others."""
    targets = {refs.format(model=name): each for name, each in definitions.items()}
    waiting, seen = [part], set[str]()
    while waiting:
        for reference in _references(waiting.pop()):
            if reference == wanted:
                return True
            if reference in targets and reference not in seen:
                seen.add(reference)
                waiting.append(targets[reference])
    return False


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for each in part:
            yield from _references(each)
    elif isinstance(part, dict):
        for key, value in part.items():
            if key == "$ref" and isinstance(value, str):
                yield value
            elif key not in VALUES:
                yield from _references(value)


def _written_out(part: Any, aliases: Mapping[str, Schema]) -> Any:
    if isinstance(part, list):
        return [_written_out(each, aliases) for each in part]
    if not isinstance(part, dict):
        return part
    rest = {key: value if key in VALUES else _written_out(value, aliases) for key, value in part.items()}
    target = aliases.get(rest["$ref"]) if isinstance(rest.get("$ref"), str) else None
    if target is None:
        return rest
    del rest["$ref"]
    return {**_written_out(target, aliases), **rest}
