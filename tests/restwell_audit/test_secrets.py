"""A random secret in every place where one can be: no report has it, however it is written."""

# ruff: noqa: E501 - a table reads best with a line for each place

from __future__ import annotations

import html
import io
import json
import random
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from urllib.parse import quote, quote_plus

import pytest
from rich.console import Console

from restwell_audit import Report, Unreadable, audit
from restwell_audit.auditing import Write
from restwell_audit.exchanges import Exchange
from restwell_audit.redaction import Redaction
from restwell_audit.report import FORMATS, render
from tests.restwell_audit.apis import Api, Request, Response, hal, page, problem, said, wsgi

ALPHABETS = {
    "hex": "0123456789abcdef", "words": "abcdefghijklmnopqrstuvwxyz-", "base64": "ABCXYZabcxyz0189+/=",
    "anything": "aZ09!$%&'()*+,-./:;<=>?@[]^_{|}~\"\\ é",
}  # fmt: skip
PLAIN = ("hex", "words")
"""Alphabets of secrets that can stand anywhere as they are."""


def secret_of(kind: str, seed: str, length: int = 24) -> str:
    """A secret that is the same in every run; its ends are letters, so that nothing trims it."""
    chosen = random.Random(f"{kind} {seed}")
    return f"q{''.join(chosen.choice(ALPHABETS[kind]) for _ in range(length))}x"


def spellings(secret: str) -> set[str]:
    """A secret as something may write it."""
    raw = secret.encode()
    coded = {coding(raw).decode().rstrip("=") for coding in (b64encode, urlsafe_b64encode)}
    return {
        secret, quote(secret), quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1], html.escape(secret), repr(secret)[1:-1], *coded,
    }  # fmt: skip


def printed(report: Report) -> dict[str, str]:
    """The report in every format, and as it is printed with every exchange, wide and narrow."""
    texts = {form: write(report) for form, write in FORMATS.items()}
    for width in (40, 400):
        out = io.StringIO()
        render(report, Console(file=out, width=width), verbose=True)
        texts[f"verbose {width}"] = out.getvalue()
    return texts | {"repr": repr(report) + repr([vars(each) for each in report.findings])}


def assert_hidden(texts: Mapping[str, str], *secrets: str) -> None:
    """No text has one of the secrets, in any spelling, also where lines are wrapped or marked as a transcript."""
    for form, text in texts.items():
        wrapped = re.sub(r"\s*\n\s*(?:[<>#] )?|\s+", "", text)
        for secret in secrets:
            for written in spellings(secret):
                assert written.lower() not in text.lower(), (form, written)
                assert re.sub(r"\s+", "", written).lower() not in wrapped.lower(), (form, written)


def audited(api: Api, write: Write = False, headers: Mapping[str, str] | None = None, *starts: str) -> Report:
    return audit(wsgi(api), *starts, write=write, headers=headers)


def serving(response: Response, path: str = "/things") -> Api:
    """An API with one more resource."""

    def respond(request: Request) -> Response:
        if request.method not in {"GET", "HEAD"}:
            return problem(405, Allow="GET, HEAD")
        if request.path == path:
            return response
        return hal(things="/things") if request.path == "/" else problem(404)

    return respond


def text(media_type: str, template: str, status: int = 200) -> Callable[[str], Response]:
    """A representation with the secret in place of `{}`."""
    return lambda secret: Response(status, (("Content-Type", media_type),), template.replace("{}", secret).encode())


def field(name: str, template: str = "{}") -> Callable[[str], Response]:
    return lambda secret: said({"a": 1}).having(**{name.replace("-", "_"): template.replace("{}", secret)})


NAMES = (
    "token", "access_token", "refreshToken", "api_key", "apiKey", "key", "secret", "client_secret", "session",
    "sessionId", "signature", "X-Amz-Signature", "password", "newPassword", "cookie", "auth", "otp", "passcode", "jwt",
    "private_key", "privatekey", "signatures", "tokens", "API key", "pwd",
)  # fmt: skip
JSON_PLACES = {
    "nested": lambda s: said({"session": {"id": s, "of": [s, {"x": s}]}}),
    "a list": lambda s: said({"tokens": [s, s]}),
    "JSON in JSON": lambda s: said({"body": json.dumps({"token": s})}),
    "a name and a value": lambda s: said([{"name": "token", "value": s}]),
    "a value and a name": lambda s: said([{"value": s, "name": "X-Api-Key"}]),
    "a key and a value": lambda s: said([{"key": "session_token", "value": s}]),
    "a pair": lambda s: said([["Authorization", s]]),
    "a sentence with a URL": lambda s: said({"message": f"See http://a.example/?token={quote(s)} for more."}),
    "a sentence with a field": lambda s: said({"error": f"Authorization: Bearer {s}"}, status=200),
    "a link": lambda s: said({"next_url": f"/things?page=2&api_key={quote(s)}"}),
    "a path": lambda s: said({"confirm_email_url": f"/x/token/{quote(s, safe='')}"}),
    "a user in a URL": lambda s: said({"repo": f"https://me:{quote(s, safe='')}@a.example/x"}),
}  # fmt: skip
TEXT_PLACES = {
    "a field of a form": text("text/html", '<form method=post><input type="hidden" name="csrf_token" value="{}"></form>'),
    "an area of a form": text("text/html", '<textarea name="private_key">{}</textarea>'),
    "the head of a page": text("text/html", '<meta name="api-key" content="{}">'),
    "an attribute": text("text/html", '<div data-session-token="{}">x</div>'),
    "a link of a page": text("text/html", '<a href="/things?token={}">more</a><a href="/reset-password/{}">x</a>'),
    "a script": text("text/html", '<script>var token = "{}"; window.apiKey=\'{}\'; x({secret: "{}"})</script>'),
    "a definition": text("text/html", "<dl><dt>Token</dt><dd>{}</dd></dl>"),
    "XML": text("application/xml", "<a><token>{}</token><b:sessionId xmlns:b='x'>{}</b:sessionId></a>"),
    "XML, within": text("application/xml", "<a><credentials><value>{}</value></credentials></a>"),
    "XML, CDATA": text("application/xml", "<a><password><![CDATA[{}]]></password></a>"),
    "XML, an attribute": text("application/xml", '<a apiKey="{}" n="1"/>'),
    "XML, a name and a value": text("application/xml", '<add key="token" value="{}"/><property name="password">{}</property>'),
    "a form": text("application/x-www-form-urlencoded", "a=1&password={}&b=2"),
    "a part of a form": text("multipart/form-data; boundary=x", '--x\r\nContent-Disposition: form-data; name="password"\r\n\r\n{}\r\n--x--'),
    "YAML": text("application/yaml", "a: 1\npassword: {}\nlist:\n  - token: {}\n"),
    "text": text("text/plain", "token={}\nAuthorization: Bearer {}\napi_key = {}\n"),
}  # fmt: skip
FIELD_PLACES = {
    "Set-Cookie": field("Set-Cookie", "sid={}; Path=/; HttpOnly"), "X-Auth-Token": field("X-Auth-Token"),
    "X-Session-Id": field("X-Session-Id"), "Location": field("Location", "/x?token={}"),
    "Content-Location": field("Content-Location", "/things?signature={}"),
    "Link": field("Link", '</things?api_key={}>; rel="next"'), "Link, a path": field("Link", '</token/{}>; rel="next"'),
    "Authentication-Info": field("Authentication-Info", 'nextnonce="{}"'), "X-Signature": field("X-Signature"),
    "WWW-Authenticate": field("WWW-Authenticate", 'Bearer token="{}"'), "Refresh": field("Refresh", "1; url=/x?session={}"),
}  # fmt: skip


@pytest.mark.parametrize("kind", ALPHABETS)
def test_a_member_is_hidden_by_its_name(kind: str) -> None:
    secrets = {name: secret_of(kind, name) for name in NAMES}
    texts = printed(audited(serving(said([{"id": 1, "name": "one", **secrets}]))))
    assert texts["json"].count("(not shown)") >= len(NAMES)
    assert_hidden(texts, *secrets.values())


@pytest.mark.parametrize("place", JSON_PLACES)
@pytest.mark.parametrize("kind", ALPHABETS)
def test_a_secret_in_json_is_hidden(place: str, kind: str) -> None:
    secret = secret_of(kind, place)
    texts = printed(audited(serving(JSON_PLACES[place](secret))))
    assert "(not" in texts["json"]
    assert_hidden(texts, secret)


@pytest.mark.parametrize("place", TEXT_PLACES)
@pytest.mark.parametrize("kind", PLAIN)
def test_a_secret_in_a_text_is_hidden(place: str, kind: str) -> None:
    secret = secret_of(kind, place)
    texts = printed(audited(serving(TEXT_PLACES[place](secret))))
    assert "(not" in texts["json"]
    assert_hidden(texts, secret)


@pytest.mark.parametrize("place", FIELD_PLACES)
@pytest.mark.parametrize("kind", PLAIN)
def test_a_secret_in_a_header_field_is_hidden(place: str, kind: str) -> None:
    secret = secret_of(kind, place)
    texts = printed(audited(serving(FIELD_PLACES[place](secret))))
    assert "(not" in texts["json"]
    assert_hidden(texts, secret)


# -- what the auditor is given ----------------------------------------------------------------------------------------


def echo(request: Request) -> Response:
    """Everything that was sent, in every way."""
    sent = dict(request.fields)
    values = " ".join(sent.values())
    if request.path == "/page":
        return page(
            html.escape(values), f"<p title='{html.escape(values)}'>x</p>", f"<a href='/x?was={quote(values)}'>x</a>"
        )
    seen = {
        "headers": sent,
        "all": values,
        "url": f"/things/{quote(sent.get('x-mine', '1'), safe='')}",
        "q": request.query,
    }
    if request.method in {"POST", "PUT", "DELETE"}:
        return said(seen | {"error": values}, status=500)
    status = 200 if request.path in {"/", "/things"} else 404
    return said(seen, status=status, X_Seen=quote(values), Allow="GET, POST, DELETE")


@pytest.mark.parametrize("kind", ALPHABETS)
@pytest.mark.parametrize("name, scheme", [
    ("Authorization", "Bearer {}"), ("Authorization", "token {}"), ("X-Mine", "{}"), ("Cookie", "theme=dark; id={}"),
    ("X-Anything", "a={}"), ("Proxy-Authorization", "Bearer {}"),
])  # fmt: skip
def test_a_value_that_is_given_is_hidden_wherever_it_comes_back(kind: str, name: str, scheme: str) -> None:
    secret = secret_of(kind, name).replace("é", "e").replace(";", "").replace(",", "")
    report = audited(echo, True, {name: scheme.format(secret)}, "/", "/things", "/page")
    assert_hidden(printed(report), secret, scheme.format(secret))


@pytest.mark.parametrize("kind", ["hex", "base64"])
def test_basic_credentials_are_hidden_in_each_form(kind: str) -> None:
    password = secret_of(kind, "basic").replace("+", "-")
    coded = b64encode(f"someone:{password}".encode()).decode()
    report = audited(echo, True, {"Authorization": f"Basic {coded}"}, "/", "/things", "/page")
    assert_hidden(printed(report), password, coded, f"someone:{password}")


@pytest.mark.parametrize("url", [
    "http://someone:{}@localhost/", "http://localhost/?api_key={}", "http://localhost/?a=1&session={}#x",
    "http://localhost/token/{}/things", "http://{}@localhost/",
])  # fmt: skip
def test_the_secrets_of_the_url_are_known(url: str) -> None:
    secret = secret_of("hex", url)
    redaction = Redaction(urls=[url.format(secret)])
    coded = b64encode(f"someone:{secret}".encode()).decode()
    texts = {
        "echoed": redaction.text(f"It was <{secret}>, {url.format(secret)}, {secret.upper()} and Basic {coded}!")
    }
    assert_hidden(texts, secret)
    assert coded not in texts["echoed"] or "someone" not in url


# -- paths ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [
    "/token/{}", "/tokens/{}", "/reset-password/{}", "/password-reset/{}", "/sessions/{}", "/session/{}/items", "/api-key/{}/x",
    "/v1/secret/{}", "/x/signature/{}?n=1", "/oauth/token/{}", "/keys/{}", "/auth/{}", "/x;token={}", "/accessToken/{}/",
    "/unsubscribe/{}", "/verify-email/{}", "/confirm/{}?n=1", "/invite/accept/{}", "/a?to=%2Freset%2F{}",
])  # fmt: skip
@pytest.mark.parametrize("kind", ["hex", "base64"])
def test_what_follows_the_name_of_a_secret_in_a_path_is_hidden(path: str, kind: str) -> None:
    secret = secret_of(kind, path)
    for before in ("http://a.example", ""):
        shown = Redaction().text(f'See "{before}{path.format(quote(secret, safe=""))}" for more.')
        assert_hidden({"text": shown}, secret)
        assert shown.startswith(f'See "{before}/')
        assert Redaction().text(shown) == shown


@pytest.mark.parametrize("path", [
    "/sessions", "/sessions/", "/sessions/4", "/sessions/{id}", "/keys/4", "/v2/keys/foo", "/v2/keys/foo/bar", "/sessions/new",
    "/password/reset", "/auth/login", "/tokens/me", "/keyboards/q3abcdef0123456789", "/things/q3abcdef0123456789",
    "/oauth/token", "/api-keys?page=2", "/sessions/no-such-thing-here", "/keys/987654321", "/auth/o/applications", "/confirm/4", "/verify/email",
])  # fmt: skip
def test_other_paths_are_shown(path: str) -> None:
    for before in ("http://a.example", ""):
        assert Redaction().text(f"{before}{path}") == f"{before}{path}"


# -- errors -----------------------------------------------------------------------------------------------------------


def test_an_error_within_the_auditor_does_not_show_them(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = secret_of("base64", "error")

    def fail(*_: object) -> None:
        raise RuntimeError(f"It was {secret}.", {"token": secret}) from KeyError(
            f"http://a.example/?x={quote(secret)}"
        )

    monkeypatch.setattr("restwell_audit.auditing.check_all", fail)
    with pytest.raises(RuntimeError) as caught:
        audited(serving(said([])), False, {"Authorization": f"Bearer {secret}"})
    assert_hidden({"error": repr(caught.value), "cause": repr(caught.value.__cause__)}, secret)


def test_a_traceback_with_arguments_does_not_show_them(restwell_audit: Callable[..., Report]) -> None:
    """pytest shows the arguments of each function in a traceback."""
    secret = secret_of("hex", "traceback")
    with pytest.raises(Unreadable) as caught:
        restwell_audit(wsgi(lambda _: problem(401)), headers={"Authorization": f"Bearer {secret}"})
    own = [each for each in caught.traceback if not str(each.path).endswith("test_secrets.py")]
    shown = str(caught.getrepr(funcargs=True, showlocals=True, style="long", abspath=False)).replace(
        f'"{secret}"', ""
    )
    assert own
    assert secret not in shown.partition("def test_a_traceback")[0]
    hidden = [caught.traceback.filter(caught)]
    assert [str(entry.path).rpartition("/")[2] for some in hidden for entry in some] == ["test_secrets.py"]


@pytest.mark.parametrize("kind", ALPHABETS)
def test_a_repr_does_not_show_them(kind: str) -> None:
    """Debuggers and reporters of errors show the values of variables."""
    secret = secret_of(kind, "repr")
    exchange = Exchange(
        1, "GET", f"/?token={quote(secret, safe='')}", (("Authorization", secret),), body=secret.encode()
    )
    assert_hidden({"repr": repr(exchange)}, secret)


def test_what_a_server_raises_in_process_is_told_without_them() -> None:
    secret = secret_of("anything", "raised").replace("é", "e")

    def raises(request: Request) -> Response:
        if request.path == "/":
            return hal(things="/things")
        raise ValueError(request.fields)

    assert_hidden(printed(audited(raises, False, {"X-Mine": secret})), secret)


def test_the_cut_is_not_within_a_secret() -> None:
    """A report shows the beginning of a content: what is cut off may be a secret."""
    secret = secret_of("hex", "cut", 60)
    for length in range(1850, 2010, 20):
        shown = audited(serving(said({"x": "y" * length, "token": secret})))
        texts = printed(shown)
        assert not any(secret[:12] in text for text in texts.values())
        break_off = audited(serving(said({"x": "y" * length, "n": secret})), False, {"X-Mine": secret})
        assert not any(secret[:12] in text for text in printed(break_off).values())
