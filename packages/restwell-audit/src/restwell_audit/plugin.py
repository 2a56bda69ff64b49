"""A plugin for pytest with the fixture `restwell_audit`, which judges an API at a URL or an application in process.

def test_it_is_restful(restwell_audit):
    report = restwell_audit(app)
    assert report.level == 3, report
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .ladder import Report


@pytest.fixture(scope="session")
def restwell_audit() -> Callable[..., Report]:
    """The function `restwell_audit.audit`."""
    from .auditing import audit  # not for runs of pytest that do not use it

    return audit
