"""What the attacks ask for: the Frameworks on the fast path and through Flask's routing, on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api import Served, serving, without_request_lines
from tests.conftest import StartServer
from tests.servers import PostgresServer, RestwellServer

from .attacked import APPLICATION, Attack, Attacked
from .stand import HOOKED, Stand, port_to


@pytest.fixture(scope="module", params=["fast path", "Flask"])
def door(request: pytest.FixtureRequest) -> str:
    """The way that requests take through the application."""
    return str(request.param)


def behind(served: Served, door: str) -> Served:
    """The same, with a hook that closes the fast path where that is not the way."""
    if door == "Flask":
        served.app.before_request(lambda: None)
    return served


@pytest.fixture(scope="module")
def api(door: str) -> Iterator[Served]:
    """The Frameworks in memory, through one door and the other, for all tests of a module."""
    with serving() as served:
        yield behind(served, door)


@pytest.fixture
def stored(door: str, database_url: str) -> Iterator[Served]:
    """The Frameworks in both databases, through one door and the other."""
    with serving(database=database_url) as served:
        yield behind(served, door)


@pytest.fixture(autouse=True)
def without_a_line_for_each_request() -> Iterator[None]:
    """Thousands of log lines would hide what failed; who tests them sets the level itself."""
    with without_request_lines():
        yield


@pytest.fixture
def attack(start_server: StartServer, tmp_path: Path) -> Attack:
    """Give what starts the service with options."""
    (tmp_path / "attacked.py").write_text(APPLICATION)

    def start(*options: str) -> Attacked:
        return Attacked(start_server("attacked:app", "--issue-key", "me=notes:write", *options))

    return start


@pytest.fixture
def attacked(attack: Attack) -> Attacked:
    """The service on SQLite, with note 1."""
    service = attack("--database", "sqlite:///notes.db")
    assert service.ask("PUT", "/notes/1", b"{}", key=True)[0] == 201
    return service


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('catalogue') / 'frameworks.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = server.take_database()
    yield server.url(name)
    server.give_back_database(name)


@pytest.fixture(scope="module")
def workers() -> int:
    """How many workers a stand has; modules that ask several say so."""
    return 1


@pytest.fixture(scope="module", params=["direct", "nginx", "Flask"])
def stand(
    request: pytest.FixtureRequest, database: str, workers: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stand]:
    directory = tmp_path_factory.mktemp("stand")
    (directory / "hooked.py").write_text(HOOKED)
    options = ("--issue-key", "me=frameworks:write", "--database", database, "--workers", str(workers))
    server = RestwellServer(*(("hooked:app", *options) if request.param == "Flask" else options), directory=directory)
    with port_to(server, directory, by_nginx=request.param == "nginx") as port:
        yield Stand(server, port, database)
