"""JSON-LD with Hydra: as the specification shows it, as servers send it, and what only looks like it."""

from typing import Any

import pytest

from restwell_audit.reading import Link, Member, Operation, Reading
from restwell_audit.reading.terms import HYDRA
from tests.api import FOUR, JSON_LD, serving
from tests.restwell_audit.reading.responses import reading, targets

API = "http://api.example"
PAGE = {
    "@context": "https://www.w3.org/ns/hydra/context.jsonld",
    "@id": f"{API}/people",
    "@type": "Collection",
    "totalItems": 73,
    "member": [
        {"@id": "/people/alice", "name": "Alice", "knows": {"@id": "/people/bob"}},
        {"@id": "/people/bob", "name": "Bob"},
    ],
    "view": {
        "@id": "/people?page=2",
        "@type": "PartialCollectionView",
        "first": "/people?page=1",
        "previous": "/people?page=1",
        "next": "/people?page=3",
        "last": "/people?page=7",
    },
    "search": {"@type": "IriTemplate", "template": "/people{?find}", "mapping": []},
    "operation": [{"@type": "Operation", "method": "POST", "expects": "ex:Person"}],
}


def prefixed(value: Any) -> Any:
    """The same with the prefix, as servers of Hydra wrote it for years."""
    if isinstance(value, list):
        return [prefixed(each) for each in value]
    if isinstance(value, dict):
        known = {"name", "knows"}
        return {
            name if name[0] == "@" or name in known else f"hydra:{name}": prefixed(each)
            for name, each in value.items()
        }
    return f"hydra:{value}" if value in {"Collection", "PartialCollectionView", "IriTemplate", "Operation"} else value


@pytest.mark.parametrize("content", [PAGE, prefixed(PAGE)], ids=["names", "prefixed"])
def test_a_page_of_a_collection(content: dict[str, Any]) -> None:
    found = reading(content, JSON_LD)
    assert (found.syntax, found.hypermedia, found.is_error) == ("json-ld", True, False)
    assert targets(found) == {
        "self": f"{API}/people",
        "view": f"{API}/people?page=2",
        "search": f"{API}/people{{?find}}",
        "member": f"{API}/people/alice {API}/people/bob",
        "first": f"{API}/people?page=1",
        "previous": f"{API}/people?page=1",
        "next": f"{API}/people?page=3",
        "last": f"{API}/people?page=7",
        "knows": f"{API}/people/bob",
    }
    assert all(link.typed for link in found.links)
    assert [link.rel for link in found.links if link.templated] == ["search"]
    assert found.operations == (Operation("POST", f"{API}/people", accepts=(JSON_LD,)),)
    assert [member.target for member in found.members or ()] == [f"{API}/people/alice", f"{API}/people/bob"]
    assert (found.members or ())[1].data == {"name": "Bob"}


def test_members_may_be_no_more_than_iris() -> None:
    found = reading({"@id": "/a", "hydra:member": ["/a/1", "/a/2"]}, JSON_LD)
    assert found.members == (Member({}, f"{API}/a/1"), Member({}, f"{API}/a/2"))
    assert found.linked("member")[0].target == f"{API}/a/1"


def test_a_collection_may_be_empty() -> None:
    assert reading({"@type": "Collection", "member": []}, JSON_LD).members == ()


def test_a_member_may_have_no_address() -> None:
    assert reading({"hydra:member": [{"name": "a"}]}, JSON_LD).members == (Member({"name": "a"}, ""),)


def test_operations_of_a_member_are_on_the_member() -> None:
    found = reading({"@id": "/a", "member": [{"@id": "/a/1", "operation": {"method": "DELETE"}}]}, JSON_LD)
    assert found.operations == (Operation("DELETE", f"{API}/a/1"),)
    assert found.members == (Member({}, f"{API}/a/1"),)


def test_operations_of_a_blank_node_are_on_nothing_but_those_of_the_document_are_on_it() -> None:
    found = reading({"operation": {"method": "PUT"}, "part": {"operation": {"method": "DELETE"}}}, JSON_LD, url=API)
    assert found.operations == (Operation("PUT", API),)


def test_a_nested_identifier_is_a_link_by_the_name_of_its_property() -> None:
    content = {
        "@context": [{"schema": "https://schema.org/", "maker": "schema:creator"}, "https://elsewhere.example/"],
        "@id": "/1",
        "maker": {"@id": "/people/7", "address": {"@id": "#home", "country": {"@id": "/de"}}},
        "schema:license": [{"@id": "https://license.example/"}],
    }
    assert targets(reading(content, JSON_LD)) == {
        "self": f"{API}/1",
        "https://schema.org/creator": f"{API}/people/7",
        "country": f"{API}/de",
        "https://schema.org/license": "https://license.example/",
    }


def test_strings_are_links_where_the_context_says_so_and_only_there() -> None:
    content = {
        "@context": {
            "author": {"@id": "https://schema.org/author", "@type": "@id"},
            "home": "https://schema.org/url",
        },
        "@id": "/1",
        "author": ["../people/7", "https://other.example/8"],
        "home": f"{API}/people/7",
    }
    assert targets(reading(content, JSON_LD)) == {
        "self": f"{API}/1",
        "https://schema.org/author": f"{API}/people/7 https://other.example/8",
    }


def test_strings_that_a_context_elsewhere_may_define_are_links_where_they_look_like_it() -> None:
    content = {
        "@context": "/contexts/Book", "@id": "/books/1", "author": "/authors/1", "reviews": ["/reviews/1"],
        "home": f"{API}/home", "elsewhere": "https://other.example/", "text": "/ is a slash", "title": "Emma",
    }  # fmt: skip
    assert set(targets(reading(content, JSON_LD))) == {"self", "author", "reviews", "home"}


def test_who_writes_whole_identifiers_does_not_write_references_as_paths() -> None:
    found = reading({"@context": "/c", "@id": f"{API}/books/1", "folder": "/var/books"}, JSON_LD)
    assert set(targets(found)) == {"self"}


def test_a_graph_is_of_several_nodes() -> None:
    found = reading({"@context": {}, "@graph": [{"@id": "/1"}, {"@id": "/2", "@type": "x"}]}, JSON_LD)
    assert targets(found) == {"": f"{API}/1 {API}/2"}
    assert found.members is None


def test_an_expanded_document_is_read_as_a_compact_one() -> None:
    content = [
        {
            "@id": f"{API}/people",
            "@type": [f"{HYDRA}Collection"],
            f"{HYDRA}member": [{"@id": f"{API}/people/1", "https://schema.org/name": [{"@value": "Alice"}]}],
            f"{HYDRA}operation": [{f"{HYDRA}method": [{"@value": "POST"}]}],
        }
    ]
    found = reading(content, JSON_LD)
    assert [member.target for member in found.members or ()] == [f"{API}/people/1"]
    assert found.operations == (Operation("POST", f"{API}/people"),)


def test_other_names_are_those_of_the_context() -> None:
    context = {"id": "@id", "items": f"{HYDRA}member", "do": f"{HYDRA}operation", "how": f"{HYDRA}method"}
    content = {"@context": context, "id": "/a", "items": [{"id": "1"}], "do": [{"how": "POST"}], "member": ["x"]}
    found = reading(content, JSON_LD, url=f"{API}/a/")
    assert found.members == (Member({}, f"{API}/a/1"),)
    assert found.operations == (Operation("POST", f"{API}/a"),)


def test_fields_that_are_called_like_words_of_hydra_are_fields() -> None:
    content = {
        "@context": "/c", "@id": "/1", "member": "C", "method": "D", "view": "E", "first": "F", "operation": "G",
        "template": "{H}", "collection": "I", "search": "J",
    }  # fmt: skip
    found = reading(content, JSON_LD)
    assert (targets(found), found.operations, found.members) == ({"self": f"{API}/1"}, (), None)
    assert found.properties["member"] == "C"
    assert reading(content | {"member": ["a", "b"]}, JSON_LD).members is None


def test_properties_are_what_is_said_of_the_resource() -> None:
    found = reading(PAGE | {"title": "People"}, JSON_LD)
    assert found.properties == {"@type": "Collection", "totalItems": 73, "title": "People"}


@pytest.mark.parametrize(
    "content, failed",
    [
        ({"@type": "hydra:Error", "title": "No"}, True),
        ({"@context": "/c", "@type": "Error", "title": "No", "status": 404}, True),
        ({"@context": "/c", "@type": "Error", "line": 3}, False),
        ({"@context": "/c", "@type": "Person"}, False),
    ],
)
def test_an_error_says_so_by_its_class(content: dict[str, Any], failed: bool) -> None:
    assert reading(content, JSON_LD).is_error is failed


def test_a_context_in_the_link_field_makes_json_ld_of_json() -> None:
    field = ("Link", '</c>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"')
    found = reading({"@id": "/1", "author": {"@id": "/2"}}, "application/json", field)
    assert (found.syntax, found.hypermedia) == ("json-ld", True)
    assert Link(f"{API}/2", "author") in found.links


@pytest.mark.parametrize("content", [{"@context": "/c", "a": {"@id": "/2"}}, {"@id": "/1", "a": {"@id": "/2"}}])
def test_by_its_look_it_is_json_ld_but_its_media_type_says_nothing(content: dict[str, Any]) -> None:
    found = reading(content, "application/json")
    assert (found.syntax, found.hypermedia) == ("json-ld", False)
    assert f"{API}/2" in {link.target for link in found.links}


@pytest.mark.parametrize(
    "content",
    [
        [], {}, "text", 3, None, [[{"@id": "/1"}]], {"@context": 3}, {"@id": {"@id": 1}}, {"@graph": "x"},
        {"hydra:member": "x"}, {"hydra:member": [3]},
        {"hydra:member": {"@id": 3}}, {"hydra:view": []}, {"@type": {"a": 1}},
        {"@context": {"a": "b", "b": "a"}, "a:b:c": {"@list": [{"@set": [1]}]}},
    ],
)  # fmt: skip
def test_nothing_is_too_odd(content: Any) -> None:
    assert isinstance(reading(content, JSON_LD), Reading)


def test_our_own_answers_are_understood() -> None:
    with serving() as served:
        page = reading(served.send("GET", "/frameworks").body, JSON_LD, url="http://localhost/frameworks")
        entry = reading(served.send("GET", "/").body, JSON_LD, url="http://localhost/")
    names = [each["name"] for each in FOUR]
    assert sorted(member.target for member in page.members or ()) == sorted(
        f"http://localhost/frameworks/{name}" for name in names
    )
    assert sorted(member.data["name"] for member in page.members or ()) == sorted(map(str, names))
    assert page.linked("first")
    assert page.linked("search")[0].templated
    assert "GET" in {operation.method for operation in page.operations}
    assert entry.linked("frameworks")[0].target == "http://localhost/frameworks"
