from __future__ import annotations

import json
import time

import pytest

from restwell_audit import Report, Unreadable, audit
from restwell_audit.auditing import check_all, coverage_of
from restwell_audit.checks import Case
from restwell_audit.exchanges import Exchange
from restwell_audit.ladder import conclude
from restwell_audit.probe import Probe
from restwell_audit.survey import MAX_DEPTH, MAX_PAGES, MAX_PER_RELATION, Explorer, Survey, is_dead
from tests.restwell_audit.apis import Api, Request, Response, hal, openapi, page, problem, said, served, table, wsgi
from tests.restwell_audit.good import Good
from tests.restwell_audit.hostile import MISCHIEF, Server, answers, bomb, response

HTML_BOMB = b"<!doctype html>" + b"<div>" * 300_000 + b'<a href="/x">'
DEEP = b'{"a":' * 100_000 + b"1" + b"}" * 100_000


def explored(api: Api, *starts: str, openapi: str | None = None, most: int = 200) -> Survey:
    """What is found of an API, in process."""
    probe = Probe(wsgi(api), max_requests=2 * most)
    urls = [f"http://localhost{path}" for path in starts] or [probe.url]
    return Explorer(probe, urls, openapi=openapi, max_requests=most).explore()


def urls(survey: Survey, how: str = "link") -> list[str]:
    """The paths and queries of what was found in this way."""
    return [each.url.removeprefix("http://localhost") for each in survey.found.values() if each.how == how]


# -- following links -----------------------------------------------------------------------------------------


def test_links_are_followed_wherever_they_lead_and_how_is_kept() -> None:
    survey = explored(table({"GET /": hal(a="/a"), "GET /a": hal(b="/b"), "GET /b": hal(a="/a", start="/")}))
    assert urls(survey) == ["/a", "/b"]
    found = survey.found["http://localhost/b"]
    assert (found.via, found.depth, found.rel, found.alive) == ("http://localhost/a", 2, "b", True)


def test_nothing_is_asked_for_twice() -> None:
    asked: list[str] = []
    api = Good()

    def respond(request: Request) -> Response:
        asked.append(request.target)
        return api(request)

    explored(respond)
    assert len(asked) == len(set(asked))


def test_a_loop_of_links_ends() -> None:
    survey = explored(lambda request: hal(next=f"/{(int(request.path[1:] or 0) + 1) % 3}"), "/0")
    assert len(survey.found) == 3


@pytest.mark.parametrize("target", [
    "http://elsewhere.example/", "https://localhost/", "http://localhost:8080/", "//elsewhere.example/x",
])  # fmt: skip
def test_no_other_origin_is_asked(target: str) -> None:
    survey = explored(table({"GET /": hal(item=target)}))
    assert (urls(survey), survey.left_out) == ([], {"links to other origins": 1})


@pytest.mark.parametrize("target", ["mailto:a@b.example", "javascript:alert(1)", "ftp://localhost/x", "data:,x", ""])
def test_what_is_no_address_of_http_is_not_followed(target: str) -> None:
    assert urls(explored(table({"GET /": hal(item=target)}))) == []


def test_fragments_make_no_other_resource() -> None:
    survey = explored(table({"GET /": hal(a="/a#one", b="/a#two", c="#three"), "GET /a": hal()}))
    assert urls(survey) == ["/a"]


def test_a_template_is_followed_without_its_query_and_not_with_a_path_to_fill_in() -> None:
    links = {"search": {"href": "/find{?q}", "templated": True}, "item": {"href": "/things/{id}", "templated": True}}
    survey = explored(table({"GET /": said({"_links": links}, "application/hal+json"), "GET /find": hal()}))
    assert urls(survey) == ["/find"]


@pytest.mark.parametrize("path", ["/logo.png", "/app.js", "/style.CSS", "/all.zip", "/report.pdf"])
def test_pictures_and_programs_are_left_alone(path: str) -> None:
    survey = explored(table({"GET /": hal(icons=path), f"GET {path}": hal()}))
    assert (urls(survey), list(survey.left_out)) == ([], ["pictures, scripts and the like"])


# -- a few stand for all -------------------------------------------------------------------------------------


def test_of_many_members_a_few_are_looked_at() -> None:
    items = [{"_links": {"self": {"href": f"/{number}"}}} for number in range(100)]
    survey = explored(lambda request: hal(None, items) if request.path == "/" else hal(up="/"))
    assert len(survey.items()) == MAX_PER_RELATION
    assert survey.left_out["more links with a relation of which some were followed"] >= 97


def test_of_many_pages_a_few_are_looked_at() -> None:
    def respond(request: Request) -> Response:
        number = int(request.asked.get("page", 1))
        return hal(None, [], next=f"/?page={number + 1}")

    survey = explored(respond)
    assert MAX_PAGES <= len(survey.found) <= MAX_PAGES + 2
    assert survey.left_out == {"further pages": 1}


def test_a_chain_of_links_is_not_followed_for_ever() -> None:
    survey = explored(lambda request: hal(related=f"/{int(request.path[1:] or 0) + 1}"))
    assert len(survey.found) == MAX_DEPTH + 1


def test_what_is_said_about_an_api_is_read_and_not_followed_further() -> None:
    about = page('<a href="/internals">more</a>')
    survey = explored(table({"GET /": hal(service_doc="/docs", item="/a"), "GET /docs": about, "GET /a": hal()}))
    assert survey.found["http://localhost/docs"].kind == "description"
    assert "http://localhost/internals" not in survey.found
    assert [each.path for each in survey.resources()] == ["/", "/a"]


# -- redirects -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_within_the_origin(status: int) -> None:
    api = table({"GET /": hal(item="/old"), "GET /old": Response(status, (("Location", "new"),)), "GET /new": hal()})
    survey = explored(api)
    assert survey.found["http://localhost/new"].alive
    assert survey.found["http://localhost/new"].via == "http://localhost/old"


def test_a_redirect_to_another_origin_is_not() -> None:
    away = Response(302, (("Location", "https://elsewhere.example/"),))
    survey = explored(table({"GET /": hal(item="/old"), "GET /old": away}))
    assert survey.left_out == {"links to other origins": 1}


def test_redirects_in_a_circle_end() -> None:
    def respond(request: Request) -> Response:
        return Response(302, (("Location", "/b" if request.path == "/a" else "/a"),))

    assert {each.path for each in explored(respond, "/a").found.values()} == {"/a", "/b"}


def test_redirects_without_end_end() -> None:
    def respond(request: Request) -> Response:
        return Response(302, (("Location", f"/{int(request.path[1:] or 0) + 1}"),))

    assert len(explored(respond, most=20).found) <= 20


# -- dead links ----------------------------------------------------------------------------------------------


def test_links_that_lead_nowhere_are_dead() -> None:
    api = table({"GET /": hal(a="/a", b="/b", c="/c", d="/d"), "GET /a": hal(), "GET /b": problem(500),
                 "GET /c": problem(401)})  # fmt: skip
    assert [each.path for each in explored(api).dead()] == ["/b", "/d"]


@pytest.mark.parametrize("status, error, dead", [
    (200, "", False), (404, "", True), (410, "", True), (403, "", False), (500, "", True), (0, "No answer.", True),
    (200, "The response broke off.", True),
])  # fmt: skip
def test_a_link_is_dead_where_there_is_no_whole_answer(status: int, error: str, dead: bool) -> None:
    assert is_dead(Exchange(1, "GET", "http://a.example/", status=status, error=error)) is dead
    assert not is_dead(None)


# -- descriptions --------------------------------------------------------------------------------------------

DESCRIBED = {
    "GET /things": said([{"name": "one"}]),
    "GET /things/one": said({"name": "one"}),
    "GET /about": said({"version": 1}),
}
PATHS = openapi({"GET /things": {}, "GET /things/{name}": {}, "GET /about": {}, "POST /things": {}})


@pytest.mark.parametrize("path", ["/openapi.json", "/swagger.json", "/v3/api-docs", "/api/openapi.json"])
def test_a_description_is_found_where_it_usually_is(path: str) -> None:
    survey = explored(table({"GET /": said({"hello": "world"}), f"GET {path}": PATHS, **DESCRIBED}))
    assert (len(survey.descriptions), urls(survey, "described")) == (1, ["/things", "/about"])
    assert survey.found[f"http://localhost{path}"].how == "guessed"
    assert survey.found[f"http://localhost{path}"].kind == "description"


def test_one_that_is_linked_was_not_guessed_and_no_other_is_looked_for() -> None:
    asked: list[str] = []
    api = table({"GET /": hal(service_desc="/api"), "GET /api": PATHS, "GET /openapi.json": PATHS, **DESCRIBED})

    def respond(request: Request) -> Response:
        asked.append(request.path)
        return api(request)

    survey = explored(respond)
    assert survey.found["http://localhost/api"].how == "link"
    assert "/openapi.json" not in asked


def test_one_that_is_given_is_read() -> None:
    api = table({"GET /": said({"hello": "world"}), "GET /hidden/description": PATHS, **DESCRIBED})
    assert urls(explored(api), "described") == []
    survey = explored(api, openapi="http://localhost/hidden/description")
    assert urls(survey, "described") == ["/things", "/about"]


def test_a_described_path_that_takes_a_parameter_is_not_made_up() -> None:
    query = {"parameters": [{"name": "q", "in": "query", "required": True, "schema": {"type": "string"}}]}
    paths = openapi({"GET /find": query, "GET /things/{name}": {}})
    survey = explored(table({"GET /": said({}), "GET /openapi.json": paths, "GET /find": said([])}))
    assert urls(survey, "described") == []


def test_described_paths_are_asked_of_the_server_that_is_judged() -> None:
    elsewhere = openapi({"GET /things": {}}, servers=[{"url": "https://production.example/v1"}])
    api = table({"GET /": said({}), "GET /openapi.json": elsewhere, "GET /v1/things": said([])})
    assert urls(explored(api), "described") == ["/v1/things"]


# -- guesses -------------------------------------------------------------------------------------------------


def test_what_was_guessed_is_marked() -> None:
    survey = explored(
        table({"GET /things": said([{"name": "one"}]), "GET /things/one": said({"name": "one"})}), "/things"
    )
    [item] = survey.items()
    assert (item.path, item.how, item.via) == ("/things/one", "guessed", "http://localhost/things")


def test_nothing_is_guessed_where_members_say_where_they_are() -> None:
    assert urls(explored(Good()), "guessed") == []


def test_no_more_than_one_member_of_a_list_is_guessed() -> None:
    things = [{"id": number} for number in range(50)]
    survey = explored(lambda request: said(things if request.path == "/things" else {"id": request.path}), "/things")
    assert urls(survey, "guessed") == ["/things/0"]


def test_a_collection_with_a_slash_has_members_with_one_or_without() -> None:
    for ending in ("", "/"):
        api = table({"GET /things/": said([{"id": 7}]), f"GET /things/7{ending}": said({"id": 7})})
        assert urls(explored(api, "/things/"), "guessed") == [f"/things/7{ending}"]


# -- manners -------------------------------------------------------------------------------------------------


def test_what_robots_are_asked_to_leave_alone_is_not_asked_for() -> None:
    asked: list[str] = []
    robots = Response(200, (("Content-Type", "text/plain"),), b"User-agent: restwell-audit\nDisallow: /private\n")
    api = table({"GET /robots.txt": robots, "GET /": hal(a="/a", b="/private/b"), "GET /a": hal(start="/")})

    def respond(request: Request) -> Response:
        asked.append(request.path)
        return api(request)

    with served(respond) as url:
        report = audit(url, per_second=10_000)
    assert report.coverage["left_out"] == {"robots.txt excludes them": 1}
    assert "/private/b" not in asked
    assert asked.count("/robots.txt") == 1


def thousand(request: Request) -> Response:
    """A thousand things in a hundred lists that link one another, every one with a name of its own."""
    number = int(request.path[1:] or 0)
    items = [{"_links": {"self": {"href": f"/{(number * 7 + each) % 1000}"}}} for each in range(1, 9)]
    return hal({"number": number}, items, **{f"r{each}": f"/{(number + each * 31) % 1000}" for each in range(8)})


def test_a_thousand_resources_are_judged_within_the_budget() -> None:
    asked: list[str] = []

    def respond(request: Request) -> Response:
        asked.append(request.path)
        return thousand(request)

    began = time.monotonic()
    report = audit(wsgi(respond), max_requests=200)
    assert time.monotonic() - began < 20
    assert len(asked) == report.coverage["requests"] <= 200
    assert report.coverage["resources"] <= 100, "half of the budget is for the checks"
    assert not [each for each in report.untested if each.how == "--max-requests"]
    assert report.coverage["left_out"]["the share of requests for exploring was used up"] > 0


# -- hostile servers -----------------------------------------------------------------------------------------


def judged(url: str, seconds: float = 0.5, most: int = 12) -> Report | str:
    """A report, or why there is none; with less patience than an audit has."""
    with Probe(url, max_requests=most, per_second=10_000, seconds=seconds) as probe:
        survey = Explorer(probe, [url], max_requests=most // 2).explore()
        if not any(each.exchange is not None and each.exchange.status for each in survey.entries()):
            return "unreadable"
        findings, untested = check_all(Case(survey, probe), lambda _: None)
        return conclude(url, findings, untested, coverage_of(survey, probe))


HASTY = sorted(name for name, each in MISCHIEF.items() if "0" not in each.error)


@pytest.mark.parametrize("name", HASTY)
def test_whatever_a_server_does_there_is_a_report_or_a_reason(name: str) -> None:
    """An auditor that fails on a bad server is of no use to who has one. (The slow ones: below.)"""
    with Server(MISCHIEF[name].behave) as server:
        judged(server.url, seconds=0.2, most=6)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(MISCHIEF) - set(HASTY)))
def test_a_slow_server_is_not_waited_for_longer_than_each_exchange_may_take(name: str) -> None:
    with Server(MISCHIEF[name].behave) as server:
        began = time.monotonic()
        judged(server.url, seconds=0.2, most=10)
        assert time.monotonic() - began < 10 * 0.2 + 2


NO_ROBOTS = response(b"", status=b"404 Not Found")
DOCUMENTS = {
    "deep JSON": response(DEEP, b"Content-Type: application/json"),
    "deep HAL": response(b'{"_embedded":' * 50_000 + b"{}" + b"}" * 50_000, b"Content-Type: application/hal+json"),
    "deep lists": response(b"[" * 200_000 + b"]" * 200_000, b"Content-Type: application/json"),
    "a bomb of HTML": response(HTML_BOMB, b"Content-Type: text/html"),
    "many anchors": response(b"".join(b'<a href="/%d">' % n for n in range(5_000)), b"Content-Type: text/html"),
    "a gzip bomb": response(bomb(50_000_000), b"Content-Encoding: gzip", b"Content-Type: application/json"),
    "many members": response(
        json.dumps([{"id": n} for n in range(20_000)]).encode(), b"Content-Type: application/json"
    ),
    "many links in a field": response(b"{}", b"Link: " + b", ".join(b"</%d>;rel=x" % n for n in range(800))),
    "text that is none": response(b"\xff\xfe\x00" * 1000, b"Content-Type: application/json; charset=utf-16"),
    "numbers beyond all numbers": response(b'{"a": ' + b"9" * 4000 + b"}", b"Content-Type: application/json"),
    "not a number": response(b'{"a": NaN, "b": 1e999}', b"Content-Type: application/json"),
    "YAML with aliases": response(
        b"a: &a [x,x,x,x,x,x,x,x]\n" + b"".join(
            b"%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c]\n" % (n, n, *[n - 1] * 6) for n in range(ord("b"), ord("k"))
        ), b"Content-Type: application/yaml",
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", DOCUMENTS)
def test_whatever_a_document_is_there_is_a_report_or_a_reason(name: str) -> None:
    with Server(answers(NO_ROBOTS, DOCUMENTS[name])) as server:
        began = time.monotonic()
        assert isinstance(judged(server.url, seconds=5, most=12), Report)
        assert time.monotonic() - began < 30


def test_an_endless_web_of_links_is_explored_for_half_of_the_budget() -> None:
    def respond(request: Request) -> Response:
        depth = request.path.count("/")
        return hal({"depth": depth}, **{f"r{number}": f"{request.path.rstrip('/')}/{number}" for number in range(40)})

    report = audit(wsgi(respond), max_requests=60)
    assert report.coverage["requests"] <= 60
    assert report.coverage["resources"] <= 30


def test_links_that_are_no_addresses_at_all_are_passed_over() -> None:
    strange = ["http://", "http://a b/", "//", "http:///x", "\ud800", "http://localhost:99999/", "%zz"]
    links = {f"r{number}": {"href": target} for number, target in enumerate(strange)}
    report = audit(wsgi(table({"GET /": said({"_links": links}, "application/hal+json")})), max_requests=60)
    assert set(report.coverage["left_out"]) == {"links to other origins"}
    assert report.level is None


def test_redirects_that_are_no_addresses_are_passed_over() -> None:
    for target in ["http://a b/", "//", "\t", "http://localhost:99999/"]:
        api = table({"GET /": hal(item="/old"), "GET /old": Response(302, (("Location", target),))})
        assert audit(wsgi(api), max_requests=60).level is None


def test_a_start_that_leads_in_a_circle_is_read_and_not_more() -> None:
    report = audit(wsgi(lambda _: Response(302, (("Location", "/"),))), max_requests=60)
    assert report.level is None


def test_silence_is_unreadable() -> None:
    with Server(MISCHIEF["an end in place of a response"].behave) as server, pytest.raises(Unreadable):
        audit(server.url, max_requests=5)


def test_a_list_in_another_order_each_time_has_the_same_member_guessed() -> None:
    turns: list[int] = []

    def respond(request: Request) -> Response:
        if request.path == "/things":
            turns.append(0)
            ones = [{"id": "b"}, {"id": "a"}]
            return said(ones if len(turns) % 2 else ones[::-1])
        return said({"id": request.path[-1]}) if request.path in {"/things/a", "/things/b"} else problem(404)

    for _ in range(2):
        survey = explored(respond, "/things")
        assert [each.path for each in survey.items()] == ["/things/a"]
