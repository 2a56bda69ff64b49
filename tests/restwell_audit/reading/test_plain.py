"""JSON of no format: links by their looks, collections by their shape, both of them guesses."""

from typing import Any

import pytest

from restwell_audit.reading import Link, Member, Reading
from tests.restwell_audit.reading.responses import reading, targets

API = "http://api.example"
JSON = "application/json"


def links(content: Any, url: str = f"{API}/orders") -> dict[str, str]:
    return targets(reading(content, JSON, url=url))


def test_urls_of_the_same_origin_are_links_by_the_names_of_their_members() -> None:
    found = reading({"owner": f"{API}/people/1", "orders": [f"{API}/orders/1", f"{API}/orders/2"]}, JSON)
    assert (found.syntax, found.hypermedia) == ("json", False)
    assert found.links == (
        Link(f"{API}/people/1", "owner", typed=False),
        Link(f"{API}/orders/1", "orders", typed=False),
        Link(f"{API}/orders/2", "orders", typed=False),
    )


@pytest.mark.parametrize("name", ["url", "uri", "href", "self", "next", "previous", "path", "owner_url", "ownerUrl",
                                  "avatar-link", "orders_uri", "links"])  # fmt: skip
def test_paths_are_links_where_the_name_suggests_it(name: str) -> None:
    assert links({name: "/x"}) == {name: f"{API}/x"}


@pytest.mark.parametrize("name", ["name", "curl", "blink182", "folder", "hairlink", "regex"])
def test_paths_are_texts_where_the_name_does_not(name: str) -> None:
    assert links({name: "/x"}) == {}


@pytest.mark.parametrize("value", ["https://other.example/", "see http://api.example/x for more", "/a b", "x", "", 3,
                                   None, "#a", "http://api.example.evil/", "//b.example/", "mailto:x"])  # fmt: skip
def test_what_is_no_url_of_the_origin_is_no_link(value: object) -> None:
    assert links({"url": value}) == {}


def test_links_of_well_known_shapes_have_their_own_names() -> None:
    content = {
        "links": [{"rel": "next", "href": "/orders?page=2", "method": "GET"}, {"rel": "search", "href": "/s{?q}"}],
        "_links": {"author": "/people/1"},
        "previous": {"href": "/orders?page=0"},
    }
    assert links(content) == {
        "next": f"{API}/orders?page=2",
        "search": f"{API}/s{{?q}}",
        "author": f"{API}/people/1",
        "previous": f"{API}/orders?page=0",
    }


def test_relative_references_are_links_where_the_name_suggests_it() -> None:
    assert links({"next": "?page=2", "url": "./1", "link": "../people"}, f"{API}/v1/orders") == {
        "next": f"{API}/v1/orders?page=2",
        "url": f"{API}/v1/1",
        "link": f"{API}/people",
    }


def test_a_url_may_be_a_template() -> None:
    [link] = reading({"hooks_url": f"{API}/hooks{{/id}}"}, JSON).links
    assert (link.target, link.templated) == (f"{API}/hooks{{/id}}", True)


A, B = {"id": 1, "name": "a"}, {"id": 2, "name": "b"}
COLLECTIONS = [
    [A, B],
    {"results": [A, B]},
    {"items": [A, B], "anything": "else"},
    {"data": [A, B], "meta": {"total": 2}},
    {"orders": [A, B], "elsewhere": True},
    {"things": [A, B]},
    {"things": [A, B], "total_count": 2, "next": None},
    {"status": "success", "data": [A, B]},
    {"status": "success", "data": {"things": [A, B], "total": 2}},
    {"success": True, "result": {"items": [A, B]}},
]
ITEMS = [
    A,
    {"id": 1, "tags": [A, B]},
    {"name": "x", "items": [A, B]},
    {"weight": 3, "parts": [A, B]},
    {"weight": 3, "things": [A, B], "others": [A]},
    {"data": {"id": 1, "tags": [A]}},
    {"temperature": 3, "data": {"orders": [A]}},
    ["a text", "b"],
    [A, "b"],
    [1, 2],
    {},
    {"results": "none"},
    {"id": 1, "results": ["a"]},
    {"name": "x", "tags": ["a", "b"]},
    {"home": {"href": "/"}, "orders": {"href": "/orders"}},
    {"home": {"street": "x"}, "owner": {"name": "y"}},
]


@pytest.mark.parametrize("content", COLLECTIONS, ids=str)
def test_a_list_of_objects_is_a_collection(content: Any) -> None:
    found = reading(content, JSON, url=f"{API}/orders?limit=2")
    assert [member.data for member in found.members or ()] == [A, B]
    assert found.properties == {}


@pytest.mark.parametrize("content", ITEMS, ids=str)
def test_an_item_is_no_collection(content: Any) -> None:
    found = reading(content, JSON, url=f"{API}/orders")
    assert found.members is None
    assert found.properties == (content if isinstance(content, dict) else {})


@pytest.mark.parametrize("content", [[], {"results": [], "count": 0}, {"orders": []}], ids=str)
def test_a_collection_may_be_empty(content: Any) -> None:
    assert reading(content, JSON, url=f"{API}/orders").members == ()


@pytest.mark.parametrize(
    "member, target",
    [
        ({"url": "/orders/1"}, "/orders/1"),
        ({"href": f"{API}/orders/1"}, "/orders/1"),
        ({"self": "/orders/1", "url": "/about"}, "/orders/1"),
        ({"uri": "/orders/1"}, "/orders/1"),
        ({"link": "/orders/1"}, "/orders/1"),
        ({"link": {"href": "/orders/1"}}, "/orders/1"),
        ({"self_link": f"{API}/orders/1"}, "/orders/1"),
        ({"selfLink": f"{API}/orders/1"}, "/orders/1"),
        ({"_self": "/orders/1"}, "/orders/1"),
        ({"resource_uri": "/orders/1"}, "/orders/1"),
        ({"Location": "/orders/1"}, "/orders/1"),
        ({"@odata.id": "/orders/1"}, "/orders/1"),
        ({"@odata.id": "Orders(1)"}, "/v1/Orders(1)"),
        ({"links": {"self": "/orders/1"}}, "/orders/1"),
        ({"_links": {"self": {"href": "/orders/1"}}}, "/orders/1"),
        ({"links": [{"rel": "author", "href": "/people/1"}, {"rel": "self", "href": "/orders/1"}]}, "/orders/1"),
    ],
)
def test_a_member_may_have_a_url_of_its_own(member: dict[str, Any], target: str) -> None:
    assert reading([member], JSON).members == (Member(member, API + target),)


@pytest.mark.parametrize(
    "member",
    [
        {"id": 1},
        {"url": "https://flask.example/"},
        {"url": "1"},
        {"url": 1},
        {"self": {}},
        {"links": [1]},
        {"@odata.id": "Orders 1"},
    ],
)
def test_a_member_may_have_none(member: dict[str, Any]) -> None:
    assert reading([member], JSON).members == (Member(member, ""),)


@pytest.mark.parametrize("content", ["3", '"text"', "true", "1.5"])
def test_a_scalar_is_json_and_nothing_more(content: Any) -> None:
    assert reading(content, JSON) == Reading("json")


def test_a_problem_is_an_error_by_its_type() -> None:
    found = reading({"title": "Gone", "instance": "/x"}, "application/problem+json")
    assert (found.syntax, found.is_error, found.hypermedia) == ("problem", True, False)
    assert not reading({"title": "Gone", "instance": "/x"}, JSON).is_error
