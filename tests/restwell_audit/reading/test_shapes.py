"""JSON of any shape can be asked for what is expected."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restwell_audit.reading.shapes import MAX_ENTRIES, entries, mapping, named, objects, required, text, texts

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_every_shape_gives_what_is_asked_for_or_nothing(value: Any) -> None:
    assert isinstance(text(value), str)
    assert mapping(value) == (value if isinstance(value, dict) else {})
    assert all(isinstance(each, dict) for each in objects(value))
    assert all(isinstance(each, str) for each in (*texts(value), *named(value), *required(value)))


@pytest.mark.parametrize("value, expected", [(None, []), (1, [1]), ({"a": 1}, [{"a": 1}]), ([1, None], [1, None])])
def test_one_value_is_as_a_list_of_it(value: Any, expected: list[Any]) -> None:
    assert entries(value) == expected


def test_a_list_without_end_is_cut() -> None:
    assert len(entries([0] * (MAX_ENTRIES + 1))) == MAX_ENTRIES


def test_names_are_those_of_objects_each_once() -> None:
    fields = [{"name": "a", "required": True}, {"name": "b"}, {"name": "a"}, {"name": 3}, "c", {}]
    assert named(fields) == ("a", "b")
    assert required(fields) == ("a",)
