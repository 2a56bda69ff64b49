"""A refusal is seen by who sends content with it, and nobody keeps others waiting by sending slowly."""

import io
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from restwell.http import unread
from restwell.http.messages import Request, Response
from restwell.http.servers import OTHER, SERVERS, UWSGI, ServerTraits, server_of
from restwell.http.unread import Allowance, has_content, leave_unread
from tests.api import JSON, Served, is_problem, serving
from tests.wsgi_servers import NAMES, WsgiServer, read_reply

MIB = 1024 * 1024
REFUSED = Response(413, (("Content-Length", "7"),), b"refused")


def test_servers_are_recognised_by_what_they_say_of_themselves() -> None:
    for text, server in [
        *(
            ("Granian", SERVERS["Granian"]),
            ("gunicorn/27.0.1", SERVERS["gunicorn"]),
            ("Werkzeug/3.1.9", SERVERS["Werkzeug"]),
        ),
        *(("waitress", OTHER), ("gevent/26.9 Python/3.11", OTHER), ("", OTHER), ("Granianx", OTHER)),
    ]:
        assert server_of({"SERVER_SOFTWARE": text}) is server
    assert server_of({}) is OTHER
    assert server_of({"uwsgi.version": b"2.0.30"}) is UWSGI
    assert server_of({"HTTP_SERVER_SOFTWARE": "Granian"}) is OTHER


@pytest.mark.parametrize(
    "headers, there",
    [
        ({}, False),
        ({"content-length": "0"}, False),
        ({"content-length": "1"}, True),
        ({"transfer-encoding": "chunked"}, True),
        ({"transfer-encoding": ""}, False),
    ],
)
def test_whether_content_comes(headers: dict[str, str], there: bool) -> None:
    assert has_content(Request("POST", "/", headers=headers)) is there


class Timed:
    """A socket whose reads take no longer than its timeout."""

    def __init__(self) -> None:
        self.timeouts: list[float | None] = []

    def gettimeout(self) -> None:
        return None

    def settimeout(self, seconds: float | None) -> None:
        self.timeouts.append(seconds)


def asked(server: ServerTraits, body: io.BytesIO, length: int | None, **options: Any) -> Request:
    headers = {"transfer-encoding": "chunked"} if length is None else {"content-length": str(length)}
    return Request("POST", "/", headers=headers | options.pop("headers", {}), body=body, server=server, **options)


CLOSE = ("Connection", "close")


@pytest.mark.parametrize(
    "name, known",
    [("Granian", True), ("gunicorn", True), ("gunicorn", False), ("Werkzeug", True), ("Werkzeug", False)],
)
@pytest.mark.parametrize("length", [2 * MIB, None])
def test_what_comes_is_read_and_the_connection_goes_on(name: str, length: int | None, known: bool) -> None:
    content, connection = io.BytesIO(b"x" * 2 * MIB), Timed()
    assert leave_unread(asked(SERVERS[name], content, length, socket=connection), REFUSED, known=known) == REFUSED
    assert content.tell() == 2 * MIB
    assert not connection.timeouts or (connection.timeouts[-1] is None and 0 < (connection.timeouts[0] or 0) <= 1)


def test_no_more_is_read_than_the_limit() -> None:
    content = io.BytesIO(b"x" * (unread.MAX_DISCARDED + MIB))
    answer = leave_unread(asked(SERVERS["Granian"], content, 10**12), REFUSED, known=True)
    assert (content.tell(), CLOSE in answer.headers) == (unread.MAX_DISCARDED, True)


class Slow(Timed, io.BytesIO):
    """A connection, and its content, of which the rest never comes."""

    def __init__(self) -> None:
        io.BytesIO.__init__(self, b"x" * 1000)
        Timed.__init__(self)

    def read(self, size: int | None = -1, /) -> bytes:
        found = io.BytesIO.read(self, size)
        if not found:
            time.sleep(self.timeouts[-1] or 10)
            raise TimeoutError
        return found


@pytest.mark.parametrize("known, most", [(True, unread.MAX_SECONDS), (False, unread.MAX_STRANGER_SECONDS)])
def test_content_that_does_not_come_is_not_waited_for(known: bool, most: float) -> None:
    content = Slow()
    started = time.monotonic()
    request = asked(SERVERS["gunicorn"], content, 2 * MIB, socket=content)
    assert leave_unread(request, REFUSED, known=known) == REFUSED
    assert time.monotonic() - started < most + 1


def test_a_stranger_is_not_waited_for_where_nothing_would_end_it() -> None:
    """granian's reads have no timeout, and it may have one thread only."""
    content = io.BytesIO(b"x" * 100)
    answer = leave_unread(asked(SERVERS["Granian"], content, 100), REFUSED, known=False)
    assert (content.tell(), CLOSE in answer.headers) == (0, True)


def test_who_expects_100_continue_is_waited_for_only_when_it_was_sent() -> None:
    expecting = {"expect": "100-continue"}
    for name, read in [("Granian", 0), ("gunicorn", 9)]:
        content = io.BytesIO(b"x" * 9)
        leave_unread(asked(SERVERS[name], content, 9, headers=expecting, socket=Timed()), REFUSED, known=True)
        assert content.tell() == read


def test_content_that_cannot_be_read_is_not_waited_for() -> None:
    """uWSGI gives nothing of chunked content, and of an unknown server nothing is known."""
    for server, length, known in [
        (UWSGI, None, True),
        (OTHER, None, True),
        (OTHER, 2 * MIB, True),
        (OTHER, 9, False),
    ]:
        content = io.BytesIO(b"x" * 9)
        assert leave_unread(asked(server, content, length), REFUSED, known=bool(known)) == REFUSED
        assert content.tell() == 0


def test_content_that_breaks_off_changes_no_answer() -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise ConnectionResetError

    for length in (100, 2 * MIB):
        answer = leave_unread(asked(SERVERS["Granian"], Broken(), length), REFUSED, known=True)
        assert (answer.body, CLOSE in answer.headers) == (b"refused", True)


def test_strangers_are_given_a_tenth_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    allowance = Allowance(1.0)
    assert [allowance.take(0.25) for _ in range(6)] == [0.25, 0.25, 0.25, 0.25, 0, 0]
    now = 1.0
    assert allowance.take(0.25) == pytest.approx(0.1)
    now = 1000.0
    assert sum(allowance.take(0.25) for _ in range(10)) == pytest.approx(1.0)
    allowance.give_back(0.2)
    assert allowance.take(0.25) == pytest.approx(0.2)


@pytest.mark.parametrize("digits", [19, 30, 4301, 8000])
@pytest.mark.parametrize("known", [True, False])
def test_a_length_of_any_number_of_digits_is_refused_and_not_an_error(digits: int, known: bool) -> None:
    with serving() as api:
        headers = {"Content-Type": JSON, "Content-Length": "9" * digits}
        answer = api.send("POST", "/frameworks", headers, key=api.key() if known else None)
        assert is_problem(answer, 413 if known else 401)


def test_content_that_breaks_off_with_an_error_is_the_clients(api_of_its_own: Served) -> None:
    """gunicorn raises what the socket raises when a client resets the connection."""

    class Reset(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise ConnectionResetError(104, "Connection reset by peer")

    headers = {"Content-Type": JSON, "Content-Length": "50"}
    key = api_of_its_own.key()
    answer = api_of_its_own.send("POST", "/frameworks", headers, key=key, environ={"wsgi.input": Reset()})
    assert is_problem(answer, 400)


@pytest.fixture
def api_of_its_own() -> Iterator[Served]:
    with serving() as served:
        yield served


# -- over sockets ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=NAMES)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WsgiServer]:
    with WsgiServer(request.param, tmp_path_factory.mktemp("server")) as started:
        yield started


LARGE = f"Content-Length: {2 * MIB}"
TYPE = f"Content-Type: {JSON}"
REFUSALS = [
    ("POST", "/frameworks", (TYPE, LARGE), True, 413),
    ("POST", "/frameworks", (TYPE, LARGE), False, 401),
    ("POST", "/nowhere", (TYPE, LARGE), True, 404),
    ("POST", "/frameworks/Flask", (TYPE, LARGE), True, 405),
    ("POST", "/frameworks", ("Content-Type: text/plain", LARGE), True, 415),
    ("PUT", "/frameworks/Flask?x=1", (TYPE, LARGE), True, 400),
    ("GET", "/" + "x" * 4100, (TYPE, LARGE), True, 414),
    ("BREW", "/frameworks", (TYPE, LARGE), True, 501),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("method, target, fields, known, status", REFUSALS, ids=[str(case[-1]) for case in REFUSALS])
def test_every_refusal_is_seen_by_who_sends_2_mib_in_one_go(
    server: WsgiServer, method: str, target: str, fields: tuple[str, ...], known: bool, status: int
) -> None:
    request = server.head(method, target, *fields, known=known) + b"x" * 2 * MIB
    replies = [server.exchange(request) for _ in range(200 if server.name == "granian" and status == 413 else 10)]
    assert [reply.status for reply in replies] == [status] * len(replies)
    if known or server.name != "granian":
        # gunicorn refuses a request line of more than 4094 bytes itself, and reads nothing away.
        assert all(reply.sent for reply in replies if reply.field("x-request-id") is not None)


@pytest.mark.slow
@pytest.mark.parametrize("server", ["granian", "gunicorn gthread", "Werkzeug"], indirect=True)
def test_chunked_content_beyond_the_limit_is_refused_and_the_refusal_is_seen(server: WsgiServer) -> None:
    chunks = b"".join(b"10000\r\n" + b" " * 65536 + b"\r\n" for _ in range(40)) + b"0\r\n\r\n"
    request = server.head("POST", "/frameworks", TYPE, "Transfer-Encoding: chunked") + chunks
    replies = [server.exchange(request) for _ in range(10)]
    assert [(reply.status, reply.sent) for reply in replies] == [(413, True)] * 10


@pytest.mark.slow
@pytest.mark.parametrize("server", ["granian", "gunicorn", "uWSGI"], indirect=True)
def test_a_stranger_who_sends_nothing_more_does_not_keep_others_waiting(server: WsgiServer) -> None:
    """The one thread, or process, of the server is busy with the stranger for a moment only, however many come."""
    open_connections: list[socket.socket] = []
    try:
        for _ in range(12):
            connection = socket.create_connection(("127.0.0.1", server.port), timeout=10)
            connection.sendall(server.head("POST", "/frameworks", TYPE, LARGE, known=False) + b"x" * 1000)
            open_connections.append(connection)
            assert read_reply(connection).status == 401
        started = time.monotonic()
        assert server.get("/frameworks/Flask").status == 200
        assert time.monotonic() - started < 3
    finally:
        for connection in open_connections:
            connection.close()
