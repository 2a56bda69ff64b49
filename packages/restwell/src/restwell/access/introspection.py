"""Tokens of which an authorization server is asked what they are (RFC 7662): those that say nothing themselves.

The answer is remembered for some seconds, whether the token is valid or not. Few requests ask at the same time, and
where the server cannot be asked, they are 503 at once for a moment.
"""

from __future__ import annotations

import base64
import logging
import re
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import quote_plus, urlencode

from ..http.limits import MAX_TOKEN
from ..http.messages import Request
from ..http.problems import Unavailable
from ..model.errors import DeclarationError
from .authenticators import BEARER, Authenticator, FindKey
from .claims import LEEWAY, GroupsOf, NotValid, audiences_of, has_expired, is_text, seconds_of, strict_object
from .fetching import FAULTS, checked_url, fetched
from .grant import Credential, Grant
from .holders import Holders, Remembered, SubjectOf, checked_audiences, checked_issuer, told_of_token
from .keys import identifier_of

log = logging.getLogger("restwell.tokens")
BEARER_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
"""RFC 6750, section 2.1."""
KEEP, MAX_KEEP = 10, 60
"""Seconds that an answer is good for where nothing else is said, and that can be said."""
MAX_ASKING = 8
"""Requests that wait for the authorization server at the same time."""
PAUSE = 2.0
"""Seconds for which it is not asked again once it has failed."""
NOBODY = "The authorization server cannot be asked at the moment: try again later."


class Introspected(NamedTuple):
    """What the authorization server has said of a token: None for one that is not valid."""

    grant: Grant | None
    expires: float | None
    until: float


class Introspection(Authenticator):
    """Tokens of which the authorization server is asked, at `url`, by `client_id` with `client_secret` (RFC 7662).

    `issuer` is who that is. `audience` is what it calls this API, or several such texts, of which one has to be in
    `aud`; None where the server itself refuses to tell of tokens that are not for this API. `keep` is for how many
    seconds an answer is good, up to a minute: a token that is revoked is taken for so long, 0 asks on every request.
    `groups` and `subject` are as `Jwt` has them. Raises DeclarationError.
    """

    def __init__(
        self,
        *,
        url: str,
        client_id: str,
        client_secret: str,
        issuer: str,
        audience: str | Iterable[str] | None,
        groups: Sequence[str] | GroupsOf = ("groups", "roles"),
        subject: SubjectOf | None = None,
        keep: float = KEEP,
    ) -> None:
        about = f"`Authorization: Bearer TOKEN` (RFC 6750), with an access token that {issuer} has issued (RFC 7662)."
        self._describe(("Authorization",), BEARER, "token", about, {"type": "http", "scheme": "bearer"})
        self.issuers = (checked_issuer("Introspection", issuer),)
        self._audiences = None if audience is None else checked_audiences("Introspection", audience)
        self._url = checked_url(url, "url")
        self._sent = _fields_of(client_id, client_secret)
        self._holders = Holders("Introspection", groups, subject)
        self._keep = _seconds_kept(keep)
        self._valid: Remembered[Introspected] = Remembered()
        self._others: Remembered[Introspected] = Remembered()  # apart, or they could put out what is valid
        self._lock = threading.Lock()
        self._asking, self._broken = 0, -PAUSE

    def grant(self, request: Request, find_key: FindKey) -> Grant | None:  # noqa: ARG002 - others look for keys
        """What a token grants; None for one that is not valid. Raises Unavailable where nobody can be asked."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        token = token.strip(" ")
        if scheme.lower() != "bearer" or len(token) > MAX_TOKEN or not BEARER_TOKEN.fullmatch(token):
            return None
        if identifier_of(token) is not None:  # a key of ours, which is nobody else's to see
            return None
        told = self._valid.get(token) or self._others.get(token)
        if told is None or told.until <= time.monotonic():
            told = self._told(token)
            homes = (self._others, self._valid) if told.grant is None else (self._valid, self._others)
            homes[0].put(token, told)
            homes[1].forget(token)
        if told.expires is not None and has_expired(told.expires, time.time()):
            return None
        return told.grant

    def told(self, request: Request, grant: Grant, find_key: FindKey) -> Credential | None:  # noqa: ARG002 - as above
        """When the token ends."""
        return told_of_token(request, grant, self.issuers)

    def _told(self, token: str) -> Introspected:
        """What the server says of a token now. Raises Unavailable."""
        asked = urlencode({"token": token, "token_type_hint": "access_token"}).encode()
        with self._turn():
            try:
                claims = strict_object(fetched(self._url, self._sent, asked))
            except FAULTS as error:
                self._broken = time.monotonic()
                status = getattr(error, "code", "no status")
                log.warning("%s cannot be asked of tokens (%s, %s)", self._url, type(error).__name__, status)
                raise Unavailable(NOBODY) from error
        until = time.monotonic() + self._keep
        try:
            grant, expires = self._granted(claims, time.time())
        except NotValid as error:
            log.debug("a token is refused: %s", error)
            return Introspected(None, None, until)
        return Introspected(grant, expires, until)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One of the few that may ask at the same time. Raises Unavailable."""
        with self._lock:
            if self._asking >= MAX_ASKING or time.monotonic() < self._broken + PAUSE:
                raise Unavailable(NOBODY)
            self._asking += 1
        try:
            yield
        finally:
            with self._lock:
                self._asking -= 1

    def _granted(self, claims: Mapping[str, Any], now: float) -> tuple[Grant, float | None]:
        """The grant of a token, and when it ends. Raises NotValid."""
        if claims.get("active") is not True:
            raise NotValid("it is not active")
        if str(claims.get("token_type", "bearer")).lower() != "bearer" or "cnf" in claims:
            raise NotValid("it is not a bearer token")
        if claims.get("iss", self.issuers[0]) != self.issuers[0]:
            raise NotValid("iss is another one")
        if self._audiences is not None and self._audiences.isdisjoint(audiences_of(claims)):
            raise NotValid("aud is another one")
        expires = seconds_of(claims, "exp") if "exp" in claims else None
        if expires is not None and has_expired(expires, now):
            raise NotValid("it has expired")
        if "nbf" in claims and seconds_of(claims, "nbf") > now + LEEWAY:
            raise NotValid("nbf is yet to come")
        names = (claims.get("jti"), claims.get("client_id"))
        return self._holders.grant(claims, next((each for each in names if is_text(each)), None)), expires


def _seconds_kept(keep: object) -> float:
    """For how many seconds an answer is good. Raises DeclarationError."""
    if isinstance(keep, bool) or not isinstance(keep, (int, float)) or not 0 <= keep <= MAX_KEEP:
        raise DeclarationError(f"Introspection has keep={keep!r}: give seconds, up to {MAX_KEEP}.")
    return keep


def _fields_of(client_id: object, client_secret: object) -> Mapping[str, str]:
    """The header fields that say who asks (RFC 6749, section 2.3.1). Raises DeclarationError."""
    for name, given in (("client_id", client_id), ("client_secret", client_secret)):
        if not is_text(given):
            raise DeclarationError(f"Introspection has no {name}: give the one that this API has at its server.")
    known = f"{quote_plus(str(client_id))}:{quote_plus(str(client_secret))}"
    return {
        "Accept": "application/json",
        "Authorization": f"Basic {base64.b64encode(known.encode()).decode()}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
