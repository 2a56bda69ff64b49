"""An authorization server by Authlib, on a socket of this machine: it grants tokens to its clients."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator
from flask import Flask, jsonify
from joserfc.jwk import KeySet, RSAKey
from werkzeug.serving import WSGIRequestHandler, make_server

LIFETIME = 300
SCOPES = {"reader": "notes:read", "writer": "notes:read notes:write"}


class Client(ClientMixin):  # type: ignore[misc]  # which has no types
    """A program that is known to the authorization server by its name and its password."""

    def __init__(self, client_id: str) -> None:
        self.client_id = client_id

    def get_client_id(self) -> str:
        return self.client_id

    def get_allowed_scope(self, scope: str) -> str:
        allowed = SCOPES[self.client_id].split()
        return " ".join(each for each in (scope or "").split() if each in allowed)

    def check_client_secret(self, secret: str) -> bool:
        return secret == "right"

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "client_credentials"


class Issued:
    """A token that was issued: to whom, and what was said of it."""

    def __init__(self, client: Client, said: dict[str, Any]) -> None:
        self.client, self.said, self.begun, self.is_gone = client, said, int(time.time()), False

    def is_expired(self) -> bool:
        return time.time() > self.begun + LIFETIME

    def is_revoked(self) -> bool:
        return self.is_gone


class Authorization:
    """The application, whose tokens are for an audience; `opaque` ones say nothing."""

    def __init__(self, audience: str, *, opaque: bool) -> None:
        self.app = Flask("authorization")
        self.address = ""
        self.audience = audience
        self.key = RSAKey.generate_key(2048, parameters={"use": "sig", "alg": "RS256"}, auto_kid=True)
        self.issued: dict[str, Issued] = {}
        self.server = AuthorizationServer(self.app, query_client=client_of, save_token=self.save)
        self.server.register_grant(ClientCredentialsGrant)
        self.server.register_endpoint(introspecting(self))
        self.opaque = opaque
        self.app.add_url_rule("/token", "token", self.server.create_token_response, methods=["POST"])
        self.app.add_url_rule("/introspect", "introspect", self.introspect, methods=["POST"])
        self.app.add_url_rule("/revoke", "revoke", self.revoke, methods=["POST"])
        self.app.add_url_rule("/jwks.json", "jwks", self.jwks)

    def begin(self, address: str) -> None:
        """Issue tokens by this name."""
        self.address = address
        generator = (
            BearerTokenGenerator(lambda **_: secrets.token_urlsafe(24), expires_generator=lambda *_: LIFETIME)
            if self.opaque
            else signing(self)
        )
        self.server.register_token_generator("default", generator)

    def save(self, token: dict[str, Any], request: Any) -> None:
        self.issued[token["access_token"]] = Issued(request.client, token)

    def introspect(self) -> Any:
        return self.server.create_endpoint_response("introspection")

    def revoke(self) -> str:
        for each in self.issued.values():
            each.is_gone = True
        return ""

    def jwks(self) -> Any:
        return jsonify(KeySet([self.key]).as_dict(private=False))


def client_of(name: str) -> Client | None:
    return Client(name) if name in SCOPES else None


def signing(by: Authorization) -> Any:
    """What makes tokens as RFC 9068 has them."""

    class Signing(JWTBearerTokenGenerator):  # type: ignore[misc]  # which has no types
        def get_jwks(self) -> Any:
            return KeySet([by.key])

        def get_audiences(self, client: Any, user: Any, scope: str) -> list[str]:
            return [by.audience]

        def get_extra_claims(self, client: Any, grant_type: str, user: Any, scope: str) -> dict[str, Any]:
            return {"groups": ["programs"]}

    return Signing(by.address, expires_generator=lambda client, grant_type: LIFETIME)


def introspecting(by: Authorization) -> Any:
    """What tells of tokens as RFC 7662 has it."""

    class Introspecting(IntrospectionEndpoint):  # type: ignore[misc]  # which has no types
        def check_permission(self, token: Any, client: Any, request: Any) -> bool:
            return True

        def query_token(self, token_string: str, token_type_hint: str) -> Issued | None:
            return by.issued.get(token_string)

        def introspect_token(self, token: Issued) -> dict[str, Any]:
            name = token.client.client_id
            return {
                "active": True, "client_id": name, "sub": name, "aud": by.audience, "iss": by.address,
                "scope": token.said["scope"], "token_type": "Bearer", "exp": token.begun + LIFETIME,
            }  # fmt: skip

    return Introspecting


class Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - as it is called
        """Say nothing."""


@contextmanager
def authorizing(audience: str, *, opaque: bool = False) -> Iterator[str]:
    """The address of an authorization server."""
    found = Authorization(audience, opaque=opaque)
    web = make_server("127.0.0.1", 0, found.app, threaded=True, request_handler=Quiet)
    found.begin(f"http://127.0.0.1:{web.server_port}")
    thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield found.address
    finally:
        web.shutdown()
        web.server_close()
        thread.join()
