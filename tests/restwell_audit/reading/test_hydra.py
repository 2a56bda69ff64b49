"""Operations and templates of Hydra, by the shapes of its specification and of what servers send."""

from typing import Any

import pytest

from restwell_audit.reading import Link, Operation
from restwell_audit.reading.gathering import Gathered
from restwell_audit.reading.hydra import add_operations, add_template
from restwell_audit.reading.terms import HYDRA, Terms

ISSUES = "http://api.example/issues"
TERMS = Terms.of("https://www.w3.org/ns/hydra/context.jsonld")


def operations(value: Any) -> tuple[Operation, ...]:
    found = Gathered(ISSUES)
    add_operations(found, TERMS, value, ISSUES)
    return found.operations


def test_an_operation_says_what_it_takes() -> None:
    written = {
        "@type": "Operation",
        "method": "POST",
        "title": "Report an issue",
        "expects": {
            "@type": "Class",
            "supportedProperty": [
                {"property": "https://schema.org/name", "required": True},
                {"property": {"@id": "http://api.example/vocab#text"}, "title": "text"},
                {"property": "http://api.example/vocab#created", "writeable": False, "required": True},
                {"title": 3},
            ],
        },
    }
    assert operations(written) == (
        Operation("POST", ISSUES, "Report an issue", ("application/ld+json",), ("name", "text"), ("name",)),
    )


def test_a_header_may_say_which_media_types() -> None:
    expected = {"headerName": "Content-Type", "possibleValue": ["application/json", "application/merge-patch+json"]}
    [found] = operations(
        {"method": "PATCH", "expects": "ex:Issue", "expectsHeader": [{"headerName": "If-Match"}, expected]}
    )
    assert found.accepts == ("application/json", "application/merge-patch+json")


@pytest.mark.parametrize("prefix", ["hydra:", HYDRA])
def test_an_operation_may_have_its_names_in_full(prefix: str) -> None:
    assert operations([{prefix + "method": "DELETE", prefix + "expects": {"@id": "owl:Nothing"}}]) == (
        Operation("DELETE", ISSUES),
    )


@pytest.mark.parametrize(
    "value", [None, "G", 3, [], {}, {"title": "no method"}, [{"method": 3}], [[{"method": "GET"}]]]
)
def test_what_has_no_method_is_no_operation(value: Any) -> None:
    assert operations(value) == ()


def template(node: dict[str, Any], rel: str) -> tuple[Link, ...]:
    found = Gathered(ISSUES)
    add_template(found, TERMS, node, rel)
    return found.links


def test_a_template_is_a_link_to_be_filled_in() -> None:
    search = {
        "@type": "IriTemplate",
        "template": "/issues{?q}",
        "mapping": [{"variable": "q", "property": "ex:text"}],
    }
    assert template(search, "search") == (Link(f"{ISSUES}{{?q}}", "search", templated=True),)
    assert template(search, "ex:find") == (Link(f"{ISSUES}{{?q}}", "ex:find", templated=True),)


def test_something_else_may_have_a_template() -> None:
    assert template({"template": "Dear {name}"}, "letter") == ()
    assert template({"@type": "IriTemplate", "template": "/issues"}, "search") == ()
