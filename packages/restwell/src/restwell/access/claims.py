"""What an access token says: a JWT (RFC 7519) as RFC 9068 and RFC 8725 ask for it. Its signature is not seen here.

Everything is asked for by its exact type of JSON: libraries take an `exp` that is a text, a `typ` that is missing and
a claim that is there twice. Whoever reads a token without this module has not checked it.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson

from ..http.limits import MAX_EXACT, MAX_TOKEN

MAX_NESTED = 100
"""Objects and arrays in a token, or what look like them within texts."""
LEEWAY = 30
"""Seconds that the clock of an authorization server may be off."""
COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)", re.ASCII)
"""The compact serialization of a signed token (RFC 7515, section 7.1); an encrypted one has five parts."""
TYPES = frozenset(["at+jwt", "application/at+jwt"])
"""What `typ` is for an access token (RFC 9068, section 2.1)."""
UNWANTED = frozenset(["jku", "x5u", "jwk", "x5c", "crit", "b64", "enc", "zip"])
"""Parameters by which a token would choose its own key, or be read in another way (RFC 8725, section 3.10)."""
SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*")
"""RFC 6749, section 3.3."""


class NotValid(ValueError):
    """A token that is refused. Why is for the log of the application, and told to no client."""


class SignedToken(NamedTuple):
    """A token, taken apart: `signed` is what `signature` is of."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signed: bytes
    signature: bytes


class Expected(NamedTuple):
    """What a token has to say. `audiences` are those of which one is to be named, `lifetime` is in seconds."""

    issuer: str
    audiences: frozenset[str]
    algorithm: str
    lifetime: int


def taken_apart(token: str) -> SignedToken:
    """The parts of a signed token. Raises NotValid for what is too long or has another form."""
    if len(token) > MAX_TOKEN:
        raise NotValid("it is too long")
    match = COMPACT.fullmatch(token)
    if match is None:
        raise NotValid("it is not a signed token in the compact form")
    signed = token[: match.end(2)].encode()
    try:
        header, claims, signature = (_decoded(each) for each in match.groups())
        return SignedToken(strict_object(header), strict_object(claims), signed, signature)
    except ValueError as error:
        raise NotValid("its header or its claims are not strict JSON") from error


def check_header(header: Mapping[str, Any], algorithm: str) -> str | None:
    """The `kid` of a header, None without one. Raises NotValid."""
    if header.get("alg") != algorithm:
        raise NotValid("alg is another one")
    typ = header.get("typ")
    if not isinstance(typ, str) or typ.lower() not in TYPES:
        raise NotValid("typ is not at+jwt")
    if not UNWANTED.isdisjoint(header):
        raise NotValid("its header has a parameter that is not taken")
    kid = header.get("kid")
    if kid is not None and not isinstance(kid, str):
        raise NotValid("kid is not a text")
    return kid


def check_claims(claims: Mapping[str, Any], expected: Expected, now: float) -> None:
    """Hold every claim but the end of `exp` against what is expected, at a time. Raises NotValid."""
    for name in ("iss", "sub", "client_id", "jti"):
        if not is_text(claims.get(name)):
            raise NotValid(f"{name} is missing, or not a text")
    if claims["iss"] != expected.issuer:
        raise NotValid("iss is another one")
    if expected.audiences.isdisjoint(audiences_of(claims)):
        raise NotValid("aud is another one")
    begun, ends = seconds_of(claims, "iat"), seconds_of(claims, "exp")
    if begun > now + LEEWAY:
        raise NotValid("iat is yet to come")
    if not begun < ends <= begun + expected.lifetime:
        raise NotValid("it is valid for longer than is taken, or for no time")
    if "nbf" in claims and seconds_of(claims, "nbf") > now + LEEWAY:
        raise NotValid("nbf is yet to come")


def has_expired(expires: float, now: float) -> bool:
    """Whether a token is no longer valid (RFC 7519, section 4.1.4), with the leeway."""
    return now >= expires + LEEWAY


def scopes_of(claims: Mapping[str, Any]) -> Sequence[str]:
    """The scopes (RFC 9068, section 2.2.3). Raises NotValid for a claim of another form."""
    scope = claims.get("scope", "")
    if not isinstance(scope, str) or (scope and not SCOPE.fullmatch(scope)):
        raise NotValid("scope is not a text of scopes")
    return scope.split(" ") if scope else ()


def groups_of(claims: Mapping[str, Any], names: Sequence[str]) -> Sequence[str]:
    """The groups in claims of these names, each an array of texts. Raises NotValid for claims of another form."""
    found: list[str] = []
    for name in names:
        given = claims.get(name, ())
        if not isinstance(given, (list, tuple)) or not all(is_text(each) for each in given):
            raise NotValid(f"{name} is not an array of texts")
        found += given
    return found


def strict_object(text: bytes, nested: int = MAX_NESTED) -> dict[str, Any]:
    """A JSON object in UTF-8, as texts, finite numbers and the rest, no member twice. Raises ValueError.

    `nested` is how many objects and arrays there can be in it.
    """
    if text.count(b"{") + text.count(b"[") > nested:
        raise ValueError("there is too much in it")
    orjson.loads(text)  # which takes no lone surrogate, no NaN and no other encoding, and members twice
    found = json.loads(text, object_pairs_hook=_once, parse_float=_finite)
    if not isinstance(found, dict):
        raise ValueError("it is not an object")  # noqa: TRY004 - of the text, not of a type in Python
    return found


def frozen(value: Any) -> Any:
    """A value of JSON that nobody can change: mappings and tuples, at every depth."""
    if isinstance(value, dict):
        return MappingProxyType({name: frozen(each) for name, each in value.items()})
    return tuple(map(frozen, value)) if isinstance(value, list) else value


def _decoded(part: str) -> bytes:
    if len(part) % 4 == 1:
        raise ValueError("no bytes are written so")
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) < len(members):
        raise ValueError("a member is there twice")
    return found


def _finite(text: str) -> float:
    number = float(text)
    if number - number != 0:
        raise ValueError("a number is too large")
    return number


def is_text(value: object) -> bool:
    """Whether a value is a text with something to be read in it, and nothing that cannot be printed."""
    return isinstance(value, str) and value != "" and value.isprintable()


def audiences_of(claims: Mapping[str, Any]) -> list[str]:
    """Whom a token is for. Raises NotValid."""
    given = claims.get("aud")
    found: list[Any] = given if isinstance(given, list) else [given]
    if not found or not all(is_text(each) for each in found):
        raise NotValid("aud is neither a text nor an array of texts")
    return found


def seconds_of(claims: Mapping[str, Any], name: str) -> float:
    """A claim that is a NumericDate (RFC 7519, section 2). Raises NotValid."""
    value: Any = claims.get(name)
    if type(value) not in {int, float} or not 0 < value <= MAX_EXACT:  # and not bool, which is an int in Python
        raise NotValid(f"{name} is missing, or not a number of seconds")
    return float(value)


GroupsOf = Callable[[Mapping[str, Any]], Sequence[str]]
"""Gives the groups in the claims of a token."""
