"""What the auditor creates is all that it changes: hostile servers, and their whole state before and after."""

# ruff: noqa: E501 - a table reads best with a line for each server

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from restwell_audit import Report
from restwell_audit.auditing import Write
from tests.restwell_audit.apis import Api, Request, Response, hal, openapi, problem, said
from tests.restwell_audit.cases import judge, names, over_a_socket

State = dict[str, Any]


class Shelf:
    """Things, an archive and a log, by their paths; every method does as it should unless a case changes one.

    DELETE of a path removes all that is below it as well. Every change is noted in `changes`.
    """

    allow = "GET, HEAD, POST, PUT, DELETE, OPTIONS"

    def __init__(self) -> None:
        self.state: State = {
            "/things/1": {"id": 1, "name": "one", "size": 1}, "/things/2": {"id": 2, "name": "two", "size": 2},
            "/things/3": {"id": 3, "name": "three", "size": 3},
            "/archive/1": {"id": 1, "name": "old one", "size": 1}, "/log/1": {"id": 1, "event": "begun"},
        }  # fmt: skip
        self.changes: list[str] = []

    def __call__(self, request: Request) -> Response:
        if request.method == "HEAD":
            return self(request._replace(method="GET"))
        if request.method not in {"GET", "POST", "PUT", "DELETE"}:
            allow = self.allow if request.path.startswith("/things") else "GET, HEAD, OPTIONS"
            return Response(204 if request.method == "OPTIONS" else 405, (("Allow", allow),))
        if request.method != "GET":
            self.changes.append(f"{request.method} {request.target}")
        respond: Api = getattr(self, request.method.lower())
        return respond(request)

    def get(self, request: Request) -> Response:
        path = request.path.rstrip("/")
        if not path:
            return said({"things_url": "/things", "archive_url": "/archive", "log_url": "/log"})
        if path in self.state:
            return self.shown(path)
        below = [each for each in self.state if each.rpartition("/")[0] == path]
        return said([self.member(each) for each in below]) if below or path == "/things" else problem(404)

    def shown(self, path: str) -> Response:
        return said(self.state[path])

    def member(self, path: str) -> State:
        return {**self.state[path], "url": path}

    def post(self, request: Request) -> Response:
        data = parsed(request)
        if request.path.rstrip("/") != "/things":
            return problem(405, Allow=self.allow)
        return self.create(data) if isinstance(data, dict) and data.get("name") else problem(400)

    def create(self, data: State) -> Response:
        return self.answer(self.add(data), data)

    def answer(self, path: str, data: State) -> Response:
        return said(self.state[path], status=201, Location=path)

    def add(self, data: State, path: str = "") -> str:
        """Add a thing, at the next number or at a path."""
        numbers = [int(each.rpartition("/")[2]) for each in self.state if each.startswith("/things/")]
        path = path or f"/things/{max(numbers, default=0) + 1}"
        self.state[path] = {**data, "id": int(path.rpartition("/")[2])}
        return path

    def put(self, request: Request) -> Response:
        data = parsed(request)
        if request.path not in self.state or not isinstance(data, dict):
            return problem(404 if isinstance(data, dict) else 400)
        self.state[request.path] = {**data, "id": int(request.path.rpartition("/")[2])}
        return Response(204)

    def delete(self, request: Request) -> Response:
        path = request.path.rstrip("/")
        gone = [each for each in self.state if each == path or each.startswith(f"{path}/")]
        for each in gone:
            del self.state[each]
        return Response(204) if gone else problem(404)


def parsed(request: Request) -> Any:
    try:
        return json.loads(request.content)
    except ValueError:
        return None


def answering(status: int, *location: str, content: Callable[[State], Any] | None = None) -> type[Shelf]:
    """Things are created in order, and the answer says something else of them; `{id}` stands for their number."""

    class Answering(Shelf):
        def answer(self, path: str, data: State) -> Response:
            fields = tuple(("Location", each.format(id=path.rpartition("/")[2])) for each in location)
            if content is None:
                return Response(status, fields)
            told = said(content(self.state[path]), status=status)
            return told._replace(fields=(*told.fields, *fields))

    return Answering


def left(report: Report) -> dict[str, str]:
    """What the report says was left behind: its mark by its URL."""
    found = [each for each in report.findings if type(each).__name__ == "CouldNotRemove"]
    return {each.subject: str(each.details["name"]) for each in found}


def audited(api: Api, write: Write = True) -> Report:
    return judge(api, write=write)


# -- whatever is said of it, what was created is found, and it alone is changed and removed ---------------------------

LIES: dict[str, type[Shelf]] = {
    "a query at the collection": answering(201, "/things?id={id}"),
    "a query below it": answering(201, "/things/{id}?all=1"),
    "the archive": answering(201, "/archive"),
    "an item of the archive": answering(201, "/archive/1"),
    "what was there": answering(201, "/things/1"),
    "what was there, with a zero": answering(201, "/things/01"),
    "what was there, with an extension": answering(201, "/things/1.json"),
    "what was there, with a parameter": answering(201, "/things/1;v=2"),
    "what was there, with a space": answering(201, "/things/1%20"),
    "what was there, with a zero byte": answering(201, "/things/1%00"),
    "what was there, in other digits": answering(201, "/things/%EF%BC%91"),
    "what was there, in upper case": answering(201, "/THINGS/1"),
    "the collection": answering(201, "/things"),
    "the collection, in upper case": answering(201, "/Things"),
    "the collection, through dots": answering(201, "/things/x/.."),
    "the archive, through dots": answering(201, "/things/%2e%2e/archive"),
    "the archive, through a slash that is encoded": answering(201, "/things/..%2farchive"),
    "a fragment": answering(201, "/things/1#{id}"),
    "another host": answering(201, "//elsewhere.example/things/{id}"),
    "a user": answering(201, "http://things@localhost/things/{id}"),
    "the log": answering(201, "/log/1"),
    "a thing of a thing": answering(201, "/things/1/parts/{id}"),
    "two at once": answering(201, "/things/1", "/things/{id}"),
    "a number that is another's": answering(201, content=lambda thing: thing | {"id": 1}),
    "a self that is another's": answering(201, content=lambda thing: thing | {"_links": {"self": {"href": "/things/2"}}}),
    "an @id that is another's": answering(201, content=lambda thing: thing | {"@context": {}, "@id": "/archive/1"}),
    "a url that is another's": answering(200, content=lambda thing: {"id": 2, "url": "/things/2"}),
    "all the things": answering(200, content=lambda thing: [thing | {"id": 1}, thing | {"id": 2}]),
    "nothing at all": answering(204),
    "a redirect to what was there": answering(303, "/things/1"),
    "a redirect to the things": answering(302, "/things"),
    "a redirect to the archive": answering(301, "/archive"),
    "a redirect that wants POST again": answering(307, "/archive"),
    "a redirect that wants it for ever": answering(308, "/things/1"),
    "a job": answering(202, "/log/1"),
    "a failure": answering(500),
    "a failure that names another": answering(500, "/things/1", content=lambda thing: {"error": "No.", "id": 1}),
    "a time to wait": answering(503),
}  # fmt: skip


@pytest.mark.parametrize("shelf", LIES.values(), ids=LIES)
def test_whatever_the_answer_says_everything_is_as_it_was(shelf: type[Shelf]) -> None:
    api = shelf()
    before = deepcopy(api.state)
    report = audited(api)
    assert api.state == before
    assert set(api.changes) - {"POST /things"} <= {
        f"{method} /things/{n}" for method in ("PUT", "DELETE") for n in (4, 5, 6)
    }
    assert "DELETE /things/4" in api.changes
    assert left(report) == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a query at the collection", "the archive", "a redirect to what was there"])
def test_so_it_is_over_a_socket(name: str) -> None:
    api = LIES[name]()
    before = deepcopy(api.state)
    over_a_socket(api, write=True)
    assert api.state == before
    assert "DELETE /things/4" in api.changes


class Redirecting(Shelf):
    """The things are at another URL, and POST is asked to go there."""

    def __init__(self, status: int, target: str) -> None:
        super().__init__()
        self.status, self.target = status, target

    def create(self, data: State) -> Response:
        return Response(self.status, (("Location", self.target),))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("target", ["/things/1", "/things/", "/archive", "/login", "http://elsewhere.example/things"])
def test_a_redirect_of_post_is_not_followed(status: int, target: str) -> None:
    api = Redirecting(status, target)
    before = deepcopy(api.state)
    report = audited(api)
    assert api.state == before
    assert api.changes == ["POST /things"]
    assert left(report) == {}


# -- servers that do more than they are told --------------------------------------------------------------------------


class PutsElsewhere(Shelf):
    """PUT does not replace: whatever is put is added as another thing."""

    def put(self, request: Request) -> Response:
        data = parsed(request)
        return said(data, status=201, Location=self.add(data)) if isinstance(data, dict) else problem(400)


class PutsInTheArchive(Shelf):
    """PUT keeps what was there before in the archive."""

    def put(self, request: Request) -> Response:
        if request.path in self.state:
            self.state[f"/archive/{2 + len(self.changes)}"] = self.state[request.path]
        return super().put(request)


class Doubles(Shelf):
    """POST creates twice."""

    def create(self, data: State) -> Response:
        self.add(data)
        return super().create(data)


class TakesAnything(Shelf):
    """Content that cannot be read makes a thing with that text as its name."""

    def post(self, request: Request) -> Response:
        if request.path == "/things" and not isinstance(parsed(request), dict):
            text = request.content.decode()
            name = "restwell-audit-" + text.partition("restwell-audit-")[2].partition('"')[0]
            return Response(201, (("Location", self.add({"name": name, "size": 0})),))
        return super().post(request)


class Trailing(Shelf):
    """Everything has a slash at its end."""

    def member(self, path: str) -> State:
        return {**self.state[path], "url": f"{path}/"}

    def answer(self, path: str, data: State) -> Response:
        return Response(201, (("Location", f"{path}/"),))

    def put(self, request: Request) -> Response:
        return super().put(request._replace(path=request.path.rstrip("/")))


class Unnamed(Shelf):
    """Members have neither links nor are they linked from the answer."""

    def member(self, path: str) -> State:
        return dict(self.state[path])

    def answer(self, path: str, data: State) -> Response:
        return Response(201)


@pytest.mark.parametrize("shelf", [PutsElsewhere, Doubles, TakesAnything, Trailing, Unnamed])
def test_what_is_created_besides_is_removed_as_well(shelf: type[Shelf]) -> None:
    api = shelf()
    before = deepcopy(api.state)
    report = audited(api)
    assert api.state == before
    assert left(report) == {}


def test_what_a_server_archives_stays_where_it_put_it() -> None:
    api = PutsInTheArchive()
    before = deepcopy(api.state)
    audited(api)
    assert {path: api.state.get(path) for path in before} == before
    assert {path.rpartition("/")[0] for path in api.state} == {"/things", "/archive", "/log"}
    assert not [each for each in api.changes if "archive" in each]


class ByPrefix(Shelf):
    """DELETE removes whatever begins with the path; free numbers are given again."""

    def __init__(self, *there: int) -> None:
        super().__init__()
        for number in there:
            self.state[f"/things/{number}"] = {"id": number, "name": f"thing {number}", "size": number}

    def add(self, data: State, path: str = "") -> str:
        free = next(n for n in range(4, 1000) if f"/things/{n}" not in self.state)
        return super().add(data, f"/things/{free}")

    def delete(self, request: Request) -> Response:
        gone = [each for each in self.state if each.startswith(request.path)]
        for each in gone:
            del self.state[each]
        return Response(204) if gone else problem(404)


@pytest.mark.parametrize("there", [(40,), (41, 42), (400,)], ids=str)
def test_what_begins_like_another_is_not_removed(there: tuple[int, ...]) -> None:
    api = ByPrefix(*there)
    before = deepcopy(api.state)
    report = audited(api)
    assert {path: api.state.get(path) for path in before} == before
    assert not [each for each in api.changes if each.startswith("DELETE /things/4")]
    assert "http://localhost/things/4" in left(report)


class RemovesMore(Shelf):
    """DELETE of one removes its neighbour, too, which nobody can know before."""

    def delete(self, request: Request) -> Response:
        if "/things/3" in self.state:
            del self.state["/things/3"]
        return super().delete(request)


class RemovesMoreAndAnything(RemovesMore, TakesAnything):
    """That, and several of its own are to be removed."""


def test_where_another_is_gone_nothing_more_is_removed() -> None:
    api = RemovesMoreAndAnything()
    report = audited(api)
    finding = next(each for each in report.findings if type(each).__name__ == "RemovedMore")
    assert finding.details["names"] == "http://localhost/things/3"
    assert [each for each in api.changes if each.startswith("DELETE")] == ["DELETE /things/4"]
    assert len(left(report)) == 2


# -- servers that show the mark elsewhere -----------------------------------------------------------------------------


class Logs(Shelf):
    """Location is that of an entry in a log, which says what was created."""

    def __init__(self, place: str, entry: Callable[[State], State]) -> None:
        super().__init__()
        self.place, self.entry = place, entry

    def answer(self, path: str, data: State) -> Response:
        self.state[self.place] = self.entry(data)
        return Response(201, (("Location", self.place),))


@pytest.mark.parametrize("place, entry", [
    ("/things/log/7", lambda data: {**data, "event": "created"}),
    ("/log/7", lambda data: {**data, "event": "created"}),
    ("/things/99", lambda data: {"name": data["name"], "event": "created", "by": "audit"}),
    ("/things/99", lambda data: {"event": "created", "about": data["name"]}),
    ("/things/99", lambda data: {"event": {"name": data["name"]}}),
], ids=["below the things", "beside them", "among them", "in another member", "within"])  # fmt: skip
def test_what_a_log_repeats_is_not_the_thing(place: str, entry: Callable[[State], State]) -> None:
    api = Logs(place, entry)
    before = deepcopy(api.state)
    audited(api)
    kept = {path: state for path, state in api.state.items() if path != place}
    assert kept == before
    assert place in api.state
    assert not {f"{method} {place}" for method in ("PUT", "DELETE")} & set(api.changes)


class Merges(Shelf):
    """What is created replaces the name of a thing that is there, and has its URL in another form."""

    def __init__(self, number: int, location: str) -> None:
        super().__init__()
        self.number, self.location = number, location

    def create(self, data: State) -> Response:
        self.state[f"/things/{self.number}"] |= data
        return Response(201, (("Location", self.location),))

    def get(self, request: Request) -> Response:
        number = request.path.rpartition("/")[2].lstrip("0x")
        known = f"/things/{number}"
        return super().get(request._replace(path=known) if known in self.state else request)


@pytest.mark.parametrize("location", ["/things/{}", "/things/0x{}", "/things/00{}", "/things/{}/"])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_what_is_merged_into_another_is_the_others(location: str, number: int) -> None:
    api = Merges(number, location.format(number))
    audited(api)
    assert set(api.state) == set(Shelf().state)
    assert set(api.changes) == {"POST /things"}


class MergesOutOfSight(Shelf):
    """What is created replaces members of a thing that the first page of the things does not show."""

    def __init__(self) -> None:
        super().__init__()
        self.state["/things/57"] = {"id": 57, "name": "far away", "size": 57}

    def get(self, request: Request) -> Response:
        page = super().get(request)
        if request.path.rstrip("/") == "/things":
            return said([each for each in json.loads(page.content) if each["id"] != 57])
        return page

    def create(self, data: State) -> Response:
        self.state["/things/57"] |= data
        return said(self.state["/things/57"], status=200, Location="/things/57")


def test_what_is_merged_into_one_out_of_sight_is_the_others() -> None:
    api = MergesOutOfSight()
    report = audited(api)
    assert set(api.state) == set(MergesOutOfSight().state)
    assert set(api.changes) == {"POST /things"}
    assert any("does not say that it was created" in each.why for each in report.untested)


class SaysItIsAnother(Shelf):
    """What was created says of itself that it is another."""

    def shown(self, path: str) -> Response:
        if path == "/things/4":
            return hal(self.state[path], self="/things/1")
        return super().shown(path)


def test_what_says_that_it_is_another_is_left_alone() -> None:
    api = SaysItIsAnother()
    before = deepcopy(api.state)
    report = audited(api)
    assert {path: api.state.get(path) for path in before} == before
    assert set(api.changes) == {"POST /things"}
    assert list(left(report)) == ["http://localhost/things/4"]


# -- others change things at the same time ----------------------------------------------------------------------------


class Shared(Shelf):
    """Somebody else changes a member of what the auditor has created, when it was read so often; the name stays."""

    def __init__(self, reads: int) -> None:
        super().__init__()
        self.reads = reads
        self.taken = False

    def shown(self, path: str) -> Response:
        if path == "/things/4":
            self.reads -= 1
            if self.reads == 0:
                self.state[path] = self.state[path] | {"size": 77}
                self.taken = True
        return super().shown(path)

    def put(self, request: Request) -> Response:
        assert not self.taken or self.reads == 0  # the read just before it saw the change
        return super().put(request)


@pytest.mark.parametrize("reads", [3, 4, 6, 8])
def test_what_somebody_else_works_on_is_not_removed(reads: int) -> None:
    api = Shared(reads)
    before = deepcopy(api.state)
    report = audited(api)
    assert api.state == before | {"/things/4": api.state["/things/4"]}
    assert api.state["/things/4"]["size"] == 77
    assert "http://localhost/things/4" in left(report)


class Counting(Shelf):
    """A member of every thing counts how often it was read."""

    def shown(self, path: str) -> Response:
        self.state[path] |= {"size": self.state[path]["size"] + 1} if path == "/things/4" else {}
        return super().shown(path)


def test_a_counter_is_not_somebody_else() -> None:
    api = Counting()
    before = deepcopy(api.state)
    audited(api)
    assert api.state == before


class Racing(Shelf):
    """Between the last look and DELETE somebody else takes the thing over, which conditions tell."""

    def __init__(self, field: str) -> None:
        super().__init__()
        self.field = field
        self.edition = 1

    def shown(self, path: str) -> Response:
        value = f'"{self.edition}"' if self.field == "ETag" else f"Sat, 28 Nov 2026 10:00:{self.edition:02} GMT"
        return super().shown(path).having(**{self.field.replace("-", "_"): value})

    def put(self, request: Request) -> Response:
        self.edition += 1
        return super().put(request)

    def delete(self, request: Request) -> Response:
        self.edition += 1
        self.state[request.path] = {"id": 4, "name": "somebody else's", "size": 4}
        current = self.shown(request.path)
        tag, date = request.field("if-match"), request.field("if-unmodified-since")
        if (tag and tag != current.field("etag")) or (date and date != current.field("last-modified")):
            return problem(412)
        return super().delete(request)


@pytest.mark.parametrize("field", ["ETag", "Last-Modified"])
def test_what_is_taken_over_at_the_last_moment_is_protected_by_a_condition(field: str) -> None:
    api = Racing(field)
    before = deepcopy(api.state)
    report = audited(api)
    assert api.state == before | {"/things/4": {"id": 4, "name": "somebody else's", "size": 4}}
    assert "http://localhost/things/4" in left(report)


# -- before anything is created ---------------------------------------------------------------------------------------


class Keeps(Shelf):
    """Nothing is ever removed, and Allow says so."""

    allow = "GET, HEAD, POST, OPTIONS"

    def put(self, request: Request) -> Response:
        return problem(405, Allow=self.allow)

    delete = put


class Silent(Keeps):
    """Nothing is removed, and nothing says so."""

    def __call__(self, request: Request) -> Response:
        return super().__call__(request).without("Allow")


class ByQuery(Shelf):
    """The things are at the URL of the collection with a query: to remove one is to remove all."""

    def member(self, path: str) -> State:
        return {**self.state[path], "url": f"/things?id={path.rpartition('/')[2]}"}


class Elsewhere(Shelf):
    """The things are at URLs that are not below the collection."""

    def member(self, path: str) -> State:
        return {**self.state[path], "url": f"/log/{path.rpartition('/')[2]}"}


@pytest.mark.parametrize("shelf", [Keeps, Silent, ByQuery, Elsewhere])
def test_where_it_could_not_be_removed_nothing_is_created(shelf: type[Shelf]) -> None:
    api = shelf()
    before = deepcopy(api.state)
    report = audited(api)
    assert (api.state, api.changes) == (before, [])
    [untested] = [each for each in report.untested if "--write=keep" in each.how]
    assert untested.why.startswith("Nothing was created at http://localhost/things, since it might stay there: ")


@pytest.mark.parametrize("shelf", [Keeps, Silent])
def test_it_is_created_where_it_may_stay_and_named(shelf: type[Shelf]) -> None:
    api = shelf()
    before = deepcopy(api.state)
    report = audited(api, "keep")
    assert {path: api.state.get(path) for path in before} == before
    made = {path: thing["name"] for path, thing in api.state.items() if path not in before}
    assert left(report) == {f"http://localhost{path}": name for path, name in made.items()} != {}
    assert report.coverage["left_behind"] == list(left(report))


def test_with_keep_what_can_be_removed_is_removed_all_the_same() -> None:
    api = Shelf()
    before = deepcopy(api.state)
    report = audited(api, "keep")
    assert api.state == before
    assert {"RemovedIsGone", "PutIsIdempotent"} <= names(report)
    assert report.coverage["left_behind"] == []


class Described(Silent):
    """A description says that things can be removed, and it is true."""

    def get(self, request: Request) -> Response:
        if request.path == "/openapi.json":
            return openapi({"GET /things": {}, "POST /things": {}, "GET /things/{id}": {}, "DELETE /things/{id}": {}})
        return super().get(request)

    def delete(self, request: Request) -> Response:
        return Shelf.delete(self, request)


def test_a_description_says_that_it_can_be_removed() -> None:
    api = Described()
    before = deepcopy(api.state)
    report = audited(api)
    assert api.state == before
    assert "RemovedIsGone" in names(report)


def test_another_permission_is_refused() -> None:
    with pytest.raises(ValueError, match="write is True, False or \"keep\", not 'all'"):
        audited(Shelf(), "all")  # type: ignore[arg-type]  # that is the point
