"""What a declaration's types take and refuse, at every depth; what is computed; what defaults may be."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from types import GenericAlias
from typing import Annotated, Any, Literal, NewType, Self
from uuid import UUID

import jsonschema
import pytest
from pydantic import (
    UUID4,
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    HttpUrl,
    NonNegativeInt,
    PlainSerializer,
    PlainValidator,
    PositiveInt,
    StrictStr,
    computed_field,
    conint,
    constr,
    create_model,
    field_serializer,
    model_serializer,
    model_validator,
)
from typing_extensions import TypeAliasType

from restwell import Field, Resource, public, scope
from restwell.content import decode, to_values
from restwell.http.problems import InvalidContent
from restwell.model.declare import declare
from restwell.model.errors import DeclarationError
from restwell.model.revising import is_same
from restwell.model.shapes import InvalidDefault
from restwell.surface.schema import content_schema
from tests.restwell.model.test_configuration import declared

Small = TypeAliasType("Small", Annotated[int, Field(ge=0, le=10)])
Named = NewType("Named", int)


class Level(IntEnum):
    LOW = 0
    HIGH = 1


class One(BaseModel):
    kind: Literal["one"] = "one"


class Other(BaseModel):
    kind: Literal["other", "more"]
    n: int = 0


class Colour(Enum):
    RED = "red"


def takes(annotation: Any, text: str) -> bool:
    """Whether content takes a JSON text for a member of this type; its schema has to say the same."""
    made = declared(value=(annotation, ...))
    content = decode(b'{"id": 1, "value": %s}' % text.encode())
    schema = content_schema(made)
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    allowed = jsonschema.Draft202012Validator(schema, format_checker=checker).is_valid(content)
    try:
        to_values(made, content)
    except InvalidContent:
        assert not allowed, f"{text} is refused, and {schema['properties']['value']} allows it"
        return False
    assert allowed, f"{text} is taken, and {schema['properties']['value']} refuses it"
    return True


def _required(kind: Any) -> Any:
    return (kind, ...)


HOLDERS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "itself": (lambda kind: kind, "{}"),
    "nullable": (lambda kind: kind | None, "{}"),
    "list": (lambda kind: GenericAlias(list, (kind,)), "[{}]"),
    "dict": (lambda kind: GenericAlias(dict, (str, kind)), '{{"a": {}}}'),
    "nested": (lambda kind: create_model("Holder", x=(kind, ...)), '{{"x": {}}}'),
    "deep": (
        lambda kind: GenericAlias(list, (create_model("Deep", x=_required(GenericAlias(list, (kind | None,)))),)),
        '[{{"x": [null, {}]}}]',
    ),
}

LIMITED: list[tuple[Any, str, str]] = [
    (Annotated[int, Field(ge=0, le=10)], "10", "-99"),
    (Small, "10", "11"),
    (PositiveInt, "1", "0"),
    (NonNegativeInt, "0", "-1"),
    (conint(multiple_of=3), "6", "7"),
    (Annotated[conint(ge=0), Field(le=3)], "3", "4"),
    (constr(max_length=2), '"ab"', '"abc"'),
    (constr(pattern="^a+$"), '"aa"', '"b"'),
    (StrictStr, '"a"', "1"),
    (Annotated[str, Field(min_length=2)], '"ab"', '"a"'),
    (Annotated[float, Field(gt=0)], "0.5", "0"),
    (UUID4, '"0b0e6a3e-5a54-4c5c-9c9e-1c5d3f9d2a11"', '"0b0e6a3e-5a54-1c5c-9c9e-1c5d3f9d2a11"'),
    (Annotated[int, Field(ge=-(10**30), le=10**30)], "1", str(2**63)),
]


@pytest.mark.parametrize("holder", HOLDERS)
@pytest.mark.parametrize("kind, good, bad", LIMITED, ids=range(len(LIMITED)))
def test_limits_are_read_wherever_they_stand(kind: Any, good: str, bad: str, holder: str) -> None:
    hold, text = HOLDERS[holder]
    assert takes(hold(kind), text.format(good))
    assert not takes(hold(kind), text.format(bad))


WRITTEN: list[tuple[Any, list[str], list[str]]] = [
    (Literal[0, 1], ["0", "1", "1.0"], ["true", "false", "2", '"1"']),
    (Level, ["0", "1"], ["true", "false", '"1"', "2"]),
    (Literal["a"], ['"a"'], ['"b"', "1", "null"]),
    (Colour, ['"red"'], ['"RED"', "0"]),
    (
        Decimal,
        ['"1.50"', '"-0"', '"007"', "1.5", "1", "12345678901234567890"],
        ['"1_000.5"', '" 1"', '"+1"', '"1e5"', '"Infinity"', '"NaN"', '".5"', '"5."', '"\u0663"', "true"],
    ),
    (Annotated[Decimal, Field(max_digits=4, decimal_places=2)], ['"12.50"'], ['"1.500"', '"123.4"', '"123"']),
    (date, ['"2026-01-31"'], ['"2026-02-30"', '"20260131"', '"2026-01-31T00:00:00"', "1577836800", '"1577836800"']),
    (
        datetime,
        ['"2026-01-31T12:00:00Z"', '"2026-01-31t12:00:00.123456789+02:00"'],
        [
            '"2026-01-31T12:00:00"',
            '"2026-01-31 12:00:00Z"',
            '"2026-01-31T12:00Z"',
            '"2026-01-31T12:00:00+0200"',
            '"2026-01-31"',
            "1577836800",
        ],
    ),
    (AwareDatetime, ['"2026-01-31T12:00:00Z"'], ['"2026-01-31T12:00:00"', "1577836800"]),
    (
        time,
        ['"09:30:00"', '"23:59:59.123456789"', '"00:00:00.5"'],
        ['"09:30"', '"9:30:00"', '"24:00:00"', '"23:59:60"', '"09:30:00Z"', '"09:30:00+02:00"', "5", '"5"'],
    ),
    (
        timedelta,
        ['"P400DT1H2M3.5S"', '"-P1D"', '"PT0S"', '"P2W"', '"PT36H"', '"PT0.123456789012S"', '"P106751991D"'],
        [
            '"P1Y"',
            '"P1M"',
            '"P1Y2M3D"',
            '"P"',
            '"PT"',
            '"P1DT"',
            '"P-1D"',
            '"+P1D"',
            '"PT1.5H"',
            '"P1D2H"',
            '"pt1s"',
            '"P1W2D"',
            '"PT1,5S"',
            '"1:30"',
            '"5"',
            "5",
            "5.5",
            '" P1D"',
        ],
    ),
    (tuple[int, str], ['[1, "a"]'], ["[1]", '[1, "a", 2]', '["a", 1]', "{}", '"1a"', "[]", "5"]),
    (tuple[int, ...], ["[]", "[1, 1]"], ['["1"]', "{}", "5", "[null]"]),
    (set[int], ["[]", "[2, 1]"], ["[1, 1]", "[1, 1.0]", '["1"]', "{}", "5"]),
    (frozenset[str | None], ["[]", '["b", null]'], ['["b", "b"]', "[null, null]", "[1]", '"b"']),
    (
        Annotated[One | Other, Field(discriminator="kind")],
        ['{"kind": "one"}', '{"kind": "other", "n": 5}', '{"kind": "more"}'],
        [
            "{}",
            '{"n": 5}',
            '{"kind": "one", "n": 5}',
            '{"kind": 1}',
            '{"kind": null}',
            '{"kind": ["one"]}',
            "[]",
            '"one"',
        ],
    ),
    (Literal[Colour.RED], ['"red"'], ['"RED"', '"blue"', "1", "[]"]),
    (Literal[Level.HIGH], ["1"], ["0", "true", '"1"', '"HIGH"']),
    (
        UUID,
        ['"0b0e6a3e-5a54-4c5c-9c9e-1c5d3f9d2a11"', '"0B0E6A3E-5A54-4C5C-9C9E-1C5D3F9D2A11"'],
        [
            '"0b0e6a3e5a544c5c9c9e1c5d3f9d2a11"',
            '"{0b0e6a3e-5a54-4c5c-9c9e-1c5d3f9d2a11}"',
            '"urn:uuid:0b0e6a3e-5a54-4c5c-9c9e-1c5d3f9d2a11"',
        ],
    ),
    (bool, ["true", "false"], ['"true"', "1", "0", '"on"']),
    (int, ["1", "1.0", "-9223372036854775808"], ["true", '"1"', "1.5", "9223372036854775808"]),
    (float, ["1", "1.5", "-0.0", "1e300"], ["true", '"1"', '"NaN"']),
    (str, ['""', '"\\ud83d\\ude00"'], ['"\\u0000"', "1", "null"]),
    (HttpUrl, ['"https://example.org"', '"HTTP://example.org/\u00e4"'], ['"http:example.org"', '"ftp://a.b"', "1"]),
]


@pytest.mark.parametrize("holder", HOLDERS)
@pytest.mark.parametrize("kind, good, bad", WRITTEN, ids=range(len(WRITTEN)))
def test_what_is_taken_is_what_the_schema_says(kind: Any, good: list[str], bad: list[str], holder: str) -> None:
    hold, text = HOLDERS[holder]
    for value in good:
        assert takes(hold(kind), text.format(value)), value
    for value in bad:
        if value != "null" or holder in {"itself", "list", "dict", "nested"}:
            assert not takes(hold(kind), text.format(value)), value


DIGITS = "1234567890123456.789"


@pytest.mark.parametrize("holder", HOLDERS)
@pytest.mark.parametrize(
    "digits", [DIGITS, "1234567890123456789", "0.12345678901234567891", "123456789012345678901234567890"]
)
def test_a_number_is_exact_where_a_decimal_is_declared(digits: str, holder: str) -> None:
    hold, text = HOLDERS[holder]
    made = declared(value=(hold(Decimal), ...))
    values = to_values(made, decode(b'{"id": 1, "value": %s}' % text.format(digits).encode()))
    assert f'"{digits}"' in str(values["value"]).replace("'", '"') or values["value"] == digits


def test_a_number_in_free_json_is_a_double_and_an_integer_has_64_bits() -> None:
    made = declared(value=(Any, None), more=(dict[str, Any], {}))
    values = to_values(made, decode(b'{"id": 1, "value": [%s], "more": {"a": %s}}' % ((DIGITS.encode(),) * 2)))
    assert values["value"] == [float(DIGITS)]
    assert type(values["more"]["a"]) is float
    with pytest.raises(InvalidContent) as refused:
        to_values(made, {"id": 1, "value": {"a": [2**63]}})
    assert [error.pointer for error in refused.value.errors] == ["/value/a/0"]


def test_decimals_have_no_exponent_at_any_depth() -> None:
    nested = create_model("Nested", cost=(Decimal, ...))
    made = declared(value=(GenericAlias(list, (nested,)), ...))
    values = to_values(made, {"id": 1, "value": [{"cost": 1e30}, {"cost": 1e-10}, {"cost": "-0.00"}]})
    assert [each["cost"] for each in values["value"]] == ["1" + "0" * 30, "0.0000000001", "0.00"]


@pytest.mark.parametrize(
    "kind",
    [tuple[int, bytes], set[dict[str, int]], frozenset[complex], bytes, complex, dict[int, str]],
    ids=range(6),
)
@pytest.mark.parametrize("holder", ["itself", "list", "nested"])
def test_a_type_that_is_not_stored_is_refused_at_any_depth(kind: Any, holder: str) -> None:
    if not (holder == "itself" and kind == dict[int, str]):
        with pytest.raises(DeclarationError):
            declared(value=(HOLDERS[holder][0](kind), ...), config={"arbitrary_types_allowed": True})


class Serialized(BaseModel):
    n: int = 0

    @field_serializer("n")
    def _n(self, n: int) -> str:
        return str(n)


class Whole(BaseModel):
    n: int = 0

    @model_serializer
    def _all(self) -> dict[str, Any]:
        return {"m": self.n}


class Computed(BaseModel):
    n: int = 0

    @computed_field  # type: ignore[prop-decorator]  # as pydantic has it
    @property
    def twice(self) -> int:
        return 2 * self.n


class Renamed(BaseModel):
    street_name: str = Field(serialization_alias="streetName")


class Hidden(BaseModel):
    n: int = Field(0, exclude=True)


class Item(Resource):
    number: int = Field(identity=True)


@pytest.mark.parametrize("model", [Serialized, Whole, Computed, Renamed, Hidden, Item])
@pytest.mark.parametrize("holder", ["itself", "nullable", "list", "dict", "deep"])
def test_what_is_shown_otherwise_than_it_is_read_is_refused(model: Any, holder: str) -> None:
    with pytest.raises(DeclarationError, match=rf"{model.__name__}|Thing\.value|Deep\.x"):
        declared(value=(HOLDERS[holder][0](model), ...))


def test_what_is_refused_within_an_object_is_told_with_its_line() -> None:
    with pytest.raises(DeclarationError, match=r"Computed\.twice \(.*test_shapes.py, line \d+\)"):
        declared(value=(list[Computed], []))


@pytest.mark.parametrize(
    "annotation",
    [
        Annotated[int, PlainSerializer(str)],
        Annotated[int, PlainValidator(int)],
        Annotated[int, BeforeValidator(int, json_schema_input_type=str)],
    ],
    ids=["serializer", "plain", "input"],
)
def test_a_field_that_writes_or_reads_otherwise_is_refused(annotation: Any) -> None:
    with pytest.raises(DeclarationError, match=r"Thing\.value"):
        declared(value=(annotation, 0))


BAD_DEFAULTS: list[tuple[Any, Any]] = [
    (Decimal, 0),
    (date, "2020-01-01"),
    (date, datetime(2020, 1, 1, tzinfo=UTC)),
    (bool, 0),
    (int, True),
    (datetime, datetime(2020, 1, 1)),  # noqa: DTZ001 - what is wrong
    (UUID, "0b0e6a3e-5a54-4c5c-9c9e-1c5d3f9d2a11"),
    (Colour, "red"),
    (list[date], ["2020-01-01"]),
    (Annotated[int, Field(le=3)] | None, 4),
    (str, None),
    (HttpUrl, "nowhere"),
    (float, float("nan")),
    (str, "\0"),
    (Any, 2**64),
]


@pytest.mark.parametrize("annotation, default", BAD_DEFAULTS, ids=range(len(BAD_DEFAULTS)))
@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("factory", [False, True])
def test_a_default_is_held_against_its_type(annotation: Any, default: Any, nested: bool, factory: bool) -> None:
    field = (annotation, Field(default_factory=lambda: default) if factory else Field(default))
    with pytest.raises(DeclarationError, match=r"value|default"):
        declared(nested=(create_model("Nested", value=field) | None, None)) if nested else declared(value=field)


def test_a_default_stands_in_the_schema_as_in_json() -> None:
    moment = datetime.fromisoformat("2020-01-01T00:00:00+02:00")
    made = declared(
        price=(Decimal, Decimal("1.50")),
        at=(datetime, moment),
        site=(HttpUrl, "https://example.org"),
        colour=(Colour, Colour.RED),
    )
    properties = content_schema(made)["properties"]
    stored = to_values(made, {"id": 1})
    assert {name: properties[name]["default"] for name in ("price", "at", "site", "colour")} == {
        "price": "1.50",
        "at": "2019-12-31T22:00:00Z",
        "site": "https://example.org/",
        "colour": "red",
    }
    assert {name: stored[name] for name in ("price", "at", "site", "colour")} == {
        name: properties[name]["default"] for name in ("price", "at", "site", "colour")
    }


def test_a_factory_that_gives_what_is_not_valid_later_is_a_mistake_of_the_application() -> None:
    given: Iterator[Any] = iter([1, 2, "three"])
    made = declared(value=(int, Field(default_factory=lambda: next(given))))
    assert to_values(made, {"id": 1})["value"] == 2
    with pytest.raises(InvalidDefault, match=r"Thing\.value"):
        to_values(made, {"id": 1})


# -- validators of the application's, and what is stored -----------------------------------------------------------

Doubled = Annotated[int, AfterValidator(lambda n: n * 2)]


class Doubling(BaseModel):
    n: Doubled = 1
    title: str = ""


def revised(made: Any, current: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return to_values(made, {**current, **changes}, current=current)


def test_a_validator_never_reads_what_it_made() -> None:
    made = declared(n=(Doubled, 0), title=(str, ""), many=(list[Doubled], []), nested=(Doubling | None, None))
    stored = to_values(made, {"id": 1, "n": 1, "many": [1, 2], "nested": {"n": 3}})
    assert (stored["n"], stored["many"], stored["nested"]["n"]) == (2, [2, 4], 6)
    assert revised(made, stored, title="b") == {**stored, "title": "b"}
    assert revised(made, stored, n=3) == {**stored, "n": 6}
    assert revised(made, stored, many=[2, 4, 5])["many"] == [2, 4, 10]
    assert revised(made, stored, many=[4, 2])["many"] == [4, 2]
    assert revised(made, stored, many=[2, 2, 4])["many"] == [2, 4, 4]
    nested = revised(made, stored, nested={"n": 6, "title": "t"})["nested"]
    assert nested == {"n": 6, "title": "t"}
    listed = declared(each=(list[Doubling], []), named=(dict[str, Doubling], {}))
    before = to_values(listed, {"id": 1, "each": [{"n": 1}, {"n": 2}], "named": {"a": {"n": 1}}})
    changed = revised(
        listed, before, each=[{"n": 9}, {"n": 2}, {"n": 4, "title": "x"}], named={"a": {"n": 2, "title": "y"}}
    )
    assert [each["n"] for each in changed["each"]] == [18, 4, 8]
    assert changed["named"]["a"] == {"n": 2, "title": "y"}


def test_what_changes_nothing_is_not_validated() -> None:
    def never(value: int) -> int:
        raise AssertionError(value)

    made = declared(n=(Annotated[int, AfterValidator(never)] | None, None))
    current = {"id": 1, "n": 7}
    assert to_values(made, current, current=current) == current


def test_a_limit_that_was_tightened_does_not_stop_a_change_of_something_else() -> None:
    nested = create_model("Nested", n=(Annotated[int, Field(le=3)], 0), title=(str, ""))
    made = declared(
        n=(int, Field(0, le=3)), colour=(Colour, Colour.RED), nested=(nested | None, None), title=(str, "")
    )
    current = {"id": 1, "n": 9, "colour": "blue", "nested": {"n": 9, "title": ""}, "title": ""}
    assert revised(made, current, title="b") == {**current, "title": "b"}
    assert revised(made, current, nested={"n": 9, "title": "c"})["nested"] == {"n": 9, "title": "c"}
    with pytest.raises(InvalidContent) as refused:
        revised(made, current, n=8)
    assert [error.pointer for error in refused.value.errors] == ["/n"]


def test_what_a_validator_gives_is_held_against_the_type_too() -> None:
    made = declared(n=(Annotated[int, Field(le=10), AfterValidator(lambda n: n * 2)], 0))
    with pytest.raises(InvalidContent) as refused:
        to_values(made, {"id": 1, "n": 6})
    assert [error.pointer for error in refused.value.errors] == ["/n"]


def test_post_init_runs_on_what_comes_from_outside_only() -> None:
    class Counted(Resource):
        id: int = Field(identity=True)
        n: int = 0

        def model_post_init(self, _: Any, /) -> None:
            self.__dict__["n"] += 1

    made = declare(Counted, "/counted", read=public())
    stored = to_values(made, {"id": 1, "n": 1})
    assert stored["n"] == 2
    assert to_values(made, stored, current=stored) == stored


def test_a_validator_of_the_whole_sees_what_is_stored_as_its_types() -> None:
    seen: list[Any] = []

    class Span(Resource):
        id: int = Field(identity=True)
        start: date
        end: date

        @model_validator(mode="after")
        def _ordered(self) -> Self:
            seen.append((self.start, self.end))
            if self.end < self.start:
                raise ValueError("ends before it starts")
            return self

    made = declare(Span, "/spans", read=public())
    current = {"id": 1, "start": "2026-01-01", "end": "2026-02-01"}
    assert to_values(made, {**current, "end": "2026-03-01"}, current=current)["end"] == "2026-03-01"
    assert seen[-1] == (date(2026, 1, 1), date(2026, 3, 1))
    with pytest.raises(InvalidContent):
        to_values(made, {**current, "end": "2025-03-01"}, current=current)


@pytest.mark.parametrize(
    "rules",
    [
        {"write": public(max_age=60)},
        {"write": scope("a", no_store=True)},
        {"create": public(must_revalidate=True)},
        {"delete": public(s_maxage=1)},
    ],
    ids=["max_age", "no_store", "must_revalidate", "s_maxage"],
)
def test_a_rule_for_writing_says_nothing_of_copies(rules: Any) -> None:
    with pytest.raises(DeclarationError, match="rule of read="):
        declare(Item, "/items", read=public(max_age=60), **rules)


@pytest.mark.parametrize("one, other", [(1, True), (0, False), ({"a": 1}, {"a": True}), ([1], [True]), ("1", 1)])
def test_json_equality_is_not_that_of_python(one: Any, other: Any) -> None:
    assert not is_same(one, other)
    assert not is_same(other, one)
    assert is_same(1, 1.0)
    assert is_same({"a": [1, {"b": 2.0}]}, {"a": [1.0, {"b": 2}]})
    made = declared(value=(Any, None))
    current = {"id": 1, "value": {"on": one}}
    changed = to_values(made, {"id": 1, "value": {"on": other}}, current=current)
    assert is_same(changed["value"]["on"], other)
