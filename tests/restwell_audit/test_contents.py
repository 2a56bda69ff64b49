"""What is sent to create something: like what is there, with a name of our own."""

from __future__ import annotations

from typing import Any

import pytest

from restwell_audit.contents import LARGE, is_plain, marked, new_number


@pytest.mark.parametrize("name, value, expected", [
    ("name", "one", True), ("size", 1, True), ("good", False, True), ("weight", 0.5, True),
    ("homepage", "https://a.example", True),
    ("@id", "/one", False), ("_links", {}, False), ("url", "one", False), ("owner", "https://a.example/1", False),
    ("owner", "/people/1", False), ("tags", [], False), ("parent", None, False), ("place", {"x": 1}, False),
])  # fmt: skip
def test_a_member_is_imitated_where_it_is_plain(name: str, value: Any, expected: bool) -> None:
    assert is_plain(name, value) is expected


@pytest.mark.parametrize("content, expected", [
    ({"name": "one", "size": 1}, {"name": "mark", "size": 1}),
    ({"size": 1, "text": "one"}, {"size": 1, "text": "mark"}),
    ({"title": "a", "name": "b", "text": "c"}, {"title": "mark", "name": "mark", "text": "c"}),
    ({"size": 1}, {"size": 1}),
])  # fmt: skip
def test_what_is_created_has_a_name_of_our_own(content: dict[str, Any], expected: dict[str, Any]) -> None:
    before = dict(content)
    assert marked(content, "mark") == expected
    assert content == before


def test_a_number_for_a_name_is_one_that_nobody_has() -> None:
    assert new_number() >= LARGE
