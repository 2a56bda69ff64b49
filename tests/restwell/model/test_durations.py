"""The text of a duration: what is taken, and that what is written is read as the same."""

import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from restwell.model.durations import DURATION_PATTERN, duration_of, microseconds_of
from restwell.model.kinds import KINDS
from restwell.model.written import read_duration, write_duration

LENGTH = KINDS["duration"].query["maxLength"]  # type: ignore[index]  # it has one
CANONICAL = re.compile(r"-?P(?=.)(?:[0-9]+D)?(?:T(?=.)(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+(?:\.[0-9]{0,5}[1-9])?S)?)?")


@given(st.integers(-(2**63), 2**63 - 1))
@example(0)
@example(-1)
@example(10)
def test_what_is_written_is_read_as_the_same(microseconds: int) -> None:
    text = duration_of(microseconds)
    assert microseconds_of(text) == microseconds
    assert CANONICAL.fullmatch(text)
    assert len(text) <= LENGTH
    assert write_duration(read_duration(text)) == text
    assert read_duration(text) == timedelta(microseconds=microseconds)


@given(st.from_regex(DURATION_PATTERN, fullmatch=True))
def test_what_the_pattern_has_is_read_and_fits(text: str) -> None:
    total = microseconds_of(text.rstrip("\n"))
    assert total is not None
    assert len(text.rstrip("\n")) <= LENGTH


@pytest.mark.parametrize(
    "text, written",
    [
        ("P400DT1H2M3.5S", "P400DT1H2M3.5S"), ("-P1D", "-P1D"), ("-PT0S", "PT0S"), ("P2W", "P14D"),
        ("PT36H", "P1DT12H"), ("PT90M", "PT1H30M"), ("PT1H0M3S", "PT1H3S"), ("-PT0.0000019S", "-PT0.000001S"),
        ("P1DT24H", "P2D"), ("PT0.100S", "PT0.1S"),
    ],
)  # fmt: skip
def test_a_duration_is_written_in_one_way(text: str, written: str) -> None:
    assert write_duration(read_duration(text)) == written


@pytest.mark.parametrize(
    "value, code",
    [
        ("P1Y", "duration_calendar"), ("P1Y35D", "duration_calendar"), ("-P1M", "duration_calendar"),
        ("P1M2DT3H", "duration_calendar"), ("P", "duration_parsing"), ("1:30", "duration_parsing"),
        ("P1D\n", "duration_parsing"), ("٣", "duration_parsing"), ("P٣D", "duration_parsing"),
        (5, "duration_type"), (None, "duration_type"), ("P106751992D", "duration_range"),
        (timedelta.max, "duration_range"),
    ],
)  # fmt: skip
def test_what_is_none_is_refused(value: Any, code: str) -> None:
    with pytest.raises(PydanticCustomError) as refused:
        read_duration(value)
    assert refused.value.type == code
