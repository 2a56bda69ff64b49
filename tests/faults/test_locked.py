"""An SQLite database that another program has locked (F11): who can read reads on, and nobody waits in vain twice."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.servers import OtherServer, wait_until

from .clients import Client, Served, say, together
from .conftest import Serve, begun
from .test_hanging import AT_ONCE, answered, is_well

pytestmark = [pytest.mark.slow, pytest.mark.alone]
WITHIN = 1.3
"""Seconds within which a writer is refused: one, and what a busy machine adds to it."""
HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=5)
for statement in sys.argv[2:]:
    connection.execute(statement).fetchall()
print("locked", flush=True)
sys.stdin.read()
"""


@contextmanager
def locked(served: Served, *statements: str) -> Iterator[None]:
    """While another program has the database, having run these statements."""
    path = served.database.removeprefix("sqlite:///")
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, path, *statements], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"locked\n"
        yield
        other.kill()


@pytest.fixture
def counters(serve: Serve, sqlite_url: str) -> Served:
    return begun(serve, sqlite_url)


def put(client: Client) -> tuple[int, float]:
    return answered(client, "PUT", "/counters/shared", {"number": time.time_ns() % 1000})


def test_readers_go_on_while_another_program_has_the_lock(counters: Served) -> None:
    clients = counters.workers()
    beside = [counters.beside(client) for client in clients]
    assert all(is_well(client) for client in clients)
    with locked(counters, "BEGIN EXCLUSIVE"):
        first = together([partial(put, client) for client in (*clients, *beside)])
        known = [put(client) for _ in range(5) for client in clients]
        read = [answered(client, "GET", path) for _ in range(5) for client in clients
                for path in ("/counters/shared", "/counters", "/health/live", "/health/ready")]  # fmt: skip
    began = time.monotonic()
    assert all(wait_until(partial(is_well, client), 2) for client in clients)
    seconds = time.monotonic() - began
    say(
        f"SQLite locked by another program: writers 503 within {max(spent for _, spent in first):.2f} s, then within "
        f"{max(spent for _, spent in known) * 1000:.0f} ms; reads "
        f"within {max(spent for _, spent in read) * 1000:.0f} ms; all well {seconds:.2f} s after"
    )
    assert {status for status, _ in [*first, *known]} == {503}
    assert {status for status, _ in read} == {200}
    assert max(spent for _, spent in known) < AT_ONCE
    assert max(spent for _, spent in read) < AT_ONCE
    assert max(spent for _, spent in first) < WITHIN


@pytest.mark.parametrize(
    "statements",
    [
        ("PRAGMA journal_mode = DELETE", "BEGIN EXCLUSIVE"),
        ("PRAGMA locking_mode = EXCLUSIVE", "BEGIN EXCLUSIVE", "COMMIT"),
        ("PRAGMA journal_mode = DELETE", "PRAGMA locking_mode = EXCLUSIVE", "BEGIN EXCLUSIVE", "COMMIT"),
    ],
)
def test_a_service_that_starts_while_nobody_may_read_answers_503_at_once_and_then_all(
    counters: Served, statements: tuple[str, ...], tmp_path: Path
) -> None:
    counters.server.stop()
    with locked(counters, *statements):
        began = time.monotonic()
        server = OtherServer(
            "gunicorn", "--workers", "1", "--bind", "127.0.0.1:{port}", "counters:app",
            directory=tmp_path, env={"RESTWELL_DATABASE": counters.database},
        )  # fmt: skip
        begin = time.monotonic() - began
        client = Client(server.url, counters.key)
        told = [answered(client, method, path) for _ in range(3) for method, path in (
            ("GET", "/counters/shared"), ("GET", "/health/ready"))]  # fmt: skip
        fine = [
            answered(client, "GET", path)
            for path in ("/health/live", "/health/live", "/openapi.json", "/health/live")
        ]
    try:
        began = time.monotonic()
        assert wait_until(partial(is_well, client), 5)
        seconds = time.monotonic() - began
    finally:
        client.connection.close()
        server.stop()
    say(f"{statements}: 503 within {max(spent for _, spent in told) * 1000:.0f} ms, all well {seconds:.2f} s after")
    assert begin < 30
    assert {status for status, _ in told} == {503}
    assert {status for status, _ in fine} == {200}
    assert max(spent for _, spent in told[2:]) < AT_ONCE
    assert seconds < 2
