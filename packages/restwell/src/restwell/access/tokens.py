"""Access tokens that are JWTs: what a resource server does with them (RFC 9068, RFC 8725, RFC 6750).

A token is taken apart, its header and its claims are held against what is declared, its key is found, its signature
verified, and then it may have expired or be revoked. What was verified once is remembered until it expires, or until
the keys of the issuer change; whether it is revoked is asked on every request.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol

from ..http.limits import MAX_TOKEN
from ..http.messages import Request
from ..http.problems import InvalidCredential
from ..model.errors import DeclarationError
from .authenticators import BEARER, EXPIRED, Authenticator, FindKey
from .claims import (
    Expected,
    GroupsOf,
    NotValid,
    check_claims,
    check_header,
    has_expired,
    taken_apart,
)
from .dpop import ALGORITHMS, Proofs
from .grant import Credential, Grant
from .holders import Holders, Remembered, SubjectOf, check_function, checked_audiences, checked_issuer, told_of_token
from .jwks import Jwks
from .signatures import KINDS, Signatures

log = logging.getLogger("restwell.tokens")
LIFETIME, MAX_LIFETIME = 3600, 86_400
"""Seconds that a token is valid for at most, where nothing else is said, and that can be said."""


SCHEMES: Mapping[str | None, tuple[str, ...]] = {
    None: ("bearer",), "accepted": ("bearer", "dpop"), "required": ("dpop",),
}  # fmt: skip
DPOP = f'DPoP realm="restwell", algs="{" ".join(ALGORITHMS)}"'
PROVED = {
    "accepted": "One that is bound to a key: `Authorization: DPoP TOKEN`, and a proof in `DPoP` (RFC 9449).",
    "required": "It is bound to a key: `Authorization: DPoP TOKEN`, and a proof in `DPoP` (RFC 9449).",
}


class KeySource(Protocol):
    """Where the keys of an issuer are found; `generation` changes when they do."""

    generation: int

    def find(self, kid: str | None) -> Any: ...

    def renew(self) -> None: ...


class OneKey:
    """The one key that is declared, whatever `kid` a token has."""

    generation = 0

    def __init__(self, key: Any) -> None:
        self._key = key

    def find(self, kid: str | None) -> Any:  # noqa: ARG002 - there is one alone
        """The key."""
        return self._key

    def renew(self) -> None:
        """Nothing: it stays."""


class Verified(NamedTuple):
    """A token that was verified, by keys of a generation."""

    grant: Grant
    expires: float
    generation: int


class Jwt(Authenticator):
    """Access tokens of an authorization server: `Authorization: Bearer TOKEN`, a signed JWT (RFC 9068).

    `issuer` is the `iss` of its tokens, and `audience` what it calls this API, or several such texts: one of them is
    in `aud`. `algorithm` is the one that it signs with: RS256, ES256, EdDSA, or HS256 with a shared secret. The keys
    are at the URL `jwks`, or `key` is the one: PEM, a JWK, or for HS256 32 bytes or more.

    The subject of the grant is `sub`, or what `subject(claims)` gives, None for nobody; its scopes are those in
    `scope`, its groups those in the claims that `groups` names, or what `groups(claims)` gives; its credential is
    `jti`. `revoked(claims)` says on every request whether a token is revoked. `max_lifetime` is in seconds, up to a
    day, from `iat` to `exp`. `dpop` says whether tokens are bound to a key that each request proves to have (RFC
    9449): "required" of all, or "accepted". Raises DeclarationError.
    """

    def __init__(  # noqa: PLR0913 - one argument a rule; all are named
        self,
        *,
        issuer: str,
        audience: str | Iterable[str],
        algorithm: str,
        jwks: str | None = None,
        key: str | bytes | Mapping[str, Any] | None = None,
        groups: Sequence[str] | GroupsOf = ("groups", "roles"),
        subject: SubjectOf | None = None,
        revoked: Callable[[Mapping[str, Any]], bool] | None = None,
        max_lifetime: int = LIFETIME,
        dpop: Literal["required", "accepted"] | None = None,
    ) -> None:
        about = (
            f"`Authorization: Bearer TOKEN` (RFC 6750), with an access token that {issuer} has issued: a JWT as "
            "RFC 9068 has it, checked as RFC 8725 asks."
        )
        if dpop not in {None, "required", "accepted"}:
            raise DeclarationError(f'Jwt has dpop={dpop!r}: give "required" or "accepted", or leave it out.')
        self._schemes = SCHEMES[dpop]
        scheme = {"type": "http", "scheme": self._schemes[0], "bearerFormat": "JWT"}
        reads = ("Authorization",) if dpop is None else ("Authorization", "DPoP")
        self._describe(reads, BEARER, "token", about if dpop is None else f"{about} {PROVED[dpop]}", scheme)
        self._expected = _expected(issuer, audience, algorithm, max_lifetime)
        self._signatures = Signatures(algorithm)
        self._keys = _keys(self._signatures, jwks, key)
        self._holders = Holders("Jwt", groups, subject)
        check_function("Jwt", "revoked", revoked)
        self._revoked = revoked
        self.issuers = (issuer,)
        self._proofs = None if dpop is None else Proofs()
        self.needs_base = dpop is not None
        if dpop is not None:
            self.challenges = tuple(DPOP if each == "dpop" else BEARER for each in self._schemes)
            required = {"dpop_bound_access_tokens_required": True} if dpop == "required" else {}
            self.metadata = {"dpop_signing_alg_values_supported": list(ALGORITHMS), **required}
        self._known: Remembered[Verified] = Remembered()

    def grant(self, request: Request, find_key: FindKey) -> Grant | None:  # noqa: ARG002 - others look for keys
        """What a token grants; None for what is not a valid one. Raises InvalidCredential for one that has expired.

        Raises Unavailable where there are no keys to verify it by.
        """
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        token = token.strip(" ")
        if scheme.lower() not in self._schemes or len(token) > MAX_TOKEN or token.count(".") != 2:
            return None
        self._keys.renew()
        now = time.time()
        try:
            known = self._remembered(token) or self._verified(token, now)
            if has_expired(known.expires, now):
                raise InvalidCredential(EXPIRED)
            self._check_holder(request, scheme.lower(), token, known.grant.claims)
        except NotValid as error:
            log.debug("a token is refused: %s", error)
            return None
        return None if self._is_revoked(known.grant.claims) else known.grant

    def told(self, request: Request, grant: Grant, find_key: FindKey) -> Credential | None:  # noqa: ARG002 - as above
        """When the token ends."""
        return told_of_token(request, grant, self.issuers)

    def _check_holder(self, request: Request, scheme: str, token: str, claims: Mapping[str, Any]) -> None:
        """Hold a token that is bound to a key against who sends it. Raises NotValid, Unavailable."""
        if scheme == "dpop" and self._proofs is not None:
            self._proofs.check(request, token, claims.get("cnf"))
        elif "cnf" in claims:
            raise NotValid("it is bound to a key, and is sent without a proof (RFC 9449, section 7.2)")

    def _remembered(self, token: str) -> Verified | None:
        found = self._known.get(token)
        return found if found is not None and found.generation == self._keys.generation else None

    def _verified(self, token: str, now: float) -> Verified:
        """The token, verified. Raises NotValid, Unavailable."""
        generation = self._keys.generation
        header, claims, signed, signature = taken_apart(token)
        kid = check_header(header, self._expected.algorithm)
        check_claims(claims, self._expected, now)
        key = self._keys.find(kid)
        if key is None or not self._signatures.are_right(signed, signature, key):
            raise NotValid("its key is not known, or its signature is not right")
        found = Verified(self._holders.grant(claims, claims["jti"]), float(claims["exp"]), generation)
        if not has_expired(found.expires, now):
            self._known.put(token, found)
        return found

    def _is_revoked(self, claims: Mapping[str, Any]) -> bool:
        if self._revoked is None:
            return False
        found = self._revoked(claims)
        if not isinstance(found, bool):
            raise TypeError(f"{self._revoked!r} has given {found!r}: whether a token is revoked is True or False.")
        return found


def _expected(issuer: object, audience: object, algorithm: str, lifetime: object) -> Expected:
    """What tokens have to say, as it is declared. Raises DeclarationError."""
    if type(lifetime) is not int or not 0 < lifetime <= MAX_LIFETIME:
        raise DeclarationError(f"Jwt has max_lifetime={lifetime!r}: give seconds, up to {MAX_LIFETIME}.")
    return Expected(checked_issuer("Jwt", issuer), checked_audiences("Jwt", audience), algorithm, lifetime)


def _keys(signatures: Signatures, jwks: str | None, key: object) -> KeySource:
    """Where keys are found. Raises DeclarationError."""
    if (jwks is None) == (key is None):
        raise DeclarationError("Jwt takes jwks=, where the keys of the issuer are, or key=, the one that it has.")
    if jwks is None:
        return OneKey(signatures.key(key))
    if KINDS[signatures.algorithm] == "oct":
        raise DeclarationError("HS256 has one shared secret, which nobody publishes: give key= in place of jwks=.")
    return Jwks(jwks, signatures.keys)
