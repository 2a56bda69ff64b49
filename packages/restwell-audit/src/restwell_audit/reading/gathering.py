"""Collects the links, operations and members of a representation, resolved, without duplicates and within limits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .affordances import Link, Member, Operation
from .shapes import text
from .targets import LOOPBACK, MAX_URL, is_same, is_template, origin, resolve, resolve_template

MAX_LINKS = 2000
MAX_OPERATIONS = 1000
MAX_MEMBERS = 10_000
MAX_TRIES = 12_000
"""References of one representation that are resolved, so that a hostile one takes little time."""

MAX_TEXT = 2000
"""Characters of the texts of links with one target."""

_SPACE = re.compile(r"\s")


def _merged(first: Link | None, link: Link) -> Link:
    """One link of two that are equal, with the texts and the method of both."""
    if first is None or (first.text, first.method) == (link.text, link.method) or not (link.text or link.method):
        return link if first is None else first
    text = first.text if link.text in first.text.split("\n") else f"{first.text}\n{link.text}".strip()
    return replace(first, text=text[:MAX_TEXT], method=first.method or link.method)


class Gathered:
    """The links, operations and members that a reader has found so far."""

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
        label: str = "",
        method: object = "",
    ) -> str:
        """Add a link, and return its target; "" for a reference that is not to an http or https URL."""
        target = self.target(reference, templated=templated)
        if target and len(self._links) < MAX_LINKS:
            still = templated and is_template(target)  # the only expression may have been a fragment
            link = Link(
                target, rel, still, typed, media_type=text(media_type).strip().lower(), title=text(title).strip(),
                text=label, method=text(method).strip(),
            )  # fmt: skip
            self._links[link] = _merged(self._links.get(link), link)
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
        """Add an operation, at a resolved target; without method or target it is ignored."""
        verb = text(method).strip()
        if verb and target and len(self._operations) < MAX_OPERATIONS:
            kept = Operation(verb.upper(), target, text(name).strip(), accepts, inputs, required)
            self._operations[kept] = None

    def collection(self) -> None:
        """Mark the representation as a collection, which may be empty."""
        if self._members is None:
            self._members = []

    def member(self, data: Mapping[str, Any], target: str, group: str = "") -> None:
        """Add a member of the collection, which is in the list of that name."""
        self.collection()
        if self._members is not None and len(self._members) < MAX_MEMBERS:
            self._members.append(Member(data, target, group))

    def members_from(self, rel: str = "item") -> None:
        """Add the links to items as members, where there are no members yet (RFC 6573)."""
        for link in self.links if self._members is None else ():
            if rel in link.rel.lower().split() and not link.templated:
                self.member({}, link.target)

    def target(self, reference: object, *, templated: bool = False) -> str:
        """The absolute URL of a reference; "" for an invalid one."""
        self._tries += 1
        if not isinstance(reference, str) or self._tries > MAX_TRIES:
            return ""
        if templated and is_template(reference):
            return resolve_template(self.base, reference)
        return resolve(self.base, reference)

    def is_own(self, value: str, *, paths: bool) -> bool:
        """Whether a string is a URL of the same origin, or, with `paths`, an absolute path."""
        if value.startswith("/"):
            return paths and _SPACE.search(value, 0, MAX_URL) is None
        names = LOOPBACK if self.origin[1] in LOOPBACK else {self.origin[1]}
        if not value.startswith(("http://", "https://")) or not any(each in value[:300].lower() for each in names):
            return False
        self._tries += 1
        return (
            self._tries <= MAX_TRIES
            and _SPACE.search(value, 0, MAX_URL) is None
            and is_same(origin(value[:MAX_URL]), self.origin)
        )
