"""deploy/Dockerfile without an engine of containers: its lines done one by one, in a folder in place of `/`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

PATHS = ("/build", "/venv", "/app", "/data")
"""What the file names below `/`."""


class Image:
    """The lines of a Dockerfile, done: its environment, its command, and the check of its health."""

    def __init__(self, dockerfile: str, context: Path, root: Path) -> None:
        self.root = root
        self.context = context
        self.directory = root
        self.environment = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        self.stages: list[str] = []
        self.user = "root"
        self.command: list[str] = []
        self.health: list[str] = []
        self.ran: list[str] = []
        for line in dockerfile.splitlines():
            if line and not line.startswith("#"):
                instruction, _, rest = line.partition(" ")
                getattr(self, f"_{instruction.lower()}")(rest)

    def in_place(self, text: str) -> str:
        """A text with the paths of the image as they are here."""
        for path in PATHS:
            text = text.replace(path, f"{self.root}{path}")
        return text

    def _from(self, rest: str) -> None:
        self.stages.append(rest)
        self.directory = self.root

    def _workdir(self, rest: str) -> None:
        self.directory = Path(self.in_place(rest))
        self.directory.mkdir(parents=True, exist_ok=True)

    def _copy(self, rest: str) -> None:
        *options, source, target = rest.split()
        if options == ["--from=build"]:
            assert source == target == "/venv", "both stages are one folder here"
            return
        assert not options
        given, made = self.context / source, self.directory / target
        (shutil.copytree if given.is_dir() else shutil.copy)(given, made)

    def _run(self, rest: str) -> None:
        if rest.startswith("useradd"):  # takes root, and would change this machine
            rest = "install -d /data"
        self.ran.append(rest)
        subprocess.run(
            ["sh", "-ec", self.in_place(rest)], cwd=self.directory, check=True, capture_output=True, text=True
        )

    def _env(self, rest: str) -> None:
        name, _, value = rest.partition("=")
        self.environment[name] = self.in_place(value).replace("$PATH", self.environment["PATH"])

    def _user(self, rest: str) -> None:
        self.user = rest

    def _volume(self, rest: str) -> None:
        assert rest in PATHS

    def _expose(self, rest: str) -> None:
        assert self.environment["RESTWELL_BIND"].endswith(f":{rest}")

    def _cmd(self, rest: str) -> None:
        self.command = json.loads(rest)

    def _healthcheck(self, rest: str) -> None:
        options, _, command = rest.partition(" CMD ")
        assert {each.partition("=")[0] for each in options.split()} == {"--interval", "--timeout", "--start-period"}
        self.health = json.loads(command)
