"""Servers to be measured: one granian worker with one thread each, on a database with 1000 rows and a key."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.load import Load

ROOT = Path(__file__).parent.parent
ROWS = 1000
COMMAND = "from restwell.cli import main; main()"


class Target(NamedTuple):
    """An application of `targets.py`, run with the library that is in a folder."""

    application: str
    source: Path = ROOT / "packages" / "restwell" / "src"


@contextmanager
def serving(targets: Mapping[str, Target]) -> Iterator[dict[str, Load]]:
    """Serve all of them, and give a load for each."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        yield {name: stack.enter_context(_served(name, each, directory)) for name, each in targets.items()}


@contextmanager
def checked_out(commit: str) -> Iterator[Path]:
    """The sources of a commit, in a working tree of git's that is there for so long."""
    with tempfile.TemporaryDirectory() as directory:
        tree = Path(directory, "base")
        subprocess.run(
            ["git", "worktree", "add", "--detach", str(tree), commit], cwd=ROOT, check=True, capture_output=True
        )
        try:
            new = tree / "packages" / "restwell" / "src"
            yield new if new.exists() else tree / "src"
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", str(tree)], cwd=ROOT, check=True)


@contextmanager
def _served(name: str, target: Target, directory: Path) -> Iterator[Load]:
    database = directory / f"{name.replace(' ', '-')}.db"
    environment = os.environ | {
        "PYTHONPATH": f"{target.source}{os.pathsep}{ROOT}",
        "BENCHMARK_DATABASE": str(database),
        "BENCHMARK_TARGET": target.application,
        "RESTWELL_DATABASE": f"sqlite:///{database}",
    }
    rows = directory / "rows.ndjson"
    rows.write_text("".join(
        f"{json.dumps({'name': f'framework{number}', 'created': 2000 + number % 25, 'parent': 'Python'})}\n"
        for number in range(ROWS)
    ))  # fmt: skip
    _command(environment, "import", "frameworks", str(rows))
    key = _command(environment, "keys", "create", "benchmark", "--scope", "frameworks:write").strip()
    with started(f"benchmarks.targets:{target.application}", environment, directory) as port:
        yield Load(port, key)


@contextmanager
def started(application: str, environment: Mapping[str, str], directory: Path, *options: str) -> Iterator[int]:
    """Serve an application by one granian worker with one thread, and give its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--workers", "1"]
    command += ["--blocking-threads", "1", "--no-ws", "--log-level", "error", *options, application]
    process = subprocess.Popen(command, env=environment, cwd=directory, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port, command)
        yield port
    finally:
        process.terminate()
        process.wait()


def _command(environment: Mapping[str, str], *arguments: str) -> str:
    """What a command of Restwell's prints, by the library that is measured."""
    command = [sys.executable, "-c", COMMAND, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"restwell {' '.join(arguments)} has failed:\n{done.stderr}")
    return done.stdout


def _wait_for(port: int, command: list[str]) -> None:
    for _ in range(400):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit(f"It does not start: run its command by hand to see why:\n{' '.join(command)}")
