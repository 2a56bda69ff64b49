"""Fixtures of the tests of faults: the counters, served by two workers from an empty database."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.conftest import StartServer

from .clients import Served

Serve = Callable[..., Served]


@pytest.fixture
def serve(start_server: StartServer, tmp_path: Path) -> Iterator[Serve]:
    """Serve the counters from a database; connections are closed after the test."""
    every = []

    def run(database: str, app: str = "counters:app", files: Mapping[str, str] | None = None) -> Served:
        for name, text in (files or {}).items():
            (tmp_path / name).write_text(text)
        every.append(Served(start_server, tmp_path, database, app))
        return every[-1]

    yield run
    for served in every:
        served.close()


@pytest.fixture
def counters(serve: Serve, database_url: str) -> Served:
    """The counters on SQLite and on PostgreSQL, with a counter `shared` at 0."""
    served = serve(database_url)
    assert served.client().ask("PUT", "/counters/shared", {}).status == 201
    return served
