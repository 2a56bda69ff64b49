"""A token that is bound to a key is taken from who proves to have it, for one request at a time."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from joserfc.jwk import OctKey

from restwell import Jwt
from restwell.access import dpop
from restwell.access.dpop import Proofs, thumbprint
from restwell.access.grant import Grant
from restwell.access.identifying import Identifying
from restwell.access.tokens import LIFETIME
from restwell.http.messages import Request
from restwell.http.problems import InvalidCredential, Unauthorized, Unavailable
from restwell.model.errors import DeclarationError
from tests.tokens import ALGORITHMS, AUDIENCE, ISSUER, LEFT_OUT, Issuer, claims, encoded, written

OURS = Issuer("ES256")
HOLDER, THIEF = Issuer("ES256"), Issuer("ES256")
BASE = "https://api.example.org/v1"


def name_of(holder: Issuer) -> str:
    assert not isinstance(holder.key, OctKey)
    return holder.key.thumbprint()


LATER = int(time.time()) + LIFETIME - 60
"""When tokens expire that are made once, however long all tests take."""
TOKEN = OURS.token(claims(cnf={"jkt": name_of(HOLDER)}, exp=LATER))
FREE = OURS.token(claims(exp=LATER))


def accepting(how: Any = "accepted") -> Jwt:
    return Jwt(issuer=ISSUER, audience=AUDIENCE, algorithm="ES256", key=OURS.public, dpop=how)


def proof(holder: Issuer = HOLDER, header: dict[str, Any] | None = None, token: str = TOKEN, **more: Any) -> str:
    said = {
        "jti": str(uuid.uuid4()), "htm": "GET", "htu": f"{BASE}/notes", "iat": int(time.time()),
        "ath": encoded(sha256(token.encode()).digest()), **more,
    }  # fmt: skip
    jwk = holder.key.as_dict(private=False)
    return holder.token(said, {"typ": "dpop+jwt", "alg": holder.algorithm, "jwk": jwk, **(header or {})})


def sent(
    jwt: Jwt, shown: str | None, scheme: str = "DPoP", token: str = TOKEN, path: str = "/notes", method: str = "GET"
) -> Grant | None:
    """What is granted at the base URL, as an API asks."""
    headers = {"authorization": f"{scheme} {token}", **({} if shown is None else {"dpop": shown})}
    request = Request(method, path, headers=headers, origin="http://behind.a.proxy")
    try:
        return Identifying([jwt]).grant(request, BASE, lambda _: None)
    except InvalidCredential:
        return None


@pytest.mark.parametrize("algorithm", dpop.ALGORITHMS)
def test_who_has_the_key_is_known(algorithm: str) -> None:
    holder = Issuer(algorithm)
    token = OURS.token(claims(cnf={"jkt": name_of(holder)}))
    for how in ("accepted", "required"):
        grant = sent(accepting(how), proof(holder, token=token), token=token)
        assert grant is not None
        assert grant.subject == "ada"


@pytest.mark.parametrize("kind", ["RS256", "ES256", "EdDSA"])
def test_a_key_is_named_as_joserfc_names_it(kind: str) -> None:
    holder = Issuer(kind)
    assert thumbprint(holder.public) == name_of(holder)


URLS = [
    f"{BASE}/notes", f"{BASE}/notes?a=b", f"{BASE}/notes#x", "HTTPS://API.example.org:443/v1/notes",
    "https://api.example.org/v1/n%6Ftes",
]  # fmt: skip


@pytest.mark.parametrize("url", URLS)
def test_a_url_is_compared_as_urls_are(url: str) -> None:
    assert sent(accepting(), proof(htu=url)) is not None


def test_a_path_that_is_percent_encoded_is_found() -> None:
    assert sent(accepting(), proof(htu=f"{BASE}/notes/zo%C3%AB%2F"), path="/notes/zoë/") is not None


def by_secret() -> str:
    secret = OctKey.import_key(b"x" * 32)
    signed = (
        f"{written({'typ': 'dpop+jwt', 'alg': 'HS256', 'jwk': secret.as_dict(private=True)})}.{written(claims())}"
    )
    return f"{signed}.{encoded(ALGORITHMS['HS256'].sign(signed.encode(), secret))}"


WRONG: dict[str, Callable[[], str | None]] = {
    "none": lambda: None,
    "empty": lambda: "",
    "two": lambda: f"{proof()}, {proof()}",
    "too long": lambda: proof(extra="x" * 4000),
    "by another key": lambda: proof(THIEF),
    "by another key, with the right one in it": lambda: proof(THIEF, {"jwk": HOLDER.key.as_dict(private=False)}),
    "typ of a token": lambda: proof(header={"typ": "at+jwt"}),
    "typ is missing": lambda: proof(header={"typ": LEFT_OUT}),
    "alg none": lambda: proof(header={"alg": "none"}),
    "alg of a secret": by_secret,
    "no key": lambda: proof(header={"jwk": LEFT_OUT}),
    "the key is a text": lambda: proof(header={"jwk": "x"}),
    "the private key": lambda: proof(header={"jwk": HOLDER.key.as_dict(private=True)}),
    "a key that is not one": lambda: proof(header={"jwk": {**HOLDER.key.as_dict(private=False), "x": "AAAA"}}),
    "x5u": lambda: proof(header={"x5u": "https://evil.example"}),
    "crit": lambda: proof(header={"crit": ["x"], "x": 1}),
    "another method": lambda: proof(htm="POST"),
    "the method in lower case": lambda: proof(htm="get"),
    "no method": lambda: proof(htm=LEFT_OUT),
    "another path": lambda: proof(htu=f"{BASE}/notes/"),
    "another host": lambda: proof(htu="https://api.example.com/v1/notes"),
    "another scheme": lambda: proof(htu="http://api.example.org/v1/notes"),
    "another port": lambda: proof(htu="https://api.example.org:8443/v1/notes"),
    "a name before the host": lambda: proof(htu="https://a@api.example.org/v1/notes"),
    "the host that a proxy asks": lambda: proof(htu="http://behind.a.proxy/notes"),
    "a port that is not one": lambda: proof(htu="https://api.example.org:x/v1/notes"),
    "the URL is a list": lambda: proof(htu=[f"{BASE}/notes"]),
    "no URL": lambda: proof(htu=LEFT_OUT),
    "of another token": lambda: proof(token=FREE),
    "of no token": lambda: proof(ath=LEFT_OUT),
    "old": lambda: proof(iat=int(time.time()) - dpop.WINDOW - 2),
    "of the future": lambda: proof(iat=int(time.time()) + 40),
    "iat is a text": lambda: proof(iat=str(int(time.time()))),
    "iat is missing": lambda: proof(iat=LEFT_OUT),
    "jti is missing": lambda: proof(jti=LEFT_OUT),
    "jti is a number": lambda: proof(jti=1),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_proof_that_is_wrong_in_one_way_is_refused(name: str) -> None:
    assert sent(accepting(), WRONG[name]()) is None


def test_a_proof_is_taken_once() -> None:
    jwt, shown = accepting(), proof()
    assert sent(jwt, shown) is not None
    assert sent(jwt, shown) is None
    assert sent(jwt, proof(jti="a")) is not None
    assert sent(jwt, proof(jti="a", iat=int(time.time()) - 1)) is None
    assert sent(jwt, proof()) is not None


def test_as_many_proofs_are_remembered_as_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dpop, "MAX_PROOFS", 3)
    jwt = accepting()
    for _ in range(3):
        assert sent(jwt, proof()) is not None
    with pytest.raises(Unavailable):
        sent(jwt, proof())
    begun = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: begun + dpop.WINDOW + 100)
    assert sent(jwt, proof()) is not None
    assert isinstance(jwt._proofs, Proofs)
    assert len(jwt._proofs._taken) == 2


def test_a_token_that_is_bound_is_no_bearer_token() -> None:
    assert sent(accepting(), proof(), "Bearer") is None
    assert sent(accepting(None), None, "Bearer") is None
    assert sent(accepting(None), proof()) is None
    for confirmation in ({"x5t#S256": "x"}, {}, None, "x"):
        token = OURS.token(claims(cnf=confirmation))
        assert sent(accepting(), None, "Bearer", token) is None
        assert sent(accepting(), proof(token=token), token=token) is None
    both = OURS.token(claims(cnf={"jkt": name_of(HOLDER), "x5t#S256": "x"}))
    assert sent(accepting(), proof(token=both), token=both) is None


def test_a_token_that_is_not_bound_is_a_bearer_token_where_these_are_taken() -> None:
    assert sent(accepting(), None, "Bearer", FREE) is not None
    assert sent(accepting("required"), None, "Bearer", FREE) is None
    assert sent(accepting(), proof(token=FREE), token=FREE) is None


def test_a_challenge_names_what_is_taken() -> None:
    algs = 'DPoP realm="restwell", algs="ES256 EdDSA RS256"'
    assert Identifying([accepting("required")]).challenge(Unauthorized(), []) == algs
    assert Identifying([accepting()]).challenge(Unauthorized(), []) == f'Bearer realm="restwell", {algs}'
    told = Identifying([accepting("required")]).challenge(InvalidCredential(), [], BASE)
    assert told.startswith(f'{algs}, error="invalid_token"')
    assert told.endswith(f'resource_metadata="{BASE}/.well-known/oauth-protected-resource"')
    assert Identifying([accepting()]).reads == ("Authorization", "DPoP")
    assert Identifying([accepting(None)]).reads == ("Authorization",)


def test_what_is_not_a_way_is_refused() -> None:
    with pytest.raises(DeclarationError, match='"required" or "accepted"'):
        accepting("yes")
