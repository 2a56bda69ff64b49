"""The commands of docs/deploy.md, started as they stand there, with other ports and folders."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from tests.proxies import DEPLOY, HOST, Proxy, in_front_of
from tests.readme import README, saved
from tests.servers import children, free_port, restwell_command, wait_until
from tests.test_pages_of_code import blocks

EXPORTS, COMMANDS = (block.splitlines() for block in blocks("deploy.md", "sh"))
BIND = "127.0.0.1:8000"
PATH = f"{Path(sys.executable).parent}:{os.environ['PATH']}"


def folder_in(directory: Path) -> Path:
    """The folder of an application, with deploy/ in it."""
    made = directory / "myapp"
    shutil.copytree(DEPLOY, made / "deploy")
    saved(README.read_text(), "myapp", made)
    return made


@contextmanager
def running(
    command: list[str], directory: Path, port: int, environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that answers on a port, and those that it starts; it ends by SIGTERM, if it has not yet."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("RESTWELL_")}
    log = directory / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=directory, env={**inherited, **environment}, stdout=output, stderr=output,
            start_new_session=True,
        )  # fmt: skip
    try:
        assert wait_until(lambda: answers(port) or process.poll() is not None, 40), log.read_text()
        assert process.poll() is None, log.read_text()
        yield process
        process.terminate()
        process.wait(timeout=20)
    except subprocess.TimeoutExpired as error:
        raise AssertionError(f"it does not end by SIGTERM:\n{log.read_text()}") from error
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=10)


def answers(port: int) -> bool:
    """Whether what listens on a port of this machine says that it lives; for some it is long until they do."""
    with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=20):
        return True
    return False


class Deployed:
    """An application in a folder, as a command of the page serves it behind a proxy.

    `more` is added to the program; `changes` are made in the files of deploy/ beside those of the address.
    """

    def __init__(
        self,
        command: str,
        directory: Path,
        *,
        more: str = "",
        changes: Mapping[str, str] | None = None,
        database: str | None = None,
    ) -> None:
        self.command = command
        self.directory = directory
        self.folder = folder_in(directory)
        self.program = self.folder / "myapp.py"
        self.program.write_text(self.program.read_text() + more)
        self.backend, self.port = free_port(), free_port()
        self.database = directory / "api.db"
        self._process: subprocess.Popen[bytes] | None = None
        self._environment = self._exported()
        if database is not None:
            self._environment["RESTWELL_DATABASE"] = database
        self._configure({BIND: f"127.0.0.1:{self.backend}", **(changes or {})})

    def _exported(self) -> dict[str, str]:
        found = {"PATH": PATH}
        for line in EXPORTS:
            name, _, value = line.removeprefix("export ").partition("=")
            found[name] = value.replace("/var/lib/restwell", str(self.directory)).replace(HOST, f"{HOST}:{self.port}")
        assert sorted(found) == ["PATH", "RESTWELL_BASE_URL", "RESTWELL_DATABASE"]
        return found

    def _configure(self, changes: Mapping[str, str]) -> None:
        if self.command.startswith("restwell serve"):  # has no file, and listens there by itself
            self.command += f" --bind 127.0.0.1:{self.backend}"
            return
        [name] = re.findall(r"deploy/\S+", self.command)
        file = self.folder / name
        text = file.read_text()
        for old, new in changes.items():
            assert old in text, f"{name} has no {old!r}"
            text = text.replace(old, new)
        file.write_text(text)

    @contextmanager
    def started(self) -> Iterator[Self]:
        """The servers, running."""
        command = ["bash", "-c", f"exec {self.command}"]
        with running(command, self.folder, self.backend, self._environment) as self._process:
            yield self

    @contextmanager
    def behind(self, name: str) -> Iterator[Proxy]:
        """A proxy in front of it."""
        place = self.directory / name
        place.mkdir()
        with in_front_of(self.backend, name, self.port, place) as proxy:
            yield proxy

    def key(self) -> str:
        """What lets a client create and change books."""
        command = [restwell_command(), "keys", "create", "tests", "--scope", "books:write", "--app", "myapp:app"]
        told = subprocess.run(
            command, cwd=self.folder, env={**os.environ, **self._environment},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return f"Bearer {told.stdout.strip()}"

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """What was started, and starts the workers."""
        assert self._process is not None
        return self._process

    def workers(self) -> set[int]:
        """The processes that it has now."""
        return set(children(self.process.pid))

    def log(self) -> str:
        """What it has said."""
        return (self.folder / "server.log").read_text(errors="replace")


def opened(pid: int, file: Path) -> int:
    """How often a process has a file open; 0 for one that has ended."""
    found = 0
    with suppress(OSError):
        for each in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                found += each.readlink() == file
    return found
