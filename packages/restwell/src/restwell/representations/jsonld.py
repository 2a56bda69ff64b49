"""`application/ld+json`: JSON-LD 1.1 with Hydra. Contexts are served by `descriptions/context.py`."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import orjson

from ..data.filters import CONTROLS, OPERATORS, RESERVED
from ..http.keeping import kept
from ..http.messages import Headers
from ..model.fields import FieldSpec
from ..model.resource import Declaration, expand_iri
from ..surface.addresses import collection_url, context_url, vocabulary_url
from ..surface.affordances import Operation, Operations, result_of
from ..surface.documents import Document, Entry, Item, Page
from .json import dump

PAGES = {"prev": "previous"}
"""What Hydra calls a page otherwise than the registry of link relations."""


class JsonLd:
    """Linked data that says what may be done with it."""

    media_type = "application/ld+json"
    content_type = "application/ld+json"
    headers: Headers = ()
    links_inside = False
    shows_total = True
    views = (Item, Page, Entry)

    def write(self, view: Document) -> bytes:
        """A node with its context; controls as Hydra operations."""
        if isinstance(view, Item):
            return dump(_item(view))
        if isinstance(view, Page):
            return dump(_page(view))
        if isinstance(view, Entry):
            return dump(_entry(view))
        return view.document.text


def operation_key(declaration: Declaration) -> str:
    """The name of the member with the operations; a field of that name keeps it for itself."""
    return "hydra:operation" if any(spec.name == "operation" for spec in declaration.shown) else "operation"


def _item(view: Item) -> dict[str, Any]:
    declaration = view.declaration
    node: dict[str, Any] = {"@context": context_url(view.base, declaration.name), "@id": view.url}
    node |= {"@type": declaration.name, **view.members()}
    if view.operations:
        node[operation_key(declaration)] = operations(view.base, declaration, view.operations)
    return node


def _page(view: Page) -> dict[str, Any]:
    declaration, base = view.declaration, view.base
    node: dict[str, Any] = {
        "@context": context_url(base, declaration.name),
        "@id": view.url,
        "@type": "Collection",
    }
    if view.total is not None:
        node["totalItems"] = view.total
    node["member"] = _members(view)
    node["view"] = _partial(view)
    node["search"] = search(base, declaration)
    if view.operations:
        node["operation"] = operations(base, declaration, view.operations)
    return node


def _members(view: Page) -> list[dict[str, Any]]:
    declaration = view.declaration
    members = view.linked_members()
    if view.item_operations:
        key = operation_key(declaration)
        open_operations = operations(view.base, declaration, view.item_operations)
        for each in members:
            each[key] = open_operations
    return members


def _partial(view: Page) -> dict[str, Any]:
    pages = {PAGES.get(relation, relation): url for relation, url in view.neighbours}
    return {"@id": view.address, "@type": "PartialCollectionView", **pages}


def _entry(view: Entry) -> dict[str, Any]:
    node = {"@context": context_url(view.base, "Entrypoint"), "@id": f"{view.base}/", "@type": "Entrypoint"}
    return node | {declaration.slug: collection_url(view.base, declaration) for declaration in view.collections}


def operations(base: str, declaration: Declaration, which: Operations) -> orjson.Fragment:
    """Hydra operations, written once for each set of them."""
    return orjson.Fragment(_operations(base, declaration, which))


@kept(512 * 1024)
def _operations(base: str, declaration: Declaration, which: Operations) -> bytes:
    return orjson.dumps([_operation(base, declaration, operation) for operation in which])


def _operation(base: str, declaration: Declaration, operation: Operation) -> dict[str, Any]:
    thing = vocabulary_url(base, declaration.name)
    node: dict[str, Any] = {
        "@type": ["Operation", f"schema:{operation.action}"] if operation.action else "Operation",
        "method": operation.method,
        "title": operation.title,
    }
    if operation.accepts:
        node["expects"] = thing
    result = result_of(declaration, operation)
    node["returns"] = {"collection": "hydra:Collection", "nothing": "owl:Nothing", "item": thing}[result]
    if operation.conditional:
        node["expectsHeader"] = [{"@type": "HeaderSpecification", "headerName": "If-Match"}]
    return node


def search(base: str, declaration: Declaration) -> orjson.Fragment:
    """How to ask for a part of the collection, as a URI template (RFC 6570).

    It has the controls, each field by its value, and each text by a part of it in any case; OpenAPI has every
    operator.
    """
    return orjson.Fragment(_search(base, declaration))


@kept(1024 * 1024)
def _search(base: str, declaration: Declaration) -> bytes:
    mapping: list[dict[str, Any]] = [
        {"@type": "IriTemplateMapping", "variable": name, "required": False} for name in CONTROLS
    ]
    for spec in declaration.fields:
        iri = (
            expand_iri(spec.marks.iri) if spec.marks.iri else vocabulary_url(base, f"{declaration.name}/{spec.name}")
        )
        mapping += [
            {"@type": "IriTemplateMapping", "variable": name, "property": iri, "required": False}
            for name in _searched(spec)
        ]
    names = ",".join(each["variable"] for each in mapping)
    node = {
        "@type": "IriTemplate",
        "template": f"{collection_url(base, declaration)}{{?{names}}}",
        "variableRepresentation": "BasicRepresentation",
        "mapping": mapping,
    }
    return orjson.dumps(node)


def _searched(spec: FieldSpec) -> list[str]:
    """The filters of a field that the template of a collection names."""
    if not spec.filterable:
        return []
    # varchar = ALPHA / DIGIT / "_" / pct-encoded, and what is encoded stays so in the name   (RFC 6570, section 2.3)
    equal = spec.name if spec.name not in RESERVED else quote(f"{spec.name}[eq]")
    return [equal, quote(f"{spec.name}[icontains]")] if "icontains" in OPERATORS[spec.kind] else [equal]
