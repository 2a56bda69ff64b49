"""Rows 1 to 8, 11 to 16, 18 and 19: how messages are framed, over sockets, direct to `restwell serve`.

What the server's parser refuses has its own answer, without our body. Each row: the status, one answer and no more,
an unchanged database, the same worker, and a canary that is answered behind it.
"""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import RestwellServer

from .watched import Watched

pytestmark = pytest.mark.slow
JSON = "Content-Type: application/json"
BODY = b'{"name": "Smuggled", "created": 2020}'
FLASK = "/frameworks/Flask"
CLOSED = 0
"""Stands for a connection that ends without an answer."""


class Target(Watched):
    """A running server that is sent bytes as they are."""

    def send(self, sent: bytes, *, half_close: bool = False, seconds: float = 3) -> bytes:
        """Everything that comes back until the connection ends, or nothing has come for a while."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            connection.sendall(sent)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
            connection.settimeout(seconds)
            came = b""
            try:
                while part := connection.recv(65536):
                    came += part
                    connection.settimeout(0.2)
            except OSError:
                pass
            return came

    def statuses(self, sent: bytes, *, half_close: bool = False, seconds: float = 3) -> list[int]:
        """The statuses of all final answers."""
        found = re.findall(rb"HTTP/1\.[01] (\d{3}) ", self.send(sent, half_close=half_close, seconds=seconds))
        return [int(status) for status in found if status != b"100"]


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    directory: Path = tmp_path_factory.mktemp("framing")
    server = RestwellServer("--issue-key", "me=frameworks:write", directory=directory)
    try:
        yield Target(server, int(server.url.rpartition(":")[2]))
    finally:
        server.stop()


def post(*fields: str, content: bytes = BODY, key: str = "{key}") -> bytes:
    lines = ["POST /frameworks HTTP/1.1", "Host: localhost", f"Authorization: Bearer {key}", JSON, *fields]
    return "\r\n".join([*lines, "", ""]).encode() + content


def get(*fields: str, line: str = f"GET {FLASK} HTTP/1.1") -> bytes:
    return "\r\n".join([line, "Host: localhost", *fields, "", ""]).encode()


SMUGGLED = b"GET /frameworks/Django HTTP/1.1\r\nHost: localhost\r\n\r\n"
CHUNKED = "Transfer-Encoding: chunked"
LENGTH = len(BODY)

ONE_ANSWER: dict[str, list[tuple[bytes, set[int]]]] = {
    "1 Content-Length and Transfer-Encoding": [
        (post("Content-Length: 5", CHUNKED, content=b"0\r\n\r\n" + SMUGGLED), {400, 411}),
        (post(CHUNKED, f"Content-Length: {LENGTH}", content=b"0\r\n\r\n" + SMUGGLED), {400, 411}),
        (post("Content-Length: 0", CHUNKED, content=b"0\r\n\r\n" + SMUGGLED), {400, 411}),
    ],
    "2 Content-Length that is not one number": [
        (post(f"Content-Length: {value}"), {400})
        for value in ("x", "-1", "+5", "5,6", "5, 5x", "0x5", "5 5", "", " ", "1e1", "99999999999999999999999")
    ] + [(post("Content-Length: 5", "Content-Length: 6"), {400})],
    "4 Transfer-Encoding that is not chunked": [
        (post(f"Transfer-Encoding: {value}", content=b"0\r\n\r\n"), {400, 411, 501})
        for value in ("gzip", "identity", "chunked, gzip", "xchunked", "chunked, identity", "chunk", "",
        "chunked;a=b")
    ],
    "5 chunks that are broken": [
        (post(CHUNKED, content=content), {400, 411})
        for content in (b"x\r\n", b"-5\r\nhello\r\n0\r\n\r\n", b"fffffffffffffffff\r\nx", b"5;\nhello\r\n0\r\n\r\n",
                        b"0x5\r\nhello\r\n0\r\n\r\n", b"5\r\nhelloXX0\r\n\r\n", b"\r\n\r\n")
    ],
    "8 lines that are malformed": [
        (sent, {400})
        for sent in (
            b"GET\r\n\r\n", b"GET /\r\n\r\n", b"GET  / HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"GET / HTTP/1.1 x\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost localhost\r\n\r\n", b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
            b"GET / HTTP/1.1\r\n: x\r\n\r\n", b"G\x00T / HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\x00b\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: localhost\r\n folded\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\rb\r\n\r\n", b"GET /\x01 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        )
    ],
    "9 Host": [
        (b"GET /frameworks HTTP/1.1\r\n\r\n", {400}), (b"GET / HTTP/1.1\r\nHost:\r\n\r\n", {400}),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", {400}),
        (b"GET / HTTP/1.1\r\nHost: \xc3\xbc.example\r\n\r\n", {400}), (b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", {400}),
        (b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", {421}), (b"GET / HTTP/1.0\r\n\r\n", {200}),
    ],
    "11 fields of proxies, 13 variables of CGI, 14 methods that are not the method": [
        (get("Connection: close", f"{name}: {value}"), {200})
        for value in ("/frameworks/Django", "evil.example", "DELETE", "https")
        for name in (
            "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Prefix", "X-Forwarded-Port",
            "X-Forwarded-For", "Forwarded",
            "X-Original-URL", "X-Rewrite-URL", "X-Host", "X-HTTP-Method-Override", "X-HTTP-Method",
            "X-Method-Override",
            "SCRIPT_NAME", "PATH_INFO", "Script-Name", "Path-Info", "REQUEST_METHOD", "Request-Uri",
            "X-Real-IP", "Via",
        )
    ],
    "14 methods": [
        (get(line=f"{method} {FLASK} HTTP/1.1"), statuses)
        for method, statuses in {
            "TRACE": {405}, "POST": {405}, "BREW": {501}, "PURGE": {405, 501}, "BAN": {405, 501}, "get": {400, 501},
            "PROPFIND": {501}, "G": {501},
        }.items()
    ],
    "15 other protocols": [
        (sent, {400, 505, CLOSED})
        for sent in (
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 100, b"SSH-2.0-OpenSSH_9\r\n", b"\x00" * 64,
            b"GET / HTTP/3.0\r\nHost: localhost\r\n\r\n", b"GET / HTTP/1.2\r\nHost: localhost\r\n\r\n",
            b"GET / HTTP/0.9\r\n\r\n", b"PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\nGET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"*1\r\n$4\r\nPING\r\n", b"GET / FTP/1.1\r\nHost: localhost\r\n\r\n", b"\r\n" * 100 + b"x\r\n\r\n",
        )
    ],
    "16 sizes": [
        (get(line=f"GET /{'x' * 5000} HTTP/1.1"), {414}), (get(line=f"GET /{'x' * 70_000} HTTP/1.1"), {414}),
        (get(line=f"GET /frameworks?name={'x' * 5000} HTTP/1.1"), {414}),
        (get(f"X-Long: {'x' * 9000}"), {431}), (get(*[f"X-{n}: {'x' * 7000}" for n in range(6)]), {431}),
        (get(*[f"X-{n}: x" for n in range(120)]), {431}),
    ],
}  # fmt: skip


@pytest.mark.parametrize("row", ONE_ANSWER)
def test_a_row_has_one_answer_and_no_effect(target: Target, row: str) -> None:
    wrong = []
    for sent, statuses in ONE_ANSWER[row]:
        found = target.statuses(sent.replace(b"{key}", target.key.encode()))
        if not (found == [] and CLOSED in statuses) and (len(found) != 1 or found[0] not in statuses):
            wrong.append((sent[:200], found, statuses))
    assert not wrong, "\n".join(map(str, wrong))
    assert target.holds()


def test_a_huge_content_length_is_refused(target: Target) -> None:
    """Row 3; hyper takes a number that has no room in 64 bits less one for a field that is too large."""
    for length, statuses in {"1048577": {413}, "9999999999": {400, 413}, f"{2**64 - 1}": {400, 413, 431}}.items():
        sent = post(f"Content-Length: {length}").replace(b"{key}", target.key.encode())
        [status] = target.statuses(sent, half_close=True)
        assert status in statuses
    assert target.holds()


def test_content_that_ends_early_has_no_effect(target: Target) -> None:
    """Row 7."""
    for sent in (post(f"Content-Length: {LENGTH + 5}"), post(CHUNKED, content=b"25\r\n" + BODY[:10])):
        found = target.statuses(sent.replace(b"{key}", target.key.encode()), half_close=True)
        assert found in ([], [400], [411])
    assert target.holds()


def test_chunks_that_are_whole_are_read_or_refused(target: Target) -> None:
    """Row 6, without an effect: the content is not valid."""
    content = b"%x\r\n%s\r\n0\r\n\r\n" % (2, b"{}")
    assert target.statuses(post(CHUNKED, content=content).replace(b"{key}", target.key.encode())) in ([422], [411])
    assert target.holds()


def test_what_comes_behind_the_content_of_a_get_is_the_next_request(target: Target) -> None:
    """Row 18."""
    first = get(f"Content-Length: {len(SMUGGLED)}") + SMUGGLED
    came = target.send(first + get(line="GET /frameworks/Bottle HTTP/1.1"))
    names = [
        json.loads(body)["name"] for body in re.findall(rb'\r\n\r\n(\{"@context".*?\})(?=HTTP/1|\Z)', came, re.DOTALL)
    ]
    assert names in (["Flask", "Bottle"], ["Flask"])
    assert target.holds()


def test_many_requests_at_once_are_answered_in_order_or_the_connection_ends(target: Target) -> None:
    """Row 19; what is answered is a beginning of what was asked."""
    names = ["Flask", "Django", "Bottle", "Tornado"]
    sent = b"".join(get(line=f"GET /frameworks/{names[n % 4]} HTTP/1.1") for n in range(200))
    came = target.send(sent, seconds=5)
    found = re.findall(rb'"@id":"http://localhost/frameworks/(\w+)","@type":"Framework"', came)
    assert found == [names[n % 4].encode() for n in range(len(found))]
    assert found
    assert target.holds()
