"""Members that set themselves: when an item was made and last changed, and by whom."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from restwell import Api, Field, Resource, public
from restwell.access.keys import identifier_of
from restwell.files import import_rows
from restwell.model import auto
from tests.api import JSON, JSON_PATCH, MERGE_PATCH, Served, frameworks, is_problem, serving
from tests.arguments import shows


class Note(Resource):
    """Something that somebody wrote down."""

    number: int = Field(identity=True)
    text: str = ""
    created: datetime = Field(auto="created")
    updated: datetime = Field(auto="updated")
    creator: str | None = Field(auto="creator")
    updater: str | None = Field(auto="updater")


def notes(api: Api) -> None:
    api.resource("/notes", read=public(), write=public())(Note)
    frameworks()(api)  # which has scopes, so that there are keys


@pytest.fixture
def served(database_url: str) -> Iterator[Served]:
    with serving(notes, database=database_url) as served:
        yield served


def note(served: Served, target: str = "/notes/1") -> dict[str, Any]:
    return dict(json.loads(served.send("GET", target, accept=JSON).body))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_new_item_says_when_it_was_made_and_by_whom(served: Served) -> None:
    before, key = datetime.now(UTC), served.key("frameworks:write")
    answer = served.send("POST", "/notes", content={"number": 1}, key=key)
    assert answer.status == 201
    found = note(served)
    assert {**answer.json(), **found} == answer.json()
    assert before <= moment(found["created"]) <= datetime.now(UTC)
    assert (found["updated"], found["creator"]) == (found["created"], identifier_of(key))
    assert found["updater"] == found["creator"]


@shows("Field", "auto")
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_change_says_when_it_was_made_and_by_whom(served: Served, method: str) -> None:
    first, second = served.key("frameworks:write"), served.key("frameworks:write")
    served.send("POST", "/notes", content={"number": 1}, key=first)
    before = note(served)
    content_type = {"Content-Type": MERGE_PATCH} if method == "PATCH" else {}
    assert served.send(method, "/notes/1", content_type, {"text": "new"}, key=second).status == 200
    after = note(served)
    assert moment(after["updated"]) > moment(before["updated"])
    assert (after["created"], after["creator"]) == (before["created"], identifier_of(first))
    assert after["updater"] == identifier_of(second)


def test_nobody_is_named_where_nobody_is_known(served: Served) -> None:
    assert served.send("PUT", "/notes/1", content={}).status == 201
    assert {"creator", "updater"}.isdisjoint(note(served))
    assert served.send("PUT", "/notes/1", content={"text": "new"}, key=served.key("frameworks:write")).status == 200
    assert "creator" not in note(served)
    assert served.send("PUT", "/notes/1", content={"text": "newer"}).status == 200
    assert "updater" not in note(served)


def test_what_changes_nothing_is_no_change(served: Served) -> None:
    served.send("PUT", "/notes/1", content={"text": "a"})
    tag = served.send("GET", "/notes/1")["etag"]
    for patch in ({"text": "a"}, {}):
        assert served.send("PATCH", "/notes/1", {"Content-Type": MERGE_PATCH}, patch).status == 200
    assert served.send("GET", "/notes/1")["etag"] == tag


@pytest.mark.parametrize("name", ["created", "updated", "creator", "updater"])
def test_a_client_cannot_set_it_and_may_send_what_it_was_given(served: Served, name: str) -> None:
    value = "2001-01-01T00:00:00Z" if name in {"created", "updated"} else "somebody"
    refused = served.send("POST", "/notes", content={"number": 1, name: value})
    assert is_problem(refused, 422)
    assert [error["pointer"] for error in refused.json()["errors"]] == [f"/{name}"]
    served.send("POST", "/notes", content={"number": 1}, key=served.key("frameworks:write"))
    patch = [{"op": "replace", "path": f"/{name}", "value": value}]
    assert is_problem(served.send("PATCH", "/notes/1", {"Content-Type": JSON_PATCH}, patch), 422)
    assert served.send("PUT", "/notes/1", content=note(served) | {"text": "b"}).status == 200


def test_a_clock_that_is_put_back_puts_no_change_before_the_last_one(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.send("PUT", "/notes/1", content={})
    before = note(served)["updated"]
    monkeypatch.setattr(auto, "now", lambda: datetime.now(UTC) - timedelta(hours=1))
    assert served.send("PUT", "/notes/1", content={"text": "b"}).status == 200
    assert note(served)["updated"] == before


def test_it_filters_and_sorts_as_any_member_does(served: Served) -> None:
    for number in (2, 1, 3):
        served.send("POST", "/notes", content={"number": number})
    [_, second, _] = json.loads(served.send("GET", "/notes?sort=updated", accept=JSON).body)["notes"]
    assert second["number"] == 1
    later = json.loads(served.send("GET", f"/notes?created[gt]={second['created']}", accept=JSON).body)["notes"]
    assert [each["number"] for each in later] == [3]


def test_what_replaces_an_unreadable_item_is_no_new_one(sqlite_url: str) -> None:
    with serving(notes, database=sqlite_url) as served:
        key = served.key("frameworks:write")
        served.send("POST", "/notes", content={"number": 1}, key=key)
        before = note(served)
        served.change("UPDATE notes SET text = x'ff'")
        assert is_problem(served.send("GET", "/notes/1"), 500)
        assert served.send("PUT", "/notes/1", content={"text": "good"}).status == 200
        after = note(served)
    assert (after["created"], after["creator"]) == (before["created"], identifier_of(key))
    assert after["updated"] > before["updated"]


def test_it_is_described_as_read_only(served: Served) -> None:
    properties = served.send("GET", "/schemas/Note").json()["properties"]
    assert [name for name, each in properties.items() if each.get("readOnly")] == [
        "created", "updated", "creator", "updater",
    ]  # fmt: skip
    forms = served.send("GET", "/notes", accept="application/prs.hal-forms+json").json()["_templates"]
    assert {each["name"] for form in forms.values() for each in form.get("properties", ())} == {"number", "text"}


def test_an_import_takes_what_the_file_says_and_the_present_for_what_it_does_not(
    served: Served, tmp_path: Path
) -> None:
    before, file = datetime.now(UTC), tmp_path / "notes.csv"
    file.write_text("number,created,creator\n1,2001-01-01T00:00:00Z,somebody\n2,,\n")
    binding = served.api.binding(served.app)
    [declaration] = [each for each in binding.addresses.declarations if each.name == "Note"]
    assert import_rows(binding.store, declaration, file) == (2, 0)
    first, second = note(served), note(served, "/notes/2")
    assert (first["created"], first["creator"]) == ("2001-01-01T00:00:00Z", "somebody")
    assert before <= moment(first["updated"]) <= datetime.now(UTC)
    assert before <= moment(second["created"]) <= datetime.now(UTC)
    assert {"creator", "updater"}.isdisjoint(second)
