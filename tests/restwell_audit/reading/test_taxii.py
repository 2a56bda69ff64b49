"""TAXII 2.1: from discovery to API roots, their collections, and the objects by their ids."""

from __future__ import annotations

from typing import Any

import pytest

from restwell_audit.reading import Reading
from tests.restwell_audit.reading.responses import reading, targets

HOST = "http://api.example"
TAXII = "application/taxii+json;version=2.1"


def taxii(content: Any, path: str, media_type: str = TAXII) -> Reading:
    return reading(content, media_type, url=HOST + path)


@pytest.mark.parametrize("content, path, expected", [
    ({"title": "T", "default": "/one/", "api_roots": ["/one/", f"{HOST}/two/"]}, "/taxii2/",
     {"api-root": f"{HOST}/one/ {HOST}/two/"}),
    ({"title": "One", "versions": [TAXII], "max_content_length": 9}, "/one/",
     {"collections": f"{HOST}/one/collections/"}),
    ({"collections": [{"id": "a", "title": "A"}]}, "/one/collections/", {"item": f"{HOST}/one/collections/a/"}),
    ({"id": "a", "title": "A", "can_read": True, "can_write": False}, "/one/collections/a/",
     {"objects": f"{HOST}/one/collections/a/objects/", "manifest": f"{HOST}/one/collections/a/manifest/"}),
    ({"more": True, "next": "2 3", "objects": [{"id": "x--1"}]}, "/one/collections/a/objects/",
     {"item": f"{HOST}/one/collections/a/objects/x--1/", "next": f"{HOST}/one/collections/a/objects/?next=2%203"}),
    ({"objects": [{"id": "x--1"}]}, "/one/collections/a/manifest/?limit=1",
     {"item": f"{HOST}/one/collections/a/objects/x--1/"}),
], ids=["discovery", "root", "collections", "collection", "objects", "manifest"])  # fmt: skip
def test_each_resource_leads_to_the_next(content: Any, path: str, expected: dict[str, str]) -> None:
    found = taxii(content, path)
    assert targets(found) == expected
    assert (found.syntax, found.hypermedia, found.protocol) == ("taxii", True, "TAXII 2.1")


def test_collections_and_objects_have_members() -> None:
    found = taxii({"collections": [{"id": "a", "title": "A"}]}, "/one/collections/")
    assert [(each.target, each.data["title"]) for each in found.members or ()] == [
        (f"{HOST}/one/collections/a/", "A")
    ]
    assert taxii({}, "/one/collections/a/objects/").members == ()


def test_an_error_is_one_and_plain_json_defines_no_link() -> None:
    assert taxii({"title": "Gone", "http_status": "404"}, "/one/collections/b/").is_error
    assert taxii({"title": "T", "api_roots": ["/one/"]}, "/taxii2/", "application/json").hypermedia is False
