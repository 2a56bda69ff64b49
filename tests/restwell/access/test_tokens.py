"""A token that is right is a grant, and one that is wrong in a single way is not."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from restwell import Jwt
from restwell.access import holders
from restwell.access.authenticators import EXPIRED, authenticators_of
from restwell.access.grant import Grant
from restwell.http.messages import Request
from restwell.http.problems import InvalidCredential
from restwell.model.errors import DeclarationError
from tests.tokens import ALGORITHMS, AUDIENCE, ISSUER, LEFT_OUT, SECRET, Issuer, claims, encoded, written

EVERY = [Issuer(each) for each in ("RS256", "ES256", "EdDSA", "HS256")]
OURS = EVERY[1]
OTHER = Issuer("ES256")
NOW = time.time()
REQUIRED = ("iss", "aud", "exp", "iat", "sub", "client_id", "jti")


def accepting(of: Issuer = OURS, /, **more: Any) -> Jwt:
    arguments = {"issuer": ISSUER, "audience": AUDIENCE, "algorithm": of.algorithm, "key": of.given}
    return Jwt(**{**arguments, **more})


JWT = accepting()


def sent(value: str, jwt: Jwt = JWT) -> Grant | None:
    return jwt.grant(Request("GET", "/", headers={"authorization": value}), lambda _: None)


def granted(token: str, jwt: Jwt = JWT) -> Grant | None:
    return sent(f"Bearer {token}", jwt)


@pytest.mark.parametrize("issuer", EVERY, ids=lambda each: each.algorithm)
def test_a_right_token_is_a_grant(issuer: Issuer) -> None:
    said = claims(groups=["editors"], roles=["admin"], extra={"deep": [1, {"a": 2}]})
    grant = granted(issuer.token(said), accepting(issuer))
    assert grant is not None
    assert (grant.subject, grant.credential) == ("ada", "t1")
    assert grant.scopes == {"notes:read", "notes:write"}
    assert grant.groups == {"editors", "admin"}
    assert grant.claims["extra"]["deep"][1]["a"] == 2
    with pytest.raises(TypeError):
        grant.claims["extra"]["deep"][1]["a"] = 3


RIGHT: dict[str, Callable[[], str]] = {
    "typ with application/": lambda: OURS.token(header=OURS.header(typ="application/at+jwt")),
    "no kid": lambda: OURS.token(header=OURS.header(kid=LEFT_OUT)),
    "aud is an array": lambda: OURS.token(claims(aud=["https://other.example.org", AUDIENCE])),
    "no scope": lambda: OURS.token(claims(scope=LEFT_OUT)),
    "an empty scope": lambda: OURS.token(claims(scope="")),
    "times with fractions": lambda: OURS.token(claims(iat=time.time() - 0.5, exp=time.time() + 60.25)),
    "nbf has come": lambda: OURS.token(claims(nbf=NOW)),
    "nbf comes within the leeway": lambda: OURS.token(claims(nbf=time.time() + 20)),
    "iat comes within the leeway": lambda: OURS.token(claims(iat=time.time() + 20)),
    "expired within the leeway": lambda: OURS.token(claims(iat=NOW - 100, exp=time.time() - 20)),
    "valid for an hour": lambda: OURS.token(claims(iat=int(NOW), exp=int(NOW) + 3600)),
    "not in ASCII": lambda: OURS.token(claims(sub="zoë", groups=["größe"])),
}


@pytest.mark.parametrize("name", RIGHT)
def test_what_may_be_otherwise_is_taken(name: str) -> None:
    assert granted(RIGHT[name]()) is not None


def replaced(before: str, after: str) -> Callable[[], str]:
    """A token whose claims are the text of right ones, with a part replaced."""

    def make() -> str:
        text = json.dumps(claims())
        assert before in text
        return OURS.token(text.replace(before, after, 1))

    return make


def said(**more: Any) -> Callable[[], str]:
    return lambda: OURS.token(claims(**more))


def headed(**more: Any) -> Callable[[], str]:
    return lambda: OURS.token(header=OURS.header(**more))


def signed_by(key: Any, algorithm: str, header: Mapping[str, Any]) -> str:
    signed = f"{written(header)}.{written(claims())}"
    return f"{signed}.{encoded(ALGORITHMS[algorithm].sign(signed.encode(), key))}"


def changed_behind_the_signature() -> str:
    header, _, signature = OURS.token().split(".")
    return f"{header}.{written(claims(sub='eve'))}.{signature}"


def by_the_public_key_as_a_secret() -> str:
    """The confusion of algorithms (RFC 8725, section 2.1): HS256 with what everybody knows."""
    secret = OctKey.import_key(json.dumps(OURS.public).encode())
    return signed_by(secret, "HS256", OURS.header(alg="HS256"))


JWK = OTHER.public
WRONG: dict[str, Callable[[], str]] = {
    # the form
    "longer than 4096 bytes": said(extra="x" * 4000),
    "no signature": lambda: OURS.token().rpartition(".")[0] + ".",
    "two parts": lambda: OURS.token().rpartition(".")[0],
    "a part more": lambda: f"{OURS.token()}.",
    "encrypted, of five parts": lambda: f"{OURS.token()}.e30.e30",
    "padded": lambda: f"{OURS.token()}=",
    "a space in it": lambda: OURS.token().replace(".", ". ", 1),
    "Base64 of the other alphabet": lambda: "+/" + OURS.token(),
    "a part that is no Base64": lambda: "a" + OURS.token(),
    # the header
    "alg none": lambda: f"{written(OURS.header(alg='none'))}.{written(claims())}.{encoded(b'x')}",
    "alg none without a signature": lambda: f"{written(OURS.header(alg='none'))}.{written(claims())}.",
    "alg is missing": headed(alg=LEFT_OUT),
    "alg in lower case": headed(alg="es256"),
    "alg is a list": headed(alg=["ES256"]),
    "another alg": lambda: signed_by(EVERY[0].key, "RS256", EVERY[0].header()),
    "HS256 with the public key": by_the_public_key_as_a_secret,
    "typ is missing": headed(typ=LEFT_OUT),
    "typ JWT": headed(typ="JWT"),
    "typ of a proof": headed(typ="dpop+jwt"),
    "typ of a logout token": headed(typ="logout+jwt"),
    "typ is null": headed(typ=None),
    "typ is a list": headed(typ=["at+jwt"]),
    "kid is a number": headed(kid=1),
    "jku": headed(jku="https://evil.example/keys"),
    "x5u": headed(x5u="https://evil.example/keys"),
    "jwk": lambda: OTHER.token(header=OTHER.header(jwk=JWK)),
    "jwk of ours": headed(jwk=OURS.public),
    "x5c": headed(x5c=["MIIB"]),
    "crit": headed(crit=["exp"], exp=1),
    "crit is empty": headed(crit=[]),
    "b64": headed(b64=False),
    "b64 is true": headed(b64=True),
    "enc": headed(enc="A128GCM"),
    "zip": headed(zip="DEF"),
    "a member twice in the header": lambda: OURS.token(header='{"alg":"none","alg":"ES256","typ":"at+jwt"}'),
    "the header is a list": lambda: OURS.token(header="[]"),
    "the header is not JSON": lambda: OURS.token(header="{"),
    # the signature
    "another key": OTHER.token,
    "the claims were changed": changed_behind_the_signature,
    "the header was changed": lambda: written(OURS.header(a=1)) + "." + OURS.token().partition(".")[2],
    "a byte of the signature is missing": lambda: OURS.token()[:-2],
    "a signature of zeros": lambda: OURS.token().rpartition(".")[0] + "." + encoded(b"\0" * 64),
    # the claims
    **{f"{name} is missing": said(**{name: LEFT_OUT}) for name in REQUIRED},
    **{f"{name} is null": said(**{name: None}) for name in REQUIRED},
    **{f"{name} is a number": said(**{name: 7}) for name in ("iss", "sub", "aud", "jti", "client_id", "scope")},
    **{f"{name} is a list": said(**{name: ["ada"]}) for name in ("iss", "sub", "jti", "client_id", "scope")},
    **{f"{name} is empty": said(**{name: ""}) for name in ("iss", "sub", "aud", "jti", "client_id")},
    **{f"{name} is a text": said(**{name: str(int(NOW))}) for name in ("exp", "iat", "nbf")},
    **{f"{name} is true": said(**{name: True}) for name in ("exp", "iat", "nbf")},
    **{f"{name} is negative": said(**{name: -1}) for name in ("exp", "iat", "nbf")},
    **{f"{name} is huge": said(**{name: 10**400}) for name in ("exp", "iat", "nbf")},
    "another iss": said(iss="https://login.example.com"),
    "iss with a slash more": said(iss=f"{ISSUER}/"),
    "another aud": said(aud="https://other.example.org"),
    "aud begins as ours": said(aud=f"{AUDIENCE}.evil.example"),
    "aud is an empty array": said(aud=[]),
    "aud has a number": said(aud=[AUDIENCE, 7]),
    "aud is an object": said(aud={AUDIENCE: 1}),
    "iat is yet to come": lambda: OURS.token(claims(iat=time.time() + 60, exp=time.time() + 120)),
    "nbf is yet to come": lambda: OURS.token(claims(nbf=time.time() + 60)),
    "nbf is null": said(nbf=None),
    "valid for more than an hour": lambda: OURS.token(claims(iat=int(NOW), exp=int(NOW) + 3601)),
    "exp before iat": lambda: OURS.token(claims(iat=int(NOW) + 10, exp=int(NOW) + 9)),
    "exp is NaN": lambda: OURS.token(json.dumps(claims(exp=float("nan")))),
    "exp is infinite": lambda: OURS.token(json.dumps(claims(exp=float("inf")))),
    "exp beyond a double": replaced('"exp": ', '"exp": 1e400, "was": '),
    "exp of 4000 digits": replaced('"exp": ', '"exp": ' + "9" * 1900 + ', "was": '),
    "a claim twice": replaced('"sub": "ada"', '"sub": "eve", "sub": "ada"'),
    "a claim twice, deeper": replaced('"sub": "ada"', '"x": {"a": 1, "a": 2}, "sub": "ada"'),
    "a claim twice, once as an escape": replaced('"sub": "ada"', '"\\u0073ub": "eve", "sub": "ada"'),
    "half a surrogate": replaced("ada", "\\ud800"),
    "NUL in sub": said(sub="ada\0"),
    "a line break in sub": said(sub="ada\n"),
    "a line break in jti": said(jti="t\r\n1"),
    "scope with two spaces": said(scope="notes:read  notes:write"),
    "scope with a quote": said(scope='notes:read"'),
    "scope with a tab": said(scope="a\tb"),
    "groups is a text": said(groups="editors"),
    "groups has a number": said(groups=[1]),
    "roles is an object": said(roles={"admin": True}),
    "not UTF-8": lambda: OURS.token(json.dumps(claims(sub="zoë"), ensure_ascii=False).encode("latin-1")),
    "a byte order mark": lambda: OURS.token("\ufeff" + json.dumps(claims())),
    "UTF-16": lambda: OURS.token(json.dumps(claims()).encode("utf-16")),
    "something behind the claims": lambda: OURS.token(json.dumps(claims()) + "{}"),
    "the claims are a list": lambda: OURS.token(f"[{json.dumps(claims())}]"),
    "deep": lambda: OURS.token('{"a":' + "[" * 1400 + "]" * 1400 + "}"),
    "a comment": lambda: OURS.token("/**/" + json.dumps(claims())),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_in_one_way_is_refused(name: str) -> None:
    assert granted(WRONG[name]()) is None


@pytest.mark.parametrize("value", ["{}", "Basic {}", "DPoP {}", "Bearer", "Bearer {} {}", "Bearer\t{}", "Token {}"])
def test_another_form_of_the_field_is_refused(value: str) -> None:
    assert sent(value.replace("{}", OURS.token())) is None


@pytest.mark.parametrize("value", ["Bearer {}", "bearer {}", "BEARER   {}  "])
def test_the_scheme_is_read_as_http_has_it(value: str) -> None:
    assert sent(value.replace("{}", OURS.token())) is not None


def test_a_token_that_has_expired_is_told_so_and_one_that_is_wrong_beside_is_not() -> None:
    old = claims(iat=NOW - 600, exp=NOW - 60)
    with pytest.raises(InvalidCredential) as caught:
        granted(OURS.token(old))
    assert caught.value.detail == EXPIRED
    assert granted(OTHER.token(old)) is None
    assert granted(OURS.token({**old, "aud": "https://other.example.org"})) is None


def test_who_it_is_and_in_which_groups_can_be_told_by_functions() -> None:
    def subject(said: Mapping[str, Any]) -> str | None:
        return None if said["sub"] == "eve" else f"{said['client_id']}/{said['sub']}"

    def groups(said: Mapping[str, Any]) -> list[str]:
        return list(said["realm_access"]["roles"])

    jwt = accepting(subject=subject, groups=groups)
    grant = granted(OURS.token(claims(realm_access={"roles": ["admin"]})), jwt)
    assert grant is not None
    assert grant.subject == "app/ada"
    assert grant.groups == {"admin"}
    assert granted(OURS.token(claims(sub="eve")), jwt) is None
    named = granted(OURS.token(claims(groups=["a"], teams=["b"])), accepting(groups=["teams"]))
    assert named is not None
    assert named.groups == {"b"}


def test_several_audiences_and_another_lifetime_can_be_declared() -> None:
    jwt = accepting(audience=["urn:a", "urn:b"], max_lifetime=60)
    soon = int(time.time()) + 50
    assert granted(OURS.token(claims(aud="urn:b", exp=soon)), jwt) is not None
    assert granted(OURS.token(claims(aud="urn:c", exp=soon)), jwt) is None
    assert granted(OURS.token(claims(aud="urn:b")), jwt) is None


# Once, and not again.


class Counted:
    """The signatures of an authenticator, counted."""

    def __init__(self, jwt: Jwt) -> None:
        self.verified = 0
        self._right = jwt._signatures.are_right
        jwt._signatures.are_right = self._verify  # type: ignore[method-assign,assignment]  # to count

    def _verify(self, *of: Any) -> bool:
        self.verified += 1
        return self._right(*of)


def test_a_token_is_verified_once_and_asked_for_on_every_request_whether_it_is_revoked() -> None:
    revoked: set[str] = set()
    jwt = accepting(revoked=lambda said: said["jti"] in revoked)
    counted, token = Counted(jwt), OURS.token()
    assert all(granted(token, jwt) is not None for _ in range(5))
    assert counted.verified == 1
    revoked.add("t1")
    assert granted(token, jwt) is None
    revoked.clear()
    assert granted(token, jwt) is not None
    assert counted.verified == 1


def test_a_token_that_is_remembered_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    jwt, token = accepting(), OURS.token()
    assert granted(token, jwt) is not None
    later = time.time() + 600 + 29
    monkeypatch.setattr(time, "time", lambda: later)
    assert granted(token, jwt) is not None
    monkeypatch.setattr(time, "time", lambda: later + 2)
    with pytest.raises(InvalidCredential):
        granted(token, jwt)


def test_what_is_refused_is_not_remembered_and_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holders, "MAX_KNOWN", 3)
    jwt = accepting()
    for number in range(5):
        assert granted(OURS.token(claims(jti=f"t{number}")), jwt) is not None
        assert granted(OTHER.token(claims(jti=f"t{number}")), jwt) is None
    assert [each.grant.credential for each in jwt._known.known.values()] == ["t2", "t3", "t4"]


def test_whether_a_token_is_revoked_is_true_or_false() -> None:
    wrong: Any = lambda said: None  # noqa: E731 - as an application may write it
    with pytest.raises(TypeError, match="True or False"):
        granted(OURS.token(), accepting(revoked=wrong))


# What is declared.

PEM = RSAKey.generate_key(2048).as_pem(private=False)
SHORT = {"kty": "RSA", "e": "AQAB", "n": encoded(((1 << 1023) + 1155).to_bytes(128))}
"""A key of 1024 bits."""


@pytest.mark.parametrize(
    "wrong, remedy",
    [
        ({"issuer": ""}, "give the iss of its tokens"),
        ({"audience": ""}, "any other API would be taken"),
        ({"audience": []}, "any other API would be taken"),
        ({"audience": None}, "any other API would be taken"),
        ({"algorithm": "none"}, "RS256, ES256, EdDSA, HS256"),
        ({"algorithm": "HS512"}, "RS256, ES256, EdDSA, HS256"),
        ({"algorithm": "RS256"}, "not one for RS256"),
        ({"algorithm": "EdDSA"}, "not one for EdDSA"),
        ({"algorithm": "HS256"}, "32 bytes or more"),
        ({"algorithm": "HS256", "key": b"x" * 31}, "32 bytes or more"),
        ({"algorithm": "HS256", "key": PEM}, "32 bytes or more"),
        ({"algorithm": "HS256", "key": {"kty": "oct", "k": encoded(b"x" * 31)}}, "32 bytes or more"),
        ({"algorithm": "RS256", "key": SHORT}, "not one for RS256"),
        ({"key": ECKey.generate_key("P-384").as_dict(private=False)}, "not one for ES256"),
        ({"algorithm": "EdDSA", "key": OKPKey.generate_key("X25519").as_dict(private=False)}, "not one for EdDSA"),
        ({"key": "x"}, "as PEM or as a JWK"),
        ({"key": 7}, "as PEM or as a JWK"),
        ({"key": {"kty": "EC"}}, "as PEM or as a JWK"),
        ({"key": None}, "jwks=, where the keys of the issuer are, or key="),
        ({"jwks": "https://login.example.org/jwks"}, "jwks=, where the keys of the issuer are, or key="),
        ({"algorithm": "HS256", "key": None, "jwks": "https://login.example.org/jwks"}, "nobody publishes"),
        ({"max_lifetime": 0}, "give seconds"),
        ({"max_lifetime": 90_000}, "give seconds"),
        ({"max_lifetime": True}, "give seconds"),
        ({"groups": "groups"}, "name claims"),
        ({"groups": 7}, "name claims"),
        ({"subject": "sub"}, "give a function"),
        ({"revoked": []}, "give a function"),
    ],
)
def test_what_cannot_be_is_refused_when_it_is_declared(wrong: dict[str, Any], remedy: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        accepting(**wrong)
    assert remedy in str(caught.value)


@pytest.mark.parametrize("issuer", EVERY[:3], ids=lambda each: each.algorithm)
def test_a_key_may_be_pem(issuer: Issuer) -> None:
    assert not isinstance(issuer.key, OctKey)
    pem = issuer.key.as_pem(private=False)
    for key in (pem, pem.decode()):
        assert granted(issuer.token(), accepting(issuer, key=key)) is not None


def test_a_shared_secret_may_be_a_text_or_a_jwk() -> None:
    shared = EVERY[3]
    for key in (SECRET.decode(), {"kty": "oct", "k": encoded(SECRET)}):
        assert granted(shared.token(), accepting(shared, key=key)) is not None


def test_an_issuer_is_declared_once() -> None:
    with pytest.raises(DeclarationError, match="twice"):
        authenticators_of([accepting(), accepting()])
    assert len(authenticators_of([accepting(), accepting(issuer="https://b.example.org")])) == 2


def test_without_joserfc_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "joserfc", None)
    with pytest.raises(DeclarationError, match=r"pip install 'restwell\[tokens\]'"):
        accepting()


# Laws.


@given(st.binary(max_size=80) | st.text(max_size=80).map(str.encode))
def test_no_bytes_are_a_token(data: bytes) -> None:
    assert granted(data.decode("latin-1")) is None
    assert granted(f"{encoded(data)}.{encoded(data)}.{encoded(data)}") is None
    assert granted(OURS.token(data)) is None
    assert granted(OURS.token(header=data)) is None


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
VALUES = st.recursive(LEAVES, lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=3), each))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(REQUIRED), VALUES)
def test_no_value_of_another_type_is_taken(name: str, value: Any) -> None:
    """Of any value of JSON only a text names who it is, and only a number, near to now, when."""
    found = granted(OURS.token(claims(**{name: value})))
    if name in {"sub", "client_id", "jti"}:
        assert (found is not None) == (isinstance(value, str) and value != "" and value.isprintable())
    else:
        assert found is None


@given(st.integers(min_value=0))
def test_no_token_is_taken_with_a_bit_changed(place: int) -> None:
    token = OURS.token(claims(scope=""))
    place %= len(token)
    other = "A" if token[place] != "A" else "B"
    changed = f"{token[:place]}{other}{token[place + 1 :]}"
    if place == len(token) - 1:  # whose last bits stand for nothing
        return
    assert granted(changed) is None
