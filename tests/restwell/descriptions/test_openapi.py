from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from restwell import Api, Field, Grant, Resource, public
from restwell.content import json_patch, to_values
from restwell.data.filters import filter_names
from restwell.data.parameters import read_query
from restwell.data.platform import order_names, other_names
from restwell.descriptions.openapi import openapi
from restwell.http.limits import MAX_CURSOR
from restwell.http.problems import BadParameter, Problem
from restwell.model.declare import declare
from restwell.model.policy import scope
from restwell.representations import FORMATS
from restwell.surface.addresses import DOCUMENTS, NAMED, OF_CALLERS, Addresses
from restwell.surface.affordances import JSON_CONTENT, PATCH_CONTENT, collection_operations, item_operations
from tests.api import serving
from tests.examples import ADDRESSES, BASE, FLASK, FRAMEWORKS, SPECIMEN, SPECIMENS, Framework
from tests.restwell.descriptions.graphs import ABOUT, data, document

Node = dict[str, Any]
METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def api() -> Node:
    return data("/openapi.json")


@pytest.fixture(scope="module")
def operations(api: Node) -> dict[str, Node]:
    return {each["operationId"]: each for path in api["paths"].values() for each in path.values()}


def schema_of(api: Node, name: str) -> Draft202012Validator:
    """A validator for a schema among the components, with the references to its neighbours."""
    return Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": api["components"]})


def walk(node: Any) -> Iterator[Node]:
    """Yield every object of a document."""
    if isinstance(node, dict):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else []:
        yield from walk(child)


def parameters(api: Node, operation: Node) -> dict[str, Node]:
    shared = api["components"]["parameters"]
    found = [shared[each["$ref"].rpartition("/")[2]] if "$ref" in each else each for each in operation["parameters"]]
    return {each["name"]: each for each in found}


def test_it_is_valid_openapi_3_1(api: Node) -> None:
    validate(api)
    assert document("/openapi.json").media_type == "application/vnd.oai.openapi+json;version=3.1"


def test_an_api_without_resources_is_valid_too() -> None:
    validate(openapi((), ABOUT, ""))


def test_every_schema_is_one_of_json_schema_2020_12(api: Node) -> None:
    for schema in api["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    for each in walk(api):
        if isinstance(each.get("schema"), dict):
            Draft202012Validator.check_schema(each["schema"])


def test_every_component_is_used_and_every_reference_leads_somewhere(api: Node) -> None:
    used = {each["$ref"] for each in walk(api) if isinstance(each.get("$ref"), str)}
    there = {f"#/components/{kind}/{name}" for kind in api["components"] for name in api["components"][kind]}
    assert used <= there
    assert {each for each in there - used if "/securitySchemes/" not in each} == set()


def test_every_address_of_the_api_is_a_path(api: Node) -> None:
    fixed = {*OF_CALLERS, *DOCUMENTS, *(f"{path}/{{name}}" for path in NAMED)}
    resources = {
        "/frameworks",
        "/frameworks/{name}",
        "/lab/specimens",
        "/lab/specimens/{id}",
        "/notes",
        "/notes/{number}",
    }
    assert set(api["paths"]) == fixed | resources
    assert api["servers"][0]["url"] == BASE


def test_every_operation_that_somebody_may_perform_is_there(operations: dict[str, Node]) -> None:
    for each in ADDRESSES.declarations:
        for found in (*collection_operations(each), *item_operations(each)):
            assert operations[f"{found.name}{each.name}"]["summary"] == found.title
    assert "createNote" not in operations


def test_operations_say_who_may_perform_them(operations: dict[str, Node]) -> None:
    assert operations["listFramework"]["security"] == [{}, {"bearer": []}]
    assert operations["listFramework"]["description"] == "Public."
    assert operations["createFramework"]["security"] == [{"bearer": []}]
    assert operations["createFramework"]["description"] == "Needs the scope `frameworks:create`."
    replacing = operations["replaceFramework"]
    assert replacing["security"] == [{"bearer": []}]
    assert replacing["description"] == "Needs the scope `frameworks:update`, or `frameworks:create` to create."
    assert operations["listNote"]["security"] == [{"bearer": []}]


def test_the_query_of_a_collection_is_what_the_service_reads(api: Node, operations: dict[str, Node]) -> None:
    for each in (FRAMEWORKS, SPECIMENS):
        found = parameters(api, operations[f"list{each.name}"])
        query = {name for name, parameter in found.items() if parameter["in"] == "query"}
        ours = {"limit", "after", "sort", "fields", *filter_names(each)}
        named = {name for name, other in other_names(each).items() if other.form != "list"}
        assert query == {*ours, "page", "itemsPerPage", *order_names(each), *named}


def test_the_limits_of_the_query_are_said(api: Node, operations: dict[str, Node]) -> None:
    found = parameters(api, operations["listFramework"])
    limit = {"type": "integer", "format": "int32", "minimum": 1, "maximum": 100, "default": 25}
    assert found["limit"]["schema"] == limit
    assert found["created[in]"]["schema"]["maxItems"] == 100
    assert (found["created[in]"]["style"], found["created[in]"]["explode"]) == ("form", False)
    assert found["name[exists]"]["schema"] == {"type": "boolean"}


@pytest.mark.parametrize(
    "names, valid",
    [
        (["name"], True),
        (["-created", "name"], True),
        (["stars"], False),
        (["name", ""], False),
        ([], False),
        (["--name"], False),
        (["name", "name"], False),
        (["name", "-name"], False),
        (["name", "created", "parent", "relatedName", "relatedDocs"], False),
    ],
)
def test_sort_takes_the_names_of_sortable_fields(
    api: Node, operations: dict[str, Node], names: list[str], valid: bool
) -> None:
    sort = parameters(api, operations["listFramework"])["sort"]
    assert (sort["style"], sort["explode"]) == ("form", False)
    assert Draft202012Validator(sort["schema"]).is_valid(names) is valid
    assert accepts_query(f"sort={','.join(names)}") is valid


@pytest.mark.parametrize(
    "names, valid",
    [
        ([spec.name for spec in FRAMEWORKS.fields], True),
        (["created", "name"], True),
        (["name", "name"], False),
        (["stars"], False),
        ([], False),
    ],
)
def test_fields_can_be_picked_of_items_and_collections(
    api: Node, operations: dict[str, Node], names: list[str], valid: bool
) -> None:
    for operation in ("showFramework", "listFramework"):
        fields = parameters(api, operations[operation])["fields"]
        assert (fields["style"], fields["explode"]) == ("form", False)
        assert Draft202012Validator(fields["schema"]).is_valid(names) is valid
    assert accepts_query(f"fields={','.join(names)}") is valid


def accepts_query(text: str) -> bool:
    try:
        read_query(FRAMEWORKS, text, lenient=False, secret=b"secret")
    except BadParameter:
        return False
    return True


def test_a_cursor_is_never_longer_than_is_said(api: Node, operations: dict[str, Node]) -> None:
    assert parameters(api, operations["listFramework"])["after"]["schema"]["maxLength"] == MAX_CURSOR


def test_fields_of_requests_may_have_8_kib_with_their_names(api: Node) -> None:
    for parameter in api["components"]["parameters"].values():
        schema = Draft202012Validator(parameter["schema"])
        assert schema.is_valid("\t~\u0080\u00ff" * 2000)
        assert not schema.is_valid("x" * 8001)
        assert not schema.is_valid("a\nb")


def test_who_to_ask_and_the_licence_are_said(api: Node) -> None:
    assert api["info"]["contact"] == {"name": ABOUT.title, "url": f"{BASE}/docs"}
    assert api["info"]["license"] == {"name": "None declared", "url": f"{BASE}/docs"}
    licensed = openapi((), ABOUT._replace(license="CC0-1.0"), BASE)
    validate(licensed)
    assert licensed["info"]["license"] == {"name": "CC0-1.0", "identifier": "CC0-1.0"}


def test_bodies_have_the_media_types_that_are_accepted(operations: dict[str, Node]) -> None:
    for name, accepted in {
        "createFramework": JSON_CONTENT,
        "replaceFramework": JSON_CONTENT,
        "changeFramework": PATCH_CONTENT,
    }.items():
        body = operations[name]["requestBody"]
        assert (tuple(body["content"]), body["required"]) == (accepted, True)
    assert "requestBody" not in operations["deleteFramework"]


PATCHES_OF_FRAMEWORKS: list[tuple[Any, bool]] = [
    ([], True),
    ([{"op": "replace", "path": "/created", "value": 2011}, {"op": "remove", "path": "/parent"}], True),
    ([{"op": "test", "path": "/name", "value": "Flask"}, {"op": "add", "path": "/relatedName", "value": None}], True),
    ([{"op": "replace", "path": "", "value": {"created": 2011}}], True),
    ([{"op": "move", "from": "/relatedName", "path": "/parent"}], True),
    ([{"op": "move", "from": "/name", "path": "/parent"}], True),
    ([{"op": "copy", "from": "/name", "path": "/relatedName"}], True),
    ([{"op": "remove", "path": "/name"}], True),
    ([{"op": "replace", "path": "/created", "value": 1066}], False),
    ([{"op": "replace", "path": "/name", "value": "Bottle"}], False),
    ([{"op": "replace", "path": "/created"}], False),
    ([{"op": "add", "path": "/stars", "value": 5}], False),
    ([{"op": "remove", "path": "/created"}], False),
    ([{"op": "remove", "path": ""}], False),
    ([{"op": "move", "from": "/created", "path": "/parent"}], False),
    ([{"op": "copy", "from": "/parent", "path": "/created"}], False),
    ([{"op": "spam", "path": "/created"}], False),
    ([{"op": "remove", "path": "created"}], False),
    ({"op": "remove", "path": "/parent"}, False),
]


@pytest.mark.parametrize("patch, valid", PATCHES_OF_FRAMEWORKS)
def test_json_patches_name_the_members_of_their_resource(api: Node, patch: Any, valid: bool) -> None:
    assert schema_of(api, "Framework.patching").is_valid(patch) is valid
    assert is_applied(patch) is valid


def is_applied(patch: Any) -> bool:
    try:
        to_values(FRAMEWORKS, json_patch(FLASK, patch), identity="Flask", current=FLASK)
    except Problem:
        return False
    return True


@pytest.mark.parametrize(
    "operation, valid",
    [
        ({"op": "add", "path": "/tags", "value": ["x"]}, True),
        ({"op": "add", "path": "/tags/-", "value": "x"}, True),
        ({"op": "remove", "path": "/maker/place/title"}, True),
        ({"op": "move", "from": "/extra/a~1b", "path": "/anything/~0"}, True),
        ({"op": "test", "path": "/serial", "value": 7}, True),
        ({"op": "add", "path": "/tags", "value": "x"}, False),
        ({"op": "replace", "path": "/serial", "value": 7}, False),
        ({"op": "remove", "path": "/title/0"}, False),
        ({"op": "remove", "path": "/maker/~2"}, False),
    ],
)
def test_json_patches_reach_into_members_that_have_parts(api: Node, operation: Node, valid: bool) -> None:
    assert schema_of(api, "Specimen.patching").is_valid([operation]) is valid


def test_representations_fit_their_schemas(api: Node) -> None:
    linked = {
        "@context": f"{BASE}/contexts/Framework",
        "@id": f"{BASE}/frameworks/Flask",
        "@type": "Framework",
    }
    assert schema_of(api, "Framework").is_valid(FLASK)
    assert schema_of(api, "Framework").is_valid({"name": "Flask"})
    assert schema_of(api, "Framework.whole").is_valid(FLASK)
    assert not schema_of(api, "Framework.whole").is_valid({"name": "Flask"})
    assert schema_of(api, "Framework.jsonld").is_valid({**linked, **FLASK})
    assert not schema_of(api, "Framework.jsonld").is_valid(FLASK)
    assert schema_of(api, "Specimen").is_valid(SPECIMEN)
    assert schema_of(api, "Framework.collection").is_valid({"frameworks": [FLASK, {"name": "Picked"}]})
    collection = {
        "@id": f"{BASE}/frameworks",
        "@type": "Collection",
        "totalItems": 1,
        "member": [linked | FLASK],
    }
    assert schema_of(api, "Framework.collection.jsonld").is_valid(collection)


def test_problems_fit_their_schema(api: Node) -> None:
    problem = {"type": f"{BASE}/problems/conflict", "title": "T", "status": 409, "detail": "D"}
    assert schema_of(api, "problem-details").is_valid(problem)
    assert not schema_of(api, "problem-details").is_valid(problem | {"status": "409"})


@pytest.mark.parametrize(
    "name, statuses",
    [
        ("listFramework", "200 304 400 401 406 412 503"),
        ("showFramework", "200 304 400 401 404 406 412 503"),
        ("createFramework", "201 400 401 403 406 409 411 412 413 415 422 503 507"),
        ("replaceFramework", "200 201 204 403 404 409 412 422"),
        ("changeFramework", "200 204 403 404 409 412 422"),
        ("deleteFramework", "204 403 404 409 412"),
        ("deleteSpecimen", "204 403 404 412 428"),
        ("readSchema", "200 304 404 406"),
        ("readEntryPoint", "200 304 401 406"),
        ("readReady", "200 503"),
    ],
)
def test_responses_are_those_that_can_happen(operations: dict[str, Node], name: str, statuses: str) -> None:
    assert set(statuses.split()) <= set(operations[name]["responses"])


def test_responses_are_not_promised_where_they_cannot_happen(operations: dict[str, Node]) -> None:
    assert not {"403", "404", "409", "422", "428"} & set(operations["listFramework"]["responses"])
    assert not {"404", "428"} & set(operations["createFramework"]["responses"])
    assert "428" not in operations["deleteFramework"]["responses"]


def test_what_is_required_is_required(api: Node, operations: dict[str, Node]) -> None:
    assert parameters(api, operations["deleteSpecimen"])["If-Match"]["required"] is True
    assert "required" not in parameters(api, operations["deleteFramework"])["If-Match"]
    assert parameters(api, operations["showFramework"])["name"]["required"] is True


def test_successes_come_in_every_format_with_their_headers(operations: dict[str, Node]) -> None:
    found = operations["showFramework"]["responses"]["200"]
    assert list(found["content"]) == [each.media_type for each in FORMATS]
    assert {"ETag", "Last-Modified", "Cache-Control", "Vary", "Link", "X-Request-Id"} <= set(found["headers"])
    assert "Location" in operations["createFramework"]["responses"]["201"]["headers"]


def test_refusals_are_problems(api: Node) -> None:
    for name, found in api["components"]["responses"].items():
        page = [] if name == "NotAcceptable" else ["text/html"]
        assert list(found["content"]) == ["application/problem+json", *page]
    assert "Retry-After" in api["components"]["responses"]["ServiceUnavailable"]["headers"]
    assert "WWW-Authenticate" in api["components"]["responses"]["Unauthorized"]["headers"]


def test_links_lead_from_what_was_created_to_what_can_be_done_with_it(operations: dict[str, Node]) -> None:
    links = operations["createFramework"]["responses"]["201"]["links"]
    assert set(links) == {"show", "change", "replace", "delete"}
    for link in links.values():
        assert link["operationId"] in operations
        assert link["parameters"] == {"name": "$response.body#/name"}


def test_every_integer_has_a_format_and_every_parameter_and_operation_a_description(api: Node) -> None:
    assert [each for each in walk(api) if each.get("type") == "integer" and "format" not in each] == []
    assert [
        each for each in walk(api) if each.get("in") in {"query", "path", "header"} and not each["description"]
    ] == []
    ids = [each["operationId"] for path in api["paths"].values() for each in path.values()]
    assert len(ids) == len(set(ids))


def test_a_put_that_can_only_create_is_there() -> None:
    found = openapi((declare(Framework, "/frameworks", create=scope("frameworks")),), ABOUT, BASE)
    validate(found)
    assert set(found["paths"]["/frameworks/{name}"]) == {"put"}
    assert found["paths"]["/frameworks/{name}"]["put"]["security"] == [{"bearer": []}]


def test_the_path_says_what_an_identity_is(api: Node, operations: dict[str, Node]) -> None:
    assert parameters(api, operations["showSpecimen"])["id"]["schema"]["format"] == "uuid"
    assert parameters(api, operations["showFramework"])["name"]["schema"]["maxLength"] == 128
    assert Addresses([FRAMEWORKS]).find("/frameworks/Flask") is not None


@pytest.mark.parametrize("rules", [{"read": public()}, {"read": scope("leaves")}, {"create": public()}])
def test_a_resource_that_only_operations_of_its_own_change_is_described(rules: dict[str, Any]) -> None:
    """What they answer with is an item as a whole, which has a schema though nothing is created or updated."""

    class Leaf(Resource):
        """A leaf."""

        title: str = Field(identity=True)

    def register(api: Api) -> None:
        api.resource("/leaves", **rules)(Leaf)
        api.operation(Leaf, "turn", permission=public())(print)

    with serving(register) as served:
        caller = {"Authorization": served.credential(Grant("ada", ["leaves:read"]))}
        for headers in ({}, caller):
            answer = served.send("GET", "/openapi.json", headers)
            assert answer.status == 200
            described = answer.json()
            turned = described["paths"]["/leaves/{title}/turn"]["post"]["responses"]
            assert {"200", "204"} & turned.keys()
            used = {each["$ref"] for each in walk(described) if isinstance(each.get("$ref"), str)}
            there = {f"#/components/schemas/{name}" for name in described["components"]["schemas"]}
            assert {each for each in used if "/schemas/" in each} == there
