"""The fields that an operation takes, with the limits that content is held against."""

import re
from decimal import Decimal
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restwell.model.declare import declare
from restwell.model.fields import Field
from restwell.model.kinds import KINDS
from restwell.model.policy import public
from restwell.model.resource import Declaration, Resource
from restwell.surface.inputs import Input, inputs_of, values_of, whole
from tests.examples import FRAMEWORKS, SPECIMENS

Name = Literal["create", "replace", "change"]


def by_name(declaration: Declaration, name: Name) -> dict[str, Input]:
    return {each.name: each for each in getattr(inputs_of(declaration), name)}


def test_creating_takes_the_identity_and_changing_only_shows_it() -> None:
    assert (by_name(FRAMEWORKS, "create")["name"].read_only, by_name(FRAMEWORKS, "create")["name"].required) == (
        False,
        True,
    )
    for name in ("replace", "change"):
        identity = by_name(FRAMEWORKS, name)["name"]
        assert (identity.read_only, identity.required) == (True, False)


def test_only_a_change_can_leave_out_what_is_required() -> None:
    required = {
        name: [each.name for each in getattr(inputs_of(FRAMEWORKS), name) if each.required]
        for name in ("create", "replace", "change")
    }
    assert required == {"create": ["name", "created"], "replace": ["created"], "change": []}


def test_what_the_server_sets_is_shown_and_not_asked_for() -> None:
    assert "serial" not in by_name(SPECIMENS, "create")
    assert by_name(SPECIMENS, "replace")["serial"].read_only


@pytest.mark.parametrize(
    "name, expected",
    [
        ("title", {"kind": KINDS["text"], "description": "What it is called.", "required": True, "max_length": 40}),
        ("colour", {"options": ("red", "blue"), "default": "red"}),
        ("size", {"options": ("small", "large"), "default": None}),
        ("price", {"pattern": r"^-?[0-9]{1,4}(?:\.[0-9]{1,2})?$", "minimum": None}),
        ("limit", {"minimum": None, "maximum": None}),  # those of 64 bits are none that a double holds
        ("tags", {"several": True, "options": (), "default": []}),
        ("good", {"kind": KINDS["boolean"], "default": True}),
        ("description", {"pattern": None, "max_length": 65536}),
    ],
)
def test_limits_are_those_of_the_declaration(name: str, expected: dict[str, Any]) -> None:
    found = by_name(SPECIMENS, "create")[name]
    assert {key: getattr(found, key) for key in expected} == expected


class Limited(Resource):
    number: int = Field(identity=True, gt=0, lt=10)
    share: float = Field(0.5, gt=0, le=1)
    even: int = Field(0, multiple_of=2)
    price: Decimal = Field(Decimal(1), ge=1, le=5)
    code: str = Field("abc", pattern="^[a-z]+$", min_length=3)
    sizes: list[Literal["s", "m"]] = Field([])


def test_a_bound_that_no_value_reaches_is_the_next_integer_or_itself() -> None:
    found = by_name(declare(Limited, "/limited", read=public(), write=public()), "create")
    assert (found["number"].minimum, found["number"].maximum) == (1, 9)
    assert (found["share"].minimum, found["share"].maximum) == (0, 1)
    assert found["even"].step == 2
    assert (found["price"].minimum, found["price"].maximum) == (1, 5)
    assert (found["code"].pattern, found["code"].min_length) == ("^[a-z]+$", 3)
    assert (found["sizes"].several, found["sizes"].options) == (True, ("s", "m"))


@pytest.mark.parametrize(
    "pattern, expected",
    [
        ("^[a-z]+$", "^[a-z]+$"),
        ("^(?:a|b)$", "^(?:a|b)$"),
        ("^a|b$", r"[\s\S]*(?:^a|b$)[\s\S]*"),
        ("^a", r"[\s\S]*(?:^a)[\s\S]*"),
        (r"^a\$", r"[\s\S]*(?:^a\$)[\s\S]*"),
        ("^(?:a)|(?:b)$", r"[\s\S]*(?:^(?:a)|(?:b)$)[\s\S]*"),
    ],
)
def test_a_pattern_is_as_html_has_it(pattern: str, expected: str) -> None:
    assert whole(pattern) == expected


@given(
    pattern=st.sampled_from(["^a+$", "^(?:a|b)$", "^a|b$", "^a", "b$", "a|b", "ab", "^$", "^(?:a|b)", r"a\$"]),
    text=st.text("ab$", max_size=5),
)
def test_a_pattern_from_end_to_end_takes_what_it_took_within(pattern: str, text: str) -> None:
    assert bool(re.fullmatch(whole(pattern), text)) == bool(re.search(pattern, text))


def test_a_pattern_is_found_within_and_forms_have_the_whole() -> None:
    found = by_name(declare(Limited, "/limited", read=public(), write=public()), "create")
    assert (found["code"].whole_pattern, found["share"].whole_pattern) == ("^[a-z]+$", None)


def test_a_truth_value_has_two_options() -> None:
    assert by_name(SPECIMENS, "create")["good"].options == (True, False)


def test_a_form_holds_the_values_of_an_item_or_the_defaults_of_a_new_one() -> None:
    inputs = [by_name(SPECIMENS, "create")[name] for name in ("title", "colour", "good")]
    assert values_of(inputs, None) == [None, "red", True]
    assert values_of(inputs, {"title": "A", "good": False}) == ["A", None, False]
