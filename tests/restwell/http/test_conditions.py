"""Entity tags, preconditions, dates and Cache-Control, each against a reading of the RFC of its own."""

import time
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from restwell.http import conditions as freshness
from restwell.http.cache_control import Caching
from restwell.http.conditions import Tags
from restwell.http.dates import format_date, parse_date
from restwell.http.entity_tags import entity_tag, tag_is_current, variant_of

ETAGC = [chr(code) for code in (0x21, *range(0x23, 0x7F), *range(0x80, 0x100))]
NOW = 1_800_000_000


def read_tags(value: str) -> list[tuple[bool, str]] | None:
    """The elements of `1#entity-tag`, character by character; None for what breaks the grammar."""
    found, place, separated = [], 0, True
    while place < len(value):
        if value[place] in " \t":
            place += 1
        elif value[place] == ",":
            place, separated = place + 1, True
        elif separated:
            weak = value.startswith("W/", place)
            place += 2 * weak
            if value[place : place + 1] != '"':
                return None
            end = place + 1
            while end < len(value) and value[end] in ETAGC:
                end += 1
            if value[end : end + 1] != '"':
                return None
            found.append((weak, value[place : end + 1]))
            place, separated = end + 1, False
        else:
            return None
    return found or None


pieces = st.sampled_from(['"a"', 'W/"a"', '""', '"b,c"', '"ä"', ",", " ", "\t", ", ", "*", "W/", '"', "x", "w/"])
tags = st.lists(pieces, max_size=9).map("".join)


@given(tags | st.text(st.sampled_from([*'"W/,* \tx', "\x7f", "Ā", "\n"]), max_size=12))
@example('"a"\n')
@example('"a" "b"')
@example('"a",,"b"')
@example(',"a"')
def test_a_list_of_entity_tags_is_read_as_the_grammar_says(value: str) -> None:
    read = Tags.from_header(value)
    assert read.everything == (value.strip(" \t") == "*")
    assert list(read.tags) == (read_tags(value) or [])


@given(st.lists(st.tuples(st.booleans(), st.text(st.sampled_from(ETAGC), max_size=8)), min_size=1, max_size=6))
def test_every_list_of_entity_tags_can_be_read(listed: list[tuple[bool, str]]) -> None:
    value = ", ".join(f'{"W/" * weak}"{tag}"' for weak, tag in listed)
    assert list(Tags.from_header(value).tags) == [(weak, f'"{tag}"') for weak, tag in listed]


@pytest.mark.parametrize("value", ['"a"' + ", " * 11 + "x", '"a"' + " ,\t" * 11 + "x", '"a"' + " " * 8000 + "x"])
def test_a_list_that_is_none_is_refused_without_thinking_long(value: str) -> None:
    started = time.thread_time()
    assert Tags.from_header(value).tags == ()
    assert time.thread_time() - started < 0.01


def test_weak_tags_match_weakly_only() -> None:
    tags = Tags.from_header('W/"a"')
    assert tags.match_weakly(lambda tag: tag == '"a"')
    assert not tags.match_strongly(lambda tag: tag == '"a"')


@pytest.mark.parametrize(
    "exists, value, matches, none_match",
    [
        (True, "*", True, False),
        (False, "*", False, True),
        (True, '"current"', True, False),
        (False, '"current"', False, True),
        (True, '"other", "current"', True, False),
        (True, '"other"', False, True),
        (True, 'W/"current"', False, False),
        (True, "current", False, True),
        (True, '"current" *', False, True),
        (True, "", False, True),
    ],
)
def test_if_match_compares_strongly_and_if_none_match_weakly(
    exists: bool, value: str, matches: bool, none_match: bool
) -> None:
    def is_current(tag: str) -> bool:
        return tag == '"current"'

    assert freshness.if_match_holds(value, exists=exists, is_current=is_current) is matches
    assert freshness.if_none_match_holds(value, exists=exists, is_current=is_current) is none_match


@given(st.binary(min_size=1, max_size=32), st.text(max_size=8), st.binary(max_size=32))
def test_a_tag_is_strong_opaque_and_current_for_its_state_alone(secret: bytes, part: str, state: bytes) -> None:
    tag = entity_tag(secret, variant_of(part), state)
    assert read_tags(tag) == [(False, tag)]
    assert tag_is_current(secret, tag, state)
    assert not tag_is_current(secret, tag, state + b"x")
    assert not tag_is_current(secret + b"x", tag, state)


def test_every_variant_of_a_state_has_a_tag_of_its_own_and_each_is_current() -> None:
    made = [entity_tag(b"secret", variant_of(*parts), b"1") for parts in [("a", "b"), ("ab", ""), ("a",), ("b", "a")]]
    assert len(set(made)) == 4
    assert all(tag_is_current(b"secret", tag, b"1") for tag in made)


@given(st.data())
def test_nobody_makes_a_tag_up(data: st.DataObject) -> None:
    tag = entity_tag(b"secret", variant_of("json"), b"1")
    place = data.draw(st.integers(0, len(tag) - 1))
    other = data.draw(st.characters(codec="latin-1"))
    forged = tag[:place] + other + tag[place + 1 :]
    assert tag_is_current(b"secret", forged, b"1") is (forged == tag)


@pytest.mark.parametrize("forged", ["", '""', '"' + "0" * 32 + '"', "ä" * 34, "0" * 34])
def test_what_is_no_tag_of_ours_is_never_current(forged: str) -> None:
    assert not tag_is_current(b"secret", forged, b"1")


moments = st.integers(0, 4_102_444_799)  # until 2100


@given(moments)
def test_a_date_is_written_as_an_imf_fixdate_and_read_back(seconds: int) -> None:
    text = format_date(seconds)
    assert text == format_datetime(datetime.fromtimestamp(seconds, UTC), usegmt=True)
    assert parse_date(text) == seconds


@given(moments)
def test_dates_are_read_in_all_three_forms(seconds: int) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    assert parse_date(f"{moment:%a %b} {moment.day:2d} {moment:%H:%M:%S %Y}") == seconds
    recent = moment.replace(year=1970 + moment.year % 50)
    assert parse_date(f"{recent:%A, %d-%b-%y %H:%M:%S} GMT") == int(recent.timestamp())


@pytest.mark.parametrize(
    "text",
    [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
    ],
)
def test_the_examples_of_the_rfc(text: str) -> None:
    assert parse_date(text) == 784_111_777


def test_a_year_of_two_digits_far_ahead_is_one_of_the_past() -> None:
    """RFC 9110, section 5.6.7: more than 50 years in the future is the most recent year with those digits."""
    soon = datetime.now(UTC).year + 40
    assert parse_date(f"Friday, 01-Jan-{soon % 100:02d} 00:00:00 GMT") == int(
        datetime(soon, 1, 1, tzinfo=UTC).timestamp()
    )
    late = datetime.now(UTC).year + 60
    past = datetime(late - 100, 1, 1, tzinfo=UTC)
    assert parse_date(f"Friday, 01-Jan-{late % 100:02d} 00:00:00 GMT") == int(past.timestamp())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "784111777",
        "1994-11-06T08:49:37Z",
        "Sun, 06 Nov 1994 08:49:37 +0000",
        "Sun, 06 Nov 1994 08:49:37 gmt",
        "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        " Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT\n",
    ],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert parse_date(text) is None


@given(moments, moments)
def test_if_unmodified_since_holds_until_a_later_change(modified: int, since: int) -> None:
    assert freshness.if_unmodified_since_holds(format_date(since), modified) is (modified <= since)


@given(moments, moments)
def test_if_modified_since_holds_after_a_later_change(modified: int, since: int) -> None:
    holds = freshness.if_modified_since_holds(format_date(since), modified, float(modified + 2))
    assert holds is (modified > since)


@pytest.mark.parametrize("age, trusted", [(0.0, False), (1.0, False), (1.9, False), (2.0, True), (60.0, True)])
def test_a_date_proves_nothing_while_its_second_may_come_again(age: float, trusted: bool) -> None:
    assert freshness.if_modified_since_holds(format_date(NOW), NOW, NOW + age) is not trusted
    assert freshness.if_unmodified_since_holds(format_date(NOW), NOW, NOW + age) is trusted


@given(moments, st.integers(1, 10**9))
def test_a_modification_in_the_future_proves_nothing(modified: int, ahead: int) -> None:
    """RFC 9110, section 8.8.2.1: the clock was put back, and what it says comes again."""
    now = float(modified - ahead)
    for since in (modified, modified + 1, modified - ahead):
        assert freshness.if_modified_since_holds(format_date(max(since, 0)), modified, now)
        assert not freshness.if_unmodified_since_holds(format_date(max(since, 0)), modified, now)


def test_dates_count_for_nothing_where_there_is_none() -> None:
    for value in ("never", format_date(NOW)):
        assert freshness.if_unmodified_since_holds(value, None)
        assert freshness.if_modified_since_holds(value, None, NOW)
    assert freshness.if_unmodified_since_holds("never", NOW)
    assert freshness.if_modified_since_holds("never", NOW, NOW + 60)


@pytest.mark.parametrize(
    "caching, shared, private",
    [
        (Caching(), "no-cache", "private, no-cache"),
        (Caching(max_age=0), "max-age=0", "private, max-age=0"),
        (Caching(max_age=60), "max-age=60", "private, max-age=60"),
        (Caching(max_age=60, s_maxage=600), "max-age=60, s-maxage=600", "private, max-age=60"),
        (Caching(s_maxage=600), "no-cache, s-maxage=600", "private, no-cache"),
        (Caching(60, must_revalidate=True), "max-age=60, must-revalidate", "private, max-age=60, must-revalidate"),
        (
            Caching(60, stale_while_revalidate=30),
            "max-age=60, stale-while-revalidate=30",
            "private, max-age=60, stale-while-revalidate=30",
        ),
        (Caching(no_store=True), "no-store", "no-store"),
    ],
)
def test_cache_control_says_what_was_declared(caching: Caching, shared: str, private: str) -> None:
    assert caching.to_header(private=False) == shared
    assert caching.to_header(private=True) == private


@pytest.mark.parametrize("seconds", [-1, 1.5, True, "60"])
@pytest.mark.parametrize("name", ["max_age", "s_maxage", "stale_while_revalidate"])
def test_a_time_that_is_none_is_refused_by_name(name: str, seconds: object) -> None:
    with pytest.raises(ValueError, match=f"^{name} is a number of seconds, 0 or more, not {seconds!r}$"):
        Caching(**{name: seconds})  # type: ignore[arg-type]


def test_no_store_stands_alone() -> None:
    with pytest.raises(ValueError, match="declare it alone"):
        Caching(max_age=60, no_store=True)
