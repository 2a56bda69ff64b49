"""The state of what is addressed, as bytes that entity tags are of: other bytes wherever anything is another."""

from __future__ import annotations

from struct import pack

from ..data.layout import Layout
from ..data.outcomes import Outcome, Row
from ..http.entity_tags import digest
from ..model.resource import Declaration


def item_state(resource: Declaration, row: Row) -> bytes:
    """The state of an item: which one it is, and its version; none where there is no row."""
    layout = resource.whole.compiled[Layout]
    return f"{resource.path}\n{layout.identity(row)}\n{layout.state(row)}".encode() if row else b""


def page_state(resource: Declaration, outcome: Outcome, total: int | None) -> bytes:
    """The state of a page with this total, or without one: the versions of its rows, in order, and what is beside."""
    versions = pack(f"{len(outcome.rows)}q", *map(resource.whole.compiled[Layout].state, outcome.rows))
    return f"{resource.path}\n{total}\n{outcome.more}\n{outcome.before}\n".encode() + versions


def document_state(text: bytes) -> bytes:
    """The state of a description."""
    return digest(text, 32).encode()
