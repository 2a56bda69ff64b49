"""Keys in the hands of clients: whom they act for, how they are replaced, and where they hold."""

from __future__ import annotations

from collections.abc import Iterator

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
