"""Requests as bytes over a socket, and what comes back, for what no client library would send."""

import contextlib
import select
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from tests.api import Answer


def request(method: str, target: str, *fields: str, content: bytes | None = None, host: str = "{host}") -> bytes:
    """A request of HTTP/1.1; `fields` are lines of header fields. Content brings its length along."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", *fields]
    if content is not None and not any(line.lower().startswith(("content-length", "transfer-")) for line in fields):
        lines.append(f"Content-Length: {len(content)}")
    return "\r\n".join([*lines, "", ""]).encode() + (content or b"")


@dataclass
class Conversation:
    """One client of a server, that keeps its connection as long as the server lets it.

    `interim` are the informational answers that were read, such as 100. One that `retries` asks again on another
    connection where one that was kept has ended without an answer (RFC 9112, section 9.3.1).
    """

    host: str
    port: int
    timeout: float = 10
    retries: bool = False
    interim: list[int] = field(default_factory=list)
    connections: int = 0
    _socket: socket.socket | None = None
    _rest: bytes = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket, self._rest = None, b""

    def ask(self, sent: bytes, methods: Sequence[str] = ()) -> list[Answer]:
        """Send bytes and read an answer for each of the methods, by default for the one that the bytes begin with."""
        kept = self._socket is not None
        try:
            return self._ask(sent, methods)
        except ConnectionError:
            if not (self.retries and kept):
                raise
            self.close()
            return self._ask(sent, methods)

    def _ask(self, sent: bytes, methods: Sequence[str]) -> list[Answer]:
        if self._socket is None:
            self._socket = socket.create_connection((self.host, self.port), self.timeout)
            self.connections += 1
        head, end, content = sent.partition(b"\r\n\r\n")
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it has answered, and wants no more
            if b"100-continue" not in head:
                self._socket.sendall(sent)
            else:
                self._socket.sendall(head + end)
                self._wait(1)
                if not self._rest or self._rest.startswith(b"HTTP/1.1 100"):
                    self._socket.sendall(content)
        return [self._read(method) for method in methods or [sent.split(b" ", 1)[0].decode()]]

    def _wait(self, seconds: float) -> None:
        """Wait for an answer, but not for long, as a client that expects 100 does (RFC 9110, section 10.1.1)."""
        if self._socket is not None and select.select([self._socket], [], [], seconds)[0]:
            self._more()

    def _read(self, method: str) -> Answer:
        while True:
            head = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
            status = int(head[0].split(" ")[1])
            if status >= 200:
                break
            self.interim.append(status)
        headers = tuple(
            (name.strip().lower(), value.strip()) for name, _, value in (line.partition(":") for line in head[1:])
        )
        answer = Answer(status, headers, b"")
        body = b"" if method == "HEAD" or status in {204, 304} else self._body(answer)
        closing = "close" in ", ".join(answer.all("connection")).lower()
        if closing or (head[0].startswith("HTTP/1.0") and "keep-alive" not in str(answer.all("connection")).lower()):
            self.close()
        return Answer(status, headers, body)

    def _body(self, answer: Answer) -> bytes:
        if "chunked" in answer.words("transfer-encoding"):
            parts = []
            while size := int(self._until(b"\r\n").split(b";")[0], 16):
                parts.append(self._exactly(size))
                self._until(b"\r\n")
            self._until(b"\r\n")
            return b"".join(parts)
        if answer.all("content-length"):
            return self._exactly(int(answer["content-length"]))
        while self._more():
            pass
        body = self._rest
        self.close()
        return body

    def _until(self, end: bytes) -> bytes:
        while end not in self._rest:
            if not self._more():
                raise ConnectionError(f"the connection ended behind {self._rest[:200]!r}")
        found, _, self._rest = self._rest.partition(end)
        return found

    def _exactly(self, size: int) -> bytes:
        while len(self._rest) < size:
            if not self._more():
                raise ConnectionError(f"the connection ended {size - len(self._rest)} bytes early")
        found, self._rest = self._rest[:size], self._rest[size:]
        return found

    def _more(self) -> bool:
        if self._socket is None:
            return False
        part = self._socket.recv(65536)
        self._rest += part
        return bool(part)
