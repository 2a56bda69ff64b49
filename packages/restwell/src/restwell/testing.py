"""A plugin for pytest with the fixture `restwell_rollback`, after which nothing is left of what a test has written.

It asks for a fixture `app`, which gives the application of Flask's:

@pytest.fixture(scope="session")
def app():
    return create_app()


def test_a_book_is_created(restwell_rollback, app): ...
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def restwell_rollback(app: Any) -> Iterator[None]:
    """Take back, at the end of the test, what was written to the databases of the application."""
    from .web.flask.restoring import restoring  # not for runs of pytest that do not use it

    with restoring(app):
        yield
