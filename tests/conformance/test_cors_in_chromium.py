"""Pages of two origins in Chromium, of which one is allowed: what each comes to read, and what it can change."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.chromium import chromium
from tests.conftest import StartServer
from tests.servers import RestwellServer

pytestmark = pytest.mark.slow

NOTE = uuid.UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
APPLICATION = f'''
"""Notes: everybody reads them, and who changes one has to have seen it."""
import uuid

from flask import Flask
from restwell import Api, Field, Resource, public, scope

app = Flask(__name__)
api = Api(app)
initial = [{{"id": "{NOTE}", "text": "first"}}]


@api.resource("/notes", read=public(), write=scope("notes"), require_if_match=True, initial=initial)
class Note(Resource):
    """A note."""

    id: uuid.UUID = Field(identity=True)
    text: str = ""
'''
PAGE = """
<!doctype html><title>A page of another origin</title><script>
const API = "%(api)s", KEY = "Bearer %(key)s", NOTE = API + "/notes/%(note)s";
const FIELDS = ["ETag", "Link", "Location", "WWW-Authenticate", "X-Request-Id", "Allow", "Accept-Patch",
  "Server-Timing", "Preference-Applied", "X-Content-Type-Options"];
const PROFILE = 'application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted"';
async function ask(url, options = {}) {
  try {
    const answer = await fetch(url, options), text = await answer.text(), fields = {};
    for (const name of FIELDS) if (answer.headers.has(name)) fields[name] = answer.headers.get(name);
    return {status: answer.status, fields, url: answer.url, json: text ? JSON.parse(text) : null};
  } catch (error) { return {status: 0, fields: {}, error: error.name}; }
}
function change(method, tag, text, more = {}) {
  const headers = {Authorization: KEY, "Content-Type": "application/merge-patch+json", Accept: "application/json"};
  if (tag) headers["If-Match"] = tag;
  return {method, headers: {...headers, ...more}, body: text === null ? undefined : JSON.stringify({text})};
}
async function run() {
  const JSON_ONLY = {headers: {Accept: "application/json"}}, found = {};
  found.read = await ask(NOTE, JSON_ONLY);
  const tag = found.read.fields.ETag;
  found.unchanged = await ask(NOTE, {headers: {...JSON_ONLY.headers, "If-None-Match": tag ?? "*"}});
  found.profile = await ask(NOTE, {headers: {Accept: PROFILE}});
  found.options = await ask(NOTE, {method: "OPTIONS"});
  found.missing = await ask(API + "/notes/%(other)s");
  found.unknown = await ask(API + "/nowhere");
  found.unasked = await ask(NOTE, {method: "DELETE", headers: {"If-Match": tag ?? "*"}});
  found.blind = await ask(NOTE, change("PATCH", null, "blind"));
  const more = {Prefer: "return=representation", "X-Request-Id": "of-a-page"};
  found.changed = await ask(NOTE, change("PATCH", tag, "second", more));
  found.late = await ask(NOTE, change("PATCH", tag, "third"));
  found.invalid = await ask(NOTE, change("PATCH", found.changed.fields.ETag ?? "*", 1));
  found.created = await ask(API + "/notes", change("POST", null, "new", {"Content-Type": "application/json"}));
  const headers = {Authorization: KEY, "Content-Type": "application/json"};
  found.made = await ask(API + "/notes", {method: "POST", headers, body: '{"id": "%(other)s"}'});
  found.removed = await ask(API + "/notes/%(other)s", change("DELETE", found.made.fields.ETag ?? "*", null));
  found.upper = await ask(API + "/notes/" + "%(note)s".toUpperCase(),
    change("PATCH", found.changed.fields.ETag ?? "*", "led on"));
  found.unsupported = await ask(API + "/notes", change("DELETE", "*", null));
  found.elsewhere = await ask(API + "/nowhere", change("PATCH", "*", "x"));
  found.strange = await ask(NOTE, {headers: {"X-Strange": "1"}});
  found.cookies = await ask(NOTE, {credentials: "include"});
  await fetch("/found", {method: "POST", body: JSON.stringify(found)});
}
run().catch(error => fetch("/found", {method: "POST", body: JSON.stringify({error: String(error)})}));
</script>
"""
Found = dict[str, dict[str, Any]]
OTHER = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")


class Site:
    """A page at an origin of its own, and what it has found."""

    def __init__(self) -> None:
        self.page = ""
        self.found: queue.Queue[Any] = queue.Queue()
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.answer(site.page.encode() if self.path == "/" else b"")

            def do_POST(self) -> None:
                came = self.rfile.read(int(self.headers["Content-Length"]))
                self.answer(b"")
                site.found.put(json.loads(came))

            def answer(self, content: bytes) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the library has it
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"

    def opened(self, page: str, folder: Path) -> Any:
        """What a page finds when it is opened in Chromium."""
        self.page = page
        command = chromium(folder, "--remote-debugging-port=0", f"{self.origin}/")
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as browser:
            try:
                return self.found.get(timeout=60)
            finally:
                browser.terminate()


@contextmanager
def site() -> Iterator[Site]:
    made = Site()
    serving = threading.Thread(target=made.server.serve_forever)
    serving.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    serving.join()


@pytest.fixture
def allowed(tmp_path: Path) -> Iterator[Site]:
    (tmp_path / "notes.py").write_text(APPLICATION)
    with site() as made:
        yield made


def asking(api: RestwellServer) -> str:
    """The page that asks an API for everything, with a key."""
    key = api.stdout.splitlines()[0].rpartition(" ")[2]
    return PAGE % {"api": api.url, "key": key, "note": NOTE, "other": OTHER}


def serve(start: StartServer, origin: str) -> RestwellServer:
    return start("notes:app", "--cors", origin, "--issue-key", "me=notes:write", "--database", "sqlite://")


def test_a_page_of_an_allowed_origin_reads_and_writes(
    allowed: Site, start_server: StartServer, tmp_path: Path
) -> None:
    found: Found = allowed.opened(asking(serve(start_server, allowed.origin)), tmp_path)
    statuses = {name: each["status"] for name, each in found.items()}
    assert statuses == {
        "read": 200, "unchanged": 304, "profile": 200, "options": 204, "missing": 404, "unknown": 404, "unasked": 401,
        "blind": 428, "changed": 200, "late": 412, "invalid": 422, "created": 422, "made": 201, "removed": 204,
        "upper": 200, "unsupported": 0, "elsewhere": 0, "strange": 0, "cookies": 0,
    }  # fmt: skip
    assert found["read"]["json"] == {"id": str(NOTE), "text": "first"}
    assert 'rel="collection"' in found["read"]["fields"]["Link"]
    assert found["read"]["fields"]["Server-Timing"]
    assert found["read"]["fields"].get("X-Content-Type-Options") is None  # which is not for pages
    assert "PATCH" in found["options"]["fields"]["Allow"]
    assert "application/merge-patch+json" in found["options"]["fields"]["Accept-Patch"]
    assert 'rel="start"' in found["unknown"]["fields"]["Link"]
    assert found["unasked"]["fields"]["WWW-Authenticate"] == 'Bearer realm="restwell"'
    changed = found["changed"]
    assert changed["fields"]["X-Request-Id"] == "of-a-page"
    assert changed["fields"]["Preference-Applied"] == "return=representation"
    assert changed["fields"]["ETag"] != found["read"]["fields"]["ETag"]
    assert found["late"]["json"]["title"] == "The precondition does not hold"
    assert [each["pointer"] for each in found["invalid"]["json"]["errors"]] == ["/text"]
    assert found["made"]["fields"]["Location"].endswith(f"/notes/{OTHER}")
    assert found["upper"]["json"] == {"id": str(NOTE), "text": "led on"}
    assert found["upper"]["url"].endswith(f"/notes/{NOTE}")
    assert {found[name]["error"] for name in ("unsupported", "elsewhere", "strange", "cookies")} == {"TypeError"}


def test_a_page_of_another_origin_reads_and_changes_nothing(
    allowed: Site, start_server: StartServer, tmp_path: Path
) -> None:
    server = serve(start_server, allowed.origin)
    with site() as other:
        found: Found = other.opened(asking(server), tmp_path)
    assert {each["status"] for each in found.values()} == {0}
    assert json.loads(server.get("/notes")[1])["member"][0]["text"] == "first"
    assert json.loads(server.get("/notes")[1])["totalItems"] == 1
