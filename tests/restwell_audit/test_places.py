from __future__ import annotations

from dataclasses import replace

import pytest

from restwell_audit.exchanges import Exchange
from restwell_audit.places import descriptions_beside, elsewhere, homeward, missing_beside
from restwell_audit.reading import Link, Reading

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


def answer(content: str, **fields: str) -> Exchange:
    headers = (("Content-Type", "application/json"), *fields.items())
    return Exchange(1, "GET", f"{A}/things", status=200, headers=headers, body=content.encode())


@pytest.mark.parametrize("target, rel, address", [
    ("https://b.example/things", "self", "https://b.example"), ("http://a.example:8080/things/", "self", f"{A}:8080"),
    ("https://b.example/others", "self", ""), ("https://b.example/things", "related", ""),
    (f"{A}/things", "self", ""), ("https://b.example/things?page=2", "self", ""),
])  # fmt: skip
def test_a_link_to_itself_says_where_a_server_thinks_it_is(target: str, rel: str, address: str) -> None:
    assert elsewhere(answer("[]"), Reading(links=(Link(target, rel),))) == address


@pytest.mark.parametrize("content, address", [
    ('{"url": "https://b.example/things"}', "https://b.example"), ('{"self": "https://b.example/x"}', ""),
    ('{"url": "/things"}', ""), ('{"url": 1}', ""), ('[{"url": "https://b.example/things"}]', ""),
])  # fmt: skip
def test_so_does_a_member_of_json(content: str, address: str) -> None:
    assert elsewhere(answer(content), Reading()) == address


def test_links_are_led_home_and_no_others() -> None:
    content = '{"a": "http://b/x", "b": "http://b.example/x", "c": "http:\\/\\/b\\/y", "d": "http://b"}'
    home = homeward(answer(content, Link='<http://b/z>; rel="next"'), "http://b")
    assert home.data == {"a": f"{A}/x", "b": "http://b.example/x", "c": f"{A}/y", "d": A}
    assert home.header("link") == f'<{A}/z>; rel="next"'


def test_at_the_root_a_url_may_be_that_of_something_else() -> None:
    site = '{"url": "https://b.example/", "name": "A site"}'
    assert elsewhere(replace(answer(site), url=f"{A}/"), Reading()) == ""
    assert elsewhere(replace(answer(site.replace("url", "self")), url=f"{A}/"), Reading()) == "https://b.example"
