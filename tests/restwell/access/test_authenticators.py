"""A credential is a grant, or nothing, whichever kind it is."""

import base64
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from restwell.access.authenticators import ApiKeys, Authenticator, Basic, CurrentUser, authenticators_of
from restwell.access.grant import Grant
from restwell.access.keys import issue_key
from restwell.http.messages import Request
from restwell.model.errors import DeclarationError

KEY, RECORD = issue_key("a test", ("frameworks:write",), now=0, lifetime=None)


def find_key(identifier: str) -> Mapping[str, Any] | None:
    return RECORD if identifier == RECORD["id"] else None


def sending(**fields: str) -> Request:
    return Request("GET", "/", headers={name.replace("_", "-"): value for name, value in fields.items()})


def granted(authenticator: Authenticator, **fields: str) -> Grant | None:
    return authenticator.grant(sending(**fields), find_key)


@pytest.mark.parametrize("credential", ["Bearer KEY", "bearer KEY", "BEARER   KEY  "])
def test_a_key_that_is_there_is_a_grant(credential: str) -> None:
    grant = granted(ApiKeys(), authorization=credential.replace("KEY", KEY))
    assert grant is not None
    assert (grant.subject, grant.credential) == (RECORD["id"], RECORD["id"])


@pytest.mark.parametrize("credential", ["", "Bearer", "Basic KEY", "KEY", "Bearer KEYx", "Bearer\tKEY", "Bearer x"])
def test_anything_else_is_none(credential: str) -> None:
    assert granted(ApiKeys(), authorization=credential.replace("KEY", KEY)) is None
    assert granted(ApiKeys()) is None


def basic(text: str) -> str:
    return f"Basic {base64.b64encode(text.encode()).decode()}"


def test_basic_is_a_name_and_a_password_in_utf_8() -> None:
    seen: list[tuple[str, str]] = []

    def check(name: str, password: str) -> Grant | None:
        seen.append((name, password))
        return Grant(name) if password == "s3:ä" else None

    assert granted(Basic(check), authorization=basic("ada:s3:ä")) == Grant("ada")
    assert granted(Basic(check), authorization=basic("ada:wrong")) is None
    assert seen == [("ada", "s3:ä"), ("ada", "wrong")]


@pytest.mark.parametrize(
    "value",
    [
        "", "Basic", "Basic !", basic("ada"), basic("a\nb:c"), basic("a\x00:c"), "Bearer YTpi", "Basic /w==",
        basic("a:" + "b" * 5000),
    ],
)  # fmt: skip
def test_what_is_not_a_name_and_a_password_is_not_checked(value: str) -> None:
    def check(name: str, password: str) -> Grant | None:
        raise AssertionError(f"{name} {password}")

    assert granted(Basic(check), authorization=value) is None


def test_a_function_sees_the_fields_that_it_has_named_alone() -> None:
    def by_token(request: Request) -> Grant | None:
        assert list(request.headers) == ["x-token"]
        return Grant(request.headers["X-Token"]) if request.headers.get("x-token") else None

    authenticator = Authenticator(by_token, reads=["X-Token"], challenge='Token realm="x"')
    assert granted(authenticator, x_token="ada", cookie="secret") == Grant("ada")
    assert authenticator.scheme == {
        "type": "apiKey", "in": "header", "name": "X-Token", "description": "A credential of the application's own.",
    }  # fmt: skip
    peeking = Authenticator(lambda request: Grant(request.headers["cookie"]), reads=["X-Token"])
    with pytest.raises(RuntimeError, match=r"looks at cookie.*reads=\['cookie'\]"):
        granted(peeking, cookie="ada")


def test_what_is_not_a_grant_is_an_error() -> None:
    wrong: Callable[[Request], Any] = lambda request: True  # noqa: E731 - as an application may write it
    with pytest.raises(TypeError, match="gives a Grant, or None"):
        granted(Authenticator(wrong), authorization="x")


class User:
    def __init__(self, known: bool = True) -> None:
        self.is_authenticated = known
        self.id = 7
        self.roles = ["editors"]


def test_a_user_who_has_signed_in_is_a_grant() -> None:
    def current(**more: Any) -> Grant | None:
        return granted(CurrentUser(User, **more), cookie="session=x")

    assert current() == Grant("7", credential="session")
    found = current(scopes=["books:read"], groups=lambda user: user.roles)
    assert found is not None
    assert (found.subject, found.credential) == ("7", "session")
    assert found.scopes == {"books:read"}
    assert found.groups == {"editors"}
    assert current(subject=lambda user: f"user-{user.id}") == Grant("user-7", credential="session")


def test_nobody_who_has_signed_in_is_nobody() -> None:
    assert granted(CurrentUser(lambda: None), cookie="session=x") is None
    assert granted(CurrentUser(lambda: User(known=False)), cookie="session=x") is None
    assert granted(CurrentUser(lambda: User(), subject=lambda user: None), cookie="x=y") is None  # noqa: PLW0108 - of a test

    def not_asked() -> None:
        raise AssertionError

    assert granted(CurrentUser(not_asked)) is None


@pytest.mark.parametrize(
    "wrong, remedy",
    [
        ([], "is a list"),
        (ApiKeys(), "is a list"),
        ("keys", "is a list"),
        ([ApiKeys], "call it, as in ApiKeys()"),
        (["keys"], "give ApiKeys() or another, or a function"),
    ],
)
def test_what_cannot_authenticate_is_refused(wrong: Any, remedy: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        authenticators_of(wrong)
    assert remedy in str(caught.value)


def test_wrong_arguments_are_refused() -> None:
    wrongs: tuple[Callable[[], Authenticator], ...] = (
        lambda: Authenticator(print, reads="Cookie"),
        lambda: CurrentUser(User()),  # type: ignore[arg-type]  # on purpose
        lambda: CurrentUser(User, scopes="books:read"),
        lambda: CurrentUser(User, login='/"'),
    )
    for wrong in wrongs:
        with pytest.raises(DeclarationError):
            wrong()


def test_two_of_a_kind_have_names_of_their_own() -> None:
    assert [each.name for each in authenticators_of([ApiKeys(), print, print])] == ["bearer", "custom", "custom_"]
    assert [each.name for each in authenticators_of(None)] == ["bearer"]
