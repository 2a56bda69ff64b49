"""Media types: a view in, its representation out. A format is a module here and a line in FORMATS.

`Format` says what a format has to offer. The first of FORMATS that can show a view is its default. Negotiation, the
links to other formats and the answer to what is not acceptable follow from FORMATS; its schemas are OpenAPI's to say
(`descriptions/responses.py`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol

from ..http.messages import Headers
from ..surface.documents import Document
from .html import Html
from .json import Described, Json
from .jsonld import JsonLd


class Format(Protocol):
    """How views are written in one media type."""

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
    def views(self) -> tuple[type[Document], ...]:
        """The kinds of view that this format can show."""

    def write(self, view: Document) -> bytes:
        """The representation of a view."""


FORMATS: tuple[Format, ...] = (JsonLd(), Json(), Html(lambda: FORMATS))
"""Every format, the preferred one first."""


@lru_cache(64)
def described(media_type: str) -> Format:
    """The format of a description in a media type of its own, such as OpenAPI."""
    return Described(media_type)
