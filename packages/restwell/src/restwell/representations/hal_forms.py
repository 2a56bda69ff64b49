"""`application/prs.hal-forms+json`: HAL with a form for each operation that is open to the caller.

`_templates` has every operation of what is represented but reading it, which is following a link: the first of them
under `default`, the others by their names (https://rwcbook.github.io/hal-forms/). The items of a page have their
forms in their own representations. Content is plain JSON, a change a merge patch in it (RFC 7396).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from ..http.limits import MAX_ITEMS
from ..http.media_types import JSON
from ..http.messages import Headers
from ..model.kinds import KINDS
from ..surface.affordances import Operation, Operations
from ..surface.documents import Document, Entry, Item, Page, reader_of
from ..surface.inputs import Input
from ..surface.schema import SENTENCE, URL, Parts, Schema, reference
from .hal import Node, link_definitions, node, node_schema
from .json import dump

METHODS = ["POST", "PUT", "PATCH", "DELETE"]
# A pattern that is found nowhere but from end to end of a text: nothing but one group, or no alternatives at all.
_WHOLE = re.compile(r"\^(?:[^|()]*|\(\?:[^()]*\))(?<!\\)\$")


class HalForms:
    """HAL, with what the caller may do."""

    media_type = "application/prs.hal-forms+json"
    content_type = "application/prs.hal-forms+json"
    suffix = ".hal-forms"
    headers: Headers = ()
    links_inside = True
    shows_total = True
    documents: tuple[type[Document], ...] = (Item, Page, Entry)

    def write(self, document: Document) -> bytes:
        """An object with `_links` and `_templates`."""
        return dump({**node(document), "_templates": _templates(document)})

    def schema(self, document: type[Document], parts: Parts | None) -> Schema:
        """That of HAL, with forms."""
        own: Schema = {"type": "object", "properties": {"_templates": reference("hal-forms-templates")}}
        return {"allOf": [node_schema(document, parts), own | {"required": ["_templates"]}]}

    def definitions(self) -> dict[str, Schema]:
        """What links and forms are."""
        return {**link_definitions(), "hal-forms-templates": _definition()}


def _templates(document: Document) -> Node:
    if isinstance(document, Item):
        return _of_item(document)
    if isinstance(document, Page):
        target = {} if document.url == document.address else {"target": document.url}
        return {key: {**form, **target} for key, form in forms(document.operations).items()}
    return {}


def _of_item(document: Item) -> Node:
    """The forms of an item, filled in with its values, whichever of them were asked for."""
    found = forms(document.operations)
    if not found:
        return {}
    members = reader_of(document.declaration, None)(document.row)
    return {key: {**form, "properties": [_filled(each, members) for each in form["properties"]]}
            for key, form in found.items()}  # fmt: skip


def _filled(field: Node, members: Node) -> Node:
    value = members.get(field["name"])
    return field if value is None else _with_value(field, value)


def _with_value(field: Node, value: Any) -> Node:
    """A field with its value, and with what is selected among options."""
    if "options" not in field:
        return {**field, "value": value}
    selected = value if isinstance(value, list) else [value]
    return {**field, "value": value, "options": {**field["options"], "selectedValues": selected}}


@lru_cache(1024)
def forms(operations: Operations) -> dict[str, Node]:
    """The forms of operations by their keys, without the values of an item; made once for each set of them."""
    writes = [each for each in operations if each.method != "GET"]
    return {"default" if place == 0 else each.name: _form(each) for place, each in enumerate(writes)}


def _form(operation: Operation) -> Node:
    title = f"{operation.title}: send its ETag in If-Match" if operation.conditional else operation.title
    form: Node = {"title": title, "method": operation.method}
    if operation.accepts:
        form["contentType"] = JSON
    new = operation.name == "create"
    fields = [(_field(each), each.default if new else None) for each in operation.inputs]
    form["properties"] = [field if value is None else _with_value(field, value) for field, value in fields]
    return form


def _field(each: Input) -> Node:
    """A property of a form; what is as the specification has it without being said is left out."""
    limits = {
        "prompt": each.description or None,
        "readOnly": each.read_only or None,
        "required": each.required or None,
        "type": each.kind.input,
        "regex": None if each.pattern is None else whole(each.pattern),
        "min": each.minimum,
        "max": each.maximum,
        "step": each.step,
        "minLength": each.min_length,
        "maxLength": each.max_length,
        "options": _options(each),
    }
    return {"name": each.name, **{key: value for key, value in limits.items() if value is not None}}


def _options(each: Input) -> Node | None:
    values = (True, False) if each.kind is KINDS["boolean"] else each.options
    if not values:
        return None
    inline = [value if isinstance(value, str) else {"prompt": str(value).lower(), "value": value} for value in values]
    limits = {} if each.several else {"minItems": int(each.required), "maxItems": 1}
    return {"inline": inline, **limits}


def whole(pattern: str) -> str:
    """A pattern that matches from end to end of a text, as HTML's does, where JSON Schema's is found within it."""
    return pattern if _WHOLE.fullmatch(pattern) else rf"[\s\S]*(?:{pattern})[\s\S]*"


def _definition() -> Schema:
    field = {
        "type": "object",
        "properties": {"name": SENTENCE, "required": {"type": "boolean"}, "readOnly": {"type": "boolean"}},
        "required": ["name"],
    }
    form: Schema = {
        "type": "object",
        "properties": {
            "title": SENTENCE,
            "method": {"type": "string", "enum": METHODS},
            "contentType": SENTENCE,
            "target": URL,
            "properties": {"type": "array", "items": field, "maxItems": MAX_ITEMS},
        },
        "required": ["method", "properties"],
    }
    return {
        "type": "object",
        "description": "What the caller may do now, by name.",
        "additionalProperties": form,
    }
