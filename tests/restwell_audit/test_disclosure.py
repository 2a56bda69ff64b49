"""No report shows a secret, in whatever form: neither those that the audit was given, nor those of the server."""

# ruff: noqa: E501 - the server reads best with a line for each answer

from __future__ import annotations

import io
import json
from base64 import b64encode
from typing import Any
from urllib.parse import quote

import pytest
from rich.console import Console

from restwell_audit import Report, Unreadable, audit
from restwell_audit.disclosure import MAX_EVIDENCE, Disclosure
from restwell_audit.exchanges import Exchange
from restwell_audit.findings import Finding, Untested, rfc
from restwell_audit.redaction import Redaction
from restwell_audit.report import FORMATS, render
from tests.restwell_audit.apis import Api, Request, Response, page, problem, said, wsgi

TOKEN, PASSWORD, TENANT = "t0k3n/+of=the&audit", "pässw0rd-of-the-audit", "tenant-of-the-audit"
GIVEN = {
    "Authorization": f"Basic {b64encode(f'me:{PASSWORD}'.encode()).decode()}", "X-Auth-Token": TOKEN, "X-Tenant": TENANT,
}  # fmt: skip
OF_THE_SERVER = ("secret-of-the-server", "session-of-the-server", "key-of-the-server")
NEVER = (
    TOKEN, quote(TOKEN), quote(TOKEN, safe=""), PASSWORD, json.dumps(PASSWORD)[1:-1], TENANT, GIVEN["Authorization"],
    GIVEN["Authorization"].partition(" ")[2], *OF_THE_SERVER,
)  # fmt: skip


def echoing(request: Request) -> Response:
    """Whatever was sent comes back: in the content, in fields and in links; and what the server itself has to hide."""
    secret, session, key = OF_THE_SERVER
    if request.method not in {"GET", "HEAD", "POST"}:
        return problem(405, Allow="GET, POST", Detail=f"{request.fields}")
    fields: dict[str, Any] = {
        "Set-Cookie": f"sid={session}; HttpOnly", "X_Echo": request.field("x-auth-token"),
        "X_Session_Id": session, "Link": f'</things?api_key={key}>; rel="next", </x/{quote(TOKEN, safe="")}>; rel="up"',
    }  # fmt: skip
    if request.method == "POST":
        return said({"failed": f"{request.fields}", "token": secret}, status=500, **fields)
    if request.path == "/page":
        return page(f'<input name=csrf_token value="{secret}"><p>{request.fields}</p>', f"<a href=/x?key={key}>x</a>")
    seen = {"headers": dict(request.fields), "pairs": [list(each) for each in request.fields.items()]}
    thing = {"id": 1, "name": request.field("x-tenant"), "password": secret, "url": f"/things/1?token={key}"}
    return said([thing | seen] if request.path == "/things" else thing | seen | {"things_url": "/things"}, **fields)


@pytest.fixture(scope="module")
def report() -> Report:
    """What the auditor says of a server that echoes, with every permission."""
    return audit(wsgi(echoing), "/", "/things", "/page", headers=GIVEN, write=True)


def assert_nothing_is_shown(text: str) -> None:
    joined = "".join(text.split())
    for secret in NEVER:
        assert secret not in text
        assert secret.replace(" ", "") not in joined


@pytest.mark.parametrize("form", FORMATS)
def test_no_form_of_a_report_shows_a_secret(report: Report, form: str) -> None:
    text = FORMATS[form](report)
    assert_nothing_is_shown(text)
    if form in {"json", "html", "sarif"}:
        assert "(not" in text


@pytest.mark.parametrize("width", [80, 1000])
def test_neither_does_it_with_every_exchange(report: Report, width: int) -> None:
    out = io.StringIO()
    render(report, Console(file=out, width=width), verbose=True)
    assert_nothing_is_shown(out.getvalue())
    assert "X-Auth-Token: (not shown)" in out.getvalue()


def test_nor_do_its_values(report: Report) -> None:
    assert_nothing_is_shown(repr([vars(each) for each in report.findings]) + repr(report))


def test_evidence_keeps_what_it_shows(report: Report) -> None:
    [cookie] = [each for each in report.findings if type(each).__name__ == "SessionCookie"]
    assert cookie.evidence[0].header("set-cookie") == "sid=(not shown); HttpOnly"
    assert {each.severity for each in report.findings} == {"good", "info", "warn", "bad"}


def failing(request: Request) -> Response:
    raise KeyError(request.field("x-auth-token") * 20)


def redirecting(request: Request) -> Response:
    return Response(
        302, (("Location", f"http://elsewhere.example/?was={quote(request.field('x-auth-token'), safe='')}"),)
    )


@pytest.mark.parametrize("api", [failing, redirecting])
def test_no_error_shows_a_secret(api: Api) -> None:
    with pytest.raises(Unreadable) as caught:
        audit(wsgi(api), headers=GIVEN)
    assert_nothing_is_shown(str(caught.value))


@pytest.mark.parametrize("value", ["kept\x00secret", "kept secrét \u0142", "kept\nsecret"])
def test_a_value_that_cannot_be_sent_is_not_repeated(value: str) -> None:
    with pytest.raises(Unreadable) as caught:
        audit(wsgi(echoing), headers={"X-Other": value})
    assert "kept" not in str(caught.value)


def test_what_is_looked_at_is_told_without_secrets() -> None:
    told: list[str] = []
    audit(wsgi(echoing), headers=GIVEN, progress=lambda _, what: told.append(what))
    assert told
    assert_nothing_is_shown("\n".join(told))


def test_a_password_in_the_url_is_not_shown() -> None:
    with pytest.raises(ValueError) as caught:
        audit("ftp://me:hunter2hunter2@127.0.0.1/?token=abcdefgh")
    assert "hunter2" not in str(caught.value)
    assert "abcdefgh" not in str(caught.value)


class Kind(Finding):
    severity = "info"
    bearing = 1
    summary = "{subject}: {what}."
    explanation = "It is so."
    reference = rfc(9110)


def test_a_finding_is_shown_as_another_that_says_the_same() -> None:
    exchange = Exchange(1, "GET", "/?n=1", body=b"abcdefgh ok")
    finding = Kind("/?n=1", exchange, what="abcdefgh", number=3)
    shown = Disclosure(Redaction({"X": "abcdefgh"})).finding(finding)
    assert (shown.line, shown.details["number"], type(shown)) == ("/?n=1: (not-shown).", 3, Kind)
    assert shown.evidence[0].body == b"(not-shown) ok"
    assert finding.details["what"] == "abcdefgh"


def test_what_was_not_tested_is_shown_without_secrets() -> None:
    shown = Disclosure(Redaction({"X": "abcdefgh"})).untested(Untested(2, "abcdefgh", "/abcdefgh", "?token=x"))
    assert shown == Untested(2, "(not-shown)", "/(not-shown)", "?token=(not-shown)")


def test_of_a_long_content_the_beginning_is_kept_and_its_size_is_told() -> None:
    exchange = Exchange(1, "GET", "/", status=200, body=b"x" * (MAX_EVIDENCE + 5))
    shown = Disclosure(Redaction()).exchange(exchange)
    assert (len(shown.body), shown.left_out) == (MAX_EVIDENCE, 5)
    assert shown.to_dict()["response"]["body"].endswith(f"({MAX_EVIDENCE + 5} bytes)")
