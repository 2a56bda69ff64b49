"""The Link field (RFC 8288) within the room that the header section of an answer has.

Status line and header fields of every answer fit 4 096 bytes, the buffer that proxies read them into (nginx:
proxy_buffer_size). 396 bytes of them are left to the server, of which CORS takes up to 296, 1 000 to fields of a
bounded length, and the rest is for those that hold URLs: Link, Link-Template, Location and Content-Location.

Links that find no room are left out in the order of LEAVING, those of one relation together: the items of a page
first, for which its Link-Template stands, then that, and `next` last of all; before these, what has a relation of the
API's own. A query that would leave no room for
`next` is refused before anything is looked up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .limits import MAX_SECTION

API_DOCUMENTATION = "http://www.w3.org/ns/hydra/core#apiDocumentation"
JSON_LD_CONTEXT = "http://www.w3.org/ns/json-ld#context"
ROOM = MAX_SECTION - 396 - 1000
"""Bytes for the values of the fields that hold URLs."""
LEAVING = (
    "item", "status", "api-catalog", "service-doc", "service-desc", "profile", "describedby", JSON_LD_CONTEXT,
    "first", "prev", "alternate", "start", "collection", API_DOCUMENTATION, "next",
)  # fmt: skip
"""The relations in the order in which they are left out."""


class Link(NamedTuple):
    """One link: its relation, where it leads, and what is known of what is there: a media type, and a title."""

    relation: str
    url: str
    type: str = ""
    title: str = ""

    @property
    def text(self) -> str:
        """What stands in the field, without the title; Hydra's clients want `rel` first and quoted."""
        return f'<{self.url}>; rel="{self.relation}"' + (f'; type="{self.type}"' if self.type else "")


class Links(NamedTuple):
    """Links that are the same for many answers, and the field that they make."""

    each: tuple[Link, ...]
    text: str


def together(links: Iterable[Link]) -> Links:
    """Links as one value."""
    each = tuple(links)
    return Links(each, join(each))


def join(links: Sequence[Link]) -> str:
    """The value of a Link field."""
    return ", ".join([each.text for each in links])


def fitted(links: Links, room: int) -> str:
    """The value of a Link field that has so many bytes; empty when no link fits."""
    if len(links.text) <= room:
        return links.text
    texts = [(each.relation, each.text) for each in links.each if each.relation in LEAVING]
    for leaving in LEAVING:
        if sum(len(text) + 2 for _, text in texts) - 2 <= room:
            break
        texts = [each for each in texts if each[0] != leaving]
    return ", ".join(text for _, text in texts)
