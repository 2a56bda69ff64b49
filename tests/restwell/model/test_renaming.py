"""Names within values, both ways, of each type that can hold a model with other names."""

from types import GenericAlias
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, RootModel, create_model, model_validator
from typing_extensions import TypeAliasType

from restwell import Field, Resource, public
from restwell.model.declare import declare
from restwell.model.renaming import Renaming
from restwell.surface.schema import content_schema


class Spot(BaseModel):
    """Where something is."""

    x_axis: int = Field(0, alias="x")
    y_axis: int = 0

    @model_validator(mode="after")
    def not_far(self) -> "Spot":
        if self.x_axis > 99:
            raise ValueError("Must be near.")
        return self


class Other(BaseModel):
    """It has a member that holds what another model has as well."""

    tag: Literal["other"] = Field(alias="kind")
    at: Spot | None = None


class Free(BaseModel):
    """Of it, `at` may be anything."""

    tag: Literal["free"] = Field(alias="kind")
    at: Any = None
    x_axis: str = Field("", alias="x_of_free")


class Node(BaseModel):
    """It holds its like."""

    inner_nodes: "dict[str, list[Node]]" = Field({}, alias="nodes")


Tagged = Annotated[Other | Free, Field(discriminator="tag")]
Alias = TypeAliasType("Alias", list[Spot])
Spots = RootModel[dict[str, Spot]]
SPOT, STORED = {"x": 1, "y_axis": 2}, {"x_axis": 1, "y_axis": 2}
OTHER, STORED_OTHER = {"kind": "other", "at": SPOT}, {"tag": "other", "at": STORED}


def renaming(hint: Any) -> Renaming:
    cls = create_model("Holder", __base__=Resource, id=(int, Field(identity=True)), held=(hint, ...))
    return declare(cls, "/holders", read=public()).shape.renamings["held"]


@pytest.mark.parametrize(
    "hint, named, stored",
    [
        pytest.param(Spot | None, SPOT, STORED, id="a model"),
        pytest.param(Spot | None, None, None, id="nothing"),
        pytest.param(list[Spot], [SPOT], [STORED], id="a list"),
        pytest.param(tuple[Spot, ...], [SPOT, SPOT], [STORED, STORED], id="items of one type"),
        pytest.param(tuple[int, Spot], [1, SPOT], [1, STORED], id="items by their places"),
        pytest.param(dict[str, Spot], {"x": SPOT, "x_axis": SPOT}, {"x": STORED, "x_axis": STORED}, id="a dict"),
        pytest.param(Alias, [SPOT], [STORED], id="a type alias"),
        pytest.param(Spots, {"x_axis": SPOT}, {"x_axis": STORED}, id="a root model"),
        pytest.param(list[Spot | list[Spot] | int], [SPOT, [SPOT], 3], [STORED, [STORED], 3], id="a union"),
        pytest.param(list[Spot | Other], [OTHER], [STORED_OTHER], id="models"),
        pytest.param(Tagged, OTHER, STORED_OTHER, id="one of tagged ones"),
        pytest.param(
            Tagged, {"kind": "free", "at": SPOT, "x_of_free": "a"}, {"tag": "free", "at": SPOT, "x_axis": "a"},
            id="the other one",
        ),
        pytest.param(Node, {"nodes": {"nodes": [{"nodes": {}}]}}, {"inner_nodes": {"nodes": [{"inner_nodes": {}}]}},
                     id="its like"),
    ],
)  # fmt: skip
def test_names_are_changed_both_ways(hint: Any, named: Any, stored: Any) -> None:
    found = renaming(hint)
    assert found.to_attributes(named) == stored
    assert found.to_http(stored) == named


@pytest.mark.parametrize(
    "value", [7, "x_axis", True, [1], {"kind": "none", "x_axis": 1}, {"tag": 1}, [{"x_axis": 1}]]
)
def test_what_is_not_as_declared_stays(value: Any) -> None:
    found = renaming(Tagged)
    assert found.to_http(value) == value
    assert found.to_attributes(value) == value


def test_what_nobody_has_declared_stays_and_gives_way() -> None:
    found = renaming(Spot)
    assert found.to_http({"x_axis": 1, "z_axis": {"x_axis": 2}}) == {"x": 1, "z_axis": {"x_axis": 2}}
    assert found.to_http({"x": 3, "x_axis": 1}) == {"x": 1}
    assert found.to_http({"x_axis": 1, "x": 3}) == {"x": 1}


@pytest.mark.parametrize("hint", [int, dict[str, Any], Any, list[int], tuple[int, str]])
def test_there_is_none_where_no_name_differs(hint: Any) -> None:
    """So that nothing is done at requests."""
    cls = create_model("Holder", __base__=Resource, id=(int, Field(identity=True)), some_held=(hint | None, None))
    assert declare(cls, "/holders", read=public(), naming="camelCase").shape.renamings == {}


@pytest.mark.parametrize("way", ["argument", "extra"])
@pytest.mark.parametrize("hint", [Spot, GenericAlias(list, (Spot,))])
def test_examples_within_a_type_have_the_names_of_http(hint: Any, way: str) -> None:
    given: list[Any] = [STORED if hint is Spot else [STORED]]
    examples = Field(examples=given) if way == "argument" else Field(json_schema_extra={"examples": given})
    cls = create_model(
        "Holder", __base__=Resource, id=(int, Field(identity=True)), held=(Annotated[hint, examples], ...)
    )
    schema = content_schema(declare(cls, "/holders", read=public()))
    assert schema["properties"]["held"]["examples"] == [SPOT if hint is Spot else [SPOT]]
