"""Access tokens of tests: an issuer with keys of its own, whose tokens are right unless they are made otherwise."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

ISSUER, AUDIENCE = "https://login.example.org", "https://api.example.org"
SECRET = b"a secret of tests, of 32 bytes.."
ALGORITHMS = jws.JWSRegistry.algorithms
Key = RSAKey | ECKey | OKPKey | OctKey
MAKE: Mapping[str, Callable[[], Key]] = {
    "RS256": lambda: RSAKey.generate_key(2048),
    "ES256": lambda: ECKey.generate_key("P-256"),
    "EdDSA": lambda: OKPKey.generate_key("Ed25519"),
    "HS256": lambda: OctKey.import_key(SECRET),
}
LEFT_OUT: Any = object()
"""Stands for a claim or a parameter that is not there."""


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def written(data: Mapping[str, Any] | str | bytes) -> str:
    """A part of a token: an object, or a text as it is."""
    if isinstance(data, Mapping):
        data = json.dumps({name: value for name, value in data.items() if value is not LEFT_OUT})
    return encoded(data.encode() if isinstance(data, str) else data)


def claims(**more: Any) -> dict[str, Any]:
    """The claims of a right token, but for those that are given."""
    now = int(time.time())
    right = {
        "iss": ISSUER, "sub": "ada", "aud": AUDIENCE, "exp": now + 600, "iat": now, "jti": "t1", "client_id": "app",
        "scope": "notes:read notes:write",
    }  # fmt: skip
    return right | more


class Issuer:
    """Signs tokens by one algorithm, with a key that has a name."""

    def __init__(self, algorithm: str = "ES256", kid: str = "k1") -> None:
        self.algorithm, self.kid = algorithm, kid
        self.key = MAKE[algorithm]()

    @property
    def public(self) -> dict[str, Any]:
        """The key as it is published."""
        return {**self.key.as_dict(private=False), "kid": self.kid, "use": "sig", "alg": self.algorithm}

    @property
    def given(self) -> Any:
        """The key as it is given to Jwt."""
        return SECRET if self.algorithm == "HS256" else self.public

    def header(self, **more: Any) -> dict[str, Any]:
        return {"alg": self.algorithm, "typ": "at+jwt", "kid": self.kid, **more}

    def token(self, said: Any = None, header: Any = None) -> str:
        """A token; its claims and its header are those of a right one where nothing is given."""
        signed = (
            f"{written(self.header() if header is None else header)}.{written(claims() if said is None else said)}"
        )
        return f"{signed}.{encoded(ALGORITHMS[self.algorithm].sign(signed.encode(), self.key))}"


class Publisher:
    """A server of keys on this machine: what it answers with, and how often it was asked."""

    def __init__(self) -> None:
        self.keys: list[Any] = []
        self.asked = 0
        self.answer: Callable[[BaseHTTPRequestHandler], None] | None = None
        self.url = ""

    def send(self, handler: BaseHTTPRequestHandler) -> None:
        self.asked += 1
        if self.answer is not None:
            self.answer(handler)
            return
        respond(handler, json.dumps({"keys": self.keys}).encode())


def respond(handler: BaseHTTPRequestHandler, content: bytes, status: int = 200, **fields: str) -> None:
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(content)))
    for name, value in fields.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(content)


@contextmanager
def publishing(*keys: Any, publisher: Publisher | None = None) -> Iterator[Publisher]:
    """A publisher of these keys, or one of another kind."""
    found = publisher or Publisher()
    found.keys = list(keys)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.send(self)

        def do_POST(self) -> None:
            found.send(self)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as it is called
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that went away is what some tests are about."""

    server = Quiet(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_address[1]}/jwks.json"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
