"""Logins of the application's own: Flask-Login, names and passwords, and fields of its own, each beside API keys."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from flask_login import LoginManager, UserMixin, current_user, login_user  # type: ignore[import-untyped]  # it has none

from restwell import (
    Api,
    ApiKeys,
    Authenticator,
    Basic,
    CurrentUser,
    Field,
    Grant,
    Resource,
    any_of,
    authenticated,
    owner,
    scope,
)  # fmt: skip
from tests.api import Served, is_problem
from tests.arguments import shows

HERE = {"Origin": "http://localhost"}
CHALLENGES = (
    'Bearer realm="restwell", Session realm="restwell", location="/login", '
    'Basic realm="restwell", charset="UTF-8", Token realm="tests"'
)


class User(UserMixin):  # type: ignore[misc]  # which has no types
    def __init__(self, name: str) -> None:
        self.id = name
        self.roles = ["notes:audit"] if name == "eve" else []


class Note(Resource):
    """A note of somebody's."""

    name: str = Field(identity=True)
    author: str | None = Field(auto="creator")


def by_name(name: str, password: str) -> Grant | None:
    return Grant(name) if password == "right" else None


def by_token(request: Any) -> Grant | None:
    token = request.headers.get("x-token", "")
    return Grant(token.removeprefix("token-of-")) if token.startswith("token-of-") else None


@pytest.fixture
def served(database_url: str) -> Iterator[Served]:
    app = Flask(__name__)
    app.config.update(RESTWELL_DATABASE=database_url, SECRET_KEY="of a test")
    manager = LoginManager(app)
    manager.user_loader(User)

    @app.post("/login")
    def login() -> str:
        login_user(User(request.form["name"]), remember="remember" in request.form)
        return "hello"

    api = Api(
        app,
        authenticate=[
            ApiKeys(),
            CurrentUser(lambda: current_user, scopes=lambda user: user.roles),
            Basic(by_name),
            Authenticator(by_token, reads=["X-Token"], challenge='Token realm="tests"'),
        ],
        unseen_by=["flask_login"],
    )
    mine = any_of(owner("author"), scope("notes:audit"))
    api.resource("/notes", read=mine, create=authenticated(), update=mine, delete=mine)(Note)
    found = Served(app, api)
    yield found
    found.close()


def signed_in(served: Served, name: str, **more: str) -> FlaskClient:
    client = served.app.test_client()
    assert client.post("/login", data={"name": name, **more}).status_code == 200
    return client


def basic(text: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}


@shows("Api", "authenticate")
def test_each_way_to_be_known_is_taken(served: Served) -> None:
    client = signed_in(served, "ada")
    ways: list[dict[str, str]] = [HERE, basic("ada:right"), {"X-Token": "token-of-ada"}]
    for number, headers in enumerate(ways):
        created = client.post("/notes", json={"name": f"n{number}"}, headers=headers) if headers is HERE else (
            served.app.test_client().post("/notes", json={"name": f"n{number}"}, headers=headers)
        )  # fmt: skip
        assert created.status_code == 201
        assert created.json is not None
        assert created.json["author"] == "ada"
    assert client.get("/notes").get_json(force=True)["totalItems"] == 3
    key = served.key("notes:audit")
    assert served.send("GET", "/notes", key=key).json()["totalItems"] == 3
    assert served.send("GET", "/notes", {"X-Token": "token-of-bob"}).json()["totalItems"] == 0


def test_who_is_not_known_is_told_every_way(served: Served) -> None:
    for headers in ({}, {"Cookie": "theme=dark"}, {"X-Token": "nothing"}):
        answer = served.send("GET", "/notes", headers)
        assert is_problem(answer, 401)
        assert answer["www-authenticate"] == CHALLENGES
        assert answer["vary"] == "Accept, Authorization, Cookie, X-Token, Prefer"


@pytest.mark.parametrize("value", ["Bearer x", "Digest x", "Basic YWRhOndyb25n", "Basic !"])
def test_an_authorization_that_is_not_valid_is_refused_whatever_the_cookie_says(served: Served, value: str) -> None:
    client = signed_in(served, "ada")
    refused = client.get("/notes", headers={"Authorization": value})
    assert refused.status_code == 401
    assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]


def test_an_authorization_comes_before_a_cookie(served: Served) -> None:
    client = signed_in(served, "ada")
    assert client.post("/notes", json={"name": "a"}, headers=HERE).status_code == 201
    assert client.get("/notes", headers=basic("bob:right")).get_json(force=True)["totalItems"] == 0


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}]
)
def test_a_page_of_others_changes_nothing_by_a_cookie(served: Served, headers: dict[str, str]) -> None:
    client = signed_in(served, "ada")
    assert client.post("/notes", json={"name": "a"}, headers=HERE).status_code == 201
    for method, target in (("POST", "/notes"), ("PUT", "/notes/a"), ("PATCH", "/notes/a"), ("DELETE", "/notes/a")):
        answer = client.open(target, method=method, json={"name": "a"}, headers=headers)
        assert answer.status_code == 401
        assert "send Origin" in answer.get_json(force=True)["detail"]
    assert client.get("/notes/a", headers=headers).status_code == 200


def test_who_has_signed_in_is_known_with_and_without_the_session(served: Served) -> None:
    client = signed_in(served, "eve", remember="yes")
    assert client.get("/notes").status_code == 200
    client.delete_cookie("session")
    assert client.get("/notes").status_code == 200
    client.delete_cookie("remember_token")
    client.delete_cookie("session")  # it has come back by the other
    assert client.get("/notes").status_code == 401


def test_what_a_cookie_has_shaped_is_private(served: Served) -> None:
    client = signed_in(served, "ada")
    found = client.get("/notes")
    assert found.headers["Cache-Control"] == "private, no-cache"
    assert "Cookie" in found.headers["Vary"]


def test_without_a_cookie_the_fast_path_stays_open(served: Served) -> None:
    watchers = served.api.binding(served.app).watchers
    environ = served.environ("GET", "/notes", [], b"")
    assert not watchers.see(environ)
    assert watchers.see({**environ, "HTTP_COOKIE": "a=b"})


def test_openapi_names_every_way(served: Served) -> None:
    found = served.send("GET", "/openapi.json", basic("ada:right")).json()
    schemes = found["components"]["securitySchemes"]
    assert {name: scheme["type"] for name, scheme in schemes.items()} == {
        "bearer": "http", "session": "apiKey", "basic": "http", "custom": "apiKey",
    }  # fmt: skip
    assert found["paths"]["/notes"]["get"]["security"] == [{name: []} for name in schemes]
