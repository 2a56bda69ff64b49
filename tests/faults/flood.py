"""Requests at a rate that does not depend on how they are answered (open loop), and as many as are answered (closed).

The client is one asyncio protocol for each connection, without streams or tasks: about 30 us a request, so that on a
core of its own it asks for more than the server can do on another. `Seen.busy` says how much of its core it took.
"""

import asyncio
import contextlib
import os
import re
import statistics
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Self

PATIENCE = 1.0
"""Seconds for which a client would wait: what is answered later is answered to nobody."""
GOOD = frozenset([200, 201, 204])
CLOSED, NEVER = 0, -1
"""What stands for the status where a connection ended before the answer, and where no answer came."""
MAX_CONNECTIONS = 4000
TICK = 0.001
MAX_SECONDS = 12.0
"""Seconds after the last request for which answers are awaited."""
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
REFUSED = (b"\r\nretry-after: ", b"\r\ncontent-type: application/problem+json\r\n")
Content = Callable[[int], bytes]
"""The bytes of the request with a number."""


@dataclass
class Seen:
    """What became of requests: for each status the seconds that its answers took."""

    seconds: float
    taken: dict[int, list[float]] = field(default_factory=dict)
    alive: list[float] = field(default_factory=list)
    """Seconds that answers of liveness took meanwhile."""
    busy: float = 0.0
    """The share of its core that the client took."""

    @property
    def goodput(self) -> float:
        """How many a second were answered well, while their clients still waited."""
        every = (taken for status in GOOD for taken in self.taken.get(status, ()))
        return sum(taken <= PATIENCE for taken in every) / self.seconds

    @property
    def asked(self) -> float:
        return sum(map(len, self.taken.values())) / self.seconds

    def rate(self, status: int) -> float:
        return len(self.taken.get(status, ())) / self.seconds

    def within(self, status: int, share: float) -> float:
        """Seconds within which so large a share of the answers came."""
        return share_of(self.taken.get(status, [0.0]), share)

    def __str__(self) -> str:
        good = [taken for status in GOOD for taken in self.taken.get(status, ())] or [0.0]
        refused = self.taken.get(503) or [0.0]
        others = {status: len(taken) for status, taken in self.taken.items() if status not in GOOD | {503}}
        return (
            f"{self.asked:.0f}/s asked, {self.goodput:.0f}/s answered within {1000 * statistics.median(good):.0f} ms "
            f"(median), {1000 * share_of(good, 0.95):.0f} ms (95 %), {self.rate(503):.0f}/s refused within "
            f"{1000 * statistics.median(refused):.0f} ms (median), {1000 * share_of(refused, 0.95):.0f} ms (95 %); "
            f"liveness within {1000 * share_of(self.alive, 0.95):.0f} ms (95 %), {1000 * max(self.alive):.0f} ms; "
            f"others {others}; the client took {100 * self.busy:.0f} % of a core"
        )


def share_of(every: list[float], share: float) -> float:
    return sorted(every)[int(share * (len(every) - 1))]


class Connection(asyncio.Protocol):
    """One request at a time; `answered` is told of each answer, and whether another may be asked."""

    def __init__(self, answered: "Callable[[Connection, int], None]") -> None:
        self._answered = answered
        self._came = b""
        self._transport: asyncio.Transport | None = None
        self.began: float | None = None
        """When the request came up that is not answered yet."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def ask(self, content: bytes, began: float) -> None:
        assert self._transport is not None
        self.began = began
        self._transport.write(content)

    def data_received(self, data: bytes) -> None:
        came = self._came + data if self._came else data
        end = came.find(b"\r\n\r\n") + 4
        length = LENGTH.search(came, 0, end)
        if end < 4 or len(came) < end + (int(length[1]) if length else 0):
            self._came = came
            return
        self._came = b""
        status = int(came[9:12])
        if status == 503:
            assert all(said in came for said in REFUSED), came
        self._answered(self, status)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if self.began is not None:
            self._answered(self, CLOSED)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()


class Flood:
    """Clients of a server, on as many connections as that takes; `content` makes their requests."""

    def __init__(self, port: int, content: Content) -> None:
        self._port = port
        self._content = content
        self._number = 0
        self._idle: deque[Connection] = deque()
        self._open: list[Connection] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._counted_from = 0.0
        self._until = 0.0
        self._seen = Seen(1.0)
        self._again = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for each in self._open:
            each.began = None
            each.close()
        await asyncio.sleep(0.05)

    async def closed(self, connections: int, seconds: float, settled: float) -> Seen:
        """Each connection asks again as soon as it is answered."""
        self._begin(seconds, settled)
        self._again = True
        for _ in range(connections):
            self._send(time.perf_counter())
        await asyncio.sleep(seconds)
        await self._end()
        return self._seen

    async def open(self, rate: float, seconds: float, settled: float) -> Seen:
        """So many a second, whatever becomes of them; liveness is asked for meanwhile."""
        began = self._begin(seconds, settled)
        alive = asyncio.create_task(self._ask_whether_it_lives())
        sent, busy = 0, time.process_time()
        while (now := time.perf_counter()) < self._until:
            while sent < rate * (now - began):
                self._send(now)
                sent += 1
            await asyncio.sleep(TICK)
        self._seen.busy = (time.process_time() - busy) / seconds
        alive.cancel()
        await self._end()
        return self._seen

    def _begin(self, seconds: float, settled: float) -> float:
        began = time.perf_counter()
        self._counted_from, self._until = began + settled, began + seconds
        self._seen, self._again = Seen(seconds - settled), False
        return began

    async def _end(self) -> None:
        """Wait for the answers that are still to come; what never comes counts, too."""
        self._again = False
        for _ in range(int(MAX_SECONDS / 0.02)):
            if not self._tasks and not any(each.began for each in self._open):
                break
            await asyncio.sleep(0.02)
        for each in self._open:
            if each.began is not None:
                self._count(each.began, NEVER)
                each.began = None
                each.close()

    def _send(self, now: float) -> None:
        """Send a request that has come up now, or begin to connect for it."""
        while self._idle:
            connection = self._idle.pop()
            if connection.is_open:
                connection.ask(self._next(), now)
                return
        if len(self._open) >= MAX_CONNECTIONS:
            self._count(now, NEVER)
            return
        connection = Connection(self._answered)
        self._open.append(connection)
        task = asyncio.get_running_loop().create_task(self._connect(connection, now))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect(self, connection: Connection, began: float) -> None:
        try:
            await asyncio.get_running_loop().create_connection(lambda: connection, "127.0.0.1", self._port)
        except OSError:
            self._open.remove(connection)
            self._count(began, CLOSED)
        else:
            connection.ask(self._next(), began)

    def _next(self) -> bytes:
        self._number += 1
        return self._content(self._number)

    def _answered(self, connection: Connection, status: int) -> None:
        began, connection.began = connection.began, None
        if began is not None:
            self._count(began, status)
        if status == CLOSED:
            self._open.remove(connection)
        elif self._again and time.perf_counter() < self._until:
            connection.ask(self._next(), time.perf_counter())
        else:
            self._idle.append(connection)

    def _count(self, began: float, status: int) -> None:
        if self._counted_from <= began <= self._until:
            self._seen.taken.setdefault(status, []).append(time.perf_counter() - began)

    async def _ask_whether_it_lives(self) -> None:
        answers: asyncio.Queue[int] = asyncio.Queue()
        probe = Connection(lambda _, status: answers.put_nowait(status))
        await asyncio.get_running_loop().create_connection(lambda: probe, "127.0.0.1", self._port)
        try:
            while True:
                await asyncio.sleep(0.05)
                began = time.perf_counter()
                probe.ask(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n", began)
                assert await answers.get() == 200
                self._seen.alive.append(time.perf_counter() - began)
        finally:
            probe.began = None
            probe.close()


@contextlib.contextmanager
def on_core(place: int) -> Iterator[None]:
    """Have this thread, and what it starts, run on one core, where there are several and that can be said."""
    before = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if len(before) < 2:
        yield
        return
    os.sched_setaffinity(0, {before[place]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
