"""Media types: a document in, its representation out. A format is a module here and a line in `every_format`.

`Format` says what a format has to offer. The first that can show a document is its default. Negotiation, the links to
other formats, the answer to what is not acceptable and the responses of OpenAPI follow from the list. A format from
outside is given to the API: `Api(app, formats=[Lines()])`; `web/installed.py` finds those of other distributions.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from ..http.media_types import parse_media_type
from ..http.messages import Headers
from ..model.errors import DeclarationError
from ..surface.documents import Document
from ..surface.schema import Parts, Schema
from .hal import Hal
from .hal_forms import HalForms
from .html import Html
from .json import Described, Json
from .jsonld import JsonLd


class Format(Protocol):
    """How documents are written in one media type.

    A class with these members is a format, wherever it is defined; `Api(app, formats=[Lines()])` serves it beside
    the others, as the least preferred. It is given everything that any format shows: members, what they refer to
    and operations are in the document, and `surface.site.links_of` gives its links, which are in the Link field too
    unless `links_inside`.
    With `in_full = True` it says that it writes every value whole: a page with more than has room is cut before it is
    written, and not after. With `names_caller = True` it says that it shows `caller` of a document: then it is given
    that, and its entity tags are not the same for two callers, though they see the same.
    """

    @property
    def media_type(self) -> str:
        """The media type as it is negotiated."""

    @property
    def content_type(self) -> str:
        """The value of Content-Type."""

    @property
    def headers(self) -> Headers:
        """The header fields of its own that go with every representation."""

    @property
    def links_inside(self) -> bool:
        """Whether the representation holds the links itself, so that a Link field would say them twice."""

    @property
    def shows_total(self) -> bool:
        """Whether a page says how many rows there are in all; where none does, they need not be counted."""

    @property
    def documents(self) -> tuple[type[Document], ...]:
        """The kinds of document that this format can show."""

    def write(self, document: Document) -> bytes:
        """The representation of a document."""

    @property
    def suffix(self) -> str:
        """What the names of its schemas in OpenAPI end with, such as `.hal`; nothing where it has none."""

    def schema(self, document: type[Document], parts: Parts | None) -> Schema:
        """The JSON Schema of its representations of a kind of document, for OpenAPI; empty for what is not JSON.

        `parts` refer to the schemas of an item: in plain data, and in this format; None where no resource is shown.
        """

    def definitions(self) -> dict[str, Schema]:
        """The schemas that its schemas refer to, by names with a hyphen, which no resource has."""


def every_format(more: Iterable[Format] = ()) -> tuple[Format, ...]:
    """Every format of an API, the preferred one first. Raises DeclarationError for one that cannot be added."""
    found: tuple[Format, ...] = (JsonLd(), Json(), Hal(), HalForms(), Html(lambda: found))
    for each in more:
        if parse_media_type(each.media_type) is None:
            raise DeclarationError(
                f"The format {each!r} has the media type {each.media_type!r}: write it as text/plain."
            )
        if any(each.media_type.lower() == other.media_type.lower() for other in found):
            raise DeclarationError(f"There are two formats of the media type {each.media_type}: leave one out.")
        found = (*found, each)
    return found


FORMATS: tuple[Format, ...] = every_format()
"""The formats that every API has."""


def described(media_type: str) -> Format:
    """The format of a description in a media type of its own, such as OpenAPI."""
    return Described(media_type)
