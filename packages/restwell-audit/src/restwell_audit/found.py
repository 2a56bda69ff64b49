"""What is found while exploring: a URL, how it was found, what it answered, and what kind of resource that is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from .exchanges import Exchange
from .reading import Link, Reading
from .relations import ABOUT
from .shells import is_shell

How = Literal["start", "link", "described", "guessed"]
Kind = Literal["collection", "item", "description", "shell", "other"]


@dataclass
class Found:
    """A URL: how it was found, its response to GET, and the links and members that were read from it."""

    url: str
    how: How
    via: str = ""
    link: Link | None = None
    depth: int = 0
    exchange: Exchange | None = None
    reading: Reading = field(default_factory=Reading)
    kind: Kind = "other"
    rel: str = ""
    listed: Exchange | None = None
    """The response to PROPFIND that lists what is in it, which GET does not tell."""
    refused: bool = False
    """Whether a refusal shows that there is a resource: 405 or 401, where a missing one is 404."""

    @property
    def alive(self) -> bool:
        """Whether GET succeeded."""
        return self.exchange is not None and self.exchange.succeeded

    @property
    def is_listed(self) -> bool:
        """Whether it is a collection or a member of one."""
        return self.kind in {"collection", "item"}

    @property
    def path(self) -> str:
        """The path of its URL."""
        return urlsplit(self.url).path


class Acting(NamedTuple):
    """A link that acts: the reason, and the representation in which it was found."""

    link: Link
    why: str
    via: Found


def links_of(found: Found) -> list[Link]:
    """The links of a representation, including those of its members."""
    members = [Link(member.target, "item") for member in found.reading.members or () if member.target]
    return [*found.reading.links, *members]


def kind_of(found: Found) -> Kind:
    """The kind of a resource, judged by its response and how it was reached."""
    rels = set(found.rel.split())
    media = found.exchange.media_type if found.exchange else ""
    if (rels and rels <= ABOUT) or media in {
        "application/schema+json",
        "application/openapi+json",
        "application/linkset+json",
    }:
        return "description"
    if found.exchange is not None and is_shell(found.exchange):
        return "shell"
    if found.reading.members is not None:
        return "collection"
    if "item" in rels or found.how == "guessed":
        return "item"
    return "other"
