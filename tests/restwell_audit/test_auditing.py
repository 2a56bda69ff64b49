from __future__ import annotations

import asyncio
import re
import zlib
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.levels import level0, level1, level2, level3
from examples.levels.rows import four_rows
from restwell_audit import Report, Unreadable, audit
from restwell_audit.auditing import position_of
from restwell_audit.checks import CHECKS
from restwell_audit.findings import CONSTRAINTS
from restwell_audit.politeness import AGENT
from tests.restwell_audit.anything import responses
from tests.restwell_audit.apis import Api, Request, Response, asked, changed, hal, openapi, said, served, table, wsgi
from tests.restwell_audit.cases import GOOD, names, over_a_socket
from tests.restwell_audit.changes import contents, counting, instead
from tests.restwell_audit.good import Good
from tests.servers import free_port

LEVELS = {0: (level0.app, "/"), 1: (level1.app, "/frameworks"), 2: (level2.app, "/frameworks"), 3: (level3.app, "/")}
BROKEN = {
    0: {"cacheable", "uniform-interface"},
    1: {"cacheable", "uniform-interface"},
    2: {"uniform-interface"},
    3: set[str](),
}
"""What docs/audits.md says of our own four."""


@pytest.fixture(autouse=True)
def four_again() -> Iterator[None]:
    """After writing, the examples have the four rows again by themselves; this sees to it that the next test has."""
    yield
    for module in (level0, level1, level2):
        assert module.frameworks == four_rows()


def broken(report: Report) -> set[str]:
    return {each.constraint for each in report.constraints if each.state == "broken"}


# -- one API for each level ----------------------------------------------------------------------------------


@pytest.mark.parametrize("write", [False, True])
@pytest.mark.parametrize("level", LEVELS)
def test_each_example_is_at_its_level(level: int, write: bool) -> None:
    app, start = LEVELS[level]
    report = audit(app, start, write=write)
    assert (report.level, broken(report)) == (level, BROKEN[level])
    verdicts = {0: "Non-RESTful", 1: "Approaching REST", 2: "Approaching REST with Caching", 3: "Likely RESTful"}
    assert report.verdict == verdicts[level]


@pytest.mark.parametrize("level", LEVELS)
def test_each_example_is_at_its_level_over_a_socket(level: int) -> None:
    app, start = LEVELS[level]
    with served(asked(app)) as url:
        report = audit(url.rstrip("/") + start, per_second=10_000)
    assert (report.level, broken(report)) == (level, BROKEN[level])
    if level == 3:
        assert report.verdict == "RESTful"


def test_level_2_leaves_all_of_level_3_to_be_done_and_says_what_is_next() -> None:
    report = audit(level2.app, "/frameworks")
    assert report.rungs[3].score < 0.5
    assert report.next_step is not None
    assert report.next_step.bearing == 3


# -- what is judged ------------------------------------------------------------------------------------------


async def application(scope: dict[str, Any], receive: Callable[[], Any], send: Callable[[Any], Any]) -> None:
    """The good API as an ASGI application."""
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    await asyncio.sleep(0)
    fields = {name.decode(): value.decode() for name, value in scope["headers"]}
    response = GOOD_ONE(Request(scope["method"], scope["path"], scope["query_string"].decode(), fields))
    raw = [(name.lower().encode(), value.encode()) for name, value in response.fields]
    await send({"type": "http.response.start", "status": response.status, "headers": raw})
    body = b"" if scope["method"] == "HEAD" else response.content
    await send({"type": "http.response.body", "body": body})


GOOD_ONE = Good()


def test_whatever_the_door_the_judgement_is_the_same() -> None:
    by_asgi, by_wsgi = audit(application), GOOD()
    assert names(by_asgi) == names(by_wsgi)
    assert (by_asgi.level, by_asgi.verdict) == (by_wsgi.level, by_wsgi.verdict)
    by_socket = names(over_a_socket(Good()))
    assert names(by_wsgi) - {"NoDate304"} <= by_socket
    assert "LayersAreUnseen" in by_socket - names(by_wsgi)


def test_an_application_may_begin_elsewhere_than_at_its_root() -> None:
    report = audit(wsgi(Good()), "/things", "/docs/things")
    assert report.url == "http://localhost/things"
    assert report.coverage["by"]["start"] == 2


def test_of_an_api_several_urls_may_be_given() -> None:
    api = table({"GET /a": hal(item="/b"), "GET /b": hal(up="/a"), "GET /c": said({"a": 1})})
    with served(api) as url:
        report = audit(f"{url}a", "/c", f"{url}b", per_second=10_000)
    assert report.url == f"{url}a"
    assert report.coverage["by"] == {"start": 3, "link": 0, "described": 0, "guessed": 0}


def test_headers_go_with_every_request() -> None:
    seen: list[Request] = []
    api = Good()

    def respond(request: Request) -> Response:
        seen.append(request)
        return api(request)

    audit(wsgi(respond), headers={"Authorization": "Bearer abc", "X-Tenant": "one"})
    assert {(each.field("authorization"), each.field("x-tenant")) for each in seen} == {("Bearer abc", "one")}
    assert AGENT in {each.field("user-agent") for each in seen}


def test_an_accept_that_is_given_goes_with_every_request_but_those_about_it() -> None:
    seen: list[Request] = []
    api = Good()

    def respond(request: Request) -> Response:
        seen.append(request)
        return api(request)

    report = audit(wsgi(respond), headers={"accept": "text/html"})
    others = {each.field("accept") for each in seen} - {"text/html"}
    assert others == {"application/x-restwell-nothing", "application/json", "application/xml"}
    assert {each.field("accept") for each in seen if each.method != "GET"} == {"text/html"}
    assert report.coverage["formats"] == ["text/html"]


# -- what cannot be judged -----------------------------------------------------------------------------------


def test_where_nothing_listens_nothing_can_be_read() -> None:
    with pytest.raises(Unreadable, match=r".+\."):
        audit(f"http://127.0.0.1:{free_port()}/")


def test_an_application_that_raises_cannot_be_read() -> None:
    def broken_app(*_: object) -> list[bytes]:
        raise ZeroDivisionError("division by zero")

    with pytest.raises(Unreadable, match="ZeroDivisionError"):
        audit(broken_app)


def test_a_site_that_excludes_robots_is_left_alone() -> None:
    robots = Response(200, (("Content-Type", "text/plain"),), b"User-agent: *\nDisallow: /\n")
    asked_for: list[str] = []

    def respond(request: Request) -> Response:
        asked_for.append(request.path)
        return robots if request.path == "/robots.txt" else hal()

    with served(respond) as url, pytest.raises(Unreadable, match=r"robots\.txt"):
        audit(url)
    assert asked_for == ["/robots.txt"]


@pytest.mark.parametrize(
    "url", ["", "example.org", "ftp://example.org/", "http://", "file:///etc/passwd", "http://[::1"]
)
def test_what_is_no_url_of_http_is_a_value_error(url: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        audit(url)


def test_an_answer_that_is_a_refusal_can_be_judged() -> None:
    report = audit(wsgi(table({"POST /": said({})})))
    assert report.level == 0


@pytest.mark.parametrize("headers, status, expected", [
    ({}, 404, "It answers 404: is this the API's URL?"),
    ({}, 406, "It answers 406, not acceptable: name a media type that it has with --header 'Accept: ...'."),
    (
        {"Accept": "text/html"}, 406,
        "It answers 406: it does not have the media type that --header 'Accept: ...' asks for.",
    ),
    ({"Accept": "text/html"}, 401, "It answers 401: give a credential with --header."),
    (
        {"Authorization": "Bearer x"}, 401,
        "It answers 401 to the credential that was given, which is wrong, incomplete or has expired.",
    ),
    (
        {"X-Api-Key": "x"}, 403,
        "It answers 403: the credential that was given is wrong, or does not permit to read this URL.",
    ),
    ({}, 410, "It answers 410: is this the API's URL?"),
    ({}, 500, "It answers 500: the server failed. Audit it once this URL can be read, or name another URL."),
    ({}, 503, "It answers 503: the server failed. Audit it once this URL can be read, or name another URL."),
])  # fmt: skip
def test_a_start_that_is_refused_is_said_as_what_it_is(headers: dict[str, str], status: int, expected: str) -> None:
    with pytest.raises(Unreadable) as caught:
        audit(wsgi(lambda _: Response(status)), headers=headers)
    assert str(caught.value) == expected


@pytest.mark.parametrize("text", [
    "<title>400 The plain HTTP request was sent to HTTPS port</title>",
    "Client sent an HTTP request to an HTTPS server.",
    "Reason: You're speaking plain HTTP to an SSL-enabled server port.",
])  # fmt: skip
def test_a_port_for_https_is_said_to_be_one(text: str) -> None:
    with pytest.raises(Unreadable, match="since it expects TLS: give the https URL"):
        audit(wsgi(lambda _: Response(400, (("Content-Type", "text/html"),), text.encode())))


def test_a_start_that_redirects_to_what_is_refused_names_it() -> None:
    moved = Response(307, (("Location", "/v1/nothing"),))
    with pytest.raises(Unreadable) as caught:
        audit(wsgi(lambda request: Response(404) if request.path.startswith("/v1") else moved))
    where = "http://localhost/v1/nothing"
    assert str(caught.value) == f"It redirects to {where}, which answers 404: is this the API's URL?"


def test_a_procedure_call_that_fails_where_it_is_read_is_judged() -> None:
    """The frameworks of some RPC servers answer GET with 500: that is no failure of what they are there for."""
    report = audit(wsgi(lambda request: Response(500 if request.path == "/RPC2" else 404)), "/RPC2")
    assert report.level == 0 or report.level is None


def test_a_start_that_is_not_there_is_no_question_where_another_is() -> None:
    report = audit(wsgi(table({"GET /things": said([])})), "/", "/things")
    assert report.level is None


@pytest.mark.slow
@given(st.lists(responses, min_size=1, max_size=5), st.booleans())
def test_whatever_an_api_answers_there_is_a_report(answers: list[Response], write: bool) -> None:
    """Every path and method has one answer, whatever it is, and the root the first."""

    def respond(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        place = 0 if request.path == "/" else zlib.crc32(f"{method} {request.path}".encode("utf-8", "replace"))
        return answers[place % len(answers)]

    try:
        report = audit(wsgi(respond), max_requests=60, write=write)
    except Unreadable as error:
        assert re.match(r"It (answers [45]|redirects to )", str(error))  # noqa: PT017 - a report, or one of these reasons
    else:
        assert report.coverage["requests"] <= 60
        assert all(each.line for each in report.findings)


# -- how it goes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("most", [2, 5, 20, 40])
def test_no_more_is_asked_than_was_allowed(most: int) -> None:
    count: list[str] = []
    api = Good()

    def respond(request: Request) -> Response:
        count.append(request.path)
        return api(request)

    report = audit(wsgi(respond), max_requests=most)
    assert len(count) == report.coverage["requests"] <= most
    assert any("--max-requests" in each.how for each in report.untested)


def test_with_little_to_ask_less_is_known_and_nothing_is_made_up() -> None:
    little = audit(wsgi(Good()), max_requests=8)
    assert {each.id() for each in little.findings if each.severity == "good"} <= {
        each.id() for each in GOOD().findings
    }


def test_progress_is_told_of_every_stage() -> None:
    heard: list[tuple[int, str]] = []
    audit(wsgi(Good()), progress=lambda number, what: heard.append((number, what)))
    numbers = [number for number, _ in heard]
    assert numbers == sorted(numbers)
    whats = [what for _, what in heard]
    assert whats[0] == "http://localhost/"
    assert "whether linked resources exist" in whats


def test_the_coverage_counts_what_was_seen() -> None:
    coverage = GOOD().coverage
    assert (coverage["resources"], coverage["collections"], coverage["items"]) == (5, 1, 3)
    assert coverage["by"] == {"start": 1, "link": 4, "described": 0, "guessed": 0}
    assert coverage["formats"] == ["application/prs.hal-forms+json"]
    assert coverage["dead_links"] == coverage["descriptions"] == 0
    assert 30 < coverage["requests"] < 80
    assert coverage["seconds"] >= 0


def test_every_finding_is_in_the_ladder_and_none_is_twice() -> None:
    report = GOOD()
    parts = [each.findings for each in report.rungs] + [each.findings for each in report.constraints]
    assert sorted(id(each) for part in parts for each in part) == sorted(map(id, report.findings))
    assert [each.constraint for each in report.constraints] == list(CONSTRAINTS)
    whats = [(each.bearing, each.what) for each in report.untested]
    assert len(whats) == len(set(whats))


def test_the_same_api_is_judged_alike_every_time() -> None:
    first, second = audit(wsgi(Good())), audit(wsgi(Good()))
    assert [each.line for each in first.findings] == [each.line for each in second.findings]


# -- what went wrong once ------------------------------------------------------------------------------------

NO_ADDRESS = "http://[::1"
DESCRIBED = {"GET /": said({})}


@pytest.mark.parametrize("api", [
    table({"GET /": said({"url": NO_ADDRESS})}),
    table({"GET /": hal(item="/old"), "GET /old": Response(302, (("Location", NO_ADDRESS),))}),
    table(DESCRIBED | {"GET /openapi.json": openapi({"GET /things": {}}, servers=[{"url": NO_ADDRESS}])}),
    table(DESCRIBED | {"GET /openapi.json": openapi({"GET //[x": {}})}),
], ids=["url", "redirect", "server", "path"])  # fmt: skip
def test_what_is_no_address_is_passed_over(api: Api) -> None:
    assert audit(wsgi(api), max_requests=60).level is None


def test_what_was_created_is_removed_though_its_location_is_no_address() -> None:
    api = Good()
    bad = instead("POST /things", lambda request: api(request).having(Location=NO_ADDRESS))
    report = audit(wsgi(changed(api, bad)), write=True)
    assert set(api.things) == {"one", "two", "three"} or "CouldNotRemove" in names(report)


def test_checks_run_level_by_level_and_the_messages_are_looked_at_last() -> None:
    places = [position_of(each) for each in sorted(CHECKS, key=position_of)]
    order = [each.run.__module__.rpartition(".")[2] for each in sorted(CHECKS, key=position_of)]
    assert places == sorted(places)
    assert [order[0], *order[-4:]] == ["tunnels", "methods", "writing", "overlooked", "linting"]


def test_an_answer_with_a_moment_in_it_is_the_same_after_put() -> None:
    ticks = count()
    now = contents(lambda _, data: data | {"updated": f"2026-11-23T03:00:{next(ticks) % 60:02}Z"})
    assert "PutIsNotIdempotent" not in names(audit(wsgi(changed(Good(), now)), write=True))


def test_no_link_is_left_out_twice() -> None:
    assert audit(wsgi(Good())).coverage["left_out"] == {}


def test_what_is_never_the_same_is_said() -> None:
    assert "ChangesByItself" in names(audit(wsgi(changed(Good(), counting()))))


@pytest.mark.parametrize("status", [401, 403, 429])
def test_who_refuses_everything_is_not_judged(status: int) -> None:
    with pytest.raises(Unreadable, match=str(status)):
        audit(wsgi(lambda _: Response(status)))


def test_a_start_that_leads_elsewhere_is_not_judged() -> None:
    with pytest.raises(Unreadable, match="another origin: audit that"):
        audit(wsgi(lambda _: Response(301, (("Location", "https://elsewhere.example/"),))))


def test_what_was_there_before_is_never_changed() -> None:
    """The server does not say what it created; the members have numbers that could be taken for its address."""
    asked_for: list[str] = []
    rows = [{"id": number, "name": f"row{number}"} for number in (1, 2)]

    def respond(request: Request) -> Response:
        asked_for.append(f"{request.method} {request.path}")
        if request.path == "/rows":
            return said(rows) if request.method == "GET" else Response(200)
        return said(rows[0]) if request.path == "/rows/1" else Response(404)

    report = audit(wsgi(respond), "/rows", write="keep")
    assert "CouldNotRemove" in names(report)
    changes = [each for each in asked_for if each.startswith(("PUT", "PATCH", "DELETE"))]
    assert all("/restwell-audit-" in each for each in changes)
