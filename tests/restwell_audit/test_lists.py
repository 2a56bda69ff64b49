"""Lists of every shape, each with HTTP as it should be: their members are found, wherever they are, or left open.

The same data behind procedure calls is at level 0, and where everything is read by paths that act, not at level 2.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.restwell_audit.apis import HAL, JSON, Api, Request, Response, problem, said, table
from tests.restwell_audit.cases import judge, names

ONE, TWO, THREE = {"id": 1, "task": "build"}, {"id": 2, "task": "test"}, {"id": 3, "task": "ship"}
ALL = [ONE, TWO, THREE]
XML, CSV, LINES = "application/xml", "text/csv", "application/x-ndjson"
ATTRIBUTES = b'<todos><todo id="1"/><todo id="2"/></todos>'
OBJECTS = b"<Result><Name>b</Name><Contents><Key>a.txt</Key><Size>0</Size></Contents></Result>"
FILES = b'<list><folder m="1">sub</folder><file m="1" size="6">a.txt</file><file m="1" size="6">b.txt</file></list>'
CALLED_HTML = json.dumps(ALL).encode()


def http(start: str, content: Any, *items: str, kind: str = JSON, item: Any = ONE) -> Api:
    """A list that is read and added to, and items that are read, replaced and removed."""

    def shown(data: Any) -> Response:
        return Response(200, (("Content-Type", kind),), data) if isinstance(data, bytes) else said(data, kind)

    answers: dict[str, Response | Api] = {f"GET {start}": shown(content), f"POST {start}": said(ONE, status=201)}
    for path in items:
        answers |= {f"GET {path}": shown(item), f"PUT {path}": shown(item), f"DELETE {path}": Response(204)}
    return table(answers)


def named(name: str, *values: Any) -> Api:
    """A list of things that have their identity under a name."""
    every = values or ("a1", "b2", "c3")
    return http("/things", [{"done": False, name: each} for each in every], *(f"/things/{each}" for each in every))


def queried(parameter: str, path: str = "/todos", *, of: str = "/todos") -> Api:
    """Items at a path with a query; the list may be elsewhere."""

    def respond(request: Request) -> Response:
        if request.path not in {path, of}:
            return problem(404)
        if request.method not in {"GET", "HEAD"}:
            return problem(405, Allow="GET, HEAD")
        if request.path == path and parameter in request.asked:
            found = [each for each in ALL if str(each["id"]) == request.asked[parameter]]
            return said(found[0]) if found else problem(404)
        return said(ALL) if request.path == of else problem(404)

    return respond


def refusing(status: int, **fields: str) -> Api:
    """Items that are there, but not given."""

    def respond(request: Request) -> Response:
        if request.path == "/todos/1":
            return problem(status, **fields)
        return said(ALL) if request.path == "/todos" else problem(404)

    return respond


def changed_only(request: Request) -> Response:
    """Items with a URI each, which can be changed by themselves, but not read."""
    depth = len([each for each in request.path.split("/") if each])
    allow = {0: "GET, HEAD, POST", 1: "PUT, DELETE"}.get(depth)
    if allow is None:
        return problem(404)
    if request.method == "OPTIONS":
        return Response(204, (("Allow", allow),))
    return said(ALL) if request.method in {"GET", "HEAD"} and depth == 0 else problem(405, Allow=allow)


ITEMS = ("/todos/1", "/todos/2", "/todos/3")
FOLDER = {"name": "", "path": "", "type": "folder", "content": [{"name": "a", "path": "a", "type": "file"}]}
TREE = {"id": "root", "children": [{"id": "a", "children": [{"id": "b", "children": []}]}]}
TOLD: dict[str, tuple[str, Api]] = {
    # envelopes
    "a bare list": ("/todos", http("/todos", ALL, *ITEMS)),
    **{f"in {name}": ("/todos", http("/todos", {name: ALL, "total": 3}, *ITEMS)) for name in (
        "data", "items", "results", "value", "rows", "records", "list", "response", "payload", "todos", "whatever",
    )},
    "beside other values": ("/todos", http("/todos", {"result": ALL, "version": "1.2"}, *ITEMS)),
    "an unusual name beside others": ("/todos", http("/todos", {"zebras": ALL, "colour": "x"}, *ITEMS)),
    "hits.hits": ("/todos", http("/todos", {"took": 1, "hits": {"total": 1, "hits": [{"_id": "1"}]}}, *ITEMS)),
    "_embedded": ("/todos", http("/todos", {"_embedded": {"todos": ALL}, "page": {"size": 20}}, *ITEMS)),
    "_embedded in HAL": ("/todos", http("/todos", {"_embedded": {"todos": ALL}, "_links": {}}, *ITEMS, kind=HAL)),
    "list.item": ("/todos", http("/todos", {"list": {"item": ALL}}, *ITEMS)),
    "data.items": ("/todos", http("/todos", {"data": {"items": ALL}, "status": "success"}, *ITEMS)),
    "response.docs": ("/todos", http("/todos", {"head": {"n": 1}, "response": {"docs": ALL}}, *ITEMS)),
    "result.data.list": ("/todos", http("/todos", {"code": 0, "result": {"data": {"list": ALL}}}, *ITEMS)),
    "two lists": ("/config", http("/config", {"folders": [ONE], "devices": [TWO]}, "/config/folders/1")),
    "two lists beside it": ("/all", http("/all", {"folders": [ONE], "devices": [TWO]}, "/folders/1")),
    "two lists at the root": ("/", http("/", {"posts": ALL, "notes": [ONE]}, "/posts/1")),
    "each wrapped": ("/todos", http("/todos", [{"todo": ONE}, {"todo": TWO}], *ITEMS)),
    "a folder": ("/files", http("/files", FOLDER, "/files/a")),
    "a tree": ("/tree", http("/tree", TREE, "/tree/a")),
    "a tree by paths": ("/keys", http("/keys", {"node": {"nodes": [{"key": "/a", "value": 1}]}}, "/keys/a")),
    # no objects
    "names": ("/todos", http("/todos", ["one", "two"], "/todos/one")),
    "names with spaces": ("/cities", http("/cities", ["New York", "San José"], "/cities/New York")),
    "names with slashes": ("/repos", http("/repos", ["lib/a", "lib/b"], "/repos/lib/a")),
    "numbers": ("/todos", http("/todos", [1, 2, 3], *ITEMS)),
    "rows and columns": ("/todos", http("/todos", {"columns": ["id", "x"], "rows": [[1, "a"], [2, "b"]]}, *ITEMS)),
    "rows with a head": ("/todos", http("/todos", [["id", "x"], [1, "a"], [2, "b"]], *ITEMS)),
    "rows": ("/todos", http("/todos", [[1, "a"], [2, "b"]], *ITEMS)),
    "a map": ("/todos", http("/todos", {"1": {"task": "a"}, "2": {"task": "b"}}, *ITEMS)),
    "a map of one": ("/todos", http("/todos", {"1": {"task": "a"}}, "/todos/1", item={"task": "a"})),
    "a map of unlike things": ("/todos", http("/todos", {"1": {"a": 1}, "2": {"b": 1}}, *ITEMS, item={"a": 1})),
    "a map to texts": ("/todos", http("/todos", {"one": "a", "two": "b"}, "/todos/one")),
    "a map in an envelope": ("/", http("/", {"result": {"root": {"n": 1}}, "type": "x"}, "/root", item={"n": 1})),
    # identities
    **{f"identified by {name}": ("/things", named(name)) for name in (
        "id", "_id", "ID", "Id", "uuid", "key", "name", "slug", "sku", "code", "thing_id", "thingId", "todo_id",
        "number", "ThingName", "thing", "symbol", "hash", "no", "email", "hostname", "label", "word",
    )},
    "numbers as identities": ("/things", named("id", 0, 17)),
    "identities with spaces": ("/things", named("id", "a b", "c d")),
    "identities with slashes": ("/things", named("id", "a/b", "c/d")),
    "identities beyond ASCII": ("/things", named("id", "größe", "日本")),
    "identities with %": ("/things", named("id", "50%", "7%2F")),
    "identities deeper": ("/pods", http("/pods", {"items": [{"metadata": {"name": "web"}}]}, "/pods/web")),
    "identities of MongoDB": ("/todos", http("/todos", [{"_id": {"$oid": "5f"}}], "/todos/5f")),
    "paths with an unusual name": ("/todos", http("/todos", [{"ref": "/todos/1"}, {"ref": "/todos/2"}], *ITEMS)),
    "a name beside an id": ("/todos", http("/todos", [{"id": 17, "name": "web"}], "/todos/web")),
    "the second alone": ("/todos", http("/todos", ALL, "/todos/2")),
    # places
    "at the singular": ("/todos", http("/todos", ALL, "/todo/1")),
    "at an irregular singular": ("/people", http("/people", ALL, "/person/1")),
    "at the parent's path": ("/todos/list", http("/todos/list", ALL, *ITEMS)),
    "beside all of them": ("/todos/all", http("/todos/all", ALL, *ITEMS)),
    "at what it is a list of": ("/todo-list", http("/todo-list", ALL, *ITEMS)),
    "with a slash": ("/todos/", http("/todos/", ALL, "/todos/1/")),
    "with a slash at the list alone": ("/todos/", http("/todos/", ALL, *ITEMS)),
    "with a slash at the items alone": ("/todos", http("/todos", ALL, "/todos/1/")),
    "with a suffix": ("/todos.json", http("/todos.json", ALL, "/todos/1.json")),
    "with a suffix at the list alone": ("/todos.json", http("/todos.json", ALL, *ITEMS)),
    "below a version": ("/api/v1/todos", http("/api/v1/todos", ALL, "/api/v1/todos/1")),
    "between": ("/boxes/json", http("/boxes/json", ALL, "/boxes/1/json")),
    "by ?id=": ("/todos", queried("id")),
    "by ?todo_id=": ("/todos", queried("todo_id")),
    "by ?id= at the singular": ("/todos", queried("id", "/todo")),
    # formats
    "XML": ("/todos", http("/todos", b"<todos><todo><id>1</id></todo></todos>", *ITEMS, kind=XML, item=b"<todo/>")),
    "XML by attributes": ("/todos", http("/todos", ATTRIBUTES, *ITEMS, kind=XML, item=b"<todo/>")),
    "XML of a usual name": ("/b", http("/b", OBJECTS, "/b/a.txt", kind=XML, item=b"<a/>")),
    "XML of several names": ("/f", http("/f", FILES, "/f/sub", kind=XML, item=b"<a/>")),
    "CSV": ("/todos", http("/todos", b"id,task\r\n1,a\r\n2,b\r\n", *ITEMS, kind=CSV, item=b"id,task\r\n1,a\r\n")),
    "CSV with semicolons": ("/todos", http("/todos", b"id;x\n1;a\n2;b\n", *ITEMS, kind=CSV, item=b"id;x\n1;a\n")),
    "lines of JSON": ("/todos", http("/todos", b'{"id": 1}\n{"id": 2}\n', *ITEMS, kind=LINES, item=b'{"id": 1}\n')),
    "lines of names": ("/todos", http("/todos", b"one\ntwo\n", "/todos/one", kind="text/plain", item=b"1\n")),
    "JSON that is called HTML": ("/todos", http("/todos", CALLED_HTML, *ITEMS, kind="text/html", item=b"{}")),
    # answers
    **{f"{status} for an item": ("/todos", refusing(status)) for status in (400, 401, 403, 405, 406)},
    "items that are only changed": ("/", changed_only),
    "pages": ("/todos", http("/todos", {"todos": [ONE], "next": "/todos?page=2"}, *ITEMS)),
    # other starts
    "an item and its list": ("/todos/1", table({"GET /todos": said(ALL), "GET /todos/1": said(ONE)})),
    "an item and its neighbour": ("/todos/1", table({"GET /todos/1": said(ONE), "GET /todos/2": said(TWO)})),
    "a directory": ("/", table({"GET /": said({"todos": "/todos", "notes": "/n"}), "GET /todos": said(ALL)})),
    "a directory of names": ("/api", table({"GET /api": said(["todos", "n"]), "GET /api/todos": said(ALL)})),
    "a directory of relative paths": ("/a", table({"GET /a": said({"n": "notes/"}), "GET /a/notes/": said(ALL)})),
    "a directory of endpoints": (
        "/api", table({"GET /api": said({"todo": {"list_endpoint": "/api/todo"}}), "GET /api/todo": said(ALL)}),
    ),
}  # fmt: skip


@pytest.mark.parametrize("shape", TOLD)
def test_what_http_is_used_for_as_it_should_be_is_level_2(shape: str) -> None:
    start, api = TOLD[shape]
    report = judge(api, start)
    assert report.level == 2, report.next_step
    assert report.coverage["requests"] <= 65


LEFT_OPEN: dict[str, tuple[str, Api]] = {
    "an empty list": ("/todos", http("/todos", [])),
    "an empty list with a name": ("/todos", http("/todos", {"todos": [], "total": 0})),
    "nothing": ("/todos", http("/todos", {})),
    "an item alone": ("/todos/1", http("/todos/1", ONE)),
    "a greeting": ("/", http("/", {"message": "Hello"})),
    "members elsewhere": ("/people", http("/people", ALL, "/staff/1")),
    "members under another plural": ("/user-list", http("/user-list", ALL, "/members/1")),
    "procedures below a list": (
        "/v2/t/info",
        table(
            {
                "GET /v2/t/info": said([{"hash": "ab12", "name": "x"}]),
                "POST /v2/t/delete": said("Ok."),
            }
        ),
    ),
    "pages without identities": ("/todos", http("/todos", {"results": [{"x": [1]}], "next": "/todos?page=2"})),
}


@pytest.mark.parametrize("shape", LEFT_OPEN)
def test_what_cannot_be_told_is_left_open_and_how_to_go_on_is_said(shape: str) -> None:
    start, api = LEFT_OPEN[shape]
    report = judge(api, start)
    assert (report.level, report.at_least, report.at_most) == (None, 0, 2)
    assert any("Name" in each.how for each in report.untested if each.bearing == 1)


# -- what is not to be taken for it ----------------------------------------------------------------------------


def calls(request: Request) -> Response:
    """The same by procedure calls: one URI that takes POST."""
    if request.path != "/todos":
        return problem(404)
    return said({"ok": True, "todos": ALL}) if request.method == "POST" else problem(405, Allow="POST")


def always(content: Any) -> Api:
    return lambda _: said(content)


def refusing_all_but_post(status: int) -> Api:
    return lambda request: said({}) if request.method == "POST" else problem(status)


def actions(*paths: str) -> Api:
    """Reading and changing by GET at paths that act."""
    answers: Mapping[str, Response | Api] = {f"GET {path}": said(ALL) for path in paths}
    return table({**answers, "GET /": said({"calls": list(paths)})})


@pytest.mark.parametrize("start, api, least, most", [
    ("/todos", calls, 0, 0),
    ("/RPC2", refusing_all_but_post(400), 0, 0),
    ("/api/jsonrpc", refusing_all_but_post(500), 0, 0),
    ("/todos", always(ALL), 0, 1),
    ("/todos", always({"status": "error", "message": "no"}), 0, 1),
    ("/", actions("/getTodos", "/createTodo", "/deleteTodo"), 1, 1),
    ("/getTodos", actions("/getTodos", "/createTodo"), 0, 1),
    ("/get_todos", actions("/get_todos", "/add_todo"), 0, 1),
], ids=[
    "POST alone", "RPC2", "jsonrpc", "200 for everything", "errors as 200", "linked", "getTodos", "get_todos",
])  # fmt: skip
def test_procedures_are_not_resources(start: str, api: Api, least: int, most: int) -> None:
    report = judge(api, start)
    assert report.at_least >= least
    assert report.at_most <= most


def test_beside_other_resources_a_uri_that_takes_post_alone_is_one_of_several() -> None:
    api = table({"GET /todos": said(ALL), "GET /todos/1": said(ONE), "POST /search": said(ALL)})
    report = judge(api, "/todos", "/search")
    assert (report.level, "Tunnel" in names(report)) == (2, False)
