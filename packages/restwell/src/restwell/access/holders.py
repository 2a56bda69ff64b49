"""Who holds a token: a grant by what the token says, and what is remembered of tokens."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Generic, TypeVar

from ..http.messages import Request
from ..model.errors import DeclarationError
from .claims import GroupsOf, NotValid, frozen, groups_of, is_text, scopes_of, seconds_of
from .grant import Credential, Grant

T = TypeVar("T")
MAX_KNOWN = 1024
"""Tokens that are remembered."""
SubjectOf = Callable[[Mapping[str, Any]], str | None]
"""Gives who the subject of claims is; None refuses the token."""


class Holders:
    """Makes grants of claims. `who` is what is declared, for errors. Raises DeclarationError."""

    def __init__(self, who: str, groups: Sequence[str] | GroupsOf, subject: SubjectOf | None) -> None:
        is_list = (
            isinstance(groups, Sequence) and not isinstance(groups, str) and all(isinstance(e, str) for e in groups)
        )
        if not (callable(groups) or is_list):
            raise DeclarationError(f"{who} has groups={groups!r}: name claims, as in ['groups'], or give a function.")
        check_function(who, "subject", subject)
        self._groups = groups if callable(groups) else tuple(groups)
        self._subject = subject

    def grant(self, claims: Mapping[str, Any], credential: str | None) -> Grant:
        """The grant of who holds a token. Raises NotValid."""
        kept = frozen(claims)
        subject = claims.get("sub") if self._subject is None else self._subject(kept)
        if subject is None or not is_text(subject):
            raise NotValid("its subject is nobody here")
        groups = self._groups(kept) if callable(self._groups) else groups_of(claims, self._groups)
        return Grant(subject, scopes_of(claims), kept, groups, credential)


class Remembered(Generic[T]):
    """What is known of so many tokens, by their digests: none is kept itself. The first that came goes first."""

    def __init__(self) -> None:
        self.known: dict[bytes, T] = {}
        self._lock = threading.Lock()

    def get(self, token: str) -> T | None:
        """What is known of a token."""
        return self.known.get(_digest(token))

    def put(self, token: str, found: T) -> None:
        """Remember something of a token."""
        with self._lock:
            while len(self.known) >= MAX_KNOWN:
                del self.known[next(iter(self.known))]
            self.known[_digest(token)] = found

    def forget(self, token: str) -> None:
        """Forget a token."""
        with self._lock:
            self.known.pop(_digest(token), None)


def told_of_token(request: Request, grant: Grant, issuers: Sequence[str]) -> Credential | None:
    """When a token of one of these issuers ends; None where who asks has not sent one."""
    scheme = request.headers.get("authorization", "").partition(" ")[0]
    if (
        scheme.lower() not in {"bearer", "dpop"}
        or not grant.claims
        or grant.claims.get("iss", "") not in {"", *issuers}
    ):
        return None
    try:
        return Credential("token", expires=seconds_of(grant.claims, "exp"))
    except NotValid:  # which an authorization server need not say of a token that it is asked about
        return Credential("token")


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()


def check_function(who: str, name: str, given: object) -> None:
    """Raise DeclarationError for what is neither a function nor None."""
    if given is not None and not callable(given):
        raise DeclarationError(f"{who} has {name}={given!r}: give a function of the claims.")


def checked_issuer(who: str, issuer: object) -> str:
    """The issuer that is declared. Raises DeclarationError."""
    if not isinstance(issuer, str) or not is_text(issuer):
        raise DeclarationError(
            f"{who} has issuer={issuer!r}: give the iss of its tokens, as in 'https://login.example.org'."
        )
    return issuer


def checked_audiences(who: str, audience: object) -> frozenset[str]:
    """The audiences that are declared. Raises DeclarationError."""
    found = [audience] if isinstance(audience, str) else list(audience) if isinstance(audience, Iterable) else []
    if not found or not all(map(is_text, found)):
        raise DeclarationError(
            f"{who} has audience={audience!r}: give what the issuer calls this API, as in 'https://api.example.org'. "
            "Without it a token for any other API would be taken."
        )
    return frozenset(found)
