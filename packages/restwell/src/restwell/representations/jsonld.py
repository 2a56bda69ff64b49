"""`application/ld+json`: JSON-LD 1.1 with Hydra. Contexts are served by `descriptions/context.py`."""

from __future__ import annotations

from typing import Any

import orjson

from ..data.filters import CONTROLS
from ..data.platform import PAGING, order_names
from ..http.keeping import kept
from ..http.limits import MAX_LIMIT
from ..http.media_types import JSON_LD
from ..http.messages import Headers
from ..model.resource import Declaration
from ..model.written import WITHOUT_NUL
from ..surface.addresses import collection_url, context_url, vocabulary_url
from ..surface.affordances import Operation, Operations
from ..surface.documents import Document, Entry, Item, Page
from ..surface.me import Me
from ..surface.references import References
from ..surface.schema import COUNT, SENTENCE, URL, Parts, Schema, reference
from ..surface.site import member_iri, search_template, searched
from .json import dump, me_members, me_schema

PAGES = {"prev": "previous"}
"""What Hydra calls a page otherwise than the registry of link relations."""


LINKED: Schema = {"@context": URL, "@id": URL, "@type": {"type": "string", "pattern": WITHOUT_NUL, "maxLength": 256}}
"""What JSON-LD brings with it in any object."""


class JsonLd:
    """Linked data that says what may be done with it."""

    media_type = JSON_LD
    content_type = JSON_LD
    suffix = ".jsonld"
    headers: Headers = ()
    links_inside = False
    shows_total = True
    in_full = True
    documents = (Item, Page, Entry, Me)

    def write(self, document: Document) -> bytes:
        """A node with its context; controls as Hydra operations."""
        if isinstance(document, Item):
            return _item(document)
        if isinstance(document, Page):
            return dump(_page(document))
        if isinstance(document, Entry):
            return dump(_entry(document))
        if isinstance(document, Me):
            own = {"@context": context_url(document.base, "Me"), "@id": document.url, "@type": "Me"}
            return dump(own | me_members(document))
        return document.content.text

    def schema(self, document: type[Document], parts: Parts | None) -> Schema:
        """An item is a node with its members; a page has such nodes; the entry point links to each collection."""
        if document is Page and parts is not None:
            return _page_schema(parts)
        if document is Item and parts is not None:
            operations = {"type": "array", "items": reference("hydra-operation")}
            own = LINKED | {"@type": {"const": parts.declaration.name}, "operation": operations}
            return {"allOf": [parts.linked, {"type": "object", "properties": own, "required": ["@id", "@type"]}]}
        if document is Me:
            own = {"properties": LINKED | {"@type": {"const": "Me"}}, "required": ["@id", "@type"]}
            return {"allOf": [me_schema(), {"type": "object", **own}]}
        return {"type": "object", "properties": LINKED, "additionalProperties": URL}

    def definitions(self) -> dict[str, Schema]:
        """What an operation is."""
        return {"hydra-operation": _operation_schema()}


def operation_key(declaration: Declaration) -> str:
    """The name of the member with the operations; a field of that name keeps it for itself."""
    return "hydra:operation" if "operation" in declaration.names else "operation"


def _item(document: Item) -> bytes:
    declaration = document.declaration
    first, between, last, refers = _around(document.base, declaration, document.operations)
    node = document.members() | document.references() if refers else document.members()
    members = dump(node)[1:-1]
    url = document.url.encode()
    if declaration.operations:
        own = dump(_own(document.base, declaration, document.operations, document.url))[1:-1]
        last = (b"," + own + last) if own else last
    return b"".join((first, url, between, b"," if members else b"", members, last))


@kept(512 * 1024)
def _around(base: str, declaration: Declaration, which: Operations) -> tuple[bytes, bytes, bytes, bool]:
    """What stands before the URL of an item, between that and its members, and behind them: JSON, written once.

    And whether members refer to other items.
    """
    refers = bool(declaration.compiled[References])
    first = b'{"@context":' + orjson.dumps(context_url(base, declaration.name)) + b',"@id":"'
    between = b'","@type":' + orjson.dumps(declaration.name)
    if not which:
        return first, between, b"}", refers
    key = orjson.dumps(operation_key(declaration))
    return first, between, b"," + key + b":" + _operations(base, declaration, which) + b"}", refers


def _page(document: Page) -> dict[str, Any]:
    declaration, base = document.declaration, document.base
    node: dict[str, Any] = {
        "@context": context_url(base, declaration.name),
        "@id": document.url,
        "@type": "Collection",
    }
    if document.total is not None:
        node["totalItems"] = document.total
    node["member"] = _members(document)
    node["view"] = _partial(document)
    node["search"] = search(base, declaration)
    if document.operations:
        node["operation"] = operations(base, declaration, document.operations)
    return node


def _members(document: Page) -> list[dict[str, Any]]:
    declaration = document.declaration
    members = document.linked_members()
    for name, urls in document.references().items():
        for each, url in zip(members, urls, strict=True):
            if url is not None:
                each[name] = url
    if document.item_operations or document.by_row:
        key = operation_key(declaration)
        last, shown = None, None
        for each, which in zip(members, document.operations_by_row, strict=True):
            if which is not last:  # as it is for one row only, where all have the same
                last, shown = which, operations(document.base, declaration, which)
            if which:
                each[key] = shown
        if declaration.operations:
            for each, which in zip(members, document.operations_by_row, strict=True):
                each.update(_own(document.base, declaration, which, each["@id"]))
    return members


def _own(base: str, declaration: Declaration, which: Operations, url: str) -> dict[str, Any]:
    """The operations of the application's own on an item: a node for each, to which it is linked by their name."""
    return {
        each.path: {"@id": f"{url}/{each.path}", "operation": [_operation(base, declaration, each)]}
        for each in which.own
    }


def _partial(document: Page) -> dict[str, Any]:
    pages = {PAGES.get(relation, relation): url for relation, url in document.neighbours}
    return {"@id": document.address, "@type": "PartialCollectionView", **pages}


def _entry(document: Entry) -> dict[str, Any]:
    node = {"@context": context_url(document.base, "Entrypoint"), "@id": f"{document.base}/", "@type": "Entrypoint"}
    return node | {
        declaration.slug: collection_url(document.base, declaration) for declaration in document.collections
    }


def operations(base: str, declaration: Declaration, which: Operations) -> orjson.Fragment:
    """Hydra operations, written once for each set of them."""
    return orjson.Fragment(_operations(base, declaration, which))


@kept(512 * 1024)
def _operations(base: str, declaration: Declaration, which: Operations) -> bytes:
    return orjson.dumps([_operation(base, declaration, each) for each in which if not each.path])


def _operation(base: str, declaration: Declaration, operation: Operation) -> dict[str, Any]:
    thing = vocabulary_url(base, declaration.name)
    node: dict[str, Any] = {
        "@type": ["Operation", f"schema:{operation.action}"] if operation.action else "Operation",
        "method": operation.method,
        "title": operation.title,
    }
    if operation.accepts:
        node["expects"] = f"{thing}/{operation.path}/input" if operation.path else thing
    node["returns"] = {"collection": "hydra:Collection", "nothing": "owl:Nothing", "item": thing}[operation.result]
    if operation.conditional:
        node["expectsHeader"] = [{"@type": "HeaderSpecification", "headerName": "If-Match"}]
    return node


def search(base: str, declaration: Declaration) -> orjson.Fragment:
    """How to ask for a part of the collection, as a URI template, and what its variables mean."""
    return orjson.Fragment(_search(base, declaration))


@kept(1024 * 1024)
def _search(base: str, declaration: Declaration) -> bytes:
    mapping: list[dict[str, Any]] = [
        {"@type": "IriTemplateMapping", "variable": name, "required": False} for name in CONTROLS
    ]
    for spec in declaration.fields:
        iri = member_iri(base, declaration, spec)
        mapping += [
            {"@type": "IriTemplateMapping", "variable": name, "property": iri, "required": False}
            for name in searched(spec)
        ]
    mapping += [{"@type": "IriTemplateMapping", "variable": name, "required": False} for name in PAGING]
    # As clients of API Platform look for them, which know the name of the parameter and not how a template has it.
    mapping += [
        {
            "@type": "IriTemplateMapping",
            "variable": name,
            "property": member_iri(base, declaration, declaration.specs[fields[0]]),
            "required": False,
        }
        for name, fields in order_names(declaration).items()
    ]
    node = {
        "@type": "IriTemplate",
        "template": search_template(base, declaration),
        "variableRepresentation": "BasicRepresentation",
        "mapping": mapping,
    }
    return orjson.dumps(node)


def _page_schema(parts: Parts) -> Schema:
    own: Schema = {
        "@type": {"const": "Collection"},
        "totalItems": COUNT,
        "member": {"type": "array", "items": parts.item, "maxItems": MAX_LIMIT},
        "view": {
            "type": "object",
            "properties": {"@id": URL, "first": URL, "previous": URL, "next": URL, "last": URL},
        },
        "search": {"type": "object", "properties": {"template": SENTENCE}},
        "operation": {"type": "array", "items": reference("hydra-operation")},
    }
    return {"type": "object", "properties": LINKED | own, "required": ["@id", "@type", "member"]}


def _operation_schema() -> Schema:
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
