"""The software of others, at hand for every test that starts it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import REQUIRE_SERVERS
from tests.restwell_audit.others import SOFTWARE, install, start


@pytest.fixture(scope="session")
def installed() -> None:
    """Have the software at hand: CI installs it, anybody else is told how."""
    lacking = {install.missing(name) for name in SOFTWARE} - {""}
    if lacking and REQUIRE_SERVERS:
        install.install()
    elif lacking:
        pytest.skip("; ".join(sorted(lacking)))


@pytest.fixture(scope="session", params=SOFTWARE)
def read_only(request: pytest.FixtureRequest, installed: None) -> Iterator[tuple[str, str]]:
    """Each of them by its name, with its base URL: started once for all tests that only read."""
    with start(request.param) as url:
        yield request.param, url
