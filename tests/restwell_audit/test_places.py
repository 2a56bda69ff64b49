from __future__ import annotations

import pytest

from restwell_audit.places import descriptions_beside, elsewhere, homeward, missing_beside
from restwell_audit.reading import Link, Member, Operation, Reading

A = "http://a.example"


@pytest.mark.parametrize("start, listed, beside", [
    ("/", False, "/"), ("/api", False, "/api/"), ("/api/", False, "/api/"), ("/api/v1?x=1", False, "/api/v1/"),
    ("/api/things", True, "/api/"), ("/api/things/", True, "/api/"), ("/things", True, "/"), ("/", True, "/"),
    ("/api/index.html", False, "/api/"), ("/.json", False, "/"),
])  # fmt: skip
def test_what_is_missing_is_asked_for_beside_the_start(start: str, listed: bool, beside: str) -> None:
    assert missing_beside(f"{A}{start}", listed=listed) == f"{A}{beside}no-such-thing-here"


def test_descriptions_are_looked_for_below_the_prefixes_first() -> None:
    assert list(descriptions_beside(f"{A}/api/v1/"))[:5] == [
        f"{A}/api/v1/openapi.json", f"{A}/api/v1/swagger.json", f"{A}/api/openapi.json", f"{A}/api/swagger.json",
        f"{A}/openapi.json",
    ]  # fmt: skip
    at_root = list(descriptions_beside(f"{A}/"))
    assert at_root == list(descriptions_beside(f"{A}/things", listed=True))
    assert (at_root[0], len(at_root)) == (f"{A}/openapi.json", 7)


@pytest.mark.parametrize("target, rel, address", [
    ("https://b.example/things", "self", "https://b.example"), ("http://a.example:8080/things/", "self", f"{A}:8080"),
    ("https://b.example/others", "self", ""), ("https://b.example/things", "related", ""),
    (f"{A}/things", "self", ""),
])  # fmt: skip
def test_a_link_to_itself_says_where_a_server_thinks_it_is(target: str, rel: str, address: str) -> None:
    assert elsewhere(f"{A}/things", Reading(links=(Link(target, rel),))) == address


def test_links_operations_and_members_are_led_home_and_no_others() -> None:
    reading = Reading(
        links=(Link("http://b/x"), Link("http://b.example/x")), operations=(Operation("POST", "http://b/x?y"),),
        members=(Member({}, "http://b/x/1"), Member({})),
    )  # fmt: skip
    home = homeward(reading, "http://b", f"{A}/things")
    assert [each.target for each in home.links] == [f"{A}/x", "http://b.example/x"]
    assert [each.target for each in home.operations] == [f"{A}/x?y"]
    assert [each.target for each in home.members or ()] == [f"{A}/x/1", ""]
    assert homeward(Reading(), "http://b", A).members is None
