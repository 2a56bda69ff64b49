"""Types with a name of the application's, as descriptions have them: what they stand for."""

from decimal import Decimal
from typing import Annotated, Any, NewType, TypeVar

import pytest
from pydantic import BaseModel, HttpUrl, TypeAdapter
from typing_extensions import TypeAliasType

from restwell import Field, Resource, public
from restwell.content.values import to_values
from restwell.descriptions.parameters import path_parameters
from restwell.http.problems import InvalidContent
from restwell.model.declare import declare
from restwell.surface.aliases import without_aliases
from restwell.surface.schema import content_schema, representing

T = TypeVar("T")
Code = TypeAliasType("Code", Annotated[str, Field(max_length=3)])
Price = TypeAliasType("Price", Decimal)
Home = TypeAliasType("Home", HttpUrl)
Perhaps = TypeAliasType("Perhaps", Code | None)
Several = TypeAliasType("Several", list[T], type_params=(T,))
Amount = NewType("Amount", int)


class Part(BaseModel):
    """A part."""

    code: Code


class Aliased(Resource):
    """Members of types with names."""

    id: Code = Field(identity=True)
    price: Price = Decimal(1)
    home: Home | None = None
    perhaps: Perhaps = None
    several: Several[Code] = Field([])
    amount: Amount = Amount(0)
    part: Part | None = None


class Named(Resource):
    """The same without the names."""

    id: str = Field(identity=True, max_length=3)
    price: Decimal = Decimal(1)
    home: HttpUrl | None = None
    perhaps: Annotated[str, Field(max_length=3)] | None = None
    several: list[Annotated[str, Field(max_length=3)]] = Field([])
    amount: int = 0
    part: Part | None = None


ALIASED, NAMED = declare(Aliased, "/aliased", read=public()), declare(Named, "/named", read=public())


def test_an_alias_is_described_as_what_it_stands_for() -> None:
    for described in (content_schema, representing):
        assert described(ALIASED)["properties"] == described(NAMED)["properties"]
    assert content_schema(ALIASED)["$defs"] == content_schema(NAMED)["$defs"]
    assert list(content_schema(ALIASED)["$defs"]) == ["Part"]


def test_an_identity_with_an_alias_has_its_limits_in_the_path() -> None:
    assert path_parameters(ALIASED)[0]["schema"]["maxLength"] == 3
    assert path_parameters(ALIASED)[0]["schema"] == path_parameters(NAMED)[0]["schema"]
    for declaration in (ALIASED, NAMED):
        with pytest.raises(InvalidContent):
            to_values(declaration, {"id": "a b"})
        assert to_values(declaration, {"id": "a"})["id"] == "a"


def test_an_alias_that_refers_to_itself_keeps_its_name() -> None:
    tree: Any = TypeAliasType("tree", "list[tree] | Code")
    schema = TypeAdapter(tree).json_schema()
    template = "#/$defs/{model}"
    found = without_aliases(schema, template)
    assert set(found["$defs"]) == {"tree"}
    assert found["$defs"]["tree"]["anyOf"][0]["items"] == {"$ref": "#/$defs/tree"}
    assert found["$defs"]["tree"]["anyOf"][1] == {"type": "string", "maxLength": 3}


def test_values_of_the_application_are_no_references() -> None:
    schema = {"$defs": {"A": {"type": "object"}}, "default": {"$ref": "#/$defs/A"}, "items": {"$ref": "#/$defs/A"}}
    found = without_aliases(schema, "#/$defs/{model}")
    assert found == {"$defs": {}, "default": {"$ref": "#/$defs/A"}, "items": {"type": "object"}}


Prices = TypeAliasType("Prices", list[Price])


class Twice(Resource):
    """Aliases that are used more than once, to which the nodes of the model refer."""

    id: int = Field(identity=True)
    price: Price = Decimal(1)
    other: Price | None = None
    prices: Prices = Field([])
    more: dict[str, Prices] = Field({})


def test_an_alias_may_be_used_more_than_once() -> None:
    twice = declare(Twice, "/twice", read=public())
    content = {"id": 1, "price": "2", "other": "3.0", "prices": ["4"], "more": {"a": ["5", 6]}}
    made = to_values(twice, content)
    assert made == {**content, "more": {"a": ["5", "6"]}}
    assert to_values(twice, {**content, "prices": ["7", "4"]}, current=made)["prices"] == ["7", "4"]
    assert to_values(twice, {**content, "prices": ["7", "4"]}, large=True)["prices"] == ["7", "4"]
