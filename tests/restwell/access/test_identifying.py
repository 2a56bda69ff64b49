"""Who is asking is told by the first authenticator that takes the credential; a challenge names them all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from restwell.access.authenticators import ApiKeys, Authenticator, Basic, CurrentUser
from restwell.access.grant import ANONYMOUS, Grant
from restwell.access.identifying import Identifying
from restwell.http.messages import Request
from restwell.http.problems import InsufficientScope, InvalidCredential, Unauthorized

BASE = "https://api.example.org/v1"


def find_key(identifier: str) -> Mapping[str, Any] | None:
    raise AssertionError(identifier)


def user() -> Any:
    return type("User", (), {"id": "ada"})()


def check(name: str, password: str) -> Grant | None:
    return Grant(name) if password == "x" else None


EVERY = Identifying([ApiKeys(), Basic(check), CurrentUser(user)])
BASIC, WRONG = "Basic YWRhOng=", "Basic YWRhOnk="


def who(method: str = "GET", **fields: str) -> Grant:
    headers = {name.replace("_", "-"): value for name, value in fields.items()}
    return EVERY.grant(Request(method, "/", headers=headers), BASE, find_key)


def test_the_first_that_takes_the_credential_tells() -> None:
    assert who() == ANONYMOUS
    assert who(authorization=BASIC) == Grant("ada")
    assert who(authorization=BASIC, cookie="session=x").credential is None
    assert who(cookie="session=x") == Grant("ada", credential="session")


@pytest.mark.parametrize("value", [WRONG, "Bearer x", "Digest x", ""])
def test_an_authorization_that_nobody_takes_is_refused(value: str) -> None:
    by_two = Identifying(EVERY.authenticators[:2])
    with pytest.raises(InvalidCredential):
        by_two.grant(Request("GET", "/", headers={"authorization": value}), BASE, find_key)


def test_a_cookie_that_nobody_takes_is_anonymous() -> None:
    nobody = Identifying([CurrentUser(lambda: None)])
    assert nobody.grant(Request("GET", "/", headers={"cookie": "a=b"}), BASE, find_key) == ANONYMOUS


@pytest.mark.parametrize(
    "fields",
    [
        {"origin": "https://api.example.org"},
        {"origin": "HTTPS://API.example.org"},
        {"sec_fetch_site": "same-origin"},
        {"sec_fetch_site": "same-origin", "origin": "https://api.example.org"},
    ],
)
def test_a_cookie_changes_something_from_the_same_origin(fields: dict[str, str]) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert who(method, cookie="session=x", **fields).subject == "ada"


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"origin": "null"},
        {"origin": "https://evil.example"},
        {"origin": "http://api.example.org"},
        {"origin": "https://api.example.org.evil.example"},
        {"sec_fetch_site": "cross-site", "origin": "https://api.example.org"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "none"},
        {"referer": "https://api.example.org/"},
    ],
)
def test_a_cookie_changes_nothing_from_elsewhere(fields: dict[str, str]) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        with pytest.raises(InvalidCredential, match="send Origin"):
            who(method, cookie="session=x", **fields)
    assert who("GET", cookie="session=x", **fields).subject == "ada"


@pytest.mark.parametrize(
    "fields",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site", "origin": "https://api.example.org"},
    ],
)
def test_a_password_that_a_browser_remembers_changes_nothing_from_elsewhere(fields: dict[str, str]) -> None:
    with pytest.raises(InvalidCredential, match="send Origin"):
        who("POST", authorization=BASIC, **fields)
    assert who("GET", authorization=BASIC, **fields).subject == "ada"


@pytest.mark.parametrize(
    "fields",
    [{}, {"origin": "https://api.example.org"}, {"sec_fetch_site": "same-origin"}, {"sec_fetch_site": "none"}],
)
def test_a_password_changes_something_from_here_and_from_programs(fields: dict[str, str]) -> None:
    assert who("DELETE", authorization=BASIC, **fields).subject == "ada"


def test_a_challenge_names_each_way_once() -> None:
    keys = Identifying([ApiKeys(), Authenticator(lambda request: None)])
    assert keys.challenge(Unauthorized(), ["a:read"]) == 'Bearer realm="restwell"'
    told = EVERY.challenge(Unauthorized(), [])
    assert told.startswith('Bearer realm="restwell", Basic realm="restwell", charset="UTF-8", Session ')
    assert told.endswith('Session realm="restwell", location="/login"')


def test_a_challenge_has_an_error_where_a_credential_was_sent() -> None:
    keys = Identifying([ApiKeys()])
    unknown = 'error="invalid_token", error_description="The key is unknown, expired or revoked"'
    assert keys.challenge(InvalidCredential(), []) == f'Bearer realm="restwell", {unknown}'
    lacking = keys.challenge(InsufficientScope(), ["a:create", "a:update"])
    assert lacking == 'Bearer realm="restwell", error="insufficient_scope", scope="a:create a:update"'


def test_answers_vary_on_what_is_read() -> None:
    assert EVERY.reads == ("Authorization", "Cookie")
    assert EVERY.fields == {"authorization", "cookie"}
