"""Authenticators: from the value of Authorization to a grant, and the challenge that says what is wanted.

There is one scheme: API keys as bearer tokens (RFC 6750).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..http.problems import InsufficientScope, InvalidCredential, Problem
from .grant import Grant
from .keys import grant_for, identifier_of


def grant_of(credential: str, find_key: Callable[[str], Mapping[str, Any] | None]) -> Grant | None:
    """What a credential permits; None when it is not valid. `find_key` gives the record of a key by its id."""
    scheme, _, key = credential.partition(" ")
    key = key.strip(" ")
    identifier = identifier_of(key) if scheme.lower() == "bearer" else None
    return None if identifier is None else grant_for(key, find_key(identifier), now=time.time())


def challenge(problem: Problem, scopes: Sequence[str]) -> str:
    """WWW-Authenticate (RFC 6750, section 3): no error where no credential was sent.

    `scopes` are those of which one would permit what was refused.
    """
    parts = ['Bearer realm="restwell"']
    if isinstance(problem, InvalidCredential):
        parts += ['error="invalid_token"', 'error_description="The key is unknown, expired or revoked"']
    if isinstance(problem, InsufficientScope):
        parts += ['error="insufficient_scope"', f'scope="{" ".join(scopes)}"']
    return ", ".join(parts)
