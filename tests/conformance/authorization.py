"""An authorization server by Authlib, on a socket of this machine: it grants tokens to its clients."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
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


class Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - as it is called
        """Say nothing."""


@contextmanager
def authorizing(audience: str) -> Iterator[str]:
    """The address of an authorization server, whose tokens are for this audience."""
    app = Flask("authorization")
    key = RSAKey.generate_key(2048, parameters={"use": "sig", "alg": "RS256"}, auto_kid=True)
    server = AuthorizationServer(
        app,
        query_client=lambda name: Client(name) if name in SCOPES else None,
        save_token=lambda token, request: None,
    )
    web = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    address = f"http://127.0.0.1:{web.server_port}"

    class Tokens(JWTBearerTokenGenerator):  # type: ignore[misc]  # which has no types
        def get_jwks(self) -> Any:
            return KeySet([key])

        def get_audiences(self, client: Any, user: Any, scope: str) -> list[str]:
            return [audience]

        def get_extra_claims(self, client: Any, grant_type: str, user: Any, scope: str) -> dict[str, Any]:
            return {"groups": ["programs"]}

    server.register_token_generator("default", Tokens(address, expires_generator=lambda client, grant_type: LIFETIME))
    server.register_grant(ClientCredentialsGrant)

    @app.post("/token")
    def token() -> Any:
        return server.create_token_response()

    @app.get("/jwks.json")
    def jwks() -> Any:
        return jsonify(KeySet([key]).as_dict(private=False))

    thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield address
    finally:
        web.shutdown()
        web.server_close()
        thread.join()
