"""What a collection can be asked for: a control for each member that filters can name, as its kind has it."""

from datetime import date
from typing import Any, Literal

import pytest

from restwell import Field, Resource, public
from restwell.model.declare import declare
from restwell.surface.asking import WORDS, Asking, Control, Option, filled, in_words, parts, sortings
from tests.api import Sample
from tests.examples import Framework

SAMPLES = declare(Sample, "/samples", read=public()).public
ASKING = SAMPLES.compiled[Asking]
NULLS = ["has a value", "has no value"]
ORDERED = ["is", "is at least", "is at most", "is more than", "is less than", "is not"]
TEXT = ["contains", "is", "begins with", *ORDERED[1:], "is one of", "contains exactly", "is empty", "is not empty"]


def words(control: Control) -> list[str]:
    return [option.words for option in control.options]


def of(resource: type[Resource]) -> Asking:
    return declare(resource, "/things", read=public()).public.compiled[Asking]


@pytest.mark.parametrize(
    "name, kind, said",
    [
        ("number", "number", ORDERED),
        ("label", "text", [*TEXT, *NULLS]),
        ("amount", "number", [*ORDERED, *NULLS]),
        ("weight", "number", [*ORDERED, *NULLS]),
        ("good", None, ["any", "true", "false", *NULLS]),
        ("price", "text", [*ORDERED, "is one of", *NULLS]),
        ("day", "date", [*ORDERED, *NULLS]),
        ("moment", "text", [*ORDERED, "is one of", *NULLS]),
        ("code", "text", ["is", "is not", "is one of", *NULLS]),
        ("colour", None, ["any", "red", "green", "blue", *NULLS]),
        ("site", "text", ["is", "is not", "is one of", *NULLS]),
        ("serial", "number", ORDERED),
    ],
)
def test_each_kind_has_the_controls_that_fit_it(name: str, kind: str | None, said: list[str]) -> None:
    control = ASKING.controls[name]
    assert control.type == kind
    assert sorted(words(control)) == sorted(said)


def test_every_member_that_filters_can_name_has_a_control() -> None:
    assert list(ASKING.controls) == [spec.name for spec in SAMPLES.fields if spec.filterable]
    assert not {"place", "tags", "extra"} & {*ASKING.controls}


def test_every_operator_has_words() -> None:
    every = {operator for spec in SAMPLES.fields for operator in spec.kind.operators}
    assert every - {*WORDS} == {"exists"}


class Limited(Resource):
    """Members with limits, and one that is called like a parameter."""

    name: str = Field(identity=True)
    year: int = Field(2000, ge=1989, lt=2101)
    part: float = Field(0.5, ge=0, le=1)
    day: date = Field(date(2026, 1, 1), ge=date(2020, 1, 1), le=date(2029, 12, 31))
    title: str = Field("x", min_length=1)
    limit: int = 0
    secret: str = Field("x", write_only=True)
    own: str = Field("x", hidden=True)
    closed: str = Field("x", filterable=False, sortable=False)


def test_numbers_and_dates_have_their_limits() -> None:
    controls = of(Limited).controls
    found = {name: (each.minimum, each.maximum) for name, each in controls.items()}
    assert found["year"] == ("1989", "2100")
    assert found["part"] == ("0", "1")
    assert found["day"] == ("2020-01-01", "2029-12-31")
    assert found["title"] == (None, None)


def test_what_is_not_seen_or_cannot_be_filtered_by_is_not_offered() -> None:
    asking = of(Limited)
    assert [*asking.controls] == ["name", "year", "part", "day", "title", "limit"]
    assert [*asking.sortable] == ["name", "year", "part", "day", "title", "limit"]


def test_a_text_that_is_never_empty_is_not_asked_whether_it_is() -> None:
    assert not {"is empty", "is not empty"} & {*words(of(Limited).controls["title"])}
    assert not {"is empty", "is not empty"} & {*words(of(Limited).controls["name"])}


def test_a_member_that_is_called_like_a_parameter_is_asked_for_by_its_operator() -> None:
    assert of(Limited).controls["limit"].options[0] == Option("limit[eq]", "is")


def test_a_text_is_searched_first_and_one_with_an_index_compared() -> None:
    assert ASKING.controls["label"].options[0] == Option("label[icontains]", "contains")
    assert of(Limited).controls["name"].options[:2] == (Option("name", "is"), Option("name[icontains]", "contains"))


class Coloured(Resource):
    """Choices of few values, and of very many."""

    name: str = Field(identity=True)
    few: Literal["a", "b"] = "a"
    many: Literal[tuple(f"c{number}" for number in range(101))] = "c1"  # type: ignore[valid-type]  # so many


def test_a_choice_of_very_many_values_is_written_and_not_listed() -> None:
    controls = of(Coloured).controls
    assert (controls["few"].type, words(controls["few"])) == (None, ["any", "a", "b"])
    assert (controls["many"].type, words(controls["many"])) == ("text", ["is", "is not", "is one of"])


def test_an_order_is_offered_in_both_directions() -> None:
    assert of(Limited).orders[:3] == (
        Option("name", "name"),
        Option("-name", "name, descending"),
        Option("year", "year"),
    )


FRAMEWORKS = declare(Framework, "/frameworks", read=public()).public


def test_a_query_is_said_in_words_each_with_what_is_left_without_it() -> None:
    query = (
        ("created[gte]", "2005"),
        ("name[in]", "a,b"),
        ("sort", "-created,name"),
        ("limit", "5"),
        ("fields", "a,b"),
    )
    found = parts("http://h", FRAMEWORKS, query)
    assert [each.words for each in found] == [
        "created is at least 2005", "name is one of a,b", "sorted by created, descending, then name", "5 on a page",
        "with a, b only",
    ]  # fmt: skip
    assert found[0].url == "http://h/frameworks?name%5Bin%5D=a,b&sort=-created,name&limit=5&fields=a,b"
    assert parts("http://h", FRAMEWORKS, (("sort", "name"),))[0].url == "http://h/frameworks"


@pytest.mark.parametrize(
    "operator, text, said",
    [
        ("eq", "x", "is x"), ("eq", "", "is empty"), ("ne", "", "is not empty"), ("in", "", "is empty"),
        ("gte", "", "is at least the empty text"), ("exists", "true", "has a value"),
        ("exists", "false", "has no value"), ("icontains", "a b", "contains a b"),
    ],
)  # fmt: skip
def test_every_filter_has_words(operator: Any, text: str, said: str) -> None:
    assert in_words(operator, text) == said


def test_sorting_by_a_member_again_turns_it_round() -> None:
    plain = sortings("http://h", FRAMEWORKS, (("created[gte]", "2005"),))
    assert plain["created"] == ("", "http://h/frameworks?created%5Bgte%5D=2005&sort=created")
    up = sortings("http://h", FRAMEWORKS, (("sort", "created,name"), ("limit", "5")))
    assert up["created"] == ("ascending", "http://h/frameworks?limit=5&sort=-created")
    assert up["name"] == ("", "http://h/frameworks?limit=5&sort=name")
    assert sortings("http://h", FRAMEWORKS, (("sort", "-created"),))["created"] == (
        "descending",
        "http://h/frameworks?sort=created",
    )


class Measured(Resource):
    """Something with a member whose name is not ASCII."""

    name: str = Field(identity=True)
    size: int = Field(0, alias="größe")


def test_a_name_beyond_ascii_is_encoded_in_links_and_in_what_is_sent() -> None:
    measured = declare(Measured, "/measured", read=public()).public
    assert sortings("http://h", measured, ())["größe"].url == "http://h/measured?sort=gr%C3%B6%C3%9Fe"
    assert measured.compiled[Asking].controls["größe"].options[0] == Option("größe", "is")
    [found] = filled(measured, (("größe[in]", "1,2"),))
    assert found.chosen == "gr%C3%B6%C3%9Fe%5Bin%5D=1%2C2"


@pytest.mark.parametrize(
    "name, text, chosen, held, more",
    [
        ("amount[gte]", "5", "amount[gte]", "5", None),
        ("amount[eq]", "5", "amount", "5", None),
        ("amount[in]", "1,2", "amount%5Bin%5D=1,2", "", "is one of 1,2"),
        ("amount[exists]", "false", "amount%5Bexists%5D=false", "", None),
        ("good", "true", "good=true", "", None),
        ("colour[ne]", "red", "colour%5Bne%5D=red", "", "is not red"),
        ("label", "", "label=", "", None),
        ("label[gt]", "", "label%5Bgt%5D=", "", "is more than the empty text"),
        ("label", "a\nb", "label=a%0Ab", "", "is a\nb"),
        ("label", " a ", "label", " a ", None),
        ("day[lt]", "2026-01-31", "day[lt]", "2026-01-31", None),
    ],
)
def test_a_filter_is_held_by_the_control_of_its_member(
    name: str, text: str, chosen: str, held: str, more: str | None
) -> None:
    [found] = filled(SAMPLES, ((name, text),))
    assert (found.chosen, found.text) == (chosen.replace("1,2", "1%2C2"), held)
    assert (found.more.words if found.more else None) == more
