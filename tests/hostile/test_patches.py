"""Row 38: a patch that takes away what clients do not set is 422, and not a 200 that does nothing."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import computed_field

from restwell import Api, Field, Resource, public, scope
from tests.api import JSON_PATCH, MERGE_PATCH, Answer, Served, is_problem, serving

from .conftest import behind


class Reading(Resource):
    number: int = Field(identity=True)
    label: str | None = None
    note: str = "none"
    serial: int = Field(7, read_only=True)
    origin: str | None = Field(None, read_only=True)
    extra: dict[str, Any] | None = None
    kept: dict[str, Any] = Field({"a": {"b": 1}}, read_only=True)
    tags: list[str] = Field(["x"], read_only=True)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def double(self) -> int:
        return self.number * 2

    @computed_field  # type: ignore[prop-decorator]
    @property
    def nothing(self) -> str | None:
        return None


INITIAL: list[dict[str, Any]] = [
    {"number": 1, "label": "one", "origin": "here", "extra": {"a": 1}},
    {"number": 2},
]


@pytest.fixture
def readings(door: str, database_url: str) -> Iterator[Served]:
    def register(api: Api) -> None:
        api.resource("/readings", read=public(), write=scope("readings"), initial=INITIAL)(Reading)

    with serving(register, database=database_url) as served:
        yield behind(served, door)


REMOVING: list[tuple[Any, str]] = [
    ({"serial": None}, "/serial"),
    ({"origin": None}, "/origin"),
    ({"kept": None}, "/kept"),
    ({"kept": {"a": None}}, "/kept"),
    ({"kept": {"a": {"b": None}}}, "/kept"),
    ({"tags": None}, "/tags"),
    ({"double": None}, "/double"),
    ({"number": None}, "/number"),
    ({"label": "other", "serial": None}, "/serial"),
    ([{"op": "remove", "path": "/serial"}], "/serial"),
    ([{"op": "remove", "path": "/origin"}], "/origin"),
    ([{"op": "remove", "path": "/kept"}], "/kept"),
    ([{"op": "remove", "path": "/kept/a"}], "/kept"),
    ([{"op": "remove", "path": "/kept/a/b"}], "/kept"),
    ([{"op": "remove", "path": "/tags/0"}], "/tags"),
    ([{"op": "remove", "path": "/double"}], "/double"),
    ([{"op": "remove", "path": "/number"}], "/number"),
    ([{"op": "move", "from": "/serial", "path": "/extra"}], "/serial"),
    ([{"op": "move", "from": "/origin", "path": "/label"}], "/origin"),
    ([{"op": "move", "from": "/kept/a", "path": "/extra"}], "/kept"),
    ([{"op": "move", "from": "/tags/0", "path": "/label"}], "/tags"),
    ([{"op": "move", "from": "/number", "path": "/extra/n"}], "/number"),
    ([{"op": "replace", "path": "/serial", "value": 8}], "/serial"),
    ([{"op": "replace", "path": "/origin", "value": None}], "/origin"),
    ([{"op": "add", "path": "/serial", "value": 8}], "/serial"),
    ([{"op": "add", "path": "/tags/-", "value": "y"}], "/tags"),
    ([{"op": "copy", "from": "/number", "path": "/serial"}], "/serial"),
    ([{"op": "replace", "path": "/double", "value": 8}], "/double"),
    ([{"op": "replace", "path": "", "value": {"number": 1, "label": "other"}}], "/serial"),
    ([{"op": "remove", "path": "/serial"}, {"op": "replace", "path": "/label", "value": "other"}], "/serial"),
]
UNCHANGED: list[Any] = [
    {}, {"serial": 7}, {"origin": "here"}, {"number": 1}, {"double": 2}, {"tags": ["x"]}, {"kept": {}},
    [{"op": "test", "path": "/serial", "value": 7}], [{"op": "replace", "path": "/serial", "value": 7}],
    [{"op": "remove", "path": "/serial"}, {"op": "add", "path": "/serial", "value": 7}],
    [{"op": "move", "from": "/serial", "path": "/extra/s"}, {"op": "move", "from": "/extra/s", "path": "/serial"}],
    {"nothing": None}, {"kept": {"z": None}},
]  # fmt: skip


def patch(api: Served, content: Any, key: str, item: int = 1) -> Answer:
    media = JSON_PATCH if isinstance(content, list) else MERGE_PATCH
    return api.send("PATCH", f"/readings/{item}", {"Content-Type": media}, content, key=key)


def test_what_clients_do_not_set_cannot_be_taken_away(readings: Served) -> None:
    key, before = readings.key("readings:write"), readings.send("GET", "/readings/1")
    for content, pointer in REMOVING:
        answer = patch(readings, content, key)
        assert is_problem(answer, 422), content
        assert pointer in {each["pointer"] for each in answer.json()["errors"]}, (content, answer.json())
    after = readings.send("GET", "/readings/1")
    assert (after.body, after["etag"]) == (before.body, before["etag"])


def test_what_comes_to_the_same_changes_nothing(readings: Served) -> None:
    key, before = readings.key("readings:write"), readings.send("GET", "/readings/1")
    for content in UNCHANGED:
        assert patch(readings, content, key).status == 200, content
    assert readings.send("GET", "/readings/1")["etag"] == before["etag"]


def test_null_for_what_is_null_already_changes_nothing(readings: Served) -> None:
    key = readings.key("readings:write")
    for content in ({"origin": None}, [{"op": "remove", "path": "/origin"}]):
        assert patch(readings, content, key, 2).status == 200


def test_what_clients_set_can_be_taken_away(readings: Served) -> None:
    key = readings.key("readings:write")
    answer = patch(readings, {"label": None, "note": None}, key)
    assert answer.status == 200
    assert answer.json()["note"] == "none"
    assert "label" not in answer.json()
    assert patch(readings, [{"op": "move", "from": "/extra", "path": "/label"}], key).status == 422
    assert patch(readings, [{"op": "remove", "path": "/extra"}], key).status == 200


def test_put_may_leave_them_out(readings: Served) -> None:
    key = readings.key("readings:write")
    answer = readings.send("PUT", "/readings/1", content={"label": "other"}, key=key)
    assert (answer.status, answer.json()["serial"], answer.json()["origin"]) == (200, 7, "here")
