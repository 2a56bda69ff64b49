"""WSGI servers other than `restwell serve`, each started with the Frameworks, and requests as bytes over sockets."""

import os
import signal
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Self

from flask import Flask

from tests.api import serve
from tests.servers import RESTWELL_LEFT_BEHIND, Janitor, free_port, wait_until

ROOT = Path(__file__).parent.parent
APPLICATION = "tests.wsgi_servers:application()"
WERKZEUG = "from werkzeug.serving import run_simple as run; from tests.wsgi_servers import application; "


def script(name: str) -> str:
    return str(Path(sysconfig.get_path("scripts")) / name)


def commands(port: int) -> dict[str, list[str]]:
    """The command of each server. uWSGI stands behind its own HTTP router, as its documentation has it."""
    here = f"127.0.0.1:{port}"
    gunicorn = [script("gunicorn"), "-b", here, "--log-level", "error"]
    return {
        "granian": [
            *(script("granian"), "--interface", "wsgi", "--port", str(port), "--log-level", "error"),
            *("--blocking-threads", "1", "--factory", "tests.wsgi_servers:application"),
        ],
        "gunicorn": [*gunicorn, APPLICATION],
        "gunicorn gthread": [*gunicorn, "-k", "gthread", "--threads", "2", APPLICATION],
        "gunicorn gevent": [*gunicorn, "-k", "gevent", APPLICATION],
        "waitress": [script("waitress-serve"), "--listen", here, "--call", "tests.wsgi_servers:application"],
        "uWSGI": [
            script("uwsgi"),
            "--http",
            here,
            "--master",
            "--die-on-term",
            "--buffer-size",  # for the request line and the header fields; what is larger it ends without a word
            "65535",
            "--module",
            APPLICATION,
            "--need-app",
        ],
        "Werkzeug": [sys.executable, "-c", f"{WERKZEUG}run('127.0.0.1', {port}, application(), threaded=True)"],
    }


NAMES = tuple(commands(0))


def application() -> Flask:
    """The Frameworks of the contract in the database that the environment names, through one door or the other."""
    app = serve(database=os.environ["TEST_DATABASE"]).app
    if os.environ.get("TEST_DOOR") == "flask":
        app.before_request(lambda: None)
    return app


class Reply(NamedTuple):
    """What came back: the status, the whole response, and whether all of the request could be sent."""

    status: int
    text: bytes
    sent: bool

    def field(self, name: str) -> str | None:
        """The value of a header field; None without it."""
        for line in self.text.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]:
            key, _, value = line.partition(b":")
            if key.lower() == name.lower().encode():
                return value.strip().decode()
        return None


class WsgiServer:
    """One of them, running, with a database of its own and a key that may do everything."""

    def __init__(self, name: str, directory: Path, door: str = "straight") -> None:
        self.name = name
        self.port = free_port()
        database = f"sqlite:///{directory / 'served.db'}"
        served = serve(database=database)
        self.key = served.key()
        served.close()
        log = (directory / "server.log").open("wb")
        self.process = subprocess.Popen(
            commands(self.port)[name],
            env={**os.environ, "TEST_DATABASE": database, "TEST_DOOR": door, "PYTHONPATH": str(ROOT)},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        log.close()
        self._janitor = Janitor(RESTWELL_LEFT_BEHIND, str(self.process.pid))
        if not wait_until(self._answers, 30):
            self.stop()
            raise RuntimeError(f"{name} did not start: {(directory / 'server.log').read_text()}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End it and its workers."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._janitor.run()

    def _answers(self) -> bool:
        try:
            return (
                self.exchange(b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").status
                == 200
            )
        except OSError:
            return False

    @contextmanager
    def connected(self, seconds: float = 10) -> Iterator[socket.socket]:
        """Give a connection to it."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as connection:
            yield connection

    def exchange(self, request: bytes, *, half_close: bool = False) -> Reply:
        """Send a request in one go, and only then look for the response."""
        with self.connected() as connection:
            sent = True
            try:
                connection.sendall(request)
                if half_close:
                    connection.shutdown(socket.SHUT_WR)
            except OSError:
                sent = False
            return read_reply(connection, sent=sent)

    def head(self, method: str, target: str, *fields: str, known: bool = True) -> bytes:
        """A request up to its content."""
        lines = [f"{method} {target} HTTP/1.1", "Host: localhost", *fields]
        lines += [f"Authorization: Bearer {self.key}"] if known else []
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def get(self, target: str) -> Reply:
        return self.exchange(self.head("GET", target, "Accept: application/json", "Connection: close", known=False))


def read_reply(connection: socket.socket, *, sent: bool = True) -> Reply:
    """The response on a connection, or as much of it as comes. Status 0 when nothing does."""
    text = b""
    try:
        while part := connection.recv(65536):
            text += part
            head, end, content = text.partition(b"\r\n\r\n")
            length = Reply(0, head + end, sent).field("content-length")
            if end and length is not None and len(content) >= int(length):
                break
    except OSError:
        pass
    return Reply(int(text[9:12]) if len(text) > 12 else 0, text, sent)
