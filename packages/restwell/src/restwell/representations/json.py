"""`application/json`: the plain data in the tutorial's shape. Its links are in the Link field."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, get_args

import orjson

from ..http.limits import MAX_LIMIT, MAX_TEXT
from ..http.media_types import JSON
from ..http.messages import Headers
from ..model.resource import Declaration
from ..surface.addresses import collection_url
from ..surface.documents import Description, Document, Entry, Item, Page
from ..surface.me import Me, OpenOperation, Permitted
from ..surface.schema import URL, Parts, Schema
from ..surface.site import target_of


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
    documents = (Item, Page, Entry, Me)

    def write(self, document: Document) -> bytes:
        """An item as an object; a page as an object with one member, the list."""
        if isinstance(document, Item):
            return dump(document.members())
        if isinstance(document, Page):
            return dump({document.declaration.slug: document.members()})
        if isinstance(document, Entry):
            return dump({d.slug: collection_url(document.base, d) for d in document.collections})
        if isinstance(document, Me):
            return dump(me_members(document))
        return document.content.text

    def schema(self, document: type[Document], parts: Parts | None) -> Schema:
        """An item is its members; a page has one member, the list; the entry point has a link to each collection."""
        if document is Page and parts is not None:
            slug = parts.declaration.slug
            items = {"type": "array", "items": parts.members, "maxItems": MAX_LIMIT}
            return {"type": "object", "properties": {slug: items}, "required": [slug]}
        if document is Item and parts is not None:
            return parts.members
        if document is Me:
            return me_schema()
        return {"type": "object", "description": "A link to each resource.", "additionalProperties": URL}

    def definitions(self) -> dict[str, Schema]:
        """Nothing: the members of a resource are described beside."""
        return {}


def me_members(document: Me) -> dict[str, Any]:
    """What is said of who asks, as every format has it."""
    base, credential = document.base, document.credential
    return {
        "subject": document.subject,
        "credential": None if credential is None else credential._asdict() | {"expires": moment(credential.expires)},
        "scopes": document.scopes,
        "groups": document.groups,
        "signIn": [each._asdict() | {"description": each.description.replace("`", "")} for each in document.sign_in],
        "resources": [
            {
                "name": each.declaration.slug,
                "url": collection_url(base, each.declaration),
                "operations": [_operation(base, each.declaration, one) for one in each.operations],
                "members": [one._asdict() for one in each.members],
            }
            for each in document.resources
        ],
    }


def _operation(base: str, declaration: Declaration, each: OpenOperation) -> dict[str, Any]:
    operation = each.operation
    return {
        "name": operation.name,
        "method": operation.method,
        "template" if operation.target == "item" else "url": target_of(base, declaration, operation),
        "title": operation.title,
        "permitted": each.permitted,
        "needs": each.needs.replace("`", ""),
    }


def moment(seconds: float | None) -> datetime | None:
    """A time in seconds since 1970, to the second; None for none, and for one that no calendar has."""
    try:
        return None if seconds is None else datetime.fromtimestamp(int(seconds), UTC)
    except (OSError, OverflowError, ValueError):
        return None


def me_schema() -> Schema:
    """The schema of `me_members`."""
    permitted = {"type": "string", "enum": list(get_args(Permitted))}
    text = {"type": "string"}
    operation = dict.fromkeys(("name", "method", "title", "needs"), text) | {"permitted": permitted}
    performed = _object(operation)
    performed["properties"] = operation | {"url": URL, "template": text}
    member = {"name": text, "read": permitted, "set": permitted}
    resource = {
        "name": text,
        "url": URL,
        "operations": {"type": "array", "items": performed},
        "members": _several(member),
    }
    maybe = {"type": ["string", "null"], "maxLength": MAX_TEXT}
    ends = {"type": ["string", "null"], "format": "date-time", "maxLength": 64}
    credential = {"kind": text, "id": maybe, "name": maybe, "expires": ends}
    sign_in = {"scheme": text, "description": text, "challenge": text, "url": maybe}
    own = {
        "subject": maybe,
        "credential": _object(credential) | {"type": ["object", "null"]},
        "scopes": {"type": "array", "items": text},
        "groups": {"type": "array", "items": text},
        "signIn": _several(sign_in),
        "resources": _several(resource),
    }
    return _object(own) | {"description": "Who asks, and what they may do."}


def _several(properties: Schema) -> Schema:
    return {"type": "array", "items": _object(properties)}


def _object(properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}


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
