"""`application/hal+json`: links in `_links`, the items of a page in `_embedded` (draft-kelly-json-hal-11).

The links are those of the Link field of the plain data, each relation with one link or a list of them; the Link field
of a HAL answer has Hydra's apiDocumentation alone. Relations are those of the registry (RFC 8288), so CURIEs are not
needed; the collections of the entry point, and the items of a page, are named by the last segment of their
collection's path, as in the plain data. A page says `totalItems`, as in JSON-LD and in the HAL of API Platform: HAL
has no name for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..http.keeping import kept
from ..http.limits import MAX_LIMIT
from ..http.links import Link
from ..http.messages import Headers
from ..model.resource import Declaration
from ..surface.addresses import ENTRY, Kind, collection_url
from ..surface.documents import Document, Entry, Item, Page
from ..surface.me import Me
from ..surface.schema import COUNT, SENTENCE, URL, Parts, Schema, reference
from ..surface.site import BESIDE_THE_CONTENT, item_template, links_at, search_template
from .json import dump, me_members, me_schema

Node = dict[str, Any]


class Hal:
    """The plain data, with its links and what is embedded."""

    media_type = "application/hal+json"
    content_type = "application/hal+json"
    suffix = ".hal"
    headers: Headers = ()
    links_inside = True
    shows_total = True
    in_full = True
    documents: tuple[type[Document], ...] = (Item, Page, Entry, Me)

    def write(self, document: Document) -> bytes:
        """An object with `_links`."""
        return dump(node(document))

    def schema(self, document: type[Document], parts: Parts | None) -> Schema:
        """An item is its members and `_links`; a page embeds such items; the entry point is `_links`."""
        return node_schema(document, parts)

    def definitions(self) -> dict[str, Schema]:
        """What a link is, and what `_links` are."""
        return link_definitions()


def node(document: Document) -> Node:
    """What is represented, as HAL has it."""
    if isinstance(document, Item):
        links = {"self": {"href": document.url}, **_fixed(document.base, document.declaration, "item")}
        for name, url in document.references().items():
            _add(links, name, url)
        for each in document.operations.own:
            _add(links, each.path, f"{document.url}/{each.path}")
        return {"_links": links, **document.members()}
    if isinstance(document, Page):
        return _page(document)
    if isinstance(document, Entry):
        return {"_links": _entry_links(document)}
    if isinstance(document, Me):
        links = _by_relation([Link("self", document.url), *_shown(document.base, None, "me")])
        return {"_links": links, **me_members(document)}
    raise TypeError("HAL shows no descriptions")


def _page(document: Page) -> Node:
    links: Node = {"self": {"href": document.address}}
    links |= {relation: {"href": url} for relation, url in document.neighbours}
    links |= _fixed(document.base, document.declaration, "collection")
    embedded = [
        {"_links": {"self": {"href": url}}, **members}
        for url, members in zip(document.urls(), document.members(), strict=True)
    ]
    for name, urls in document.references().items():
        for each, url in zip(embedded, urls, strict=True):
            if url is not None:
                _add(each["_links"], name, url)
    total = {} if document.total is None else {"totalItems": document.total}
    return {"_links": links, **total, "_embedded": {document.declaration.slug: embedded}}


def _add(links: Node, member: str, url: str) -> None:
    """Add the link to what a member refers to; one that is called like a relation stands beside what has that.

    `self` is the item alone.
    """
    found = links.setdefault(member, [])
    if isinstance(found, list):
        links[member] = [*found, {"href": url}] if found else {"href": url}
    elif member != "self":
        links[member] = [found, {"href": url}]


def _entry_links(document: Entry) -> Node:
    """The links of the entry point; a collection that is called like a relation stands beside what has that."""
    links = [Link("self", document.base + ENTRY)]
    links += [Link(each.slug, collection_url(document.base, each)) for each in document.collections]
    return _by_relation([*links, *_shown(document.base, None, "entry")])


@kept(1024 * 1024)
def _fixed(base: str, declaration: Declaration, kind: Kind) -> Node:
    """The links of every item, or of every page with those to any item and to any part of the collection."""
    links = _by_relation(_shown(base, declaration, kind))
    if kind == "collection":
        links["item"] = {"href": item_template(base, declaration), "templated": True}
        links["search"] = {"href": search_template(base, declaration), "templated": True}
    return links


def _shown(base: str, declaration: Declaration | None, kind: Kind) -> list[Link]:
    return [each for each in links_at(base, declaration, kind) if each.relation not in BESIDE_THE_CONTENT]


def _by_relation(links: Iterable[Link]) -> Node:
    found: Node = {}
    for each in links:
        link = {"href": each.url, "type": each.type} if each.type else {"href": each.url}
        found.setdefault(each.relation, []).append(link)
    return {relation: several if len(several) > 1 else several[0] for relation, several in found.items()}


def node_schema(document: type[Document], parts: Parts | None) -> Schema:
    """The schema of a kind of document, for HAL and what builds on it."""
    links: Schema = {"type": "object", "properties": {"_links": reference("hal-links")}, "required": ["_links"]}
    if document is Item and parts is not None:
        return {"allOf": [parts.members, links]}
    if document is Me:
        return {"allOf": [me_schema(), links]}
    if document is Page and parts is not None:
        slug = parts.declaration.slug
        items = {"type": "array", "items": node_schema(Item, parts), "maxItems": MAX_LIMIT}
        embedded = {"type": "object", "properties": {slug: items}, "required": [slug]}
        links["properties"] |= {"totalItems": COUNT, "_embedded": embedded}
        links["required"] += ["_embedded"]
    return links


def link_definitions() -> dict[str, Schema]:
    """The schemas of a link and of `_links` (draft-kelly-json-hal-11, section 5)."""
    link: Schema = {
        "type": "object",
        "properties": {"href": URL_OR_TEMPLATE, "templated": {"type": "boolean"}, "type": SENTENCE},
        "required": ["href"],
    }
    one = reference("hal-link")
    several = {"type": "array", "items": one, "maxItems": MAX_LIMIT}
    links: Schema = {
        "type": "object",
        "description": "Links by their relation.",
        "properties": {"self": {"type": "object", "properties": {"href": URL}, "required": ["href"]}},
        "required": ["self"],
        "additionalProperties": {"oneOf": [one, several]},
    }
    return {"hal-link": link, "hal-links": links}


URL_OR_TEMPLATE = {key: value for key, value in URL.items() if key != "format"} | {"pattern": SENTENCE["pattern"]}
"""A URL, or a URI template where the link is `templated` (RFC 6570)."""
