"""The model of a representation, whatever its format: links, operations and members."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Place = Literal["header", "body"]
_QUERY_EXPANSION = re.compile(r"\{[?&][^}]*\}")


@dataclass(frozen=True, slots=True)
class Link:
    """A link to another resource.

    `target` is an absolute URL without fragment, or, where it is `templated`, a URI template (RFC 6570) made absolute
    as far as possible. `rel` is the relation as written, expanded to a URI where the format says how; "" without one.
    `text` is its label, `method` the method that it names; links that differ in these alone are equal.
    `typed` says that the format itself gives the link a relation, unlike a URL in a member of plain JSON.
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

    @property
    def expanded(self) -> str:
        """The target, without the query expression of a template."""
        return _QUERY_EXPANSION.sub("", self.target) if self.templated else self.target


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation that a representation describes: a form, an action or a template.

    `accepts` are media types of the content, `inputs` the names of its fields, `required` those that are required.
    """

    method: str
    target: str
    name: str = ""
    accepts: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    required: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a collection: its data, and the URL that the representation gives for it; "" without one.

    `group` is the name of the list that it is in, where that is not the name of the collection.
    """

    data: Mapping[str, Any]
    target: str = ""
    group: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """The links, operations and members that a client finds in a representation.

    `syntax` names the format that was read, such as `hal`; `hypermedia` says that the media type defines the meaning
    of the links. `protocol` names the specification by which every client knows how such resources are created,
    changed and removed; "" where representations have to say it. `by_name` says that members are found by their
    names, and that there is no URL of them. `members` is None for a resource that is not a
    collection, and empty for an empty collection.
    """

    syntax: str = "none"
    hypermedia: bool = False
    protocol: str = ""
    by_name: bool = False
    links: tuple[Link, ...] = ()
    operations: tuple[Operation, ...] = ()
    members: tuple[Member, ...] | None = None
    is_error: bool = False
    properties: Mapping[str, Any] = field(default_factory=dict)

    def defines(self, link: Link) -> bool:
        """Whether every client that knows the media type or HTTP recognises a link, unlike a URL in a text."""
        return link.place == "header" or (self.hypermedia and link.typed)

    def linked(self, *relations: str) -> list[Link]:
        """The links with one of these relations, whatever their case."""
        wanted = {relation.lower() for relation in relations}
        return [link for link in self.links if wanted & set(link.rel.lower().split())]
