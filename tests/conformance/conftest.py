"""What every conformance test can ask for: the Frameworks of the contract, fresh, and who may write them."""

from collections.abc import Iterator

import pytest

from tests.api import Served, serving, without_request_lines


@pytest.fixture
def api() -> Iterator[Served]:
    """The Frameworks in memory: for what does not depend on the database."""
    with serving() as served:
        yield served


@pytest.fixture
def stored(database_url: str) -> Iterator[Served]:
    """The Frameworks in SQLite and in PostgreSQL: for what does."""
    with serving(database=database_url) as served:
        yield served


@pytest.fixture
def key(api: Served) -> str:
    """A key with every scope of `api`."""
    return api.key()


@pytest.fixture(autouse=True)
def without_a_line_for_each_request() -> Iterator[None]:
    """Tens of thousands of log lines would hide what failed; who tests them sets the level itself."""
    with without_request_lines():
        yield
