"""The links of an answer are the same in every format: where a format shows them is all that differs."""

from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from restwell.http.links import API_DOCUMENTATION, Link
from restwell.surface.addresses import Kind
from restwell.surface.affordances import collection_operations, item_operations
from restwell.surface.site import (
    FOR_PROGRAMS,
    alternates,
    item_template,
    links_at,
    refusal_links,
    service_links,
    target_of,
)
from tests.api import JSON, Served, frameworks, samples, serving
from tests.examples import BASE, FRAMEWORKS

PLACES = ["/", "/frameworks?limit=1", "/frameworks/Flask", "/docs", "/schemas/Framework"]


class Head(HTMLParser):
    """The relation and the target of every link in the head of a page."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "link":
            named = dict(attrs)
            self.found.append((str(named["rel"]), str(named["href"])))


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(frameworks(), samples()) as found:
        yield found


@pytest.mark.parametrize("target", PLACES)
def test_a_page_and_a_link_field_have_the_same_links(served: Served, target: str) -> None:
    field = served.send("GET", target, accept=f"{JSON}, */*;q=0.1").links()
    plain = {(each.relations[0], each.target) for each in field if each.relations[0] not in {*FOR_PROGRAMS, "item"}}
    head = Head(served.send("GET", target, accept="text/html").body).found
    assert {each for each in head if each[0] not in {"alternate", "canonical"}} == plain


@pytest.mark.parametrize(
    "kind, relations",
    [
        ("item", ["collection", "describedby", "profile", "service-desc", "service-doc"]),
        ("collection", ["describedby", "profile", "service-desc", "service-doc"]),
        ("entry", ["service-desc", "service-doc", "api-catalog", "status", f"{BASE}/docs.jsonld#Me", "status"]),
        ("docs", ["service-desc", "service-doc"]),
        ("nothing", ["service-desc", "service-doc"]),
    ],
)
def test_what_is_linked_follows_from_what_is_addressed(kind: Kind, relations: list[str]) -> None:
    resource = FRAMEWORKS if kind in {"item", "collection"} else None
    found = links_at(BASE, resource, kind)
    assert [each.relation for each in found] == [API_DOCUMENTATION, *relations]
    assert all(each.url.startswith(f"{BASE}/") for each in found)


def test_the_catalogue_and_the_guide_name_the_same_descriptions(served: Served) -> None:
    own = {each.relation: each for each in service_links("http://localhost")}
    catalogue, api = served.send("GET", "/.well-known/api-catalog").json()["linkset"]
    assert catalogue["anchor"] == own["api-catalog"].url
    assert {relation: each[0] for relation, each in api.items() if relation in own} == {
        relation: {"href": each.url} | ({"type": each.type} if each.type else {})
        for relation, each in own.items()
        if relation != "api-catalog"
    }
    guide = served.send("GET", "/docs", accept=JSON).json()["links"]
    assert {each["rel"]: (each["url"], each["title"]) for each in guide} == {
        relation: (own[relation].url, own[relation].title)
        for relation in ("service-desc", "service-meta", "api-catalog", "http://localhost/docs.jsonld#Me")
    }


def test_what_is_described_answers_in_the_type_that_is_said(served: Served) -> None:
    for each in service_links("http://localhost"):
        answer = served.send("GET", each.url, accept=each.type or None)
        assert answer.status == 200, each
        assert not each.type or answer["content-type"].partition(";")[0] == each.type.partition(";")[0]


def test_a_refusal_leads_to_the_beginning() -> None:
    start, context = refusal_links(BASE)
    assert start == Link("start", f"{BASE}/")
    assert (context.url, context.type) == (f"{BASE}/contexts/Problem", "application/ld+json")


def test_other_representations_are_named_without_parameters() -> None:
    assert alternates(f"{BASE}/x", ["text/html", "a/b;version=1"]) == [
        Link("alternate", f"{BASE}/x", "text/html"),
        Link("alternate", f"{BASE}/x", "a/b"),
    ]


def test_a_template_has_the_identity() -> None:
    assert item_template(BASE, FRAMEWORKS) == f"{BASE}/frameworks/{{name}}"
    every = (*collection_operations(FRAMEWORKS), *item_operations(FRAMEWORKS))
    assert {target_of(BASE, FRAMEWORKS, each) for each in every if each.target == "item"} == {
        f"{BASE}/frameworks/{{name}}"
    }
    assert {target_of(BASE, FRAMEWORKS, each) for each in every if each.target == "collection"} == {
        f"{BASE}/frameworks"
    }
