"""The software of others, at hand for every test that starts it."""

from __future__ import annotations

import pytest

from tests.conftest import REQUIRE_SERVERS
from tests.restwell_audit.others import SOFTWARE, install


@pytest.fixture
def installed() -> None:
    """Have the software at hand: CI installs it, anybody else is told how."""
    lacking = {install.missing(name) for name in SOFTWARE} - {""}
    if lacking and REQUIRE_SERVERS:
        install.install()
    elif lacking:
        pytest.skip("; ".join(sorted(lacking)))
