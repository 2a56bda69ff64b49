"""Who may change an item and not read it learns nothing of it by a patch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from restwell import Api, Field, Grant, Resource, authenticated, owner, scope
from tests.api import JSON, JSON_PATCH, Answer, Served

READER, WRITER = Grant("ada", ["boxes:read"]), Grant("bob")


class Box(Resource):
    """A box, into which many may put something."""

    name: str = Field(identity=True)
    code: int = 4
    words: list[str] = Field(default_factory=list)
    holder: str | None = None


@pytest.fixture
def served(database_url: str) -> Iterator[Served]:
    app = Flask(__name__)
    app.config["RESTWELL_DATABASE"] = database_url
    api = Api(app)
    rows = [{"name": "a", "code": 4, "words": ["x"], "holder": "ada"}]
    api.resource("/boxes", read=scope("boxes"), update=authenticated(), initial=rows)(Box)
    own = type("Own", (Box,), {"__doc__": "A box that its holder reads."})
    api.resource("/own", read=owner("holder"), update=authenticated(), initial=rows)(own)
    found = Served(app, api)
    yield found
    found.close()


def patch(served: Served, grant: Grant, *operations: dict[str, Any], path: str = "/boxes/a") -> Answer:
    headers = {"Authorization": served.credential(grant), "Content-Type": JSON_PATCH, "Accept": JSON}
    return served.send("PATCH", path, headers, content=list(operations))


def told(answer: Answer) -> tuple[int, bytes]:
    return answer.status, answer.body


@pytest.mark.parametrize(
    "one, other",
    [
        ({"op": "test", "path": "/code", "value": 4}, {"op": "test", "path": "/code", "value": 5}),
        ({"op": "test", "path": "/words/0", "value": "x"}, {"op": "test", "path": "/words/0", "value": "y"}),
        ({"op": "remove", "path": "/words/0"}, {"op": "remove", "path": "/words/9"}),
        (
            {"op": "copy", "from": "/words/0", "path": "/holder"},
            {"op": "copy", "from": "/words/9", "path": "/holder"},
        ),
    ],
)
def test_a_json_patch_tells_nothing_of_what_may_not_be_read(
    served: Served, one: dict[str, Any], other: dict[str, Any]
) -> None:
    found = [told(patch(served, WRITER, each)) for each in (one, other)]
    assert found[0][0] == 409
    assert found[0][1].replace(b"words/0", b"words/9") == found[1][1]
    assert patch(served, READER, one).status == 200


def test_it_sets_what_may_be_set_and_keeps_the_rest(served: Served) -> None:
    changes = ({"op": "replace", "path": "/code", "value": 7}, {"op": "add", "path": "/words", "value": ["new"]})
    assert patch(served, WRITER, *changes).status == 204
    headers = {"Authorization": served.credential(READER), "Accept": JSON}
    assert served.send("GET", "/boxes/a", headers).json() == {
        "name": "a", "code": 7, "words": ["new"], "holder": "ada"
    }  # fmt: skip
    assert patch(served, WRITER, {"op": "replace", "path": "/name", "value": "b"}).status == 422


def test_so_it_is_with_an_item_that_another_one_may_read(served: Served) -> None:
    found = [
        told(patch(served, WRITER, {"op": "test", "path": "/code", "value": value}, path="/own/a"))
        for value in (4, 5)
    ]
    assert found[0] == found[1]
    assert found[0][0] in {404, 409}
    assert patch(served, READER, {"op": "test", "path": "/code", "value": 4}, path="/own/a").status == 200
