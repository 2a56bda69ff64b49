"""JRD and RDAP: the arrays of links that their specifications define."""

from __future__ import annotations

import pytest

from tests.restwell_audit.reading.responses import reading, targets

API = "http://api.example"
ADA = {
    "subject": "acct:ada@api.example",
    "links": [{"rel": "self", "type": "application/activity+json", "href": f"{API}/ada"},
              {"rel": "http://ostatus.org/schema/1.0/subscribe", "template": f"{API}/follow{{?uri}}"}],
    "entities": [{"links": [{"rel": "related", "href": "/other"}]}],
}  # fmt: skip


@pytest.mark.parametrize("media_type, defined", [
    ("application/jrd+json", True), ("application/rdap+json", True), ("application/json", False),
    ("application/geo+json", False),
])  # fmt: skip
def test_links_are_those_of_the_document_and_of_what_is_in_it(media_type: str, defined: bool) -> None:
    found = reading(ADA, media_type, url=f"{API}/.well-known/webfinger")
    assert targets(found)["related"] == f"{API}/other"
    assert (found.hypermedia, all(link.typed for link in found.links)) == (defined, defined)


def test_a_template_is_one() -> None:
    (link,) = [each for each in reading(ADA, "application/jrd+json", url=f"{API}/x").links if each.templated]
    assert link.target == f"{API}/follow{{?uri}}"
