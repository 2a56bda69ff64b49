"""What each format says of its representations: media types, and the schemas that they have among the components.

The names of a resource's schemas are made of its own, of what is shown (an item, an item as a whole, a page) and of
the format: `Framework.collection.jsonld`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..model.resource import Declaration
from ..surface.documents import Document, Entry, Item, Page
from ..surface.me import Me
from ..surface.references import References
from ..surface.schema import Parts, Schema, reference
from .components import LINKED_DATA
from .document import ShownFormat

ITEM, WHOLE, COLLECTION = "", ".whole", ".collection"
"""What is shown: an item of which members may be left out, one of which none is, and a page."""
ENTRY_POINT, ABOUT_ME = "entry-point", "about-me"
_SHOWS: dict[str, type[Document]] = {ITEM: Item, WHOLE: Item, COLLECTION: Page}


def of_resource(formats: Sequence[ShownFormat], declaration: Declaration, what: str) -> dict[str, Schema]:
    """The media types of what is shown of a resource with references to their schemas, the preferred one first."""
    return _media_types(formats, _SHOWS[what], f"{declaration.name}{what}", declaration)


def of_entry_point(formats: Sequence[ShownFormat]) -> dict[str, Schema]:
    """The media types of the entry point with references to their schemas."""
    return _media_types(formats, Entry, ENTRY_POINT, None)


def of_me(formats: Sequence[ShownFormat]) -> dict[str, Schema]:
    """The media types of what is said of who asks, with references to their schemas."""
    return _media_types(formats, Me, ABOUT_ME, None)


def schemas(formats: Sequence[ShownFormat], declarations: Sequence[Declaration]) -> dict[str, Schema]:
    """The schemas that the media types refer to, and what those refer to."""
    found = dict(_named(formats, Entry, ENTRY_POINT, None)) | dict(_named(formats, Me, ABOUT_ME, None))
    for each in declarations:
        for what, document in _SHOWS.items():
            found |= _named(formats, document, f"{each.name}{what}", each)
    for one in formats:
        found |= one.definitions()
    return found


def _media_types(
    formats: Sequence[ShownFormat], document: type[Document], name: str, declaration: Declaration | None
) -> dict[str, Schema]:
    return {
        each.media_type: reference(name + each.suffix) if _schema(each, document, name, declaration) else {}
        for each in formats
        if document in each.documents
    }


def _named(
    formats: Sequence[ShownFormat], document: type[Document], name: str, declaration: Declaration | None
) -> Iterator[tuple[str, Schema]]:
    """The schemas of a document by name; one that refers to itself is the plain data, described elsewhere."""
    for each in formats:
        schema = _schema(each, document, name, declaration) if document in each.documents else {}
        if schema and schema != reference(name + each.suffix):
            yield name + each.suffix, schema


def _schema(each: ShownFormat, document: type[Document], name: str, declaration: Declaration | None) -> Schema:
    if declaration is None:
        return each.schema(document, None)
    members = name if document is Item else declaration.name
    linked = members + (LINKED_DATA if declaration.compiled[References] else "")
    item = reference(declaration.name + each.suffix)
    return each.schema(document, Parts(declaration, reference(members), reference(linked), item))
