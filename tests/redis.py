"""A real Redis for the tests, as `servers.py` has PostgreSQL: private to one test, and gone with it."""

import os
import shutil
import signal
import socket
import subprocess
from typing import Self

from tests.servers import Janitor, MissingServerError, free_port, wait_until


class RedisServer:
    """A Redis on a free port of 127.0.0.1 that writes nothing to disk."""

    def __init__(self) -> None:
        program = shutil.which("redis-server")
        if program is None:
            raise MissingServerError("no Redis: apt-get install redis-server")
        self.port = free_port()
        self._command = [
            program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
            "--dir", "/tmp",  # noqa: S108 - nothing is written there
        ]  # fmt: skip
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, without what it had."""
        self.process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        self._janitor = Janitor('kill -s KILL "$1"', str(self.process.pid))
        if not wait_until(self._answers, 10):
            raise RuntimeError("Redis did not start")

    def kill(self) -> None:
        """Let it end as by a power failure."""
        self.process.kill()
        self.process.wait()
        self._janitor.run()

    def stop(self) -> None:
        """Let it stand still: connections are accepted, and nothing is answered."""
        os.kill(self.process.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        os.kill(self.process.pid, signal.SIGCONT)

    def flush(self) -> None:
        """Forget everything."""
        self._say(b"FLUSHALL\r\n")

    def _say(self, command: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
            connection.sendall(command)
            return connection.recv(64)

    def _answers(self) -> bool:
        try:
            return self._say(b"PING\r\n") == b"+PONG\r\n"
        except OSError:
            return False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
