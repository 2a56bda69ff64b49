from __future__ import annotations

import itertools
from functools import cache
from typing import Any

import pytest

from restwell_audit import Report, audit
from tests.restwell_audit.apis import Api, Request, Response, changed, hal, openapi, page, problem, said, table
from tests.restwell_audit.cases import GOOD, Cases, Pair, found, good, judge, judging, names
from tests.restwell_audit.changes import (
    any_method_reads,
    contents,
    instead,
    refusing,
    responses,
    statuses,
    without,
)
from tests.restwell_audit.good import Good
from tests.restwell_audit.hostile import Server, answers, response

UNKNOWN = frozenset(["PROPFIND"])
READ_ONLY = table({"GET /": hal(item="/one"), "GET /one": hal(up="/")})
POSTED: dict[str, dict[str, Any]] = {
    "GET /things": {},
    "POST /createThing": {},
    "POST /deleteThing": {},
    "POST /things": {},
}


def forgetful() -> Api:
    """An API in which a thing is gone after it was read twice."""
    good_one = Good()
    read: list[str] = []

    def respond(request: Request) -> Response:
        response = good_one(request)
        if request.method == "GET" and request.path == "/things/two" and response.status == 200:
            read.append(request.path)
            if len(read) == 2:
                del good_one.things["two"]
        return response

    return respond


def described(operations: dict[str, dict[str, Any]]) -> Api:
    """A list of things beside a description."""
    return table({
        "GET /": said({"hello": "world"}),
        "GET /things": said([{"name": "one"}]),
        "GET /things/one": said({"name": "one"}),
        "GET /openapi.json": openapi(operations),
    })  # fmt: skip


def linking_to(path: str) -> Api:
    """An entry point, and something that it links to."""
    return table({"GET /": hal(related=path), f"GET {path}": hal(up="/")})


@cache
def talkative() -> Report:
    """What is said of a server that answers every request with content, HEAD too."""
    with Server(answers(response(b'{"a": 1}', b"Content-Type: application/json"))) as server:
        return audit(server.url, per_second=10_000)


CASES: Cases = {
    "ReadingIsSafe": Pair(GOOD, judging(forgetful)),
    "ReadingChanged": Pair(judging(forgetful), GOOD),
    "GetThatChanges": Pair(
        judging(lambda: linking_to("/things/delete")), judging(lambda: linking_to("/things/deletions"))
    ),
    "MethodsDiffer": Pair(GOOD, judging(lambda: READ_ONLY)),
    "OnlyReading": Pair(judging(lambda: READ_ONLY), GOOD),
    "EverythingIsPosted": Pair(
        judging(lambda: described(POSTED)), judging(lambda: described(POSTED | {"DELETE /things/{name}": {}}))
    ),
    "NothingToGet": Pair(judging(lambda: table({"POST /": said({})})), judging(lambda: READ_ONLY)),
    "UnsupportedIsRefused": Pair(GOOD, good(without("Allow"))),
    "RefusedWithoutAllow": Pair(good(without("Allow")), GOOD),
    "UnsupportedIsSomethingElse": Pair(good(statuses({405: 404})), GOOD),
    "AnyMethodWorks": Pair(judging(lambda: any_method_reads(READ_ONLY)), judging(lambda: READ_ONLY)),
    "HeadIsGet": Pair(GOOD, good(refusing("HEAD"))),
    "HeadIsRefused": Pair(good(refusing("HEAD")), GOOD),
    "HeadDiffers": Pair(
        good(responses(lambda request, response: response.without("ETag") if request.method == "HEAD" else response)),
        GOOD,
    ),
    "HeadHasContent": Pair(talkative, GOOD),
    "OptionsAreTold": Pair(GOOD, good(refusing("OPTIONS"))),
    "OptionsAreNotTold": Pair(good(refusing("OPTIONS")), GOOD),
}  # fmt: skip


# -- safe ----------------------------------------------------------------------------------------------------


def test_a_thing_that_is_gone_after_reading_is_shown_by_both_answers() -> None:
    answers = iter([hal(up="/")])
    api = table({"GET /": hal(item="/one"), "GET /one": lambda _: next(answers, problem(404))})
    finding = found(judge(api), "ReadingChanged")
    assert finding.subject == "http://localhost/one"
    assert [each.status for each in finding.evidence] == [200, 404]


def test_a_list_that_is_now_longer_and_now_shorter_has_not_changed_by_reading() -> None:
    turns = itertools.cycle([1, 2, 3])
    things = [hal(None, [{"_links": {"self": {"href": f"/{n}"}}} for n in range(number)]) for number in range(4)]
    api = table({"GET /": lambda _: things[next(turns)], **{f"GET /{number}": hal(up="/") for number in range(3)}})
    for _ in range(3):
        assert "ReadingIsSafe" in names(judge(api))


def test_a_list_that_has_grown_by_reading_has_changed() -> None:
    visits: list[int] = []

    def grown(_: Request) -> Response:
        visits.append(len(visits))
        return said([{"name": str(number)} for number in visits])

    finding = found(judge(table({"GET /log": grown}), "/log"), "ReadingChanged")
    assert len(finding.evidence[0].data) < len(finding.evidence[1].data)


def test_a_value_that_moves_by_itself_is_no_change() -> None:
    """Clocks and counters of visits change with every answer, and nothing that a client answers for."""
    ticking = good(contents(lambda _, data: data | {"now": "2026-11-23T03:00:00Z"}))()
    assert "ReadingIsSafe" in names(ticking)


@pytest.mark.parametrize("path", ["/delete", "/things/1/remove", "/things/update", "/createThing"])
def test_a_link_that_changes_something_when_it_is_read_is_dangerous_and_not_followed(path: str) -> None:
    finding = found(judge(linking_to(path)), "GetThatChanges")
    assert (finding.details, finding.subject) == ({"path": path}, f"http://localhost{path}")
    assert [each.url for each in finding.evidence] == ["http://localhost/"]


@pytest.mark.parametrize("path", ["/deletions", "/updates/1", "/created-things", "/getThing", "/list", "/searches"])
def test_a_path_that_speaks_of_changes_changes_nothing(path: str) -> None:
    assert "GetThatChanges" not in names(judge(linking_to(path)))


def test_a_page_with_a_form_to_delete_something_changes_nothing_itself() -> None:
    form = page('<form method="post"><button>Delete</button></form>')
    api = table({"GET /": page('<a href="/things/1/delete">Delete</a>'), "GET /things/1/delete": form})
    assert "GetThatChanges" not in names(judge(api))


@pytest.mark.parametrize("query, changes", [
    ("action=stop", True), ("id=1&action=delete", False), ("op=restart_all", True), ("action=logout", False),
    ("action=history", False),
])  # fmt: skip
def test_a_query_that_names_a_change_is_not_followed_and_found(query: str, changes: bool) -> None:
    """That of a page may lead to one that asks before it deletes, and one that signs out changes no resource."""
    called: list[str] = []

    def program(request: Request) -> Response:
        called.append(request.query)
        return page(f'<a href="/?{query.replace("&", "&amp;")}">x</a>')

    report = judge(table({"GET /": program}))
    assert ("GetThatChanges" in names(report)) is changes
    assert query == "action=history" or query not in called


def test_a_procedure_that_is_described_as_get_is_found_without_calling_it() -> None:
    called: list[Request] = []

    def delete(request: Request) -> Response:
        called.append(request)
        return said({"done": True})

    api = table({
        "GET /": said({"hello": "world"}),
        "GET /things/{id}/delete": delete,
        "GET /openapi.json": openapi({"GET /things/{id}/delete": {}}),
    })  # fmt: skip
    assert "GetThatChanges" in names(judge(api))
    assert not called


def test_what_another_origin_does_is_not_said_of_this_one() -> None:
    entry = page('<a href="http://other.example/things/delete">delete</a><a href="/one">one</a>')
    report = judge(table({"GET /": entry, "GET /one": said({"name": "one"})}))
    assert "GetThatChanges" not in names(report)


# -- different -----------------------------------------------------------------------------------------------


def test_methods_are_known_from_allow_and_from_descriptions() -> None:
    assert found(judge(described({"GET /things": {}, "PATCH /things/{name}": {}})), "MethodsDiffer").details == {
        "methods": "GET, HEAD, PATCH"
    }
    assert found(GOOD(), "MethodsDiffer").details == {"methods": "DELETE, GET, HEAD, POST, PUT"}


def test_to_create_with_post_and_do_nothing_else_is_no_tunnel() -> None:
    assert "MethodsDiffer" in names(judge(described({"GET /things": {}, "POST /things": {}})))


def test_items_that_are_posted_to_are_changed_by_calls() -> None:
    api = table(
        {"GET /": hal(None, [{"_links": {"self": {"href": "/one"}}}]), "GET /one": hal(), "POST /one": said({})}
    )
    assert found(judge(api), "EverythingIsPosted").details == {"paths": "/one"}


# -- unsupported ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status, kind", [
    (405, "UnsupportedIsRefused"), (404, "UnsupportedIsSomethingElse"), (400, "UnsupportedIsSomethingElse"),
    (500, "UnsupportedIsSomethingElse"), (200, "AnyMethodWorks"), (204, "AnyMethodWorks"),
])  # fmt: skip
def test_the_answer_to_a_method_that_nobody_has(status: int, kind: str) -> None:
    report = good(statuses({405: status}, of=UNKNOWN))()
    kinds = {"UnsupportedIsRefused", "RefusedWithoutAllow", "UnsupportedIsSomethingElse", "AnyMethodWorks"}
    assert names(report) & kinds == {kind}


@pytest.mark.parametrize("status", [401, 403, 207])
def test_what_may_be_meant_so_says_nothing_of_methods(status: int) -> None:
    """Who has to say who it is learns nothing, and 207 is WebDAV, which has the method (RFC 4918)."""
    report = good(statuses({405: status}, of=UNKNOWN))()
    assert not names(report) & {"UnsupportedIsRefused", "UnsupportedIsSomethingElse", "AnyMethodWorks"}


def test_501_for_a_method_that_the_server_does_not_know_is_right_where_others_are_405() -> None:
    assert "UnsupportedIsRefused" in names(good(statuses({405: 501}, of=UNKNOWN))())
    assert "RefusedWithoutAllow" in names(good(statuses({405: 501}))())


def test_a_method_that_hardly_any_server_knows_costs_no_level() -> None:
    """That one is answered as GET is a detail; whether the methods that change something differ is another matter."""
    report = judge(changed(Good(), statuses({405: 200}, of=UNKNOWN)))
    assert "AnyMethodWorks" in names(report)
    assert report.level == 3


# -- HEAD and OPTIONS ----------------------------------------------------------------------------------------


def test_the_fields_in_which_head_differs_are_named() -> None:
    finding = found(CASES["HeadDiffers"].found(), "HeadDiffers")
    assert finding.details == {"fields": "etag"}
    assert [each.method for each in finding.evidence] == ["GET", "HEAD"]


@pytest.mark.parametrize("answer", [Response(200), problem(404), problem(405, Allow="GET"), Response(204)])
def test_options_tell_by_a_success_with_allow(answer: Response) -> None:
    report = good(instead("OPTIONS .*", answer))()
    assert found(report, "OptionsAreNotTold").details == {"status": answer.status}
    assert report.level == 3, "OPTIONS is optional"
