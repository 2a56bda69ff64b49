"""What the server refuses itself: a problem, and the fields by which pages of other origins may read it."""

from typing import Any

import pytest
from flask import Flask

from restwell import Api, public
from restwell.server.environ import refusable
from restwell.server.refusals import DETAILS, Refusals
from tests.api import Served, frameworks, serving

APP = "https://app.example.org"
Sent = dict[str, str]


class Proto:
    """What answers on a connection, as granian has it."""

    def __init__(self) -> None:
        self.head: dict[str, Any] = {}
        self.body = b""

    def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.head = message
        self.body += message.get("body", b"")

    @property
    def fields(self) -> Sent:
        return {name.decode(): value.decode() for name, value in self.head["headers"]}


def environ(path: str = "/frameworks", *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    found = refusable({"method": "GET", "path": path, "headers": headers})
    assert found is not None
    return found


def refused(refusals: Refusals, asked: dict[str, Any], status: int = 503) -> Sent:
    proto = Proto()
    refusals.refuse(proto, asked, status)
    assert proto.head["status"] == status
    assert b'"status":%d' % status in proto.body
    shed = Proto()
    refusals.shed(shed, asked)
    assert shed.head["status"] == 503
    cors = [name for name in proto.fields if name.startswith("Access-")]
    assert [name for name in shed.fields if name.startswith("Access-")] == cors
    return proto.fields


@pytest.mark.parametrize("status", DETAILS)
def test_without_cors_a_refusal_says_nothing_of_it(status: int) -> None:
    fields = refused(Refusals(), environ("/frameworks", (b"origin", APP.encode())), status)
    assert not any(name.startswith("Access-Control") or name == "Vary" for name in fields)
    assert fields["Cache-Control"] == "no-store"


def sharing(served: Served) -> Refusals:
    return Refusals(served.api.binding(served.app).shared)


@pytest.mark.parametrize("status", DETAILS)
def test_a_page_of_an_allowed_origin_may_read_it(status: int) -> None:
    with serving(cors=[APP]) as served:
        fields = refused(sharing(served), environ("/frameworks", (b"origin", APP.encode())), status)
        assert fields["Access-Control-Allow-Origin"] == APP
        assert "Retry-After" in fields["Access-Control-Expose-Headers"]
        assert fields["Vary"] == "Origin"


@pytest.mark.parametrize("headers", [(), ((b"origin", b"https://evil.example"),), ((b"origin", b"null"),)])
def test_others_may_not(headers: tuple[tuple[bytes, bytes], ...]) -> None:
    with serving(cors=[APP]) as served:
        fields = refused(sharing(served), environ("/frameworks", *headers))
        assert [name for name in fields if name.startswith("Access-Control") or name == "Vary"] == ["Vary"]


def test_it_is_shared_at_addresses_of_the_api_alone() -> None:
    app = Flask("tests")
    app.add_url_rule("/api/own", "own", lambda: "own")
    app.add_url_rule("/own", "elsewhere", lambda: "own")
    with serving(app=app, url_prefix="/api", cors=["*"]) as served:
        closed = Api(app, url_prefix="/closed")
        frameworks(read=public())(closed)
        share = served.api.binding(app).shared
        assert closed.binding(app).shared(environ("/closed/frameworks", (b"origin", APP.encode()))) == ()
        for path, shares in {"/api/frameworks": True, "/api/own": False, "/own": False, "/closed/x": False}.items():
            assert bool(share(environ(path, (b"origin", APP.encode())))) == shares
