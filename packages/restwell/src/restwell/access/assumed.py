"""Grants that test clients act with: by credentials that this process alone knows, and takes as it does keys."""

from __future__ import annotations

import secrets

from ..http.messages import Request
from .authenticators import ApiKeys, FindKey
from .grant import Credential, Grant


def assumed_credential() -> str:
    """The value of Authorization for a grant that is assumed: in the form of a key, so that it is masked in logs."""
    return f"Bearer rw_testclient_{secrets.token_urlsafe(32)}"


class AssumedGrants(ApiKeys):
    """The grants of test clients, by their credentials."""

    is_told = False

    def __init__(self) -> None:
        super().__init__()
        self._grants: dict[str, Grant] = {}

    def add(self, credential: str, grant: Grant) -> None:
        """Take a credential for a grant from now on."""
        self._grants[credential] = grant

    def grant(self, request: Request, find_key: FindKey) -> Grant | None:  # noqa: ARG002 - others look for keys
        """The grant that is assumed; None for the credentials of others."""
        return self._grants.get(request.headers.get("authorization", ""))

    def told(self, request: Request, grant: Grant, find_key: FindKey) -> Credential | None:  # noqa: ARG002 - as above
        """Nothing but that there is one: what a test assumes is of no kind."""
        return Credential("other") if request.headers.get("authorization", "") in self._grants else None


def check_assumed(grant: object) -> None:
    """Raise TypeError for what is not a grant, and ValueError for a grant without a subject."""
    if grant is None:
        return
    if not isinstance(grant, Grant):
        raise TypeError(
            f"as_={grant!r} is not a grant: give one, as in Grant(subject='ada', scopes=['books:write'])."
        )
    if not grant.subject:
        raise ValueError("A grant to act with needs a subject: Grant(subject='ada'). as_=None is anonymous.")
