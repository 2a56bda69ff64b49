"""Mason: controls are links and operations."""

from __future__ import annotations

from typing import Any

from tests.restwell_audit.reading.responses import reading, targets

API = "http://api.example"
MASON = "application/vnd.mason+json"
ISSUES: dict[str, Any] = {
    "@namespaces": {"is": {"name": "http://rels.example/#"}},
    "issues": [{"id": 1, "@controls": {"self": {"href": "/issues/1"}}}],
    "@controls": {
        "self": {"href": "/issues"}, "is:find": {"href": "/issues{?q}", "isHrefTemplate": True},
        "is:add": {"href": "/issues", "method": "post", "encoding": "json", "schema": {"properties": {"title": {}}}},
    },
}  # fmt: skip


def test_controls_are_links_and_operations() -> None:
    found = reading(ISSUES, MASON, url=f"{API}/issues")
    assert targets(found) == {
        "self": f"{API}/issues", "http://rels.example/#find": f"{API}/issues{{?q}}", "item": f"{API}/issues/1",
    }  # fmt: skip
    assert [(each.method, each.target, each.accepts, each.inputs) for each in found.operations] == [
        ("POST", f"{API}/issues", ("application/json",), ("title",)),
    ]  # fmt: skip
    assert [(each.target, dict(each.data)) for each in found.members or ()] == [(f"{API}/issues/1", {"id": 1})]


def test_its_look_is_known_and_an_error_is_one() -> None:
    found = reading(ISSUES, "application/json", url=f"{API}/issues")
    assert (found.syntax, found.hypermedia) == ("mason", False)
    assert reading({"@error": {"@message": "No."}, "@controls": {"up": {"href": "/"}}}, MASON).is_error
