"""What is created to be judged: like what is there, with a name of our own, as the format has it."""

from __future__ import annotations

from typing import Any

import pytest

from restwell_audit.reading import Reading
from restwell_audit.survey import Found
from restwell_audit.trials import LARGE, is_plain, marked, media_type_for, new_number, wrapped


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


@pytest.mark.parametrize("syntax, method, media_type", [
    ("hal", "POST", "application/json"), ("json", "PATCH", "application/merge-patch+json"),
    ("json:api", "POST", "application/vnd.api+json"), ("collection+json", "PUT", "application/vnd.collection+json"),
])  # fmt: skip
def test_content_is_sent_as_the_format_of_the_collection_has_it(syntax: str, method: str, media_type: str) -> None:
    collection = Found("http://a.example/things", "start", reading=Reading(syntax))
    assert media_type_for(collection, method) == media_type


def test_formats_with_wrappings_are_given_them() -> None:
    template = Found("http://a.example/things", "start", reading=Reading("collection+json"))
    assert wrapped(template, {"a": 1}, template.url) == {"template": {"data": [{"name": "a", "value": 1}]}}
    document = Found("http://a.example/things", "start", reading=Reading("json:api"))
    assert wrapped(document, {"a": 1}, document.url) == {"data": {"type": "things", "attributes": {"a": 1}}}
    assert wrapped(document, {"a": 1}, f"{document.url}/7")["data"]["id"] == "7"
