"""What a rule on rows costs a page: `python -m benchmarks.rules [--sockets] [ROUNDS]`.

A page of the caller's own 20 rows, among 20 000 of a thousand authors, on an indexed column in an SQLite file: asked
for by a filter, where everybody who is known may read, and found by a rule. Requests go through `app.wsgi_app`, with
the caller's credential, in blocks of each by turns, so that a change in the machine's speed meets all of them. Told
are the processor time of a request and its ratio to that of the filter, the median of all rounds. Exit status 1 says
that a rule in the statement costs over a tenth of a page. That of a function, which reads and judges MAX_JUDGED rows
here, is only told. With `--sockets` the same is asked of a server, by the same load as in `benchmarks`, and told are
the microseconds that it takes for a request.
"""

from __future__ import annotations

import argparse
import io
import logging
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from flask import Flask

from benchmarks.load import Case, Load
from benchmarks.servers import started
from restwell import Api, Field, Grant, Resource, any_of, authenticated, owner, scope, when
from restwell.access.assumed import assumed_credential
from restwell.access.keys import issue_key
from restwell.model.policy import Permission

ROWS, AUTHORS, BLOCK = 20_000, 1000, 40
LD, JSON = "application/ld+json", "application/json"
SECONDS = 0.5
"""For how long a server is asked for one target in a round."""
MOST = 1.1
"""What a rule may cost: a tenth of a page."""


class Note(Resource):
    """A note of somebody's."""

    number: int = Field(identity=True)
    author: str = Field(index=True)
    text: str = ""


RULES: dict[str, Permission] = {
    "owner": owner("author"),
    "when": when(lambda row, grant: row.author == grant.subject),
    "any_of": any_of(owner("author"), scope("notes:audit")),
    "function": lambda grant, row: row.author == grant.subject,
}


def served(directory: str) -> Flask:
    """An application with a resource for each rule, and one for the filter."""
    app = Flask(__name__)
    app.config["RESTWELL_DATABASE"] = f"sqlite:///{Path(directory, 'rules.db')}"
    api = Api(app)
    rows = [{"number": n, "author": f"author{n % AUTHORS}", "text": f"Note {n}."} for n in range(ROWS)]
    for name, rule in {"filter": authenticated(), **RULES}.items():
        own = type(f"{name.title().replace('_', '')}Note", (Note,), {"__module__": __name__, "__doc__": Note.__doc__})
        api.resource(f"/{name}", read=rule, update=rule, initial=rows)(own)
    app.extensions["api"] = api
    return app


def application() -> Flask:
    """What a server of a benchmark serves, in the directory that its environment names."""
    logging.getLogger("restwell").setLevel(logging.WARNING)
    return served(os.environ["BENCHMARK_DIRECTORY"])


def always(target: str) -> Callable[[int], str]:
    """The path of every request, whatever its number."""
    return lambda _: target


def measure_served(directory: str, targets: dict[str, str], accept: str, rounds: int) -> dict[str, list[float]]:
    """The microseconds that a server takes for a request for each target, by rounds."""
    app = served(directory)
    store = app.extensions["api"].binding(app).store
    key, record = issue_key("benchmark", ("notes:read",), now=time.time(), subject="author7")
    store.keys.add(record)
    store.close()
    found: dict[str, list[float]] = {name: [] for name in targets}
    environment = os.environ | {"BENCHMARK_DIRECTORY": directory, "PYTHONPATH": os.pathsep.join(sys.path)}
    with started("benchmarks.rules:application", environment, Path(directory), "--factory") as port:
        load = Load(port, key)
        for number in range(rounds + 1):
            for name, target in targets.items():
                rate = load.rate(Case(name, always(target), accept=accept, keyed=True), SECONDS)
                if number:
                    found[name].append(1e6 / rate)
    return found


def measure(app: Flask, credential: str, targets: dict[str, str], accept: str, rounds: int) -> dict[str, list[float]]:
    """The processor time of a request for each target, in microseconds, by rounds."""
    found: dict[str, list[float]] = {name: [] for name in targets}
    for number in range(rounds + 1):
        for name, target in targets.items():
            started = time.process_time()
            for _ in range(BLOCK):
                ask(app, credential, target, accept)
            if number:
                found[name].append((time.process_time() - started) / BLOCK * 1e6)
    return found


def ask(app: Flask, credential: str, target: str, accept: str) -> bytes:
    """The content that answers a GET. Raises RuntimeError for a refusal."""
    path, _, query = target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "SERVER_NAME": "localhost",
        "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "localhost", "HTTP_ACCEPT": accept,
        "HTTP_AUTHORIZATION": credential, "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(), "SCRIPT_NAME": "",
    }  # fmt: skip
    statuses: list[str] = []

    def start(status: str, *_: Any) -> Any:
        statuses.append(status)

    body = b"".join(app.wsgi_app(environ, start))
    if not statuses[0].startswith("200"):
        raise RuntimeError(f"{target}: {statuses[0]}: {body!r}")
    return body


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print a table, and say by the exit status whether a rule in SQL costs more than it may."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rounds", nargs="?", type=int, default=60)
    parser.add_argument("--sockets", action="store_true", help="ask a server over sockets")
    options = parser.parse_args(arguments)
    rounds = options.rounds
    worst = 0.0
    with tempfile.TemporaryDirectory() as directory:
        app = served(directory)
        api, credential = app.extensions["api"], assumed_credential()
        api.binding(app).assume(credential, Grant("author7", ["notes:read"]))
        targets = {"filter": "/filter?author=author7"} | {name: f"/{name}" for name in RULES}
        print("| page of 20 | format | microseconds | to the filter |\n|---|---|--:|--:|")
        for accept in (JSON, LD):
            found = (
                measure_served(directory, targets, accept, rounds) if options.sockets
                else measure(app, credential, targets, accept, rounds)
            )  # fmt: skip
            for name, each in found.items():
                ratio = statistics.median(one / other for one, other in zip(each, found["filter"], strict=True))
                worst = max(worst, 0.0 if name == "function" else ratio)
                print(f"| {name} | {accept} | {statistics.median(each):.0f} | {ratio:.3f} |")
        api.binding(app).store.close()
    return 1 if worst > MOST else 0


if __name__ == "__main__":
    raise SystemExit(main())
