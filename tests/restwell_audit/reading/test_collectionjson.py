"""Collection+JSON by the examples of its specification."""

from typing import Any

import pytest

from restwell_audit.reading import Member, Operation, Reading
from tests.restwell_audit.reading.responses import reading, targets

API = "http://api.example"
COLLECTION = "application/vnd.collection+json"
FRIENDS: dict[str, Any] = {
    "collection": {
        "version": "1.0",
        "href": "/friends/",
        "links": [{"rel": "feed", "href": "/friends/rss", "prompt": "News"}],
        "items": [
            {
                "href": "/friends/jdoe",
                "data": [{"name": "full-name", "value": "J. Doe", "prompt": "Full Name"}, {"name": "email"}],
                "links": [{"rel": "blog", "href": "http://blogs.example/jdoe"}],
            }
        ],
        "queries": [
            {"rel": "search", "href": "/friends/search", "prompt": "Search", "data": [{"name": "q", "value": ""}]},
            {"rel": "search", "href": "/friends/search?deep=1", "data": [{"name": "a b"}, {"name": "c"}]},
            {"rel": "all", "href": "/friends/all"},
        ],
        "template": {"data": [{"name": "full-name", "required": True}, {"name": "email"}]},
    }
}


def test_a_collection_with_all_that_it_may_have() -> None:
    found = reading(FRIENDS, COLLECTION)
    assert (found.syntax, found.hypermedia, found.is_error) == ("collection+json", True, False)
    assert targets(found) == {
        "self": f"{API}/friends/",
        "feed": f"{API}/friends/rss",
        "item": f"{API}/friends/jdoe",
        "blog": "http://blogs.example/jdoe",
        "search": f"{API}/friends/search{{?q}} {API}/friends/search?deep=1{{&a%20b,c}}",
        "all": f"{API}/friends/all",
    }
    assert [link.rel for link in found.links if link.templated] == ["search", "search"]
    assert found.members == (Member({"full-name": "J. Doe", "email": None}, f"{API}/friends/jdoe"),)


def test_the_template_creates_at_the_collection_and_changes_items() -> None:
    inputs, needed = ("full-name", "email"), ("full-name",)
    assert reading(FRIENDS, COLLECTION).operations == (
        Operation("POST", f"{API}/friends/", "create", (COLLECTION,), inputs, needed),
        Operation("PUT", f"{API}/friends/jdoe", "update", (COLLECTION,), inputs, needed),
    )


def test_a_collection_may_be_empty_and_need_not_say_where_it_is() -> None:
    content = {"collection": {"items": [], "template": {"data": [{"name": "a"}]}}}
    found = reading(content, COLLECTION, url=f"{API}/x")
    assert found.members == ()
    assert [operation.target for operation in found.operations] == [f"{API}/x"]


def test_an_error_is_one() -> None:
    found = reading({"collection": {"href": "/", "error": {"title": "No", "code": "X1"}}}, COLLECTION)
    assert found.is_error
    assert found.members is None


def test_by_its_look_it_is_a_collection_but_its_media_type_says_nothing() -> None:
    found = reading(FRIENDS, "application/json")
    assert (found.syntax, found.hypermedia) == ("collection+json", False)


@pytest.mark.parametrize(
    "content", [{"collection": "stamps"}, {"collection": {"href": "/x"}}, {"collection": {"items": []}}]
)
def test_anything_may_be_called_a_collection(content: dict[str, Any]) -> None:
    assert reading(content, "application/json").syntax == "json"


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"collection": []},
        {"collection": {"items": [1, {"href": 2, "data": 3, "links": 4}]}},
        {"collection": {"queries": [{"data": [{"name": "q"}]}, {"href": None}]}},
        {"collection": {"template": [], "error": "x"}},
    ],
)
def test_nothing_is_too_odd(content: Any) -> None:
    assert isinstance(reading(content, COLLECTION), Reading)
    assert reading(content, COLLECTION).links == ()
