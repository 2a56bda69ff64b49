"""Options of the commands that no other test shows the effect of, and that each of them has one."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from types import MappingProxyType

import click
import pytest

from restwell.cli import restwell
from tests.arguments import SHOWN, shows
from tests.conftest import StartServer
from tests.restwell.cli.conftest import BOOKS, Run, Write
from tests.servers import RestwellServer, children, restwell_command

MODULES = [f"tests.restwell.cli.{path.stem}" for path in sorted(Path(__file__).parent.glob("test_*.py"))]
MODULES.append("tests.restwell_audit.test_cli")
SHARED = {"reference", "database"}
"""Taken by all commands alike, from one place."""


def commands(group: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, with what is typed for it."""
    if isinstance(group, click.Group):
        context = click.Context(group)
        for name in group.list_commands(context):
            found = group.get_command(context, name)
            assert found is not None
            yield from commands(found, f"{path} {name}")
    else:
        yield path, group


@pytest.mark.parametrize("path, command", list(commands(restwell, "restwell")), ids=str)
def test_each_option_has_a_test_that_shows_its_effect(path: str, command: click.Command) -> None:
    for module in MODULES:
        import_module(module)  # which notes what its tests show
    names = {str(each.name) for each in command.params if not getattr(each, "hidden", False)} - {"help"}
    shown = {name for taker, name in SHOWN if taker == path}
    assert names - SHARED == shown - SHARED


@pytest.mark.parametrize("path, command", list(commands(restwell, "restwell")), ids=str)
def test_an_option_that_is_hidden_is_another_spelling_of_one_that_is_shown(path: str, command: click.Command) -> None:
    hidden = [each for each in command.params if getattr(each, "hidden", False)]
    assert [each.opts for each in hidden] == ([["--app"]] if path == "restwell serve" else [])


# -- serve --------------------------------------------------------------------------------------------------

WAITING = """
import threading

meeting = threading.Barrier(2, timeout=5)

@app.route("/meet")
def meet():
    meeting.wait()
    return "met"
"""


@pytest.mark.slow
@shows("restwell serve", "threads")
def test_two_threads_answer_two_requests_at_once(start_server: StartServer, write: Write) -> None:
    server = start_server(write(BOOKS + WAITING), "--threads", "2", "--database", "sqlite://")
    answers: list[int] = []
    asking = [threading.Thread(target=lambda: answers.append(server.get("/meet")[0])) for _ in range(2)]
    for each in asking:
        each.start()
    for each in asking:
        each.join()
    assert answers == [200, 200]


@pytest.mark.slow
@shows("restwell serve", "workers")
def test_each_worker_is_a_process(start_server: StartServer, sqlite_url: str) -> None:
    counts = []
    for workers in (1, 2):
        server = start_server("--workers", str(workers), "--database", sqlite_url)
        counts.append(len(children(server.process.pid)))
        server.stop()
    assert counts[1] == counts[0] + 1


@shows("restwell serve", "base_url")
def test_links_begin_with_the_base_url(start_server: StartServer) -> None:
    server = start_server("--base-url", "https://api.example.org/v1", "--database", "sqlite://")
    assert json.loads(server.get("/")[1])["frameworks"] == "https://api.example.org/v1/frameworks"


@pytest.mark.slow
@shows("restwell serve", "allowed")
def test_a_host_that_is_allowed_is_answered(start_server: StartServer) -> None:
    for allowed, status in ((["--allow-host", "api.test", "--allow-host", ".shop.test"], 200), ([], 421)):
        server = start_server(*allowed, "--database", "sqlite://")
        for host in ("api.test", "eu.shop.test"):
            assert status_for(server, host) == status
        server.stop()


APP, DEV = "https://app.example.org", "http://localhost:5173"
BROKEN = (
    "POST /frameworks HTTP/1.1\r\nHost: localhost\r\nOrigin: {}\r\nContent-Type: application/json\r\n"
    "Content-Length: 20000\r\nAuthorization: Bearer {}\r\n\r\n{{"
)


@pytest.mark.slow
@shows("restwell serve", "cors")
def test_pages_of_an_origin_may_read_what_is_answered(start_server: StartServer) -> None:
    server = start_server(
        "--cors", APP, "--cors", DEV, "--issue-key", "me=frameworks:write", "--database", "sqlite://"
    )
    key = server.stdout.splitlines()[0].rpartition(" ")[2]
    for origin, allowed in ((APP, APP), (DEV, DEV), ("https://evil.example", None)):
        assert allowed_by(server, origin) == allowed
        assert allowed_by(server, origin, "OPTIONS", {"Access-Control-Request-Method": "PUT"}) == allowed
        told = exchanged(server, BROKEN.format(origin, key))
        assert told.startswith(b"HTTP/1.1 400 "), told  # which the application has never seen
        assert (b"access-control-allow-origin: " + (allowed or "-").encode() in told.lower()) == bool(allowed)
        assert b"vary: origin\r\n" in told.lower()


def allowed_by(
    server: RestwellServer, origin: str, method: str = "GET", headers: Mapping[str, str] = MappingProxyType({})
) -> str | None:
    """The origin that an answer is shared with."""
    connection = HTTPConnection("127.0.0.1", int(server.url.rpartition(":")[2]), timeout=10)
    try:
        connection.request(method, "/frameworks/Flask", headers={"Origin": origin, **headers})
        return connection.getresponse().getheader("Access-Control-Allow-Origin")
    finally:
        connection.close()


def exchanged(server: RestwellServer, sent: str) -> bytes:
    """All that comes for what is sent before the end of it."""
    with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), timeout=10) as connection:
        connection.sendall(sent.encode())
        connection.shutdown(socket.SHUT_WR)
        came = b""
        while piece := connection.recv(65536):
            came += piece
        return came


@pytest.mark.parametrize(
    "origin, told",
    [
        ("https://app.example.org/", "is not an origin as browsers send it: write https://app.example.org."),
        ("app.example.org", "is not an origin: write a scheme, a host and a port if any"),
        ("null", "every sandboxed page sends"),
    ],
)
def test_a_wrong_origin_is_one_sentence(origin: str, told: str, run: Run) -> None:
    ran = run("serve", "--cors", origin, "--database", "sqlite://")
    assert (ran.code, ran.out) == (2, "")
    assert told in ran.err
    assert len(ran.err.splitlines()) == 1


@pytest.mark.slow
def test_a_wrong_origin_of_the_environment_is_one_sentence(tmp_path: Path) -> None:
    command = [restwell_command(), "serve", "--bind", "127.0.0.1:0", "--database", "sqlite://"]
    environment = {**os.environ, "RESTWELL_CORS": "app.example.org"}
    ran = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=tmp_path, timeout=20, env=environment
    )
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("restwell: In RESTWELL_CORS, 'app.example.org' is not an origin: write")
    assert len(ran.stderr.splitlines()) == 1


def status_for(server: RestwellServer, host: str) -> int:
    connection = HTTPConnection("127.0.0.1", int(server.url.rpartition(":")[2]), timeout=10)
    try:
        connection.request("GET", "/frameworks", headers={"Host": host})
        return connection.getresponse().status
    finally:
        connection.close()


# -- audit --------------------------------------------------------------------------------------------------

OPENAPI = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/described": {"get": {}}}}


@pytest.fixture
def asked() -> Iterator[tuple[str, list[tuple[float, str, str | None]]]]:
    """A server that links a hundred things, and what it was asked: when, for what, and with which `X-Mine`."""
    seen: list[tuple[float, str, str | None]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append((time.monotonic(), self.path, self.headers["X-Mine"]))
            things = {"things": [{"href": f"/things/{number}"} for number in range(100)]}
            body = json.dumps(OPENAPI if self.path == "/described.json" else things).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815 - as the library calls it

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", seen
        finally:
            server.shutdown()
            thread.join()


Asked = tuple[str, list[tuple[float, str, str | None]]]


@shows("restwell audit", "headers")
def test_a_header_field_is_sent_with_every_request(run: Run, asked: Asked) -> None:
    url, seen = asked
    run("audit", url, "-H", "X-Mine: this", "--max-requests", "10")
    assert {mine for _, path, mine in seen if path != "/robots.txt"} == {"this"}


@shows("restwell audit", "max_requests")
def test_no_more_requests_are_sent_than_are_allowed(run: Run, asked: Asked) -> None:
    url, seen = asked
    run("audit", url, "--max-requests", "15")
    assert 5 < len(seen) <= 15


@pytest.mark.slow
@shows("restwell audit", "rate")
def test_requests_come_no_faster_than_is_said(run: Run, asked: Asked) -> None:
    url, seen = asked
    run("audit", url, "--max-requests", "12", "--rate", "10")
    assert seen[-1][0] - seen[0][0] >= (len(seen) - 2) / 10


@shows("restwell audit", "openapi")
def test_a_description_that_is_not_linked_is_read(run: Run, asked: Asked) -> None:
    url, seen = asked
    run("audit", url, "--max-requests", "20")
    assert "/described.json" not in {path for _, path, _ in seen}
    run("audit", url, "--openapi", f"{url}/described.json", "--max-requests", "20")
    assert "/described.json" in {path for _, path, _ in seen}
