"""OpenAPI 3.0 and 3.1 and Swagger 2.0, as JSON and as YAML: what they promise is read as it is meant."""

import json
import sys
from typing import Any

import pytest

from restwell_audit.reading import Answer, Content, Description, Parameter, describe
from tests.api import serving
from tests.restwell_audit.reading.responses import response

URL = "http://api.example/docs/openapi.json"
PETS: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Pet store", "version": "1"},
    "servers": [
        {"url": "https://elsewhere.example/v1"},
        {"url": "/{stage}", "variables": {"stage": {"default": "v2"}}},
    ],
    "security": [{"key": []}],
    "paths": {
        "/pets": {
            "parameters": [{"$ref": "#/components/parameters/limit"}, {"name": "tag", "in": "query"}],
            "get": {
                "operationId": "listPets",
                "parameters": [{"name": "tag", "in": "query", "required": True, "example": "dog"}],
                "responses": {
                    "200": {"$ref": "#/components/responses/Pets"},
                    "4xx": {"description": "no", "content": {"application/problem+json": {}}},
                    "default": {"description": "odd"},
                },
                "security": [],
            },
            "post": {
                "operationId": "createPet",
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Pet"}},
                        "application/xml": {"examples": {"one": {"$ref": "#/components/examples/xml"}}},
                    },
                },
                "responses": {"201": {"headers": {"Location": {}}, "links": {"read": {"operationId": "readPet"}}}},
            },
        },
        "/pets/{name}": {
            "get": {
                "parameters": [
                    {"name": "name", "in": "path", "required": True, "schema": {"type": "string", "default": "Rex"}}
                ],
                "security": [{"key": []}, {}],
            },
            "summary": "One pet",
        },
    },
    "components": {
        "parameters": {"limit": {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 5}}},
        "responses": {"Pets": {"description": "ok", "content": {"application/json": {}, "application/HAL+json": {}}}},
        "schemas": {"Pet": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}},
        "examples": {"xml": {"value": "<pet/>"}},
    },
}


def described(content: Any, media_type: str = "application/json", url: str = URL) -> Description:
    found = describe(response(content, media_type, url=url))
    assert found is not None
    return found


def test_a_document_says_where_and_what() -> None:
    found = described(PETS)
    assert (found.document, found.version, found.title, found.unread) == (URL, "3.0.3", "Pet store", "")
    assert found.servers == ("http://api.example/v2", "https://elsewhere.example/v1")
    assert [(each.method, each.path, each.name) for each in found.operations] == [
        ("GET", "/pets", "listPets"),
        ("POST", "/pets", "createPet"),
        ("GET", "/pets/{name}", ""),
    ]


def test_parameters_are_those_of_the_path_unless_the_operation_overrides_them() -> None:
    first, _, one = described(PETS).operations
    assert first.parameters == (Parameter("limit", "query", False, 5), Parameter("tag", "query", True, "dog"))
    assert one.parameters == (Parameter("name", "path", True, "Rex"),)


def test_content_has_examples_written_or_made() -> None:
    _, create, _ = described(PETS).operations
    assert create.contents == (Content("application/json", {"name": "example"}), Content("application/xml", "<pet/>"))
    assert create.content_required
    assert create.example == {"name": "example"}


def test_answers_have_their_media_types_headers_and_links() -> None:
    first, create, _ = described(PETS).operations
    assert first.answers == (
        Answer("200", ("application/json", "application/hal+json")),
        Answer("4XX", ("application/problem+json",)),
        Answer("default"),
    )
    assert create.answers == (Answer("201", (), ("Location",), ("read",)),)


def test_an_operation_says_whether_it_needs_a_credential() -> None:
    assert [(each.security, each.secured) for each in described(PETS).operations] == [
        ((), False),  # it overrides the document's
        (("key",), True),
        (("key",), False),  # it may do without
    ]


def test_without_servers_the_paths_are_at_the_root() -> None:
    assert described({"openapi": "3.1.0", "paths": {}}).servers == ("http://api.example",)
    assert described({"openapi": "3.1.0", "servers": [{"url": "."}]}).servers == ("http://api.example/docs",)
    assert described({"openapi": "3.1.0", "servers": [{"url": "mailto:x"}, 3]}).servers == ("http://api.example",)


def test_variables_of_servers_are_filled_in_once() -> None:
    variables = {"a": {"default": "{a}{b}"}, "b": {"default": "x"}, "c": 3}
    content = {"openapi": "3.1.0", "servers": [{"url": "/{a}/{b}/{c}", "variables": variables}]}
    assert described(content).servers == ("http://api.example/%7Ba%7D%7Bb%7D/x",)


SWAGGER: dict[str, Any] = {
    "swagger": "2.0",
    "info": {"title": "Pets"},
    "host": "api.example",
    "basePath": "/v1/",
    "schemes": ["https", "http", "ws"],
    "consumes": ["application/json"],
    "produces": ["application/json"],
    "securityDefinitions": {"key": {"type": "apiKey"}},
    "paths": {
        "/pets": {
            "get": {"parameters": [{"name": "limit", "in": "query", "type": "integer", "default": 20}],
                    "responses": {"200": {"schema": {}}, "404": {}}},
            "post": {"parameters": [{"name": "pet", "in": "body", "required": True,
                                     "schema": {"$ref": "#/definitions/Pet"}}],
                     "security": [{"key": []}]},
            "put": {"consumes": ["multipart/form-data"],
                    "parameters": [{"name": "name", "in": "formData", "type": "string", "required": True},
                                   {"name": "photo", "in": "formData", "type": "file"}]},
        },
    },
    "definitions": {"Pet": {"properties": {"name": {"type": "string", "example": "Rex"}}}},
}  # fmt: skip


def test_swagger_has_the_same_in_other_places() -> None:
    found = described(SWAGGER)
    assert (found.version, found.servers) == ("2.0", ("http://api.example/v1", "https://api.example/v1"))
    put, create, read = sorted(found.operations, key=lambda each: each.method, reverse=True)[0:3]
    assert (put.method, create.method, read.method) == ("PUT", "POST", "GET")
    assert read.parameters == (Parameter("limit", "query", False, 20),)
    assert read.answers == (Answer("200", ("application/json",)), Answer("404"))
    assert (create.contents, create.content_required, create.secured) == (
        (Content("application/json", {"name": "Rex"}),), True, True,
    )  # fmt: skip
    assert put.contents == (Content("multipart/form-data", {"name": "example"}),)


def test_swagger_without_host_is_where_the_document_is() -> None:
    assert described({"swagger": "2.0", "paths": {}}).servers == ("http://api.example",)
    assert described({"swagger": "2.0", "basePath": "v1"}).servers == ("http://api.example/v1",)


YAML = """# Our pets
openapi: 3.0.3
info: {title: Pets, version: "1"}
paths:
  /pets:
    get:
      responses:
        200: {description: ok}
"""


def test_yaml_is_read_where_there_is_a_reader_for_it() -> None:
    pytest.importorskip("yaml", reason="PyYAML is no dependency")
    [found] = described(YAML, "application/yaml").operations
    assert (found.method, found.path, found.answers) == ("GET", "/pets", (Answer("200"),))


def test_yaml_that_is_not_read_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    found = described(YAML, "text/plain")
    assert (found.operations, found.unread) == ((), "It is YAML, and PyYAML is not installed.")


@pytest.mark.parametrize(
    "content",
    [
        {}, [], {"openapi": "2.9"}, {"openapi": 3}, {"openapi": "4.0.0"}, {"swagger": "1.2"}, {"swagger": []}, "text",
        "open: sesame", "the word openapi: here", "<openapi: >", {"paths": {}}, "", b"\xff",
        {"info": {"openapi": "3.1.0"}},
    ],
)  # fmt: skip
def test_anything_else_is_no_description(content: Any) -> None:
    assert describe(response(content, "application/json")) is None


@pytest.mark.parametrize(
    "paths",
    [
        [], {"/x": 3}, {"/x": {"get": 3}}, {"x": {"get": {"responses": {}}}}, {"x-note": {"get": {"a": 1}}},
        {"/x": {"$ref": "#/paths/~1x"}}, {"/x": {"$ref": "other.json"}},
    ],
)  # fmt: skip
def test_paths_that_are_none_promise_nothing(paths: Any) -> None:
    assert described({"openapi": "3.1.0", "paths": paths}).operations == ()


@pytest.mark.parametrize(
    "operation",
    [
        {"parameters": 3}, {"parameters": [3, {"name": 4}, {"name": "a"}, {"name": "a", "in": []}]},
        {"requestBody": []},
        {"requestBody": {"content": {"a/b": 3, "c/d": {"examples": []}}}}, {"responses": []},
        {"responses": {"200": 3}},
        {"security": 3}, {"security": [3, {"a": 4}]},
        {"operationId": 3, "responses": {"x": {"content": 3, "links": 4}}},
    ],
)  # fmt: skip
def test_operations_of_any_shape_are_read(operation: Any) -> None:
    [found] = described({"openapi": "3.1.0", "paths": {"/x": {"get": operation}}}).operations
    assert found.path == "/x"


def test_a_path_may_be_described_elsewhere_in_the_document() -> None:
    content = {"openapi": "3.1.0", "paths": {"/x": {"$ref": "#/components/pathItems/x"}},
               "components": {"pathItems": {"x": {"get": {"operationId": "x"}}}}}  # fmt: skip
    assert [each.name for each in described(content).operations] == ["x"]


def test_there_is_an_end_to_operations() -> None:
    content = {"openapi": "3.1.0", "paths": {f"/{each}": {"get": {"operationId": "x"}} for each in range(3000)}}
    assert 1000 <= len(described(content).operations) < 1010


def test_our_own_description_is_understood() -> None:
    with serving() as served:
        body = json.loads(served.send("GET", "/openapi.json").body)
        found = described(body, "application/vnd.oai.openapi+json", "http://localhost/openapi.json")
        create = next(each for each in found.operations if (each.method, each.path) == ("POST", "/frameworks"))
        assert create.secured
        assert "name" in create.example
    known = {(each.method, each.path) for each in found.operations}
    assert {("GET", "/frameworks"), ("PUT", "/frameworks/{name}"), ("DELETE", "/frameworks/{name}")} <= known
    assert all(found.matches(each, found.url(each.path.replace("{name}", "Flask"))) for each in found.operations)
