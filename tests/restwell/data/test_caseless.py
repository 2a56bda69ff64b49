"""Texts are found in any case: SQLite compares folded texts, PostgreSQL a pattern, and both find the same."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from restwell.data.caseless import LAST_CASED, folded, pattern_of
from restwell.storage.sqlite.caseless import matches

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)


@given(texts, texts, texts)
@example("a.b*[c]^$\\", "", "")
def test_a_text_is_found_in_itself_and_nothing_is_read_as_an_expression(part: str, before: str, behind: str) -> None:
    assert matches(before + part + behind, folded(part))
    assert re.fullmatch(pattern_of(part), part)


@given(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
def test_every_form_of_a_letter_finds_every_other(letter: str) -> None:
    for other in (letter.lower(), letter.upper(), letter.title()):
        if len(other) == 1 and other.casefold() == letter.casefold():
            assert matches(other, folded(letter))
            assert re.fullmatch(pattern_of(other), letter)


@given(texts, texts)
def test_both_databases_find_the_same(text: str, part: str) -> None:
    assert matches(text, folded(part)) is (re.search(pattern_of(part), text) is not None)


def test_a_missing_text_has_no_part() -> None:
    assert matches(None, "a") is None


def test_no_letter_behind_the_last_has_another_case() -> None:
    assert all(
        chr(code).casefold() == chr(code) == chr(code).lower() == chr(code).upper()
        for code in range(LAST_CASED + 1, 0x110000, 1)
        if not code >= 0xF0000  # private use
    )
