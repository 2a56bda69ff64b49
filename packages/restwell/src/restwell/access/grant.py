"""Grant: who is asking, and what is known of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, Self, cast

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
    Scopes and groups may be functions that give them: each is called once for a grant, when a rule first asks.
    Raises TypeError for scopes or groups in one text.
    """

    __slots__ = ()

    def __new__(
        cls,
        subject: str | None = None,
        scopes: Iterable[str] | Callable[[], Iterable[str]] = (),
        claims: Mapping[str, Any] = NO_CLAIMS,
        groups: Iterable[str] | Callable[[], Iterable[str]] = (),
        credential: str | None = None,
    ) -> Self:
        if callable(scopes) or callable(groups):
            parts = (subject, Later("scopes", scopes), claims, Later("groups", groups), credential)
            return tuple.__new__(LaterGrant, parts)  # type: ignore[return-value]  # which is a Grant
        return super().__new__(cls, subject, several("scopes", scopes), claims, several("groups", groups), credential)


class Later:
    """Scopes or groups that a function gives, once they are asked for."""

    __slots__ = ("_found", "_given", "_name")

    def __init__(self, name: str, given: Iterable[str] | Callable[[], Iterable[str]]) -> None:
        self._name, self._given = name, given
        self._found = None if callable(given) else several(name, given)

    @property
    def found(self) -> frozenset[str]:
        """What they are. Raises TypeError for one text, and what the function raises."""
        if self._found is None:
            self._found = several(self._name, self._given() if callable(self._given) else self._given)
        return self._found


class LaterGrant(Grant):
    """A grant of which scopes, or groups, are asked for when they are needed."""

    __slots__ = ()

    @property
    def scopes(self) -> frozenset[str]:
        """The scopes, as of every grant."""
        return cast("Later", self[1]).found

    @property
    def groups(self) -> frozenset[str]:
        """The groups, as of every grant."""
        return cast("Later", self[3]).found


def several(name: str, given: Iterable[str]) -> frozenset[str]:
    """Scopes or groups as a set. Raises TypeError for one text."""
    if isinstance(given, str):
        raise TypeError(f"{name.capitalize()} are several texts, as in {name}=[{given!r}].")
    return frozenset(given)


def known_as(grant: Grant) -> str | None:
    """Who somebody is, in words: by their name, or the id of their key; None for an anonymous caller."""
    if grant.subject is None or grant.subject != grant.credential:
        return grant.subject
    return f"the key {grant.credential}"


class Credential(NamedTuple):
    """What is told of a credential to whoever has sent it: never the credential itself.

    `kind` is key, password, session, token, or other; `id` and `name` are those of a key; `expires` is in seconds
    since 1970, None where it does not end or nothing is known of that.
    """

    kind: str
    id: str | None = None
    name: str | None = None
    expires: float | None = None


ANONYMOUS = Grant()
