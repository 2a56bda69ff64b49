"""The rows that a proxy has a part in, through nginx with its defaults, and a wrong one named by the log."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import StartServer
from tests.proxies import nginx_with_defaults
from tests.servers import RestwellServer, wait_until

pytestmark = pytest.mark.slow
FLASK = "/frameworks/Flask"


def statuses(port: int, sent: bytes) -> list[int]:
    """The statuses of all answers on one connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(sent)
        came = b""
        while part := connection.recv(65536):
            came += part
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", came)]


def get(target: str, *fields: str, host: str = "Host: localhost") -> bytes:
    lines = [f"GET {target} HTTP/1.1", host, "Connection: close", *fields, "", ""]
    return "\r\n".join(line for number, line in enumerate(lines) if line or number > 1).encode()


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    directory: Path = tmp_path_factory.mktemp("nginx")
    server = RestwellServer(directory=directory)
    try:
        with nginx_with_defaults(int(server.url.rpartition(":")[2]), directory) as port:
            yield port
    finally:
        server.stop()


ROWS: list[tuple[bytes, set[int]]] = [
    (get(FLASK), {200}),
    (get(FLASK, host=""), {400}),
    (get(FLASK, "Host: evil.example"), {400}),
    (get(FLASK, host="Host: a b"), {400}),
    (b"GET /frameworks/Flask HTTP/1.0\r\n\r\n", {200}),
    (get(f"http://localhost{FLASK}"), {200}),
    (get(FLASK, "If_None_Match: *"), {200}),
    (get(FLASK, "SCRIPT_NAME: /x", "PATH_INFO: /frameworks/Django"), {200}),
    (get(FLASK, "X-Forwarded-Host: evil.example", "X-Forwarded-Prefix: /x"), {200}),
    (get("//frameworks"), {404}),
    (get("/frameworks//Flask"), {404}),
    (get("/frameworks/Flask/x.css"), {404}),
    (get("/frameworks/Flask%0A.css"), {404}),
    (get("/frameworks/a%0Ab"), {404}),
    (get("/frameworks/%00"), {400, 404}),
    (get(FLASK, "Content-Length: 5", "Transfer-Encoding: chunked"), {400}),
    (get(f"/{'x' * 5000}"), {414}),
]


def test_each_row_is_answered_as_it_should_be(proxied: int) -> None:
    found = [(sent[:80], statuses(proxied, sent), right) for sent, right in ROWS]
    assert not [row for row in found if len(row[1]) != 1 or row[1][0] not in row[2]]


def test_the_name_of_a_group_that_nginx_passes_on_is_named_by_the_log(
    start_server: StartServer, tmp_path: Path
) -> None:
    server = start_server()
    with nginx_with_defaults(int(server.url.rpartition(":")[2]), tmp_path, group=True) as port:
        assert statuses(port, get(FLASK, host="Host: api.example.org")) == [421]
        assert wait_until(lambda: "proxy_set_header Host $http_host" in server.stderr, 3)
    assert "the host backend was refused with 421" in server.stderr
