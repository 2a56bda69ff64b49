"""The servers that tests run against do what tests rely on."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from tests import servers
from tests.conftest import StartServer
from tests.servers import PostgresServer, RestwellServer, free_port, wait_until


def scalar(url: str, sql: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(sql.encode()).fetchone()
    return row and row[0]


def test_database_url_names_an_empty_database(database_url: str) -> None:
    kind, _, rest = database_url.partition("://")
    if kind == "sqlite":
        assert rest.endswith("/test.db")
        assert not Path(rest[1:]).exists()
    else:
        tables = "SELECT count(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        assert kind == "postgresql"
        assert scalar(database_url, tables) == 0


def test_a_database_is_given_back_empty_and_without_its_connections(postgres_server: PostgresServer) -> None:
    name = postgres_server.take_database()
    with psycopg.connect(postgres_server.url(name)) as left_open:
        left_open.execute("CREATE TABLE framework (name text)")
        left_open.execute("CREATE SCHEMA other")
        left_open.execute("CREATE TABLE other.framework (name text)")
        left_open.commit()
        left_open.execute("SELECT * FROM framework")
        postgres_server.give_back_database(name)
        with pytest.raises(psycopg.OperationalError):
            left_open.execute("SELECT 1")

    assert postgres_server.take_database() == name
    schemas = r"SELECT string_agg(nspname, ' ') FROM pg_namespace WHERE nspname !~ '^pg_|^information_schema$'"
    assert scalar(postgres_server.url(name), schemas) == "public"
    assert scalar(postgres_server.url(name), "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
    postgres_server.give_back_database(name)


@pytest.mark.slow
def test_a_killed_server_comes_back_with_what_was_committed(
    postgres_server: PostgresServer, postgresql_url: str
) -> None:
    with psycopg.connect(postgresql_url) as connection:
        connection.execute("CREATE TABLE framework AS SELECT 'Flask' AS name")

    postgres_server.kill()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(postgresql_url, connect_timeout=2)
    postgres_server.start()

    assert scalar(postgresql_url, "SELECT name FROM framework") == "Flask"


def test_the_server_answers_on_a_unix_socket_too(postgres_server: PostgresServer) -> None:
    assert scalar(postgres_server.socket_url("postgres"), "SELECT inet_server_addr()") is None


@pytest.mark.slow
@pytest.mark.postgresql
def test_nothing_is_left_of_a_server_whose_tests_were_killed(postgres_server: PostgresServer) -> None:
    program = """
from tests.servers import PostgresServer
import time
server = PostgresServer()
server.start()
print(server.directory, server.port, flush=True)
time.sleep(60)
"""
    root = Path(__file__).parent.parent
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=root) as tests:
        assert tests.stdout is not None
        directory, port = tests.stdout.readline().split()
        assert Path(directory).is_dir()
        tests.kill()

    assert wait_until(lambda: not Path(directory).exists(), 10)
    with socket.socket() as client:
        assert client.connect_ex(("127.0.0.1", int(port))) != 0


def test_a_machine_without_postgresql_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "glob", lambda *_: iter(()))
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(servers.MissingServerError, match="apt-get install postgresql"):
        servers.postgres_binaries()


def test_free_port_can_be_bound() -> None:
    with socket.create_server(("127.0.0.1", free_port())) as server:
        assert server.getsockname()[1] < 32_768


# RestwellServer, against a stand-in for the command that keeps the same promises.

STAND_IN = """#!{python}
import http.server, os, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = os.environ.get("RESTWELL_SECRET", "none").encode()
        self.send_response(200 if self.path == "/" else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

if "--fail" in sys.argv:
    sys.exit("restwell: no such option: --fail")
host, port = sys.argv[sys.argv.index("--bind") + 1].split(":")
server = http.server.ThreadingHTTPServer((host, int(port)), Handler)
if "--workers" in sys.argv and os.fork() == 0:
    print(os.getpid(), file=sys.stderr, flush=True)
print(f"Listening on http://{{host}}:{{port}}", flush=True)
server.serve_forever()
"""


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = tmp_path / "restwell"
    command.write_text(STAND_IN.format(python=sys.executable))
    command.chmod(0o755)
    monkeypatch.setattr(servers, "restwell_command", lambda: str(command))


@pytest.mark.usefixtures("stand_in")
def test_a_server_is_ready_when_it_is_returned(start_server: StartServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESTWELL_SECRET", "of whoever runs the tests")
    first, second = start_server(), start_server(env={"RESTWELL_SECRET": "given"})
    assert first.url == f"http://{first.bind}"
    assert first.get("/") == (200, b"none")
    assert second.get("/elsewhere") == (404, b"given")
    assert first.stop() == -signal.SIGTERM
    assert "GET / " in first.stderr


@pytest.mark.usefixtures("stand_in")
def test_a_server_that_ends_at_once_is_an_error_with_its_words(start_server: StartServer) -> None:
    with pytest.raises(RuntimeError, match=r"ended with 1\n(?s:.*)no such option: --fail"):
        start_server("--fail")


@pytest.mark.usefixtures("stand_in")
def test_kill_takes_the_workers_along(start_server: StartServer) -> None:
    server: RestwellServer = start_server("--workers", "2")
    assert wait_until(lambda: server.stderr.strip().isdigit(), 5)
    worker = int(server.stderr)
    assert server.kill() == -signal.SIGKILL
    assert server.kill() == -signal.SIGKILL
    assert wait_until(lambda: is_gone(worker), 5)


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    status = Path(f"/proc/{pid}/stat")  # a zombie that nobody has waited for is gone as well
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z"


def test_wait_until_gives_up() -> None:
    start = time.monotonic()
    assert not wait_until(lambda: False, 0.05)
    assert time.monotonic() - start < 1
