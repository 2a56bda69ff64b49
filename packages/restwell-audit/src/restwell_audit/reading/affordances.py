"""What a representation affords, whatever its format: links, operations, members. The values that readers make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Place = Literal["header", "body"]


@dataclass(frozen=True, slots=True)
class Link:
    """A link to another resource.

    `target` is an absolute URL without fragment, or, where it is `templated`, a URI template (RFC 6570) made absolute
    as far as it goes. `rel` is the relation as it is written, expanded to a URI where the format says how; "" where
    none is given. `text` is what a person reads of it, `method` what it says is to be sent, where it says so: neither
    makes another link of it. `typed` says that the format itself gives it a relation: a URL in a member of plain JSON
    has none.
    """

    target: str
    rel: str = ""
    templated: bool = False
    typed: bool = True
    place: Place = "body"
    media_type: str = ""
    title: str = ""
    text: str = field(default="", compare=False)
    method: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Operation:
    """Something that may be done, described in the representation itself: a form, an action, a template.

    `accepts` are media types of content, `inputs` the names of the fields that it takes, `required` those it needs.
    """

    method: str
    target: str
    name: str = ""
    accepts: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    required: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a collection: its data, and the URL that the representation gives for it; "" without one."""

    data: Mapping[str, Any]
    target: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """A representation as a client understands it.

    `syntax` names the format that was read, such as `hal`; `hypermedia` says that its media type defines what its
    links mean, so that a client needs no description out of band. `members` is None for what is no collection, and
    empty for an empty one.
    """

    syntax: str = "none"
    hypermedia: bool = False
    links: tuple[Link, ...] = ()
    operations: tuple[Operation, ...] = ()
    members: tuple[Member, ...] | None = None
    is_error: bool = False
    properties: Mapping[str, Any] = field(default_factory=dict)

    def linked(self, *relations: str) -> list[Link]:
        """The links with one of these relations, whatever their case."""
        wanted = {relation.lower() for relation in relations}
        return [link for link in self.links if wanted & set(link.rel.lower().split())]
