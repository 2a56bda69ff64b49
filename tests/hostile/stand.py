"""A service that the rows of the catalogue are sent to, direct or through what stands before it."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from urllib.parse import unquote_to_bytes

from tests.api import PER_ANSWER, Served, serving
from tests.proxies import nginx_with_defaults
from tests.servers import RestwellServer, forget_peak, memory_of, wait_until

from .catalogue import Sent
from .keys import keys_of, secret
from .watched import Watched

MAX_GROWTH = 32 * 1024
"""KiB by which what is sent may raise the memory of the workers, at its peak."""
MAX_SECONDS, MAX_TOLD, MAX_LINE = 1.0, 4096, 4096
INTERNAL = re.compile(rb"Traceback|sqlite3|psycopg|sqlalchemy|SELECT |INSERT |/site-packages/|\.py\b|restwell_keys")
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

    @property
    def request_id(self) -> str:
        """What its line in the log begins with; empty where the application was not reached."""
        found = re.search(rb"\r\nx-request-id: (\S+)", self.head)
        return found[1].decode() if found else ""

    @property
    def worker(self) -> str:
        """What is the same in the request ids of one worker, and differs between two."""
        return self.request_id.rpartition("-")[0]

    @property
    def lasting(self) -> tuple[list[bytes], bytes]:
        """What is the same when the same request comes again, on another connection: when that ends is not."""
        names = tuple(f"{name}:".encode() for name in (*PER_ANSWER, "connection"))
        return [line for line in self.head.split(b"\r\n") if not line.startswith(names)], self.content


class Stand(Watched):
    """A service that is sent the rows; the port of it, or of what stands before it, and keys of several kinds."""

    def __init__(self, server: RestwellServer, port: int, database: str) -> None:
        super().__init__(server, port)
        self.database = database
        self.answered: list[tuple[str, int]] = []
        """The request id and the status of each answer of the application, for the log is to have them."""
        with self.api() as api:
            self.keys = {"writer": self.key, **keys_of(api)}

    def api(self) -> AbstractContextManager[Served]:
        """The same API on the same database, in this process."""
        return serving(database=self.database)

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
        """Send it on a connection of its own, and note what the log is to say of it."""
        target = sent.target if isinstance(sent.target, bytes) else sent.target.encode()
        lines = [b"%b %b HTTP/1.1" % (sent.method.encode(), target), f"Host: {sent.host}".encode()]
        lines += [b"Connection: close", *(field.encode("latin-1") for field in sent.fields)]
        if sent.content is not None:
            lines.append(b"Content-Length: %d" % len(sent.content))
        if sent.key:
            lines.append(f"Authorization: Bearer {self.keys[sent.key]}".encode())
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            came = b""
            with suppress(ConnectionError):  # it was answered before all had come
                connection.sendall(b"\r\n".join([*lines, b"", sent.content or b""]))
            with suppress(ConnectionError):
                while part := connection.recv(65536):
                    came += part
        answer = RawAnswer(came)
        if answer.request_id:
            self.answered.append((answer.request_id, answer.status))
        return answer

    def ask(self, sent: Sent) -> RawAnswer:
        """Send it, and look at what has to hold of every answer: soon, short, and nothing internal in it."""
        started = time.perf_counter()
        answer = self.send(sent)
        assert time.perf_counter() - started < MAX_SECONDS
        assert b"access-control-allow-origin" not in answer.head
        if answer.status >= 400:
            said = set(INTERNAL.findall(answer.content)) - set(INTERNAL.findall(unquote_to_bytes(sent.target)))
            assert not said, answer.content[:400]
        if answer.is_problem:
            assert sent.method == "HEAD" or json.loads(answer.content)["status"] == answer.status
            assert len(answer.content) <= MAX_TOLD
        return answer

    @contextmanager
    def unharmed(self, canary: str = "/health/live") -> Iterator[None]:
        """Whether all is as it was behind what is sent meanwhile, in little more memory, and the log in order."""
        lines = len(self.log())
        self.answered.clear()
        before = self._memory("VmRSS")
        for pid in self.workers:
            forget_peak(pid)
        yield
        assert self._memory("VmHWM") - before <= MAX_GROWTH
        self._check_log(lines)
        assert self.holds(canary)

    def _check_log(self, begin: int) -> None:
        """Whether each answer has one line from there on, all are in order, and none has a secret."""
        assert wait_until(lambda: not set(self.answered) - set(self._logged(begin)), 2), "lines are missing"
        logged = self._logged(begin)
        assert [logged.count(each) for each in self.answered] == [1] * len(self.answered)
        lines = self.log()[begin:]
        assert all(len(line.encode()) < MAX_LINE for line in lines)
        text = "\n".join(lines)
        assert not [name for name, key in self.keys.items() if secret(key) in text]

    def _logged(self, begin: int) -> list[tuple[str, int]]:
        """The request id and the status of each line of a request from there on; all of them have to be JSON."""
        lines = [json.loads(line) for line in self.log()[begin:] if line.startswith("{")]
        return [(line["request_id"], line["status"]) for line in lines]

    def log(self) -> list[str]:
        """The lines that the service has logged."""
        return self.server.stderr.splitlines()

    def _memory(self, name: str) -> int:
        """KiB that the workers have in memory, now (VmRSS) or had at most (VmHWM)."""
        return sum(memory_of(pid)[name] for pid in self.workers)


class StandOfItsOwn(Stand):
    """The same for another application than the Frameworks, with a key of theirs alone."""

    def __init__(self, server: RestwellServer, port: int, database: str) -> None:
        super(Stand, self).__init__(server, port)
        self.database = database
        self.answered = []
        self.keys = {"writer": self.key}


@contextmanager
def standing(text: str, directory: Path, database: str, way: str) -> Iterator[StandOfItsOwn]:
    """An application of this text, asked `direct`, by `nginx`, or by a hook through routing of `Flask`."""
    hook = "app.before_request(lambda: None)\n" if way == "Flask" else ""
    (directory / "standing.py").write_text(text + hook)
    options = ("--issue-key", "me=frameworks:write", "--database", database, "--workers", "1")
    server = RestwellServer("standing:app", *options, directory=directory)
    with port_to(server, directory, by_nginx=way == "nginx") as port:
        yield StandOfItsOwn(server, port, database)


@contextmanager
def port_to(server: RestwellServer, directory: Path, *, by_nginx: bool) -> Iterator[int]:
    """The port of a server, or of an nginx with its defaults that stands before it; the server ends with it."""
    port = int(server.url.rpartition(":")[2])
    try:
        with nginx_with_defaults(port, directory) if by_nginx else nullcontext(port) as shown:
            yield shown
    finally:
        server.stop()
