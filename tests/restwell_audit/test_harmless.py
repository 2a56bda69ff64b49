"""The auditor harms nobody: servers that a careless one would harm, and their whole state before and after."""

# ruff: noqa: E501 - a table reads best with a line for each server

from __future__ import annotations

import html
import json
from collections.abc import Callable
from typing import Any

import pytest

from restwell_audit import audit
from restwell_audit.report import FORMATS
from tests.restwell_audit.apis import Api, Request, Response, hal, openapi, page, problem, said, served
from tests.restwell_audit.cases import judge, names
from tests.restwell_audit.good import Good

# -- reading: servers whose links act ---------------------------------------------------------------------------------


class Acting:
    """Three things, and GET on whatever is not read as a thing removes all of them."""

    def __init__(self, listing: Response | None = None, entry: Response | None = None, **more: Response) -> None:
        self.things = {"1", "2", "3"}
        self.asked: list[str] = []
        self.answers = {"/": entry or hal(things="/things"), "/things": listing or said([]), **more}

    def __call__(self, request: Request) -> Response:
        if request.method in {"GET", "HEAD"}:
            self.asked.append(request.target)
        if request.target in self.answers:
            return self.answers[request.target]
        name = request.path.removeprefix("/things/")
        if name in self.things and not request.query:
            return said({"id": int(name), "name": f"thing {name}"})
        if any(
            word in request.target.lower() for word in ("delete", "remove", "logout", "confirm", "cancel", "purge")
        ):
            self.things.clear()
            return said({"done": True})
        return problem(404)


def things(**more: str) -> list[dict[str, Any]]:
    """Three things, each with further links."""
    return [
        {"id": n, "name": f"thing {n}", "url": f"/things/{n}", **{k: v.format(n) for k, v in more.items()}}
        for n in (1, 2, 3)
    ]


def linked(**links: str) -> Response:
    return said(things(**links))


def anchors(*each: str) -> Response:
    return page(*(one.format(n) for n in (1, 2, 3) for one in each))


SHOW = '<a href="/things/{0}">Thing {0}</a>'
LISTINGS = {
    "delete_url": linked(delete_url="/things/{}/delete"),
    "deleteUrl": linked(deleteUrl="/things/delete/{}"),
    "DELETE_URL": linked(DELETE_URL="/things/x{}-delete"),
    "delete_url of no telling address": linked(delete_url="/act?deletion={}"),
    "a query": linked(url2="/things/{}?action=delete", other_url="/things/{}?delete=1"),
    "a method beside": said([each | {"links": [{"href": f"/x?cancel-{each['id']}", "method": "DELETE"}]} for each in things()]),
    "an anchor": anchors(SHOW, '<a href="/things/{}/delete">x</a>'),
    "the text of an anchor": anchors(SHOW, '<a href="/x?deleted={}"><b>De</b><!-- - -->lete</a>', '<a href="/x?r={}&deleted=">Remove</a>'),
    "a picture": anchors(SHOW, '<a href="/x?deleted={}"><img src="bin.png" alt="Delete"></a>'),
    "a label": anchors(SHOW, '<a href="/x?deleted={}" aria-label="Delete">✗</a>'),
    "an attribute for scripts": anchors(SHOW, '<a href="/x?deleted={}" data-method="delete">✗</a>'),
    "two anchors with one address": anchors(SHOW, '<a href="/x?deleted={0}">✗</a> <a href="/x?deleted={0}">Delete</a>'),
    "a form that gets": anchors(SHOW, '<form action="/x/deleted/{}"><button>Delete</button></form>'),
    "a form with a hidden method": anchors(SHOW, '<form action="/x/deleted"><input type=hidden name=_method value=delete></form>'),
    "a question of Rails": anchors(SHOW, '<a href="/x?deleted={}" data-confirm="Are you sure?">✗</a>'),
    "a question of a handler": anchors(SHOW, """<a href="/x?deleted={}" onclick="return confirm('Sure?')">✗</a>"""),
    "an action of schema.org": said({"@context": "https://schema.org", "@id": "/things", "hasPart": [{"@id": f"/things/{n}", "potentialAction": {"@type": "DeleteAction", "target": f"/x?deleted={n}"}} for n in (1, 2, 3)]}, "application/ld+json"),
    "HAL": hal(items=[{"_links": {"self": {"href": f"/things/{n}"}, "delete": {"href": f"/x/deleted/{n}"}}} for n in (1, 2, 3)]),
    "HAL, by a curie": hal(items=[{"_links": {"self": {"href": f"/things/{n}"}, "a:delete": {"href": f"/x/deleted/{n}"}}} for n in (1, 2, 3)]),
    "the Link field": linked().having(Link='</x/deleted>; rel="delete", </x/deleted2>; rel="related"; title="Delete all"'),
    "actions as members": said({"items": [{"name": "delete", "url": "/things/delete"}]}),
}  # fmt: skip


@pytest.mark.parametrize("listing", LISTINGS.values(), ids=LISTINGS)
def test_nothing_is_removed_by_reading(listing: Response) -> None:
    api = Acting(listing)
    report = judge(api)
    assert api.things == {"1", "2", "3"}
    assert "/things" in api.asked
    assert any("may act" in reason for reason in report.coverage["left_out"])


@pytest.mark.parametrize(
    "listing", [LISTINGS["delete_url"], LISTINGS["an anchor"], LISTINGS["HAL"]], ids=["json", "html", "hal"]
)
def test_the_things_themselves_are_read(listing: Response) -> None:
    api = Acting(listing)
    judge(api)
    assert {"/things/1", "/things/2", "/things/3"} <= set(api.asked)


@pytest.mark.parametrize("form", ["text", "json", "html"])
def test_what_is_left_out_is_reported_once_with_its_address_and_without_secrets(form: str) -> None:
    links = {f"d{n}_url": f"/x/deleted/{n}?action=delete&token=s3cr3t-of-mine" for n in range(12)}
    more = {"mail_url": "/unsubscribe/s3cr3t-of-mine-1", "again_url": "/unsubscribe/s3cr3t-of-mine-1"}
    described = openapi({"GET /things": {}, "GET /logout": {}, "GET /x/end": {"operationId": "deleteThings"}})
    api = Acting(
        said([{"id": 1, "name": "one", "url": "/things/1", **links, **more}]), **{"/openapi.json": described}
    )
    report = judge(api)
    assert api.things == {"1", "2", "3"}
    text = FORMATS[form](report)
    shown = [f"/x/deleted/{n}?" for n in range(12)] + ["/unsubscribe/", "/logout", "/x/end"]
    listed = report.coverage["not_followed"]
    assert len(listed) == len(set(listed)) == len(shown)
    assert all(any(part in each for each in listed) for part in shown)
    assert all("".join(each.split()) in "".join(html.unescape(text).split()) for each in listed)
    assert "s3cr3t-of-mine" not in text


APIS: dict[str, Callable[[], Api]] = {
    "good": Good, "acting": lambda: Acting(LISTINGS["delete_url"]), "HAL": lambda: Acting(LISTINGS["HAL"]),
    "store": lambda: Store(creating("")),
    "nothing": lambda: lambda request: said({}) if request.target == "/" else problem(404),
    "anything": lambda: lambda _: said({"id": 1, "_links": {"self": {"href": "/"}, "x": {"href": "/x", "method": "POST"}}}),
    "forms": lambda: lambda _: page("<form method=post action=/x><button>Go</button></form><form action=/y><input name=q></form>"),
    "RPC": lambda: lambda request: problem(405, Allow="POST") if request.method != "POST" else said({"jsonrpc": "2.0"}),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("make", APIS.values(), ids=APIS)
def test_reading_sends_nothing_but_five_methods(make: Callable[[], Api]) -> None:
    sent: list[str] = []
    contents: list[bytes] = []
    api = make()

    def respond(request: Request) -> Response:
        sent.append(request.method)
        contents.append(request.content)
        return api(request)

    with served(respond) as url:
        audit(url, f"{url}things", per_second=10_000)
    assert {"GET", "PROPFIND"} <= set(sent) <= {"GET", "HEAD", "OPTIONS", "TRACE", "PROPFIND"}
    assert set(contents) == {b""}


def test_a_redirect_to_a_deed_is_not_followed() -> None:
    api = Acting(**{"/things": Response(302, (("Location", "/things/delete?all=1"),))})
    judge(api)
    assert api.things == {"1", "2", "3"}


@pytest.mark.parametrize("operation, document", [
    ("GET /things/delete", {}), ("GET /logout", {}), ("GET /x/deletion", {"operationId": "deleteThings"}),
])  # fmt: skip
def test_what_is_described_and_acts_is_not_tried(operation: str, document: dict[str, Any]) -> None:
    api = Acting(**{"/openapi.json": openapi({"GET /things": {}, operation: document})})
    report = judge(api)
    assert api.things == {"1", "2", "3"}
    assert any("may act" in reason for reason in report.coverage["left_out"])


def named(*of: str) -> Api:
    """A collection of things with names."""
    answers = {f"/posts/{each}": said({"name": each}) for each in of}
    listed = said([{"name": each, "url": f"/posts/{each}"} for each in of])
    return Acting(entry=hal(posts="/posts"), **{"/posts": listed}, **answers)


@pytest.mark.parametrize("name", ["delete-me", "cancel-culture", "deleting-things", "cancelled", "remove"])
def test_a_thing_may_be_called_like_a_deed(name: str) -> None:
    api = named("one", name)
    judge(api)
    assert isinstance(api, Acting)
    assert (f"/posts/{name}" in api.asked) is (name != "remove")


def test_self_beside_delete_is_read() -> None:
    answer = hal(items=[{"_links": {"self": {"href": "/things/1"}, "delete": {"href": "/things/1"}}}])
    api = Acting(answer)
    judge(api)
    assert "/things/1" in api.asked


def test_a_path_that_acts_is_still_said_to_name_an_action() -> None:
    assert "GetThatChanges" in names(judge(Acting(LISTINGS["delete_url"])))


# -- writing: servers that say of other things that they were created ------------------------------------------


class Store:
    """Things and an archive, a search, and a list that is removed as a whole: a dictionary of states by their paths.

    It does as it is told: DELETE of a path removes it and all below it, PUT replaces it. `create` answers POST.
    """

    def __init__(
        self, create: Callable[[Store, Request], Response], **answers: Callable[[Store, Request], Response | None]
    ) -> None:
        self.state: dict[str, Any] = {
            "/things/1": {"id": 1, "name": "one"}, "/things/2": {"id": 2, "name": "two"},
            "/archive/1": {"id": 1, "name": "old one"}, "/archive/2": {"id": 2, "name": "old two"},
            "/things/archive/1": {"id": 1, "name": "older"},
            "/other/things/4": {"id": 4, "name": "four"}, "/things/17": {"id": 17, "name": "not listed"},
        }  # fmt: skip
        self.create = create
        self.answers = answers
        self.changes: list[str] = []

    def __call__(self, request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        if method not in {"GET", "POST", "PUT", "PATCH", "DELETE"}:
            return Response(204, (("Allow", "GET, POST, PUT, DELETE"),))
        if method != "GET":
            self.changes.append(f"{method} {request.target}")
        answer = self.answers[method](self, request) if method in self.answers else None
        return answer or getattr(self, method.lower())(request)

    def get(self, request: Request) -> Response:
        path = request.path.rstrip("/")
        if not path:
            return said({"things_url": "/things"})
        if path in self.state:
            return said(self.state[path])
        if path == "/things":
            return said(
                [self.state[each] | {"url": each} for each in ("/things/1", "/things/2") if each in self.state]
            )
        below = [self.state[each] for each in self.state if each.startswith(f"{path}/")]
        return said(below) if below else problem(404)

    def post(self, request: Request) -> Response:
        return self.create(self, request) if request.path == "/things" else problem(405)

    def put(self, request: Request) -> Response:
        self.state[request.path] = json.loads(request.content)
        return Response(204)

    patch = put

    def delete(self, request: Request) -> Response:
        path = request.path.rstrip("/")
        for each in [each for each in self.state if each == path or each.startswith(f"{path}/")]:
            del self.state[each]
        return Response(204)


def parsed(request: Request) -> dict[str, Any] | None:
    try:
        data = json.loads(request.content)
    except ValueError:
        return None
    return data if isinstance(data, dict) else None


def creating(
    location: str, *more: tuple[str, str], at: str = "/things/33", status: int = 201
) -> Callable[[Store, Request], Response]:
    """Things are created in order, and Location says something else; `{mark}` in it stands for the name."""

    def create(store: Store, request: Request) -> Response:
        data = parsed(request)
        if data is None:
            return problem(400)
        store.state[at] = {"id": 33} | data
        fields = (("Location", location.format(mark=data.get("name"))), *more)
        return Response(status, tuple(each for each in fields if each[1]))

    return create


def told(**said_of_it: Any) -> Callable[[Store, Request], Response]:
    """Things are created in order, and the content says of them something else."""

    def create(store: Store, request: Request) -> Response:
        data = parsed(request)
        if data is None:
            return problem(400)
        store.state["/things/33"] = {"id": 33} | data
        return said(data | said_of_it, status=201)

    return create


def merging(path: str) -> Callable[[Store, Request], Response]:
    """What is posted changes something that is there."""

    def create(store: Store, request: Request) -> Response:
        data = parsed(request)
        if data is None:
            return problem(400)
        store.state["/log"] = {"changed": path}
        return Response(200, (("Location", path),))

    return create


LOCATIONS = {
    "a query": "/things?id=4", "a query below": "/things/33?all=1", "an empty query": "/things/33?",
    "another collection": "/archive", "an item of another": "/archive/1", "a collection below": "/things/archive",
    "an item below that": "/things/archive/1", "what was there": "/things/1", "what was there, with a slash": "/things/1/",
    "what was there, encoded": "/things/%31", "the collection": "/things", "the collection, with a slash": "/things/",
    "the root": "/", "nothing": "", "a fragment": "/things#33", "a fragment below": "/things/17#33",
    "dots": "/things/../archive", "dots, encoded": "/things/%2e%2e/archive/1", "a slash, encoded": "/things/..%2Farchive%2F1",
    "a slash, encoded twice": "/things/%252e%252e%252farchive", "backslashes": "/things/..%5Carchive",
    "an empty segment": "/things//archive/1", "another host": "http://elsewhere.example/things/33",
    "another port": "http://localhost:8081/things/33", "another scheme": "https://localhost/things/33",
    "no URL": "http://[::1", "an action": "/things/delete", "another's, with our name": "/other/things/4",
    "a thing that no list shows": "/things/17", "a list in a segment": "/things/1,2",
    "a credential": "http://me:secret@localhost/things/33",
}  # fmt: skip


def kept(store: Store, before: dict[str, Any]) -> dict[str, Any]:
    """What was there before, as it is now."""
    return {path: store.state.get(path) for path in before}


@pytest.mark.parametrize("location", LOCATIONS.values(), ids=LOCATIONS)
def test_whatever_location_says_nothing_else_is_touched(location: str) -> None:
    store = Store(creating(location))
    before = json.loads(json.dumps(store.state))
    report = judge(store, write=True)
    assert kept(store, before) == before
    assert {each.partition(" ")[0] for each in store.changes} == {"POST"}
    left = [each for each in report.findings if type(each).__name__ == "CouldNotRemove"]
    assert store.state["/things/33"]["name"] in {each.details["name"] for each in left}
    assert any("not known to be the audit's own" in each.why for each in report.untested)


MEAN: dict[str, Store] = {
    "two Location fields": Store(creating("/things/1", ("Location", "/things/33"))),
    "another's identity": Store(told(id=1)),
    "the identity of one that no list shows": Store(told(id=17)),
    "another's link": Store(told(_links={"self": {"href": "/archive/1"}})),
    "a change of what is there": Store(merging("/things/2")),
    "an action": Store(merging("")),
    "a redirect to what is there": Store(creating("/things/33"), GET=lambda store, request: Response(302, (("Location", "/things/1"),)) if request.path == "/things/33" else None),
    "an item of another, under an alias": Store(creating("/things/33"), GET=lambda store, request: Response(200, (("Content-Type", "application/json"), ("Content-Location", "/things/17")), json.dumps(store.state["/things/33"]).encode()) if request.path == "/things/33" and "/things/33" in store.state else None),
}  # fmt: skip


@pytest.mark.parametrize("store", MEAN.values(), ids=MEAN)
def test_whatever_is_said_of_it_nothing_else_is_touched(store: Store) -> None:
    before = json.loads(json.dumps(store.state))
    judge(store, write=True)
    assert kept(store, before) == before
    assert {each.partition(" ")[0] for each in store.changes} == {"POST"}


class Echo(Store):
    """Whatever was posted at last is the answer to every GET below the things: one thing is as good as another."""

    last: dict[str, Any] | None = None

    def get(self, request: Request) -> Response:
        if self.last is not None and request.path.startswith("/things/"):
            return said(self.last)
        return super().get(request)

    def post(self, request: Request) -> Response:
        self.last = parsed(request) or self.last
        return Response(201, (("Location", "/things/17"),))


class Mirror(Store):
    """Every GET says which name was asked for, as if there were a thing of that name."""

    def get(self, request: Request) -> Response:
        if request.path.startswith("/things/") and request.path not in self.state:
            return said({"name": request.path.rpartition("/")[2]})
        return super().get(request)

    def post(self, request: Request) -> Response:
        data = parsed(request) or {}
        return Response(201, (("Location", f"/things/{data.get('name')}"),))


class Search(Store):
    """What was created is found by a search, which is below the things and removes all that it finds."""

    def get(self, request: Request) -> Response:
        if request.path == "/things/found" and "/things/33" in self.state:
            return said({"name": "found", "results": [self.state["/things/33"]]})
        return super().get(request)


class Changing(Store):
    """Somebody else puts their own where the thing was created, as soon as it was read so often."""

    def __init__(self, reads: int) -> None:
        super().__init__(creating("/things/33"))
        self.reads = reads

    def get(self, request: Request) -> Response:
        answer = super().get(request)
        if request.path == "/things/33" and "/things/33" in self.state:
            self.reads -= 1
            if self.reads == 0:
                self.state["/things/33"] = {"id": 33, "name": "somebody else's"}
        return answer


@pytest.mark.parametrize("store", [
    Echo(creating("")), Mirror(creating("")), Search(creating("/things/found")),
], ids=["echo", "mirror", "search"])  # fmt: skip
def test_a_mark_that_is_seen_everywhere_or_elsewhere_proves_nothing(store: Store) -> None:
    before = json.loads(json.dumps(store.state))
    report = judge(store, write=True)
    assert kept(store, before) == before
    assert {each.partition(" ")[0] for each in store.changes} == {"POST"}
    assert any("not known to be the audit's own" in each.why for each in report.untested)


class TakenOver(Store):
    """When the thing is removed, somebody else creates another at its address."""

    def delete(self, request: Request) -> Response:
        response = super().delete(request)
        self.state[request.path] = {"id": 33, "name": "somebody else's"}
        return response


def test_what_others_create_at_its_address_is_theirs() -> None:
    store = TakenOver(creating("/things/33"))
    judge(store, write=True)
    assert store.state["/things/33"] == {"id": 33, "name": "somebody else's"}
    assert store.changes.count("DELETE /things/33") == 1


@pytest.mark.parametrize("reads", [2, 3, 4])
def test_what_others_have_changed_since_is_theirs(reads: int) -> None:
    """The server has no entity tags, so that a change between the last look and DELETE itself cannot be seen."""
    store = Changing(reads)

    def look_before(request: Request) -> Response:
        if request.path == "/things/33" and request.method in {"PUT", "PATCH", "DELETE"}:
            taken.append(store.state.get("/things/33", {}).get("name") == "somebody else's" and store.reads < 0)
        return store(request)

    taken: list[bool] = []
    judge(look_before, write=True)
    assert not any(taken)


def test_a_thing_without_a_text_is_not_created() -> None:
    store = Store(creating("/things/33"))
    store.state = {"/things/1": {"id": 1, "size": 2}, "/things/2": {"id": 2, "size": 3}}
    report = judge(store, write=True)
    assert not store.changes
    assert any("no text" in each.why or "has a text" in each.why for each in report.untested)


@pytest.mark.parametrize("status", [403, 405, 500])
def test_a_server_that_refuses_to_remove_keeps_what_was_there(status: int) -> None:
    store = Store(creating("/things/33"), DELETE=lambda *_: problem(status))
    before = json.loads(json.dumps(store.state))
    report = judge(store, write=True)
    assert kept(store, before) == before
    [left] = [each for each in report.findings if type(each).__name__ == "CouldNotRemove"]
    assert (left.subject, left.details["name"]) == ("http://localhost/things/33", store.state["/things/33"]["name"])
    assert str(status) in str(left.details["why"])


def test_what_is_its_own_is_changed_and_removed() -> None:
    store = Store(creating("/things/33"))
    before = json.loads(json.dumps(store.state))
    report = judge(store, write=True)
    assert store.state == before
    assert {"PutIsIdempotent", "RemovedIsGone"} <= names(report)


@pytest.mark.parametrize("at", ["33/", "33"])
def test_what_is_created_with_an_identity_alone_is_found_by_it(at: str) -> None:
    store = Store(told(id=33, url=f"/things/{at}"))
    before = json.loads(json.dumps(store.state))
    judge(store, write=True)
    assert store.state == before
