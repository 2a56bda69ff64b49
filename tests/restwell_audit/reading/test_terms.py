"""Names of JSON-LD: what the document's own context says of them, and what is left open."""

from typing import Any

import pytest

from restwell_audit.reading.terms import HYDRA, Terms

ELSEWHERE = Terms.of("https://api.example/context")
INSIDE = Terms.of(
    {
        "hydra": HYDRA,
        "h": "hydra:",
        "id": "@id",
        "members": "hydra:member",
        "next": {"@id": "h:next", "@type": "@id"},
        "author": {"@id": "https://schema.org/author", "@type": "@id"},
        "first": "https://schema.org/givenName",
        "odd": 3,
    }
)


@pytest.mark.parametrize("key", ["hydra:member", "member", HYDRA + "member"])
def test_a_word_of_hydra_is_known_however_it_is_written(key: str) -> None:
    assert ELSEWHERE.word(key) == ELSEWHERE.relation(key) == "member"
    assert ELSEWHERE.get({key: 7}, "member") == 7


def test_a_context_elsewhere_may_mean_something_else() -> None:
    assert ELSEWHERE.is_certain("hydra:member")
    assert not ELSEWHERE.is_certain("member")


def test_a_context_inside_says_what_names_stand_for() -> None:
    assert INSIDE.word("members") == "member"
    assert INSIDE.word("next") == "next"
    assert INSIDE.relation("author") == "https://schema.org/author"
    assert INSIDE.references == {"next", "author"}
    assert INSIDE.keyword("id") == "@id"
    assert INSIDE.get({"members": [1, 2]}, "member") == [1, 2]


def test_a_name_that_the_document_defines_otherwise_is_not_hydras() -> None:
    assert INSIDE.word("first") == ""
    assert INSIDE.relation("first") == "https://schema.org/givenName"


def test_a_name_without_definition_means_nothing_where_every_context_is_known() -> None:
    assert INSIDE.word("last") == ""
    assert Terms.of([{"a": "b:c"}, "https://api.example/context"]).word("last") == "last"


def test_a_vocabulary_is_for_all_names_without_definition() -> None:
    assert Terms.of({"@vocab": HYDRA}).word("last") == "last"
    assert Terms.of({"@vocab": "https://schema.org/"}).relation("author") == "https://schema.org/author"


def test_values_may_be_wrapped_as_expanded_documents_have_them() -> None:
    assert ELSEWHERE.get({HYDRA + "title": [{"@value": "Orders"}]}, "title") == "Orders"


@pytest.mark.parametrize(
    "node, expected",
    [
        ({"@id": "/1"}, "/1"),
        ({"id": "https://api.example/1"}, "https://api.example/1"),
        ({"id": "1"}, ""),
        ({"@id": "_:b0"}, ""),
        ({"@id": 1}, ""),
        ({}, ""),
    ],
)
def test_a_node_may_say_who_it_is(node: dict[str, Any], expected: str) -> None:
    assert ELSEWHERE.id(node) == expected


def test_another_name_for_identifiers_counts_where_the_context_gives_it() -> None:
    assert INSIDE.id({"id": "1"}) == "1"
    assert Terms.of({"a": "b:c"}).id({"id": "https://api.example/1"}) == ""


def test_classes_are_certain_or_not() -> None:
    assert ELSEWHERE.is_a({"@type": ["Thing", "Collection"]}, "Collection")
    assert not ELSEWHERE.is_a({"@type": "Collection"}, "Collection", certainly=True)
    assert ELSEWHERE.is_a({"@type": "hydra:Collection"}, "Collection", certainly=True)


@pytest.mark.parametrize(
    "context", [None, 3, [], [[{}]], {"@vocab": 3, "": "", ":": ":", "a": "a:a", "b": "b:"}, {"@id": None}]
)
def test_no_context_is_too_odd(context: Any) -> None:
    terms = Terms.of(context)
    for key in ("a", "a:b", ":", "", "b:x", "hydra:", "@type"):
        assert isinstance(terms.relation(key), str)
