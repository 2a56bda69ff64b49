"""The names of filters, and lists with quotation."""

from typing import Annotated

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BeforeValidator

from restwell import Field, Resource, public
from restwell.data.filters import PARTIAL, Filters, join_list, split_list
from restwell.data.parameters import read_query
from restwell.model.conditions import Comparison
from restwell.model.declare import declare
from restwell.model.kinds import KINDS
from tests.api import Sample

SAMPLES = declare(Sample, "/samples", read=public())

LISTS = {
    "a,b": ["a", "b"],
    "": [""],
    "a,,b": ["a", "", "b"],
    "a,": ["a", ""],
    '"a,b",c': ["a,b", "c"],
    '"a""b"': ['a"b'],
    '""': [""],
    '"",""': ["", ""],
    'a"b,c"d"': ['a"b', 'c"d"'],
    ' "a"': [' "a"'],
    "\n,\r": ["\n", "\r"],
}


@pytest.mark.parametrize("text", LISTS)
def test_a_list(text: str) -> None:
    assert split_list(text) == LISTS[text]


@pytest.mark.parametrize("text", ['"a', '"', '"a"b', '"a" ,b', 'a,"b', '"a"",b'])
def test_a_quotation_that_does_not_end_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="ends with"):
        split_list(text)


@given(st.lists(st.text(max_size=10) | st.text('",a', max_size=10), min_size=1))
@example(['"', ",", ""])
def test_a_list_is_read_as_it_was_written(values: list[str]) -> None:
    assert split_list(join_list(values)) == values


def test_a_long_quotation_takes_no_longer() -> None:
    with pytest.raises(ValueError, match="ends with"):
        split_list('"' + '""' * 2000)


def test_texts_alone_have_parts() -> None:
    assert {kind.name for kind in KINDS.values() if PARTIAL & set(kind.operators)} == {"text"}
    names = [name for name, each in SAMPLES.compiled[Filters].parameters.items() if each.operator == "icontains"]
    assert names == ["label[icontains]"]


def test_a_part_of_a_text_is_taken_as_it_is() -> None:
    found = read_query(SAMPLES, "label[icontains]=+%C3%84%25_", lenient=False, secret=b"").condition
    assert found == Comparison("label", "icontains", (" Ä%_",))


class Noted(Resource):
    name: str = Field(identity=True)
    note: Annotated[str | None, BeforeValidator(lambda text: text or None)] = None


def test_a_value_that_a_validator_makes_nothing_of_is_one_that_is_missing() -> None:
    noted = declare(Noted, "/noted", read=public())
    for text, wanted in {"note=": False, "note[ne]=": True}.items():
        found = read_query(noted, text, lenient=False, secret=b"").condition
        assert found == Comparison("note", "exists", (wanted,))
    assert read_query(noted, "note=a", lenient=False, secret=b"").condition == Comparison("note", "eq", ("a",))
