"""What is kept has a bound in bytes, whatever the keys are."""

from dataclasses import dataclass

import pytest

from restwell.http.keeping import kept, size_of


def test_a_result_is_made_once() -> None:
    made: list[str] = []

    @kept(10_000)
    def upper(text: str, *, end: str = "") -> str:
        made.append(text)
        return text.upper() + end

    assert [upper("a"), upper("a"), upper("a", end="!"), upper("a", end="!")] == ["A", "A", "A!", "A!"]
    assert made == ["a", "a"]


def test_what_is_used_again_stays_and_the_rest_is_forgotten() -> None:
    made: list[str] = []

    @kept(10_000)
    def same(text: str) -> str:
        made.append(text)
        return text

    for number in range(1000):
        same("hot")
        same(f"cold {number}")
    assert made.count("hot") == 1
    same("cold 0")
    assert made.count("cold 0") == 2


def test_what_is_too_large_is_not_kept() -> None:
    made: list[str] = []

    @kept(10_000)
    def same(text: str) -> str:
        made.append(text)
        return text

    same("x" * 2000)
    same("x" * 2000)
    assert len(made) == 2


def test_what_slots_hold_counts() -> None:
    @dataclass(frozen=True, slots=True)
    class Held:
        values: tuple[str, ...]

    assert size_of(Held(("x" * 5000,))) > 5000


def test_neither_none_nor_errors_are_kept() -> None:
    made: list[str] = []

    @kept(10_000)
    def read(text: str) -> int | None:
        made.append(text)
        return int(text) if text else None

    for text in ("", ""):
        assert read(text) is None
    for text in ("x", "x"):
        with pytest.raises(ValueError, match="invalid literal"):
            read(text)
    assert len(made) == 4


@pytest.mark.parametrize(
    "value", ["x" * 5000, b"x" * 5000, ("x" * 5000,), {"x" * 5000: 1}, [frozenset(["x" * 5000])]]
)
def test_a_size_counts_what_is_held(value: object) -> None:
    assert 5000 <= size_of(value) <= 6000
