"""Values for schemas: what is made is valid, and where that is no simple matter nothing is made."""

from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from restwell_audit.reading.references import Document
from restwell_audit.reading.samples import NONE, sample
from restwell_audit.reading.samples import given as written_beside
from tests.restwell_audit.reading.test_readers import DOCUMENTS

EMPTY = Document({})
SCHEMAS: list[tuple[dict[str, Any], Any]] = [
    ({"type": "string"}, "example"),
    ({"type": "string", "minLength": 9}, "examplexx"),
    ({"type": "string", "maxLength": 3}, "exa"),
    ({"type": "string", "pattern": "^[A-Z]{2}$"}, "EX"),
    ({"type": "string", "pattern": r"^(?:\.{0,2}[A-Za-z0-9_~-][A-Za-z0-9._~-]*|\.{3}[a-z]*)$"}, "example"),
    ({"type": "integer"}, 1),
    ({"type": "integer", "minimum": 2.5}, 3),
    ({"type": "integer", "minimum": 5, "exclusiveMinimum": 7, "multipleOf": 5}, 10),
    ({"type": "integer", "maximum": -3, "minimum": -5}, -5),
    ({"type": "number", "exclusiveMinimum": 0.5}, 1.0),
    ({"type": "boolean"}, True),
    ({"type": ["null", "string"]}, "example"),
    ({"enum": ["red", "blue"]}, "red"),
    ({"const": 3}, 3),
    ({"type": "integer", "default": 7}, 7),
    ({"type": "string", "examples": ["Flask"]}, "Flask"),
    ({"type": "array", "items": {"type": "integer"}}, [1]),
    ({"type": "array", "items": {"type": "integer"}, "minItems": 2}, [1, 1]),
    ({"items": {"type": "string", "pattern": "^xyz"}}, []),
    ({"properties": {"a": {"type": "integer"}, "b": {"type": "string", "pattern": "^xyz"}}}, {"a": 1}),
    ({"type": "object", "properties": {"a": {"type": "integer"}, "b": {}}, "required": ["a"]}, {"a": 1}),
    ({"properties": {"id": {"type": "integer", "readOnly": True}, "a": {"type": "integer"}}}, {"a": 1}),
    ({"oneOf": [{"type": "null"}, {"type": "integer"}]}, 1),
    (
        {
            "allOf": [
                {"properties": {"a": {"type": "integer"}}, "required": ["a"]},
                {"properties": {"b": {"type": "boolean"}}, "required": ["b"]},
            ]
        },
        {"a": 1, "b": True},
    ),
]
FORMATS = ["date", "date-time", "email", "hostname", "ipv4", "ipv6", "uri", "uuid", "duration"]


@pytest.mark.parametrize("schema, value", SCHEMAS, ids=lambda each: str(each)[:40])
def test_a_value_is_made(schema: dict[str, Any], value: Any) -> None:
    assert sample(EMPTY, schema) == value
    jsonschema.validate(value, schema)


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_has_its_value(name: str) -> None:
    schema = {"type": "string", "format": name}
    jsonschema.validate(sample(EMPTY, schema), schema, format_checker=jsonschema.FormatChecker())


@pytest.mark.parametrize(
    "schema",
    [
        None,
        3,
        {},
        {"type": "string", "pattern": "^xyz"},
        {"type": "string", "format": "binary"},
        {"type": "string", "minLength": 10**6},
        {"type": "string", "pattern": "^(x+x+)+y$"},
        {"type": "string", "pattern": "(?:a?){500}a{500}"},
        {"type": "string", "pattern": "a*" * 11 + "b"},
        {"type": "string", "pattern": "(e|)" * 40 + "b"},
        {"type": "string", "pattern": "[[a" * 3},
        {"type": "string", "pattern": "a{99999999999999}"},
        {"type": "integer", "minimum": 5, "maximum": 4},
        {"type": "array", "items": {}, "minItems": 1},
        {"properties": {"a": {}}, "required": ["a"]},
        {"$ref": "#/nowhere"},
    ],
)
def test_none_is_made_where_that_is_no_simple_matter(schema: Any) -> None:
    assert sample(EMPTY, schema) is None


def test_a_schema_that_holds_itself_has_an_end() -> None:
    tree = {"type": "object", "properties": {"left": {"$ref": "#/tree"}, "name": {"type": "string"}}}
    value = sample(Document({"tree": tree}), {"$ref": "#/tree"})
    assert value["name"] == value["left"]["name"] == "example"
    endless = {"required": ["next"], "properties": {"next": {"$ref": "#/endless"}}}
    assert sample(Document({"endless": endless}), endless) is None


def test_many_parts_have_an_end() -> None:
    wide = {"properties": {f"p{number}": {"$ref": "#/wide"} for number in range(50)}}
    assert isinstance(sample(Document({"wide": wide}), wide), dict)


def test_examples_stand_beside_schemas_in_several_ways() -> None:
    assert written_beside({"example": None, "examples": [1]}) is None
    assert written_beside({"x-example": 2}) == 2
    assert written_beside({"examples": {"one": {"externalValue": "x"}, "two": {"value": 3}}}) == 3
    assert written_beside({"examples": [], "schema": {}}) is NONE


@given(
    DOCUMENTS
    | st.dictionaries(st.sampled_from(["type", "minimum", "multipleOf", "minLength", "items", "allOf"]), DOCUMENTS)
)
def test_no_schema_is_too_odd(schema: Any) -> None:
    sample(Document({"paths": schema}), schema)
