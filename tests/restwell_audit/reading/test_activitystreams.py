"""ActivityStreams: collections and actors, with the context or by the media type."""

from __future__ import annotations

from typing import Any

import pytest

from restwell_audit.reading import Reading
from tests.restwell_audit.reading.responses import reading, targets

API = "http://social.example"
ACTIVITY = "application/activity+json"
CONTEXT = "https://www.w3.org/ns/activitystreams"


def activity(content: dict[str, Any], media_type: str = ACTIVITY, path: str = "/ada") -> Reading:
    return reading({"@context": [CONTEXT, "https://w3id.org/security/v1"], **content}, media_type, url=API + path)


@pytest.mark.parametrize("media_type", [ACTIVITY, f'application/ld+json; profile="{CONTEXT}"'])
def test_an_actor_links_its_boxes_to_post_to(media_type: str) -> None:
    actor = {"type": "Person", "id": f"{API}/ada", "inbox": f"{API}/ada/inbox", "outbox": f"{API}/ada/outbox"}
    found = activity(actor, media_type)
    assert targets(found) == {"self": f"{API}/ada", "inbox": f"{API}/ada/inbox", "outbox": f"{API}/ada/outbox"}
    assert (found.hypermedia, found.protocol) == (True, "ActivityPub")


@pytest.mark.parametrize("kind, name", [("OrderedCollectionPage", "orderedItems"), ("Collection", "items")])
def test_a_collection_has_members_and_pages(kind: str, name: str) -> None:
    page = {
        "type": kind, "id": f"{API}/ada/outbox", "next": f"{API}/ada/outbox?page=2", "first": "/ada/outbox?page=1",
        name: [{"type": "Create", "id": f"{API}/1", "object": f"{API}/notes/1"}, f"{API}/2"],
    }  # fmt: skip
    found = activity(page, path="/ada/outbox")
    assert [each.target for each in found.members or ()] == [f"{API}/1", f"{API}/2"]
    assert targets(found) == {
        "self": f"{API}/ada/outbox", "next": f"{API}/ada/outbox?page=2", "first": f"{API}/ada/outbox?page=1",
        "member": f"{API}/2 {API}/1", "object": f"{API}/notes/1",
    }  # fmt: skip
    assert found.protocol == ""


def test_items_of_something_else_are_not_members() -> None:
    assert activity({"type": "Note", "id": f"{API}/1", "items": [f"{API}/2"]}).members is None
