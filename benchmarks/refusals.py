"""Whether time tells an item that is hidden from one that never was: `python -m benchmarks.refusals [ROUNDS]`.

Both are asked for over one connection to a server with one worker and one thread, one after the other, the first of
each pair by turns, for a rule of each kind, each method and each database. A round is PAIRS of them; its figure is
the difference of the two medians. Told are the median of a refusal, the median of those differences, and its 95 %
interval, in microseconds.
"""

from __future__ import annotations

import os
import random
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.compare import interval
from benchmarks.hidden import ROWS, fill
from benchmarks.servers import ROOT, started
from tests.servers import PostgresServer

PAIRS = 100
KINDS = ("owner", "model", "same-as", "function", "owner-and-function")
METHODS = {
    "GET": b"",
    "PATCH": b'If-Match: "37c1998"\r\nContent-Type: application/json\r\nContent-Length: 15\r\n',
    "DELETE": b"",
}
CONTENT = {"PATCH": b'{"author": "x"}'}


class Asked:
    """One connection to a server, on which requests are timed."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def microseconds(self, method: str, target: str) -> float:
        """How long a refusal takes. Raises RuntimeError for any other answer than 404."""
        head = f"{method} {target} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Any x\r\n".encode()
        sent = head + METHODS[method] + b"\r\n" + CONTENT.get(method, b"")
        started = time.perf_counter_ns()
        self._socket.sendall(sent)
        came = self._socket.recv(65536)
        taken = time.perf_counter_ns() - started
        if not came.startswith(b"HTTP/1.1 404 "):
            raise RuntimeError(f"{method} {target}: {came[:300]!r}")
        while not came.rstrip().endswith(b"}"):
            came += self._socket.recv(65536)
        return taken / 1000


def differences(asked: Asked, method: str, kind: str, rounds: int) -> tuple[float, list[float]]:
    """The median of all refusals, and by how much those of hidden items take longer, by rounds."""
    draw = random.Random(1)
    every, found = list[float](), list[float]()
    for number in range(rounds + 1):
        times: dict[bool, list[float]] = {True: [], False: []}
        for pair in range(PAIRS):
            for is_hidden in (True, False) if pair % 2 else (False, True):
                target = f"/{kind}/{2 * draw.randrange(ROWS) + (not is_hidden)}"
                times[is_hidden].append(asked.microseconds(method, target))
        if number:  # the first is to warm up
            found.append(statistics.median(times[True]) - statistics.median(times[False]))
            every += times[False]
    return statistics.median(every), found


def measured(url: str, rounds: int, directory: Path) -> Iterator[str]:
    """A line of the table for each kind of rule and each method."""
    with served(url, directory) as port:
        for kind in KINDS:
            for method in METHODS:
                whole, found = differences(Asked(port), method, kind, rounds)
                low, high = interval(found)
                difference = f"{statistics.median(found):+.1f} | {low:+.1f} to {high:+.1f}"
                yield f"| {kind} | {method} | {url.partition(':')[0]} | {whole:.0f} | {difference} |"


@contextmanager
def served(url: str, directory: Path) -> Iterator[int]:
    """The port of the application of `benchmarks.hidden`."""
    fill(url)
    environment = os.environ | {
        "BENCHMARK_DATABASE": url,
        "PYTHONPATH": f"{ROOT / 'packages/restwell/src'}{os.pathsep}{ROOT}",
    }
    with started("benchmarks.hidden:app", environment, directory) as port:
        yield port


def main() -> None:
    """Measure, and print a table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    print("| rule | method | database | refusal | hidden - never there | 95 % interval |\n|---|---|---|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as directory, PostgresServer() as server:
        for url in (f"sqlite:///{directory}/hidden.db", server.url(server.take_database())):
            for line in measured(url, rounds, Path(directory)):
                print(line, flush=True)


if __name__ == "__main__":
    main()
