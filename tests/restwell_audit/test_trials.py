"""What is created to be judged is sent as the format has it."""

from __future__ import annotations

import pytest

from restwell_audit.found import Found
from restwell_audit.reading import Reading
from restwell_audit.trials import media_type_for, wrapped


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
