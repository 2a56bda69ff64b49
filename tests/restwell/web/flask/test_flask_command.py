"""By Flask's own command, in processes of their own: run, with reloader and debugger, routes, shell."""

import http.client
import json
import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.servers import OtherServer, installed_command, wait_until

pytestmark = pytest.mark.slow
OWN = '''
from flask import Flask, request
from restwell import Api, Field, Resource, public

def create_app():
    app = Flask(__name__)
    app.config["RESTWELL_DATABASE"] = "sqlite:///own.db"
    api = Api(app, url_prefix="/api")

    @api.resource("/notes", read=public(), write=public())
    class Note(Resource):
        """A note."""

        name: str = Field(identity=True)
        text: str = "VERSION 1"

    @app.before_request
    def look():
        request.get_data()

    @app.get("/fail")
    def fail():
        raise RuntimeError("on purpose")

    return app
'''


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with an application of its own, made by a factory, and a file of its own that it serves."""
    (tmp_path / "own.py").write_text(OWN)
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "a.css").write_text("body{}")
    return tmp_path


def call(url: str, method: str = "GET", data: Any = None) -> tuple[int, bytes, Any]:
    content = None if data is None else json.dumps(data).encode()
    request = urllib.request.Request(url, content, {"Content-Type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read(), refusal.headers


def run(directory: Path, *options: str, app: str = "own") -> OtherServer:
    return OtherServer("flask", "--app", app, "run", "--port", "{port}", *options, directory=directory)


RUNS = {"plain": (), "reloader": ("--reload",), "debugger": ("--debugger",), "one thread": ("--without-threads",)}


@pytest.mark.parametrize("how", RUNS)
def test_flask_run_serves_an_application_and_its_api(how: str, project: Path) -> None:
    with run(project, *RUNS[how]) as server:
        made = call(f"{server.url}/api/notes", "POST", {"name": "one"})
        assert (made[0], json.loads(made[1])["text"]) == (201, "VERSION 1")
        status, _, headers = call(f"{server.url}/api/notes/one")
        assert (status, len(headers.get_all("Date")), len(headers.get_all("Content-Length"))) == (200, 1, 1)
        assert call(f"{server.url}/static/a.css")[:2] == (200, b"body{}")
        assert call(f"{server.url}/nowhere")[0] == 404
        assert call(f"{server.url}/fail")[0] == 500


def test_the_reloader_serves_what_was_changed(project: Path) -> None:
    with run(project, "--reload") as server:
        assert json.loads(call(f"{server.url}/api/notes", "POST", {"name": "one"})[1])["text"] == "VERSION 1"
        (project / "own.py").write_text(OWN.replace("VERSION 1", "VERSION 2"))

        def is_reloaded() -> bool:
            try:
                status, body, _ = call(f"{server.url}/api/notes/two", "PUT", {})
            except (OSError, http.client.HTTPException):  # between one process and the next
                return False
            return status in {200, 201} and json.loads(body)["text"] == "VERSION 2"

        assert wait_until(is_reloaded, 20), server.log
        assert call(f"{server.url}/api/notes/one")[0] == 200


def test_the_debugger_shows_errors_of_the_application_and_serves_ours(project: Path) -> None:
    with OtherServer(
        "flask", "--app", "own", "--debug", "run", "--port", "{port}", "--no-reload", directory=project
    ) as server:
        status, page, _ = call(f"{server.url}/fail")
        assert (status, b"on purpose" in page, b"Werkzeug" in page) == (500, True, True)
        status, body, _ = call(f"{server.url}/api/notes/none")
        assert (status, json.loads(body)["status"]) == (404, 404)
        assert call(f"{server.url}/api/notes", "POST", {"name": "one"})[0] == 201


def flask(directory: Path, *arguments: str, given: str = "") -> str:
    environment = {n: v for n, v in os.environ.items() if not n.startswith(("RESTWELL_", "FLASK_"))}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(
        [installed_command("flask"), *arguments], cwd=directory, env=environment, input=given, text=True,
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_flask_routes_lists_the_addresses(project: Path) -> None:
    listed = flask(project, "--app", "own", "routes")
    for line in (r"restwell/api:Note\s.*/api/notes", r"restwell/api:Note\s.*/api/notes/<restwell:name>", "/fail"):
        assert re.search(line, listed), listed
    assert not (project / "own.db").exists()


def test_flask_shell_reads_and_writes(project: Path) -> None:
    code = (
        "api = app.extensions['restwell']['/api'].api; from flask import url_for\n"
        "print('keys', api.keys.list()); ctx = app.test_request_context()\n"
        "ctx.push(); print(url_for('restwell/api:Note', name='x'))\n"
    )
    said = flask(project, "--app", "own", "shell", given=code)
    assert "keys []" in said
    assert "/api/notes/x" in said
