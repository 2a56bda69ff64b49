from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restwell_audit.exchanges import Exchange
from restwell_audit.noise import REPEATS, WAYS, Noise, difference, same
from tests.restwell_audit.apis import JSON

# -- the same answer -----------------------------------------------------------------------------------------

bodies = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([b'{"at": "2026-11-23T03:00:00Z"}', b'{"at": "2026-11-23T03:00:01Z"}', b'{"at": 1700000000}']),
)
answers = st.builds(
    Exchange, number=st.integers(1, 9), method=st.just("GET"), url=st.just("http://a.example/"),
    status=st.sampled_from([200, 404]), body=bodies,
    headers=st.sampled_from([(), (("Content-Type", "text/plain"),), (("Content-Type", "TEXT/plain; charset=x"),)]),
)  # fmt: skip


@given(answers, answers)
def test_to_be_the_same_is_mutual_and_everything_is_the_same_as_itself(one: Exchange, other: Exchange) -> None:
    assert same(one, one)
    assert same(one, other) == same(other, one)


@given(answers, st.sampled_from([201, 404, 500]))
def test_another_status_is_another_answer(answer: Exchange, status: int) -> None:
    other = Exchange(2, "GET", answer.url, status=status, headers=answer.headers, body=answer.body)
    assert same(answer, other) == (answer.status == status)


def answer(content: object, status: int = 200, media_type: str = JSON) -> Exchange:
    """A response with this content, as JSON unless it is a text."""
    body = content if isinstance(content, str) else json.dumps(content)
    headers = (("Content-Type", media_type),)
    return Exchange(1, "GET", "http://a.example/", status=status, headers=headers, body=body.encode())


@pytest.mark.parametrize("one, other", [
    ([1, 2, 3], [3, 1, 2]), ({"a": [{"b": 1}, {"b": 2}]}, {"a": [{"b": 2}, {"b": 1}]}),
    ({"at": "Sun, 06 Nov 1994 08:49:37 GMT"}, {"at": "Mon, 07 Nov 1994 08:49:37 GMT"}),
    ({"at": "Sun Nov  6 08:49:37 1994"}, {"at": "Sun Nov 16 09:49:37 1994"}),
    ({"at": "2026-11-23T03:00:00.123456789+01:00 m"}, {"at": "2026-11-23T03:00:01+01:00 m"}),
    ({"at": 1700000000000}, {"at": 1700000000001}), ("a 1.7e+09", "a 1.7e+09"),
])  # fmt: skip
def test_the_order_of_lists_and_dates_make_no_other_answer(one: object, other: object) -> None:
    assert same(answer(one), answer(other))


@pytest.mark.parametrize("one, other", [
    ([1, 2, 2], [1, 1, 2]), ({"a": 1}, {"a": 2}), ({"a": 1}, {"b": 1}), ({"a": []}, {"a": {}}),
    ({"a": 1}, {"a": "1"}), ({"a": None}, {}), ("<p>one</p>", "<p>two</p>"),
])  # fmt: skip
def test_other_values_make_another_answer(one: object, other: object) -> None:
    assert not same(answer(one), answer(other))


def repeated(noise: Noise, *contents: object, media_type: str = JSON) -> None:
    answers = iter([answer(each, media_type=media_type) for each in contents])
    noise.repeat("http://a.example/", lambda: next(answers, None))


@pytest.mark.parametrize("before, after", [
    ({"id": 1, "name": "x"}, {"id": 9, "name": "x"}),
    ({"id": 1, "a": [1, {"id": 2}]}, {"id": 3, "a": [1, {"id": 2}]}),
])  # fmt: skip
def test_what_repeats_change_is_not_compared_any_more(before: object, after: object) -> None:
    noise = Noise()
    assert not noise.same(answer(before), answer(after))
    repeated(noise, {"id": 4}, {"id": 5}, {"id": 6})
    assert noise.same(answer(before), answer(after))


def test_what_repeats_do_not_change_still_is() -> None:
    noise = Noise()
    repeated(noise, {"id": 4, "name": "x"}, {"id": 5, "name": "x"}, {"id": 6, "name": "x"})
    assert not noise.same(answer({"id": 1, "name": "x"}), answer({"id": 1, "name": "y"}))


def test_names_that_come_and_go_are_not_compared() -> None:
    noise = Noise()
    repeated(noise, *({"by": {f"k{number}": {"n": 1}}, "name": "x"} for number in range(3)))
    assert noise.same(answer({"by": {"one": {"n": 1}}, "name": "x"}), answer({"by": {"two": {"n": 2}}, "name": "x"}))
    assert not noise.same(answer({"by": {}, "name": "x"}), answer({"by": {}, "name": "y"}))


@pytest.mark.parametrize("line", [
    'requests{{code="200"}} {}', '<input name="csrf" value="{}">', "<script nonce='{}'>", "<p>Request {}</p>",
])  # fmt: skip
def test_what_changes_in_a_page_or_a_list_of_measurements_is_known_by_its_place(line: str) -> None:
    noise = Noise()
    lines = [f"<h1>Things</h1>\n{line.format(each)}\n" for each in ("ab1", "ab2", "ab3", "ab4", "ab5")]
    repeated(noise, *lines[:REPEATS], media_type="text/html")
    assert noise.same(answer(lines[3]), answer(lines[4]))
    assert not noise.same(answer(lines[3]), answer(lines[3].replace("Things", "Others")))


def test_of_measurements_any_number_may_change() -> None:
    noise = Noise()
    lines = 'a {0}\nb {0}.5\nc 1.{0}e-05\nseldom {1}\nname{{by="{2}"}} 1\n'
    repeated(noise, *(lines.format(each, 7, "me") for each in range(3)), media_type="text/plain")
    before = answer(lines.format(4, 8, "me"), media_type="text/plain")
    assert noise.same(before, answer(lines.format(5, 9, "me"), media_type="text/plain"))
    assert not noise.same(before, answer(lines.format(5, 9, "you"), media_type="text/plain"))


def test_a_request_is_repeated_once_for_each_url() -> None:
    noise = Noise()
    asked: list[str] = []

    def ask() -> Exchange:
        asked.append("")
        return answer({})

    assert noise.repeat("http://a.example/", ask) == noise.repeat("http://a.example/", ask)
    assert len(asked) == REPEATS


# -- two ways ------------------------------------------------------------------------------------------------


def differs(one: Iterable[object], other: Iterable[object]) -> tuple[bool, int]:
    """Whether two ways differ, and the number of requests that it took to tell."""
    asked: list[Exchange] = []

    def asking(contents: Iterable[object]) -> Iterator[Exchange | None]:
        for each in contents:
            asked.append(answer(each))
            yield asked[-1]

    first, second = asking(one), asking(other)
    return difference(lambda: next(first, None), lambda: next(second, None), same) is not None, len(asked)


def test_two_ways_differ_where_they_always_do() -> None:
    assert differs(itertools.repeat("a"), itertools.repeat("b")) == (True, len(WAYS))


def test_two_ways_that_do_not_differ_take_two_requests() -> None:
    assert differs(itertools.repeat("a"), itertools.repeat("a")) == (False, 2)


@pytest.mark.parametrize("period", range(1, 9))
def test_what_comes_in_turn_is_no_difference(period: int) -> None:
    turns = itertools.cycle(range(period))
    assert differs(turns, turns)[0] is False


def test_what_comes_by_chance_is_no_difference() -> None:
    chance = random.Random(12)
    coins = iter(lambda: chance.choice("ab"), None)
    told = [differs(coins, coins) for _ in range(500)]
    assert sum(different for different, _ in told) <= 2
    assert sum(asked for _, asked in told) < 500 * 4


def test_without_an_answer_there_is_no_difference() -> None:
    assert differs(["a"], []) == (False, 1)
