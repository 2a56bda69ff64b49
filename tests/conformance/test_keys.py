"""Keys in the hands of clients: whom they act for, how they are replaced, and where they hold."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from restwell import Api, Field, Resource, authenticated, owner, public, scope, when
from tests.api import Served
from tests.arguments import shows


class Note(Resource):
    """A note, changed by whom it belongs to."""

    title: str = Field(identity=True)
    author: str | None = Field(auto="creator")
    team: str | None = None
    text: str = ""


@pytest.fixture
def served(database_url: str) -> Iterator[Served]:
    app = Flask(__name__)
    app.config["RESTWELL_DATABASE"] = database_url
    api = Api(app)
    api.resource("/notes", read=public(), create=scope("notes"), update=owner("author"), delete=owner("author"))(Note)
    shared = when(lambda row, grant: row.team.in_(grant.groups))
    api.resource("/papers", name="Paper", read=shared, create=authenticated())(Note)
    found = Served(app, api)
    yield found
    found.close()


@shows("keys.create", "subject", "groups")
def test_what_a_key_makes_is_of_the_subject_that_it_acts_for(served: Served) -> None:
    first, second = (served.key("notes:create", subject="ada", groups=["engines"]) for _ in range(2))
    other, alone = served.key("notes:create", subject="bob", groups=["others"]), served.key("notes:create")
    made = served.send("POST", "/notes", content={"title": "a"}, key=first)
    assert made.status == 201
    assert made.json()["author"] == "ada"
    assert served.send("PATCH", "/notes/a", content={"text": "x"}, key=other).status == 403
    assert served.send("PATCH", "/notes/a", content={"text": "x"}, key=second).status == 200
    assert served.send("POST", "/notes", content={"title": "b"}, key=alone).json()["author"] == alone[3:13]
    assert served.send("POST", "/papers", content={"title": "p", "team": "engines"}, key=other).status == 201
    assert served.send("GET", "/papers/p", key=first).status == 200
    assert served.send("GET", "/papers/p", key=other).status == 404


@shows("keys.rotate", "identifier", "overlap")
def test_a_key_takes_the_place_of_another_which_ends_after_an_overlap(served: Served) -> None:
    old = served.key("notes:create", subject="ada", groups=["engines"], lifetime=1000)
    with served.app.app_context():
        new = served.api.keys.rotate(old[3:13], overlap=60)
    before, after = (listed(served)[each[3:13]] for each in (old, new))
    assert {name: after[name] for name in ("name", "scopes", "subject", "groups")} == {
        "name": "a test", "scopes": "notes:create", "subject": "ada", "groups": '["engines"]'
    }  # fmt: skip
    assert after["expires"] - after["created"] == 1000
    assert abs(before["expires"] - (time.time() + 60)) < 5
    assert [created(served, title, key) for title, key in (("a", old), ("b", new))] == [201, 201]
    with served.app.app_context():
        last = served.api.keys.rotate(new[3:13], overlap=0)
    assert [created(served, title, key) for title, key in (("c", new), ("d", last))] == [401, 201]


def listed(served: Served) -> dict[str, Any]:
    with served.app.app_context():
        return {each["id"]: each for each in served.api.keys.list()}


def created(served: Served, title: str, key: str, **more: Any) -> int:
    return served.send("POST", "/notes", content={"title": title}, key=key, **more).status


def test_what_is_of_a_key_that_acts_for_itself_is_of_those_in_its_place(served: Served) -> None:
    old = served.key("notes:create")
    assert created(served, "a", old) == 201
    with served.app.app_context():
        new = served.api.keys.rotate(old[3:13], overlap=0)
    assert served.send("PATCH", "/notes/a", content={"text": "x"}, key=old).status == 401
    assert served.send("PATCH", "/notes/a", content={"text": "x"}, key=new).status == 200


def test_the_end_of_a_key_is_never_put_off_by_another_in_its_place(served: Served) -> None:
    old = served.key("notes:create", lifetime=60)
    with served.app.app_context():
        served.api.keys.rotate(old[3:13], overlap=3600)
    first = listed(served)[old[3:13]]
    assert first["expires"] - first["created"] == 60


def test_a_key_that_is_not_valid_is_not_replaced(served: Served) -> None:
    expired, revoked, valid = (
        served.key("notes:create", lifetime=-1),
        served.key("notes:create"),
        served.key("notes:create"),
    )
    with served.app.app_context():
        keys = served.api.keys
        keys.revoke(revoked[3:13])
        for identifier in (expired[3:13], revoked[3:13], "nobody"):
            with pytest.raises(ValueError, match=r"expired or revoked|no key"):
                keys.rotate(identifier)
        with pytest.raises(ValueError, match="seconds from now on"):
            keys.rotate(valid[3:13], overlap=-1)
        assert len(keys.list()) == 3
