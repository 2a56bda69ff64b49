"""A server with counters, and clients that hold one connection each, as the tests of faults need them.

Every test here runs `restwell serve` as users do and talks to it over sockets. `say` prints the figure that a
test found out: `pytest -s` shows it.
"""

import http.client
import itertools
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from tests.conftest import StartServer
from tests.servers import RestwellServer, restwell_command

MEMBERS = 16
APP = f"""
from flask import Flask

from restwell import Api, Field, Resource, public, scope

app = Flask(__name__)
api = Api(app)


@api.resource("/counters", read=public(max_age=60), write=scope("counters"))
class Counter(Resource):
    name: str = Field(identity=True)
    number: int = 0
    note: str = ""
    entries: list[str] = Field([])
    {"; ".join(f"m{place}: int = 0" for place in range(MEMBERS))}
"""
SCOPES = "counters:create,counters:update,counters:delete"
MERGE, JSON_PATCH = "application/merge-patch+json", "application/json-patch+json"
PLAIN, LINKED = "application/json", "application/ld+json"
MAX_SECONDS = 10.0
"""Seconds after which a client counts an answer as never given; whatever takes that long has hung."""
CUT = (OSError, http.client.HTTPException)
"""What a client meets when a connection ends before the answer: whether anything was done, it cannot know."""


def lasting(seconds: float) -> float:
    """How long a test that finds more the longer it runs is to run: RESTWELL_FAULT_SECONDS, or the given time."""
    return float(os.environ.get("RESTWELL_FAULT_SECONDS", seconds))


def say(figure: str) -> None:
    """Print what a test has found out; shown by `pytest -s`."""
    sys.stdout.write(f"\n    {figure}\n")


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def content(self) -> Any:
        return json.loads(self.body)

    @property
    def tag(self) -> str:
        return self.headers["etag"]

    @property
    def worker(self) -> str:
        """What is the same in the request ids of one worker, and differs between two."""
        return self.headers["x-request-id"].rpartition("-")[0]


class Client:
    """One connection, kept open between requests; it is opened anew when it was lost."""

    def __init__(self, url: str, key: str | None = None) -> None:
        where = urlsplit(url)
        self.connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=MAX_SECONDS)
        self.key = key

    def ask(
        self,
        method: str,
        path: str,
        content: Any = None,
        *,
        kind: str = PLAIN,
        accept: str = PLAIN,
        anonymous: bool = False,
        **conditions: str,
    ) -> Answer:
        """The answer to a request; conditions are header fields, as `if_match=TAG`. Raises one of CUT."""
        headers = {name.replace("_", "-"): value for name, value in conditions.items()} | {"Accept": accept}
        if self.key is not None and not anonymous:
            headers["Authorization"] = f"Bearer {self.key}"
        if content is not None:
            headers["Content-Type"] = kind
        try:
            self.connection.request(method, path, None if content is None else json.dumps(content).encode(), headers)
            response = self.connection.getresponse()
            fields = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, fields, response.read())
        except CUT:
            self.connection.close()
            raise

    def get(self, path: str, **options: Any) -> Answer:
        return self.ask("GET", path, **options)

    def pages(self, path: str) -> Iterator[Answer]:
        """A collection, page after page."""
        following: str | None = path
        while following is not None:
            answer = self.get(following)
            assert answer.status == 200, answer
            yield answer
            found = re.search(r'<([^>]*)>; rel="next"', answer.headers["link"])
            parts = urlsplit(found[1]) if found else None
            following = None if parts is None else f"{parts.path}?{parts.query}"


class Served:
    """A running `restwell serve` of the counters with some workers, a key for it, and clients that it will close."""

    def __init__(
        self, start: StartServer, directory: Path, database: str, app: str = "counters:app", workers: int = 2
    ) -> None:
        self.directory = directory
        self.database = database
        self.app = app
        self._workers = workers
        self._start = start
        self._clients: list[Client] = []
        (directory / "counters.py").write_text(APP)
        self.server = self._run("--issue-key", f"tests={SCOPES}")
        found = re.search(r"^Key tests: (\S+)$", self.server.stdout, re.MULTILINE)
        assert found
        self.key = found[1]

    def _run(self, *options: str, bind: str | None = None) -> RestwellServer:
        number = str(self._workers)
        return self._start(self.app, "--workers", number, "--database", self.database, *options, bind=bind)

    def restart(self) -> None:
        """Start again where it was; a key of the first start is in the database."""
        self.server = self._run(bind=self.server.bind)

    def client(self, key: str | None = None) -> Client:
        """A connection of its own, with the key of the server unless another is given."""
        client = Client(self.server.url, key or self.key)
        self._clients.append(client)
        return client

    def workers(self, count: int = 2) -> list[Client]:
        """Connections that so many workers have answered, one each, all of them used a short while ago.

        New connections come in groups: one that comes alone is always taken by the same worker or two, which are idle
        then, and others would never have a turn.
        """
        found: dict[str, Client] = {}
        going = Until(40)
        while going:
            group = [self.client() for _ in range(2 * count)]
            used = together([partial(client.get, "/counters?limit=1") for client in [*found.values(), *group]])
            for client, answer in zip(group, used[len(found) :], strict=True):
                if len(found) == count or found.setdefault(answer.worker, client) is not client:
                    client.connection.close()
            if len(found) == count:
                return list(found.values())
        raise AssertionError(f"in 40 s new connections were answered by {len(found)} of {count} workers")

    def beside(self, client: Client) -> Client:
        """Another connection to the worker that this one is connected to."""
        worker, going = client.get("/counters?limit=1").worker, Until(20)
        while going:
            other = self.client()
            if other.get("/counters?limit=1").worker == worker:
                return other
            other.connection.close()
        raise AssertionError("in 20 s no new connection was answered by that worker")

    def command(self, *arguments: str) -> list[str]:
        """A `restwell` command on the same application and database."""
        return [restwell_command(), *arguments, "--app", self.app, "--database", self.database]

    def run(self, *arguments: str) -> str:
        """Run a `restwell` command; its output, blanks around it removed."""
        done = subprocess.run(
            self.command(*arguments), cwd=self.directory, capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def close(self) -> None:
        for client in self._clients:
            client.connection.close()


def together(work: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run functions at the same time, a thread each; their results, or the first error."""
    with ThreadPoolExecutor(len(work)) as pool:
        return [future.result() for future in [pool.submit(each) for each in work]]


def must_wait(answer: Answer) -> None:
    """A 503 says when to ask again (contract: database gone, or busy)."""
    assert answer.status == 503
    assert int(answer.headers["retry-after"]) > 0


class Until:
    """True for so many seconds; a loop's condition."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def __bool__(self) -> bool:
        return time.monotonic() < self._end


def numbers() -> Iterator[int]:
    return itertools.count(1)
