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
    since it changes them. `status` and `media_type` are what a GET of the entry point is answered with. `filling` is
    what is sent with PUT once it answers: path, media type and content. It answers when the entry point `says` this.
    """

    command: Sequence[str]
    entry: str = "/"
    status: int = 200
    media_type: str = "application/json"
    files: Sequence[str] = ()
    filling: Sequence[tuple[str, str, bytes]] = ()
    says: bytes = b""


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
        filling=[(f"/v1/buckets/{name}", "application/json", b"{}") for name in ("blog", "shop")],
    ),
}  # fmt: skip
SCRAPE_ITSELF = 'scrape_configs: [{{job_name: own, static_configs: [{{targets: ["127.0.0.1:{port}"]}}]}}]'
SERVE_PROMETHEUS = "prometheus --config.file own.yml --storage.tsdb.path data --web.listen-address 127.0.0.1:{port}"
FORM = "application/x-www-form-urlencoded"
BY_HAND = {
    "etcd": Software(
        ("etcd", "--enable-v2", "--data-dir", "data", "--listen-client-urls", "http://127.0.0.1:{port}",
         "--advertise-client-urls", "http://127.0.0.1:{port}", "--listen-peer-urls", "http://127.0.0.1:0"),
        "/v2/keys", filling=[(f"/v2/keys/{name}", FORM, b"value=1") for name in ("one", "two")],
    ),
    "prometheus": Software(
        ("sh", "-c", f"echo '{SCRAPE_ITSELF}' > own.yml && exec {SERVE_PROMETHEUS}"), "/api/v1/targets",
        says=b"scrapeUrl",
    ),
    "transmission": Software(
        ("transmission-daemon", "--foreground", "--config-dir", "config", "--rpc-bind-address", "127.0.0.1", "--port",
         "{port}"),
        "/transmission/rpc", 409, HTML,
    ),
}  # fmt: skip
"""What Debian has and CI does not install: `python -m tests.restwell_audit.others etcd` judges it."""


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
        process = _spawn([part.format(port=port) for part in software.command], log)
        janitor = Janitor(RESTWELL_LEFT_BEHIND, str(process.pid))
        try:
            _wait(process, url + software.entry, log, seconds, software.says)
            for path, media_type, content in software.filling:
                _put(url + path, media_type, content)
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


def _put(url: str, media_type: str, content: bytes) -> None:
    request = urllib.request.Request(url, content, {"Content-Type": media_type}, method="PUT")
    with urllib.request.urlopen(request, timeout=10):
        """Done; a refusal raises HTTPError."""


def _wait(process: subprocess.Popen[bytes], url: str, log: Path, seconds: float, says: bytes) -> None:
    if wait_until(lambda: process.poll() is not None or _answers(url, says), seconds) and process.poll() is None:
        return
    how = "did not answer in time" if process.poll() is None else f"ended with {process.poll()}"
    raise RuntimeError(f"{url} {how}:\n{log.read_text()}")


def _answers(url: str, says: bytes) -> bool:
    """Whether there is an HTTP response, whatever its status, and says something."""
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return says in response.read()
    except urllib.error.HTTPError as refusal:
        refusal.close()
        return not says
    except OSError:
        return False
