"""UBER: data with a URL are links and operations."""

from __future__ import annotations

from tests.restwell_audit.reading.responses import reading, targets

API = "http://api.example"
UBER = "application/vnd.uber+json"
TASKS = {"uber": {"version": "1.0", "data": [
    {"rel": ["self"], "url": "/"},
    {"name": "list", "data": [{"rel": ["item"], "url": "/1", "data": [{"name": "title", "value": "a"}]}]},
    {"rel": ["search"], "url": "/find", "model": "{?q}", "label": "Find"},
    {"name": "add", "rel": ["add"], "url": "/", "action": "append", "model": "title={title}"},
]}}  # fmt: skip


def test_data_with_a_url_are_links_or_operations() -> None:
    found = reading(TASKS, UBER, url=f"{API}/")
    assert targets(found) == {"self": f"{API}/", "item": f"{API}/1", "search": f"{API}/find{{?q}}"}
    assert [(each.method, each.target, each.name) for each in found.operations] == [("POST", f"{API}/", "add")]
    assert [each.target for each in found.members or ()] == [f"{API}/1"]


def test_its_look_is_known_and_an_error_is_one() -> None:
    assert reading(TASKS, "application/json", url=f"{API}/").syntax == "uber"
    assert reading({"uber": {"version": "1.0", "error": {"data": []}}}, UBER).is_error
