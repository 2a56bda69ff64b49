"""ActivityStreams 2.0 as JSON-LD: its context, its collections, and the servers of ActivityPub."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

TYPES = ("application/activity+json",)
PROTOCOL = "ActivityPub"
CONTEXT = "https://www.w3.org/ns/activitystreams"
COLLECTIONS = frozenset(["Collection", "OrderedCollection", "CollectionPage", "OrderedCollectionPage"])
ALIASES = {"id": "@id", "type": "@type"}
"""What the context defines of the keywords of JSON-LD."""
MEMBERS = frozenset(["items", "orderedItems"])
PAGES = frozenset(["current", "first", "last", "next", "partOf", "prev"])
"""The properties of collections whose values are IRIs, or pages."""


def is_meant(context: Iterable[object]) -> bool:
    """Whether a context is that of ActivityStreams, or has it among others."""
    return any(isinstance(each, str) and each.partition("#")[0].rstrip("/") == CONTEXT for each in context)


def protocol_of(node: Mapping[str, Any]) -> str:
    """The protocol of an actor, which has an inbox and an outbox to POST to (ActivityPub, sections 6 and 7)."""
    return PROTOCOL if "inbox" in node and "outbox" in node else ""
