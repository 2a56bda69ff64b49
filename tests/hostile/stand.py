"""A service that the rows of the catalogue are sent to, direct or through what stands before it."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.servers import forget_peak, memory_of

from .catalogue import Sent
from .watched import Watched

MAX_GROWTH = 32 * 1024
"""KiB by which what is sent may raise the memory of the workers, at its peak."""
MAX_LINE = 4096
HOOKED = """
from restwell.frameworks import app

app.before_request(lambda: None)
"""
"""An application whose hook has every request go through Flask's routing."""


class RawAnswer:
    """One answer as it came; `status` is 0 where the connection ended without one."""

    def __init__(self, came: bytes) -> None:
        head, _, self.content = came.partition(b"\r\n\r\n")
        found = re.match(rb"HTTP/1\.[01] (\d{3}) ", head)
        self.status = int(found[1]) if found else 0
        self.head = head.lower()

    @property
    def is_problem(self) -> bool:
        return b"content-type: application/problem+json" in self.head


class Stand(Watched):
    """A service that is sent the rows; the port of it, or of what stands before it."""

    @property
    def is_direct(self) -> bool:
        return self.port == int(self.server.url.rpartition(":")[2])

    def statuses(self, sent: bytes, *, half_close: bool = False) -> list[int]:
        """The statuses of all final answers to bytes that are sent as they are."""
        found = re.findall(rb"HTTP/1\.[01] (\d{3}) ", self.exchange(sent, half_close=half_close))
        return [int(status) for status in found if status != b"100"]

    def exchange(self, sent: bytes, *, half_close: bool = False, seconds: float = 3) -> bytes:
        """Everything that comes back until the connection ends, or nothing has come for a while.

        `{key}` in what is sent stands for the key of a writer.
        """
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            came = b""
            with suppress(OSError):
                connection.sendall(sent.replace(b"{key}", self.key.encode()))
                if half_close:
                    connection.shutdown(socket.SHUT_WR)
                connection.settimeout(seconds)
                while part := connection.recv(65536):
                    came += part
                    connection.settimeout(0.2)
            return came

    def send(self, sent: Sent) -> RawAnswer:
        target = sent.target if isinstance(sent.target, bytes) else sent.target.encode()
        lines = [b"%b %b HTTP/1.1" % (sent.method.encode(), target), b"Host: localhost", b"Connection: close"]
        lines += [field.encode("latin-1") for field in sent.fields]
        if sent.content is not None:
            lines.append(b"Content-Length: %d" % len(sent.content))
        if sent.key:
            lines.append(f"Authorization: Bearer {self.key}".encode())
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            came = b""
            with suppress(ConnectionError):  # it was answered before all had come
                connection.sendall(b"\r\n".join([*lines, b"", sent.content or b""]))
            with suppress(ConnectionError):
                while part := connection.recv(65536):
                    came += part
        return RawAnswer(came)

    @contextmanager
    def unharmed(self, canary: str = "/health/live") -> Iterator[None]:
        """Whether all is as it was behind what is sent meanwhile, in little more memory, and the log in order."""
        lines = len(self.log())
        before = self._memory("VmRSS")
        for pid in self.workers:
            forget_peak(pid)
        yield
        assert self._memory("VmHWM") - before <= MAX_GROWTH
        for line in self.log()[lines:]:
            assert len(line.encode()) < MAX_LINE
            assert not line.startswith("{") or json.loads(line)["request_id"]
        assert self.holds(canary)

    def log(self) -> list[str]:
        """The lines that the service has logged."""
        return self.server.stderr.splitlines()

    def _memory(self, name: str) -> int:
        """KiB that the workers have in memory, now (VmRSS) or had at most (VmHWM)."""
        return sum(memory_of(pid)[name] for pid in self.workers)
