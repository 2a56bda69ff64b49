"""What a start costs, against a commit: `make start BASE=b144032 ARGS=15`.

Each case is a new process, with the code of the commit and with that of now in turns; which is first changes with
each round. Measured are the processor's time in user mode, since a noisy machine lengthens any other, and the memory
that is resident when the work is done. A first round does not count: after it, bytecode and the database are there.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.compare import Compared, interval
from benchmarks.servers import ROOT, checked_out

MAX_RATIO = 1.03
"""A median ratio above this is a loss."""
ANSWER = """
import io, sys
from restwell.frameworks import app
told = []
environ = {
    "REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": "/frameworks/Flask", "QUERY_STRING": "",
    "SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "localhost",
    "HTTP_ACCEPT": "application/ld+json", "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(),
    "wsgi.errors": sys.stderr, "wsgi.version": (1, 0), "wsgi.multithread": True, "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}
assert b"Flask" in b"".join(app.wsgi_app(environ, lambda *given: told.append(given))), told
"""
HELP = """
from restwell.cli import main
main(["--help"])
"""
CASES = {
    "`import restwell`": "import restwell",
    "`from restwell import Api`": "from restwell import Api",
    "the first answer": ANSWER,
    "`restwell --help`": HELP,
}
"""What each process runs."""
MEASURED = """
import os, resource, sys
used = resource.getrusage(resource.RUSAGE_SELF).ru_utime
with open("/proc/self/statm") as memory:
    pages = int(memory.read().split()[1])
os.write(int(sys.argv[1]), f"{used * 1000} {pages * resource.getpagesize() / 2**20}".encode())
"""
"""What it runs then: milliseconds and MiB, to a descriptor of their own. Linux only."""
UNITS = ("ms", "MiB")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print a table, and say by the exit status whether anything is worse."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rounds", nargs="?", type=int, default=15)
    parser.add_argument("--base", metavar="COMMIT", required=True, help="compare with this commit")
    given = parser.parse_args(arguments)
    found = compare(given.base, given.rounds)
    print(table(found, given.base))
    return 1 if any(map(is_worse, found)) else 0


def is_worse(figure: Compared) -> bool:
    """Whether a figure is larger than it was, by more than is taken for noise."""
    return figure.ratio > MAX_RATIO


def compare(base: str, rounds: int) -> list[Compared]:
    """Every figure of every case, with the code of a commit and with that of now."""
    seen: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    now = ROOT / "packages" / "restwell" / "src"
    with checked_out(base) as before, environments({"before": before, "now": now}) as given:
        for number in range(rounds + 1):
            for case, program in CASES.items():
                for code in ("before", "now") if number % 2 else ("now", "before"):
                    figures = started(program, given[code])
                    if number:
                        for unit, figure in zip(UNITS, figures, strict=True):
                            seen[case, unit, code].append(figure)
    return [
        Compared(case, unit, tuple(seen[case, unit, "before"]), tuple(seen[case, unit, "now"]))
        for case in CASES
        for unit in UNITS
    ]


@contextmanager
def environments(sources: Mapping[str, Path]) -> Iterator[dict[str, dict[str, str]]]:
    """Environments of processes, each with its own sources and database."""
    with tempfile.TemporaryDirectory() as directory:
        yield {
            name: os.environ | {"PYTHONPATH": str(source), "RESTWELL_DATABASE": f"sqlite:///{directory}/{name}.db"}
            for name, source in sources.items()
        }


def started(program: str, environment: Mapping[str, str]) -> tuple[float, float]:
    """Milliseconds in user mode and MiB of memory of a process that runs this."""
    reading, writing = os.pipe()
    command = [sys.executable, "-c", program + MEASURED, str(writing)]
    with os.fdopen(reading) as figures:
        try:
            subprocess.run(command, env=environment, pass_fds=[writing], check=True, capture_output=True)
        finally:
            os.close(writing)
        used, memory = map(float, figures.read().split())
    return used, memory


def table(found: Sequence[Compared], base: str) -> str:
    """The comparison as a Markdown table."""
    lines = [f"| a new process | | {base} | now | now / {base} | 95 % interval |", "|---|---|--:|--:|--:|--:|"]
    for each in found:
        low, high = interval(each.ratios)
        before, now = map(statistics.median, (each.before, each.now))
        mark = " **worse**" if is_worse(each) else ""
        figures = f"{before:.0f} | {now:.0f} | {each.ratio:.3f}{mark} | {low:.3f} to {high:.3f}"
        lines.append(f"| {each.case} | {each.of} | {figures} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
