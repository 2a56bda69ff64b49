"""What hypermedia clients send along with the members of a resource, and what is left without it.

Nothing that is dropped here is ever looked at: a remote `@context` is not fetched.
"""

from __future__ import annotations

from typing import Any, get_args, get_origin

from pydantic import BaseModel

from ..model.fields import without_none
from ..model.resource import Declaration

_ALWAYS = frozenset(["_links", "_embedded", "_templates", "id", "originId"])
_LINKED = _ALWAYS | {"operation"}


def without_annotations(declaration: Declaration, data: Any, media_type: str) -> Any:
    """The content without what says nothing of the resource itself; all but an object comes back unchanged.

    Left out are JSON-LD keywords (in nested objects too, but not in free JSON), the controls of HAL, an
    undeclared `id` or `originId` as API Platform's clients send them, and in JSON-LD the controls of Hydra.
    """
    if not isinstance(data, dict):
        return data
    linked = media_type.partition(";")[0].strip().lower() == "application/ld+json"
    ignored = _LINKED if linked else _ALWAYS
    kept = {}
    for name, value in data.items():
        spec = declaration.field(name)
        if spec is not None:
            kept[name] = _without_keywords(spec.annotation, value) if spec.kind.has_parts else value
        elif not (name in ignored or name.startswith("@") or (linked and name.startswith("hydra:"))):
            kept[name] = value
    return kept


def _holds_models(annotation: Any) -> bool:
    """Whether values of a type may be objects of a model, or lists of them: keywords are only looked for there."""
    annotation = without_none(annotation)[0]
    return get_origin(annotation) is list or (isinstance(annotation, type) and issubclass(annotation, BaseModel))


def _without_keywords(annotation: Any, value: Any) -> Any:
    """The value of a nested model, or of a list of them, without undeclared members that begin with `@`."""
    if not isinstance(value, (dict, list)):
        return value
    annotation = without_none(annotation)[0]
    if isinstance(value, list) and get_origin(annotation) is list:
        [inner] = get_args(annotation)
        return [_without_keywords(inner, item) for item in value] if _holds_models(inner) else value
    if not (isinstance(value, dict) and isinstance(annotation, type) and issubclass(annotation, BaseModel)):
        return value
    known = {name: info.annotation for name, info in annotation.model_fields.items()}
    kept = {name: item for name, item in value.items() if name in known or not name.startswith("@")}
    return {name: _without_keywords(known.get(name), item) for name, item in kept.items()}
