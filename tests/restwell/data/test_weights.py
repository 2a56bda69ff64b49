"""What rows weigh is never more than what their JSON takes, so that no row is left out that has room."""

from __future__ import annotations

from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from restwell import Field, Resource, public
from restwell.data.layout import Layout
from restwell.data.weights import rows_within, weight_of
from restwell.model.declare import declare


class Note(Resource):
    """Something that somebody wrote down."""

    number: int = Field(identity=True)
    text: str = ""
    more: Any = None


NOTES = declare(Note, "/notes", read=public())
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def row(number: int, text: str, more: Any) -> tuple[Any, ...]:
    return NOTES.compiled[Layout].row(number, 1, 0, {"number": number, "text": text, "more": more})


@given(JSON)
def test_a_value_weighs_no_more_than_its_json(value: Any) -> None:
    assert weight_of(value) <= len(orjson.dumps(value))


@given(st.lists(st.tuples(st.text(), JSON), max_size=8), st.integers(0, 60), st.booleans())
def test_as_many_rows_as_may_have_room_and_one_at_least(
    values: list[tuple[str, Any]], most: int, backwards: bool
) -> None:
    rows = [row(number, *each) for number, each in enumerate(values)]
    number = rows_within(NOTES, rows, None, most, backwards=backwards)
    weights = [weight_of(text) + weight_of(more) for text, more in (values[::-1] if backwards else values)]
    assert min(1, len(rows)) <= number <= len(rows)
    assert sum(weights[:number]) <= most or number == 1
    assert number == len(rows) or sum(weights[: number + 1]) > most


def test_only_what_is_shown_is_weighed() -> None:
    rows = [row(number, "x" * 50, ["y" * 50]) for number in range(3)]
    found = [
        rows_within(NOTES, rows, fields, 120, backwards=False)
        for fields in (None, ("text",), ("number", "more"), ("number",))
    ]
    assert found == [1, 2, 2, 3]
