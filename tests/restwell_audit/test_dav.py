"""A WebDAV server is asked what there is where its pages do not tell, by a method that changes nothing."""

from __future__ import annotations

from restwell_audit.checks import UNKNOWN_METHOD
from tests.restwell_audit.apis import Api, Request, Response, page, problem
from tests.restwell_audit.cases import found, judge, names
from tests.restwell_audit.reading.test_multistatus import multistatus
from tests.restwell_audit.reading.test_multistatus import response as listed

FILES = multistatus(listed("/", collection=True), listed("/a.txt", "a"), listed("/b.txt", "b"))


def dav(entry: Response, asked: list[Request] | None = None, *, dav: str = "1, 2") -> Api:
    """A WebDAV server with two files and an entry point."""

    def respond(request: Request) -> Response:
        if asked is not None:
            asked.append(request)
        if request.method == "OPTIONS":
            return Response(200, (*((("DAV", dav),) if dav else ()), ("Allow", "GET, PUT, DELETE, PROPFIND")))
        if request.method == "PROPFIND" and request.path == "/":
            return Response(207, (("Content-Type", "application/xml"),), FILES.encode())
        if request.method not in {"GET", "HEAD"}:
            return problem(405, Allow="GET, PUT, DELETE, PROPFIND")
        if request.path in {"/a.txt", "/b.txt"}:
            return Response(200, (("Content-Type", "text/plain"), ("ETag", '"1"')), request.path.encode())
        return entry if request.path == "/" else problem(404)

    return respond


def test_what_propfind_lists_is_linked_and_what_webdav_defines_is_in_band() -> None:
    report = judge(dav(page("This is WebDAV.", Cache_Control="no-store")))
    assert report.coverage["by"]["link"] == 2
    assert {"EntryLeadsOn", "LinksAreDefined", "OperationsByFormat"} <= names(report)
    assert report.level == 3


def test_a_collection_that_cannot_be_read_with_get_is_listed_all_the_same() -> None:
    report = judge(dav(problem(405, Allow="PUT, DELETE, PROPFIND")))
    assert report.coverage["by"]["link"] == 2
    leading = found(report, "EntryLeadsOn")
    assert [(each.method, each.status) for each in leading.evidence] == [("PROPFIND", 207)]
    assert {"LinksAreDefined", "OperationsByFormat"} <= names(report)
    assert (report.level, report.coverage["judged_as"]) == (3, "application/xml")


def test_it_is_listed_one_level_deep_and_nothing_else_is_sent() -> None:
    asked: list[Request] = []
    judge(dav(page("This is WebDAV."), asked))
    depths = [(each.path, each.field("depth")) for each in asked if each.method == "PROPFIND"]
    assert depths[0] == ("/", "1")
    assert {depth for _, depth in depths[1:]} == {"0"}
    assert {each.method for each in asked} <= {"GET", "HEAD", "OPTIONS", "TRACE", "PROPFIND"}


def test_what_does_not_say_dav_is_not_listed() -> None:
    asked: list[Request] = []
    report = judge(dav(page("Hello."), asked, dav=""))
    assert UNKNOWN_METHOD == "PROPFIND"
    assert not [each for each in asked if each.field("depth") == "1"]
    assert report.coverage["by"]["link"] == 0


def test_pages_that_list_what_there_is_are_enough() -> None:
    asked: list[Request] = []
    judge(dav(page('<a href="a.txt">a</a>', '<a href="b.txt">b</a>'), asked))
    assert not [each for each in asked if each.field("depth") == "1"]
