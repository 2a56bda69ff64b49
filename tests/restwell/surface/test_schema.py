from typing import Any

import pytest
from jsonschema import Draft202012Validator

from restwell.content import to_values
from restwell.model.resource import Declaration
from restwell.surface.schema import content_schema, creating, merging, replacing, representing, without_null
from tests.examples import BASE, FLASK, FRAMEWORKS, NOTES, SPECIMEN, SPECIMENS
from tests.restwell.descriptions.graphs import data, document

ALL = [FRAMEWORKS, SPECIMENS, NOTES]


def accepts(schema: dict[str, Any], value: object) -> bool:
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema).is_valid(value)


@pytest.mark.parametrize("declaration", ALL, ids=lambda each: each.name)
@pytest.mark.parametrize("shape", [content_schema, creating, replacing, merging, representing])
def test_every_shape_is_a_schema_of_the_dialect(declaration: Declaration, shape: Any) -> None:
    Draft202012Validator.check_schema(shape(declaration))


def test_the_document_names_itself_and_its_dialect() -> None:
    found = document("/schemas/Framework")
    assert (found.media_type, found.also) == ("application/schema+json", ("application/json",))
    assert found.data["$id"] == f"{BASE}/schemas/Framework"
    assert found.data["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert (found.data["title"], found.data["description"]) == ("Framework", "A Python web framework.")


def test_the_document_says_what_a_framework_is() -> None:
    text = {"type": "string", "maxLength": 65536, "pattern": r"^[^\x00]*$"}
    found = data("/schemas/Framework")
    assert found["properties"]["created"] == {"type": "integer", "minimum": 1989, "maximum": 2100}
    assert found["properties"]["parent"] == text | {"default": "Python"}
    assert found["properties"]["relatedName"] == {"anyOf": [text, {"type": "null"}], "default": None}
    assert found["required"] == ["name", "created"]
    assert found["additionalProperties"] is False


def test_no_title_is_made_up_from_a_name() -> None:
    found = data("/schemas/Specimen")
    assert not any("title" in value for value in found["properties"].values())
    assert not any("title" in value for value in found["$defs"].values())
    assert found["properties"]["title"]["description"] == "What it is called."


@pytest.mark.parametrize(
    "content, valid",
    [
        ({"name": "Flask", "created": 2010}, True),
        (FLASK, True),
        ({"name": "Flask", "created": 2010, "relatedName": None}, True),
        ({"name": "Flask"}, False),
        ({"name": "Flask", "created": "2010"}, False),
        ({"name": "Flask", "created": 1066}, False),
        ({"name": "..", "created": 2010}, False),
        ({"name": "Flask", "created": 2010, "relatedDocs": "javascript:alert(1)"}, False),
        ({"name": "Flask", "created": 2010, "stars": 5}, False),
    ],
)
def test_the_document_agrees_with_what_is_accepted(content: dict[str, Any], valid: bool) -> None:
    assert accepts(data("/schemas/Framework"), content) is valid
    assert accepts(creating(FRAMEWORKS), content) is valid


def test_nested_objects_are_definitions_of_their_own() -> None:
    found = data("/schemas/Specimen")
    assert found["properties"]["makers"]["items"] == {"$ref": "#/$defs/Maker"}
    assert set(found["$defs"]) == {"Branch", "Colour", "Maker", "Place"}
    assert accepts(found, {key: value for key, value in SPECIMEN.items() if key != "serial"})
    assert not accepts(found, SPECIMEN | {"maker": {"place": {}}})
    assert not accepts(found, SPECIMEN | {"maker": {"title": "Acme", "motto": "unknown"}})


def test_read_only_members_are_marked_and_not_asked_for() -> None:
    assert data("/schemas/Specimen")["properties"]["serial"]["readOnly"] is True
    assert "serial" not in creating(SPECIMENS)["properties"]
    assert not accepts(creating(SPECIMENS), SPECIMEN)


def test_a_put_needs_no_identity_because_the_uri_has_it() -> None:
    assert accepts(replacing(FRAMEWORKS), {"created": 2010})
    assert "name" not in replacing(FRAMEWORKS)["properties"]


@pytest.mark.parametrize(
    "patch, valid",
    [
        ({}, True),
        ({"created": 2011}, True),
        ({"relatedName": None}, True),
        ({"parent": None}, True),
        ({"created": None}, False),
        ({"created": "2011"}, False),
    ],
)
def test_a_merge_patch_has_any_members_and_null_for_those_that_can_be_missing(patch: Any, valid: bool) -> None:
    assert accepts(merging(FRAMEWORKS), patch) is valid


def test_a_representation_has_no_null_and_requires_what_is_always_there() -> None:
    found = representing(FRAMEWORKS)
    assert found["required"] == ["name", "created", "parent"]
    assert accepts(found, FLASK)
    assert accepts(found, {"name": "Django", "created": 2005, "parent": "Python"})
    assert not accepts(found, FLASK | {"relatedName": None})


def test_a_representation_writes_decimals_as_text_and_content_may_send_numbers() -> None:
    assert accepts(representing(SPECIMENS), SPECIMEN)
    assert not accepts(representing(SPECIMENS), SPECIMEN | {"price": 12.5})
    sent = {"id": SPECIMEN["id"], "title": "A"}
    assert accepts(creating(SPECIMENS), sent | {"price": 12.5})
    assert accepts(creating(SPECIMENS), sent | {"price": "-1234.56"})
    assert not accepts(creating(SPECIMENS), sent | {"price": "12345.6"})
    assert not accepts(creating(SPECIMENS), sent | {"price": "1.234"})


def test_an_iri_may_be_sent_and_a_uri_is_shown() -> None:
    def url(schema: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = without_null(schema["properties"]["relatedDocs"])
        return found

    assert url(creating(FRAMEWORKS))["format"] == "iri"
    sent = "https://münchen.example/" + "ü" * 1000
    shown = to_values(FRAMEWORKS, {"name": "a", "created": 2000, "relatedDocs": sent})["relatedDocs"]
    assert shown.isascii()
    found = url(representing(FRAMEWORKS))
    assert found["format"] == "uri"
    assert 2083 < len(shown) <= found["maxLength"]


def test_a_schema_without_null_keeps_everything_else() -> None:
    text, null, number = {"type": "string"}, {"type": "null"}, {"type": "number"}
    assert without_null(text) == text
    assert without_null({"anyOf": [text, null], "description": "d"}) == text | {"description": "d"}
    assert without_null({"anyOf": [text, number, null]}) == {"anyOf": [text, number]}
