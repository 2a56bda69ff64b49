"""Computed members: shown in every format and schema, never stored, never set."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import computed_field, field_validator

from restwell import Api, Field, Resource, public
from restwell.model.computing import InvalidComputation
from restwell.model.declare import declare
from restwell.model.errors import DeclarationError
from tests.api import JSON, JSON_LD, JSON_PATCH, MERGE_PATCH, Served, is_problem, serving


class Person(Resource):
    """Somebody."""

    id: int = Field(identity=True)
    first: str
    last: str = ""
    born: date | None = None
    wage: Decimal = Decimal("10.50")

    @field_validator("first")
    @classmethod
    def _once(cls, value: str) -> str:
        return f"{value}!"

    @computed_field(description="Both names.")  # type: ignore[prop-decorator]  # as pydantic has it
    @property
    def full(self) -> str:
        """Return both names."""
        return f"{self.first} {self.last}".strip()

    @computed_field  # type: ignore[prop-decorator]  # as above
    @property
    def year(self) -> int | None:
        """Return the year of birth."""
        return self.born.year if self.born else None

    @computed_field  # type: ignore[prop-decorator]  # as above
    @property
    def yearly(self) -> Decimal:
        """Return what is earned in a year."""
        return self.wage * 12


@pytest.fixture
def served(database_url: str) -> Iterator[Served]:
    """Serve persons, one of whom is there."""

    def register(api: Api) -> None:
        api.resource("/persons", read=public(), write=public())(Person)

    with serving(register, database=database_url) as one:
        sent = {"id": 1, "first": "Ada", "last": "Byron", "born": "1815-12-10"}
        assert one.send("POST", "/persons", content=sent).status == 201
        yield one


SHOWN = {"full": "Ada! Byron", "year": 1815, "yearly": "126.00"}


def test_what_is_computed_is_shown_in_every_format_of_item_and_collection(served: Served) -> None:
    for media_type, key in ((JSON, "persons"), (JSON_LD, "member")):
        item = served.send("GET", "/persons/1", accept=media_type).json()
        [listed] = served.send("GET", "/persons", accept=media_type).json()[key]
        assert {name: item[name] for name in SHOWN} == {name: listed[name] for name in SHOWN} == SHOWN
    for target in ("/persons/1", "/persons"):
        page = served.send("GET", target, accept="text/html").body.decode()
        assert "Ada! Byron" in page
        assert "126.00" in page


def test_fields_may_ask_for_what_is_computed(served: Served) -> None:
    assert served.send("GET", "/persons/1?fields=full", accept=JSON).json() == {"full": "Ada! Byron"}
    assert served.send("GET", "/persons?fields=year", accept=JSON).json() == {"persons": [{"year": 1815}]}
    assert "full" not in served.send("GET", "/persons/1?fields=first", accept=JSON).json()


def test_what_is_computed_is_read_only_and_can_be_sent_back(served: Served) -> None:
    before = served.send("GET", "/persons/1", accept=JSON)
    again = served.send("PUT", "/persons/1", content=before.json(), accept=JSON)
    assert (again.status, again["etag"], again.body) == (200, before["etag"], before.body)
    changed = served.send("PUT", "/persons/1", content={**before.json(), "last": "King"}, accept=JSON).json()
    assert (changed["first"], changed["full"]) == ("Ada!", "Ada! King")
    refused = served.send("PUT", "/persons/1", content={**before.json(), "full": "Other", "year": 1})
    assert is_problem(refused, 422)
    assert [error["code"] for error in refused.json()["errors"]] == ["read_only"] * 2
    patched = served.send("PATCH", "/persons/1", {"Content-Type": MERGE_PATCH}, b'{"full": "Other"}')
    assert [(each["pointer"], each["code"]) for each in patched.json()["errors"]] == [("/full", "read_only")]
    tested = b'[{"op": "test", "path": "/full", "value": "Ada! King"}, {"op": "remove", "path": "/born"}]'
    answer = served.send("PATCH", "/persons/1", {"Content-Type": JSON_PATCH}, tested, accept=JSON)
    assert (answer.status, answer.json()["year"]) == (200, None)


@pytest.mark.parametrize("query", ["full=Ada", "full[contains]=A", "sort=full", "sort=-yearly"])
def test_filtering_and_sorting_by_what_is_computed_is_refused_by_name(served: Served, query: str) -> None:
    refused = served.send("GET", f"/persons?{query}")
    assert is_problem(refused, 400)
    assert "computed" in refused.json()["errors"][0]["detail"]


def test_what_is_computed_is_described_as_readable_only(served: Served) -> None:
    schema = served.send("GET", "/schemas/Person").json()
    assert schema["properties"]["full"] == {"type": "string", "readOnly": True, "description": "Both names."}
    assert "full" not in schema["required"]
    schemas = served.send("GET", "/openapi.json").json()["components"]["schemas"]
    assert "full" in schemas["Person"]["properties"]
    assert "full" not in schemas["Person.creating"]["properties"]
    assert "full" in schemas["Person.whole"]["required"]
    assert "full" in served.send("GET", "/contexts/Person").json()["@context"]
    classes = served.send("GET", "/docs.jsonld").json()["supportedClass"]
    [found] = [each for each in classes[0]["supportedProperty"] if each["title"] == "full"]
    assert (found["readable"], found["writeable"]) == (True, False)


def test_what_is_computed_of_a_stored_value_that_is_not_valid_any_more_is_shown(served: Served) -> None:
    served.change("UPDATE persons SET first = ?", "x" * 70_000)
    assert served.send("GET", "/persons/1", accept=JSON).json()["full"] == f"{'x' * 70_000} Byron"[:70_006]


def test_a_computed_member_of_another_type_is_a_mistake_of_the_application() -> None:
    class Wrong(Resource):
        id: int = Field(identity=True)

        @computed_field  # type: ignore[prop-decorator]  # as above
        @property
        def one(self) -> int:
            return "one"  # type: ignore[return-value]  # what is wrong

    made = declare(Wrong, "/wrongs", read=public())
    with pytest.raises(InvalidComputation, match=r"Wrong\.one"):
        made.shape.computing.of({"id": 1})


@pytest.mark.parametrize("returned, arguments", [(set[bytes], {}), (int, {"alias": "an x"}), (Person, {})])
def test_a_computed_field_that_cannot_be_shown_is_refused(returned: Any, arguments: dict[str, Any]) -> None:
    def one(_: Any) -> Any:
        return None

    one.__annotations__["return"] = returned
    namespace = {
        "__annotations__": {"id": int},
        "id": Field(identity=True),
        "__module__": __name__,
        "one": computed_field(return_type=returned, **arguments)(property(one)),
    }
    with pytest.raises(DeclarationError, match=r"Wrong\.one"):
        declare(type("Wrong", (Resource,), namespace), "/wrongs", read=public())
