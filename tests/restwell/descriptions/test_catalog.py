import re
from typing import Any

from restwell.http.problems import every_problem
from tests.examples import ADDRESSES, BASE
from tests.restwell.descriptions.graphs import ABOUT, DESCRIPTIONS, by_pyld, data, document, turtle


def test_the_catalogue_has_one_api_with_its_descriptions() -> None:
    found = document("/.well-known/api-catalog")
    assert found.media_type == 'application/linkset+json;profile="https://www.rfc-editor.org/info/rfc9727"'
    catalogue, api = found.data["linkset"]
    assert catalogue["anchor"] == f"{BASE}/.well-known/api-catalog"
    assert [link["href"] for link in catalogue["item"]] == [api["anchor"]] == [f"{BASE}/"]
    assert api["service-desc"][0] == {
        "href": f"{BASE}/openapi.json",
        "type": "application/vnd.oai.openapi+json;version=3.1",
    }
    assert api["service-doc"][0]["href"] == f"{BASE}/docs"
    assert api["service-meta"][0]["href"] == f"{BASE}/docs.jsonld"
    assert [link["href"] for link in api["item"]] == [
        f"{BASE}/frameworks",
        f"{BASE}/lab/specimens",
        f"{BASE}/notes",
    ]


def test_everything_that_is_linked_has_an_address() -> None:
    texts = [str(data(path)) for path in ("/.well-known/api-catalog", "/docs", "/docs.jsonld", "/problems/conflict")]
    paths = {path for text in texts for path in re.findall(rf"{BASE}(/[^'#{{]*)", text)}
    assert len(paths) > 10
    assert [path for path in paths if not path.endswith("/") and ADDRESSES.find(path) is None] == []


def test_the_guide_tells_people_what_they_can_do() -> None:
    found = document("/docs")
    assert found.media_type == "application/json"
    assert (found.data["title"], found.data["description"]) == (ABOUT.title, ABOUT.description)
    frameworks = found.data["resources"][0]
    assert frameworks["name"] == "Framework"
    said = [(each["method"], each["url"].removeprefix(BASE), each["who"]) for each in frameworks["operations"]]
    assert said == [
        ("GET", "/frameworks", "everybody"),
        ("POST", "/frameworks", "who has the scope `frameworks:create`"),
        ("GET", "/frameworks/{name}", "everybody"),
        ("PATCH", "/frameworks/{name}", "who has the scope `frameworks:update`"),
        ("PUT", "/frameworks/{name}", "who has the scope `frameworks:update`"),
        ("DELETE", "/frameworks/{name}", "who has the scope `frameworks:delete`"),
    ]
    created = next(field for field in frameworks["fields"] if field["name"] == "created")
    assert created == {
        "name": "created",
        "type": "integer",
        "required": True,
        "description": "At least 1989; at most 2100.",
    }


def test_every_problem_has_a_page_that_explains_it() -> None:
    for problem in every_problem():
        found = document(f"/problems/{problem.slug()}")
        assert (found.media_type, found.also) == ("application/ld+json", ("application/json",))
        assert found.data["@id"] == f"{BASE}/problems/{problem.slug()}"
        assert (found.data["title"], found.data["statusCode"]) == (problem.title, problem.status)
        assert found.data["description"] == problem.explanation


def test_a_type_of_problem_is_a_class_of_hydra_errors() -> None:
    found = by_pyld(data("/problems/bad-cursor"))
    expected = turtle(f"""
    @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
    <{BASE}/problems/bad-cursor> a hydra:Class ; hydra:statusCode 400 ;
        rdfs:subClassOf <{BASE}/problems/bad-request> ;
        rdfs:seeAlso <https://www.rfc-editor.org/rfc/rfc9110#section-15.5.1> .
    """)
    assert set(expected) <= set(found)
    assert data("/problems/bad-request")["subClassOf"] == f"{BASE}/problems/problem"
    assert data("/problems/problem")["subClassOf"] == "hydra:Error"


def test_there_is_nothing_under_other_names() -> None:
    for path in ("/problems/nothing", "/schemas/Nothing", "/contexts/Nothing"):
        assert missing(path) is None


def missing(path: str) -> Any:
    address = ADDRESSES.find(path)
    assert address is not None
    return DESCRIPTIONS.at(address, BASE)
