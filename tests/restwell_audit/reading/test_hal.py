"""HAL by the examples of its draft, HAL-FORMS by those of its own, and what servers make of both."""

from typing import Any

import pytest

from restwell_audit.reading import Link, Member, Operation, Reading
from tests.restwell_audit.reading.responses import reading, targets

API = "http://api.example"
HAL = "application/hal+json"
ORDERS: dict[str, Any] = {
    "_links": {
        "self": {"href": "/orders"},
        "curies": [{"name": "ea", "href": "http://docs.example/rels/{rel}", "templated": True}],
        "next": {"href": "/orders?page=2"},
        "ea:find": {"href": "/orders{?id}", "templated": True, "title": "Find one"},
        "ea:admin": [{"href": "/admins/2", "title": "Fred"}, {"href": "/admins/5", "type": "text/html"}],
    },
    "currentlyProcessing": 14,
    "shippedToday": 20,
    "_embedded": {
        "ea:order": [
            {"_links": {"self": {"href": "/orders/123"}, "ea:customer": {"href": "/customers/7809"}}, "total": 30.0},
            {"_links": {"self": {"href": "/orders/124"}, "ea:basket": {"href": "/baskets/97213"}}, "total": 20.0},
        ]
    },
}


@pytest.mark.parametrize(
    "media_type", [HAL, "application/vnd.hal+json", "application/prs.hal-forms+json; charset=utf-8"]
)
def test_a_collection_with_its_links_and_what_is_embedded(media_type: str) -> None:
    found = reading(ORDERS, media_type)
    assert (found.syntax, found.hypermedia) == ("hal", True)
    assert targets(found) == {
        "self": f"{API}/orders",
        "next": f"{API}/orders?page=2",
        "http://docs.example/rels/find": f"{API}/orders{{?id}}",
        "http://docs.example/rels/admin": f"{API}/admins/2 {API}/admins/5",
        "http://docs.example/rels/order": f"{API}/orders/123 {API}/orders/124",
        "http://docs.example/rels/customer": f"{API}/customers/7809",
        "http://docs.example/rels/basket": f"{API}/baskets/97213",
    }
    assert found.members == (
        Member({"total": 30.0}, f"{API}/orders/123"),
        Member({"total": 20.0}, f"{API}/orders/124"),
    )
    assert found.properties == {"currentlyProcessing": 14, "shippedToday": 20}


def test_a_link_has_its_attributes() -> None:
    found = reading(ORDERS, HAL)
    assert found.linked("http://docs.example/rels/find") == [
        Link(f"{API}/orders{{?id}}", "http://docs.example/rels/find", templated=True, title="Find one")
    ]
    assert found.linked("http://docs.example/rels/admin")[1].media_type == "text/html"


def test_braces_are_no_template_unless_it_is_said() -> None:
    [link] = reading({"_links": {"a": {"href": "/x/{id}"}}}, HAL).links
    assert (link.target, link.templated) == (f"{API}/x/%7Bid%7D", False)


def test_an_item_with_something_embedded_is_no_collection() -> None:
    order = {"_links": {"self": {"href": "/1"}}, "currency": "EUR", "_embedded": {"lines": [{"product": "x"}]}}
    assert reading(order, HAL).members is None


def test_several_lists_are_no_collection() -> None:
    home = {"_links": {"self": {"href": "/"}}, "_embedded": {"news": [{}], "offers": [{}]}}
    assert reading(home, HAL).members is None


@pytest.mark.parametrize(
    "content",
    [
        {"_embedded": {"orders": []}},
        {"_embedded": {}, "total": 0},
        {"_links": {"self": {"href": "/"}}, "page": {"size": 20, "totalElements": 0, "totalPages": 0, "number": 0}},
    ],
)
def test_a_collection_may_be_empty(content: dict[str, Any]) -> None:
    assert reading(content, HAL).members == ()


def test_an_entry_point_is_no_collection() -> None:
    assert reading({"_links": {"self": {"href": "/"}, "orders": {"href": "/orders"}}}, HAL).members is None


def test_links_to_items_are_members() -> None:
    found = reading({"_links": {"item": [{"href": "/1"}, {"href": "/2"}]}}, HAL)
    assert [member.target for member in found.members or ()] == [f"{API}/1", f"{API}/2"]


def test_a_member_whose_own_link_takes_a_query_is_there_without_it() -> None:
    own = {"_links": {"self": {"href": "/orders/1{?projection}", "templated": True}}}
    assert reading({"_embedded": {"orders": [own]}}, HAL).members == (Member({}, f"{API}/orders/1"),)


def test_templates_are_operations() -> None:
    content = {
        "_links": {"self": {"href": "/tasks/1"}},
        "_templates": {
            "default": {
                "title": "Change",
                "method": "put",
                "contentType": "application/JSON",
                "properties": [
                    {"name": "title", "required": True, "prompt": "Title"},
                    {"name": "done", "type": "checkbox"},
                    {"name": "created", "readOnly": True},
                ],
            },
            "drop": {"method": "DELETE", "properties": []},
            "move": {"method": "POST", "target": "/moves{?to}", "contentType": "text/plain"},
            "find": {"target": "/tasks", "properties": [{"name": "q"}]},
        },
    }
    assert reading(content, "application/prs.hal-forms+json").operations == (
        Operation("PUT", f"{API}/tasks/1", "default", ("application/json",), ("title", "done"), ("title",)),
        Operation("DELETE", f"{API}/tasks/1", "drop"),
        Operation("POST", f"{API}/moves{{?to}}", "move", ("text/plain",)),
        Operation("GET", f"{API}/tasks", "find", ("application/json",), ("q",)),
    )


def test_templates_without_a_link_to_itself_are_for_the_document() -> None:
    found = reading({"_templates": {"default": {"method": "POST"}}}, HAL, url=f"{API}/a")
    assert [operation.target for operation in found.operations] == [f"{API}/a"]


def test_by_its_look_it_is_hal_but_its_media_type_says_nothing() -> None:
    found = reading(ORDERS, "application/json")
    assert (found.syntax, found.hypermedia, len(found.members or ())) == ("hal", False, 2)


@pytest.mark.parametrize(
    "media_type, fields",
    [
        ('application/json; profile="https://docs.example/hal"', ()),
        ("application/json", (("Link", '<https://docs.example/hal>; rel="profile"'),)),
    ],
)
def test_a_profile_may_say_that_the_links_are_hal(media_type: str, fields: tuple[tuple[str, str], ...]) -> None:
    assert reading(ORDERS, media_type, *fields).hypermedia


@pytest.mark.parametrize(
    "content",
    [
        {"_links": []},
        {"_links": {}},
        {"_links": {"self": "/x"}},
        {"_links": {"self": {"href": 3}}},
        {"links": {"a": {"href": "/x"}}},
    ],
)
def test_links_without_href_are_not_hal(content: dict[str, Any]) -> None:
    assert reading(content, "application/json").syntax == "json"


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"_links": 3, "_embedded": [], "_templates": "x"},
        {"_links": {"self": [{"href": 1}, 2, None]}},
        {"_embedded": {"a": {"_embedded": {"b": [{"_links": {"c": None}}]}}}},
        {"_templates": {"a": 3, "b": {"properties": 4}}},
        {"_links": {"curies": {"name": 3, "href": {}}}},
        {"_links": {"curies": [{"href": "{rel}"}], ":x": {"href": "/"}}},
    ],
)
def test_nothing_is_too_odd(content: Any) -> None:
    assert isinstance(reading(content, HAL), Reading)
