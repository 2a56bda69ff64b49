from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from restwell_audit.report.texts import MAX_LINE, UNFIT, URI, encodable, one_line, uri, visible

anything = st.text(st.characters())


@pytest.mark.parametrize(
    "text, shown",
    [
        ("plain", "plain"),
        ("a\tb\nc", "a\tb\nc"),
        ("a\r\nb\rc", "a\nb␍c"),
        ("\x00\x1b[31m", "␀␛[31m"),
        ("\x7f\x9b", "␡\ufffd"),
        ("\u202eevil", "\ufffdevil"),
        ("\ud800\uffff", "\ufffd\ufffd"),
        ("漢字 😀 é", "漢字 😀 é"),
    ],
)
def test_every_character_can_be_seen(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(anything)
def test_what_is_visible_stays_as_it_is(text: str) -> None:
    once = visible(text)
    assert visible(once) == once
    assert UNFIT.search(once) is None
    once.encode()


@given(anything)
def test_one_line_is_one_line(text: str) -> None:
    assert len(one_line(text).splitlines()) <= 1
    assert len(one_line(text * 100, 20)) <= 20


def test_what_is_too_long_for_a_line_is_cut() -> None:
    assert one_line("x" * 1000) == "x" * (MAX_LINE - 1) + "…"
    assert one_line("x" * MAX_LINE) == "x" * MAX_LINE
    assert one_line(" two \n\t words ") == "two words"


nested = st.recursive(anything, lambda inner: st.lists(inner) | st.dictionaries(anything, inner), max_leaves=8)


@given(nested)
def test_data_is_encodable_at_every_depth(data: object) -> None:
    orjson.dumps(encodable(data))  # which refuses lone surrogates


def test_what_can_be_encoded_stays_as_it_is() -> None:
    data = {"a": [1, None, "\x00é"], "b": {"c": 1.5}}
    assert encodable(data) == data
    assert encodable(["\ud800", ("x",)]) == ["\ufffd", ["x"]]


GOOD = [
    "http://example.org",
    "http://user@example.org:8000/a;b/c,d?x=1&y=/?#frag/?",
    "https://[2001:db8::1]:443/%C3%A9",
    "urn:isbn:1",
    "/relative?x",
    "",
]


@pytest.mark.parametrize("url", GOOD)
def test_a_uri_stays_as_it_is(url: str) -> None:
    assert uri(url) == url


@pytest.mark.parametrize(
    "url, mended",
    [
        ("http://example.org/a b", "http://example.org/a%20b"),
        ("http://example.org/é?q=ü", "http://example.org/%C3%A9?q=%C3%BC"),
        ("http://example.org/%zz", "http://example.org/%25zz"),
        ("http://example.org/{id}", "http://example.org/%7Bid%7D"),
        ("http://example.org/\ud800", "http://example.org/%EF%BF%BD"),
        ("http://example.org/?a[]=1", "http%3A//example.org/%3Fa%5B%5D%3D1"),
    ],
)
def test_what_is_no_uri_is_made_one(url: str, mended: str) -> None:
    assert uri(url) == mended


@given(st.one_of(anything, anything.map("http://example.org/{}".format)))
def test_whatever_it_was_it_is_a_uri(text: str) -> None:
    made = uri(text)
    assert URI.fullmatch(made)
    assert made.isascii()
    assert uri(made) == made
