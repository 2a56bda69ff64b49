"""Nulls: shown unless their absence says the same, kept by every way that goes through the representation."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import jsonschema
import pytest
from pydantic import BaseModel

from restwell import Api, Field, Resource, public
from tests.api import JSON, JSON_LD, JSON_PATCH, MERGE_PATCH, Answer, Served, serving


class Inner(BaseModel):
    """A nested object."""

    title: str = "t"
    lang: str | None = "en"


class Page(Resource):
    """Every way in which a member may be null, or may not."""

    id: int = Field(identity=True)
    title: str = "a"
    lang: str | None = "en"
    due: date | None
    note: str | None = None
    made: str | None = Field(default_factory=lambda: "made")
    free: Any
    inner: Inner | None = Field(default_factory=Inner)
    inners: list[Inner] = Field([])


@pytest.fixture
def served(database_url: str) -> Iterator[Served]:
    """Serve pages, one of which has null wherever it may."""

    def register(api: Api) -> None:
        api.resource("/pages", read=public(), write=public())(Page)

    nulls = dict.fromkeys(["lang", "due", "note", "made", "free"])
    with serving(register, database=database_url) as one:
        sent = {"id": 1, **nulls, "inner": {"lang": None}, "inners": [{"lang": None}]}
        assert one.send("POST", "/pages", content=sent).status == 201
        yield one


SHOWN = {
    "id": 1,
    "title": "a",
    "lang": None,
    "due": None,
    "made": None,
    "free": None,
    "inner": {"title": "t", "lang": None},
    "inners": [{"title": "t", "lang": None}],
}


def get(served: Served) -> Any:
    return served.send("GET", "/pages/1", accept=JSON).json()


def patch(served: Served, content: Any, media_type: str = MERGE_PATCH) -> Answer:
    answer = served.send("PATCH", "/pages/1", {"Content-Type": media_type}, content, accept=JSON)
    assert answer.status == 200, answer.body
    return answer


def test_a_null_is_left_out_only_where_its_absence_says_null(served: Served) -> None:
    assert get(served) == SHOWN
    linked = served.send("GET", "/pages/1", accept=JSON_LD).json()
    assert {name: linked[name] for name in SHOWN} == SHOWN
    assert "note" not in linked
    [listed] = served.send("GET", "/pages", accept=JSON).json()["pages"]
    assert listed == SHOWN
    assert served.send("GET", "/pages/1?fields=due,note", accept=JSON).json() == {"due": None}


def test_null_stays_null_when_something_else_changes(served: Served) -> None:
    patch(served, {"title": "b"})
    patch(served, [{"op": "replace", "path": "/title", "value": "c"}], JSON_PATCH)
    assert served.send("PUT", "/pages/1", content=get(served)).status == 200
    assert get(served) == {**SHOWN, "title": "c"}


@pytest.mark.parametrize("name", ["lang", "due", "note", "made", "free", "inner"])
def test_removing_a_member_that_may_be_null_stores_null(served: Served, name: str) -> None:
    for content, media_type in (({name: None}, MERGE_PATCH), ([{"op": "remove", "path": f"/{name}"}], JSON_PATCH)):
        value: Any = {"lang": "x"} if name == "inner" else "2026-01-31"
        patch(served, {name: value})
        patch(served, content, media_type)
        assert get(served).get(name) is None


def test_removing_a_member_that_may_not_be_null_gives_its_default(served: Served) -> None:
    patch(served, {"title": "b"})
    patch(served, {"title": None})
    assert get(served)["title"] == "a"
    patch(served, [{"op": "add", "path": "/title", "value": "b"}, {"op": "remove", "path": "/title"}], JSON_PATCH)
    assert get(served)["title"] == "a"


def test_what_is_removed_from_a_nested_object_is_null_too(served: Served) -> None:
    patch(served, {"inner": {"lang": "de", "title": "x"}})
    patch(served, {"inner": {"lang": None, "title": None}})
    assert get(served)["inner"] == {"title": "t", "lang": None}
    added = [
        {"op": "add", "path": "/inners/0/lang", "value": "de"},
        {"op": "move", "from": "/inners/0/lang", "path": "/lang"},
    ]
    patch(served, added, JSON_PATCH)
    assert (get(served)["inners"], get(served)["lang"]) == ([{"title": "t", "lang": None}], "de")


def test_post_and_put_that_leave_a_member_out_give_its_default(served: Served) -> None:
    sent = {"due": None, "free": None}
    assert served.send("PUT", "/pages/1", content=sent).status == 200
    assert get(served) == {**SHOWN, "lang": "en", "made": "made", "inner": {"title": "t", "lang": "en"}, "inners": []}


def test_schemas_say_which_members_are_there_and_which_may_be_null(served: Served) -> None:
    shown = served.send("GET", "/openapi.json").json()["components"]["schemas"]
    assert set(shown["Page.whole"]["required"]) == set(SHOWN)
    schema = {**shown["Page"], "$defs": {}}
    for name in ("lang", "due", "made"):
        assert {"type": "null"} in schema["properties"][name]["anyOf"]
    assert "anyOf" not in schema["properties"]["note"]
    jsonschema.Draft202012Validator(served.send("GET", "/schemas/Page").json()).validate(SHOWN)
