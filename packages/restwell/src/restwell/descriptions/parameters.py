"""The parameters of OpenAPI operations: path, query and header, with the limits that the service enforces."""

from __future__ import annotations

from typing import Any

from ..data.cursors import max_cursor
from ..data.filters import PARTIAL, filter_names, join_list
from ..data.platform import OtherName, order_names, other_names
from ..http.limits import DEFAULT_LIMIT, MAX_CHOICES, MAX_FILTER_TEXT, MAX_KEYS, MAX_LIMIT, MAX_OFFSET
from ..model.fields import FieldSpec
from ..model.kinds import KINDS, Operator
from ..model.resource import Declaration
from ..surface.schema import Schema, content_schema, without_null
from .components import bounded

# field-value of at most 8000 bytes (RFC 9110, section 5.5; the limit is ours: 8 KiB with the name). It has no type,
# because all that is written in a field is text.
FIELD_TEXT: Schema = {"pattern": "^[\\t -~\\u0080-\\u00ff]{0,8000}$"}
RANGE = r"^(?:(?!\.\.)[^\x00])*\.\.(?:(?!\.\.)[^\x00])*$"
"""Two texts with `..` between them."""
LISTED = r'^(?:[^\x00,"][^\x00,]*|"(?:[^\x00"]|"")*")?$'
"""A text in a list: as it is without a comma, or quoted."""
WORDS: dict[Operator, str] = {
    "eq": "is this",
    "ne": "is not this",
    "gt": "is greater than this",
    "gte": "is this or greater",
    "lt": "is less than this",
    "lte": "is this or less",
    "in": 'is one of these, with commas between them (`"a,b"` for a value with a comma, `""` for a `"` in it)',
    "contains": "contains this text",
    "icontains": "contains this text in any case",
    "starts": "begins with this text",
    "exists": "has a value, or with `false` has none",
}
HEADERS: dict[str, str] = {
    "If-Match": "Only if this is the current state: `*` or entity tags (RFC 9110, section 13.1.1).",
    "If-None-Match": "Only if this is not the current state: `*` or entity tags (RFC 9110, section 13.1.2).",
    "Prefer": (
        "Preferences (RFC 7240): `return=minimal` or `return=representation` when writing; `count=exact`, "
        "`count=estimated` or `count=none` for the total; `handling=lenient` to ignore unknown parameters."
    ),
}


def header_components() -> dict[str, Schema]:
    """The header parameters, which operations share."""
    return {name: _parameter("header", name, text, FIELD_TEXT) for name, text in HEADERS.items()}


def header_reference(name: str) -> Schema:
    """A reference to one of the shared header parameters."""
    return {"$ref": f"#/components/parameters/{name}"}


def required_if_match() -> Schema:
    """If-Match where a change is refused without it (RFC 6585, section 3)."""
    return _parameter("header", "If-Match", HEADERS["If-Match"], FIELD_TEXT) | {"required": True}


OF_CONTENT = frozenset(["default", "readOnly", "writeOnly"])
"""What a schema says of a member as it is sent, and not of one that is in a URI."""


def path_parameters(declaration: Declaration) -> list[Schema]:
    """The identity in the URI of an item, a parameter for each member in it."""
    properties = content_schema(declaration)["properties"]
    which = "which names it" if not declaration.parts else "which names it together with the others"
    found = []
    for spec in declaration.identifying:
        schema = bounded(
            {key: value for key, value in without_null(properties[spec.name]).items() if key not in OF_CONTENT}
        )
        text = f"The {spec.name} of the {declaration.name}, {which}."
        found.append(_parameter("path", spec.name, text, schema) | {"required": True})
    return found


def name_parameter(what: str, names: list[str]) -> Schema:
    """The name of a description in its URI."""
    return _parameter("path", "name", f"The name of the {what}.", {"type": "string", "enum": names}) | {
        "required": True
    }


def collection_parameters(declaration: Declaration) -> list[Schema]:
    """Every query parameter of a collection."""
    limit = {
        "type": "integer",
        "format": "int32",
        "minimum": 1,
        "maximum": MAX_LIMIT,
        "default": DEFAULT_LIMIT,
    }
    cursor = {"type": "string", "pattern": "^[A-Za-z0-9_-]+$", "maxLength": max_cursor(declaration)}
    return [
        _query(
            "limit", "How many items a page has at most; one that would have more than 8 MiB ends earlier.", limit
        ),
        _query("after", "The cursor of a page, out of the links of another page in the same order.", cursor),
        *_sort(declaration),
        fields_parameter(declaration),
        *(_filter(name, spec, operator) for name, (spec, operator) in filter_names(declaration).items()),
        *_of_others(declaration, limit),
    ]


def _of_others(declaration: Declaration, limit: Schema) -> list[Schema]:
    """Those that clients of API Platform send."""
    page = {"type": "integer", "format": "int32", "minimum": 1, "maximum": MAX_OFFSET, "default": 1}
    about = f"The number of the page, in place of `after`: only the first {MAX_OFFSET} items have one."
    return [
        _query("page", about, page),
        _query("itemsPerPage", "As `limit`, in place of it.", limit),
        *(_order(name, fields) for name, fields in order_names(declaration).items()),
        *(_other(each) for each in other_names(declaration).values() if each.form != "list"),  # an index has no end
    ]


def _order(name: str, fields: tuple[str, ...]) -> Schema:
    directions = {"type": "string", "enum": ["asc", "desc", "ASC", "DESC"]}
    text = f"The order, by {' and '.join(fields)}, as `sort`; the first of several counts most."
    return _query(name, text, directions)


def _other(each: OtherName) -> Schema:
    """A filter that has another name here."""
    value = _filter_value(each.field, each.operators[0])
    ours = " and ".join(f"`{each.field.name}[{operator}]`" for operator in each.operators)
    found: Schema
    if each.form == "range":
        text = {"type": "string", "pattern": RANGE, "maxLength": MAX_FILTER_TEXT * 2 + 2}
        found = _query(each.name, f"Two values with `..` between them, as {ours}.", text)
    else:
        found = _query(each.name, f"As {ours}.", value)
    return found | {"deprecated": True} if each.field.deprecated else found


def fields_parameter(declaration: Declaration) -> Schema:
    """The parameter that picks members of items."""
    names = [spec.name for spec in declaration.shown if not spec.is_of_some]
    return _listing("fields", "Only these members, with commas between them.", names, len(names))


def _sort(declaration: Declaration) -> list[Schema]:
    names = [spec.name for spec in declaration.fields if spec.sortable]
    text = "The order: names with commas between them, each once, with `-` before those in descending order."
    both = [{"allOf": [{"contains": {"const": name}}, {"contains": {"const": f"-{name}"}}]} for name in names]
    keys = [key for name in names for key in (name, f"-{name}")]
    return [_listing("sort", text, keys, min(MAX_KEYS, len(names)), {"not": {"anyOf": both}})] if names else []


def _listing(name: str, text: str, values: list[str], most: int, more: Schema | None = None) -> Schema:
    """A parameter that is some of these values, each once, with commas between them."""
    items = {"type": "string", "enum": values}
    schema = {"type": "array", "items": items, "minItems": 1, "maxItems": most, "uniqueItems": True, **(more or {})}
    return _query(name, text, schema) | {"style": "form", "explode": False}


def _filter(name: str, spec: FieldSpec, operator: Operator) -> Schema:
    schema = _filter_value(spec, operator)
    found = _query(name, f"Only items whose {spec.name} {WORDS[operator]}.", schema)
    if spec.deprecated:
        found |= {"description": f"{found['description']} {spec.description}", "deprecated": True}
    return found | {"style": "form", "explode": False} if operator == "in" else found


def _filter_value(spec: FieldSpec, operator: Operator) -> Schema:
    value = dict(spec.kind.query) if spec.kind.query is not None else _choices(spec)
    if operator == "exists":
        return dict(KINDS["boolean"].query or {})
    if operator in PARTIAL:
        return value | {"minLength": 1}
    if operator == "in":
        items = value | {"pattern": LISTED} if spec.kind.query is KINDS["text"].query else _listed(value)
        return {"type": "array", "items": items, "minItems": 1, "maxItems": MAX_CHOICES}
    return value


def _listed(value: Schema) -> Schema:
    """The schema of a value as it stands in a list: a choice with a comma is quoted."""
    if value.get("type") != "string" or "enum" not in value:
        return value
    return value | {"enum": [join_list([each]) for each in value["enum"]]}


def _choices(spec: FieldSpec) -> Schema:
    values = list(spec.choices)
    return {"enum": values} if spec.kind.number else {"enum": values, "type": "string"}


def _query(name: str, text: str, schema: Schema) -> Schema:
    return _parameter("query", name, text, schema)


def _parameter(place: str, name: str, text: str, schema: Schema) -> dict[str, Any]:
    return {"name": name, "in": place, "description": text, "schema": schema}
