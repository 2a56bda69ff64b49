"""JSON:API by the examples of its specification."""

from typing import Any

import pytest

from restwell_audit.reading import Member, Reading
from tests.restwell_audit.reading.responses import reading, targets

API = "http://api.example"
JSON_API = "application/vnd.api+json"
ARTICLES: dict[str, Any] = {
    "links": {"self": "/articles", "next": {"href": "/articles?page=2", "title": "More"}, "prev": None},
    "data": [
        {
            "type": "articles",
            "id": "1",
            "attributes": {"title": "JSON:API paints my bikeshed!"},
            "relationships": {
                "author": {
                    "links": {"self": "/articles/1/relationships/author", "related": "/articles/1/author"},
                    "data": {"type": "people", "id": "9"},
                },
                "comments": {"data": [{"type": "comments", "id": "5"}]},
            },
            "links": {"self": "/articles/1", "archive": "/archive/1"},
        }
    ],
    "included": [
        {"type": "people", "id": "9", "attributes": {"name": "Dan"}, "links": {"self": "/people/9"}},
        {
            "type": "comments",
            "id": "5",
            "relationships": {"by": {"data": {"type": "people", "id": "2"}}},
            "links": {"self": "/comments/5"},
        },
        {"type": "people", "id": "2", "links": {"self": "/people/2"}},
        {"type": "people", "id": "77", "links": {"self": "/people/77"}},
    ],
}


def test_a_collection_with_relationships_and_what_is_included() -> None:
    found = reading(ARTICLES, JSON_API)
    assert (found.syntax, found.hypermedia, found.is_error, found.operations) == ("json:api", True, False, ())
    assert targets(found) == {
        "self": f"{API}/articles",
        "next": f"{API}/articles?page=2",
        "item": f"{API}/articles/1",
        "archive": f"{API}/archive/1",
        "author": f"{API}/articles/1/author {API}/articles/1/relationships/author {API}/people/9",
        "comments": f"{API}/comments/5",
        "by": f"{API}/people/2",
        "": f"{API}/people/77",
    }
    title = ARTICLES["data"][0]["attributes"]["title"]
    assert found.members == (Member({"type": "articles", "id": "1", "title": title}, f"{API}/articles/1"),)


def test_one_resource_is_no_collection() -> None:
    found = reading({"data": ARTICLES["data"][0]}, JSON_API)
    assert found.members is None
    assert found.linked("self")[0].target == f"{API}/articles/1"
    assert found.properties["id"] == "1"


def test_a_link_may_say_its_relation_itself() -> None:
    found = reading(
        {"links": {"docs": {"href": "/d", "rel": "describedby", "type": "text/html"}}, "data": None}, JSON_API
    )
    assert targets(found) == {"describedby": f"{API}/d"}
    assert found.links[0].media_type == "text/html"


def test_a_collection_may_be_empty() -> None:
    assert reading({"data": []}, JSON_API).members == ()


def test_members_may_have_no_link_of_their_own() -> None:
    assert reading({"data": [{"type": "a", "id": "1"}]}, JSON_API).members == (Member({"type": "a", "id": "1"}),)


def test_what_a_relationship_points_to_is_no_collection() -> None:
    content = {
        "data": [{"type": "tags", "id": "2"}],
        "links": {"self": "/1/relationships/tags", "related": "/1/tags"},
    }
    assert reading(content, JSON_API).members is None


def test_errors_are_a_failure() -> None:
    assert reading({"errors": [{"status": "404", "title": "No such article"}]}, JSON_API).is_error


def test_by_its_look_it_is_json_api_but_its_media_type_says_nothing() -> None:
    found = reading(ARTICLES, "application/json")
    assert (found.syntax, found.hypermedia, len(found.members or ())) == ("json:api", False, 1)
    assert reading({"jsonapi": {"version": "1.1"}, "data": None}, "application/json").syntax == "json:api"


def test_data_with_type_and_id_alone_are_not_json_api() -> None:
    assert reading({"data": [{"type": "a", "id": "1", "name": "x"}]}, "application/json").syntax == "json"


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"data": 3, "links": [], "included": {}, "errors": 1},
        {"data": [3, {"links": {"self": {}}, "relationships": []}]},
        {"data": {"relationships": {"a": 3, "b": {"links": 4, "data": [5, {"type": 6}]}}}},
        {"links": {"a": 3, "b": {"href": 4, "rel": {}}}},
    ],
)
def test_nothing_is_too_odd(content: Any) -> None:
    assert isinstance(reading(content, JSON_API), Reading)
