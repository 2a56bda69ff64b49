"""Over the network: no server, however hostile or broken, holds the auditor up, fools it, or makes it raise."""

import gzip
import re
import socket
import time
import zlib
from collections.abc import Callable, Iterator

import pytest

from restwell_audit import transports
from restwell_audit.sockets import Broken, Sockets, resolve
from restwell_audit.transports import Deadline, Incoming, Limits, Origin, Outgoing
from tests.restwell_audit import hostile
from tests.restwell_audit.hostile import CERTIFICATE, MISCHIEF, Behaviour, Mischief, Server, Visit, response
from tests.servers import wait_until

LIMITS = Limits(seconds=0.5, max_bytes=100_000)


@pytest.fixture
def sockets() -> Iterator[Sockets]:
    opened = Sockets(LIMITS)
    yield opened
    opened.close()


@pytest.fixture
def patient() -> Iterator[Sockets]:
    """With more time than most tests may take."""
    opened = Sockets(Limits(seconds=5))
    yield opened
    opened.close()


def request(url: str, method: str = "GET", content: bytes = b"", *, fresh: bool = False) -> Outgoing:
    headers = [("Host", Origin.of(url).authority)]
    if content:
        headers.append(("Content-Length", str(len(content))))
    return Outgoing(method, url, tuple(headers), content, fresh)


@pytest.mark.slow
@pytest.mark.parametrize("mischief", [pytest.param(each, id=name) for name, each in MISCHIEF.items()])
def test_mischief_ends_within_the_limits(sockets: Sockets, mischief: Mischief) -> None:
    with Server(mischief.behave) as server:
        began = time.monotonic()
        incoming = sockets.exchange(request(server.url))
        took = time.monotonic() - began
    assert took < LIMITS.seconds + 0.5
    assert incoming.status == mischief.status
    assert re.search(mischief.error, incoming.error), incoming.error
    assert incoming.complete is mischief.complete
    assert len(incoming.body) <= LIMITS.max_bytes
    assert incoming.error == "" or re.fullmatch(r"[A-Z][ -~]{10,300}\.", incoming.error), "one sentence, on one line"


@pytest.mark.skipif(not hasattr(socket, "TCP_QUICKACK"), reason="Only Linux has it.")
def test_a_server_that_sends_head_and_content_apart_is_not_kept_waiting(sockets: Sockets) -> None:
    """Nagle's algorithm (RFC 896) holds the content back until the head is acknowledged: 40 ms later by default."""

    def behave(visit: Visit) -> None:
        for _ in range(20):
            visit.hear()
            visit.say(hostile.OK + b"Content-Length: 2\r\n\r\n")
            visit.say(b"ok")

    began = time.monotonic()
    with Server(behave) as server:
        for _ in range(20):
            assert sockets.exchange(request(server.url)).body == b"ok"
    assert time.monotonic() - began < 20 * 0.04


def test_the_time_is_that_of_the_whole_exchange_and_not_of_each_read(sockets: Sockets) -> None:
    def behave(visit: Visit) -> None:
        visit.hear()
        visit.pause(0.4)
        visit.say(hostile.OK)
        visit.pause(60)

    with Server(behave) as server:
        began = time.monotonic()
        incoming = sockets.exchange(request(server.url))
        assert time.monotonic() - began < 0.8
    assert re.search(hostile.LATE_HEAD, incoming.error)


# What is as it should be.


def test_a_response_is_given_as_it_came(sockets: Sockets) -> None:
    said = b"HTTP/1.1 418 I'm a teapot\r\nX-Tea: Earl Grey\r\nx-tea: caf\xe9\r\nContent-Length: 3\r\n\r\ntea"
    with Server(hostile.says(said)) as server:
        incoming = sockets.exchange(request(server.url))
    headers = (("X-Tea", "Earl Grey"), ("x-tea", "café"), ("Content-Length", "3"))
    assert incoming == Incoming(418, headers, b"tea")


def test_a_request_is_sent_as_it_is(sockets: Sockets) -> None:
    with Server(hostile.answers(response())) as server:
        url = f"{server.url}a%20b/ü?q=1 2#fragment"
        outgoing = Outgoing("PUT", url, (("Host", "x"), ("X-Y", "ü"), ("Content-Length", "2")), b"hi")
        sockets.exchange(outgoing)
        assert server.requests == [
            b"PUT /a%20b/%C3%BC?q=1%202 HTTP/1.1\r\nHost: x\r\nX-Y: \xfc\r\nContent-Length: 2\r\n\r\nhi"
        ]


WHOLE = {
    "a length": response(b"hello"),
    "chunks": hostile.chunks(b"2", b"he", b"3;x=y", b"llo", b"0", b"X-Trailer: 1", b"", b""),
    "the end of the connection": b"HTTP/1.1 200 OK\r\n\r\nhello",
    "HTTP/1.0": b"HTTP/1.0 200 OK\r\n\r\nhello",
    "information before it": b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 3 + response(b"hello"),
    "gzip": response(gzip.compress(b"hello"), b"Content-Encoding: gzip"),
    "gzip in two members": response(gzip.compress(b"he") + gzip.compress(b"llo"), b"Content-Encoding: x-gzip"),
    "deflate": response(zlib.compress(b"hello"), b"Content-Encoding: deflate"),
    "deflate without its wrapper": response(zlib.compress(b"hello")[2:-4], b"Content-Encoding: deflate"),
    "gzip of gzip": response(gzip.compress(gzip.compress(b"hello")), b"Content-Encoding: gzip, gzip"),
    "identity": response(b"hello", b"Content-Encoding: identity"),
}


@pytest.mark.parametrize("said", [pytest.param(said, id=name) for name, said in WHOLE.items()])
def test_content_is_read_whole_however_it_is_framed_and_coded(sockets: Sockets, said: bytes) -> None:
    with Server(hostile.says(said)) as server:
        incoming = sockets.exchange(request(server.url))
    assert (incoming.status, incoming.body, incoming.complete, incoming.error) == (200, b"hello", True, "")


@pytest.mark.parametrize("size, complete", [(99_999, True), (100_000, True), (100_001, False)])
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_as_much_is_read_as_may_be(sockets: Sockets, size: int, complete: bool, coding: str) -> None:
    body = bytes(size) if coding == "identity" else gzip.compress(bytes(size))
    with Server(hostile.says(response(body, b"Content-Encoding: " + coding.encode()))) as server:
        incoming = sockets.exchange(request(server.url))
    assert incoming.body == bytes(min(size, 100_000))
    assert incoming.complete is complete
    assert incoming.error == ""


def test_what_was_read_before_it_broke_off_is_kept(sockets: Sockets) -> None:
    with Server(hostile.says(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")) as server:
        assert sockets.exchange(request(server.url)).body == b"short"


def test_a_response_to_head_has_no_content_whatever_its_length_says(sockets: Sockets) -> None:
    with Server(hostile.says(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\nContent-Encoding: gzip\r\n\r\n")) as server:
        incoming = sockets.exchange(request(server.url, "HEAD"))
    assert (incoming.status, incoming.body, incoming.complete, incoming.error) == (200, b"", True, "")


def test_content_in_reply_to_head_is_an_error(sockets: Sockets) -> None:
    with Server(hostile.answers(response(b"hello"))) as server:
        for _ in range(2):
            assert re.search(hostile.SURPLUS, sockets.exchange(request(server.url, "HEAD")).error)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"


def heads(*pieces: bytes, closes: bool = True, resets: bool = False) -> Behaviour:
    """Answer HEAD with these, a tenth of a second between them, and end the connection or not."""

    def behave(visit: Visit) -> None:
        while visit.hear():
            for number, piece in enumerate(pieces):
                visit.pause(0.1 * (number > 0))
                visit.say(piece)
            if resets:
                visit.reset()
            if closes:
                return

    return behave


def asked_to_close(url: str) -> Outgoing:
    return Outgoing("HEAD", url, (("Host", Origin.of(url).authority), ("Connection", "close")), fresh=True)


CONTENT = {
    "at once": heads(HEAD + b"\r\nhello"),
    "and the end is said": heads(HEAD + b"Connection: close\r\n\r\nhello"),
    "after a while": heads(HEAD + b"\r\n", b"he", b"llo"),
    "of a server that does not end the connection": heads(HEAD + b"\r\n", b"hello", closes=False),
    "in HTTP/1.0": heads(b"HTTP/1.0 200 OK\r\n\r\n", b"hello"),
    "in chunks": heads(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"5\r\nhello\r\n0\r\n\r\n"),
}
NO_CONTENT = {
    "the end": heads(HEAD + b"\r\n"),
    "the end, which is said": heads(HEAD + b"Connection: close\r\n\r\n"),
    "the end after a while": heads(HEAD + b"\r\n", b""),
    "a reset": heads(HEAD + b"\r\n", b"", resets=True),
    "a connection that stays": heads(HEAD + b"\r\n", closes=False),
    "an empty line": heads(HEAD + b"\r\n", b"\r\n"),
    "HTTP/1.0": heads(b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n"),
}


@pytest.mark.parametrize("behave", [pytest.param(each, id=name) for name, each in CONTENT.items()])
def test_content_after_the_head_is_found_however_it_comes(patient: Sockets, behave: Behaviour) -> None:
    with Server(behave) as server:
        for _ in range(2):
            incoming = patient.exchange(asked_to_close(server.url))
            assert (incoming.status, b"hello" in incoming.body) == (200, True)
            assert re.search(hostile.SURPLUS, incoming.error)


@pytest.mark.parametrize("behave", [pytest.param(each, id=name) for name, each in NO_CONTENT.items()])
def test_a_head_alone_is_what_head_asks_for(patient: Sockets, behave: Behaviour) -> None:
    with Server(behave) as server:
        incoming = patient.exchange(asked_to_close(server.url))
        assert (incoming.status, incoming.body, incoming.error) == (200, b"", "")


# Content without an end.

EVENTS = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"


def streams(head: bytes, piece: bytes = b"", every: float = 0.05, number: int = 1000) -> Behaviour:
    """Answer with a head, and with a piece now and then."""

    def behave(visit: Visit) -> None:
        visit.hear()
        visit.say(head)
        for _ in range(number):
            visit.pause(every)
            visit.say(piece)

    return behave


STREAMS = {
    "events": streams(EVENTS, b"data: 1\n\n"),
    "no event": streams(EVENTS),
    "chunks": streams(hostile.chunks(), b"1\r\nx\r\n"),
    "no chunk": streams(hostile.chunks()),
    "lines of JSON": streams(hostile.chunks(), b'8\r\n{"a":1}\n\r\n'),
    "until the connection ends": streams(b"HTTP/1.0 200 OK\r\n\r\n", b"x"),
}


@pytest.mark.parametrize("behave", [pytest.param(each, id=name) for name, each in STREAMS.items()])
def test_content_without_an_end_is_read_for_a_second(
    patient: Sockets, behave: Behaviour, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transports, "STREAM_SECONDS", 0.3)
    with Server(behave) as server:
        began = time.monotonic()
        incoming = patient.exchange(request(server.url))
        assert 0.2 < time.monotonic() - began < 1
    assert (incoming.status, incoming.endless, incoming.complete, incoming.error) == (200, True, False, "")


@pytest.mark.parametrize("beginning, piece", [(b"[0", b",1"), (b"<!DOCTYPE html>", b"<p>x"), (b"<html>", b"y")])
def test_a_document_that_comes_slowly_is_read_to_its_end(
    patient: Sockets, monkeypatch: pytest.MonkeyPatch, beginning: bytes, piece: bytes
) -> None:
    monkeypatch.setattr(transports, "STREAM_SECONDS", 0.1)
    with Server(streams(b"HTTP/1.1 200 OK\r\n\r\n" + beginning, piece, 0.05, 8)) as server:
        incoming = patient.exchange(request(server.url))
    assert (incoming.body, incoming.endless, incoming.complete) == (beginning + piece * 8, False, True)


def test_a_request_may_have_less_time_than_others(patient: Sockets) -> None:
    with Server(hostile.silent) as server:
        began = time.monotonic()
        incoming = patient.exchange(request(server.url)._replace(seconds=0.2))
        assert time.monotonic() - began < 1
    assert incoming.error == "There was no response within 0.2 s."


def test_a_part_of_something_coded_is_left_as_it_is(sockets: Sockets) -> None:
    said = response(b"\x1f\x8b", b"Content-Encoding: gzip", status=b"206 Partial Content")
    with Server(hostile.says(said)) as server:
        incoming = sockets.exchange(request(server.url))
    assert (incoming.body, incoming.error) == (b"\x1f\x8b", "")


def test_a_server_that_refuses_without_reading_is_heard(sockets: Sockets) -> None:
    def behave(visit: Visit) -> None:
        visit.connection.recv(1000)
        visit.say(response(b"too much", b"Connection: close", status=b"413 Content Too Large"))
        visit.connection.shutdown(socket.SHUT_WR)
        visit.pause(0.2)

    with Server(behave) as server:
        incoming = sockets.exchange(request(server.url, "PUT", bytes(20_000_000)))
    assert incoming.status == 413 or incoming.error in {
        "The connection was reset.",
        "There was no response within 0.5 s.",
    }


# Connections.


def test_one_connection_serves_many_requests(sockets: Sockets) -> None:
    with Server(hostile.answers(response())) as server:
        for _ in range(3):
            assert sockets.exchange(request(server.url)).status == 200
        assert server.connections == 1


def test_a_fresh_request_has_a_connection_of_its_own(sockets: Sockets) -> None:
    with Server(hostile.answers(response())) as server:
        for fresh in [False, True, False, True]:
            sockets.exchange(request(server.url, fresh=fresh))
        assert server.connections == 3


def test_what_follows_a_response_is_not_taken_for_the_next_one(sockets: Sockets) -> None:
    smuggled = response(b"hello") + response(b"smuggled")
    with Server(hostile.answers(smuggled, response(b"fine"))) as server:
        assert "more data" in sockets.exchange(request(server.url)).error
        assert sockets.exchange(request(server.url)).body == b"fine"
        assert server.connections == 2


def test_what_comes_between_requests_is_not_taken_for_a_response(sockets: Sockets) -> None:
    def behave(visit: Visit) -> None:
        while visit.hear():
            visit.say(response(b"fine"))
            visit.pause(0.05)
            visit.say(response(b"smuggled"))

    with Server(behave) as server:
        for _ in range(2):
            assert sockets.exchange(request(server.url)).body == b"fine"
            time.sleep(0.1)
        assert server.connections == 2


def test_a_connection_that_the_server_ended_is_opened_again(sockets: Sockets) -> None:
    with Server(hostile.says(response(b"fine"))) as server:
        for _ in range(3):
            assert sockets.exchange(request(server.url)).body == b"fine"
            time.sleep(0.05)


def ends_when_used_again(visit: Visit) -> None:
    visit.hear()
    visit.say(response(b"fine"))
    visit.hear()


@pytest.mark.parametrize("method, times, error", [("GET", 3, ""), ("PUT", 3, ""), ("POST", 2, hostile.ENDED)])
def test_only_what_may_be_repeated_is(sockets: Sockets, method: str, times: int, error: str) -> None:
    """A connection that ends as it is used again leaves open whether the request was received (RFC 9112, 9.3.1)."""
    with Server(ends_when_used_again) as server:
        sockets.exchange(request(server.url, method))
        incoming = sockets.exchange(request(server.url, method))
        assert len(server.requests) == times
    assert re.search(error or "^$", incoming.error)


@pytest.mark.slow
@pytest.mark.parametrize(
    "behave", [hostile.silent, hostile.resets(), hostile.says(b"")], ids=["silence", "a reset", "an end"]
)
def test_nothing_is_repeated_on_a_new_connection(sockets: Sockets, behave: Behaviour) -> None:
    with Server(behave) as server:
        assert sockets.exchange(request(server.url)).error
        assert len(server.requests) == 1


def test_no_connection_is_left_open() -> None:
    sockets = Sockets(LIMITS)
    with Server(hostile.answers(response())) as server:
        sockets.exchange(request(server.url))
        sockets.exchange(request(server.url, fresh=True))
        assert wait_until(lambda: server.open == 1, 2), "the one that is kept"
        sockets.close()
        assert wait_until(lambda: server.open == 0, 2)


# What cannot be reached, or not be sent.


def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def test_a_port_where_nobody_listens_refuses(sockets: Sockets) -> None:
    incoming = sockets.exchange(request(f"http://127.0.0.1:{unused_port()}/"))
    assert incoming == Incoming(complete=False, error="The connection was refused.")


def test_a_server_that_does_not_accept_is_waited_for_until_the_deadline(sockets: Sockets) -> None:
    with socket.socket() as listening, socket.socket() as first, socket.socket() as second:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for filling in (first, second):  # the queue
            filling.setblocking(False)
            filling.connect_ex(listening.getsockname())
        began = time.monotonic()
        incoming = sockets.exchange(request(f"http://127.0.0.1:{listening.getsockname()[1]}/"))
        assert time.monotonic() - began < 1
    assert incoming.error == "There was no response within 0.5 s."


def resolver(answer: Callable[[], list[object]]) -> Callable[..., list[object]]:
    return lambda *_, **__: answer()


def test_a_name_that_does_not_exist_is_said(sockets: Sockets, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown() -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolver(unknown))
    incoming = sockets.exchange(request("http://nowhere.invalid/"))
    assert incoming.error == "The name nowhere.invalid cannot be resolved."


def test_a_resolver_that_hangs_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow() -> list[object]:
        time.sleep(0.5)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", resolver(slow))
    with pytest.raises(Broken, match=r"slow\.invalid was not resolved within 0\.1 s"):
        resolve(Origin("http", "slow.invalid", 80), Deadline(0.1))


def test_of_several_addresses_the_one_that_answers_is_used(sockets: Sockets, monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(hostile.answers(response(b"fine"))) as server:
        live = ("127.0.0.1", Origin.of(server.url).port)
        dead = ("127.0.0.1", unused_port())
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in (dead, live)]
        monkeypatch.setattr(socket, "getaddrinfo", resolver(lambda: list(found)))
        assert sockets.exchange(request("http://several.invalid/")).body == b"fine"


@pytest.mark.parametrize(
    "outgoing",
    [
        Outgoing("GET", "http://127.0.0.1:9/", (("Host", "x"), ("X-Y", "a\r\nX-Z: b"))),
        Outgoing("GET", "http://127.0.0.1:9/", (("Host", "x"), ("X-Y", "\N{SNOWMAN}"))),
        Outgoing("GET", "http://127.0.0.1:9/", (("Host", "x"), ("Ü", "y"))),
        Outgoing("GE T", "http://127.0.0.1:9/", (("Host", "x"),)),
        Outgoing("GET", "http://127.0.0.1:9/", ()),
        Outgoing("PUT", "http://127.0.0.1:9/", (("Host", "x"), ("Content-Length", "3")), b"four"),
    ],
)
def test_what_is_not_http_is_not_sent(sockets: Sockets, outgoing: Outgoing, monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(hostile.answers(response())) as server:
        incoming = sockets.exchange(outgoing._replace(url=server.url))
        assert server.requests == []
    assert incoming.error.startswith("The request cannot be sent: ")


# TLS.


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(sockets: Sockets) -> None:
    with Server(hostile.answers(response()), tls=True) as server:
        incoming = sockets.exchange(request(server.url))
        assert server.requests == []
    assert incoming.status == 0
    assert incoming.error == "The certificate is not trusted: self-signed certificate."


def test_a_server_without_tls_does_not_speak_https(sockets: Sockets) -> None:
    def behave(visit: Visit) -> None:
        visit.connection.recv(1000)
        visit.say(response(b"400 The plain HTTP request was sent to HTTPS port", status=b"400 Bad Request"))

    with Server(behave) as server:
        incoming = sockets.exchange(request(server.url.replace("http:", "https:")))
    assert re.fullmatch(r"TLS failed: [A-Z_]+\.", incoming.error), incoming.error


def test_a_handshake_that_never_ends_is_ended(sockets: Sockets) -> None:
    def behave(visit: Visit) -> None:
        visit.connection.recv(1000)
        visit.drip(b"\x16\x03\x03\x40\x00" + bytes(99))

    with Server(behave) as server:
        began = time.monotonic()
        incoming = sockets.exchange(request(server.url.replace("http:", "https:")))
        assert time.monotonic() - began < 1
    assert incoming.error == "There was no response within 0.5 s."


@pytest.fixture
def trusting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the certificate of the tests trusted, in the way in which users say so for their own."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))


@pytest.mark.usefixtures("trusting")
def test_a_trusted_server_is_spoken_to_over_tls_and_one_connection(sockets: Sockets) -> None:
    with Server(hostile.answers(response(b"secret")), tls=True) as server:
        for _ in range(3):
            assert sockets.exchange(request(server.url)).body == b"secret"
        assert server.connections == 1


@pytest.mark.usefixtures("trusting")
def test_a_certificate_for_another_name_is_not_trusted(sockets: Sockets, monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(hostile.answers(response()), tls=True) as server:
        address = ("127.0.0.1", Origin.of(server.url).port)
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address)]
        monkeypatch.setattr(socket, "getaddrinfo", resolver(lambda: list(found)))
        incoming = sockets.exchange(request(f"https://other.invalid:{address[1]}/"))
    assert "other.invalid" in incoming.error
    assert incoming.error.startswith("The certificate is not trusted: ")


@pytest.mark.usefixtures("trusting")
def test_a_body_that_drips_through_tls_is_ended(sockets: Sockets) -> None:
    behave = hostile.slowly(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", b"x" * 99)
    with Server(behave, tls=True) as server:
        incoming = sockets.exchange(request(server.url))
    assert (incoming.status, incoming.error) == (200, "The response was not complete within 0.5 s.")
