"""The commands in docs/levels.md, each run against the example that it is about.

`python -m tests.levels` writes their outputs anew.
"""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.console import commands, rewritten, run
from tests.servers import free_port, wait_until

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "levels.md"
SERVED = re.compile(r"<!-- served: (\w+) -->")


@contextmanager
def served(level: str) -> Iterator[str]:
    """Serve one of the examples; its base URL."""
    port = free_port()
    command = [sys.executable, "-m", "flask", "--app", f"examples/levels/{level}.py", "run", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert wait_until(lambda: answers(port), 20), f"{level} does not start"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=10)


def answers(port: int) -> bool:
    """Whether anything listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def outputs(page: str) -> list[str]:
    """What the commands print now: one a level, in the order of the page."""
    printed: list[str] = []
    for level, (command, _) in zip(SERVED.findall(page), commands(page), strict=True):
        with served(level) as url:
            printed += run([command], url)
    return printed


def main() -> None:
    """Write the outputs anew."""
    page = PAGE.read_text()
    PAGE.write_text(rewritten(page, outputs(page)))


if __name__ == "__main__":
    main()
