"""The state of what is addressed, as bytes that entity tags are of: other bytes wherever anything is another."""

from __future__ import annotations

from operator import itemgetter
from struct import pack

from ..data.outcomes import VALUES, VERSION, Outcome
from ..http.entity_tags import digest
from ..model.resource import Declaration

VERSION_OF = itemgetter(VERSION)


def state_of(resource: Declaration, outcome: Outcome, *, counted: bool) -> bytes:
    """The state of the item or the page that the store answered; none where it answered with neither.

    `counted` says whether the representation of a page has the total.
    """
    if outcome.row:
        place = VALUES + resource.identity_place
        return f"{resource.path}\n{outcome.row[place]}\n{outcome.row[VERSION]}".encode()
    if outcome.kind == "page":
        return page_state(resource, outcome, outcome.total if counted else None)
    return b""


def page_state(resource: Declaration, outcome: Outcome, total: int | None) -> bytes:
    """The state of a page with this total, or without one: the versions of its rows, in order, and what is beside."""
    versions = pack(f"{len(outcome.rows)}q", *map(VERSION_OF, outcome.rows))
    return f"{resource.path}\n{total}\n{outcome.more}\n{outcome.before}\n".encode() + versions


def document_state(text: bytes) -> bytes:
    """The state of a description."""
    return digest(text, 32).encode()
