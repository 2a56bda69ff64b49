"""The commands of a page with what they print: read, run in one shell, and written anew."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

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


def commands(page: str) -> list[tuple[str, str]]:
    """Every command of a page with its output, in order."""
    return [command for block in BLOCK.findall(page) for command in commands_of(block)]


def run(
    lines: list[str], url: str, environment: Mapping[str, str] | None = None, directory: Path | None = None
) -> list[str]:
    """What the commands print, run one after the other in one shell, against the server at `url`."""
    script = "".join(f"{line}\necho; echo '{MARK}'\n" for line in lines).replace(PRINTED_URL, url)
    programs = Path(sys.executable).parent
    script = script.replace(".venv/bin/", f"{programs}/")
    variables = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", **(environment or {})}
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, check=False, env=variables, cwd=directory, timeout=60
    )
    assert not done.stderr, f"the commands complain: {done.stderr}"
    outputs = done.stdout.replace(url, PRINTED_URL).split(f"\n{MARK}\n")[:-1]
    return [f"{output.rstrip()}\n" if output.strip() else "" for output in outputs]


def rewritten(page: str, outputs: list[str]) -> str:
    """The page with these outputs."""
    left = iter(outputs)

    def fill(match: re.Match[str]) -> str:
        lines = [f"$ {command}\n{next(left)}" for command, _ in commands_of(match[1])]
        return f"```console\n{''.join(lines)}```"

    return BLOCK.sub(fill, page)
