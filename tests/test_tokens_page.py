"""docs/tokens.md: its program runs as it stands there, and answers tokens as the page says."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from restwell.access import jwks
from tests.test_pages_of_code import blocks
from tests.tokens import Issuer, claims

LINE = re.compile(
    r"(?P<sub>\w+) \((?P<more>[^)]*)\) (?P<method>[A-Z]+) (?P<path>\S+)(?: (?P<content>\{.*?\}))? "
    r"-> (?P<status>\d{3})(?: (?P<error>\w+))?"
)


def test_the_program_of_the_page_answers_tokens_as_it_says(
    monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    issuer = Issuer("ES256")
    asked: list[str] = []

    def fetched(url: str, fields: Any) -> bytes:
        asked.append(url)
        return json.dumps({"keys": [issuer.public]}).encode()

    monkeypatch.setattr(jwks, "fetched", fetched)
    [program], [told] = blocks("tokens.md", "python"), blocks("tokens.md", "text")
    names: dict[str, Any] = {"__name__": "a_page"}
    exec(compile(program, "tokens.md", "exec"), names)  # noqa: S102 - our own page
    names["revoked"].add("stolen")
    app = names["app"]
    app.config["RESTWELL_DATABASE"] = database_url
    lines = told.splitlines()
    assert len(lines) > 5
    for line in lines:
        match = LINE.fullmatch(line)
        assert match is not None, line
        answer = app.test_client().open(
            match["path"],
            method=match["method"],
            json=None if match["content"] is None else json.loads(match["content"]),
            headers={"Authorization": f"Bearer {token(issuer, match['sub'], match['more'])}"},
        )
        assert answer.status_code == int(match["status"]), line
        assert (match["error"] or "") in answer.headers.get("WWW-Authenticate", ""), line
    assert asked == ["https://login.example.org/jwks.json"]
    names["api"].binding(app).store.close()


def token(issuer: Issuer, subject: str, more: str) -> str:
    """A token of a line: its scopes, or the one claim or parameter that is otherwise."""
    name, equals, value = more.partition("=")
    if not equals:
        return issuer.token(claims(sub=subject, scope=more))
    if name == "typ":
        return issuer.token(claims(sub=subject), issuer.header(typ=value))
    return issuer.token(claims(sub=subject, **{name: value}))
