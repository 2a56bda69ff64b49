"""What another client does between the look at an item and its change: the answer is as if it had come before."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import Served

FLASK, NEW = "/frameworks/Flask", "/frameworks/New"
ANY, NOT_THERE = {"If-Match": "*"}, {"If-None-Match": "*"}


def meanwhile(
    served: Served, monkeypatch: pytest.MonkeyPatch, *others: tuple[str, str, Any], key: str | None = None
) -> None:
    """Have requests of others carried out between the next look at an item and its change."""
    store = served.api.binding(served.app).store
    before = store.carry_out

    def carry_out(unit: Any) -> Any:
        monkeypatch.setattr(store, "carry_out", before)
        for method, target, content in others:
            assert served.send(method, target, content=content, key=key).status < 300
        return before(unit)

    monkeypatch.setattr(store, "carry_out", carry_out)


CHANGED = ("PUT", FLASK, {"created": 2012})
REMOVED = ("DELETE", FLASK, None)
MADE = ("PUT", NEW, {"created": 2012})
CASES = [
    ("PATCH", FLASK, ANY, [CHANGED], 200),
    ("PUT", FLASK, ANY, [CHANGED], 200),
    ("DELETE", FLASK, ANY, [CHANGED], 204),
    ("PATCH", FLASK, "tag", [CHANGED], 412),
    ("DELETE", FLASK, "tag", [CHANGED], 412),
    ("PATCH", FLASK, ANY, [REMOVED], 404),
    ("DELETE", FLASK, ANY, [REMOVED], 404),
    ("PATCH", FLASK, "tag", [REMOVED], 404),
    ("DELETE", FLASK, "tag", [REMOVED], 404),
    ("PUT", FLASK, "tag", [REMOVED], 412),
    ("PUT", FLASK, ANY, [REMOVED], 412),
    ("DELETE", FLASK, ANY, [REMOVED, CHANGED], 204),
    ("PATCH", FLASK, {"If-Unmodified-Since": "Fri, 01 Jan 2021 00:00:00 GMT"}, [CHANGED], 412),
    ("PUT", NEW, NOT_THERE, [MADE], 412),
    ("PUT", NEW, {"If-None-Match": '"x"'}, [MADE], 200),
    ("PUT", NEW, {}, [MADE], 200),
    ("POST", "/frameworks", {"If-None-Match": '"x"'}, [MADE], 409),
]


@pytest.mark.parametrize(
    "method, target, condition, others, status", CASES, ids=[f"{case[0]} {case[2]} {case[3]}" for case in CASES]
)
def test_the_answer_is_as_if_the_other_had_come_before(
    stored: Served,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    target: str,
    condition: Any,
    others: Any,
    status: int,
) -> None:
    stored.change("UPDATE frameworks SET _modified = 1 WHERE name = 'Flask'")
    headers = {"If-Match": stored.send("GET", FLASK)["etag"]} if condition == "tag" else condition
    content = {"created": 2020} | ({"name": "New"} if method == "POST" else {})
    key = stored.key()
    meanwhile(stored, monkeypatch, *others, key=key)
    answer = stored.send(method, target, headers, None if method == "DELETE" else content, key=key)
    assert answer.status == status
