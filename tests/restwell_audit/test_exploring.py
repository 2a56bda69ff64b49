from __future__ import annotations

import json
import time

import pytest

from restwell_audit import Report, Unreadable, audit, exploring, transports
from restwell_audit.auditing import check_all, coverage_of
from restwell_audit.checks import Case
from restwell_audit.exploring import MAX_DEPTH, MAX_PAGES, MAX_PER_RELATION, Explorer
from restwell_audit.ladder import conclude
from restwell_audit.probe import Probe
from restwell_audit.survey import Survey
from tests.restwell_audit.apis import Api, Request, Response, hal, openapi, page, problem, said, served, table, wsgi
from tests.restwell_audit.good import Good
from tests.restwell_audit.hostile import MISCHIEF, Server, Visit, answers, bomb, response

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
    asked: list[tuple[str, str]] = []
    api = Good()

    def respond(request: Request) -> Response:
        asked.append((request.target, request.field("accept")))
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
    assert survey.left_out["links with the same relation as others that were followed"] >= 97


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


def test_a_list_of_rights_that_is_not_there_is_no_dead_link() -> None:
    survey = explored(
        table({"GET /": hal(acl="/.acl", item="/one"), "GET /one": hal(acl="/one.acl"), "GET /.acl": hal()})
    )
    assert ([each.path for each in survey.followed()], survey.dead()) == (["/.acl", "/one"], [])


def test_responses_that_do_not_end_are_left_alone_where_their_relation_says_so() -> None:
    relation = "http://www.w3.org/ns/solid/terms#updatesViaStreamingHttp2023"
    survey = explored(table({"GET /": said({"_links": {relation: {"href": "/stream"}}}, "application/hal+json")}))
    assert (urls(survey), survey.left_out) == ([], {"streams of what changes": 1})


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


# -- streams -------------------------------------------------------------------------------------------------


def streaming(visit: Visit) -> None:
    """An entry point that links streams of several kinds, and what is answered when something happens."""
    links = ("events", "pods?watch=true", "changes?feed=longpoll", "things")
    entry = json.dumps({"_links": {link[:4]: {"href": f"/{link}"} for link in links}}).encode()
    while asked := visit.hear():
        path = asked.split()[1].decode().partition("?")[0]
        if path == "/events":
            visit.say(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
        elif path == "/pods":
            visit.say(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
        if path in {"/events", "/pods", "/changes"}:
            visit.pause(60)
        elif path in {"/", "/things"}:
            visit.say(response(entry if path == "/" else b"{}", b"Content-Type: application/hal+json"))
        else:
            visit.say(response(status=b"404 Not Found"))


def test_a_stream_costs_a_second_once_and_is_no_dead_link(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (transports, exploring):
        monkeypatch.setattr(module, "STREAM_SECONDS", 0.2)
    with Server(streaming) as server:
        began = time.monotonic()
        report = audit(server.url, per_second=10_000)
        assert time.monotonic() - began < 4
        targets = [each.split()[1].partition(b"?")[0] for each in server.requests]
    assert {path: targets.count(path.encode()) for path in ("/events", "/pods", "/changes")} == {
        "/events": 1, "/pods": 1, "/changes": 1,
    }  # fmt: skip
    assert report.coverage["left_out"]["streams, of which one second was read"] == 2
    assert report.coverage["dead_links"] == 0
    [finding] = [each for each in report.findings if type(each).__name__ == "LinksAreNotRead"]
    assert finding.details == {"why": "2 are streams, 1 did not answer in time or completely"}


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


@pytest.mark.parametrize("start, path", [
    ("/api/v1/", "/api/v1/openapi.json"), ("/api/v1/", "/api/swagger.json"), ("/api", "/api/openapi.json"),
    ("/api/things", "/api/openapi.json"), ("/api/v1/", "/openapi.json"),
])  # fmt: skip
def test_below_a_prefix_a_description_is_found_beside_the_api(start: str, path: str) -> None:
    api = {f"GET {start}": said([{"name": "one"}] if "things" in start else {"hello": "world"}), f"GET {path}": PATHS}
    assert len(explored(table(DESCRIBED | api), start).descriptions) == 1


def test_of_two_descriptions_that_beside_the_api_is_read() -> None:
    api = {"GET /api/": said({"hello": "world"}), "GET /openapi.json": openapi({}), "GET /api/openapi.json": PATHS}
    survey = explored(table(DESCRIBED | api), "/api/")
    assert [each.document for each in survey.descriptions] == ["http://localhost/api/openapi.json"]


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
    assert not [each for each in report.untested if "--max-requests" in each.how]
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


def test_a_long_list_of_links_takes_no_time_by_link_and_member() -> None:
    rows = [{"id": number, "links": {"self": f"/rows/{number}"}} for number in range(2_500)]
    api = table({"GET /rows": said(rows), "GET /rows/0": said(rows[0]), "GET /rows/1": said(rows[1])})
    began = time.process_time()
    audit(wsgi(api), "/rows")
    assert time.process_time() - began < 8, "it was 20 s, since every link was compared with every member"


def test_links_lead_home_from_each_of_several_other_addresses() -> None:
    """As where a server behind two proxies takes whichever name it was told last."""
    api = table({
        "GET /": hal(self="https://one.example/", next="https://one.example/a"),
        "GET /a": hal(self="https://two.example/a", b="https://two.example/b", c="https://one.example/c"),
        "GET /b": hal(self="/b"),
        "GET /c": hal(self="/c"),
    })  # fmt: skip
    assert {each.path for each in explored(api).resources()} == {"/", "/a", "/b", "/c"}
