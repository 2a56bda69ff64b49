"""The JSON Patches (RFC 6902) that a resource can take: which members they name, and with which values."""

from __future__ import annotations

from typing import Any

from ..http.limits import MAX_OPERATIONS, MAX_TEXT
from ..model.fields import FieldSpec
from ..model.resource import Declaration
from ..surface.schema import SAID, Schema, content_schema, reference, replacing, without_null

WITHIN = "(?:/(?:[^/~]|~[01])*)"  # a reference token of a JSON Pointer (RFC 6901, section 3)
POINTER: Schema = {"type": "string", "pattern": f"^{WITHIN}*$", "maxLength": MAX_TEXT}
FREE_TEXT: Schema = {"type": "string", "pattern": r"^[^\x00]*$", "maxLength": MAX_TEXT}
ANNOTATIONS = SAID


def patching(declaration: Declaration, refs: str) -> Schema:
    """A JSON Patch (RFC 6902): operations on the item, all of which are done, or none."""
    everything = content_schema(declaration, refs)["properties"]
    content = replacing(declaration, refs)
    changeable = [spec for spec in declaration.fields if spec.name in content["properties"]]
    blind = [spec for spec in declaration.write_only if spec.name in content["properties"]]
    # What the server sets or computes is put back, and the identity is, out of the URI; null stands for the rest.
    removable = [spec.name for spec in declaration.shown if spec.nullable or spec.name not in content["required"]]
    kinds = [_operation(["add", "replace", "test"], {"const": ""}, value=reference(f"{declaration.name}.replacing"))]
    for spec in declaration.shown:
        names = ["add", "replace", "test"] if spec in changeable else ["test"]
        kinds.append(_operation(names, _path(spec), value=_value(everything[spec.name])))
        kinds += [_operation(names, _within(spec), value={})] if spec.kind.has_parts else []
    kinds += [_operation(["add", "replace"], _path(spec), value=_value(everything[spec.name])) for spec in blind]
    kinds += [_operation(["remove"], {"enum": [f"/{name}" for name in removable]})] if removable else []
    kinds += [_operation(["remove"], _within(spec)) for spec in changeable if spec.kind.has_parts]
    kinds += [each for spec in changeable for each in _transfers(declaration, spec, everything, removable)]
    return {
        "type": "array",
        "description": patching.__doc__,
        "items": {"anyOf": kinds},
        "maxItems": MAX_OPERATIONS,
    }


def _transfers(
    declaration: Declaration, target: FieldSpec, schemas: dict[str, Schema], removable: list[str]
) -> list[Schema]:
    """Copying and moving to a member, from those whose values fit it; what is required cannot be moved away."""
    if target.kind.has_parts:
        return [_operation(["copy", "move"], path, **{"from": POINTER}) for path in (_path(target), _within(target))]
    sources = [spec.name for spec in declaration.shown if _fits(spec, target, schemas)]
    movable = [name for name in sources if name in removable or name == target.name]
    return [
        _operation([name], _path(target), **{"from": {"enum": [f"/{each}" for each in names]}})
        for name, names in {"copy": sources, "move": movable}.items()
    ]


def _fits(source: FieldSpec, target: FieldSpec, schemas: dict[str, Schema]) -> bool:
    if source.kind is not target.kind:
        return False
    wanted = without_null(_value(schemas[target.name]))
    return wanted in (FREE_TEXT, without_null(_value(schemas[source.name])))


def _value(schema: Schema) -> Schema:
    return {key: value for key, value in schema.items() if key not in ANNOTATIONS}


def _path(spec: FieldSpec) -> Schema:
    return {"const": f"/{spec.name}"}


def _within(spec: FieldSpec) -> Schema:
    return {"type": "string", "pattern": f"^/{spec.name}{WITHIN}+$", "maxLength": MAX_TEXT}


def _operation(names: list[str], path: Schema, **members: Any) -> Schema:
    return {
        "type": "object",
        "properties": {"op": {"enum": names}, "path": path, **members},
        "required": ["op", "path", *members],
    }
