"""A server that is attacked over sockets, and how everything was before: it has to be so behind each attack."""

import time

from tests.servers import RestwellServer, children

CANARY = 0.1
"""Seconds in which everybody else is answered."""


class Watched:
    """A running server, the port that is attacked, a key that may write, and what is to stay as it is."""

    def __init__(self, server: RestwellServer, port: int) -> None:
        self.server = server
        self.port = port
        self.key = server.stdout.splitlines()[0].rpartition(" ")[2]
        self.workers = children(server.process.pid)
        self.collection = server.get("/frameworks")[1]

    def holds(self, canary: str = "/health/live") -> bool:
        """Whether everything is as it was: rows, workers, and a canary within 100 ms (of three tries)."""
        assert self.server.get("/frameworks")[1] == self.collection
        assert children(self.server.process.pid) == self.workers
        waits = []
        for _ in range(3):
            started = time.perf_counter()
            assert self.server.get(canary)[0] == 200
            waits.append(time.perf_counter() - started)
        return min(waits) < CANARY
