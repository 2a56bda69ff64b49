"""Every row of the catalogue: its status, and behind it the same rows, the same worker, a canary, and little memory.

Each is sent direct to `restwell serve`, through nginx with its defaults, and to an application whose hook has every
request go through Flask's routing; on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest

from tests.proxies import nginx_with_defaults
from tests.servers import PostgresServer, RestwellServer

from .catalogue import ROWS, Row, Sent
from .watched import Watched

pytestmark = [pytest.mark.slow, pytest.mark.alone]
MAX_SECONDS, MAX_GROWTH, MAX_TOLD = 1.0, 32 * 1024, 4096
INTERNAL = re.compile(rb"Traceback|sqlite3|psycopg|sqlalchemy|SELECT |INSERT |/site-packages/|\.py\b|restwell_keys")
HOOKED = """
from restwell.frameworks import app

app.before_request(lambda: None)
"""


class Answer:
    """One answer as it came; `status` is 0 where the connection ended without one."""

    def __init__(self, came: bytes) -> None:
        head, _, self.content = came.partition(b"\r\n\r\n")
        found = re.match(rb"HTTP/1\.[01] (\d{3}) ", head)
        self.status = int(found[1]) if found else 0
        self.head = head.lower()

    @property
    def is_problem(self) -> bool:
        return b"content-type: application/problem+json" in self.head


class Stand(Watched):
    """A service that is sent the rows, direct or through what stands before it."""

    def send(self, sent: Sent) -> Answer:
        target = sent.target if isinstance(sent.target, bytes) else sent.target.encode()
        lines = [b"%b %b HTTP/1.1" % (sent.method.encode(), target), b"Host: localhost", b"Connection: close"]
        lines += [field.encode("latin-1") for field in sent.fields]
        if sent.content is not None:
            lines.append(b"Content-Length: %d" % len(sent.content))
        if sent.key:
            lines.append(f"Authorization: Bearer {self.key}".encode())
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            came = b""
            with suppress(ConnectionError):  # it was answered before all had come
                connection.sendall(b"\r\n".join([*lines, b"", sent.content or b""]))
            with suppress(ConnectionError):
                while part := connection.recv(65536):
                    came += part
        return Answer(came)

    def resident(self) -> int:
        """KiB that the workers have in memory."""
        return sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4 for pid in self.workers)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('catalogue') / 'frameworks.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = server.take_database()
    yield server.url(name)
    server.give_back_database(name)


@pytest.fixture(scope="module", params=["direct", "nginx", "Flask"])
def stand(request: pytest.FixtureRequest, database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    directory = tmp_path_factory.mktemp("stand")
    (directory / "hooked.py").write_text(HOOKED)
    options = ("--issue-key", "me=frameworks:write", "--database", database)
    server = RestwellServer(*(("hooked:app", *options) if request.param == "Flask" else options), directory=directory)
    port = int(server.url.rpartition(":")[2])
    try:
        if request.param == "nginx":
            with nginx_with_defaults(port, directory) as proxied:
                yield Stand(server, proxied)
        else:
            yield Stand(server, port)
    finally:
        server.stop()


@pytest.mark.parametrize("row", ROWS, ids=[f"{row.number} {row.name}" for row in ROWS])
def test_a_row_is_answered_as_is_right_and_harms_nothing(stand: Stand, row: Row) -> None:
    before, lines = stand.resident(), len(stand.server.stderr.splitlines())
    for sent in row.sent:
        started = time.perf_counter()
        answer = stand.send(sent)
        assert answer.status in row.right, (sent.method, sent.target[:80], (sent.content or b"")[:80], answer.status)
        assert time.perf_counter() - started < MAX_SECONDS
        if answer.status >= 400:
            said = set(INTERNAL.findall(answer.content)) - set(INTERNAL.findall(unquote_to_bytes(sent.target)))
            assert not said, answer.content[:400]
            if row.reached:
                assert answer.is_problem or stand.port != int(stand.server.url.rpartition(":")[2]), answer.head
            if answer.is_problem:
                assert json.loads(answer.content)["status"] == answer.status
                assert len(answer.content) <= MAX_TOLD
        if row.number == 23:
            assert b"cache-control: no-store" in answer.head
        assert b"access-control-allow-origin" not in answer.head
    assert stand.resident() - before <= MAX_GROWTH
    for line in stand.server.stderr.splitlines()[lines:]:
        assert len(line.encode()) < MAX_TOLD
        assert json.loads(line)["status"] in row.right | {200}
    assert stand.holds("/frameworks/Django")
