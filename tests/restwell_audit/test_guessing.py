"""URLs of members, where no link says them; and small applications of each shape, judged."""

from __future__ import annotations

from typing import Any

import pytest

from restwell_audit.guessing import may_act, missing_like
from tests.restwell_audit.apis import Api, Request, Response, problem, said, table
from tests.restwell_audit.cases import judge, names

THINGS = "http://api.example/v1/things"


def test_what_is_missing_is_called_like_what_was_tried() -> None:
    assert missing_like("http://a.example/things?id=7") == "http://a.example/things?id=987654321"
    assert missing_like("http://a.example/things/one") == "http://a.example/things/no-such-thing-here"


@pytest.mark.parametrize("url, acts", [
    ("/v1/things/stop", True), ("/v1/things/stopped", False), ("/v1/stop", True), ("/v1/start_backup", True),
    ("/v1/things/stop-all", True), ("/v1/things/open-house", False), ("/v1/delete_one", True),
    ("/v1/things/delete", True), ("/v1/thing/logout", True),
    ("/v1/things?name=stop", False), ("/v1/7", False), ("/v1/thing/deleted-scenes", False),
])  # fmt: skip
def test_a_guess_is_not_sent_where_it_may_act(url: str, acts: bool) -> None:
    assert may_act(f"http://api.example{url}", THINGS) is acts


def test_no_part_and_nothing_that_is_redirected_to_is_asked_for_where_it_may_act() -> None:
    asked: list[str] = []

    def respond(request: Request) -> Response:
        asked.append(request.path)
        if request.path == "/api/size":
            return Response(302, (("Location", "/api/shutdown"),))
        whole = {"delete_all": {"a": 1}, "refresh": {"a": 1}, "size": 3}
        return said(whole) if request.path == "/api" else problem(404)

    judge(respond, "/api")
    assert {"/api/delete_all", "/api/refresh", "/api/shutdown"}.isdisjoint(asked)
    assert "/api/size" in asked


# -- small applications ----------------------------------------------------------------------------------------

ONE, TWO = {"id": 1, "size": 3}, {"id": 2, "size": 4}


def listed(content: Any, item: str, *, start: str = "/things") -> Api:
    return table({f"GET {start}": said(content), f"GET {item}": said(ONE)})


def queried(request: Request) -> Response:
    """A list, of which `?id=` gives one."""
    if request.path != "/things":
        return problem(404)
    one = {"1": ONE, "2": TWO}.get(request.asked.get("id", ""))
    return problem(404) if "id" in request.asked and one is None else said(one or [ONE, TWO])


def refusing(status: int, *, everywhere: bool = False) -> Api:
    """A list whose members are refused; `everywhere`, whatever is asked for is."""

    def respond(request: Request) -> Response:
        if request.path == "/things":
            return said([ONE, TWO])
        return problem(status) if everywhere or request.path == "/things/1" else problem(404)

    return respond


def xml(request: Request) -> Response:
    texts = {"/things": b"<things><thing><id>1</id></thing></things>", "/things/1": b"<thing><id>1</id></thing>"}
    content = texts.get(request.path)
    return Response(200, (("Content-Type", "application/xml"),), content) if content else problem(404)


SHAPES: dict[str, Api] = {
    "names": listed(["one", "two"], "/things/one"),
    "names in an object": listed({"things": ["one"]}, "/things/one"),
    "a map": listed({"one": {"size": 1}, "two": {"size": 2}}, "/things/one"),
    "hits": listed({"took": 1, "hits": {"total": 1, "hits": [{"_id": "a", "_source": {}}]}}, "/things/a"),
    "two lists": listed({"folders": [ONE], "devices": [TWO]}, "/things/folders/1"),
    "todo_id": listed([{"todo_id": 4, "task": "x"}], "/things/4"),
    "todoId": listed([{"todoId": 4, "task": "x"}], "/things/4"),
    "ID": listed([{"ID": "x"}], "/things/x"),
    "sku": listed([{"sku": "A-1", "price": 3}], "/things/A-1"),
    "the singular": listed([ONE, TWO], "/thing/1"),
    "the parent's path": listed([ONE, TWO], "/api/1", start="/api/things"),
    "a query": queried,
    "a tree": listed({"node": {"key": "/", "nodes": [{"key": "/foo", "value": "x"}]}}, "/things/foo"),
    "XML": xml,
    "405": refusing(405),
    "401": refusing(401),
    "self_link": listed([{"self_link": "/elsewhere/1", "size": 1}], "/elsewhere/1"),
    "_self": listed({"things": [{"_self": "/elsewhere/1"}]}, "/elsewhere/1"),
    "resource_uri": listed([{"resource_uri": "/elsewhere/1"}], "/elsewhere/1"),
    "@odata.id": listed({"value": [{"@odata.id": "things(1)"}]}, "/things(1)"),
    "Location": listed([{"Location": "/elsewhere/1"}], "/elsewhere/1"),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_members_of_every_shape_are_found(shape: str) -> None:
    report = judge(SHAPES[shape], "/api/things" if shape == "the parent's path" else "/things")
    assert {"ManyResources", "ItemsHaveUris"} <= names(report)
    assert report.level == 2


def test_a_part_of_one_thing_is_a_resource_where_it_is_just_that_part() -> None:
    config = {"version": 3, "folders": [ONE], "gui": {"theme": "dark"}, "name": "x"}
    whole = {"GET /config": said(config), "GET /config/gui": said(config["gui"])}
    report = judge(table(whole | {"GET /config/folders": said([ONE]), "GET /config/folders/1": said(ONE)}), "/config")
    assert {"ManyResources", "ItemsHaveUris"} <= names(report)
    assert report.coverage["by"]["guessed"] == 3
    other = judge(table({"GET /config": said(config), "GET /config/gui": said({"theme": "light"})}), "/config")
    assert (other.level, other.coverage["by"]["guessed"]) == (2, 1)
    echo = judge(lambda request: said({"path": request.path, "gui": {"a": 1}}), "/config")
    assert (echo.level, echo.coverage["by"]["guessed"]) == (None, 0)


@pytest.mark.parametrize("api", [
    refusing(405, everywhere=True), refusing(401, everywhere=True), lambda _: said([ONE, TWO]),
    table({"GET /things": said([])}), table({"GET /things": said([ONE])}),
], ids=["405 everywhere", "401 everywhere", "the list at every path", "an empty list", "a list alone"])  # fmt: skip
def test_what_shows_nothing_of_members_leaves_it_open(api: Api) -> None:
    report = judge(api, "/things")
    assert "ItemsHaveUris" not in names(report)
    assert (report.level, report.at_least) == (None, 0)
