"""What descriptions are made of: the API's own title, and what its operations can end in."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, Protocol

from ..http.messages import Headers
from ..surface.documents import Document
from ..surface.endings import FindEndings
from ..surface.offers import OfferedFormat
from ..surface.schema import Parts, Schema


class ShownFormat(OfferedFormat, Protocol):
    """What is asked of a format: media type, header fields, what it can show, and the schemas of that."""

    @property
    def headers(self) -> Headers: ...

    @property
    def suffix(self) -> str: ...

    def schema(self, document: type[Document], parts: Parts | None, /) -> Schema: ...

    def definitions(self) -> dict[str, Schema]: ...


class About(NamedTuple):
    """What an API is called, which version it has, what it is for, and under which licence (an SPDX expression).

    `endings` says what each operation can be answered with, and `formats` in which media types: nothing else is
    promised.
    """

    title: str
    version: str
    description: str
    endings: FindEndings
    formats: tuple[ShownFormat, ...]
    license: str = ""
    differs: bool = False
    """Whether descriptions are not the same for everybody."""
    schemes: Mapping[str, Schema] = MappingProxyType({"bearer": {"type": "http", "scheme": "bearer"}})
    """The security schemes by which callers can be known."""
    issuers: tuple[str, ...] = ()
    """The authorization servers whose tokens are taken."""
    protection: Mapping[str, object] = MappingProxyType({})
    """What else is said of these tokens (RFC 9728)."""
