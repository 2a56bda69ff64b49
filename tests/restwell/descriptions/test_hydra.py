from typing import Any, Literal

import pytest
from pydantic import AnyUrl

from restwell.descriptions.constraints import in_words
from restwell.descriptions.hydra import operation
from restwell.model.declare import declare
from restwell.model.fields import Field
from restwell.model.policy import public
from restwell.model.resource import Resource
from restwell.surface.affordances import collection_operations, item_operations
from restwell.surface.schema import content_schema
from tests.examples import ADDRESSES, BASE, Note
from tests.restwell.descriptions.graphs import by_pyld, data, document, turtle

OWN = f"{BASE}/docs.jsonld#"


@pytest.fixture(scope="module")
def docs() -> dict[str, Any]:
    return data("/docs.jsonld")


@pytest.fixture(scope="module")
def classes(docs: dict[str, Any]) -> dict[str, Any]:
    return {found["@id"]: found for found in docs["supportedClass"]}


def properties(found: dict[str, Any]) -> dict[str, Any]:
    return {each["title"]: each for each in found["supportedProperty"]}


def test_it_is_json_ld_that_names_the_entry_point(docs: dict[str, Any]) -> None:
    found = document("/docs.jsonld")
    assert (found.media_type, found.also) == ("application/ld+json", ("application/json",))
    assert docs["@id"] == f"{BASE}/docs.jsonld"
    assert (docs["title"], docs["entrypoint"]) == ("Frameworks", f"{BASE}/")


def test_every_operation_that_somebody_may_perform_is_there(classes: dict[str, Any]) -> None:
    entries = properties(classes[f"{OWN}Entrypoint"])
    for each in ADDRESSES.declarations:
        on_items = [found["method"] for found in classes[OWN + each.name]["supportedOperation"]]
        assert on_items == [operation.method for operation in item_operations(each)]
        on_collection = [found["method"] for found in entries[each.slug]["property"]["supportedOperation"]]
        assert on_collection == [operation.method for operation in collection_operations(each)]


def test_every_operation_has_what_clients_drop_it_without(classes: dict[str, Any]) -> None:
    nodes = list(classes.values()) + [
        each["property"] for found in classes.values() for each in found["supportedProperty"]
    ]
    operations = [found for node in nodes for found in node.get("supportedOperation", [])]
    assert operations
    assert all({"title", "method", "returns", "description"} <= set(found) for found in operations)


def test_an_operation_says_which_scope_it_needs(classes: dict[str, Any]) -> None:
    said = {found["method"]: found["description"] for found in classes[f"{OWN}Framework"]["supportedOperation"]}
    assert said["GET"] == "Public."
    assert said["DELETE"] == "Needs the scope frameworks:delete."
    assert classes[f"{OWN}Note"]["supportedOperation"][0]["description"] == "Needs the scope notes:read."


def test_conditional_operations_expect_if_match(classes: dict[str, Any]) -> None:
    def conditional(name: str) -> list[str]:
        return [
            found["method"]
            for found in classes[OWN + name]["supportedOperation"]
            if any(header["headerName"] == "If-Match" for header in found.get("expectsHeader", []))
        ]

    assert conditional("Specimen") == ["PATCH", "PUT", "DELETE"]
    assert conditional("Framework") == []


def test_a_read_only_collection_is_tied_to_its_class_as_clients_look_for_it(classes: dict[str, Any]) -> None:
    found = properties(classes[f"{OWN}Entrypoint"])["notes"]["property"]
    assert found["@id"] == f"{OWN}Entrypoint/notes"
    assert found["range"] == [
        {"@id": "hydra:Collection"},
        {
            "owl:equivalentClass": {
                "owl:onProperty": {"@id": "hydra:member"},
                "owl:allValuesFrom": {"@id": f"{OWN}Note"},
            }
        },
    ]


def test_a_declared_class_is_a_narrower_one(classes: dict[str, Any]) -> None:
    assert classes[f"{OWN}Framework"]["subClassOf"] == "https://schema.org/SoftwareApplication"
    assert "subClassOf" not in classes[f"{OWN}Note"]


def test_properties_have_their_ranges(classes: dict[str, Any]) -> None:
    xsd, rdf = "http://www.w3.org/2001/XMLSchema#", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    found = properties(classes[f"{OWN}Specimen"])
    ranges = {name: each["property"]["range"] for name, each in found.items()}
    expected = {
        "title": xsd + "string",
        "limit": xsd + "integer",
        "weight": xsd + "double",
        "good": xsd + "boolean",
        "price": xsd + "decimal",
        "day": xsd + "date",
        "moment": xsd + "dateTime",
        "colour": xsd + "string",
        "home": "http://www.w3.org/2000/01/rdf-schema#Resource",
        "tags": rdf + "List",
        "extra": rdf + "JSON",
        "maker": f"{OWN}Specimen/maker.Maker",
    }
    assert {name: ranges[name] for name in expected} == expected


def test_only_our_own_properties_have_a_domain(classes: dict[str, Any]) -> None:
    found = properties(classes[f"{OWN}Framework"])
    assert "domain" not in found["name"]["property"]
    assert found["parent"]["property"]["domain"] == f"{OWN}Framework"


def test_objects_within_have_classes_of_their_own(classes: dict[str, Any]) -> None:
    assert set(properties(classes[f"{OWN}Specimen/maker.Maker"])) == {"title", "place", "founded"}
    assert set(properties(classes[f"{OWN}Specimen/maker/place.Place"])) == {"latitude", "title"}


def test_constraints_are_said_in_words(classes: dict[str, Any]) -> None:
    said = {
        name: each.get("description")
        for key in ("Framework", "Specimen")
        for name, each in properties(classes[OWN + key]).items()
    }
    assert said["created"] == "At least 1989; at most 2100."
    assert said["parent"] == "Python unless given."
    assert said["title"] == "What it is called. At most 40 characters."
    assert said["colour"] == "One of red, blue; red unless given."
    assert said["size"] == "One of small, large."
    assert said["good"] == "true unless given."
    assert said["serial"] == "0 unless given; set by the server."
    assert said["method"] is None
    assert said["name"] == "At most 128 characters; names the item in its URI."
    assert said["home"] == "Beginning with http:// or https://."


def test_constraints_are_said_in_good_words() -> None:
    class Word(Resource):
        """Declared with limits that read differently."""

        text: str = Field("x", identity=True, min_length=1, max_length=2)
        plain: str = "x"
        letter: str = Field("x", min_length=1, max_length=1)
        tags: list[str] = Field(min_length=1)
        code: str = Field("a-1", pattern="^[a-z]-[0-9]$")
        link: AnyUrl | None = None
        size: Literal["small", "large"] = "small"

    declaration = declare(Word, "/words", read=public())
    schema = content_schema(declaration)
    said = {
        spec.name: in_words(spec, schema["properties"][spec.name], schema["$defs"]) for spec in declaration.fields
    }
    assert said == {
        "text": "At most 2 characters; x unless given; names the item in its URI.",
        "plain": "x unless given.",
        "letter": "At least 1 character; at most 1 character; x unless given.",
        "tags": "At least 1 value.",
        "code": "Matching ^[a-z]-[0-9]$; a-1 unless given.",
        "link": "",
        "size": "One of small, large; small unless given.",
    }


def test_what_can_be_written_is_said(classes: dict[str, Any]) -> None:
    def writeable(name: str) -> list[str]:
        return [key for key, each in properties(classes[OWN + name]).items() if each["writeable"]]

    assert writeable("Framework") == ["name", "created", "parent", "relatedName", "relatedDocs"]
    assert "serial" not in writeable("Specimen")
    assert writeable("Note") == []


def test_refusals_are_documented_as_hydra_errors(docs: dict[str, Any]) -> None:
    expected = turtle("v:Problem <http://www.w3.org/2000/01/rdf-schema#subClassOf> hydra:Error .")
    assert set(expected) <= set(by_pyld(docs))


def test_what_nobody_may_read_is_not_returned_by_a_write() -> None:
    """The answer to it has no content (contract, section 7), so that Hydra promises none."""
    declaration = declare(Note, "/notes", create=public(), update=public(), delete=public())
    every = (*collection_operations(declaration), *item_operations(declaration))
    found = [operation(declaration, each, BASE) for each in every]
    assert [(each["method"], each["returns"]) for each in found] == [
        ("POST", "owl:Nothing"),
        ("PATCH", "owl:Nothing"),
        ("PUT", "owl:Nothing"),
        ("DELETE", "owl:Nothing"),
    ]
