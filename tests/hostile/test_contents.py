"""Whatever content of at most a megabyte is sent, it is answered within a second and 32 MiB."""

import pytest

from tests.hostile.contents import KINDS
from tests.hostile.test_memory import MAX_GROWTH, measured

MAX_SECONDS = 1.0
"""Of computing, so that a busy machine has no part in it."""


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_content_takes_bounded_time_and_memory(kind: str, sqlite_url: str) -> None:
    found = measured(kind, sqlite_url, module="tests.hostile.contents")
    assert found["status"] in {200, 201, 400, 409, 413, 422}, found
    assert found["peak"] <= MAX_GROWTH, found
    assert found["seconds"] <= MAX_SECONDS, found
    assert found["bytes"] <= 4096 or found["status"] < 300, found
