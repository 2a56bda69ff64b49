"""A plugin for pytest: the fixture `restwell_audit` judges an API, or an application in process.

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
    """Judges an API: a function of its URL, or of the application, with the options of `restwell_audit.audit`."""
    from .auditing import audit  # every run of pytest loads this module, and few of them judge

    return audit
