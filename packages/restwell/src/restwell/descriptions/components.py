"""The schemas that OpenAPI operations refer to: the shapes of each resource, and those that all share."""

from __future__ import annotations

import json
import re
from typing import Any

from ..http.limits import MAX_ERRORS, MAX_INTEGER, MAX_ITEMS, MAX_TEXT
from ..model.operations import OwnOperation
from ..model.resource import Declaration
from ..model.written import WITHOUT_NUL
from ..surface.references import References
from ..surface.schema import (
    SENTENCE,
    URL,
    Schema,
    creating,
    linked,
    merging,
    reference,
    replacing,
    representing,
    shape_schema,
)
from .patching import patching

REFERENCE = re.compile(r'"#/components/schemas/([^"]+)"')
# The most characters that a text of a format has.
MAX_LENGTHS = {
    "date": 10, "date-time": 64, "time-local": 64, "duration": 64, "uuid": 36, "decimal": 400, "uri": 4096,
    "iri": 4096,
}  # fmt: skip
LINKED_DATA = ".linked"
"""What the names of schemas end with that have URLs where members refer to items."""
# What JSON-LD brings with it in a problem, which is a Hydra error at the same time.
LINKED: Schema = {"@context": URL, "@id": URL, "@type": {"const": "Error"}}


def resource_schemas(declaration: Declaration) -> dict[str, Schema]:
    """The schemas of one resource by name: its items in plain data, contents and nested objects.

    A `fields` parameter can leave any member out of an item that is read, and none out of one just written.
    """
    name = declaration.name
    refs = f"#/components/schemas/{name}.object.{{model}}"
    item = representing(declaration, refs)
    nested = {f"{name}.object.{key}": value for key, value in item.pop("$defs").items()}
    required = item.pop("required")
    item.pop("additionalProperties")
    found = {
        name: item,
        **nested,
    }
    whole = {"required": required, "description": "Every member that has a value."}
    contents: dict[str, Schema] = {}
    is_written = not declaration.rules.keys().isdisjoint({"create", "update"})
    if is_written or declaration.operations:  # which show the item as it is then
        found[f"{name}.whole"] = {**reference(name), **whole}
    if is_written:
        contents["replacing"] = _content(replacing(declaration, refs))
    if "create" in declaration.rules:
        contents["creating"] = _content(creating(declaration, refs))
    if "update" in declaration.rules:
        found[f"{name}.patching"] = patching(declaration, refs)
        contents["merging"] = _content(merging(declaration, refs))
    found |= {f"{name}.{what}": schema for what, schema in contents.items()}
    if declaration.compiled[References]:
        found[f"{name}{LINKED_DATA}"] = linked(declaration, item)
        found[f"{name}.whole{LINKED_DATA}"] = {**reference(f"{name}{LINKED_DATA}"), **whole}
        for what, schema in contents.items():
            found[f"{name}.{what}{LINKED_DATA}"] = linked(declaration, schema, taken=True)
    for own in declaration.operations.values():
        found |= _input(own, name)
    return {key: bounded(value) for key, value in found.items()}


def _input(own: OwnOperation, name: str) -> dict[str, Schema]:
    """The schemas of what an operation of the application's own takes."""
    if own.shape is None:
        return {}
    schema = shape_schema(own.shape, f"#/components/schemas/{name}.{own.name}.{{model}}")
    nested = {f"{name}.{own.name}.{key}": value for key, value in schema.pop("$defs", {}).items()}
    return {f"{name}.{own.name}": _content(schema), **nested}


def shared_schemas() -> dict[str, Schema]:
    """The schemas that all share. Their names have a hyphen, so that they collide with no resource."""
    return {
        "problem-details": _problem(),
        "any-object": {"type": "object", "description": "A description of the API."},
    }


def referred_to(schemas: dict[str, Schema], *roots: Any) -> dict[str, Schema]:
    """Those of the schemas that something refers to, itself or through others."""
    found: set[str] = set()
    waiting = [json.dumps(roots)]
    while waiting:
        new = set(REFERENCE.findall(waiting.pop())) - found
        found |= new
        waiting += [json.dumps(schemas[name]) for name in new]
    return {name: schema for name, schema in schemas.items() if name in found}


def bounded(schema: Any) -> Any:
    """The schema with the limits that hold for all content: integers of 64 bits, sizes of texts and lists."""
    if isinstance(schema, list):
        return [bounded(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: value if key in {"default", "enum", "const"} else bounded(value) for key, value in schema.items()}
    return _limits(found) | found


def _limits(schema: Schema) -> Schema:
    match schema.get("type"):
        case "integer":
            return {"format": "int64", "minimum": -MAX_INTEGER - 1, "maximum": MAX_INTEGER}
        case "number":
            return {"format": "double"}
        case "string" if "enum" not in schema and "const" not in schema:
            bound = {"maxLength": MAX_LENGTHS.get(schema.get("format", ""), MAX_TEXT)}
            return bound if "format" in schema else {**bound, "pattern": WITHOUT_NUL}
        case "array":
            return {"maxItems": MAX_ITEMS}
    return {}


def _content(schema: Schema) -> Schema:
    return {key: value for key, value in schema.items() if key not in {"$defs", "title"}}


def _problem() -> Schema:
    """A refusal (RFC 9457, section 3)."""
    place = {
        "pointer": SENTENCE,
        "detail": SENTENCE,
        "code": {"type": "string", "pattern": WITHOUT_NUL, "maxLength": 256},
    }
    status = {"type": "integer", "format": "int32", "minimum": 400, "maximum": 599}
    errors = {"type": "object", "properties": place, "required": list(place)}
    named = {"propertyPath": place["pointer"], "message": place["detail"]}
    violation = {"type": "object", "properties": named, "required": list(named)}
    own: Schema = {
        "type": URL,
        "title": SENTENCE,
        "status": status,
        "detail": SENTENCE,
        "instance": {"type": "string", "format": "uri-reference", "maxLength": 4096},
        "errors": {"type": "array", "items": errors, "maxItems": MAX_ERRORS},
        "violations": {"type": "array", "items": violation, "maxItems": MAX_ERRORS},
    }
    required = ["type", "title", "status", "detail"]
    return {
        "type": "object",
        "description": _problem.__doc__,
        "properties": LINKED | own,
        "required": required,
    }
