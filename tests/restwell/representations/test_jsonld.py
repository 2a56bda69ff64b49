"""`application/ld+json`: nodes with their context and Hydra's controls. What they mean to a processor of JSON-LD is
tested with the contexts.
"""

import json
import re
from typing import Any
from urllib.parse import unquote

import orjson
import pytest

from restwell.data.filters import CONTROLS
from restwell.data.platform import PAGING
from restwell.data.query import Query
from restwell.model.policy import OPERATIONS, Operation
from restwell.model.resource import Declaration
from restwell.representations.jsonld import JsonLd, search
from restwell.surface.affordances import Affordances
from restwell.surface.documents import Entry, Item, Page
from tests.examples import BASE, FLASK, FRAMEWORKS, NOTES, SPECIMEN, SPECIMENS


def item(permitted: tuple[Operation, ...] = (), declaration: Declaration = FRAMEWORKS, fields: Any = None) -> Any:
    values = FLASK if declaration is FRAMEWORKS else SPECIMEN
    operations = declaration.compiled[Affordances].open_to[permitted].item
    return json.loads(JsonLd().write(Item(declaration, BASE, (1, 1, 1, *values.values()), fields, operations)))


def page(permitted: tuple[Operation, ...] = (), **other: Any) -> Any:
    given: dict[str, Any] = {
        **dict.fromkeys(Page._fields),
        "declaration": FRAMEWORKS,
        "base": BASE,
        "rows": ((1, 1, 1, *FLASK.values()),),
        "query": Query(parameters=(("sort", "name"),)),
        "total": 1,
        "operations": FRAMEWORKS.compiled[Affordances].open_to[permitted].collection,
        "item_operations": FRAMEWORKS.compiled[Affordances].open_to[permitted].listed,
    }
    document = Page(**given)
    return json.loads(JsonLd().write(document._replace(**other)))


def test_an_item_is_a_node_with_its_context() -> None:
    node = item()
    assert node == {
        "@context": f"{BASE}/contexts/Framework",
        "@id": f"{BASE}/frameworks/Flask",
        "@type": "Framework",
        **FLASK,
    }


def test_keywords_come_first() -> None:
    assert list(item())[:3] == ["@context", "@id", "@type"]
    assert list(page())[:3] == ["@context", "@id", "@type"]


@pytest.mark.parametrize("permitted", [("read",), ("read", "update"), OPERATIONS], ids=", ".join)
def test_the_operations_are_those_open_to_the_caller(permitted: tuple[Operation, ...]) -> None:
    shown = [operation["method"] for operation in item(permitted)["operation"]]
    assert shown == [operation.method for operation in FRAMEWORKS.compiled[Affordances].open_to[permitted].item]


def test_an_operation_says_what_it_takes_and_gives() -> None:
    by_method = {operation["method"]: operation for operation in item(OPERATIONS)["operation"]}
    thing = f"{BASE}/docs.jsonld#Framework"
    assert by_method["PUT"] == {
        "@type": ["Operation", "schema:ReplaceAction"],
        "method": "PUT",
        "title": "Replace a Framework",
        "expects": thing,
        "returns": thing,
    }
    assert "expects" not in by_method["DELETE"]
    assert by_method["DELETE"]["returns"] == "owl:Nothing"


def test_a_change_that_must_be_conditional_says_so() -> None:
    by_method = {operation["method"]: operation for operation in item(OPERATIONS, SPECIMENS)["hydra:operation"]}
    assert by_method["PUT"]["expectsHeader"] == [{"@type": "HeaderSpecification", "headerName": "If-Match"}]
    assert "expectsHeader" not in by_method["GET"]


def test_a_field_keeps_its_name_for_itself() -> None:
    node = item(OPERATIONS, SPECIMENS)
    assert {name: node[name] for name in SPECIMEN} == SPECIMEN


def test_a_page_is_a_collection_with_its_view_and_its_search() -> None:
    node = page(total=7)
    assert (node["@id"], node["@type"], node["totalItems"]) == (f"{BASE}/frameworks", "Collection", 7)
    assert node["member"] == [{"@id": f"{BASE}/frameworks/Flask", "@type": "Framework", **FLASK}]
    assert node["view"] == {
        "@id": f"{BASE}/frameworks?sort=name",
        "@type": "PartialCollectionView",
        "first": f"{BASE}/frameworks?sort=name",
    }


def test_a_page_in_the_middle_names_itself_the_first_and_the_next() -> None:
    document = page(after="cursor", next=f"{BASE}/next")["view"]
    assert document["@id"] == f"{BASE}/frameworks?sort=name&after=cursor"
    assert document["first"] == f"{BASE}/frameworks?sort=name"
    assert document["next"] == f"{BASE}/next"


def test_a_total_that_was_not_counted_is_left_out() -> None:
    assert "totalItems" not in page(total=None)


def test_members_show_what_may_be_done_with_them() -> None:
    assert [operation["method"] for operation in page(OPERATIONS)["member"][0]["operation"]] == [
        "PATCH",
        "PUT",
        "DELETE",
    ]
    assert "operation" not in page(("read",))["member"][0]
    assert [operation["method"] for operation in page(OPERATIONS)["operation"]] == ["GET", "POST"]


def test_the_search_names_every_variable_of_its_template() -> None:
    search = page()["search"]
    names = re.fullmatch(r".*\{\?(.*)\}", search["template"])
    assert names is not None
    variables = names[1].split(",")
    assert list(map(unquote, variables)) == [unquote(mapping["variable"]) for mapping in search["mapping"]]
    assert [name for name in variables if "%" not in name] == [*CONTROLS, *FLASK, *PAGING]
    assert [unquote(name) for name in variables if "%" in name] == [
        *(f"{name}[icontains]" for name in ("name", "parent", "relatedName")),
        *(f"order[{name}]" for name in (*FLASK, "id")),
    ]
    assert search["mapping"][4]["property"] == "https://schema.org/name"


def test_a_field_with_the_name_of_a_control_is_searched_by_its_operator() -> None:
    template = json.loads(orjson.dumps(search(BASE, SPECIMENS)))
    variables = [mapping["variable"] for mapping in template["mapping"]]
    assert variables.count("limit") == 1
    assert "limit%5Beq%5D" in variables


def test_the_fields_that_were_asked_for_are_shown() -> None:
    assert set(item(fields=("created",))) == {"@context", "@id", "@type", "created"}
    assert set(page(query=Query(fields=("created",)))["member"][0]) == {"@id", "@type", "created"}


def test_the_entry_point_links_to_the_collections() -> None:
    node = json.loads(JsonLd().write(Entry(BASE, "An API", "", (FRAMEWORKS, NOTES))))
    assert node == {
        "@context": f"{BASE}/contexts/Entrypoint",
        "@id": f"{BASE}/",
        "@type": "Entrypoint",
        "frameworks": f"{BASE}/frameworks",
        "notes": f"{BASE}/notes",
    }
