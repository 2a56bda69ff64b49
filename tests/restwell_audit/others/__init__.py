"""Other people's software, started on free ports: what the auditor is proved on over a socket.

Each is an application as the software's own documentation shows it, in `apps/`; docs/audits.md says which level it is
expected to reach. The software lives in `.others/`, an environment of its own that `install.py` makes.
"""

import os
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.restwell_audit.others.install import APPS, NODE_MODULES, PYTHON, missing
from tests.servers import RESTWELL_LEFT_BEHIND, Janitor, MissingServerError, free_port, wait_until


@dataclass(frozen=True)
class Software:
    """How one of them is started, and where a client enters.

    In `command`, `{port}` is the port of 127.0.0.1 to listen on. `files` are copied from `apps/` to where it runs,
    since it changes them. `status` and `media_type` are what a GET of the entry point is answered with.
    """

    command: Sequence[str]
    entry: str = "/"
    status: int = 200
    media_type: str = "application/json"
    files: Sequence[str] = ()


def _uvicorn(app: str, *options: str) -> tuple[str, ...]:
    return (PYTHON, "-m", "uvicorn", app, "--port", "{port}", "--log-level", "warning", *options)


def _flask(app: str) -> tuple[str, ...]:
    return (PYTHON, "-m", "flask", "--app", app, "run", "--port", "{port}")


def _django(project: str) -> tuple[str, ...]:
    return (PYTHON, str(APPS / "serve_django.py"), project, "{port}")


HTML = "text/html"
JSON_API = "application/vnd.api+json"
SOFTWARE = {
    "flask-tutorial": Software(_flask("frameworks_nordic"), "/frameworks"),
    "fastapi": Software(_uvicorn("items_fastapi:app")),
    "drf": Software(_django("drf_plain"), "/snippets/"),
    "drf-hyperlinked": Software(_django("drf_hyperlinked")),
    "drf-jsonapi": Software(_django("drf_jsonapi"), "/", media_type=JSON_API),
    "flask-smorest": Software(_flask("pets_smorest"), "/pets/"),
    "datasette": Software(
        (PYTHON, str(APPS / "serve_datasette.py"), "{port}"), media_type=HTML,
    ),
    "json-server": Software(
        ("node", str(NODE_MODULES / "json-server/lib/cli/bin.js"), "--port", "{port}", "--host", "127.0.0.1",
         "posts.json"),
        "/posts", files=("posts.json",),
    ),
    "hal": Software(_uvicorn("people_hal:app"), "/people", media_type="application/hal+json"),
    "siren": Software(
        _uvicorn("people_siren:documented", "--factory"), "/people", media_type="application/siren+json"
    ),
    "siren-careful": Software(
        _uvicorn("people_siren:careful", "--factory"), "/people", media_type="application/vnd.siren+json"
    ),
    "jsonrpc": Software(_flask("frameworks_jsonrpc"), status=405, media_type=HTML),
    "graphql": Software(_uvicorn("books_graphql:app"), "/graphql", 400, "text/plain"),
}  # fmt: skip


@contextmanager
def start(name: str, seconds: float = 60) -> Iterator[str]:
    """Run one of them, and give its base URL, such as `http://127.0.0.1:20123`, once it answers.

    It runs in a directory of its own, and is ended with all its children afterwards. Raises MissingServerError where
    it is not installed, RuntimeError with what it printed where it ends or does not answer within `seconds`.
    """
    lacking = missing(name)
    if lacking:
        raise MissingServerError(lacking)
    software = SOFTWARE[name]
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory(prefix="restwell-others-") as directory:
        for file in software.files:
            shutil.copy(APPS / file, directory)
        log = Path(directory, "log")
        process = _spawn([part.format(port=port) for part in software.command], log)
        janitor = Janitor(RESTWELL_LEFT_BEHIND, str(process.pid))
        try:
            _wait(process, url + software.entry, log, seconds)
            yield url
        finally:
            janitor.run()
            process.wait()


def _spawn(command: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    """Start it in a process group of its own, with nothing in its environment that is meant for our Python."""
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "FLASK", "DJANGO"))
    }
    with log.open("wb") as stream:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            cwd=log.parent,
            env={**environment, "PYTHONPATH": str(APPS), "PYTHONDONTWRITEBYTECODE": "1"},
            start_new_session=True,
        )


def _wait(process: subprocess.Popen[bytes], url: str, log: Path, seconds: float) -> None:
    if wait_until(lambda: process.poll() is not None or _answers(url), seconds) and process.poll() is None:
        return
    how = "did not answer in time" if process.poll() is None else f"ended with {process.poll()}"
    raise RuntimeError(f"{url} {how}:\n{log.read_text()}")


def _answers(url: str) -> bool:
    """Whether there is an HTTP response, whatever its status."""
    try:
        with urllib.request.urlopen(url, timeout=10):
            return True
    except urllib.error.HTTPError as refusal:
        refusal.close()
        return True
    except OSError:
        return False
