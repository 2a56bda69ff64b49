"""`application/hal+json`, held against draft-kelly-json-hal-11 and against what the plain data links."""

from collections.abc import Iterator
from typing import Any

import pytest

from restwell import Api, Field, Resource, public, scope
from restwell.http.links import API_DOCUMENTATION
from restwell.surface.site import search_template
from tests.api import BASE, HAL, JSON, JSON_LD, Served, frameworks, is_problem, samples, serving
from tests.examples import FRAMEWORKS

PLACES = ["/", "/frameworks?limit=2", "/frameworks/Flask"]


class Status(Resource):
    """A collection that is called like a link relation."""

    number: int = Field(identity=True)


class Secret(Resource):
    """What only some may read."""

    name: str = Field(identity=True)


def register(api: Api) -> None:
    frameworks()(api)
    samples(initial=[{"number": number} for number in range(3)])(api)
    api.resource("/status", read=public())(Status)
    api.resource("/secrets", read=scope("secrets"))(Secret)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(register) as found:
        yield found


def hal(served: Served, target: str, **options: Any) -> Any:
    answer = served.send("GET", target, accept=HAL, **options)
    assert (answer.status, answer["content-type"]) == (200, HAL)
    return answer.json()


def resources(node: Any) -> Iterator[Any]:
    """A resource object and every one that is embedded in it (section 4)."""
    yield node
    for embedded in node.get("_embedded", {}).values():
        for each in embedded if isinstance(embedded, list) else [embedded]:
            yield from resources(each)


def links(node: Any) -> Iterator[tuple[str, Any]]:
    for relation, found in node["_links"].items():
        for each in found if isinstance(found, list) else [found]:
            yield relation, each


@pytest.mark.parametrize("target", PLACES)
def test_every_resource_object_has_itself_and_links_with_href(served: Served, target: str) -> None:
    for node in resources(hal(served, target)):
        assert set(node["_links"]["self"]) == {"href"}
        for _, link in links(node):
            assert set(link) <= {"href", "templated", "type"}
            assert link["href"].startswith(f"{BASE}/")
            assert ("{" in link["href"]) == link.get("templated", False)


@pytest.mark.parametrize("target", PLACES)
def test_self_is_the_same_again(served: Served, target: str) -> None:
    found = hal(served, target)
    assert hal(served, found["_links"]["self"]["href"]) == found


@pytest.mark.parametrize("target", PLACES)
def test_it_links_what_the_plain_data_links_and_not_twice(served: Served, target: str) -> None:
    answer = served.send("GET", target, accept=HAL)
    assert [each.relations for each in answer.links()] == [[API_DOCUMENTATION]]
    assert not answer.all("link-template")
    inside = {(relation, link["href"]) for relation, link in links(answer.json())}
    plain = served.send("GET", target, accept=JSON).links()
    expected = {
        (each.relations[0], each.target) for each in plain if each.relations[0] not in {API_DOCUMENTATION, "item"}
    }
    assert expected <= inside
    more = {relation for relation, _ in inside - expected}
    assert more <= {"self", "item", "search", "frameworks", "samples", "status"}


def test_an_item_is_the_plain_data_with_links(served: Served) -> None:
    found = hal(served, "/frameworks/Flask")
    assert found.pop("_links")["collection"] == {"href": f"{BASE}/frameworks"}
    assert found == served.send("GET", "/frameworks/Flask", accept=JSON).json()


def test_a_page_embeds_its_items_under_the_name_that_they_have_in_plain_data(served: Served) -> None:
    found = hal(served, "/frameworks?sort=name")
    plain = served.send("GET", "/frameworks?sort=name", accept=JSON).json()["frameworks"]
    embedded = found["_embedded"]["frameworks"]
    assert [{key: value for key, value in each.items() if key != "_links"} for each in embedded] == plain
    assert [each["_links"] for each in embedded] == [
        {"self": {"href": f"{BASE}/frameworks/{each['name']}"}} for each in plain
    ]


def test_a_page_without_items_embeds_none(served: Served) -> None:
    assert hal(served, "/frameworks?name=Nobody")["_embedded"] == {"frameworks": []}


def test_pages_lead_to_the_next_and_back(served: Served) -> None:
    first = hal(served, "/frameworks?limit=3&sort=name")
    assert "prev" not in first["_links"]
    second = hal(served, first["_links"]["next"]["href"])
    assert "next" not in second["_links"]
    assert hal(served, second["_links"]["prev"]["href"])["_embedded"] == first["_embedded"]
    assert hal(served, second["_links"]["first"]["href"])["_embedded"] == first["_embedded"]


def test_a_page_says_how_many_there_are_where_that_is_counted(served: Served) -> None:
    linked = served.send("GET", "/frameworks?limit=2", accept=JSON_LD).json()
    assert hal(served, "/frameworks?limit=2")["totalItems"] == linked["totalItems"] == 4
    assert "totalItems" not in hal(served, "/frameworks", headers={"Prefer": "count=none"})


def test_templates_lead_to_items_and_to_parts_of_the_collection(served: Served) -> None:
    found = hal(served, "/frameworks")["_links"]
    assert found["item"] == {"href": f"{BASE}/frameworks/{{name}}", "templated": True}
    assert found["search"] == {"href": search_template(BASE, FRAMEWORKS), "templated": True}
    query = found["search"]["href"].partition("{?")[2].removesuffix("}").split(",")
    assert "name%5Bicontains%5D" in query
    searched = hal(served, f"{BASE}/frameworks?name%5Bicontains%5D=LAS&limit=1")
    assert [each["name"] for each in searched["_embedded"]["frameworks"]] == ["Flask"]


def test_the_entry_point_links_what_this_caller_may_use(served: Served) -> None:
    assert "secrets" not in hal(served, "/")["_links"]
    assert hal(served, "/", key=served.key("secrets:read"))["_links"]["secrets"] == {"href": f"{BASE}/secrets"}


def test_a_collection_called_like_a_relation_stands_beside_what_has_that(served: Served) -> None:
    found = [each["href"].removeprefix(BASE) for each in hal(served, "/")["_links"]["status"]]
    assert found == ["/status", "/health/ready", "/health/live"]


@pytest.mark.parametrize("target", ["/docs", "/openapi.json", "/schemas/Framework"])
def test_descriptions_are_not_hal(served: Served, target: str) -> None:
    assert is_problem(served.send("GET", target, accept=HAL), 406)


def test_what_was_read_can_be_sent_back(served: Served) -> None:
    key = served.key("frameworks:write")
    content = {**hal(served, "/frameworks/Bottle"), "created": 2008}
    options = served.send("OPTIONS", "/frameworks")
    assert HAL in options.words("accept-post")
    answer = served.send("PUT", "/frameworks/Bottle", {"Content-Type": HAL}, content, key=key, accept=HAL)
    assert (answer.status, answer.json()["created"]) == (200, 2008)
    assert answer.json()["_links"]["self"]["href"] == f"{BASE}/frameworks/Bottle"
    # Traverson's `patch` names the media type that it reads.
    patched = served.send("PATCH", "/frameworks/Bottle", {"Content-Type": HAL}, {**content, "created": 2009}, key=key)
    assert (patched.status, patched.json()["created"]) == (200, 2009)
    page = hal(served, "/frameworks?limit=1")["_embedded"]["frameworks"][0]
    created = served.send("POST", "/frameworks", {"Content-Type": HAL}, {**page, "name": "Copy"}, key=key, accept=HAL)
    assert (created.status, created["location"]) == (201, created.json()["_links"]["self"]["href"])
    assert served.send("DELETE", "/frameworks/Copy", key=key).status == 204
