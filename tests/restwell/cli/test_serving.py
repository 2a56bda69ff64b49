"""restwell serve: when it is ready, how it ends, what it refuses; real processes on real sockets."""

import json
import os
import signal
import socket
import subprocess
import threading
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from restwell.cli.serving import default_threads, read_bind
from tests.arguments import shows
from tests.conftest import StartServer
from tests.restwell.cli.conftest import BOOKS, Run, Write
from tests.servers import RestwellServer, children, free_port, restwell_command, wait_until

SLOW = """
import time

@app.route("/slow")
def slow():
    open("slow", "w").close()
    time.sleep(1)
    return "done"
"""


def request(
    server: RestwellServer, method: str, path: str, key: str = "", data: object = None, host: str = ""
) -> tuple[int, bytes]:
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    headers |= {"Authorization": f"Bearer {key}"} if key else {}
    headers |= {"Host": host} if host else {}
    body = None if data is None else json.dumps(data).encode()
    message = urllib.request.Request(server.url + path, body, headers, method=method)
    try:
        with urllib.request.urlopen(message, timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read()


def key_of(server: RestwellServer) -> str:
    first = server.stdout.splitlines()[0]
    return first.partition(": ")[2]


def serve(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [restwell_command(), "serve", "--bind", "127.0.0.1:0", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, timeout=20)


@pytest.mark.slow
@shows("restwell serve", "database", "workers", "bind")
def test_it_answers_when_it_says_so(start_server: StartServer, database_url: str) -> None:
    server = start_server("--database", database_url, "--workers", "2", bind="127.0.0.1:0")
    assert server.get("/health/ready")[0] == 200
    assert server.get("/frameworks/Flask")[0] == 200
    assert server.stdout == f"Listening on {server.url}\n"
    assert server.stop() == 0


def test_the_default_database_is_a_file_here(start_server: StartServer, tmp_path: Path) -> None:
    start_server()
    assert (tmp_path / "restwell.db").exists()


@pytest.mark.slow
@pytest.mark.parametrize("in_memory", [True, False])
@shows("restwell serve", "wishes")
def test_a_key_is_made_at_start(in_memory: bool, start_server: StartServer, sqlite_url: str) -> None:
    url = "sqlite://" if in_memory else sqlite_url
    server = start_server("--database", url, "--issue-key", "me=frameworks:create,frameworks:delete")
    assert server.stdout.startswith("Key me: rw_")
    new = {"name": "Pyramid", "created": 2010}
    assert request(server, "POST", "/frameworks", key_of(server), new)[0] == 201
    assert request(server, "GET", "/frameworks/Pyramid")[0] == 200
    assert request(server, "PUT", "/frameworks/Pyramid", key_of(server), new)[0] == 403
    assert request(server, "DELETE", "/frameworks/Pyramid", key_of(server))[0] == 204


@shows("restwell serve", "reference")
def test_an_application_of_ones_own(start_server: StartServer, write: Write, sqlite_url: str) -> None:
    server = start_server(write(), "--database", sqlite_url, "--base-url", "https://api.example.org")
    assert b"https://api.example.org/books" in server.get("/")[1]
    assert server.get("/books/Emma")[0] == 200


@pytest.mark.slow
def test_the_host_it_is_bound_to_is_its_own(start_server: StartServer) -> None:
    server = start_server("--database", "sqlite://", bind=f"127.0.0.2:{free_port()}")
    assert request(server, "GET", "/frameworks")[0] == 200
    assert request(server, "GET", "/frameworks", host="localhost")[0] == 200
    assert request(server, "GET", "/frameworks", host="elsewhere.example")[0] == 421


@pytest.mark.slow
@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_requests_in_flight_are_finished(
    sent: signal.Signals, start_server: StartServer, write: Write, tmp_path: Path
) -> None:
    server = start_server(write(BOOKS + SLOW), "--database", "sqlite://", "--threads", "2")
    answers: list[tuple[int, bytes]] = []
    asking = threading.Thread(target=lambda: answers.append(server.get("/slow")))
    asking.start()
    assert wait_until((tmp_path / "slow").exists, 5)
    os.killpg(server.process.pid, sent) if sent == signal.SIGINT else server.process.send_signal(sent)
    assert server.process.wait(10) == 0
    asking.join()
    assert answers == [(200, b"done")]
    assert "Traceback" not in server.stderr
    assert "Unexpected" not in server.stderr


@pytest.mark.slow
def test_nothing_is_left_of_it(start_server: StartServer) -> None:
    server = start_server("--database", "sqlite://")
    workers = children(server.process.pid)
    assert server.stop() == 0
    assert not any(map(is_running, workers))
    with pytest.raises(urllib.error.URLError):
        server.get("/")


@pytest.mark.slow
def test_workers_do_not_outlive_it(start_server: StartServer) -> None:
    server = start_server("--database", "sqlite://")
    (worker,) = children(server.process.pid)
    server.process.kill()
    assert wait_until(lambda: not is_running(worker), 5)


def is_running(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")  # one that nobody has waited for is not running either
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.slow
def test_a_worker_that_dies_is_replaced(start_server: StartServer, sqlite_url: str) -> None:
    server = start_server("--database", sqlite_url)
    (worker,) = children(server.process.pid)
    os.kill(worker, signal.SIGKILL)
    assert server.get("/frameworks/Flask")[0] == 200  # it waited in the queue of the socket, which is nobody's alone
    assert children(server.process.pid) != [worker]
    assert server.stop() == 0


@pytest.mark.slow
def test_with_rows_in_memory_it_ends_with_its_worker(start_server: StartServer) -> None:
    server = start_server("--database", "sqlite://")
    os.kill(children(server.process.pid)[0], signal.SIGKILL)
    assert server.process.wait(10) == 1


@pytest.mark.slow
def test_each_request_has_one_line_of_json(start_server: StartServer) -> None:
    server = start_server("--database", "sqlite://", "--issue-key", "me=frameworks:write")
    request(server, "GET", "/frameworks?created[gte]=2010&nonsense=secret", key_of(server))
    server.stop()
    (line,) = server.stderr.splitlines()
    told = json.loads(line)
    assert set(told) == {"time", "request_id", "method", "path", "status", "duration_ms", "key", "parameters"}
    assert (told["method"], told["path"], told["status"]) == ("GET", "/frameworks", 400)
    assert told["parameters"] == ["created[gte]", "nonsense"]
    assert "secret" not in line
    assert key_of(server)[14:] not in line


def test_a_port_in_use_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        bind = f"127.0.0.1:{taken.getsockname()[1]}"
        said = serve(tmp_path, "--bind", bind)
    assert (said.returncode, said.stdout) == (1, "")
    assert (
        said.stderr
        == f"restwell: Cannot listen on {bind}: Address already in use. Choose another address with --bind.\n"
    )


@pytest.mark.slow
def test_who_binds_it_beyond_this_machine_is_told_what_is_missing(start_server: StartServer) -> None:
    open_to_all = start_server("--database", "sqlite://", bind=f"0.0.0.0:{free_port()}")
    assert "0.0.0.0 can be reached by other machines" in open_to_all.stderr
    told = ("--database", "sqlite://", "--base-url", "https://api.example.org")
    assert start_server(*told, bind=f"0.0.0.0:{free_port()}").stderr == ""
    assert start_server("--database", "sqlite://").stderr == ""


REFUSED = [
    (("nowhere:app",), 1, "There is no module 'nowhere' here"),
    (("json:loads",), 1, "has no API"),
    (("--database", "oracle://here"), 1, "use sqlite:///FILE"),
    (("--database", "postgresql://me@127.0.0.1:1/none"), 1, "Connection refused"),
    (("--database", "sqlite://", "--workers", "2"), 2, "one worker"),
    (("--database", "sqlite://", "--issue-key", "me=nonsense:write"), 1, "frameworks:create, frameworks:delete"),
    (("--database", "sqlite://", "--base-url", "nonsense"), 1, "is not a base URL"),
]


@pytest.mark.slow
@pytest.mark.parametrize("arguments, code, said", REFUSED, ids=[" ".join(arguments) for arguments, _, _ in REFUSED])
def test_what_it_cannot_serve_is_one_sentence(
    arguments: tuple[str, ...], code: int, said: str, tmp_path: Path
) -> None:
    ran = serve(tmp_path, *arguments)
    assert (ran.returncode, ran.stdout) == (code, "")
    assert said in ran.stderr
    assert len(ran.stderr.splitlines()) == 1


@pytest.mark.slow
def test_a_resource_that_says_nothing_of_who_may_use_it_stops_the_start(
    write: Write, database_url: str, tmp_path: Path
) -> None:
    """Row 56 of the hostile catalogue: nothing is permitted by default, and nothing is served then."""
    silent = write(
        f"{BOOKS}\n@api.resource('/silent')\nclass Silent(Resource):\n    id: int = Field(identity=True)\n"
    )
    ran = serve(tmp_path, silent, "--database", database_url)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "nothing is permitted by default" in ran.stderr
    assert len(ran.stderr.splitlines()) == 1


@pytest.mark.slow
def test_hosts_beside_trusted_ones_are_one_sentence_and_without_them_it_serves(
    start_server: StartServer, write: Write, tmp_path: Path
) -> None:
    trusting = write(f"{BOOKS}\napp.config['TRUSTED_HOSTS'] = ['127.0.0.1']\n")
    ran = serve(tmp_path, trusting, "--database", "sqlite://", "--allow-host", "api.example.org")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "name every host in TRUSTED_HOSTS" in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
    server = start_server(trusting, "--database", "sqlite://")
    assert request(server, "GET", "/books")[0] == 200


@pytest.mark.slow
def test_tables_that_do_not_fit_are_one_sentence(run: Run, write: Write, database_url: str, tmp_path: Path) -> None:
    assert run("export", "books", "--app", write(), "--database", database_url).code == 0
    other = write(BOOKS.replace("year: int", "year: int\n    pages: int = 1"))
    ran = serve(tmp_path, other, "--database", database_url, "--workers", "2")
    assert ran.returncode == 1
    assert "books.pages is missing" in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
    assert run("migrate", "--apply", "--app", other, "--database", database_url).code == 0


def test_threads_are_many_only_where_a_worker_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RESTWELL_DATABASE", raising=False)
    assert default_threads(None) == default_threads("sqlite://") == 1
    assert default_threads("postgresql://localhost/x") == 4
    assert default_threads("mariadb+pymysql://root@localhost/x") == default_threads("duckdb:///x.duckdb") == 4
    monkeypatch.setenv("RESTWELL_DATABASE", "postgresql://localhost/x")
    assert default_threads(None) == 4


def test_addresses_to_bind_to() -> None:
    assert read_bind("[::1]:80") == ("[::1]", 80)
    assert read_bind("localhost:0") == ("localhost", 0)
