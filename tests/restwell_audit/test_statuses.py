from __future__ import annotations

import itertools
import re

import pytest

from tests.restwell_audit.apis import Api, Request, Response, hal, openapi, page, problem, said, table
from tests.restwell_audit.cases import GOOD, Cases, Judge, Pair, found, good, ids, judge, judging, names
from tests.restwell_audit.changes import errors_inside, having, ignoring, responses, statuses, texts
from tests.restwell_audit.good import Good

MISSING = {"MissingIsNotFound", "ErrorAsSuccess", "MissingBreaks", "MissingIsSomethingElse"}
ACCEPT = {"ImpossibleIsRefused", "AcceptIsIgnored", "ImpossibleBreaks"}
STRANGE = "application/x-restwell-nothing"


def single_page() -> Api:
    """A program for browsers that serves the same page at every path."""
    return lambda request: page("<div id=root>") if request.method == "GET" else problem(405, Allow="GET")


SHELL = '<!doctype html><title>App</title><script type="module" src="/a.js"></script><div id="root"></div>'
BELOW = "/api"


def below_a_prefix(api: Api, beside: Api | None = None) -> Api:
    """An API below /api, and something else beside it."""

    def respond(request: Request) -> Response:
        if not f"{request.path}/".startswith(f"{BELOW}/"):
            return problem(404) if beside is None else beside(request)
        response = api(request._replace(path=request.path.removeprefix(BELOW) or "/"))
        content = re.sub(rb'"(?=/)', f'"{BELOW}'.encode(), response.content)
        return response._replace(content=content)

    return respond


def application(_: Request) -> Response:
    """A page that a script fills, whatever is asked."""
    return Response(200, (("Content-Type", "text/html"),), SHELL.encode())


def beside_an_application() -> Api:
    """An API at the root that has an application for browsers at every other path."""
    api = table({"GET /": hal(things="/things"), "GET /things": hal(up="/")})
    return lambda request: application(request) if (found := api(request)).status == 404 else found


def soft_404() -> Api:
    """An API that has a page for what it has not."""
    api = Good()

    def respond(request: Request) -> Response:
        response = api(request)
        return page("<h1>Oops!</h1>") if response.status == 404 else response

    return respond


def without_accept(status: int) -> Judge:
    """To judge an API that answers what it cannot accept with this status."""
    return good(
        responses(lambda request, response: response._replace(status=status) if response.status == 406 else response)
    )


CASES: Cases = {
    "MissingIsNotFound": Pair(GOOD, good(statuses({404: 400}))),
    "ErrorAsSuccess": Pair(good(errors_inside(404)), GOOD),
    "MissingBreaks": Pair(good(statuses({404: 500})), GOOD),
    "MissingIsSomethingElse": Pair(good(statuses({404: 400})), GOOD),
    "MissingIsShell": Pair(judging(beside_an_application), judging(lambda: below_a_prefix(Good()), "/api/")),
    "ImpossibleIsRefused": Pair(GOOD, good(ignoring("Accept"))),
    "AcceptIsIgnored": Pair(good(ignoring("Accept")), GOOD),
    "ImpossibleBreaks": Pair(without_accept(500), GOOD),
}


# -- what is not there ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("status, kind", [
    (404, "MissingIsNotFound"), (410, "MissingIsNotFound"), (400, "MissingIsSomethingElse"),
    (422, "MissingIsSomethingElse"), (500, "MissingBreaks"), (503, "MissingBreaks"), (200, "ErrorAsSuccess"),
])  # fmt: skip
def test_the_answer_for_what_is_not_there(status: int, kind: str) -> None:
    assert names(good(statuses({404: status}))()) & MISSING == {kind}


@pytest.mark.parametrize("status", [401, 403])
def test_who_has_to_say_who_it_is_first_learns_nothing_and_this_is_said(status: int) -> None:
    report = good(statuses({404: status}))()
    assert not names(report) & MISSING
    assert [(each.bearing, each.how) for each in report.untested if "404" in each.what] == [
        (2, "Give a credential that may read them with --header.")
    ]


def test_a_page_that_says_oops_with_200_is_an_error_as_success() -> None:
    assert "ErrorAsSuccess" in names(judge(soft_404()))


def test_a_program_that_serves_one_page_everywhere_is_not_said_to_lie() -> None:
    assert "ErrorAsSuccess" not in names(judge(single_page()))


@pytest.mark.parametrize("beside", ["an application", "a page", "a failure"])
def test_what_is_beside_the_prefix_of_an_api_does_not_judge_it(beside: str) -> None:
    others: dict[str, Api] = {
        "an application": application, "a page": lambda _: page("<h1>Hi!</h1>"), "a failure": lambda _: Response(500)
    }  # fmt: skip
    alone = judge(below_a_prefix(Good()), "/api/")
    surrounded = judge(below_a_prefix(Good(), others[beside]), "/api/")
    assert names(surrounded) & MISSING == {"MissingIsNotFound"}
    assert (surrounded.level, ids(surrounded)) == (3, ids(alone))


def test_a_page_beside_that_the_api_links_is_not_of_the_api() -> None:
    home = texts(lambda text: text.replace('"self"', '"home": {"href": "/"}, "self"'))
    report = judge(home(below_a_prefix(Good(), lambda _: page('<h1>Hi!</h1><a href="/about">About</a>'))), "/api/")
    assert ids(report) == ids(judge(below_a_prefix(Good()), "/api/"))


def test_a_page_at_every_path_may_have_a_token_in_it() -> None:
    numbers = itertools.count(10_000)
    form = '<h1>Welcome to the things</h1><form method="post"><input name="csrf" value="{}"></form>'
    report = judge(lambda _: page(form.format(next(numbers))))
    assert "ErrorAsSuccess" not in names(report)


def test_an_application_at_every_other_path_is_said_and_not_charged() -> None:
    report = judge(beside_an_application())
    assert names(report) & {*MISSING, "MissingIsShell"} == {"MissingIsShell"}
    assert not any(each.severity == "bad" and each.bearing == 2 for each in report.findings)


def test_a_start_that_a_script_fills_is_said_and_what_to_give_instead() -> None:
    report = judge(application)
    [left] = [each for each in report.untested if each.bearing == 1]
    assert left.why == "http://localhost/ is a page that a script fills. It has no content and no links of its own."
    assert left.how.startswith("Name the URL of the API that its script uses")
    assert (report.level, report.at_least, report.at_most, report.verdict) == (None, 0, 3, "Not to be told from here")
    assert ids(report) == {"missing-is-shell", "messages-describe-themselves"}


def test_from_the_application_the_api_is_found_by_its_description() -> None:
    described = openapi({"GET /api/things": {}, "GET /api/things/{name}": {}})
    api = below_a_prefix(Good(), application)
    report = judge(lambda request: described if request.path == "/openapi.json" else api(request))
    assert report.coverage["resources"] > 0


def test_a_method_that_is_refused_with_success_is_an_error_that_is_called_none() -> None:
    def respond(request: Request) -> Response:
        if request.path != "/jobs":
            return problem(404)
        if request.method in {"GET", "HEAD"}:
            return said({"jobs": []})
        return said({"status": "error", "message": "Expected GET", "node": "one"})

    finding = found(judge(respond, "/jobs"), "ErrorAsSuccess")
    assert (finding.subject, finding.evidence[0].method) == ("http://localhost/jobs", "PROPFIND")


def test_a_page_with_links_or_data_that_is_the_same_at_every_path_is_a_success_that_is_none() -> None:
    def served(answer: Response) -> Api:
        return lambda request: said([1]) if request.path == "/metrics" else answer

    for answer in (page('<a href="/metrics">Metrics</a>'), said({"version": 3})):
        assert "ErrorAsSuccess" in names(judge(served(answer)))
    shell = page('<a href="/metrics">Metrics</a><div id=root></div><script src="/app.js"></script>')
    assert "ErrorAsSuccess" not in names(judge(served(shell)))


def test_an_item_that_is_not_there_counts_as_well_as_a_path() -> None:
    """Where a framework answers 404 for strange paths, what an API says of its own things is what matters."""
    api = Good()

    def respond(request: Request) -> Response:
        response = api(request)
        if response.status == 404 and request.path.startswith("/things/"):
            return said({"status": "error", "message": "There is no such thing."})
        return response

    finding = found(judge(respond), "ErrorAsSuccess")
    assert finding.subject == "http://localhost/things/no-such-thing-here"


def test_no_number_that_could_be_there_is_asked_for() -> None:
    asked: list[str] = []

    def item(request: Request) -> Response:
        asked.append(request.path)
        return said({"id": 1}) if request.path == "/things/1" else problem(404)

    listed = table({"GET /things": said([{"id": 1}])})
    judge(lambda request: item(request) if request.path.startswith("/things/") else listed(request), "/things")
    assert "/things/987654321" in asked


# -- errors inside -------------------------------------------------------------------------------------------


def test_an_error_that_is_linked_as_a_success_is_found() -> None:
    api = table({"GET /": said({"href": "/broken"}), "GET /broken": said({"error": "This is broken."})})
    finding = found(judge(api), "ErrorAsSuccess")
    assert (finding.subject, finding.details) == ("http://localhost/broken", {"status": 200})


def test_a_thing_that_has_an_error_in_it_is_no_error() -> None:
    api = table({"GET /": said({"id": 7, "state": "failed", "error": "The disk is full.", "started": 1})})
    assert "ErrorAsSuccess" not in names(judge(api))


def test_success_that_is_none_keeps_an_api_from_level_2() -> None:
    report = CASES["ErrorAsSuccess"].found()
    assert (report.level, report.verdict) == (1, "Approaching REST")


# -- Accept --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status, kind", [(406, "ImpossibleIsRefused"), (200, "AcceptIsIgnored"),
    (415, "AcceptIsIgnored"), (500, "ImpossibleBreaks")])  # fmt: skip
def test_the_answer_to_a_format_that_nobody_has(status: int, kind: str) -> None:
    assert names(without_accept(status)()) & ACCEPT == {kind}


def test_a_format_that_nobody_has_is_really_asked_for() -> None:
    finding = found(GOOD(), "ImpossibleIsRefused")
    assert ("Accept", STRANGE) in finding.evidence[0].sent


def test_to_disregard_accept_is_permitted() -> None:
    assert good(ignoring("Accept"), having(Vary="Accept"))().level == 3
