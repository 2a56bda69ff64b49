from __future__ import annotations

import pytest

from restwell_audit.counting import SHARE, counted, general, sentence_of


@pytest.mark.parametrize("count, said", [(0, "0 requests"), (1, "1 request"), (2, "2 requests")])
def test_a_count_has_its_word(count: int, said: str) -> None:
    assert counted(count, "request") == said


@pytest.mark.parametrize("count, said", [(1, "1 path names"), (3, "3 paths name")])
def test_the_verb_agrees(count: int, said: str) -> None:
    assert counted(count, "path names", "paths name") == said


@pytest.mark.parametrize("count, said", [(1, "The one link is"), (3, "All 3 links are")])
def test_the_number_may_stand_within_the_words_or_be_left_out(count: int, said: str) -> None:
    assert counted(count, "!The one link is", "All # links are") == said


@pytest.mark.parametrize("number, said", [
    (1, "1 of 1 link is broken, see {x}."), (2, "2 of 5 links are broken, see {x}."),
])  # fmt: skip
def test_a_summary_has_counts_with_words(number: int, said: str) -> None:
    summary = "{number} of {of:link} {number:!is|!are} broken, see {subject}."
    assert sentence_of(summary, {"number": number, "of": number * number + number // 2, "subject": "{x}"}) == said


@pytest.mark.parametrize("number, of, said", [
    (1, 1, "The one representation that was looked at has none, namely here."),
    (1, 3, "1 of 3 representations that were looked at has none, namely here."),
    (3, 3, "3 of 3 representations that were looked at have none, such as here."),
])  # fmt: skip
def test_a_share_says_of_how_many_that_were_looked_at(number: int, of: int, said: str) -> None:
    summary = SHARE + " {number:!has|!have} none, {number:!namely|!such as} {subject}."
    assert sentence_of(summary, {"number": number, "of": of, "subject": "here"}) == said
    assert general(summary) == "… of … representations that were looked at have none, such as …."


def test_a_summary_without_its_details_is_in_the_plural() -> None:
    assert (
        general("{number} of {of:link} {number:!is|!are} broken, see {subject}.") == "… of … links are broken, see …."
    )
    assert general("{number:!The one link|All # links} of {subject}.") == "All … links of …."
