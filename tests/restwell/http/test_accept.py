"""Accept and Prefer, element by element; `conformance/test_negotiation.py` holds the choice against a model."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restwell.http.accept import choose, parse_accept
from restwell.http.media_types import parse_media_type
from restwell.http.prefer import Preferences, parse_prefer

OFFERED = ("application/ld+json", "application/json", "text/html")


def test_a_media_type_is_read_in_lower_case() -> None:
    assert parse_media_type('Application/JSON ; Charset="UTF-8"') == (
        "application/json",
        frozenset({("charset", "utf-8")}),
    )
    assert parse_media_type('a/b;title="x\\"y"') == ("a/b", frozenset({("title", 'x"y')}))


@pytest.mark.parametrize(
    "text", ["", "json", "a/", "/b", "a/b/c", "a /b", "a/b;c", "a/b;c=", 'a/b;c="', "a/b c", "a/b\n"]
)
def test_what_is_no_media_type_is_none(text: str) -> None:
    assert parse_media_type(text) is None


def test_elements_of_accept_have_weights() -> None:
    found = parse_accept("text/*;q=0.5, application/json, */* ; Q=0.001,a/b;q=1.000")
    assert [(element.media, element.weight) for element in found] == [
        ("text/*", 0.5),
        ("application/json", 1.0),
        ("*/*", 0.001),
        ("a/b", 1.0),
    ]


@pytest.mark.parametrize("weight", ["2", "", "-1", "1.001", "0.1234", "1e0", "nan", "0.5;q=0.4"])
def test_an_element_with_a_weight_that_is_none_is_left_out(weight: str) -> None:
    assert [element.media for element in parse_accept(f"a/b;q={weight}, c/d")] == ["c/d"]


def test_a_comma_in_quotes_ends_no_element() -> None:
    [found] = parse_accept('a/b;title="x,y"')
    assert found.parameters == {("title", "x,y")}


@given(
    st.lists(st.sampled_from(["*/*", "text/*", "text/html", "application/json", "image/png"]), max_size=5), st.data()
)
def test_what_is_chosen_was_offered_and_accepted(ranges: list[str], data: st.DataObject) -> None:
    weights = [data.draw(st.integers(0, 1000)) for _ in ranges]
    accept = ", ".join(f"{name};q={weight / 1000:.3f}" for name, weight in zip(ranges, weights, strict=True))
    chosen = choose(accept, OFFERED)
    if not any(weights):
        assert chosen == (None if ranges else OFFERED[0])
    if chosen is not None and ranges:
        kind = chosen.partition("/")[0]
        assert {"*/*", f"{kind}/*", chosen} & set(ranges)


def test_a_profile_is_answered_by_a_representation_in_that_form() -> None:
    compacted = 'application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted"'
    assert choose(compacted, OFFERED) == "application/ld+json"
    assert choose(compacted.replace("compacted", "expanded"), OFFERED) is None


HOSTILE = [
    "a/b" + "; " * 18 + "/",
    "a/b" + " ;\t" * 13 + "/",
    '"' + '\\"' * 4000,
    "a/b" + ";" * 8000 + "/",
    ",;" * 4000,
    "a" + " " * 8000 + "x",
]


@pytest.mark.parametrize("value", HOSTILE, ids=[repr(text[:8]) for text in HOSTILE])
@pytest.mark.usefixtures("little_to_collect")
def test_no_field_takes_long_to_read(value: str) -> None:
    """A header field is read before anybody has said who asks."""
    for read in (lambda: choose(value, OFFERED), lambda: parse_prefer(value), lambda: parse_media_type(value)):
        started = time.thread_time()
        read()
        assert time.thread_time() - started < 0.05


@pytest.mark.parametrize(
    "value, preferences",
    [
        (None, Preferences()),
        ("", Preferences()),
        ("return=minimal", Preferences(returns="minimal")),
        ('Return="representation"', Preferences(returns="representation")),
        ("handling = lenient, count=exact", Preferences(handling="lenient", counting="exact")),
        ("return=minimal, return=representation", Preferences(returns="minimal")),
        ("return=whatever, return=minimal", Preferences()),
        ("return=minimal; foo=1; bar, respond-async", Preferences(returns="minimal")),
        ("return", Preferences()),
        ("wait=10;count=exact", Preferences()),
        ('foo="a,return=minimal"', Preferences()),
    ],
)
def test_preferences(value: str | None, preferences: Preferences) -> None:
    assert parse_prefer(value) == preferences


@given(st.text(max_size=40))
def test_any_text_is_read(text: str) -> None:
    assert set(parse_prefer(text)) <= {
        None,
        "minimal",
        "representation",
        "strict",
        "lenient",
        "exact",
        "estimated",
        "none",
    }
    assert choose(text, OFFERED) in {*OFFERED, None}


TOLERATED = [
    "application/json; version=1", "application/json;indent=4", "application/json;charset=utf8",
    'application/json;charset="UTF-8"', "application/json;odata.metadata=minimal", "application/json;q=0.5;ext=1",
]  # fmt: skip


@pytest.mark.parametrize("accept", TOLERATED)
def test_parameters_that_do_not_distinguish_are_tolerated(accept: str) -> None:
    assert choose(accept, OFFERED) == "application/json"
    assert choose(accept.replace("application/json", "text/html"), OFFERED) == "text/html"
    assert choose(accept.replace("application/json", "application/ld+json"), OFFERED) == "application/ld+json"


@pytest.mark.parametrize(
    "accept, chosen",
    [
        ("application/json;version=1;q=0.1, application/json;q=0.9, text/html;q=0.5", "application/json"),
        ("application/json;version=1, application/json;q=0.1, text/html;q=0.5", "text/html"),
        ("text/html;level=1;q=0.3, text/html;q=0.7, application/json;q=0.5", "text/html"),
        ("application/json;version=1;q=0", None),
        ("application/json;version=1, */*;q=0.1", "application/json"),
        ("text/*;level=1", "text/html"),
        ("image/png;version=1", None),
    ],
)
def test_a_range_without_them_is_closer(accept: str, chosen: str | None) -> None:
    assert choose(accept, OFFERED) == chosen


def test_a_parameter_that_an_offered_type_has_distinguishes() -> None:
    offered = ("text/csv;header=present", "text/csv;header=absent")
    assert choose("text/csv;header=absent", offered) == offered[1]
    assert choose("text/csv;header=other", offered) is None
    assert choose("text/csv;version=1", offered) == offered[0]


@pytest.mark.parametrize(
    "weight, taken", [("1.", True), ("0.", False), ("0", False), ("1.000", True), ("0.001", True)]
)
def test_the_odd_forms_of_weights(weight: str, taken: bool) -> None:
    """RFC 9110, section 12.4.2: up to three digits behind the point, and none is one of them."""
    assert choose(f"text/html; Q={weight}", OFFERED) == ("text/html" if taken else None)
