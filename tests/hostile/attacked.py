"""A service that is attacked, and a client beside the attacker: it has to be served as if nobody else were there."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection

from tests.servers import RestwellServer

from .watched import CANARY

APPLICATION = '''
"""A slow route, one that takes files, and a resource that whoever has a key may write."""
import time

from flask import Flask, request
from restwell import Api, Field, Resource, public, scope

app = Flask(__name__)
api = Api(app)
seen = []


@api.resource("/notes", read=public(), write=scope("notes"), max_body=1 << 20)
class Note(Resource):
    """A note."""

    id: int = Field(identity=True)
    text: str = ""


@app.before_request
def see() -> None:
    """Tell of each request that a hook has seen."""
    if request.path == "/size":
        seen.append(request.path)


@app.get("/slow/<int:milliseconds>")
def slow(milliseconds: int) -> str:
    """Take as long as is said."""
    time.sleep(milliseconds / 1000)
    return "done"


@app.post("/size")
def size() -> dict[str, int]:
    """Say how many bytes came, and how often hooks have run."""
    return {"bytes": len(request.get_data()), "seen": len(seen)}


@app.get("/stream/<int:pieces>")
def stream(pieces: int) -> tuple[object, dict[str, str]]:
    """As many pieces of 64 KiB as are said."""
    return (b"x" * 65536 for _ in range(pieces)), {"Content-Type": "application/octet-stream"}


@app.get("/broken/<int:pieces>")
def broken(pieces: int) -> object:
    """Break after as many pieces."""

    def made():
        yield from [b"x"] * pieces
        raise RuntimeError("broken")

    return app.response_class(made())
'''


@dataclass
class Attacked:
    """A service with one worker and one thread, and a key that may write."""

    server: RestwellServer
    slowest: list[float] = field(default_factory=list)

    @property
    def port(self) -> int:
        return int(self.server.bind.rpartition(":")[2])

    @property
    def key(self) -> str:
        return self.server.stdout.splitlines()[0].rpartition(" ")[2]

    def ask(
        self, method: str, path: str, content: bytes | None = None, *, key: bool = False, timeout: float = 20
    ) -> tuple[int, bytes]:
        """The status and the content of an answer, on a connection of its own."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        headers = {"Authorization": f"Bearer {self.key}"} if key else {}
        if content is not None:
            headers["Content-Type"] = "application/json"
        try:
            connection.request(method, path, body=content, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def seconds(self, method: str, path: str, content: bytes | None = None, *, key: bool = False) -> float:
        """How long a good answer takes: the middle of several, since the machine of a test has other work."""
        taken = []
        for _ in range(7):
            began = time.monotonic()
            status, _ = self.ask(method, path, content, key=key)
            taken.append(time.monotonic() - began)
            assert status in {200, 201, 204}, status
        return sorted(taken)[len(taken) // 2]

    def serves(self) -> bool:
        """Whether others read, write and probe as if nobody attacked."""
        note = b'{"text": "%d"}' % time.monotonic_ns()
        assert self.seconds("GET", "/notes/1") < CANARY
        assert self.seconds("PUT", "/notes/2", note, key=True) < 2 * CANARY
        assert self.seconds("GET", "/health/live") < CANARY
        return True


Attack = Callable[..., Attacked]


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Whether it takes no longer."""
    began = time.monotonic()
    yield
    assert time.monotonic() - began < seconds
