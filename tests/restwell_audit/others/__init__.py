"""Other people's software, started on free ports: what the auditor is proved on over a socket.

Each is an application as the software's own documentation shows it, in `apps/`; docs/audits.md says which level it is
expected to reach. The software lives in `.others/`, an environment of its own that `install.py` makes.
"""

import os
import re
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.restwell_audit.others.by_hand import BY_HAND
from tests.restwell_audit.others.install import APPS, FOR_ALL, OTHERS, missing
from tests.restwell_audit.others.software import Software
from tests.servers import RESTWELL_LEFT_BEHIND, Janitor, MissingServerError, free_port, wait_until

PYTHON = FOR_ALL.python

__all__ = ["BY_HAND", "SOFTWARE", "Software", "start"]


def _uvicorn(app: str, *options: str) -> tuple[str, ...]:
    return (PYTHON, "-m", "uvicorn", app, "--port", "{port}", "--log-level", "warning", *options)


def _flask(app: str) -> tuple[str, ...]:
    return (PYTHON, "-m", "flask", "--app", app, "run", "--port", "{port}")


def _django(project: str) -> tuple[str, ...]:
    return (PYTHON, str(APPS / "serve_django.py"), project, "{port}")


SERVE_DAV = f"{PYTHON} -m wsgidav.server.server_cli --host 127.0.0.1 --port {{port}} --root dav --auth anonymous"
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
        ("node", str(FOR_ALL.node_modules / "json-server/lib/cli/bin.js"), "--port", "{port}", "--host", "127.0.0.1",
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
    "flask-restx": Software(_flask("todos_restx"), "/todos/"),
    "safrs": Software((PYTHON, str(APPS / "people_safrs.py"), "{port}"), "/Users/", media_type=JSON_API),
    "wsgidav": Software(
        ("sh", "-c", f"mkdir -p dav/notes && cp posts.json dav && exec {SERVE_DAV}"), media_type=HTML,
        files=("posts.json",),
    ),
    "xmlrpc": Software((PYTHON, str(APPS / "serve_xmlrpc.py"), "{port}"), status=501, media_type=HTML),
    "kinto": Software(
        (PYTHON, "-m", "pyramid.scripts.pserve", "kinto.ini", "http_port={port}"), "/v1/buckets",
        files=("kinto.ini",),
        filling=[("PUT", f"/v1/buckets/{name}", "application/json", b"{}") for name in ("blog", "shop")],
    ),
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
    software = (SOFTWARE | BY_HAND)[name]
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory(prefix="restwell-others-") as directory:
        for file in software.files:
            shutil.copy(APPS / file, directory)
        log = Path(directory, "log")
        process = _spawn(
            [part.format(port=port, more=[free_port() for _ in range(3)]) for part in software.command], log
        )
        janitor = Janitor(RESTWELL_LEFT_BEHIND, str(process.pid))
        try:
            _wait(process, url, software, log, seconds)
            for method, path, media_type, content in software.filling:
                _fill(method, url + path, {**software.headers, "Content-Type": media_type}, content)
            if software.filled:
                _wait(process, url, replace(software, says=software.filled), log, seconds)
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
            env={**environment, "PYTHONPATH": str(APPS), "PYTHONPYCACHEPREFIX": str(OTHERS / "bytecode")},
            start_new_session=True,
        )


def _fill(method: str, url: str, headers: Mapping[str, str], content: bytes) -> None:
    request = urllib.request.Request(url, content, dict(headers), method=method)
    with urllib.request.urlopen(request, timeout=10):
        """Done; a refusal raises HTTPError."""


def _wait(process: subprocess.Popen[bytes], url: str, software: Software, log: Path, seconds: float) -> None:
    entry = url + software.entry

    def done() -> bool:
        return process.poll() is not None or _answers(entry, software)

    if wait_until(done, seconds) and process.poll() is None:
        return
    how = "did not answer in time" if process.poll() is None else f"ended with {process.poll()}"
    raise RuntimeError(f"{entry} {how}:\n{log.read_text()[-3000:]}")


def _answers(entry: str, software: Software) -> bool:
    """Whether there is an HTTP response, whatever its status, and says something."""
    try:
        with urllib.request.urlopen(urllib.request.Request(entry, headers=dict(software.headers)), timeout=10) as it:
            return re.search(software.says, it.read(), re.DOTALL) is not None
    except urllib.error.HTTPError as refusal:
        refusal.close()
        return not software.says
    except OSError:
        return False
