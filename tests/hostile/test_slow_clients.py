"""Clients that send nothing, slowly, or half: nobody else waits for them, and what they hold is bounded (row 65).

How long others wait beside all of them is asked in the six ways of the catalogue. What one of them is told, and when,
is asked of `restwell serve` alone: through nginx with its defaults, nothing of a request comes before all of it has.
"""

import contextlib
import json
import math
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from http.client import HTTPConnection, HTTPException

import pytest

from tests.servers import wait_until

from .attacked import Attack, Attacked, within
from .stand import Stand

pytestmark = [pytest.mark.slow, pytest.mark.alone]
MAX_P99, ASKED, TRIES = 0.25, 200, 3
"""Seconds in which 99 of 100 others are answered, how many ask, and how often: the machine has other work."""
HELD = 40
"""Slow clients of each kind. With its defaults, nginx has 512 connections, of which each request takes two."""


@contextlib.contextmanager
def connections(service: Attacked | Stand, number: int, sent: bytes) -> Iterator[list[socket.socket]]:
    """So many connections on each of which the same bytes were sent."""
    with contextlib.ExitStack() as stack:
        opened = []
        for _ in range(number):
            opened.append(
                stack.enter_context(
                    contextlib.closing(socket.create_connection(("127.0.0.1", service.port), timeout=20))
                )
            )
            if sent:
                opened[-1].sendall(sent)
        yield opened


def head(service: Attacked, method: str, path: str, *fields: str, key: bool = True) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: {service.server.bind}", "Content-Type: application/json", *fields]
    if key:
        lines.append(f"Authorization: Bearer {service.key}")
    return "\r\n".join([*lines, "", ""]).encode()


@contextlib.contextmanager
def dripping(every: Sequence[socket.socket]) -> Iterator[None]:
    """Send a byte on each of these connections, ten times a second."""
    done = threading.Event()

    def drip() -> None:
        while not done.wait(0.1):
            for connection in every:
                with contextlib.suppress(OSError):
                    connection.sendall(b"a")

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def p99(stand: Stand) -> float:
    """Seconds in which 99 of 100 are answered, each on a connection of its own; a refusal counts as never."""
    taken = []
    for _ in range(ASKED):
        began = time.monotonic()
        with contextlib.closing(HTTPConnection("127.0.0.1", stand.port, timeout=10)) as connection:
            connection.request("GET", "/frameworks/Flask", headers={"Host": "localhost"})
            status = connection.getresponse().status
        taken.append(time.monotonic() - began if status == 200 else math.inf)
    return sorted(taken)[ASKED * 99 // 100 - 1]


def received(connection: socket.socket, seconds: float = 20) -> bytes:
    """Everything until the end of the connection, or of the time."""
    connection.settimeout(seconds)
    came = b""
    with contextlib.suppress(TimeoutError, ConnectionError):
        while part := connection.recv(65536):
            came += part
    return came


def test_others_are_answered_beside_slow_heads_contents_and_readers(stand: Stand) -> None:
    """In the six ways of the catalogue; what is sent slowly would change something, if it came whole."""
    head = b"POST /frameworks HTTP/1.1\r\nHost: localhost\r\n"
    typed = f"Authorization: Bearer {stand.key}\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n"
    unread = b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 50
    with stand.unharmed("/frameworks/Django"), contextlib.ExitStack() as held:
        held.enter_context(connections(stand, HELD, b""))
        slow = held.enter_context(connections(stand, HELD, head + b"X-Slow: "))
        slow += held.enter_context(connections(stand, HELD, head + typed.encode() + b'{"name": "'))
        held.enter_context(connections(stand, HELD // 4, unread))
        held.enter_context(dripping(slow))
        found = [p99(stand) for _ in range(TRIES)]
        assert min(found) < MAX_P99, found


@pytest.mark.parametrize("sent", [b"", b"GET /notes HTTP/1.1\r\n", b"GET /notes HTTP/1.1\r\nHost: x\r\nA: b"])
def test_connections_that_send_no_whole_head_stop_nobody(attacked: Attacked, sent: bytes) -> None:
    with connections(attacked, 1100, sent):
        assert attacked.serves()


def test_a_connection_that_sends_no_whole_head_is_closed_after_10_seconds(attacked: Attacked) -> None:
    for sent in (b"", b"GET /notes HTTP/1.1\r\nHost:"):
        with connections(attacked, 1, sent) as [connection]:
            began = time.monotonic()
            received(connection)
            assert 8 < time.monotonic() - began < 13


def test_a_connection_that_rests_is_closed_too(attacked: Attacked) -> None:
    with connections(attacked, 1, b"GET /notes HTTP/1.1\r\nHost: localhost\r\n\r\n") as [connection]:
        began = time.monotonic()
        assert received(connection).startswith(b"HTTP/1.1 200 ")
        assert time.monotonic() - began < 13


@pytest.mark.parametrize("number", [1, 100])
def test_content_that_does_not_come_stops_nobody(attacked: Attacked, number: int) -> None:
    with connections(attacked, number, head(attacked, "PUT", "/notes/3", "Content-Length: 10") + b'{"te'):
        assert attacked.serves()


def test_content_that_comes_too_slowly_is_408_after_10_seconds(attacked: Attacked) -> None:
    with connections(attacked, 1, head(attacked, "PUT", "/notes/3", "Content-Length: 10") + b'{"te') as [connection]:
        began = time.monotonic()
        said = received(connection)
        assert said.startswith(b"HTTP/1.1 408 ")
        assert b"application/problem+json" in said
        assert 8 < time.monotonic() - began < 15
    assert attacked.ask("GET", "/notes/3")[0] == 404
    [line] = [json.loads(line) for line in attacked.server.stderr.splitlines() if '"status":408' in line]
    assert (line["method"], line["path"]) == ("PUT", "/notes/3")


def test_content_that_comes_in_pieces_is_taken(attacked: Attacked) -> None:
    content = b'{"text": "in pieces"}'
    sent = head(attacked, "PUT", "/notes/3", f"Content-Length: {len(content)}", "Connection: close")
    with connections(attacked, 1, sent) as [connection]:
        for place in range(len(content)):
            time.sleep(0.02)
            connection.sendall(content[place : place + 1])
        assert received(connection).startswith(b"HTTP/1.1 201 ")
    assert json.loads(attacked.ask("GET", "/notes/3")[1])["text"] == "in pieces"


@pytest.mark.parametrize("fields", [["Content-Length: 10"], ["Transfer-Encoding: chunked"]])
def test_the_content_of_strangers_is_not_waited_for(attacked: Attacked, fields: list[str]) -> None:
    with connections(attacked, 1, head(attacked, "PUT", "/notes/3", *fields, key=False)) as [connection], within(1):
        assert connection.recv(12) == b"HTTP/1.1 401"


def test_a_known_caller_who_may_not_do_it_is_told_before_the_content_has_come(attacked: Attacked) -> None:
    with connections(attacked, 1, head(attacked, "PUT", "/notes", "Content-Length: 10")) as [connection], within(1):
        assert connection.recv(12) == b"HTTP/1.1 405"


def test_content_that_is_too_large_is_refused_before_it_has_come(attacked: Attacked) -> None:
    sent = head(attacked, "PUT", "/notes/3", f"Content-Length: {2 << 20}")
    with connections(attacked, 1, sent) as [connection], within(1):
        assert connection.recv(12) == b"HTTP/1.1 413"


def test_who_waits_for_100_gets_it_only_when_the_content_is_wanted(attacked: Attacked) -> None:
    fields = ("Content-Length: 2", "Expect: 100-continue", "Connection: close")
    with connections(attacked, 1, head(attacked, "PUT", "/notes/3", *fields, key=False)) as [connection]:
        assert connection.recv(12) == b"HTTP/1.1 401"
    with connections(attacked, 1, head(attacked, "PUT", "/notes/3", *fields)) as [connection]:
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"{}")
        assert received(connection).startswith(b"HTTP/1.1 201 ")


@pytest.mark.parametrize(
    "fields, content",
    [
        (["Content-Length: 20"], b'{"text": "'),
        (["Transfer-Encoding: chunked"], b"2\r\n{}\r\n"),
        (["Transfer-Encoding: chunked"], b"2\r\n{}"),
        (["Transfer-Encoding: chunked"], b"5\r\n{}"),
        (["Transfer-Encoding: chunked"], b"zz\r\n{}\r\n0\r\n\r\n"),
        (["Transfer-Encoding: chunked"], b"2\r\n{}XX0\r\n\r\n"),
    ],
)
def test_content_that_breaks_off_changes_nothing(attacked: Attacked, fields: list[str], content: bytes) -> None:
    for _ in range(20):
        with connections(attacked, 1, head(attacked, "PUT", "/notes/3", *fields) + content) as [connection]:
            connection.shutdown(socket.SHUT_WR)
            said = received(connection, 5)
            assert said == b"" or said.startswith(b"HTTP/1.1 400 ")
    assert attacked.ask("GET", "/notes/3")[0] == 404
    assert attacked.serves()


def test_clients_that_go_away_in_the_middle_leave_nothing(attacked: Attacked) -> None:
    for place in range(300):
        with connections(attacked, 1, head(attacked, "PUT", "/notes/3", "Content-Length: 90000") + b"{" * place):
            pass
    assert wait_until(lambda: is_calm(attacked), 10)  # three hundred were asked at once
    assert attacked.serves()


def is_calm(service: Attacked) -> bool:
    """Whether nobody is told to come back: as long as many wait, newcomers are."""
    return all(service.ask("GET", "/notes/3")[0] == 404 for _ in range(20))


def test_http_2_is_not_spoken(attacked: Attacked) -> None:
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04" + bytes(5)
    with connections(attacked, 5, preface) as opened:
        for connection in opened:
            assert not received(connection, 2).startswith(bytes(3))
    assert attacked.serves()


def test_who_does_not_read_stops_nobody(attacked: Attacked) -> None:
    asked = f"GET /stream/2000 HTTP/1.1\r\nHost: {attacked.server.bind}\r\n\r\n".encode()
    with connections(attacked, 3, asked) as opened:
        time.sleep(0.5)
        assert attacked.serves()
        assert opened


def test_a_stream_comes_whole(attacked: Attacked) -> None:
    assert attacked.ask("GET", "/stream/100")[1] == b"x" * 65536 * 100


@pytest.mark.parametrize("pieces", [0, 3])
def test_a_stream_that_breaks_takes_nothing_with_it(attacked: Attacked, pieces: int) -> None:
    for _ in range(5):
        with contextlib.suppress(HTTPException):
            assert attacked.ask("GET", f"/broken/{pieces}")[0] == (200 if pieces else 500)
    assert attacked.serves()


def test_large_content_comes_whole_to_a_route_and_hooks_run_once(attacked: Attacked) -> None:
    status, said = attacked.ask("POST", "/size", bytes(20 << 20))
    assert (status, json.loads(said)) == (200, {"bytes": 20 << 20, "seen": 1})


def test_hooks_run_once_for_slow_content_too(attacked: Attacked) -> None:
    sent = head(attacked, "POST", "/size", "Content-Length: 3", "Connection: close", key=False)
    with connections(attacked, 1, sent) as [connection]:
        time.sleep(0.2)
        connection.sendall(b"abc")
        assert received(connection).endswith(b'{"bytes":3,"seen":1}\n')


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/", "/openapi.json", "/docs"])
def test_health_and_documents_do_not_wait_for_a_turn(attack: Attack, path: str) -> None:
    service = attack("--database", "sqlite:///notes.db", "--threads", "1")
    service.ask("GET", path)
    with connections(service, 1, f"GET /slow/3000 HTTP/1.1\r\nHost: {service.server.bind}\r\n\r\n".encode()):
        time.sleep(0.2)
        with within(1):
            assert service.ask("GET", path)[0] == 200


def test_a_worker_that_is_about_to_end_is_not_ready(attacked: Attacked) -> None:
    sent = f"GET /health/ready HTTP/1.1\r\nHost: {attacked.server.bind}\r\n".encode()
    with connections(attacked, 1, sent) as [connection]:
        time.sleep(0.2)
        attacked.server.process.terminate()
        time.sleep(0.3)
        connection.sendall(b"\r\n")
        assert received(connection).startswith(b"HTTP/1.1 503 ")
    assert attacked.server.process.wait(15) == 0


@pytest.mark.parametrize("at_once", [20, 1000])
def test_every_request_of_a_pipeline_is_answered(attacked: Attacked, at_once: int) -> None:
    """Row 19. One in 60 000 was not, by the server of before."""
    asked = f"GET /health/live HTTP/1.1\r\nHost: {attacked.server.bind}\r\n\r\n".encode()
    with connections(attacked, 1, b"") as [connection]:
        connection.settimeout(10)
        for _ in range(5_000 // at_once):
            connection.sendall(asked * at_once)
            came = b""
            while (answered := came.count(b'"pass"')) < at_once:
                part = connection.recv(1 << 20)
                assert part, f"{answered} of {at_once} were answered"
                came += part
