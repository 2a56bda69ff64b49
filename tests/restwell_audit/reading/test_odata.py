"""OData by its control information, where a response says that it is OData."""

from __future__ import annotations

from typing import Any

import pytest

from restwell_audit.reading import Reading
from tests.restwell_audit.reading.responses import reading, targets

API = "http://api.example/odata"
MINIMAL = "application/json;odata.metadata=minimal"
VERSION = ("OData-Version", "4.0")
RELATED = "http://docs.oasis-open.org/odata/ns/related/"
PRODUCTS: dict[str, Any] = {
    "@odata.context": f"{API}/$metadata#Products", "@odata.nextLink": "Products?$skiptoken=5",
    "value": [
        {"ID": 1, "Name": "Bread", "@odata.id": "Products(1)",
         "Category@odata.navigationLink": "Products(1)/Category"},
        {"ID": 2, "Name": "Salt", "Category": {"@odata.id": "Categories(1)", "Name": "Food"}},
    ],
}  # fmt: skip


def odata(content: Any, media_type: str = MINIMAL, *fields: tuple[str, str], url: str = f"{API}/Products") -> Reading:
    return reading(content, media_type, *fields, url=url)


def test_links_and_members_are_those_of_the_control_information() -> None:
    found = odata(PRODUCTS)
    assert targets(found) == {
        "next": f"{API}/Products?$skiptoken=5", "item": f"{API}/Products(1)",
        f"{RELATED}Category": f"{API}/Products(1)/Category {API}/Categories(1)",
    }  # fmt: skip
    assert [(member.target, member.data.get("Name")) for member in found.members or ()] == [
        (f"{API}/Products(1)", "Bread"), (f"{API}/Products(2)", "Salt"),
    ]  # fmt: skip
    assert (found.syntax, found.hypermedia, found.protocol) == ("odata", True, "OData")


@pytest.mark.parametrize("key, address", [
    (1, "(1)"), ("a b", "('a%20b')"), ("o'neil", "('o%27%27neil')"),
    ("0c8ab1ea-6f2a-4d0b-b1b2-6ea0b7a3a111", "(0c8ab1ea-6f2a-4d0b-b1b2-6ea0b7a3a111)"),
])  # fmt: skip
def test_an_entity_without_a_link_has_the_address_of_its_key(key: object, address: str) -> None:
    (member,) = odata({"value": [{"ID": key}]}).members or ()
    assert member.target == f"{API}/Products{address}"


@pytest.mark.parametrize("entity", [{"Name": "a"}, {"ID": None}, {"ID": True}, {"ID": 1.5}])
def test_without_a_key_there_is_no_address(entity: dict[str, object]) -> None:
    assert [member.target for member in odata({"value": [entity]}).members or ()] == [""]


def test_a_service_document_links_its_entity_sets_relative_to_the_context() -> None:
    document = {"@odata.context": f"{API}/$metadata", "value": [
        {"name": "Products", "kind": "EntitySet", "url": "Products"},
        {"name": "Me", "kind": "Singleton", "url": "Me"},
    ]}  # fmt: skip
    found = odata(document, url=f"{API}/")
    assert targets(found) == {"EntitySet": f"{API}/Products", "Singleton": f"{API}/Me"}
    assert found.members is None


def test_an_entity_links_how_it_is_read_and_edited() -> None:
    entity = {
        "@context": "$metadata#Me",
        "@id": "Me",
        "@editLink": "Me",
        "Photo@mediaReadLink": "Me/Photo",
        "Name": "A",
    }
    found = odata(entity, url=f"{API}/Me")
    assert targets(found) == {"self": f"{API}/Me", "edit": f"{API}/Me", "enclosure": f"{API}/Me/Photo"}
    assert dict(found.properties) == {"Name": "A"}


def test_a_failure_is_an_error() -> None:
    assert odata({"error": {"code": "501", "message": "Not supported"}}).is_error


@pytest.mark.parametrize("media_type, fields, defined", [
    ("application/json", [VERSION], True), (MINIMAL, [], True), ("application/json; odata=verbose", [], True),
    ("application/json", [], False),
])  # fmt: skip
def test_it_is_the_header_section_that_says_that_json_is_odata(
    media_type: str, fields: list[tuple[str, str]], defined: bool
) -> None:
    found = odata(PRODUCTS, media_type, *fields)
    assert (found.hypermedia, found.syntax == "odata") == (defined, defined)
    assert [member.target for member in found.members or ()][:1] == [f"{API}/Products(1)"]
