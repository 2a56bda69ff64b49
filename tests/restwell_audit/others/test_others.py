"""Other people's software starts, answers as docs/audits.md says, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import re
import urllib.error
import urllib.parse
import urllib.request
from email.message import Message
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.restwell_audit import others
from tests.restwell_audit.others import BY_HAND, SOFTWARE, Software, install, start
from tests.servers import MissingServerError, wait_until

PAGE = install.ROOT / "docs" / "audits.md"
CONTENT = {
    "flask-tutorial": '"relatedName":"Flask-RESTPlus"',
    "fastapi": '{"message":"Hello World"}',
    "drf": '"code":"import this\\n"',
    "drf-hyperlinked": '/snippets/"',
    "drf-jsonapi": '"data":{"snippets":',
    "flask-smorest": '"name":"Rex"',
    "datasette": '<a href="/data/frameworks"',
    "json-server": '"title": "json-server"',
    "hal": '"_embedded":{"people":[',
    "siren": '"type":"application/x-www-form-urlencoded"',
    "siren-careful": '"type":"application/json"',
    "jsonrpc": "Method Not Allowed",
    "graphql": "No GraphQL query found",
    "flask-restx": '"task": "Build an API"',
    "safrs": '"links":{"self":"/Users/',
    "wsgidav": "posts.json",
    "xmlrpc": "Unsupported method ('GET')",
    "kinto": '"id":"blog"',
}


class Answer(NamedTuple):
    status: int
    headers: Message
    text: str


def ask(url: str, method: str = "GET", content: bytes | None = None, **fields: str) -> Answer:
    headers = {name.replace("_", "-"): value for name, value in fields.items()}
    request = urllib.request.Request(url, content, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return Answer(response.status, response.headers, response.read().decode())
    except urllib.error.HTTPError as refusal:
        with refusal:
            return Answer(refusal.code, refusal.headers, refusal.read().decode())


def send(url: str, method: str, data: Any, media_type: str = "application/json", **fields: str) -> Answer:
    return ask(url, method, json.dumps(data).encode(), Content_Type=media_type, **fields)


@pytest.mark.slow
@pytest.mark.usefixtures("installed")
class TestEach:
    def test_its_entry_point_is_answered_as_expected(self, read_only: tuple[str, str]) -> None:
        name, url = read_only
        software = SOFTWARE[name]
        answer = ask(url + software.entry)
        assert (answer.status, answer.headers.get_content_type()) == (software.status, software.media_type)
        assert CONTENT[name] in answer.text

    def test_it_begins_anew_every_time_and_leaves_nothing_behind(self) -> None:
        for _ in range(2):
            with start("json-server") as url:
                assert len(json.loads(ask(f"{url}/posts").text)) == 2
                assert ask(f"{url}/posts/1", "DELETE").status == 200
                assert ask(f"{url}/posts/1").status == 404
            with pytest.raises(urllib.error.URLError):
                ask(url)


@pytest.mark.slow
@pytest.mark.usefixtures("installed")
class TestWhatTheExpectationsRestOn:
    """The decisive answers that docs/audits.md quotes, so that a new version that mends one is noticed."""

    def test_the_tutorials_frameworks_have_no_addresses(self) -> None:
        with start("flask-tutorial") as url:
            assert ask(f"{url}/frameworks/Flask").status == 404
            assert send(f"{url}/frameworks", "POST", {"name": "Falcon"}).status == 201

    def test_fastapi_refuses_head_and_names_one_method_of_several(self) -> None:
        with start("fastapi") as url:
            refusal = ask(f"{url}/items/foo", "HEAD")
            assert (refusal.status, ask(f"{url}/items/foo").status) == (405, 200)
            assert "," not in refusal.headers["Allow"]
            assert json.loads(ask(f"{url}/openapi.json").text)["paths"]["/items/{item_id}"].keys() == {
                "get", "put", "patch",
            }  # fmt: skip

    def test_rest_framework_creates_without_saying_where_unless_its_serializer_is_hyperlinked(self) -> None:
        row = {"code": "pass"}
        with start("drf") as url:
            plain = send(f"{url}/snippets/", "POST", row)
        with start("drf-hyperlinked") as url:
            linked = send(f"{url}/snippets/", "POST", row, Authorization="Basic b3duZXI6b3duZXI=")
            root = json.loads(ask(url).text)
            assert json.loads(linked.text)["url"].startswith(root["snippets"])
        assert (plain.status, plain.headers["Location"]) == (201, None)
        assert (linked.status, linked.headers["Location"]) == (201, f"{root['snippets']}4/")
        assert "url" not in json.loads(plain.text)

    def test_the_root_of_json_api_is_no_json_api_but_the_collections_are(self) -> None:
        with start("drf-jsonapi") as url:
            root = json.loads(ask(url).text)
            assert root["data"].keys() == {"snippets", "users"}, "neither type nor id, nor links"
            page = json.loads(ask(root["data"]["snippets"]).text)
            (first, *_) = page["data"]
            assert {"type", "id", "links"} <= first.keys()
            assert ask(first["relationships"]["owner"]["links"]["related"]).status == 200
            change = {"data": {"type": first["type"], "id": first["id"], "attributes": {"title": "T"}}}
            changed = send(first["links"]["self"], "PATCH", change, "application/vnd.api+json")
            assert json.loads(changed.text)["data"]["attributes"]["title"] == "T"

    def test_smorest_wants_a_precondition_and_forgets_allow(self) -> None:
        with start("flask-smorest") as url:
            pet = json.loads(ask(f"{url}/pets/").text)[0]
            own = f"{url}/pets/{pet['id']}"
            tag = ask(own).headers["ETag"]
            assert ask(own, If_None_Match=tag).status == 304
            assert send(own, "PUT", {"name": "Ann"}).status == 428
            assert send(own, "PUT", {"name": "Ann"}, If_Match=tag).status == 200
            assert send(own, "PUT", {"name": "Eve"}, If_Match=tag).status == 412
            assert ask(own, "PATCH").headers["Allow"] is None

    def test_datasettes_pages_lead_to_every_row_and_its_json_to_none(self) -> None:
        with start("datasette") as url:
            assert 'href="/data/frameworks/Flask"' in ask(f"{url}/data/frameworks").text
            data = json.loads(ask(f"{url}/data/frameworks.json").text)
            assert data["rows"][0] == ["Bottle", 2009, "Python"]
            assert "/data/frameworks/Bottle" not in json.dumps(data)
            assert ask(f"{url}/data/frameworks", "POST", b"").status == 500
            assert ask(f"{url}/data/frameworks", "PUT", b"").headers["Allow"] is None

    def test_json_server_uses_the_methods_and_links_its_pages_only(self) -> None:
        with start("json-server") as url:
            made = send(f"{url}/posts", "POST", {"title": "x"})
            assert (made.status, made.headers["Location"]) == (201, f"{url}/posts/3")
            assert ask(f"{url}/posts/3").headers["Link"] is None
            assert 'rel="next"' in ask(f"{url}/posts?_page=1&_limit=1").headers["Link"]
            assert ask(f"{url}/posts", "DELETE").status == 404
            assert send(f"{url}/posts", "POST", {"id": 1}).status == 500

    def test_hal_links_to_an_update_and_does_not_say_how(self) -> None:
        with start("hal") as url:
            item = json.loads(ask(f"{url}/items/item01").text)
            assert item["_links"]["update"] == {"href": "/items/item01"}
            assert send(f"{url}/items/item01", "PUT", {"name": "New"}).status == 200
            assert send(f"{url}/items/item01", "POST", {"name": "New"}).status == 405

    @pytest.mark.parametrize("name, status", [("siren", 422), ("siren-careful", 200)])
    def test_a_siren_action_can_or_cannot_be_taken_as_it_says(self, name: str, status: int) -> None:
        with start(name) as url:
            (action,) = json.loads(ask(f"{url}/items/item01").text)["actions"]
            fields = {field["name"]: field["value"] for field in action["fields"]}
            content = (
                json.dumps(fields).encode()
                if action["type"] == "application/json"
                else urllib.parse.urlencode(fields).encode()
            )
            taken = ask(url + action["href"], action["method"], content, Content_Type=action["type"])
            assert taken.status == status

    def test_procedures_and_queries_fail_with_200(self) -> None:
        with start("jsonrpc") as url:
            failed = send(url, "POST", {"jsonrpc": "2.0", "method": "nope", "id": 1})
            assert (failed.status, json.loads(failed.text)["error"]["code"]) == (200, -32601)
        with start("graphql") as url:
            failed = send(f"{url}/graphql", "POST", {"query": "{nothing}"})
            assert (failed.status, "errors" in json.loads(failed.text)) == (200, True)


def test_the_page_of_expectations_has_each_with_its_entry_point() -> None:
    rows = re.findall(r"^\| `(\S+)` \| `(\S+)` \| ([0-3]) \|", PAGE.read_text(), re.MULTILINE)
    assert {name for name, _, _ in rows} == {f"level{level}" for level in range(4)} | SOFTWARE.keys() | BY_HAND.keys()
    assert {(name, software.entry) for name, software in (SOFTWARE | BY_HAND).items()} <= {row[:2] for row in rows}
    assert [level for name, _, level in rows if name.startswith("level")] == ["0", "1", "2", "3"]
    paragraphs = re.findall(r"^### (\S+):", PAGE.read_text(), re.MULTILINE)
    assert paragraphs == list(dict.fromkeys(name for name, _, _ in rows))


def test_what_ends_at_once_is_an_error_with_what_it_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SOFTWARE, "broken", Software(("sh", "-c", "echo no configuration; exit 3")))
    monkeypatch.setattr(others, "missing", lambda _: "")
    with pytest.raises(RuntimeError, match=r"ended with 3:\nno configuration"), start("broken"):
        pass


def test_what_is_not_installed_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(install, "OTHERS", tmp_path)
    with pytest.raises(MissingServerError, match=r"python -m tests\.restwell_audit\.others"), start("drf"):
        pass
    monkeypatch.setenv("PATH", str(tmp_path))
    assert install.missing("json-server") == "no Node.js: apt-get install nodejs npm"


def test_the_children_of_what_is_started_end_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    serve = "sleep 300 & echo $! > child; exec python3 -m http.server --bind 127.0.0.1 {port}"
    monkeypatch.setitem(SOFTWARE, "parent", Software(("sh", "-c", serve)))
    monkeypatch.setattr(others, "missing", lambda _: "")
    with start("parent") as url:
        child = int(ask(f"{url}/child").text)
        os.kill(child, 0)
    assert wait_until(lambda: not alive(child), 5)


def alive(pid: int) -> bool:
    """Whether the process is there and no zombie, which nobody may be waiting for."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
