"""JSON Schema 2020-12 of a resource: what a client may send, and the shapes that follow from it.

`schema_document` is what `/schemas/NAME` serves. The others are parts of `openapi.py`: they refer to the
schemas of nested objects by a template with `{model}` in it, and leave these under `$defs`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from ..http.limits import MAX_INTEGER
from ..model.durations import DURATION_PATTERN
from ..model.fields import FieldSpec
from ..model.kinds import TIME_PATTERN
from ..model.nodes import TAG
from ..model.resource import Declaration
from ..model.shapes import Shape
from ..model.structures import TAGGED
from ..model.written import WITHOUT_NUL, decimal_pattern, url_pattern
from .addresses import schema_url
from .aliases import without_aliases
from .references import References

DIALECT = "https://json-schema.org/draft/2020-12/schema"
LOCAL = "#/$defs/{model}"
SAID = frozenset(["description", "readOnly", "writeOnly", "default", "deprecated"])
"""What a schema says of a member, whatever its values are."""
NULL = {"type": "null"}

Schema = dict[str, Any]

URL: Schema = {"type": "string", "format": "uri", "maxLength": 4096}
SENTENCE: Schema = {"type": "string", "pattern": WITHOUT_NUL, "maxLength": 4096}
NODE: Schema = {"type": "object", "properties": {"@id": URL}, "required": ["@id"]}
COUNT: Schema = {"type": "integer", "format": "int64", "minimum": 0, "maximum": MAX_INTEGER}


class Parts(NamedTuple):
    """What the schema of a representation of a resource is made of, by reference.

    `members` is an item in plain data, `linked` the same with the URLs of the items that members refer to, `item` an
    item in the format whose schema this is.
    """

    declaration: Declaration
    members: Schema
    linked: Schema
    item: Schema


def reference(name: str) -> Schema:
    """A reference to a schema among the components of OpenAPI."""
    return {"$ref": f"#/components/schemas/{name}"}


class _Plain(GenerateJsonSchema):
    """Pydantic's schemas, without titles made up from names, and with what it knows of decimals and URLs.

    It takes `https://münchen.example/` and makes a URI of it, so what may be sent is an IRI (RFC 3987). Defaults and
    examples have the names of HTTP, as those of `shape` have.
    """

    shape: Shape

    def generate_inner(self, schema: Any) -> JsonSchemaValue:
        found = super().generate_inner(schema)
        metadata = schema.get("metadata", {})
        own = {**(metadata.get("pydantic_js_updates") or {}), **(metadata.get("pydantic_js_extra") or {})}
        if "examples" in own and isinstance(found.get("examples"), list):
            node = schema["schema"] if schema["type"] == "model-field" else schema
            found["examples"] = _renamed(self.shape, node, found["examples"])
        return found

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        found, node = super().default_schema(schema), dict(schema["schema"])
        if isinstance(found.get("default"), (dict, list)) and self.shape.renaming(node) is not None:
            found["default"] = self.shape.in_json(node, schema["default"])
        return found

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic passes it
        return False

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> JsonSchemaValue:
        found = super().decimal_schema(schema)
        for branch in found.get("anyOf", [found]):
            if branch.get("type") == "string":
                branch |= {
                    "format": "decimal",
                    "pattern": decimal_pattern(schema.get("max_digits"), schema.get("decimal_places")),
                }
        return found

    def time_schema(self, schema: core_schema.TimeSchema) -> JsonSchemaValue:
        return {**super().time_schema(schema), "format": "time-local", "pattern": TIME_PATTERN}

    def timedelta_schema(self, schema: core_schema.TimedeltaSchema) -> JsonSchemaValue:  # noqa: ARG002 - as pydantic calls it
        return {"type": "string", "format": "duration", "pattern": DURATION_PATTERN}

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> JsonSchemaValue:
        """As OpenAPI has it, with the member that tells the objects apart, which is required in each."""
        name = schema["metadata"][TAG]
        choices = {str(branch).removeprefix(TAGGED): each for branch, each in schema["choices"].items()}
        found = super().tagged_union_schema({**schema, "discriminator": name, "choices": choices})
        return {**found, "required": [name]}

    def uuid_schema(self, schema: core_schema.UuidSchema) -> JsonSchemaValue:
        found = super().uuid_schema(schema)
        version = schema.get("version")
        if version is None:
            return found
        # No format of JSON Schema names a version: it is the first digit of the third group (RFC 9562, section 4.2).
        return {**found, "format": "uuid", "pattern": f"^[0-9a-fA-F]{{8}}-[0-9a-fA-F]{{4}}-{version}"}

    def url_schema(self, schema: core_schema.UrlSchema) -> JsonSchemaValue:
        found = {**super().url_schema(schema), "format": "iri"}
        schemes = schema.get("allowed_schemes")
        return {**found, "pattern": url_pattern(schemes)} if schemes else found


def _renamed(shape: Shape, node: Any, examples: Any) -> Any:
    """Examples of a member, by what is within it over HTTP; they may be written so, or by attributes."""
    renaming = shape.renaming(node)
    return examples if renaming is None else list(map(renaming.to_http, examples))


def shape_schema(shape: Shape, refs: str = LOCAL) -> Schema:
    """What a shape validates, as it is."""
    generator = _Plain(ref_template=refs)
    generator.shape = shape
    schema = without_aliases(generator.generate(shape.described, mode="validation"), refs)
    if "$ref" in schema:
        schema = {**schema["$defs"].pop(schema["$ref"].rpartition("/")[2]), "$defs": schema["$defs"]}
    return schema


def content_schema(declaration: Declaration, refs: str = LOCAL) -> Schema:
    """What content is validated by. Read-only members are marked, and refused when they are sent changed."""
    shape = declaration.shape
    schema = shape_schema(shape, refs)
    specs = {spec.name: spec for spec in (*declaration.sent, *declaration.shown)}
    properties = {name: _marked(spec, schema["properties"][name]) for name, spec in specs.items()}
    for spec in declaration.computed:
        name, info = spec.name, declaration.content.model_computed_fields[spec.attribute]
        examples = info.examples and _renamed(shape, shape.computed[spec.attribute], info.examples)
        notes = {"title": info.title, "description": info.description, "examples": examples}
        properties[name] |= {key: note for key, note in notes.items() if note is not None}
        properties[name] |= info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    for name, spec in specs.items():
        properties[name] |= {"description": spec.description, "deprecated": True} if spec.deprecated else {}
    for name in shape.defaults.keys() & properties.keys():
        properties[name]["default"] = shape.defaults[name]
    for spec in declaration.write_only:  # its default is the value of each item that was made without one
        properties[spec.name] = {**properties[spec.name], "writeOnly": True}
        properties[spec.name].pop("default", None)
    made = declaration.makes
    if made is not None:  # null is what it is before it is made, which nobody sees
        properties[made.name] = {k: v for k, v in without_null(properties[made.name]).items() if k != "default"}
    for name, target in declaration.compiled[References].items():
        said = properties[name].get("description", "")
        properties[name] |= {"description": f"{said} Refers to an item of {target.path}.".lstrip()}
    schema["properties"] = properties
    schema["required"] = [spec.name for spec in declaration.fields if spec.required]
    schema["$defs"] = {key: _nested(key, value) for key, value in _used(schema, refs).items()}
    return schema | {"title": declaration.name, "description": declaration.description}


def _used(schema: Schema, refs: str) -> dict[str, Schema]:
    """The schemas of nested objects that the properties refer to, directly or through one another."""
    every, used = schema.get("$defs", {}), dict[str, Schema]()
    texts = [repr(schema["properties"])]
    while texts:
        text = texts.pop()
        for key, nested in every.items():
            if key not in used and repr(refs.format(model=key)) in text:
                used[key] = nested
                texts.append(repr(nested))
    return {key: used[key] for key in every if key in used}


def schema_document(declaration: Declaration, base: str) -> Schema:
    """The JSON Schema of a resource as it is served."""
    return {"$schema": DIALECT, "$id": schema_url(base, declaration), **content_schema(declaration)}


def creating(declaration: Declaration, refs: str = LOCAL) -> Schema:
    """The content of a POST: everything but the read-only members."""
    schema = content_schema(declaration, refs)
    schema["required"] = [spec.name for spec in declaration.sent if spec.required]
    return _only(schema, [spec.name for spec in declaration.sent if not spec.marks.read_only])


def replacing(declaration: Declaration, refs: str = LOCAL) -> Schema:
    """The content of a PUT: the URI names the identity, so it is left out, or may be where it can be another one.

    What nobody sees stays as it is.
    """
    found, staying = _only(creating(declaration, refs), _changeable(declaration)), set(declaration.renameable)
    if "update" in declaration.rules:
        staying |= {spec.name for spec in declaration.write_only}
    if staying:
        found["required"] = [name for name in found.get("required", []) if name not in staying]
    return found


def merging(declaration: Declaration, refs: str = LOCAL) -> Schema:
    """A merge patch: any members; null takes one that cannot be null back to its default (RFC 7396)."""
    schema = replacing(declaration, refs)
    defaults = declaration.shape.defaults
    required = {*schema.pop("required", []), *declaration.renameable}
    required |= {spec.name for spec in declaration.write_only if not spec.nullable and spec.name not in defaults}
    for name, value in schema["properties"].items():
        value.pop("default", None)
        if name not in required:
            schema["properties"][name] = _with_null(value)
    return schema


def representing(declaration: Declaration, refs: str = LOCAL) -> Schema:
    """An item as it is shown. What is left out is not required: null, where absence says that, or what is of some."""
    schema = content_schema(declaration, refs)
    shown = {spec.name: _shown(spec, schema["properties"][spec.name]) for spec in declaration.shown}
    always = [spec.name for spec in declaration.shown if not (spec.absent_is_null or spec.is_of_some)]
    return schema | {"properties": shown, "required": always}


def linked(declaration: Declaration, schema: Schema, *, taken: bool = False) -> Schema:
    """A schema of an item, or of content, with URLs where members refer to items.

    Content that is `taken` may have either, and the URL as JSON-LD writes it at length; of what is shown the URL is.
    """
    properties = dict(schema["properties"])
    for name in declaration.compiled[References].keys() & properties.keys():
        plain = properties[name]
        said = {key: value for key, value in plain.items() if key in SAID}
        plain = {key: value for key, value in plain.items() if key not in said}
        either = plain["anyOf"] if set(plain) == {"anyOf"} else [plain]
        branches = [*either, URL, NODE] if taken else [URL, *([NULL] if NULL in either else [])]
        properties[name] = (branches[0] if len(branches) == 1 else {"anyOf": branches}) | said
    return schema | {"properties": properties}


def without_null(schema: Schema) -> Schema:
    """The schema of what a value is when it is not null."""
    branches = schema.get("anyOf", [])
    if NULL not in branches:
        return schema
    rest = [branch for branch in branches if branch != NULL]
    outer = {key: value for key, value in schema.items() if key != "anyOf"}
    return {**rest[0], **outer} if len(rest) == 1 else {"anyOf": rest, **outer}


def _changeable(declaration: Declaration) -> list[str]:
    return [
        spec.name
        for spec in declaration.sent
        if not spec.marks.read_only and (not spec.marks.identity or spec.name in declaration.renameable)
    ]


def _only(schema: Schema, names: list[str]) -> Schema:
    properties = {name: schema["properties"][name] for name in names}
    required = [name for name in schema.get("required", []) if name in names]
    return {**schema, "properties": properties, "required": required}


def _shown(spec: FieldSpec, schema: Schema) -> Schema:
    shown = {key: value for key, value in without_null(schema).items() if key != "default"}
    if spec.kind.shown is not None:
        text: Schema = next((branch for branch in shown.pop("anyOf", []) if branch.get("type") == "string"), {})
        shown = {**text, **shown, **spec.kind.shown}
    return _with_null(shown) if spec.nullable and not spec.absent_is_null else shown


def _with_null(schema: Schema) -> Schema:
    if not schema or NULL in schema.get("anyOf", []):
        return schema
    said = {key: value for key, value in schema.items() if key in SAID}
    inner = {key: value for key, value in schema.items() if key not in SAID}
    return {"anyOf": [*inner["anyOf"], NULL] if set(inner) == {"anyOf"} else [inner, NULL], **said}


def _marked(spec: FieldSpec, schema: Schema) -> Schema:
    if {} in schema.get("anyOf", []):  # anything, or null, is anything
        schema = {key: value for key, value in schema.items() if key != "anyOf"}
    return {**schema, "readOnly": True} if spec.marks.read_only else schema


def _nested(key: str, schema: Schema) -> Schema:
    """An object within content, or a choice. Objects refuse unknown members unless their model allows them."""
    strict = {"additionalProperties": False} if "properties" in schema else {}
    return strict | {name: value for name, value in schema.items() if name != "title" or value != key}
