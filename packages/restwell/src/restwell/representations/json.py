"""`application/json`: the plain data in the tutorial's shape. Its links are in the Link field."""

from __future__ import annotations

from typing import Any

import orjson

from ..http.limits import MAX_LIMIT
from ..http.media_types import JSON
from ..http.messages import Headers
from ..surface.addresses import collection_url
from ..surface.documents import Description, Document, Entry, Item, Page
from ..surface.schema import URL, Parts, Schema


def dump(data: Any) -> bytes:
    """Data as JSON, compact, in UTF-8; moments in UTC end with Z."""
    return orjson.dumps(data, option=orjson.OPT_UTC_Z)


class Json:
    """The plain data."""

    media_type = JSON
    content_type = JSON
    suffix = ""
    headers: Headers = ()
    links_inside = False
    shows_total = False
    in_full = True
    documents = (Item, Page, Entry)

    def write(self, document: Document) -> bytes:
        """An item as an object; a page as an object with one member, the list."""
        if isinstance(document, Item):
            return dump(document.members())
        if isinstance(document, Page):
            return dump({document.declaration.slug: document.members()})
        if isinstance(document, Entry):
            return dump({d.slug: collection_url(document.base, d) for d in document.collections})
        return document.content.text

    def schema(self, document: type[Document], parts: Parts | None) -> Schema:
        """An item is its members; a page has one member, the list; the entry point has a link to each collection."""
        if document is Page and parts is not None:
            slug = parts.declaration.slug
            items = {"type": "array", "items": parts.members, "maxItems": MAX_LIMIT}
            return {"type": "object", "properties": {slug: items}, "required": [slug]}
        if document is Item and parts is not None:
            return parts.members
        return {"type": "object", "description": "A link to each resource.", "additionalProperties": URL}

    def definitions(self) -> dict[str, Schema]:
        """Nothing: the members of a resource are described beside."""
        return {}


class Described:
    """A description in the media type that it comes with."""

    suffix = ""
    headers: Headers = ()
    links_inside = False
    shows_total = False
    documents = (Description,)

    def __init__(self, media_type: str) -> None:
        self.media_type = media_type
        self.content_type = media_type

    def write(self, document: Document) -> bytes:
        """The description's own data."""
        if not isinstance(document, Description):
            raise TypeError(f"{self.media_type} shows descriptions only")
        return document.content.text

    def schema(self, document: type[Document], parts: Parts | None) -> Schema:  # noqa: ARG002 - as a format has it
        """Nothing is said of it here: OpenAPI knows which description is at which path."""
        return {}

    def definitions(self) -> dict[str, Schema]:
        """Nothing either."""
        return {}
