"""Tokens of an authorization server, in an API: who is known by them, what a refusal says, and what is told of it."""

from __future__ import annotations

import json
import logging
import time
import urllib.request
import uuid
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import pytest
from joserfc.jwk import OctKey

from restwell import Api, ApiKeys, Field, Introspection, Jwt, Resource, owner, public, scope, when
from tests.api import BASE, JSON, Register, Served, is_problem, serve
from tests.conformance.authorization import authorizing
from tests.tokens import AUDIENCE, ISSUER, Issuer, claims, encoded

OURS, OTHER = Issuer("ES256"), Issuer("ES256")
METADATA = "/.well-known/oauth-protected-resource"
BEARER = f'Bearer realm="restwell", resource_metadata="{BASE}{METADATA}"'


class Note(Resource):
    """A note of somebody's."""

    name: str = Field(identity=True)
    author: str | None = Field(auto="creator")
    team: str | None = None


def notes(api: Api) -> None:
    own = owner("author")
    api.resource("/notes", read=scope("notes"), create=scope("notes"), update=own, delete=own)(Note)


def papers(api: Api) -> None:
    class Paper(Resource):
        """A paper that everybody may read."""

        name: str = Field(identity=True)

    api.resource("/papers", read=public(), write=scope("papers"))(Paper)


def served_by(url: str, *authenticators: Any, resources: tuple[Register, ...] = (notes, papers)) -> Served:
    jwt = Jwt(issuer=ISSUER, audience=AUDIENCE, algorithm="ES256", key=OURS.public)
    return serve(*resources, database=url, authenticate=authenticators or [ApiKeys(), jwt])


@pytest.fixture
def served(database_url: str) -> Iterator[Served]:
    found = served_by(database_url)
    yield found
    found.close()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_the_subject_and_the_scopes_of_a_token_are_those_of_who_asks(served: Served) -> None:
    ada, eve = bearer(OURS.token()), bearer(OURS.token(claims(sub="eve", jti="t2")))
    created = served.send("POST", "/notes", ada, content={"name": "a"})
    assert created.status == 201
    assert created.json()["author"] == "ada"
    assert served.send("PATCH", "/notes/a", eve, content={"team": "x"}).status in {403, 404}
    assert served.send("PATCH", "/notes/a", ada, content={"team": "x"}).status in {200, 204}
    assert served.send("GET", "/notes", bearer(OURS.token(claims(scope="papers:read")))).status == 403
    assert served.send("GET", "/notes", key=served.key("notes:read")).json()["totalItems"] == 1


def test_what_a_token_has_shaped_is_private(served: Served) -> None:
    found = served.send("GET", "/papers", bearer(OURS.token()))
    assert found["cache-control"] == "private, no-cache"
    assert "Authorization" in found.words("vary")


def test_a_refusal_says_what_is_wanted_and_never_what_is_wrong(served: Served) -> None:
    none = served.send("GET", "/notes")
    assert is_problem(none, 401)
    assert none["www-authenticate"] == BEARER
    old = claims(iat=time.time() - 600, exp=time.time() - 300)
    invalid = 'error="invalid_token", error_description="The credential is unknown, expired or revoked"'
    wrongs = (
        "x", OTHER.token(), OURS.token(claims(aud="x")), OURS.token(claims(iss="x")), OURS.token(claims(exp="1")),
        OURS.token(header=OURS.header(typ="JWT")), OTHER.token(old), OURS.token(claims(extra="x" * 4000)),
    )  # fmt: skip
    for method, target in (("GET", "/notes"), ("GET", "/papers"), ("POST", "/notes"), ("DELETE", "/notes/a")):
        answers = {
            (answer.status, answer["www-authenticate"], answer.body)
            for answer in (served.send(method, target, bearer(each)) for each in wrongs)
        }
        [(status, challenge, _)] = answers
        assert status == 401
        assert challenge == BEARER.replace(", resource", f", {invalid}, resource")
    expired = served.send("GET", "/notes", bearer(OURS.token(old)))
    assert is_problem(expired, 401)
    assert 'error="invalid_token", error_description="The access token has expired' in expired["www-authenticate"]
    assert expired.json()["detail"] == "The access token has expired: get another one."
    lacking = served.send("POST", "/papers", bearer(OURS.token()), content={"name": "a"})
    assert is_problem(lacking, 403)
    assert 'error="insufficient_scope", scope="papers:create"' in lacking["www-authenticate"]


def test_it_is_told_whose_tokens_are_taken(served: Served) -> None:
    found = served.send("GET", METADATA)
    assert found.status == 200
    assert found["content-type"] == JSON
    assert found.json() == {
        "resource": BASE,
        "resource_name": "The tests API",
        "resource_documentation": f"{BASE}/docs",
        "authorization_servers": [ISSUER],
        "bearer_methods_supported": ["header"],
        "scopes_supported": ["papers:create", "papers:delete", "papers:update"],
    }
    assert served.send("HEAD", METADATA).status == 200
    assert served.send("POST", METADATA, content={}).status == 405
    assert "text/html" in served.send("GET", METADATA, {"Accept": "text/html"})["content-type"]


def test_what_a_caller_cannot_see_is_not_among_the_scopes(served: Served) -> None:
    seen = served.send("GET", METADATA, bearer(OURS.token())).json()["scopes_supported"]
    assert {"notes:read", "notes:create"} <= set(seen)


def test_an_api_without_tokens_has_no_such_address(database_url: str) -> None:
    served = served_by(database_url, ApiKeys())
    assert served.send("GET", METADATA).status == 404
    assert METADATA not in served.send("GET", "/openapi.json").json()["paths"]
    assert served.send("GET", "/notes")["www-authenticate"] == 'Bearer realm="restwell"'
    served.close()


def test_openapi_names_tokens(served: Served) -> None:
    found = served.send("GET", "/openapi.json").json()
    scheme = found["components"]["securitySchemes"]["token"]
    assert (scheme["type"], scheme["scheme"], scheme["bearerFormat"]) == ("http", "bearer", "JWT")
    assert "RFC 8725" in scheme["description"]
    assert {"token": []} in found["paths"]["/papers"]["post"]["security"]
    assert found["paths"][METADATA]["get"]["operationId"] == "readProtectedResource"


def test_a_rule_is_given_the_claims(database_url: str) -> None:
    def of_the_team(api: Api) -> None:
        mine = when(lambda note, grant: note.team == grant.claims.get("team"))
        api.resource("/notes", read=mine, create=scope("notes"))(Note)

    served = served_by(database_url, resources=(of_the_team,))
    red, blue = (bearer(OURS.token(claims(team=each, jti=each))) for each in ("red", "blue"))
    assert served.send("POST", "/notes", red, content={"name": "a", "team": "red"}).status == 201
    assert [served.send("GET", "/notes", each).json()["totalItems"] for each in (red, blue)] == [1, 0]
    served.close()


def test_a_token_is_neither_logged_nor_repeated(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("restwell.requests").setLevel(logging.INFO)
    token = OURS.token()
    secrets = token.split(".")[1:]
    with caplog.at_level(logging.DEBUG):
        for target in (
            f"/notes/{token}",
            f"/{token}",
            f"/notes?access_token={token}",
            f"/notes?{token}",
            f"/papers/{token}",
        ):
            for fields in ({}, {"Accept": "text/html"}, bearer(token), bearer(f"{token}x")):
                answer = served.send("GET", target.format(token), fields)
                assert 400 <= answer.status < 500, (target, answer.status)
                said = [str(answer.headers), answer.body.decode(), caplog.text]
                assert not any(secret in text for secret in secrets for text in said), target
        assert served.send("GET", "/papers", {**bearer(token), "X-Request-Id": token})["x-request-id"] != token


def test_two_credentials_are_refused(served: Served) -> None:
    token = OURS.token()
    assert is_problem(served.send("GET", "/notes", {"Authorization": f"Bearer {token}, Bearer {token}"}), 401)
    assert is_problem(served.send("GET", f"/notes?access_token={token}", bearer(token)), 400)


def test_a_token_that_is_bound_to_a_key_is_taken_with_a_proof(database_url: str) -> None:
    jwt = Jwt(issuer=ISSUER, audience=AUDIENCE, algorithm="ES256", key=OURS.public, dpop="required")
    served = serve(notes, papers, database=database_url, authenticate=[ApiKeys(), jwt], url_prefix="/api")
    try:
        assert not isinstance(OTHER.key, OctKey)
        token = OURS.token(claims(cnf={"jkt": OTHER.key.thumbprint()}))

        def proved(method: str, target: str) -> dict[str, str]:
            said = {
                "jti": str(uuid.uuid4()), "htm": method, "htu": f"{BASE}{target}", "iat": int(time.time()),
                "ath": encoded(sha256(token.encode()).digest()),
            }  # fmt: skip
            header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": OTHER.key.as_dict(private=False)}
            return {"Authorization": f"DPoP {token}", "DPoP": OTHER.token(said, header)}

        assert served.send("POST", "/api/notes", proved("POST", "/api/notes"), content={"name": "a"}).status == 201
        assert served.send("GET", "/api/notes?limit=1", proved("GET", "/api/notes")).status == 200
        for wrong in (proved("POST", "/api/notes"), proved("GET", "/notes"), bearer(token), bearer(OURS.token())):
            refused = served.send("GET", "/api/notes", wrong)
            assert is_problem(refused, 401)
            assert (
                'DPoP realm="restwell", algs="ES256 EdDSA RS256", error="invalid_token"'
                in refused["www-authenticate"]
            )
            assert "DPoP" in refused.words("vary")
        found = served.send("GET", f"/api{METADATA}").json()
        assert found["resource"] == f"{BASE}/api"
        assert found["dpop_bound_access_tokens_required"] is True
        assert found["dpop_signing_alg_values_supported"] == ["ES256", "EdDSA", "RS256"]
        assert served.send("GET", "/api/papers", key=served.key("papers:write")).status == 200
        scheme = served.send("GET", "/api/openapi.json").json()["components"]["securitySchemes"]["token"]
        assert scheme["scheme"] == "dpop"
    finally:
        served.close()


# An authorization server, for real.


def post(url: str, client: str, **form: str) -> Any:
    basic = b64encode(f"{client}:right".encode()).decode()
    asked = urllib.request.Request(url, urlencode(form).encode(), {"Authorization": f"Basic {basic}"})
    with urllib.request.urlopen(asked, timeout=5) as answer:
        return json.load(answer)


@pytest.mark.slow
def test_tokens_of_authlib_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")  # on this machine alone
    with authorizing(AUDIENCE) as address:
        jwt = Jwt(issuer=address, audience=AUDIENCE, algorithm="RS256", jwks=f"{address}/jwks.json")
        served = served_by("sqlite://", ApiKeys(), jwt)
        assert served.send("GET", METADATA).json()["authorization_servers"] == [address]

        def token(client: str) -> dict[str, str]:
            form = {"grant_type": "client_credentials", "scope": "notes:read notes:write"}
            return bearer(post(f"{address}/token", client, **form)["access_token"])

        reader, writer = token("reader"), token("writer")
        created = served.send("POST", "/notes", writer, content={"name": "a"})
        assert created.status == 201
        assert created.json()["author"] == "writer"
        assert served.send("GET", "/notes", reader).json()["totalItems"] == 1
        refused = served.send("POST", "/notes", reader, content={"name": "b"})
        assert is_problem(refused, 403)
        assert 'scope="notes:create"' in refused["www-authenticate"]
        elsewhere = Jwt(
            issuer=address, audience="https://b.example.org", algorithm="RS256", jwks=f"{address}/jwks.json"
        )
        other = serve(notes, authenticate=[elsewhere])
        assert is_problem(other.send("GET", "/notes", reader), 401)
        for each in (served, other):
            each.close()


@pytest.mark.slow
def test_opaque_tokens_of_authlib_are_introspected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")  # on this machine alone
    with authorizing(AUDIENCE, opaque=True) as address:
        asked = Introspection(
            url=f"{address}/introspect", client_id="reader", client_secret="right", issuer=address, audience=AUDIENCE,
            keep=0,
        )  # fmt: skip
        served = served_by("sqlite://", ApiKeys(), asked)
        form = {"grant_type": "client_credentials", "scope": "notes:read notes:write"}
        token = bearer(post(f"{address}/token", "writer", **form)["access_token"])
        created = served.send("POST", "/notes", token, content={"name": "a"})
        assert created.status == 201
        assert created.json()["author"] == "writer"
        assert served.send("GET", METADATA).json()["authorization_servers"] == [address]
        assert is_problem(served.send("GET", "/notes", bearer("another")), 401)
        urllib.request.urlopen(urllib.request.Request(f"{address}/revoke", b""), timeout=5).close()
        assert is_problem(served.send("GET", "/notes", token), 401)
        scheme = served.send("GET", "/openapi.json").json()["components"]["securitySchemes"]["token"]
        assert scheme["scheme"] == "bearer"
        served.close()


@pytest.mark.slow
def test_without_the_authorization_server_what_needs_no_token_goes_on(database_url: str) -> None:
    with authorizing(AUDIENCE) as address:
        pass
    jwt = Jwt(issuer=ISSUER, audience=AUDIENCE, algorithm="ES256", jwks=f"{address}/jwks.json")
    served = served_by(database_url, ApiKeys(), jwt)
    refused = served.send("GET", "/notes", bearer(OURS.token()))
    assert is_problem(refused, 503)
    assert refused["retry-after"]
    assert served.send("GET", "/papers").status == 200
    assert served.send("GET", "/notes", key=served.key("notes:read")).status == 200
    served.close()
