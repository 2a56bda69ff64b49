"""Of JSON that was not read to its end, the beginning counts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from restwell_audit.reading.beginnings import beginning_of
from tests.restwell_audit.apis import JSON, Request, Response, problem, said
from tests.restwell_audit.cases import judge


@pytest.mark.parametrize("text, read", [
    ('[{"id": 1}, {"id": 2}, {"id"', [{"id": 1}, {"id": 2}]),
    ('{"items": [{"id": 1, "tags": ["a"]}, {"id": 2, "name": "tw', {"items": [{"id": 1, "tags": ["a"]}, {"id": 2}]}),
    ('["a", "b, [", "c, {', ["a", "b, ["]),
    (r'["\",", "b", "\\", ', [r'",', "b", "\\"]),
    ("[1, 2, 3", [1, 2]),
    ('{"a"', None), ("[1}, 2", None), ("text, more", None), ("", None), ("[" * 5000 + "1,", None),
])  # fmt: skip
def test_what_is_complete_is_read(text: str, read: Any) -> None:
    assert beginning_of(text.encode()) == read


@pytest.mark.parametrize("linked", [True, False])
def test_the_members_of_a_list_that_is_too_long_to_read_are_found(linked: bool) -> None:
    rows = [{"id": n, "text": "x" * 200, **({"url": f"/rows/{n}"} if linked else {})} for n in range(12_000)]
    content = json.dumps(rows).encode()
    assert len(content) > 2_000_000

    def respond(request: Request) -> Response:
        number = request.path.removeprefix("/rows/")
        if request.path == "/rows":
            answer = Response(200, (("Content-Type", JSON),), content)
        else:
            answer = said(rows[int(number)]) if number.isdecimal() and int(number) < len(rows) else problem(404)
        return answer if request.method in {"GET", "HEAD"} else problem(405, Allow="GET, HEAD")

    report = judge(respond, "/rows")
    assert report.level == 2
    assert report.coverage["items"] > 0
