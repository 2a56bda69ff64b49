"""Which media types are on offer at an address, the preferred one first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from ..http.media_types import JSON
from ..model.resource import Declaration
from .addresses import Address, Kind
from .documents import Description, Document, Entry, Item, Page, SelfDescription
from .me import Me

Describe = Callable[[Address, str, tuple[Declaration, ...] | None], SelfDescription | None]
"""Gives the description at an address, for a base URL, of the resources as somebody sees them."""

BY_KIND: Mapping[Kind, type[Document]] = {"entry": Entry, "me": Me}
"""The documents that are no description, at addresses of no resource."""


class OfferedFormat(Protocol):
    """What is asked of a format here: its media type, and what it can show."""

    @property
    def media_type(self) -> str: ...

    @property
    def documents(self) -> tuple[type[Document], ...]: ...


def showing(formats: Sequence[OfferedFormat], kind: type[Document]) -> tuple[str, ...]:
    """The media types of the formats that can show this kind of document."""
    return tuple(each.media_type for each in formats if kind in each.documents)


def of_description(content: SelfDescription | None, others: tuple[str, ...]) -> tuple[str, ...]:
    """The media types of a description: its own, then those that show any; plain JSON where there is none."""
    own = (content.media_type, *content.also) if content else (JSON,)
    return tuple(dict.fromkeys((*own, *others)))


class Offers:
    """The media types on offer. `describe` gives what the API says of itself at an address."""

    def __init__(self, formats: Sequence[OfferedFormat], describe: Describe) -> None:
        self._describe = describe
        self._of = {kind: showing(formats, kind) for kind in (Item, Page, Entry, Me, Description)}

    def at(self, address: Address, seen: tuple[Declaration, ...] | None = None) -> tuple[str, ...]:
        """The media types at an address: a description has its own before those that show any.

        `seen` are the resources as who asks sees them; None stands for all.
        """
        if address.resource is not None:
            return self._of[Item if address.kind == "item" else Page]
        if address.kind in BY_KIND:
            return self._of[BY_KIND[address.kind]]
        return of_description(self._describe(address, "", seen), self._of[Description])
