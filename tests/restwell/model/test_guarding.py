"""The first mistakes of large content are told as they are of small content, and the others are counted."""

from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError
from pydantic import Field as Limit

from restwell import Field, Resource, public
from restwell.content.mistakes import mistakes_of
from restwell.http.problems import FieldError
from restwell.model.declare import declare


class Point(BaseModel):
    """A nested model."""

    x: int
    y: Annotated[int, Limit(ge=0)] | None = None


class Thing(Resource):
    """Something of every shape."""

    name: str = Field(identity=True)
    numbers: list[list[int]] = Field([])
    points: list[Point] = Field([])
    named: dict[str, Point] = Field({})
    mixed: list[list[int] | dict[str, bool] | Point] = Field([])


SHAPE = declare(Thing, "/things", read=public()).shape
LEAVES = st.sampled_from([1, -1, "x", None, True, 2.5])
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(st.sampled_from(["x", "y", "z"]), inner),
    max_leaves=60,
)
CONTENTS = st.fixed_dictionaries(
    {"name": st.just("a")},
    optional=dict.fromkeys(("numbers", "points", "named", "mixed", "other"), VALUES),
)


def read(content: Any, *, large: bool) -> tuple[Any, list[FieldError], int]:
    try:
        return SHAPE.validate(content, large=large), [], 0
    except ValidationError as error:
        return None, *mistakes_of(error, content)


@given(CONTENTS)
def test_guards_change_nothing_but_how_many_mistakes_are_told(content: Any) -> None:
    values, every, _ = read(content, large=False)
    guarded, told, more = read(content, large=True)
    assert guarded == values
    assert set(told) <= set(every)
    assert len(told) >= min(len(every), 1)
    assert more or told == every


@pytest.mark.parametrize(
    "content, count",
    [
        ({"numbers": [["x"] * 30] * 30}, 900),
        ({"points": [{"x": "", "y": -1, "z": 0}] * 100}, 300),
        ({"named": {str(place): {} for place in range(100)}}, 100),
        ({"points": [{"x": 1}] * 1000 + [{}] * 25, "numbers": ["x"] * 50}, 75),
    ],
    ids=range(4),
)
def test_twenty_mistakes_are_told_and_the_others_counted(content: Any, count: int) -> None:
    _, every, _ = read({"name": "a", **content}, large=False)
    _, told, more = read({"name": "a", **content}, large=True)
    assert len(every) == count
    assert len(told) == 20
    assert more == count - 20
    assert set(told) <= set(every)


def test_branches_that_do_not_fit_use_up_nothing() -> None:
    good = [{"x": 1}] * 500
    _, told, more = read({"name": "a", "mixed": good, "numbers": [[1], ["x"]]}, large=True)
    assert ([error.pointer for error in told], more) == (["/numbers/1/0"], 0)
