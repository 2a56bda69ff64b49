"""Servers that misbehave, on real sockets: each behaviour is a function that is given a visit and does its worst.

Nothing here knows pytest, nor HTTP beyond reading a request. `MISCHIEF` lists what hostile and broken servers do,
with what an auditor should make of it.
"""

import contextlib
import gzip
import socket
import ssl
import struct
import threading
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Self

CERTIFICATE = Path(__file__).with_name("hostile.pem")


class Over(Exception):
    """The server is being closed, so a visit ends wherever it is."""


class Visit:
    """One connection from the server's side."""

    def __init__(self, connection: socket.socket, over: threading.Event, requests: list[bytes]) -> None:
        self.connection = connection
        self._over = over
        self._requests = requests
        self._rest = b""

    def hear(self) -> bytes:
        """Read one request, content and all, and return it; b"" when the client has gone."""
        while b"\r\n\r\n" not in self._rest:
            if not self._more():
                return b""
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        length = int(fields.get(b"content-length", b"0"))
        while len(self._rest) < length and self._more():
            pass
        request = head + b"\r\n\r\n" + self._rest[:length]
        self._rest = self._rest[length:]
        self._requests.append(request)
        return request

    def _more(self) -> bool:
        piece = self.connection.recv(65536)
        self._rest += piece
        return bool(piece)

    def say(self, data: bytes) -> None:
        """Send bytes, whatever they are."""
        self.connection.sendall(data)

    def pause(self, seconds: float) -> None:
        """Do nothing for a while."""
        if self._over.wait(seconds):
            raise Over

    def drip(self, data: bytes, seconds: float = 0.05) -> None:
        """Send byte after byte, with a pause before each."""
        for byte in data:
            self.pause(seconds)
            self.say(bytes([byte]))

    def reset(self) -> None:
        """End the connection as a crash would, with RST in place of FIN."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


Behaviour = Callable[[Visit], None]


class Server:
    """A server on a free port of 127.0.0.1 that treats every connection in one way, each in a thread of its own."""

    def __init__(self, behave: Behaviour, *, tls: bool = False) -> None:
        self.behave = behave
        self.requests: list[bytes] = []
        self.connections = 0
        self._open: set[socket.socket] = set()
        self._over = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._context: ssl.SSLContext | None = None
        if tls:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(CERTIFICATE)
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        scheme = "https" if self._context else "http"
        return f"{scheme}://127.0.0.1:{self._listening.getsockname()[1]}/"

    @property
    def open(self) -> int:
        """How many connections neither side has ended."""
        return len(self._open)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        # So that accept() returns; it may have, for a connection that came late.
        with contextlib.suppress(OSError), socket.create_connection(self._listening.getsockname()):
            pass
        self._threads[0].join()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)  # so that recv() returns
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        with self._listening:
            while True:
                connection, _ = self._listening.accept()
                if self._over.is_set():
                    connection.close()
                    return
                connection.settimeout(5)  # no test waits for longer than that
                self.connections += 1
                thread = threading.Thread(target=self._visit, args=[connection])
                self._threads.append(thread)
                thread.start()

    def _visit(self, connection: socket.socket) -> None:
        try:
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
            self._open.add(connection)
            self.behave(Visit(connection, self._over, self.requests))
        except (Over, OSError):
            pass  # the client has had enough, or the test is over
        finally:
            connection.close()
            self._open.discard(connection)


def response(body: bytes = b"", *fields: bytes, status: bytes = b"200 OK") -> bytes:
    """A response as it should be."""
    head = [b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *fields]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def chunks(*lines: bytes) -> bytes:
    """A response with chunked content that is what these lines make it."""
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"\r\n".join(lines)


def says(*answers: bytes) -> Behaviour:
    """Answer requests with these, one after the other over one connection, and then end it."""

    def behave(visit: Visit) -> None:
        for answer in answers:
            if not visit.hear():
                return
            visit.say(answer)

    return behave


def answers(*given: bytes) -> Behaviour:
    """Answer every request with the last of these, the first ones with those before it, whatever the connection."""
    left = list(given)

    def behave(visit: Visit) -> None:
        while visit.hear():
            visit.say(left.pop(0) if len(left) > 1 else left[0])

    return behave


def endless(head: bytes, piece: bytes) -> Behaviour:
    """Answer with a head, and go on for ever, as fast as it can be read."""

    def behave(visit: Visit) -> None:
        visit.hear()
        visit.say(head)
        while True:
            visit.say(piece)

    return behave


def slowly(at_once: bytes, drop_by_drop: bytes) -> Behaviour:
    """Answer with something at once and with the rest byte by byte, so that no single read ever takes long."""

    def behave(visit: Visit) -> None:
        visit.hear()
        visit.say(at_once)
        visit.drip(drop_by_drop)

    return behave


def silent(visit: Visit) -> None:
    """Take the request, and say nothing."""
    visit.hear()
    visit.pause(60)


def resets(before: bytes = b"") -> Behaviour:
    """Say something, or nothing, and break the connection."""

    def behave(visit: Visit) -> None:
        visit.hear()
        visit.say(before)
        if before:
            visit.pause(0.1)  # or the reset overtakes what was said
        visit.reset()

    return behave


def bomb(size: int) -> bytes:
    """That many zeroes, a thousandth of it once compressed."""
    return gzip.compress(bytes(size), mtime=0)


class Mischief(NamedTuple):
    """What a server does, and what an exchange with it says: its status, its error and whether it is complete."""

    behave: Behaviour
    status: int
    error: str
    complete: bool = False


OK = b"HTTP/1.1 200 OK\r\n"
GIGABYTE = OK + b"Content-Length: 1000000000\r\n\r\n"
GZIP = b"Content-Encoding: gzip"
LATE_HEAD = r"^There was no response within 0\.5 s\.$"
LATE_BODY = r"^The response was not complete within 0\.5 s\.$"
BROKE_OFF = "^The response is malformed or incomplete: "
NOT_HTTP = "^The server did not send a valid HTTP response: "
SURPLUS = "^The server sent more data than"
ENDED = "^The connection was closed without a response"
UNDECODABLE = "^The content is incomplete, or not valid for its coding: gzip"

MISCHIEF = {
    "endless body": Mischief(endless(OK + b"\r\n", b"x" * 65536), 200, "^$"),
    "endless chunks": Mischief(endless(chunks(), b"3e8\r\n" + b"x" * 1000 + b"\r\n"), 200, "^$"),
    "endless crumbs": Mischief(endless(chunks(), b"1\r\nx\r\n" * 1000), 200, f"^$|{LATE_BODY}"),
    "endless head": Mischief(endless(OK, b"X-Y: " + b"y" * 8000 + b"\r\n"), 0, NOT_HTTP),
    "endless line of the head": Mischief(endless(OK + b"X-Y: ", b"y" * 8000), 0, NOT_HTTP),
    "endless status line": Mischief(endless(b"HTTP/1.1 200 ", b"y" * 8000), 0, NOT_HTTP),
    "endless extension of a chunk": Mischief(endless(chunks(b"5;"), b"y" * 8000), 200, BROKE_OFF),
    "endless trailers": Mischief(endless(chunks(b"0"), b"\r\nX-Y: " + b"y" * 8000), 200, BROKE_OFF),
    "endless information": Mischief(endless(b"", b"HTTP/1.1 102 Processing\r\n\r\n" * 100), 0, LATE_HEAD),
    "a gigabyte that never comes": Mischief(slowly(GIGABYTE, b"x" * 99), 200, LATE_BODY),
    "a gigabyte that comes": Mischief(endless(GIGABYTE, b"x" * 65536), 200, "^$"),
    "a length beyond all numbers": Mischief(says(OK + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n"), 0, NOT_HTTP),
    "silence": Mischief(silent, 0, LATE_HEAD),
    "slow head": Mischief(slowly(b"", OK + b"X-Y: " + b"y" * 99), 0, LATE_HEAD),
    "slow body": Mischief(slowly(OK + b"Content-Length: 99\r\n\r\n", b"x" * 99), 200, LATE_BODY),
    "slow chunks": Mischief(slowly(chunks(), b"1\r\nx\r\n" * 99), 200, LATE_BODY),
    "slow body without a length": Mischief(slowly(OK + b"\r\n", b"x" * 99), 200, LATE_BODY),
    "less than the length": Mischief(says(OK + b"Content-Length: 100\r\n\r\nshort"), 200, BROKE_OFF),
    "more than the length": Mischief(says(OK + b"Content-Length: 5\r\n\r\nhello, world"), 200, SURPLUS),
    "content where there is none": Mischief(says(b"HTTP/1.1 204 No Content\r\n\r\nhello"), 204, SURPLUS),
    "a negative length": Mischief(says(OK + b"Content-Length: -5\r\n\r\nhello"), 0, NOT_HTTP),
    "two lengths": Mischief(says(OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"), 0, NOT_HTTP),
    "a size of a chunk that is no number": Mischief(says(chunks(b"xyz", b"hello", b"0", b"", b"")), 200, BROKE_OFF),
    "a negative size of a chunk": Mischief(says(chunks(b"-5", b"hello", b"0", b"", b"")), 200, BROKE_OFF),
    "a chunk that is longer than its size": Mischief(says(chunks(b"2", b"hello", b"0", b"", b"")), 200, BROKE_OFF),
    "chunks that do not end": Mischief(says(chunks(b"5", b"hello", b"")), 200, BROKE_OFF),
    "a transfer coding that nobody asked for": Mischief(
        says(OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), 0, NOT_HTTP
    ),
    "HTTP/0.9": Mischief(says(b"<html>Hello, this is 1991.</html>\r\n"), 0, NOT_HTTP),
    "another protocol": Mischief(says(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), 0, NOT_HTTP),
    "binary rubbish": Mischief(says(bytes(range(256)) * 4), 0, NOT_HTTP),
    "a status that is no number": Mischief(says(b"HTTP/1.1 OK OK\r\n\r\n"), 0, NOT_HTTP),
    "a field without a name": Mischief(says(OK + b": nameless\r\n\r\n"), 0, NOT_HTTP),
    "a zero byte in a field": Mischief(says(OK + b"X-Y: a\0b\r\n\r\n"), 0, NOT_HTTP),
    "another protocol, taken up unasked": Mischief(
        says(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"), 0, NOT_HTTP
    ),
    "an end in place of a response": Mischief(says(b""), 0, ENDED),
    "an end within the head": Mischief(says(OK + b"X-Y"), 0, "^The connection was closed within the header section"),
    "an end after information": Mischief(says(b"HTTP/1.1 100 Continue\r\n\r\n"), 0, ENDED),
    "a reset": Mischief(resets(), 0, r"^The connection was reset\.$"),
    "a reset within the head": Mischief(resets(OK), 0, r"^The connection was reset\.$"),
    "a reset within the body": Mischief(
        resets(OK + b"Content-Length: 9\r\n\r\nhell"), 200, r"^The connection was reset\.$"
    ),
    "a gzip bomb": Mischief(says(response(bomb(50_000_000), GZIP)), 200, "^$"),
    "a bomb in a bomb": Mischief(
        says(response(gzip.compress(bomb(50_000_000)), b"Content-Encoding: gzip, gzip")), 200, "^$"
    ),
    "many empty members of gzip": Mischief(says(response(gzip.compress(b"") * 4000, GZIP)), 200, "^$", complete=True),
    "codings without end": Mischief(
        says(response(b"x", b"Content-Encoding: " + b"gzip, " * 100 + b"gzip")), 200, "101 content codings"
    ),
    "gzip that is none": Mischief(says(response(b"plain", GZIP)), 200, UNDECODABLE),
    "gzip that is cut off": Mischief(says(response(gzip.compress(b"x" * 999)[:-9], GZIP)), 200, UNDECODABLE),
    "a checksum that is wrong": Mischief(
        says(response(gzip.compress(b"hello")[:-8] + bytes(8), GZIP)), 200, UNDECODABLE
    ),
    "deflate that is cut off": Mischief(
        says(response(zlib.compress(b"hello")[:-5], b"Content-Encoding: deflate")), 200, "for its coding: deflate"
    ),
    "a coding that was not asked for": Mischief(
        says(response(b"x", b"Content-Encoding: br")), 200, r"a coding that was not requested: br\.$"
    ),
}  # fmt: skip
