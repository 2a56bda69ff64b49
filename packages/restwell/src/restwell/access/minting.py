"""What a key may be that a caller makes over HTTP: it never does more, nor longer, than what it is made with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_network
from typing import Any, NamedTuple

from ..http.limits import MAX_KEY_LIFETIME
from ..model.policy import expand_scopes
from .grant import Grant
from .keys import LIFETIME, issue_key, networks_of

LATER = "Is later than what the key is made with ends, or more than 366 days from now."


class NotMinted(ValueError):
    """A key that may not be made: what is wrong, and with which member."""

    def __init__(self, member: str, detail: str) -> None:
        self.member = member
        super().__init__(detail)


class Wish(NamedTuple):
    """A key that somebody wants to have. `expires` is in seconds since 1970; None stands for what is usual."""

    name: str
    scopes: Sequence[str]
    groups: Sequence[str] | None = None
    networks: Sequence[str] | None = None
    expires: int | None = None


def wished_by(grant: Grant, wish: Wish, *, now: float) -> Wish:
    """The wish of a caller, with their groups where it says nothing of groups.

    It ends no later than the token that they have, if that says when (`exp`, RFC 7519). Raises NotMinted for what the
    caller has not.
    """
    _check_among("scopes", expand_scopes(wish.scopes), expand_scopes(grant.scopes))
    _check_among("groups", wish.groups or (), grant.groups)
    groups = sorted(grant.groups) if wish.groups is None else wish.groups
    end = grant.claims.get("exp")
    if not isinstance(end, (int, float)):
        return wish._replace(groups=groups)
    if wish.expires is not None and wish.expires > end:
        raise NotMinted("expires", LATER)
    return wish._replace(groups=groups, expires=wish.expires or min(int(end), int(now) + LIFETIME))


def _check_among(member: str, wanted: Iterable[str], held: frozenset[str]) -> None:
    for each in sorted({*wanted} - held):
        raise NotMinted(member, f"Has {each!r}, which the caller has not: nobody gives a key more than they have.")


def mint(wish: Wish, subject: str, parent: Mapping[str, Any] | None, *, now: float) -> tuple[str, dict[str, Any]]:
    """A new key for a subject, and the record to keep of it. Raises NotMinted.

    `parent` is the record of the key that it is made with, None where that was another credential.
    """
    last = int(now) + MAX_KEY_LIFETIME
    if parent is not None and parent["expires"] is not None:
        last = min(last, parent["expires"])
    expires = min(last, int(now) + LIFETIME) if wish.expires is None else wish.expires
    if expires <= now:
        raise NotMinted("expires", "Has to be in the future.")
    if expires > last:
        raise NotMinted("expires", LATER)
    networks = _narrowed(wish.networks, [] if parent is None else networks_of(parent))
    try:
        return issue_key(
            wish.name, tuple(wish.scopes), now=now, lifetime=expires - int(now), subject=subject,
            groups=wish.groups or (), networks=networks, parent=None if parent is None else parent["id"],
        )  # fmt: skip
    except ValueError as error:
        raise NotMinted("", str(error)) from error


def _narrowed(wanted: Sequence[str] | None, held: Sequence[str]) -> Sequence[str]:
    """The networks that are wanted, each of which is within one that is held. Raises NotMinted."""
    if wanted is None:
        return held
    if held and not wanted:
        raise NotMinted("networks", "Is empty, and what the key is made with is of some networks: name some of them.")
    for each in wanted:
        try:
            network: Any = ip_network(each)
        except ValueError:
            raise NotMinted("networks", f"Has {each!r}: write networks as in 10.0.0.0/8 or 2001:db8::/32.") from None
        kin = (ip_network(text) for text in held)
        if held and not any(other.version == network.version and network.subnet_of(other) for other in kin):
            raise NotMinted("networks", f"Has {each!r}, from where what the key is made with may not be used.")
    return wanted
