from __future__ import annotations

import pytest

from restwell_audit import Report
from tests.restwell_audit.apis import HAL, Api, Request, Response, hal, page, said, table
from tests.restwell_audit.cases import GOOD, Cases, Pair, found, good, judge, judging, names
from tests.restwell_audit.changes import having, plain_json, responses, slash_twins, without, without_members
from tests.restwell_audit.good import Good

DESCRIBED = {"MessagesDescribeThemselves", "NoMediaType", "MediaTypeIsWrong"}


def body(content: bytes, media_type: str) -> Api:
    """A resource with this content, said to be this."""
    return table({"GET /": Response(200, (("Content-Type", media_type),), content)})


def state(report: Report) -> str:
    return next(each.state for each in report.constraints if each.constraint == "uniform-interface")


def redirecting(status: int) -> Api:
    """An API that knows each of its URIs with a slash as well, and says which is the right one."""
    api = Good()

    def respond(request: Request) -> Response:
        path = request.path
        if path != "/" and path.endswith("/"):
            return Response(status, (("Location", path.rstrip("/")),))
        return api(request)

    return respond


CASES: Cases = {
    "MessagesDescribeThemselves": Pair(GOOD, good(without("Content-Type"))),
    "NoMediaType": Pair(good(without("Content-Type")), GOOD),
    "MediaTypeIsWrong": Pair(good(having(Content_Type="text/html")), GOOD),
    "OneUri": Pair(GOOD, good(slash_twins)),
    "SecondUri": Pair(good(slash_twins), GOOD),
    "HypermediaDrives": Pair(GOOD, good(without_members("_templates"))),
    "HypermediaIsMissing": Pair(good(responses(plain_json), without("Link")), GOOD),
    "NothingIsIdentified": Pair(judging(lambda: table({"POST /": said({})})), good(responses(plain_json))),
}


# -- messages ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content, media_type", [
    (b"{", "application/json"), (b"<p>hello", "application/json"), (b"nothing", "application/hal+json"),
    (b'{"a": 1}', "text/html"), (b'[{"a": 1}]', "text/plain"), (b'  {"a": 1}', "text/html; charset=utf-8"),
])  # fmt: skip
def test_content_that_is_something_else_is_found(content: bytes, media_type: str) -> None:
    report = judge(body(content, media_type))
    assert found(report, "MediaTypeIsWrong").details == {"media_type": media_type.partition(";")[0]}
    assert state(report) == "broken"


@pytest.mark.parametrize("content, media_type", [
    (b"null", "application/json"), (b" null ", "application/json"), (b"7", "application/json"),
    (b'"text"', "application/json"), (b"{}", "application/vnd.unheard.of"), (b"{braces} in a text", "text/plain"),
    (b"", "application/json"), (b"<!doctype html><p>{}", "text/html"), (b"[1] a footnote", "text/plain"),
])  # fmt: skip
def test_content_that_is_what_it_says_is_left_alone(content: bytes, media_type: str) -> None:
    assert names(judge(body(content, media_type))) & DESCRIBED <= {"MessagesDescribeThemselves"}


def test_content_that_says_nothing_is_counted() -> None:
    finding = found(CASES["NoMediaType"].found(), "NoMediaType")
    assert finding.details == {"number": 5}
    assert finding.subject == "http://localhost/"


def test_content_that_was_not_read_whole_is_not_judged() -> None:
    """The auditor reads two megabytes, and half of a document is no document."""
    long = b'{"text": "' + b"x" * 2_100_000 + b'"}'
    assert "MediaTypeIsWrong" not in names(judge(body(long, "application/json")))


# -- identity ------------------------------------------------------------------------------------------------


def test_a_twin_is_named() -> None:
    finding = found(CASES["SecondUri"].found(), "SecondUri")
    assert finding.details == {"other": "http://localhost/things/"}
    assert finding.subject == "http://localhost/things"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_twin_that_leads_to_the_right_one_is_none(status: int) -> None:
    assert names(judge(redirecting(status))) & {"OneUri", "SecondUri"} == {"OneUri"}


def test_a_twin_that_says_which_one_is_right_is_none() -> None:
    canonical = having(Link='<http://localhost/things>; rel="canonical"')
    only_the_list = table({"GET /things": hal({"a": 1}, start="/"), "GET /things/": hal({"a": 1}, start="/")})
    assert "SecondUri" in names(judge(only_the_list, "/things"))
    assert "SecondUri" not in names(judge(canonical(only_the_list), "/things"))


def test_the_root_and_a_query_have_no_twin() -> None:
    api = table({"GET /": hal(item="/?page=2")})
    assert not names(judge(api)) & {"OneUri", "SecondUri"}


# -- hypermedia ----------------------------------------------------------------------------------------------


def test_the_engine_is_what_level_3_asks_for() -> None:
    report = judge(table({"GET /": said({"item_url": "/one"}), "GET /one": said({"a": 1})}))
    finding = found(report, "HypermediaIsMissing")
    assert str(finding.details["why"]) in {each.line for each in report.rungs[3].findings if each.severity == "bad"}
    assert state(report) == "broken"


def test_the_steps_are_counted() -> None:
    assert found(GOOD(), "HypermediaDrives").details == {"number": 5}


def test_a_web_of_pages_is_driven_by_hypermedia() -> None:
    api = table({"GET /": page('<a href="/one">one</a>'), "GET /one": page('<a href="/">home</a>')})
    assert "HypermediaDrives" in names(judge(api))


def test_an_error_offers_nothing_to_identify() -> None:
    refusal = {"jsonrpc": "2.0", "error": {"code": -32600, "message": "Invalid Request"}, "id": None}
    assert "NothingIsIdentified" in names(judge(table({"GET /": said(refusal)})))


def test_an_error_alone_does_not_say_that_nothing_is_identified() -> None:
    report = judge(table({"GET /": said({"error": "This is broken."})}))
    assert "NothingIsIdentified" not in names(report)
    assert [each.what for each in report.untested if each.bearing == "uniform-interface"] == [
        "whether resources are identified"
    ]


def test_hal_by_its_name_alone_is_no_hypermedia() -> None:
    assert "HypermediaIsMissing" in names(judge(table({"GET /": said({"a": 1}, HAL)})))
