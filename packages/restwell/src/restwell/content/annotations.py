"""Removes the controls and keywords that hypermedia clients send along with the members of a resource.

They are ignored: a remote `@context` is not fetched.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from ..http.media_types import JSON_LD, MERGE_PATCH
from ..model.fields import FieldSpec
from ..model.hints import hint_of, item_type, models_of, without_none
from ..model.naming import Naming
from ..model.nested import members_of, type_of
from ..model.operations import OwnOperation
from ..model.resource import Declaration

_ALWAYS = frozenset(["_links", "_embedded", "_templates", "id", "originId"])
_LINKED = _ALWAYS | {"operation"}


def without_annotations(declaration: Declaration, data: Any, media_type: str) -> Any:
    """The content without members that are not of the resource; a value other than an object is returned unchanged.

    Removed are JSON-LD keywords (in nested objects too, but not in free JSON), the controls of HAL, an
    undeclared `id` or `originId` as API Platform's clients send them, and in JSON-LD the controls of Hydra: those of
    an operation of the application's own are a member by its name. These clients have the URL of an item in the place
    of an `id` that is its identity, too: one that is the `@id` says nothing more.
    """
    if isinstance(data, dict) and "@id" in data and data.get("id") == data["@id"] and _is_told_by_id(declaration):
        data = {name: value for name, value in data.items() if name != "id"}
    return _without(declaration.field, data, media_type, declaration.naming, declaration.operations)


def _is_told_by_id(declaration: Declaration) -> bool:
    return any(spec.name == "id" for spec in declaration.identifying)


def input_without_annotations(operation: OwnOperation, data: Any, media_type: str) -> Any:
    """The same for what an operation of the application's own takes."""
    naming = None if operation.shape is None else operation.shape.naming
    return _without({spec.name: spec for spec in operation.fields}.get, data, media_type, naming)


def _without(
    field: Callable[[str], FieldSpec | None],
    data: Any,
    media_type: str,
    naming: Naming | None,
    operations: Container[str] = (),
) -> Any:
    if not isinstance(data, dict):
        return data
    linked = is_linked_data(data, media_type)
    ignored = _LINKED if linked else _ALWAYS
    kept = {}
    for name, value in data.items():
        spec = field(name)
        if spec is not None:
            kept[name] = _without_keywords(spec.annotation, value, naming) if spec.kind.has_parts else value
        elif not (name in ignored or name.startswith("@") or (linked and _is_of_hydra(name, operations))):
            kept[name] = value
    return kept


def _is_of_hydra(name: str, operations: Container[str]) -> bool:
    return name.startswith("hydra:") or name in operations


def is_linked_data(data: dict[str, Any], media_type: str) -> bool:
    """Whether content is JSON-LD: by its media type, or a merge patch that has an `@id`, as what was read has."""
    name = media_type.partition(";")[0].strip().lower()
    return name == JSON_LD or (name == MERGE_PATCH and "@id" in data)


def _holds_models(hint: Any) -> bool:
    """Whether values of a type may be objects of a model, or arrays of them: keywords are only looked for there."""
    return bool(models_of(hint)) or get_origin(without_none(hint)[0]) in {list, tuple}


def _without_keywords(hint: Any, value: Any, naming: Naming | None) -> Any:
    """The value of a nested model, or of an array of them, without undeclared members that begin with `@`."""
    if not isinstance(value, (dict, list)):
        return value
    inner = type_of(hint, value, naming)
    if isinstance(value, list):
        if not any(map(_holds_models, get_args(inner))):
            return value
        return [_without_keywords(item_type(inner, place), item, naming) for place, item in enumerate(value)]
    if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
        return value
    known = {name: hint_of(info) for name, info in members_of(inner, naming).items()}
    kept = {name: item for name, item in value.items() if name in known or not name.startswith("@")}
    return {name: _without_keywords(known.get(name), item, naming) for name, item in kept.items()}
