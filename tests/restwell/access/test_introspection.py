"""The authorization server is asked what a token is, not too often, and what it says is not taken unseen."""

from __future__ import annotations

import json
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs

import pytest

from restwell import Introspection
from restwell.access import holders, introspection
from restwell.access.grant import Grant
from restwell.access.keys import issue_key
from restwell.http.messages import Request
from restwell.http.problems import Unavailable
from restwell.model.errors import DeclarationError
from tests.tokens import AUDIENCE, ISSUER, Publisher, publishing, respond

ACTIVE = {"active": True, "sub": "ada", "aud": AUDIENCE, "scope": "notes:read", "client_id": "app", "groups": ["a"]}

OPAQUE = "opaque"


class Server(Publisher):
    """What is said of each token, and what was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.said: Any = ACTIVE
        self.forms: list[tuple[dict[str, list[str]], str]] = []

    def send(self, handler: BaseHTTPRequestHandler) -> None:
        content = handler.rfile.read(int(handler.headers["Content-Length"])).decode()
        self.forms.append((parse_qs(content), handler.headers["Authorization"]))
        self.asked += 1
        if self.answer is not None:
            self.answer(handler)
            return
        respond(handler, self.said if isinstance(self.said, bytes) else json.dumps(self.said).encode())


@pytest.fixture
def server() -> Iterator[Server]:
    with publishing(publisher=Server()) as found:
        assert isinstance(found, Server)
        yield found


def accepting(server: Publisher, **more: Any) -> Introspection:
    arguments: dict[str, Any] = {
        "url": server.url, "client_id": "api", "client_secret": "a b:c", "issuer": ISSUER, "audience": AUDIENCE,
    }  # fmt: skip
    return Introspection(**{**arguments, **more})


def granted(by: Introspection, token: str = OPAQUE, scheme: str = "Bearer") -> Grant | None:
    return by.grant(Request("GET", "/", headers={"authorization": f"{scheme} {token}"}), lambda _: None)


def test_what_the_server_says_is_a_grant(server: Server) -> None:
    grant = granted(accepting(server), "2YotnFZFEjr1zCsicMWpAA==")
    assert grant is not None
    assert (grant.subject, grant.credential) == ("ada", "app")
    assert grant.scopes == {"notes:read"}
    assert grant.groups == {"a"}
    assert grant.claims["client_id"] == "app"
    [(form, known)] = server.forms
    assert form == {"token": ["2YotnFZFEjr1zCsicMWpAA=="], "token_type_hint": ["access_token"]}
    assert known == f"Basic {b64encode(b'api:a+b%3Ac').decode()}"


RIGHT: list[dict[str, Any]] = [
    {}, {"iss": ISSUER}, {"exp": 2**40}, {"nbf": 1}, {"aud": ["x", AUDIENCE]}, {"token_type": "Bearer"}, {"jti": "t"},
]  # fmt: skip
WRONG: list[dict[str, Any]] = [
    {"active": False}, {"active": "true"}, {"active": 1}, {"active": None}, {"sub": None}, {"sub": 7}, {"sub": ""},
    {"aud": "x"}, {"aud": None}, {"aud": []}, {"iss": "x"}, {"iss": None}, {"exp": 1}, {"exp": "x"}, {"exp": True},
    {"exp": None}, {"nbf": 2**40}, {"scope": ["a"]}, {"groups": "a"}, {"token_type": "DPoP"}, {"token_type": None},
    {"cnf": {"jkt": "x"}},
]  # fmt: skip


@pytest.mark.parametrize("more", RIGHT, ids=str)
def test_what_may_be_said_is_taken(server: Server, more: dict[str, Any]) -> None:
    server.said = {**ACTIVE, **more}
    assert granted(accepting(server)) is not None


@pytest.mark.parametrize("more", WRONG, ids=str)
def test_what_is_wrong_in_one_way_is_refused(server: Server, more: dict[str, Any]) -> None:
    server.said = {**ACTIVE, **more}
    assert granted(accepting(server)) is None


def test_without_an_audience_the_server_alone_decides(server: Server) -> None:
    server.said = {"active": True, "sub": "ada"}
    assert granted(accepting(server)) is None
    assert granted(accepting(server, audience=None)) == Grant("ada", claims=server.said)


def test_what_cannot_be_a_token_is_asked_of_nobody(server: Server) -> None:
    by = accepting(server)
    key, _ = issue_key("a test", ("notes:read",), now=0)
    for token in ("", "a b", "é", "x" * 4097, key, "a,b", "=", "a\nb"):
        assert granted(by, token) is None
    for scheme in ("Basic", "DPoP", ""):
        assert granted(by, scheme=scheme) is None
    assert server.asked == 0


def test_an_answer_is_good_for_some_seconds(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    by, begun = accepting(server, keep=5), time.monotonic()
    for expected in (Grant, type(None)):
        for _ in range(3):
            assert isinstance(granted(by), expected)
        server.said = {"active": False}
        begun += 6
        monkeypatch.setattr(time, "monotonic", lambda: begun)  # noqa: B023 - as it is now
    assert server.asked == 2
    always = accepting(server, keep=0)
    for _ in range(3):
        granted(always)
    assert server.asked == 5


def test_a_token_expires_while_it_is_remembered(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.said = {**ACTIVE, "exp": int(time.time()) + 5}
    by = accepting(server)
    assert granted(by) is not None
    later = time.time() + 60
    monkeypatch.setattr(time, "time", lambda: later)
    assert granted(by) is None


def test_tokens_that_are_made_up_put_no_other_out(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holders, "MAX_KNOWN", 3)
    by = accepting(server)
    assert granted(by, "right") is not None
    server.said = {"active": False}
    for number in range(9):
        assert granted(by, f"wrong{number}") is None
    assert granted(by, "right") is not None
    assert server.asked == 10
    assert len(by._others.known) == 3


FAULTS = {
    "500": lambda handler: respond(handler, b"{}", 500),
    "401": lambda handler: respond(handler, b"{}", 401),
    "a redirect": lambda handler: respond(handler, b"", 307, Location="/elsewhere"),
    "huge": lambda handler: respond(handler, b" " * 70_000 + b"{}"),
    "not JSON": lambda handler: respond(handler, b"<html>"),
    "a member twice": lambda handler: respond(handler, b'{"active": false, "active": true}'),
    "dropped": lambda handler: handler.connection.close(),
}


@pytest.mark.parametrize("name", FAULTS)
def test_where_nobody_can_be_asked_the_service_is_not_available(
    server: Server, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    by = accepting(server)
    assert granted(by, "known") is not None
    server.answer = FAULTS[name]
    for _ in range(5):
        with pytest.raises(Unavailable):
            granted(by)
    assert server.asked == 2, "it is left alone for a moment"
    assert granted(by, "known") is not None
    assert "opaque" not in caplog.text
    assert "cannot be asked of tokens" in caplog.text
    server.answer = None
    by._broken -= introspection.PAUSE
    assert granted(by) is not None


def test_few_ask_at_the_same_time(server: Server) -> None:
    go, found = threading.Event(), []

    def slow(handler: BaseHTTPRequestHandler) -> None:
        go.wait(5)
        respond(handler, json.dumps(ACTIVE).encode())

    server.answer = slow
    by = accepting(server)

    def ask(number: int) -> None:
        try:
            found.append(granted(by, f"t{number}"))
        except Unavailable:
            found.append(None)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(20)]
    for each in threads:
        each.start()
    deadline = time.monotonic() + 5
    while len(found) < 20 - introspection.MAX_ASKING and time.monotonic() < deadline:
        time.sleep(0.01)
    assert found == [None] * (20 - introspection.MAX_ASKING)
    go.set()
    for each in threads:
        each.join()
    assert sum(each is not None for each in found) == introspection.MAX_ASKING
    assert by._asking == 0


@pytest.mark.parametrize(
    "wrong, remedy",
    [
        ({"url": "http://login.example.org/introspect"}, "begins with https://"),
        ({"client_id": ""}, "has no client_id"),
        ({"client_secret": None}, "has no client_secret"),
        ({"issuer": ""}, "give the iss"),
        ({"audience": ""}, "any other API would be taken"),
        ({"keep": -1}, "give seconds"),
        ({"keep": 61}, "give seconds"),
        ({"keep": True}, "give seconds"),
        ({"groups": "a"}, "name claims"),
        ({"subject": "sub"}, "give a function"),
    ],
)
def test_what_cannot_be_is_refused_when_it_is_declared(server: Server, wrong: dict[str, Any], remedy: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        accepting(server, **wrong)
    assert remedy in str(caught.value)
