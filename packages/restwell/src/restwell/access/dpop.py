"""Proofs that who sends a token has the key that it is bound to (RFC 9449): the DPoP header field.

A proof is for one request: it names the method, the URL and the token, is a minute old at most, and is taken once by
each process. There are no nonces.
"""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Mapping
from hashlib import sha256
from itertools import islice
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson

from ..http.messages import Request
from ..http.problems import Unavailable
from ..model.errors import DeclarationError
from .claims import LEEWAY, UNWANTED, NotValid, is_text, seconds_of, taken_apart
from .signatures import Signatures

ALGORITHMS = ("ES256", "EdDSA", "RS256")
"""Those that proofs are signed by: a shared secret proves nothing."""
WINDOW = 60
"""Seconds for which a proof is good."""
MAX_PROOFS = 50_000
"""Proofs that are remembered, so that none is taken twice: further ones are 503 until the oldest has become old."""
BUSY = "There are more proofs at the moment than can be remembered: try again soon."
MEMBERS: Mapping[str, tuple[str, ...]] = {
    "RSA": ("e", "kty", "n"), "EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x"),
}  # fmt: skip
"""The members of a key that name it, in their order (RFC 7638, section 3.2; RFC 8037, section 2)."""
PORTS = {"http": 80, "https": 443}


class Proofs:
    """Checks proofs, and remembers those that were taken."""

    def __init__(self) -> None:
        self._signatures = {each: Signatures(each) for each in ALGORITHMS}
        self._taken: dict[bytes, float] = {}
        self._lock = threading.Lock()

    def check(self, request: Request, token: str, confirmation: object) -> None:
        """Hold the proof of a request against it, its token and the `cnf` of that. Raises NotValid, Unavailable.

        `origin` of the request is the base URL of the API.
        """
        header, claims, signed, signature = taken_apart(request.headers.get("dpop", ""))
        algorithm, key = header.get("alg"), header.get("jwk")
        if header.get("typ") != "dpop+jwt" or algorithm not in ALGORITHMS or not isinstance(key, dict):
            raise NotValid("the proof has another typ, alg or jwk")
        if not UNWANTED.isdisjoint(header.keys() - {"jwk"}) or "d" in key:
            raise NotValid("the header of the proof has a parameter that is not taken")
        name = thumbprint(key)
        if not isinstance(confirmation, Mapping) or dict(confirmation) != {"jkt": name}:
            raise NotValid("the token is bound to another key")
        self._check_claims(claims, request, token)
        signatures = self._signatures[algorithm]
        try:
            imported = signatures.key(key)
        except DeclarationError as error:
            raise NotValid("the key of the proof is not one") from error
        if not signatures.are_right(signed, signature, imported):
            raise NotValid("the signature of the proof is not right")
        self._take(sha256(f"{name} {claims['jti']}".encode()).digest())

    @staticmethod
    def _check_claims(claims: Mapping[str, Any], request: Request, token: str) -> None:
        if not is_text(claims.get("jti")):
            raise NotValid("jti of the proof is missing")
        if claims.get("htm") != request.method or not _is_here(claims.get("htu"), request):
            raise NotValid("the proof is for another request")
        if claims.get("ath") != _encoded(sha256(token.encode()).digest()):
            raise NotValid("the proof is for another token")
        if not -LEEWAY <= time.time() - seconds_of(claims, "iat") <= WINDOW:
            raise NotValid("the proof is too old, or of the future")

    def _take(self, proof: bytes) -> None:
        """Take a proof, once. Raises NotValid for one that was taken, Unavailable where there are too many."""
        now = time.monotonic()
        with self._lock:
            for each, until in list(islice(self._taken.items(), 2)):
                if until <= now:  # two go for one that comes, so that few are there that are no longer good
                    del self._taken[each]
            if proof in self._taken:
                raise NotValid("the proof was taken before")
            if len(self._taken) >= MAX_PROOFS:
                raise Unavailable(BUSY)
            self._taken[proof] = now + WINDOW + LEEWAY


def thumbprint(key: Mapping[str, Any]) -> str:
    """The name of a public key (RFC 7638). Raises NotValid for what is not one."""
    members = MEMBERS.get(str(key.get("kty")))
    if members is None or not all(is_text(key.get(each)) for each in members):
        raise NotValid("the key of the proof is not one")
    return _encoded(sha256(orjson.dumps({each: key[each] for each in members})).digest())


def _is_here(url: object, request: Request) -> bool:
    """Whether a URL is that of a request, whatever its query (RFC 9449, section 4.3; RFC 3986, section 6.2.2)."""
    try:
        return isinstance(url, str) and _parts(url) == _parts(request.origin, request.path)
    except ValueError:
        return False


def _parts(url: str, behind: str = "") -> tuple[object, ...]:
    parts = urlsplit(url)
    path = unquote(parts.path, errors="surrogateescape") + behind
    return parts.scheme, parts.username, parts.hostname, parts.port or PORTS.get(parts.scheme), path or "/"


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
