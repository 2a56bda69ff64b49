"""The commands in README.md with what they print: read, run against a server, and written anew.

`python -m tests.readme` writes the outputs into README.md as they are now.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.servers import RestwellServer

README = Path(__file__).parent.parent / "README.md"
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
PRINTED_URL = "http://127.0.0.1:8000"
MARK = "-- next command --"


def commands_of(block: str) -> list[tuple[str, str]]:
    """Each command of a block, and what the page says that it prints."""
    found: list[tuple[str, str]] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], ""))
        elif found:
            found[-1] = (found[-1][0], found[-1][1] + line + "\n")
    return found


def commands() -> list[tuple[str, str]]:
    """Every command of the page with its output, in order."""
    return [command for block in BLOCK.findall(README.read_text()) for command in commands_of(block)]


def run(lines: list[str], url: str, database: str) -> list[str]:
    """What the commands print, run one after the other in one shell, against the server at `url`."""
    script = "".join(f"{line}\necho; echo '{MARK}'\n" for line in lines).replace(PRINTED_URL, url)
    directory = Path(sys.executable).parent
    script = script.replace(".venv/bin/", f"{directory}/")
    environment = {**os.environ, "RESTWELL_DATABASE": database}
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, check=False, env=environment, timeout=60
    )
    assert not done.stderr, f"the commands complain: {done.stderr}"
    outputs = done.stdout.replace(url, PRINTED_URL).split(f"\n{MARK}\n")[:-1]
    return [f"{output.rstrip()}\n" if output.strip() else "" for output in outputs]


def rewritten(outputs: list[str]) -> str:
    """The page with these outputs."""
    left = iter(outputs)

    def fill(match: re.Match[str]) -> str:
        lines = [f"$ {command}\n{next(left)}" for command, _ in commands_of(match[1])]
        return f"```console\n{''.join(lines)}```"

    return BLOCK.sub(fill, README.read_text())


def main() -> None:
    """Write the outputs anew, from a server on a database of its own."""
    with tempfile.TemporaryDirectory() as directory:
        database = f"sqlite:///{directory}/tour.db"
        server = RestwellServer("--database", database, directory=Path(directory))
        try:
            README.write_text(rewritten(run([command for command, _ in commands()], server.url, database)))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
