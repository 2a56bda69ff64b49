"""A credential is a grant, or nothing; a challenge says which."""

from collections.abc import Mapping
from typing import Any

import pytest

from restwell.access.authenticators import challenge, grant_of
from restwell.access.keys import issue_key
from restwell.http.problems import InsufficientScope, InvalidCredential, Unauthorized

KEY, RECORD = issue_key("a test", ("frameworks:write",), now=0, lifetime=None)


def find_key(identifier: str) -> Mapping[str, Any] | None:
    return RECORD if identifier == RECORD["id"] else None


@pytest.mark.parametrize("credential", ["Bearer KEY", "bearer KEY", "BEARER   KEY  "])
def test_a_key_that_is_there_is_a_grant(credential: str) -> None:
    grant = grant_of(credential.replace("KEY", KEY), find_key)
    assert grant is not None
    assert grant.subject == RECORD["id"]


@pytest.mark.parametrize("credential", ["", "Bearer", "Basic KEY", "KEY", "Bearer KEYx", "Bearer\tKEY", "Bearer x"])
def test_anything_else_is_none(credential: str) -> None:
    assert grant_of(credential.replace("KEY", KEY), find_key) is None


def test_a_challenge_has_an_error_where_a_credential_was_sent() -> None:
    assert challenge(Unauthorized(), ["a:read"]) == 'Bearer realm="restwell"'
    assert 'error="invalid_token"' in challenge(InvalidCredential(), [])
    assert 'error="insufficient_scope", scope="a:create a:update"' in challenge(
        InsufficientScope(), ["a:create", "a:update"]
    )
