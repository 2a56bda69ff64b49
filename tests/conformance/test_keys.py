"""Keys in the hands of clients: whom they act for, how they are replaced, and where they hold."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

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


@shows("keys.create", "networks")
def test_a_key_of_a_network_is_unknown_elsewhere(served: Served) -> None:
    key = served.key("notes:create", networks=["10.0.0.0/8", "2001:db8::/32"])
    for title, address in (("a", "10.9.8.7"), ("b", "2001:db8::1"), ("c", "::ffff:10.0.0.1")):
        assert created(served, title, key, environ={"REMOTE_ADDR": address}) == 201
    unknown = served.send("POST", "/notes", content={}, key=key[:14] + "x" * len(key[14:])).lasting()
    for address in ("11.0.0.1", "2001:db9::1", "", "unix:"):
        environ = {"REMOTE_ADDR": address}
        assert served.send("POST", "/notes", content={}, key=key, environ=environ).lasting() == unknown
    forged = {"X-Forwarded-For": "10.0.0.1", "Forwarded": "for=10.0.0.1", "X-Real-IP": "10.0.0.1"}
    elsewhere = {"REMOTE_ADDR": "192.0.2.1"}
    assert served.send("POST", "/notes", forged, content={}, key=key, environ=elsewhere).lasting() == unknown


def test_a_proxy_that_is_declared_tells_the_address(served: Served) -> None:
    key = served.key("notes:create", networks=["10.0.0.0/8"])
    served.app.wsgi_app = ProxyFix(served.app.wsgi_app, x_for=1)  # type: ignore[method-assign]  # where Flask wants it
    for title, told, status in (("a", "10.0.0.1", 201), ("b", "192.0.2.1", 401), ("c", "10.0.0.1, 192.0.2.1", 401)):
        answer = served.send("POST", "/notes", {"X-Forwarded-For": told}, content={"title": title}, key=key)
        assert answer.status == status


def test_a_key_in_place_of_another_has_its_networks(served: Served) -> None:
    old = served.key("notes:create", networks=["10.0.0.0/8"])
    with served.app.app_context():
        new = served.api.keys.rotate(old[3:13])
    assert created(served, "a", new) == 401
    assert created(served, "a", new, environ={"REMOTE_ADDR": "10.0.0.1"}) == 201
