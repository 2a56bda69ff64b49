"""What laws can ask for: one application for a module and a database, filled anew for each example."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from restwell import Api
from tests.api import Served, serving, without_request_lines

from .documents import served_documents
from .examples import EXAMPLES


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each law time for its examples."""
    for item in items:
        if item.path.parent == Path(__file__).parent and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(120 + EXAMPLES))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def api(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The resources that the module declares in `register`, in each database."""

    def register(api: Api) -> object:
        return request.module.register(api)

    if request.param == "sqlite":
        with serving(register, database=f"sqlite:///{tmp_path_factory.mktemp('law') / 'test.db'}") as served:
            yield served
        return
    server: Any = request.getfixturevalue("postgres_server")
    name = server.take_database()
    with serving(register, database=server.url(name)) as served:
        yield served
    server.give_back_database(name)


@pytest.fixture
def documents(database_url: str) -> Iterator[Served]:
    """The example of documents, in each database."""
    with served_documents(database_url) as served:
        yield served


@pytest.fixture
def documents_here(tmp_path: Path) -> Iterator[Served]:
    """The example of documents in SQLite alone, for what no database has a part in."""
    with served_documents(f"sqlite:///{tmp_path / 'law.db'}") as served:
        yield served


@pytest.fixture(autouse=True, scope="module")
def without_a_line_for_each_request() -> Iterator[None]:
    """Tens of thousands of log lines would hide what failed."""
    with without_request_lines():
        yield
