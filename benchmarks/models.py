"""A mapped class over sockets: Restwell against hand-written Flask-SQLAlchemy with jsonify, on both databases.

    python -m benchmarks.models        # 15 rounds
    python -m benchmarks.models 30

The two take turns within each round, and which is first changes with each.
"""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from benchmarks.compare import interval
from benchmarks.load import JSON, Case, Load
from benchmarks.servers import ROOT, _wait_for
from tests.servers import PostgresServer

ROWS = 1000
BOOK = '{{"title": "t{}", "author": "somebody", "pages": {}, "year": 2000}}'
CASES = (
    Case("an item", lambda number: f"/books/{number % ROWS + 1}"),
    Case("a page of 20", lambda _: "/books?limit=20"),
    Case("a page of 100", lambda _: "/books?limit=100"),
    Case("PATCH", lambda number: f"/books/{number % ROWS + 1}", method="PATCH",
         body=lambda number: f'{{"pages": {number + 5000}}}', content_type=JSON),
    Case("POST", lambda _: "/books", 201, "POST", body=lambda number: BOOK.format(number, number)),
)  # fmt: skip


@contextmanager
def served(application: str, url: str, directory: Path) -> Iterator[Load]:
    """One of the applications, by a worker with one thread."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--workers", "1"]
    command += ["--blocking-threads", "1", "--no-ws", "--log-level", "error", f"benchmarks.mapped:{application}"]
    environment = {**os.environ, "BENCHMARK_DATABASE": url, "PYTHONPATH": f"{ROOT / 'packages/restwell/src'}:{ROOT}"}
    process = subprocess.Popen(command, env=environment, cwd=directory, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port, command)
        yield Load(port, "")
    finally:
        process.terminate()
        process.wait()


def measured(url: str, rounds: int, directory: Path) -> Iterator[str]:
    """A line of the table for each case."""
    fill(url)
    names = ("restwell", "handwritten")
    with served(names[0], url, directory) as ours, served(names[1], url, directory) as theirs:
        for case in CASES:
            rates: list[tuple[float, float]] = []
            for number in range(rounds):
                if number % 2:
                    other, mine = theirs.rate(case, 0.25), ours.rate(case, 0.25)
                else:
                    mine, other = ours.rate(case, 0.25), theirs.rate(case, 0.25)
                rates.append((mine, other))
            ratios = [mine / other for mine, other in rates]
            low, high = interval(ratios)
            figures = [statistics.median(each) for each in zip(*rates, strict=True)]
            yield (
                f"| {case.name} | {url.partition('+')[0].partition(':')[0]} | {figures[0]:.0f} | {figures[1]:.0f} | "
                f"{statistics.median(ratios):.2f} | {low:.2f} to {high:.2f} |"
            )


def fill(url: str) -> None:
    """The table with its rows."""
    from benchmarks.mapped import Base, Book  # which reads the environment

    engine = sa.create_engine(url)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(Book(title=f"t{n}", author="somebody", pages=n, year=2000) for n in range(ROWS))
        session.commit()
    engine.dispose()


def main() -> None:
    """Measure, and print a table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    print("| requests a second | database | Restwell | by hand | Restwell / by hand | 95 % interval |")
    print("|---|---|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as directory, PostgresServer() as server:
        postgresql = server.url(server.take_database()).replace("postgresql://", "postgresql+psycopg://")
        for url in (f"sqlite:///{directory}/mapped.db", postgresql):
            for line in measured(url, rounds, Path(directory)):
                print(line, flush=True)


if __name__ == "__main__":
    main()
