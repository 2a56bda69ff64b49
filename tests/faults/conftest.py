"""Fixtures of the tests of faults: the counters, served by two workers from an empty database."""

import subprocess
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import StartServer
from tests.servers import is_root

from .clients import Served

Serve = Callable[..., Served]


@cache
def can_mount() -> bool:
    """Whether this process may mount a file system, on which a disk can be truly full."""
    if not is_root():
        return False
    command = ["unshare", "--mount", "sh", "-c", "mount -t tmpfs -o size=64k tmpfs /mnt"]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


@pytest.fixture
def mounting() -> None:
    """Asked for by tests that mount something: where nobody may, they are left out."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what cannot be tried here; a test that is skipped would count as failed."""
    if not can_mount():
        items[:] = [item for item in items if "mounting" not in getattr(item, "fixturenames", ())]


@pytest.fixture
def serve(start_server: StartServer, tmp_path: Path) -> Iterator[Serve]:
    """Serve the counters from a database; connections are closed after the test."""
    every = []

    def run(
        database: str, app: str = "counters:app", files: Mapping[str, str] | None = None, workers: int = 2
    ) -> Served:
        for name, text in (files or {}).items():
            (tmp_path / name).write_text(text)
        every.append(Served(start_server, tmp_path, database, app, workers))
        return every[-1]

    yield run
    for served in every:
        served.close()


def begun(serve: Serve, url: str) -> Served:
    """The counters, served, with one that is there."""
    served = serve(url)
    assert served.client().ask("PUT", "/counters/shared", {}).status == 201
    return served


@pytest.fixture
def counters(serve: Serve, database_url: str) -> Served:
    """The counters on SQLite and on PostgreSQL, with a counter `shared` at 0."""
    return begun(serve, database_url)
