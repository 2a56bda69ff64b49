"""More requests than can be answered (F16): most of what can be done is done, and the rest is told so at once."""

import asyncio
import statistics
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.conftest import StartServer

from .clients import say

pytestmark = [pytest.mark.slow, pytest.mark.alone]
APPLICATION = '''
import time

from flask import Flask
from restwell import Api, Field, Resource, public

app = Flask(__name__)
api = Api(app)


@api.resource("/things", read=public(), write=public())
class Thing(Resource):
    """A thing."""

    id: int = Field(identity=True)


@app.get("/work")
def work() -> str:
    """Five milliseconds of work."""
    time.sleep(0.005)
    return "done"
'''
SECONDS, SETTLED = 4.0, 1.0
"""How long requests come, and after how long they are counted."""


@dataclass
class Seen:
    """What became of requests: for each status the seconds that its answers took."""

    taken: dict[int, list[float]] = field(default_factory=dict)

    def rate(self, status: int) -> float:
        return len(self.taken.get(status, ())) / (SECONDS - SETTLED)

    def slowest(self, status: int, share: float = 0.95) -> float:
        """Within which so large a share of the answers came."""
        every = sorted(self.taken[status])
        return every[int(share * (len(every) - 1))]


class Clients:
    """Requests at a rate that does not depend on how they are answered, on as many connections as that takes."""

    def __init__(self, port: int, path: str) -> None:
        self.port = port
        self.sent = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        self.idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self.seen = Seen()

    async def load(self, rate: float) -> Seen:
        began = time.monotonic()
        tasks: list[asyncio.Task[None]] = []
        while (passed := time.monotonic() - began) < SECONDS:
            while len(tasks) < rate * passed:
                tasks.append(asyncio.create_task(self.ask(counted=passed > SETTLED)))
            await asyncio.sleep(0.002)
        await asyncio.gather(*tasks)
        await self.close()
        return self.seen

    async def close(self) -> None:
        for _, writer in self.idle:
            writer.close()
            await writer.wait_closed()

    async def ask(self, *, counted: bool) -> None:
        began = time.monotonic()
        reader, writer = self.idle.pop() if self.idle else await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(self.sent)
        head = await reader.readuntil(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
        await reader.readexactly(int(fields[b"content-length"]))
        self.idle.append((reader, writer))
        status = int(head[9:12])
        if counted:
            self.seen.taken.setdefault(status, []).append(time.monotonic() - began)
        if status == 503:
            assert fields[b"retry-after"] == b"1"
            assert fields[b"content-type"] == b"application/problem+json"


def load(port: int, path: str, rate: float) -> Seen:
    return asyncio.run(Clients(port, path).load(rate))


def test_four_times_as_much_as_can_be_done_leaves_most_of_it_done_and_the_rest_is_told_soon(
    start_server: StartServer, tmp_path: Path
) -> None:
    (tmp_path / "working.py").write_text(APPLICATION)
    server = start_server("working:app", "--database", "sqlite://", "--threads", "1")
    port = int(server.bind.rpartition(":")[2])
    load(port, "/work", 50)
    peak = load(port, "/work", 190).rate(200)
    assert peak > 100
    probes: list[float] = []

    async def overloaded() -> Seen:
        probing = Clients(port, "/health/live")
        task = asyncio.create_task(Clients(port, "/work").load(4 * peak))
        while not task.done():
            began = time.monotonic()
            await probing.ask(counted=True)
            probes.append(time.monotonic() - began)
            await asyncio.sleep(0.05)
        await probing.close()
        return task.result()

    seen = asyncio.run(overloaded())
    told = Counter({status: len(taken) for status, taken in seen.taken.items()})
    say(
        f"peak {peak:.0f}/s; at four times as much {seen.rate(200):.0f}/s are answered, within "
        f"{1000 * seen.slowest(200):.0f} ms (95 %), {seen.rate(503):.0f}/s refused within "
        f"{1000 * seen.slowest(503):.0f} ms (95 %), {1000 * statistics.median(seen.taken[503]):.0f} ms (median); "
        f"liveness within {1000 * max(probes):.0f} ms"
    )
    assert set(told) == {200, 503}
    assert seen.rate(200) > 0.8 * peak
    assert statistics.median(seen.taken[503]) < 0.05
    assert sorted(probes)[int(0.95 * len(probes))] < 0.1
    assert "there was more to do than could be done in time" in server.stderr
