"""What a reader finds on its way through a representation: resolved, without repetition, and not without end."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .affordances import Link, Member, Operation
from .shapes import text
from .targets import MAX_URL, is_template, origin, resolve, resolve_template

MAX_LINKS = 2000
MAX_OPERATIONS = 1000
MAX_MEMBERS = 10_000
MAX_TRIES = 12_000
"""How many references of one representation are resolved, so that a hostile one takes no time to speak of."""

MAX_TEXT = 2000
"""Characters of the texts of links with one target."""

_SPACE = re.compile(r"\s")


def _together(first: Link | None, link: Link) -> Link:
    """One link of two that are equal: it says all that either says."""
    if first is None or (first.text, first.method) == (link.text, link.method) or not (link.text or link.method):
        return link if first is None else first
    said = first.text if link.text in first.text.split("\n") else f"{first.text}\n{link.text}".strip()
    return replace(first, text=said[:MAX_TEXT], method=first.method or link.method)


class Gathered:
    """The links, operations and members that were found so far; readers add, and `Reading` takes the tuples."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.origin = origin(base)
        self._links: dict[Link, Link] = {}
        self._operations: dict[Operation, None] = {}
        self._members: list[Member] | None = None
        self._tries = 0

    @property
    def links(self) -> tuple[Link, ...]:
        return tuple(self._links.values())

    @property
    def operations(self) -> tuple[Operation, ...]:
        return tuple(self._operations)

    @property
    def members(self) -> tuple[Member, ...] | None:
        return None if self._members is None else tuple(self._members)

    def link(
        self,
        reference: object,
        rel: str = "",
        *,
        templated: bool = False,
        typed: bool = True,
        media_type: object = "",
        title: object = "",
        said: str = "",
        method: object = "",
    ) -> str:
        """Add a link, and return its target; "" for what is no reference to anything that HTTP could fetch."""
        target = self.target(reference, templated=templated)
        if target and len(self._links) < MAX_LINKS:
            still = templated and is_template(target)  # a fragment may have been all that was
            link = Link(
                target, rel, still, typed, media_type=text(media_type).strip().lower(), title=text(title).strip(),
                text=said, method=text(method).strip(),
            )  # fmt: skip
            self._links[link] = _together(self._links.get(link), link)
        return target

    def operation(
        self,
        method: object,
        target: str,
        name: object = "",
        *,
        accepts: tuple[str, ...] = (),
        inputs: tuple[str, ...] = (),
        required: tuple[str, ...] = (),
    ) -> None:
        """Add an operation, at a target that is resolved already; one without method or target is none."""
        verb = text(method).strip()
        if verb and target and len(self._operations) < MAX_OPERATIONS:
            kept = Operation(verb.upper(), target, text(name).strip(), accepts, inputs, required)
            self._operations[kept] = None

    def collection(self) -> None:
        """Say that this is a collection, if only an empty one."""
        if self._members is None:
            self._members = []

    def member(self, data: Mapping[str, Any], target: str) -> None:
        """Add a member of the collection."""
        self.collection()
        if self._members is not None and len(self._members) < MAX_MEMBERS:
            self._members.append(Member(data, target))

    def members_from(self, rel: str = "item") -> None:
        """Take the links to items as members, where the representation gives nothing else of them (RFC 6573)."""
        for link in self.links if self._members is None else ():
            if rel in link.rel.lower().split() and not link.templated:
                self.member({}, link.target)

    def target(self, reference: object, *, templated: bool = False) -> str:
        """What a reference stands for, as an absolute URL; "" for none."""
        self._tries += 1
        if not isinstance(reference, str) or self._tries > MAX_TRIES:
            return ""
        if templated and is_template(reference):
            return resolve_template(self.base, reference)
        return resolve(self.base, reference)

    def is_own(self, value: str, *, paths: bool) -> bool:
        """Whether a string is a URL of the origin that is read, or, where `paths` may be references, a path."""
        if value.startswith("/"):
            return paths and _SPACE.search(value, 0, MAX_URL) is None
        if not value.startswith(("http://", "https://")) or self.origin[1] not in value[:300].lower():
            return False
        self._tries += 1
        return (
            self._tries <= MAX_TRIES
            and _SPACE.search(value, 0, MAX_URL) is None
            and origin(value[:MAX_URL]) == self.origin
        )
