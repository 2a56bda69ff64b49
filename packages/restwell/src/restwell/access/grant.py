"""Grant: who is asking, and with which scopes."""

from __future__ import annotations

from typing import NamedTuple


class Grant(NamedTuple):
    """Who is asking and with which scopes. `caller` is the id of the credential, None when anonymous."""

    caller: str | None
    scopes: frozenset[str]


ANONYMOUS = Grant(None, frozenset())
