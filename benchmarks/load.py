"""The load: requests in batches, as fast as their answers come, and how many there are a second.

A batch goes out at once, on a few connections and several on each (pipelining; RFC 9112, section 9.3.2), so that the
server always has something to do: what is measured is its own time, not that of the client or of the way between.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import NamedTuple

BATCH = 40
"""Requests that are sent in one go. A replace that is guarded needs so many items, each with its own entity tag."""
CONNECTIONS = 4
"""Granian answers one request of a connection after the other, and hands each to a thread: others fill the gap."""
YEARS = range(1990, 2100)
JSON = "application/json"
_HEAD = re.compile(rb"HTTP/1\.1 (\d{3})(.*?)\r\n\r\n", re.DOTALL)
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_TAG = re.compile(rb"\r\netag: *([^\r]+)", re.IGNORECASE)


class Answer(NamedTuple):
    """The status of an answer, and its entity tag, if it has one."""

    status: int
    tag: str


class Load:
    """Asks one server; it remembers what it has sent, so that every change changes something."""

    def __init__(self, port: int, key: str) -> None:
        self.port = port
        self.key = key
        self.number = 0
        self.tags: dict[str, str] = {}
        self.sockets: list[socket.socket] = []

    def rate(self, case: Case, seconds: float) -> float:
        """Requests a second, in at least so many seconds, on new connections: servers close those that rest."""
        with ExitStack() as stack:
            self.sockets = [stack.enter_context(self._connected()) for _ in range(CONNECTIONS)]
            case.prepare(self)
            return self._rate(case, seconds)

    def _connected(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def _rate(self, case: Case, seconds: float) -> float:
        sent, began = 0, time.perf_counter()
        while (passed := time.perf_counter() - began) < seconds:
            self.send(case)
            sent += BATCH
        return sent / passed

    def send(self, case: Case) -> None:
        """Send a batch and check its answers."""
        numbers = range(self.number, self.number + BATCH)
        self.number += BATCH
        paths = [case.path(number) for number in numbers]
        requests = [case.request(self, number, path) for number, path in zip(numbers, paths, strict=True)]
        for path, answer in zip(paths, self.ask(requests), strict=True):
            if answer.status != case.status:
                raise SystemExit(
                    f"{case.name}: {case.method} {path} is answered with {answer.status}, not {case.status}."
                )
            if case.guarded:
                self.tags[path] = answer.tag

    def ask(self, requests: Sequence[bytes]) -> Iterator[Answer]:
        """The answers to requests, which are parted among the connections."""
        share = -(-len(requests) // CONNECTIONS)
        parts = [requests[place : place + share] for place in range(0, len(requests), share)]
        for part, each in zip(parts, self.sockets, strict=False):
            each.sendall(b"".join(part))
        for part, each in zip(parts, self.sockets, strict=False):
            yield from answers(each, len(part))


def answers(connection: socket.socket, number: int) -> Iterator[Answer]:
    """So many answers, as they come on a connection."""
    came, place = b"", 0
    while number:
        head = _HEAD.match(came, place)
        length = _LENGTH.search(head[0]) if head else None
        end = head.end() + (int(length[1]) if length and head[1] not in {b"204", b"304"} else 0) if head else 0
        if head is None or end > len(came):
            more = connection.recv(1 << 18)
            if not more:
                raise SystemExit("The server has closed the connection in the middle of an answer.")
            came, place = came[place:] + more, 0
            continue
        tag = _TAG.search(head[0])
        yield Answer(int(head[1]), tag[1].decode() if tag else "")
        place, number = end, number - 1


class Case(NamedTuple):
    """One kind of request. `path` and `body` are made of its number.

    `condition` is the field that takes the entity tag; `guarded` says that each answer has a new one. What changes
    something has the key, and so has what is `keyed`.
    """

    name: str
    path: Callable[[int], str]
    status: int = 200
    method: str = "GET"
    accept: str = JSON
    body: Callable[[int], str] | None = None
    content_type: str = JSON
    condition: str = ""
    guarded: bool = False
    keyed: bool = False

    def prepare(self, load: Load) -> None:
        """Ask for the entity tags that the first requests need."""
        if self.condition:
            paths = list(dict.fromkeys(self.path(number) for number in range(load.number, load.number + BATCH)))
            reading = self._replace(condition="")
            asked = [reading.head(load, "GET", path) + b"\r\n" for path in paths]
            load.tags |= dict(zip(paths, (answer.tag for answer in load.ask(asked)), strict=True))

    def request(self, load: Load, number: int, path: str) -> bytes:
        """The bytes of one request."""
        head = self.head(load, self.method, path)
        if self.body is None:
            return head + b"\r\n"
        body = self.body(number).encode()
        return head + f"Content-Type: {self.content_type}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body

    def head(self, load: Load, method: str, path: str) -> bytes:
        """The head of a request, but for what tells of its content."""
        fields = f"Host: 127.0.0.1\r\nAccept: {self.accept}\r\n"
        if (self.body is not None or self.keyed) and load.key:
            fields += f"Authorization: Bearer {load.key}\r\n"
        if self.condition:
            fields += f"{self.condition}: {load.tags[path]}\r\n"
        return f"{method} {path} HTTP/1.1\r\n{fields}".encode()


def item(number: int) -> str:
    return f"/frameworks/framework{number % BATCH}"


def replacing(number: int) -> str:
    """Another year each time that it is an item's turn."""
    return f'{{"name":"framework{number % BATCH}","created":{year(number)},"parent":"Python"}}'


def year(number: int) -> int:
    return YEARS[number // BATCH % len(YEARS)]


LD = "application/ld+json"
CASES = (
    Case("item", lambda _: "/frameworks/Flask"),
    Case("item, ld+json", lambda _: "/frameworks/Flask", accept=LD),
    Case("304", lambda _: "/frameworks/Flask", status=304, condition="If-None-Match"),
    Case("page of 20", lambda _: "/frameworks?limit=20"),
    Case("page of 100", lambda _: "/frameworks?limit=100"),
    Case("page of 100, ld+json", lambda _: "/frameworks?limit=100", accept=LD),
    Case("PUT", item, method="PUT", body=replacing),
    Case("PUT, If-Match", item, method="PUT", body=replacing, condition="If-Match", guarded=True),
    Case("PATCH", item, method="PATCH", body=lambda number: f'{{"created":{year(number)}}}',
         content_type="application/merge-patch+json"),
    # The one that makes the tables grow is the last.
    Case("POST", lambda _: "/frameworks", status=201, method="POST",
         body=lambda number: f'{{"name":"post{number}","created":2020}}'),
)  # fmt: skip
