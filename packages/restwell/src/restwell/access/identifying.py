"""Who is asking: the authenticators of an API in their order, and what is said where nobody is known."""

from __future__ import annotations

from collections.abc import Sequence

from ..http.messages import Request
from ..http.problems import InsufficientScope, InvalidCredential, Problem
from .authenticators import EXPIRED, OTHER, ApiKeys, Authenticator, FindKey
from .grant import ANONYMOUS, Credential, Grant

OF_TOKENS = ("Bearer ", "DPoP ")
"""What challenges begin with that name an error (RFC 6750, section 3; RFC 9449, section 7.1)."""
SAFE = frozenset(["GET", "HEAD", "OPTIONS"])
SAME_ORIGIN = (
    "What a browser sends by itself changes something from the pages of this origin alone: send Origin with the "
    "scheme and the host that were asked for, as browsers do, or another credential, such as a key."
)
KEYS_ALONE = "The key is unknown, expired or revoked"
OTHERS = "The credential is unknown, expired or revoked"
METADATA = "/.well-known/oauth-protected-resource"
"""Where an API says whose tokens it takes (RFC 9728, section 3)."""


class Identifying:
    """Tells who makes a request, by the authenticators of an API.

    What a browser sends by itself, such as a cookie, counts where nothing else is sent.
    """

    __slots__ = ("_challenges", "_described", "_description", "_meant", "_sent", "authenticators", "fields", "reads")

    def __init__(self, authenticators: Sequence[Authenticator]) -> None:
        self.authenticators = tuple(authenticators)
        self.reads: tuple[str, ...] = tuple(dict.fromkeys(name for each in authenticators for name in each.reads))
        """The header fields that answers vary on."""
        self.fields = frozenset(name.lower() for name in self.reads)
        self._meant = tuple(each for each in authenticators if not each.is_sent_by_itself)
        self._sent = tuple(each for each in authenticators if each.is_sent_by_itself)
        self._challenges = tuple(dict.fromkeys(told for each in authenticators for told in each.challenges))
        self._described = frozenset(told for each in authenticators if each.issuers for told in each.challenges)
        has_keys_alone = all(isinstance(each, ApiKeys) for each in authenticators)
        self._description = KEYS_ALONE if has_keys_alone else OTHERS

    def grant(self, request: Request, base: str | None, find_key: FindKey) -> Grant:
        """Who is asking at the base URL. Raises InvalidCredential for what nobody takes, and StoreError."""
        for each in self._meant:
            asked = request._replace(origin=base or request.origin) if each.needs_base else request
            found = each.grant(asked, find_key)
            if found is not None:
                if each.is_remembered and request.method not in SAFE and is_from_elsewhere(request, base):
                    raise InvalidCredential(SAME_ORIGIN)
                return found
        if "authorization" in request.headers:  # which is meant, whatever a browser sends by itself
            raise InvalidCredential
        for each in self._sent:
            found = each.grant(request, find_key)
            if found is not None:
                if request.method not in SAFE and not is_from_here(request, base):
                    raise InvalidCredential(SAME_ORIGIN)
                return found
        return ANONYMOUS

    def credential(self, request: Request, grant: Grant, find_key: FindKey) -> Credential | None:
        """What is told of the credential of a request that has this grant; None where nobody is known by it."""
        if grant.subject is None:
            return None
        found = [told for each in self.authenticators if (told := each.told(request, grant, find_key)) is not None]
        return next((each for each in found if each != OTHER), OTHER)

    def is_known(self, request: Request, base: str | None, find_key: FindKey) -> bool:
        """Whether a request has a valid credential. Raises what the store raises."""
        try:
            return self.grant(request, base, find_key).subject is not None
        except InvalidCredential:
            return False

    def challenge(self, problem: Problem, scopes: Sequence[str], base: str | None = None) -> str:
        """WWW-Authenticate: what there is to authenticate by; no error where no credential was sent (RFC 6750, 3).

        `scopes` are those of which one would permit what was refused. At the base URL the challenge for tokens says
        where to read whose they are (RFC 9728, section 5.1).
        """
        error = ""
        if isinstance(problem, InvalidCredential):
            told = EXPIRED if problem.detail == EXPIRED else self._description
            error = f', error="invalid_token", error_description="{told}"'
        if isinstance(problem, InsufficientScope):
            error = f', error="insufficient_scope", scope="{" ".join(scopes)}"'
        where = f', resource_metadata="{base}{METADATA}"' if base is not None else ""
        return ", ".join(
            each + (error if each.startswith(OF_TOKENS) else "") + (where if each in self._described else "")
            for each in self._challenges
        )


def is_from_here(request: Request, base: str | None) -> bool:
    """Whether a page of the origin that links begin with has made a browser ask (Fetch metadata, or Origin)."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    return _is_origin_of(request.headers.get("origin", ""), request, base)


def is_from_elsewhere(request: Request, base: str | None) -> bool:
    """Whether a browser says that a page of another origin has made it ask; other programs say nothing."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        return site not in {"same-origin", "none"}
    return origin is not None and not _is_origin_of(origin, request, base)


def _is_origin_of(origin: str, request: Request, base: str | None) -> bool:
    here = "/".join((base or request.origin).split("/", 3)[:3])
    return origin.lower() == here.lower()
