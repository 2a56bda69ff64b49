"""How an annotation becomes a kind, and `Field` a FieldSpec."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Annotated, Any, Literal, Optional, Union
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AnyUrl, AwareDatetime, BaseModel, HttpUrl

from restwell.model.declare import declare
from restwell.model.fields import Field, FieldSpec, choices_of, holds_integers, kind_of
from restwell.model.hints import without_none
from restwell.model.kinds import KINDS, KindName
from restwell.model.marks import Marks
from restwell.model.policy import public
from restwell.model.resource import Declaration, Resource


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Size(IntEnum):
    SMALL = 1
    LARGE = 2


class Place(BaseModel):
    latitude: float


ANNOTATED: list[tuple[Any, KindName]] = [
    (str, "text"),
    (int, "integer"),
    (float, "float"),
    (bool, "boolean"),
    (Decimal, "decimal"),
    (date, "date"),
    (datetime, "datetime"),
    (AwareDatetime, "datetime"),
    (time, "time"),
    (timedelta, "duration"),
    (tuple[int, str], "tuple"),
    (tuple[int, ...], "list"),
    (tuple, "list"),
    (set[int], "set"),
    (frozenset[str], "set"),
    (UUID, "uuid"),
    (HttpUrl, "url"),
    (AnyUrl, "url"),
    (Colour, "choice"),
    (Size, "integer choice"),
    (Literal["a", "b"], "choice"),
    (Literal[1, 2], "integer choice"),
    (list[str], "list"),
    (list[Place], "list"),
    (list, "list"),
    (Place, "object"),
    (dict[str, int], "json"),
    (dict, "json"),
    (Any, "json"),
    (Annotated[str, "a note"], "text"),
    (Annotated[list[int], "a note"], "list"),
]


@pytest.mark.parametrize("annotation, kind", ANNOTATED, ids=[str(annotation) for annotation, _ in ANNOTATED])
def test_an_annotation_has_a_kind(annotation: Any, kind: KindName) -> None:
    assert kind_of(annotation) is KINDS[kind]


@pytest.mark.parametrize("annotation", [bytes, complex, object, int | str, type, range], ids=str)
def test_what_cannot_be_kept_is_refused_with_what_can(annotation: Any) -> None:
    with pytest.raises(TypeError, match="is not one that Restwell stores: use str, int"):
        kind_of(annotation)


@pytest.mark.parametrize(
    "annotation, rest, nullable",
    [
        (str, str, False),
        (str | None, str, True),
        (Optional[int], int, True),  # noqa: UP045 -- as people write it
        (Union[None, float], float, True),  # noqa: UP007 -- as people write it
        (Annotated[str | None, "a note"], str, True),
        (int | str, int | str, False),
        (int | str | None, int | str, True),
    ],
)
def test_none_is_told_from_the_rest(annotation: Any, rest: Any, nullable: bool) -> None:
    assert without_none(annotation) == (rest, nullable)


def test_choices_are_the_values_in_json() -> None:
    assert choices_of(Colour) == ("red", "blue")
    assert choices_of(Literal[1, 2]) == (1, 2)
    assert choices_of(Literal[Colour.RED]) == ("red",)


@pytest.mark.parametrize(
    "annotation, whether",
    [(Size, True), (Literal[1], True), (Colour, False), (Literal["1"], False), (Literal[True], False)],
    ids=str,
)
def test_integers_among_choices_are_told_from_texts(annotation: Any, whether: bool) -> None:
    assert holds_integers(annotation) is whether


class Everything(Resource):
    """One of each way to declare a field."""

    name: str = Field(identity=True, iri="schema:name", description="What it is called.")
    plain: int
    version: int = 0
    missing: str | None = None
    unset: str | None
    anything: Any = None
    serial: int = Field(0, read_only=True)
    indexed: str = Field("", index=True, max_length=20)
    hidden: str = Field("", filterable=False, sortable=False)
    tags: list[str] = Field([])


def spec(name: str) -> FieldSpec:
    found = DECLARATION.field(name)
    assert found is not None
    return found


DECLARATION: Declaration = declare(Everything, "/everything", read=public())


def test_fields_stand_in_the_order_of_their_declaration() -> None:
    assert [each.name for each in DECLARATION.fields] == list(Everything.model_fields)


def test_marks_are_those_declared() -> None:
    assert spec("name").marks == Marks(identity=True, iri="schema:name")
    assert spec("serial").marks == Marks(read_only=True)
    assert spec("plain").marks == Marks()
    assert spec("name").description == "What it is called."
    assert spec("plain").description is None


@pytest.mark.parametrize(
    "name, required, nullable",
    [
        ("plain", True, False),
        ("version", False, False),
        ("missing", False, True),
        ("unset", True, True),
        ("anything", False, True),
    ],
)
def test_a_field_may_be_left_out_or_missing_as_declared(name: str, required: bool, nullable: bool) -> None:
    assert (spec(name).required, spec(name).nullable) == (required, nullable)


def test_scalars_can_be_filtered_and_sorted_unless_declared_otherwise() -> None:
    assert spec("plain").filterable
    assert spec("plain").sortable
    assert not spec("hidden").filterable
    assert not spec("hidden").sortable
    assert not spec("tags").filterable
    assert not spec("anything").sortable


def test_marks_may_stand_in_an_annotation() -> None:
    class Noted(Resource):
        name: Annotated[str, Field(identity=True, iri="schema:name")]
        year: Annotated[int, Field(index=True, ge=1)] = 1

    declared = declare(Noted, "/noted", read=public())
    assert declared.identity.name == "name"
    assert declared.fields[1].marks.index


def test_a_field_in_an_annotation_says_what_the_value_does_not() -> None:
    class Marked(Resource):
        name: str = Field(identity=True)
        rank: Annotated[int, Field(alias="place", unique=True, iri="schema:position")] = Field(0, iri="schema:rank")

    [spec] = declare(Marked, "/marked", read=public()).fields[1:]
    assert (spec.name, spec.attribute, spec.marks.unique, spec.marks.iri) == ("place", "rank", True, "schema:rank")


def test_a_field_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        setattr(spec("plain"), "name", "other")  # noqa: B010 -- mypy knows that it is frozen


@given(st.integers(-(2**63), 2**63 - 1))
def test_a_reader_reads_what_stands_in_json(number: int) -> None:
    assert spec("plain").reader.validate_json(str(number)) == number
