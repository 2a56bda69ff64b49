"""What is the audit's own: each reason to doubt it has a URL that it alone keeps from being changed."""

from __future__ import annotations

import json

import pytest

from restwell_audit.exchanges import Exchange
from restwell_audit.ownership import DOUBTS, Before, Claim, Mark, alias, canonical, doubt_about, doubt_of

THINGS = "http://a.example/things"
BEFORE = Before(
    frozenset([f"{THINGS}/alpha", f"{THINGS}/beta/parts", f"{THINGS}/gamma-2"]), frozenset(["17", "delta"]),
    frozenset(["45"]),
)  # fmt: skip


CLAIMS = [
    (f"{THINGS}/9", f"{THINGS}/9", ""),
    (f"{THINGS}/9/", f"{THINGS}/9/", ""),
    ("", "", "the response does not give its URL"),
    ("http://b.example/things/9", "http://b.example/things/9", "its URL is of another origin"),
    ("http://a.example:81/things/9", "http://a.example:81/things/9", "its URL is of another origin"),
    ("http://me@a.example/things/9", "http://me@a.example/things/9", "its URL has a credential"),
    (f"{THINGS}/9?", f"{THINGS}/9", "its URL has a query"),
    (f"{THINGS}/9#a", f"{THINGS}/9", "its URL has a fragment"),
    (THINGS, f"{THINGS}/", "its URL is that of the collection"),
    ("/archive", "http://a.example/archive", "its URL is not below that of the collection"),
    ("/thingsx/9", "http://a.example/thingsx/9", "its URL is not below that of the collection"),
    (f"{THINGS}/..%2f9", f"{THINGS}/..%2f9", "its URL has dot segments, empty segments or encoded slashes"),
    (f"{THINGS}/9%00", f"{THINGS}/9%00", "its URL has control characters"),
    (f"{THINGS}/delete", f"{THINGS}/delete", "its URL names an action"),
    (f"{THINGS}/ALPHA", f"{THINGS}/ALPHA", "its URL existed before"),
    (f"{THINGS}/017.json", f"{THINGS}/017.json", "a member with that name or number existed before"),
    (f"{THINGS}/Delta", f"{THINGS}/Delta", "a member with that name or number existed before"),
    (f"{THINGS}/beta", f"{THINGS}/beta", "a URL below its own existed before"),
    (f"{THINGS}/gamma", f"{THINGS}/gamma", "a URL or a number that begins with its own existed before"),
    (f"{THINGS}/4", f"{THINGS}/4", "a URL or a number that begins with its own existed before"),
    (f"{THINGS}/9/parts", f"{THINGS}/9/parts", "its URL is not where the members of the collection are"),
]  # fmt: skip


@pytest.mark.parametrize("written, url, why", CLAIMS)
def test_the_first_reason_to_doubt_a_url_is_told(written: str, url: str, why: str) -> None:
    assert doubt_of(Claim(written, url, THINGS, BEFORE)) == why


def test_there_is_a_url_for_each_reason() -> None:
    assert {why for _, why in DOUBTS} == {why for _, _, why in CLAIMS if why}


@pytest.mark.parametrize("segment, known", [
    ("017", "17"), ("+17", "17"), ("17.json", "17"), ("17;v=2", "17"), (" 17 ", "17"), ("000", "0"), ("One", "one"),
    ("1.0", "1"), ("\uff11", "1"), ("a.b", "a.b"), ("1e3", "1e3"),
])  # fmt: skip
def test_a_segment_is_compared_as_servers_read_it(segment: str, known: str) -> None:
    assert alias(segment) == known


def test_urls_are_compared_without_case_query_and_slash() -> None:
    assert canonical("http://A.example/Th%49ngs/1/?a=1#b") == "http://a.example/things/1"
    assert canonical("http://a.example/caf%C3%A9") == canonical("http://a.example/cafe%CC%81")


def answer(state: object, status: int = 200) -> Exchange:
    headers = (("Content-Type", "application/json"),)
    return Exchange(1, "GET", f"{THINGS}/9", status=status, headers=headers, body=json.dumps(state).encode())


MARK = Mark(("name",), "restwell-audit-1", frozenset(["name", "size", "colour"]))


@pytest.mark.parametrize("state, own", [
    ({"name": "restwell-audit-1", "size": 1, "colour": "red"}, True),
    ({"name": "RESTWELL-AUDIT-1", "size": 1}, True),
    ({"data": {"attributes": {"name": "restwell-audit-1", "size": 1}}}, True),
    ({"name": "restwell-audit-1"}, False),
    ({"name": "restwell-audit-12", "size": 1, "colour": "red"}, False),
    ({"title": "restwell-audit-1", "size": 1, "colour": "red"}, False),
    ({"name": "one", "size": 1, "colour": "red"}, False),
    ([{"name": "restwell-audit-1", "size": 1, "colour": "red"}], False),
    ({"error": "restwell-audit-1"}, False),
])  # fmt: skip
def test_a_state_is_known_by_the_mark_and_half_of_what_was_sent(state: object, own: bool) -> None:
    assert (doubt_about(answer(state), MARK) == "") is own


def test_what_cannot_be_read_is_not_known() -> None:
    assert doubt_about(None, MARK) == doubt_about(answer({}, 404), MARK) == "it cannot be read at its URL"


def test_the_mark_of_a_later_request_has_a_number() -> None:
    assert MARK.as_written_in({"name": "restwell-audit-1-2"}) == Mark(("name",), "restwell-audit-1-2")
    assert MARK.as_written_in({"name": "restwell-audit-1"}) is MARK
    assert MARK.as_written_in({"name": "restwell-audit-1-xy"}) is MARK
