"""The state of what is addressed, as bytes that entity tags are of: other bytes wherever anything is another."""

from __future__ import annotations

from collections.abc import Callable
from struct import pack
from typing import Any

from ..access.sight import Sight
from ..data.layout import Layout, digest_of
from ..data.outcomes import Outcome, Row
from ..http.entity_tags import digest
from ..model.resource import Declaration
from .seeing import seen_with


class Shown:
    """What is told of the state of the rows of a resource as somebody sees it: `declaration.compiled[Shown]`.

    For who sees every member it is the version, and when it was made. For others it is what they see, and nothing
    else: a version would tell them that what is hidden has changed.
    """

    __slots__ = ("modified", "state")

    state: Callable[[Row], Any]
    """What entity tags of a row are of."""
    modified: Callable[[Row], int | None]
    """When a row was last changed, in seconds since 1970; None where nothing tells."""

    def __init__(self, declaration: Declaration) -> None:
        whole = declaration.whole.compiled[Layout]
        seen = [spec.name for spec in declaration.fields if not spec.marks.shown_once]
        every = [spec.name for spec in declaration.whole.fields if spec.marks.is_shown and not spec.marks.shown_once]
        self.state, self.modified = whole.state, whole.modified
        if declaration is not declaration.whole and seen != every:
            read = whole.reader(seen)
            self.state, self.modified = lambda row: digest_of(read(row)), lambda row: None  # noqa: ARG005 - as a layout has it


def item_state(resource: Declaration, row: Row) -> bytes:
    """The state of an item: which one it is, and its version; none where there is no row."""
    if not row:
        return b""
    identity = resource.whole.compiled[Layout].identity(row)
    return f"{resource.path}\n{identity}\n{resource.compiled[Shown].state(row)}".encode()


def page_state(resource: Declaration, sight: Sight, outcome: Outcome, total: int | None) -> bytes:
    """The state of a page with this total, or without one: the versions of its rows, in order, and what is beside.

    `resource` is as the caller sees it with every item, of which `sight` may show more of some.
    """
    if sight.readable_where:
        seen = [seen_with(sight, resource.whole.public, row) for row in outcome.rows]
        states = [each.compiled[Shown].state(row) for each, row in zip(seen, outcome.rows, strict=True)]
    else:
        states = list(map(resource.compiled[Shown].state, outcome.rows))
    versions = pack(f"{len(states)}q", *states)
    if outcome.last:  # the link to the next page begins there
        layout = resource.whole.compiled[Layout]
        versions += f"{layout.key(outcome.last)} {layout.version(outcome.last)}".encode()
    return f"{resource.path}\n{total}\n{outcome.more}\n{outcome.before}\n".encode() + versions


def document_state(text: bytes) -> bytes:
    """The state of a description."""
    return digest(text, 32).encode()
