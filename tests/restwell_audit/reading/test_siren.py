"""Siren by the example of its specification, and what servers make of it."""

from typing import Any

import pytest

from restwell_audit.reading import Member, Operation, Reading
from tests.restwell_audit.reading.responses import reading, targets

API = "http://api.example"
SIREN = "application/vnd.siren+json"
ORDER: dict[str, Any] = {
    "class": ["order"],
    "properties": {"orderNumber": 42, "status": "pending"},
    "entities": [
        {"class": ["items", "collection"], "rel": ["http://rels.example/order-items"], "href": "/orders/42/items"},
        {
            "class": ["info", "customer"],
            "rel": ["http://rels.example/customer"],
            "properties": {"name": "Peter"},
            "links": [
                {"rel": ["self"], "href": "/customers/pj"},
                {"rel": ["icon"], "href": "/pj.png", "type": "image/png"},
            ],
            "actions": [{"name": "forget", "method": "DELETE", "href": "/customers/pj"}],
        },
    ],
    "actions": [
        {
            "name": "add-item",
            "title": "Add Item",
            "method": "POST",
            "href": "/orders/42/items",
            "type": "application/x-www-form-urlencoded",
            "fields": [
                {"name": "orderNumber", "type": "hidden", "value": "42"},
                {"name": "productCode", "type": "text", "required": True},
            ],
        },
        {"name": "look", "href": "/orders/42"},
    ],
    "links": [
        {"rel": ["self"], "href": "/orders/42"},
        {"rel": ["previous", "http://rels.example/older"], "href": "/orders/41", "title": "Before"},
    ],
}


def test_an_entity_with_links_sub_entities_and_actions() -> None:
    found = reading(ORDER, SIREN)
    assert (found.syntax, found.hypermedia, found.members) == ("siren", True, None)
    assert targets(found) == {
        "self": f"{API}/orders/42",
        "previous http://rels.example/older": f"{API}/orders/41",
        "http://rels.example/order-items": f"{API}/orders/42/items",
        "http://rels.example/customer": f"{API}/customers/pj",
        "icon": f"{API}/pj.png",
    }
    assert found.linked("previous")[0].title == "Before"
    assert found.operations == (
        Operation(
            "POST", f"{API}/orders/42/items", "add-item", ("application/x-www-form-urlencoded",),
            ("orderNumber", "productCode"), ("productCode",),
        ),
        Operation("GET", f"{API}/orders/42", "look"),
        Operation("DELETE", f"{API}/customers/pj", "forget"),
    )  # fmt: skip
    assert found.properties == {"orderNumber": 42, "status": "pending"}


def test_fields_without_a_media_type_are_those_of_a_form() -> None:
    [found] = reading(
        {"actions": [{"name": "a", "method": "PUT", "href": "/", "fields": [{"name": "b"}]}]}, SIREN
    ).operations
    assert found.accepts == ("application/x-www-form-urlencoded",)


def test_a_collection_has_its_entities_as_members() -> None:
    content = {
        "class": ["collection"],
        "entities": [
            {"rel": ["x"], "href": "/1"},
            {"rel": ["x"], "properties": {"name": "b"}, "links": [{"rel": ["self"], "href": "/2"}]},
            {"rel": ["x"], "properties": {"name": "c"}},
        ],
    }
    assert reading(content, SIREN).members == (
        Member({}, f"{API}/1"),
        Member({"name": "b"}, f"{API}/2"),
        Member({"name": "c"}),
    )


def test_only_items_are_members_where_there_are_some() -> None:
    content = {"entities": [{"rel": ["item"], "href": "/1"}, {"rel": ["author"], "href": "/2"}]}
    assert reading(content, SIREN).members == (Member({}, f"{API}/1"),)


def test_a_collection_may_be_empty() -> None:
    assert reading({"class": ["orders", "Collection"]}, SIREN).members == ()


def test_by_its_look_it_is_siren_but_its_media_type_says_nothing() -> None:
    found = reading(ORDER, "application/json")
    assert (found.syntax, found.hypermedia, len(found.operations)) == ("siren", False, 3)


def test_links_whose_relations_are_no_lists_are_not_siren() -> None:
    assert reading({"links": [{"rel": "self", "href": "/x"}]}, "application/json").syntax == "json"


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"entities": {"entities": [{"rel": "x"}]}},
        {"links": [{"rel": [3, None], "href": []}]},
        {"actions": [{"href": 3}, 4]},
        {"class": "collection", "entities": [None, 3, {"rel": ["item"]}]},
        {"properties": [1]},
    ],
)
def test_nothing_is_too_odd(content: Any) -> None:
    assert isinstance(reading(content, SIREN), Reading)
