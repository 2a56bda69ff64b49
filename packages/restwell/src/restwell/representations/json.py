"""`application/json`: the plain data in the tutorial's shape. Its links are in the Link field."""

from __future__ import annotations

from typing import Any

import orjson

from ..http.messages import Headers
from ..surface.addresses import collection_url
from ..surface.documents import Description, Document, Entry, Item, Page


def dump(data: Any) -> bytes:
    """Data as JSON, compact, in UTF-8; moments in UTC end with Z."""
    return orjson.dumps(data, option=orjson.OPT_UTC_Z)


class Json:
    """The plain data."""

    media_type = "application/json"
    content_type = "application/json"
    headers: Headers = ()
    links_inside = False
    shows_total = False
    views = (Item, Page, Entry)

    def write(self, view: Document) -> bytes:
        """An item as an object; a page as an object with one member, the list."""
        if isinstance(view, Item):
            return dump(view.members())
        if isinstance(view, Page):
            return dump({view.declaration.slug: view.members()})
        if isinstance(view, Entry):
            return dump({d.slug: collection_url(view.base, d) for d in view.collections})
        return view.document.text


class Described:
    """A description in the media type that it comes with."""

    headers: Headers = ()
    links_inside = False
    shows_total = False
    views = (Description,)

    def __init__(self, media_type: str) -> None:
        self.media_type = media_type
        self.content_type = media_type

    def write(self, view: Document) -> bytes:
        """The description's own data."""
        if not isinstance(view, Description):
            raise TypeError(f"{self.media_type} shows descriptions only")
        return view.document.text
