"""SCIM: `meta.location` and `$ref` are links, and its protocol defines the operations."""

from __future__ import annotations

from typing import Any

from restwell_audit.reading import Reading
from tests.restwell_audit.reading.responses import reading, targets

API = "http://api.example/v2"
SCIM = "application/scim+json"
MESSAGES = "urn:ietf:params:scim:api:messages:2.0:"
CORE = "urn:ietf:params:scim:schemas:core:2.0:"
ADA: dict[str, Any] = {
    "schemas": [f"{CORE}User"], "id": "1", "userName": "ada",
    "groups": [{"value": "7", "$ref": f"{API}/Groups/7"}], "meta": {"location": f"{API}/Users/1"},
}  # fmt: skip


def scim(content: Any, path: str = "/Users", media_type: str = SCIM) -> Reading:
    return reading(content, media_type, url=API + path)


def test_a_list_has_members_with_their_locations() -> None:
    found = scim({"schemas": [f"{MESSAGES}ListResponse"], "totalResults": 1, "Resources": [ADA]})
    assert targets(found) == {"item": f"{API}/Users/1", "groups": f"{API}/Groups/7"}
    assert [(member.target, member.data["userName"]) for member in found.members or ()] == [(f"{API}/Users/1", "ada")]
    assert (found.syntax, found.hypermedia, found.protocol) == ("scim", True, "SCIM")


def test_an_empty_list_is_one() -> None:
    assert scim({"schemas": [f"{MESSAGES}ListResponse"], "totalResults": 0}).members == ()


def test_a_resource_links_itself_and_others() -> None:
    found = scim(ADA, "/Users/1")
    assert targets(found) == {"self": f"{API}/Users/1", "groups": f"{API}/Groups/7"}
    assert (found.members, found.properties["userName"]) == (None, "ada")


def test_a_resource_type_links_its_endpoint_below_the_service() -> None:
    kind = {
        "schemas": [f"{CORE}ResourceType"], "name": "User", "endpoint": "/Users",
        "meta": {"location": f"{API}/ResourceTypes/User"},
    }  # fmt: skip
    assert targets(scim(kind, "/ResourceTypes/User"))["collection"] == f"{API}/Users"
    listed = scim({"schemas": [f"{MESSAGES}ListResponse"], "Resources": [kind]}, "/ResourceTypes")
    assert targets(listed)["collection"] == f"{API}/Users"


def test_an_error_is_one() -> None:
    assert scim({"schemas": [f"{MESSAGES}Error"], "status": "404"}).is_error


def test_the_same_in_plain_json_is_not_defined() -> None:
    found = scim(ADA, media_type="application/json")
    assert (found.syntax, found.hypermedia) == ("scim", False)
