"""LDP: containers in any syntax of RDF, and the field that says that a resource follows it."""

from __future__ import annotations

from typing import Any

import pytest

from restwell_audit.reading import Reading
from tests.restwell_audit.reading.responses import reading

API = "http://pod.example/notes/"
LDP = "http://www.w3.org/ns/ldp#"
TYPE = ("Link", f'<{LDP}BasicContainer>; rel="type", <{LDP}Resource>; rel="type"')
EXPANDED = [
    {"@id": API, "@type": [f"{LDP}BasicContainer"]},
    {"@id": f"{API}a.txt", "@type": [f"{LDP}Resource"]},
    {"@id": API, f"{LDP}contains": [{"@id": f"{API}a.txt"}, {"@id": f"{API}b/"}]},
]
COMPACT = {
    "@context": {"ldp": LDP}, "@id": "", "@type": "ldp:BasicContainer",
    "ldp:contains": [{"@id": "a.txt"}, {"@id": "b/"}],
}  # fmt: skip
TURTLE = f"@prefix ldp: <{LDP}>.\n<> a ldp:BasicContainer; ldp:contains <a.txt>, <b/>.\n<a.txt> a ldp:Resource."


@pytest.mark.parametrize("content, media_type", [
    (EXPANDED, "application/ld+json"), (COMPACT, "application/ld+json"), (TURTLE, "text/turtle"),
], ids=["expanded", "compact", "turtle"])  # fmt: skip
def test_a_container_has_members_whatever_the_syntax(content: Any, media_type: str) -> None:
    found = reading(content, media_type, TYPE, url=API)
    assert [each.target for each in found.members or ()] == [f"{API}a.txt", f"{API}b/"]
    assert (found.hypermedia, found.protocol) == (True, "LDP")


def test_an_empty_container_is_one() -> None:
    assert reading(EXPANDED[:1], "application/ld+json", TYPE, url=API).members == ()


def test_what_another_resource_contains_is_not_a_member() -> None:
    assert reading(EXPANDED, "application/ld+json", url=f"{API}a.txt").members is None


@pytest.mark.parametrize("field, protocol", [
    (f'<{LDP}Resource>; rel="type"', "LDP"), ("<http://www.w3.org/ns/pim/space#Storage>; rel=type", ""),
    (f"<{LDP}Resource>; rel=about", ""),
])  # fmt: skip
def test_the_field_says_that_a_resource_follows_it(field: str, protocol: str) -> None:
    found: Reading = reading("hello", "text/plain", ("Link", field))
    assert found.protocol == protocol
