"""The schemas that OpenAPI operations refer to: the shapes of each resource, and those that all share."""

from __future__ import annotations

from typing import Any

from ..http.limits import MAX_INTEGER, MAX_ITEMS, MAX_LIMIT, MAX_TEXT
from ..model.resource import Declaration
from .patching import patching
from .responses import reference
from .schema import Schema, creating, merging, replacing, representing

MAX_ERRORS = 20
URL: Schema = {"type": "string", "format": "uri", "maxLength": 4096}
WITHOUT_NUL = r"^[^\x00]*$"
SENTENCE: Schema = {"type": "string", "pattern": WITHOUT_NUL, "maxLength": 4096}
COUNT: Schema = {"type": "integer", "format": "int64", "minimum": 0, "maximum": MAX_INTEGER}
# The most characters that a text of a format has.
MAX_LENGTHS = {"date": 10, "date-time": 64, "uuid": 36, "decimal": 400, "uri": 4096, "iri": 4096}
# What JSON-LD brings with it in any object.
LINKED: Schema = {"@context": URL, "@id": URL, "@type": {"type": "string", "pattern": WITHOUT_NUL, "maxLength": 256}}


def resource_schemas(declaration: Declaration) -> dict[str, Schema]:
    """The schemas of one resource by name: item, collection, contents and nested objects.

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
        f"{name}.jsonld": _linked(name, name),
        f"{name}.collection": _collection(declaration),
        f"{name}.collection.jsonld": _linked_collection(name),
        **nested,
    }
    if not declaration.rules.keys().isdisjoint({"create", "update"}):
        whole = {"required": required, "description": "Every member that has a value."}
        found[f"{name}.whole"] = {**reference(name), **whole}
        found[f"{name}.whole.jsonld"] = _linked(f"{name}.whole", name)
        found[f"{name}.replacing"] = _content(replacing(declaration, refs))
    if "create" in declaration.rules:
        found[f"{name}.creating"] = _content(creating(declaration, refs))
    if "update" in declaration.rules:
        found[f"{name}.patching"] = patching(declaration, refs)
        found[f"{name}.merging"] = _content(merging(declaration, refs))
    return {key: bounded(value) for key, value in found.items()}


def shared_schemas(declarations: tuple[Declaration, ...]) -> dict[str, Schema]:
    """The schemas that all share. Their names have a hyphen, so that they collide with no resource."""
    return {
        "problem-details": _problem(),
        "entry-point": {
            "type": "object",
            "description": "A link to each resource.",
            "additionalProperties": URL,
        },
        "entry-point.jsonld": {"type": "object", "properties": LINKED, "additionalProperties": URL},
        "any-object": {"type": "object", "description": "A description of the API."},
        **({"hydra-operation": _operation()} if declarations else {}),
    }


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


def _linked(schema: str, name: str) -> Schema:
    operations = {"type": "array", "items": reference("hydra-operation")}
    own = LINKED | {"@type": {"const": name}, "operation": operations}
    return {"allOf": [reference(schema), {"type": "object", "properties": own, "required": ["@id", "@type"]}]}


def _collection(declaration: Declaration) -> Schema:
    members = {"type": "array", "items": reference(declaration.name), "maxItems": MAX_LIMIT}
    return {"type": "object", "properties": {declaration.slug: members}, "required": [declaration.slug]}


def _linked_collection(name: str) -> Schema:
    own: Schema = {
        "@type": {"const": "Collection"},
        "totalItems": COUNT,
        "member": {"type": "array", "items": reference(f"{name}.jsonld"), "maxItems": MAX_LIMIT},
        "view": {"type": "object", "properties": {"@id": URL, "first": URL, "previous": URL, "next": URL}},
        "search": {"type": "object", "properties": {"template": SENTENCE}},
        "operation": {"type": "array", "items": reference("hydra-operation")},
    }
    return {"type": "object", "properties": LINKED | own, "required": ["@id", "@type", "member"]}


def _operation() -> Schema:
    return {
        "type": "object",
        "description": "Something that the caller may do now (Hydra).",
        "properties": {
            "method": {"type": "string", "pattern": "^[A-Z]+$", "maxLength": 16},
            "title": SENTENCE,
            "returns": SENTENCE,
        },
        "required": ["method"],
    }


def _problem() -> Schema:
    """A refusal (RFC 9457, section 3)."""
    place = {
        "pointer": SENTENCE,
        "detail": SENTENCE,
        "code": {"type": "string", "pattern": WITHOUT_NUL, "maxLength": 256},
    }
    status = {"type": "integer", "format": "int32", "minimum": 400, "maximum": 599}
    errors = {"type": "object", "properties": place, "required": list(place)}
    own: Schema = {
        "type": URL,
        "title": SENTENCE,
        "status": status,
        "detail": SENTENCE,
        "instance": {"type": "string", "format": "uri-reference", "maxLength": 4096},
        "errors": {"type": "array", "items": errors, "maxItems": MAX_ERRORS},
    }
    linked = LINKED | {"@type": {"const": "Error"}}
    required = ["type", "title", "status", "detail"]
    return {
        "type": "object",
        "description": _problem.__doc__,
        "properties": linked | own,
        "required": required,
    }
