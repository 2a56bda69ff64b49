"""Fixtures that every test can ask for: databases and servers, real ones.

With RESTWELL_REQUIRE_SERVERS=1, as in CI, a missing server is an error, and a run that skipped any test has
failed.
"""

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import hypothesis
import pytest

from tests.mariadb import MariadbServer
from tests.redis import RedisServer
from tests.servers import MissingServerError, PostgresServer, RestwellServer

REQUIRE_SERVERS = os.environ.get("RESTWELL_REQUIRE_SERVERS") == "1"
USE_POSTGRESQL = {"postgres_server", "postgresql_url", "database_url", "engine_url"}
ON_MARIADB = (
    "tests/conformance/",
    "tests/faults/",
    "tests/restwell/files/",
    *(f"tests/restwell/{module}.py" for module in (
        "cli/test_loading", "cli/test_writing_out", "storage/mapped/test_models_text",
        "storage/mapped/test_reflecting", "web/flask/test_reflected",
    )),
    *(
        f"tests/restwell/storage/test_{module}.py"
        for module in (
            "keyset", "kinds", "migrations", "names", "numbering", "outbox", "schema", "tables", "units",
        )
    ),
)  # fmt: skip
"""Whose tests run on MariaDB too: as it is seen from outside, and as things are stored."""

# No deadline: how long an example takes says more about the machine than about the code.
hypothesis.settings.register_profile("restwell", deadline=None, print_blob=True)
hypothesis.settings.load_profile("restwell")


class StartServer(Protocol):
    """What the fixture `start_server` gives: `RestwellServer` without having to say where, or to stop it."""

    def __call__(
        self,
        *arguments: str,
        env: dict[str, str] | None = None,
        bind: str | None = None,
        seconds: float = 20,
    ) -> RestwellServer: ...


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Start a PostgreSQL, one for each worker, in half a second. A test may `kill` and `start` it."""
    try:
        server = PostgresServer()
    except MissingServerError as missing:
        if REQUIRE_SERVERS:
            raise
        pytest.skip(str(missing))
    with server:
        yield server


@pytest.fixture
def postgresql_url(postgres_server: PostgresServer) -> Iterator[str]:
    """Give the address of an empty PostgreSQL database."""
    name = postgres_server.take_database()
    yield postgres_server.url(name)
    postgres_server.give_back_database(name)


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[MariadbServer]:
    """Start a MariaDB, one for each worker, in two seconds."""
    try:
        server = MariadbServer()
    except MissingServerError as missing:
        if REQUIRE_SERVERS:
            raise
        pytest.skip(str(missing))
    with server:
        yield server


@pytest.fixture
def mariadb_url(mariadb_server: MariadbServer) -> Iterator[str]:
    """Give the address of an empty MariaDB database, as SQLAlchemy has it."""
    url = mariadb_server.make_database()
    yield url
    mariadb_server.drop_database(url)


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    """Start a Redis, for one test. It may `kill`, `stop` and `flush` it."""
    try:
        server = RedisServer()
    except MissingServerError as missing:
        if REQUIRE_SERVERS:
            raise
        pytest.skip(str(missing))
    with server:
        yield server


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Give the address of an SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'test.db'}"


@pytest.fixture(params=["sqlite", "postgresql", pytest.param("mariadb", marks=pytest.mark.slow)])
def database_url(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Give the address of an empty database; the test runs once for each kind.

    A machine that stands still for a moment, as with two MariaDBs on two cores, does not tell of conformance.
    """
    if request.param == "mariadb" and request.node.nodeid.startswith("tests/conformance/"):
        for module in ("restwell.storage.given.driver", "restwell.flow.steps"):
            monkeypatch.setattr(f"{module}.MAX_LOOK", 3.0)
    url = request.getfixturevalue(f"{request.param}_url")
    assert isinstance(url, str)
    return url


@pytest.fixture(params=["sqlite", "psycopg", "psycopg2"])
def engine_url(request: pytest.FixtureRequest) -> str:
    """Give the address of an empty database as SQLAlchemy has it; the test runs once for each library."""
    if request.param == "sqlite":
        url = request.getfixturevalue("sqlite_url")
    else:
        url = request.getfixturevalue("postgresql_url").replace("postgresql://", f"postgresql+{request.param}://")
    assert isinstance(url, str)
    return url


@pytest.fixture(scope="module")
def little_to_collect() -> Iterator[None]:
    """Leave what other tests have made to nobody's time: a collection of all of it takes half a second."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[StartServer]:
    """Start `restwell serve ARGUMENTS` in the test's directory; after the test all of them are stopped."""
    started = []

    def start(
        *arguments: str,
        env: dict[str, str] | None = None,
        bind: str | None = None,
        seconds: float = 20,
    ) -> RestwellServer:
        server = RestwellServer(*arguments, directory=tmp_path, env=env, bind=bind, seconds=seconds)
        started.append(server)
        return server

    yield start
    for server in started:
        server.stop()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs PostgreSQL, so that `-m "not postgresql"` leaves it out; leave out repetition on MariaDB."""
    items[:] = [item for item in items if not is_repetition(item)]
    for item in items:
        if not isinstance(item, pytest.Function):
            continue
        case = item.callspec.params if hasattr(item, "callspec") else {}
        kinds = {case.get("database_url"), case.get("engine_url")}
        if USE_POSTGRESQL.intersection(item.fixturenames) and kinds.isdisjoint({"sqlite", "mariadb"}):
            item.add_marker(pytest.mark.postgresql)


def is_repetition(item: pytest.Item) -> bool:
    """Whether a test runs on every database, this is MariaDB, and the others are enough."""
    case = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    left_out = item.get_closest_marker("not_on_mariadb") is not None or not item.nodeid.startswith(ON_MARIADB)
    return case.get("database_url") == "mariadb" and left_out


# By pytest's own summary, so that it counts what the workers of xdist have skipped, and whole modules too.
@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if skipped_though_required(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    skipped = skipped_though_required(config)
    if skipped:
        terminalreporter.write_line(
            f"{skipped} skipped, and RESTWELL_REQUIRE_SERVERS=1 allows none: this run has failed.", red=True
        )


def skipped_though_required(config: pytest.Config) -> int:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if not REQUIRE_SERVERS or not isinstance(reporter, pytest.TerminalReporter):
        return 0
    return len(reporter.stats.get("skipped", []))
