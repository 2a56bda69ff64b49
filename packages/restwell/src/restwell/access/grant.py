"""Grant: who is asking, and with which scopes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Self


class _Granted(NamedTuple):
    subject: str | None
    scopes: frozenset[str]


class Grant(_Granted):
    """Who is asking and with which scopes. `subject` is the id of the credential's holder, None when anonymous.

    `NAME:write` among the scopes stands for the three that it is short for. Raises TypeError for scopes in one text.
    """

    __slots__ = ()

    def __new__(cls, subject: str | None = None, scopes: Iterable[str] = ()) -> Self:
        if isinstance(scopes, str):
            raise TypeError(f"Scopes are several texts, as in scopes=[{scopes!r}].")
        return super().__new__(cls, subject, frozenset(scopes))


ANONYMOUS = Grant()
