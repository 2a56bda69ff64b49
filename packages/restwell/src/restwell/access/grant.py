"""Grant: who is asking, and what is known of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, Self

NO_CLAIMS: Mapping[str, Any] = MappingProxyType({})
NOTHING: frozenset[str] = frozenset()


class _Granted(NamedTuple):
    subject: str | None
    scopes: frozenset[str]
    claims: Mapping[str, Any] = NO_CLAIMS
    groups: frozenset[str] = NOTHING
    credential: str | None = None


class Grant(_Granted):
    """Who is asking and what is known of them. `subject` names who holds the credential, None when anonymous.

    `NAME:write` among the scopes stands for the three that it is short for. `claims` is what else a credential says,
    `groups` are those that its holder is in, and `credential` names the credential itself, such as the id of a key.
    Raises TypeError for scopes or groups in one text.
    """

    __slots__ = ()

    def __new__(
        cls,
        subject: str | None = None,
        scopes: Iterable[str] = (),
        claims: Mapping[str, Any] = NO_CLAIMS,
        groups: Iterable[str] = (),
        credential: str | None = None,
    ) -> Self:
        for name, given in (("scopes", scopes), ("groups", groups)):
            if isinstance(given, str):
                raise TypeError(f"{name.capitalize()} are several texts, as in {name}=[{given!r}].")
        return super().__new__(cls, subject, frozenset(scopes), claims, frozenset(groups), credential)


def known_as(grant: Grant) -> str | None:
    """Who somebody is, in words: by their name, or the id of their key; None for who is anonymous."""
    if grant.subject is None or grant.subject != grant.credential:
        return grant.subject
    return f"the key {grant.credential}"


ANONYMOUS = Grant()
