"""Both doors against a bare WSGI callable and a hand-written Flask application, over sockets, in one run.

Each application runs in one granian worker with one thread; `wrk` (Debian's package) asks. The applications take
turns, a second each, so that a change in the machine's speed meets all of them; medians and their ratios count.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TARGETS = ("bare", "handwritten", "routed", "straight")
JSON = "application/json"
CASES = {
    "item": ("/frameworks/Flask", JSON),
    "item, ld+json": ("/frameworks/Flask", "application/ld+json"),
    "page of 20": ("/frameworks?limit=20", JSON),
    "page of 100": ("/frameworks?limit=100", JSON),
    "page of 100, ld+json": ("/frameworks?limit=100", "application/ld+json"),
    "POST": ("/frameworks", JSON),
}
POST = """
local number = 0
local seed = {seed}
request = function()
  number = number + 1
  local body = '{{"name":"post' .. seed .. '-' .. number .. '","created":2020}}'
  return wrk.format("POST", "/frameworks", {{["Content-Type"]="application/json", ["Accept"]="application/json",
    ["Authorization"]="Bearer {key}"}}, body)
end
"""


def start(target: str, directory: Path) -> tuple[subprocess.Popen[bytes], int]:
    """Serve one application on a database of its own; the process and its port."""
    database, key_file = directory / f"{target}.db", directory / f"{target}.key"
    environment = os.environ | {
        "BENCHMARK_DATABASE": str(database),
        "BENCHMARK_DOOR": target,
        "RESTWELL_DATABASE": f"sqlite:///{database}",
    }
    fill = [sys.executable, "-m", "benchmarks.targets", "1000", str(key_file)]
    subprocess.run(fill, env=environment | {"BENCHMARK_DOOR": ""}, check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    command = ["granian", "--interface", "wsgi", "--port", str(port), "--workers", "1", "--blocking-threads", "1"]
    command += ["--no-ws", "--log-level", "error", f"benchmarks.targets:{target}"]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return process, port
        time.sleep(0.05)
    raise SystemExit(f"{target} does not start: run its command by hand to see why:\n{' '.join(command)}")


def ask(port: int, case: str, directory: Path, target: str, seed: int) -> float:
    """Requests a second, by wrk."""
    path, accept = CASES[case]
    command = ["wrk", "-t1", "-c4", "-d1s", "-H", f"Accept: {accept}", f"http://127.0.0.1:{port}{path}"]
    if case == "POST":
        script = directory / f"{target}.lua"
        script.write_text(POST.format(seed=seed, key=(directory / f"{target}.key").read_text()))
        command[1:1] = ["-s", str(script)]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in output:
        raise SystemExit(f"{target} refuses {case}:\n{output}")
    found = re.search(r"Requests/sec:\s+([\d.]+)", output)
    return float(found[1]) if found else 0.0


def measure(rounds: int) -> dict[str, dict[str, float]]:
    """The median of requests a second for each case and application."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        servers = {target: start(target, directory) for target in TARGETS}
        try:
            seen: dict[str, dict[str, list[float]]] = {case: {target: [] for target in TARGETS} for case in CASES}
            for case in CASES:  # the one that makes the tables grow is the last
                for number in range(rounds):
                    for target, (_, port) in servers.items():
                        if case != "POST" or target != "bare":
                            seen[case][target].append(ask(port, case, directory, target, number))
        finally:
            for process, _ in servers.values():
                process.terminate()
    return {c: {t: statistics.median(v) for t, v in by.items() if v} for c, by in seen.items()}


def report(found: dict[str, dict[str, float]]) -> str:
    """The figures as a Markdown table, with each door's ratio to the hand-written application."""
    lines = [
        (
            "| requests a second | bare WSGI | hand-written Flask | Flask door | straight door "
            "| Flask door / hand | straight / hand |"
        ),
        "|---|---|---|---|---|---|---|",
    ]
    for case, by in found.items():
        hand = by["handwritten"]
        figures = [f"{by[target]:.0f}" if target in by else "" for target in TARGETS]
        ratios = [f"{by['routed'] / hand:.2f}", f"{by['straight'] / hand:.2f}"]
        lines.append(f"| {case} | {' | '.join([*figures, *ratios])} |")
    return "\n".join(lines)


def main() -> None:
    if shutil.which("wrk") is None:
        raise SystemExit("This needs wrk: apt-get install wrk.")
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    print(report(measure(rounds)))


if __name__ == "__main__":
    main()
