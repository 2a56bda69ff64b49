"""`application/prs.hal-forms+json`: HAL with a form for each operation that is open to the caller.

`_templates` has every operation of what is represented but reading it, which is following a link: the first of them
under `default`, the others by their names (https://rwcbook.github.io/hal-forms/). The items of a page have their
forms in their own representations. Content is plain JSON, a change a merge patch in it (RFC 7396).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ..http.limits import MAX_ITEMS
from ..http.media_types import JSON
from ..http.messages import Headers
from ..surface.affordances import Operation, Operations
from ..surface.documents import Document, Entry, Item, Page
from ..surface.inputs import Input, values_of
from ..surface.me import Me
from ..surface.schema import SENTENCE, URL, Parts, Schema, reference
from .hal import Node, link_definitions, node, node_schema
from .json import dump

METHODS = ["POST", "PUT", "PATCH", "DELETE"]


class HalForms:
    """HAL, with what the caller may do."""

    media_type = "application/prs.hal-forms+json"
    content_type = "application/prs.hal-forms+json"
    suffix = ".hal-forms"
    headers: Headers = ()
    links_inside = True
    shows_total = True
    in_full = True
    documents: tuple[type[Document], ...] = (Item, Page, Entry, Me)

    def __init__(self) -> None:
        self._forms: dict[Operations, dict[str, Form]] = {}

    def write(self, document: Document) -> bytes:
        """An object with `_links` and `_templates`."""
        return dump({**node(document), "_templates": self._templates(document)})

    def schema(self, document: type[Document], parts: Parts | None) -> Schema:
        """That of HAL, with forms."""
        own: Schema = {"type": "object", "properties": {"_templates": reference("hal-forms-templates")}}
        return {"allOf": [node_schema(document, parts), own | {"required": ["_templates"]}]}

    def definitions(self) -> dict[str, Schema]:
        """What links and forms are."""
        return {**link_definitions(), "hal-forms-templates": _definition()}

    def _templates(self, document: Document) -> Node:
        if isinstance(document, Item):
            return self._of_item(document)
        if isinstance(document, Page):
            target = {} if document.url == document.address else {"target": document.url}
            return {key: _filled(form, None, target) for key, form in self.forms(document.operations).items()}
        return {}

    def _of_item(self, document: Item) -> Node:
        """The forms at an item hold its members; those of the application's own are at addresses of their own."""
        members, url = document.every_member(), document.url
        found: Node = {}
        for key, form in self.forms(document.operations).items():
            more = {"target": f"{url}/{form.path}"} if form.path else {}
            found[key] = _filled(form, None if form.path else members, more)
        return found

    def forms(self, operations: Operations) -> dict[str, Form]:
        """The forms of operations by their keys, without values; written once for each set of them."""
        found = self._forms.get(operations)
        if found is None:
            writes = [each for each in operations if each.method != "GET"]
            found = {"default" if place == 0 else each.name: _form(each) for place, each in enumerate(writes)}
            self._forms[operations] = found
        return found


class Form(NamedTuple):
    """A form without values: what it says of itself, and its fields as they are written."""

    own: Node
    inputs: tuple[Input, ...]
    fields: list[Node]
    path: str = ""


def _form(operation: Operation) -> Form:
    title = f"{operation.title}: send its ETag in If-Match" if operation.conditional else operation.title
    own: Node = {"title": title, "method": operation.method}
    if operation.accepts:
        own["contentType"] = JSON
    return Form(own, operation.inputs, [_field(each) for each in operation.inputs], operation.path)


def _filled(form: Form, members: Node | None, more: Node) -> Node:
    """A form with its values: of an item those of its members."""
    pairs = zip(form.fields, values_of(form.inputs, members), strict=True)
    fields = [field if value is None else _with_value(field, value) for field, value in pairs]
    return {**form.own, "properties": fields, **more}


def _with_value(field: Node, value: Any) -> Node:
    """A field with its value, and with what is selected among options."""
    if "options" not in field:
        return {**field, "value": value}
    selected = value if isinstance(value, list) else [value]
    return {**field, "value": value, "options": {**field["options"], "selectedValues": selected}}


def _field(each: Input) -> Node:
    """A property of a form; what is as the specification has it without being said is left out."""
    limits = {
        "prompt": each.description or None,
        "readOnly": each.read_only or None,
        "required": each.required or None,
        "type": each.kind.input,
        "regex": each.whole_pattern,
        "min": each.minimum,
        "max": each.maximum,
        "step": each.step,
        "minLength": each.min_length,
        "maxLength": each.max_length,
        "options": _options(each),
    }
    return {"name": each.name, **{key: value for key, value in limits.items() if value is not None}}


def _options(each: Input) -> Node | None:
    if not each.options:
        return None
    inline = [
        value if isinstance(value, str) else {"prompt": str(value).lower(), "value": value} for value in each.options
    ]
    limits = {} if each.several else {"minItems": int(each.required), "maxItems": 1}
    return {"inline": inline, **limits}


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
