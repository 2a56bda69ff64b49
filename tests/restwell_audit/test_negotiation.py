"""The representation that is judged is the best that the entry point offers, and no page about something else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from restwell_audit import Report, Unreadable, audit
from restwell_audit.negotiation import ACCEPT
from tests.restwell_audit.apis import HAL, HTML, JSON, Api, Request, Response, page, problem, said, table, wsgi
from tests.restwell_audit.cases import judge, names

LIST = said([{"id": 1, "name": "one"}, {"id": 2, "name": "two"}])
ONE = said({"id": 1, "name": "one"})
NAMED = page('<a href="/things/1">one</a> <a href="/things/2">two</a>')
LINKED = said({"things_url": "/things", "people_url": "/people"})
HOME = page('<a href="/things">things</a> <a href="/people">people</a>')
BACK = page('<a href="/">home</a>')


def offering(paths: Mapping[str, list[Response]], *, asked: list[Request] | None = None, allow: str = "") -> Api:
    """An API with some representations of each resource, of which Accept selects one, else the first."""

    def respond(request: Request) -> Response:
        if asked is not None:
            asked.append(request)
        if request.path not in paths:
            return problem(404)
        if request.method == "OPTIONS" and allow:
            return Response(204, (("Allow", allow),))
        offers = paths[request.path]
        ranges = [each.partition(";")[0].strip() for each in request.field("accept").split(",")]
        wanted = [offer for name in ranges for offer in offers if name == offer.media_type]
        return (wanted or offers)[0].having(Vary="Accept")

    return respond


def judged(report: Report) -> Any:
    return report.coverage["judged_as"]


def test_pages_are_judged_where_they_have_the_links_that_json_lacks() -> None:
    report = judge(offering({"/": [LINKED, HOME], "/things": [LIST, BACK], "/people": [LIST, BACK]}))
    assert (report.level, judged(report)) == (3, HTML)
    assert report.coverage["offered_by_accept"] == [JSON, HTML]
    assert report.coverage["formats"] == [HTML], "everything later is asked for in the same way"


def test_the_accept_of_the_user_decides() -> None:
    api = offering({"/": [LINKED, HOME], "/things": [LIST, BACK], "/people": [LIST, BACK]})
    report = audit(wsgi(api), headers={"Accept": JSON})
    assert (report.at_most, judged(report)) == (2, JSON)


def test_a_page_that_leads_to_the_members_of_a_list_is_one_of_it() -> None:
    report = judge(offering({"/things": [LIST, NAMED], "/things/1": [ONE, BACK], "/": [LIST, BACK]}), "/things")
    assert judged(report) == HTML


@pytest.mark.parametrize("about", [
    '<a href="/docs">Read the manual</a>', '<a href="/things">things</a>', '<div id="root"></div>',
    '<a href="/things/1/delete">one</a>', "",
])  # fmt: skip
def test_a_page_about_the_api_is_not_the_api(about: str) -> None:
    report = judge(offering({"/": [LINKED, page(about)], "/things": [LIST], "/people": [LIST], "/docs": [BACK]}))
    assert judged(report) == JSON
    assert report.coverage["offered_by_accept"] == [JSON, HTML]


def test_a_page_before_an_api_that_has_none_is_not_the_api() -> None:
    assert judged(judge(offering({"/": [LINKED, HOME], "/things": [LIST], "/people": [LIST]}))) == JSON
    assert judged(judge(offering({"/": [LINKED, HOME], "/things": [LIST], "/people": [LIST, BACK]}))) == HTML


def test_a_greeting_is_left_for_its_pages_where_these_are_json_too() -> None:
    greeting = said({"hello": "world"})
    assert judged(judge(offering({"/": [greeting, HOME], "/things": [LIST, BACK], "/people": [LIST, BACK]}))) == HTML
    assert judged(judge(offering({"/": [greeting, HOME], "/things": [BACK], "/people": [BACK]}))) == JSON


@pytest.mark.parametrize("form", ['<form method="post"><input name="name"></form>', ""])
def test_pages_without_the_operations_that_are_allowed_are_no_better(form: str) -> None:
    home = page('<a href="/things">things</a> <a href="/people">people</a>', form)
    things = page('<a href="/">home</a>', form)
    paths = {"/": [LINKED, home], "/things": [LIST, things], "/people": [LIST, things]}
    assert judged(judge(offering(paths, allow="GET, POST"))) == (HTML if form else JSON)


def test_pages_whose_changes_need_a_script_are_no_better() -> None:
    home = page('<a href="/things">a</a> <a href="/people">b</a><form data-method="DELETE" action="/"></form>')
    assert judged(judge(offering({"/": [LINKED, home], "/things": [LIST, BACK], "/people": [LIST, BACK]}))) == JSON


def test_a_page_that_a_script_fills_is_left_for_json() -> None:
    shell = page('<div id="root"></div><script src="/app.js"></script>')
    report = judge(offering({"/": [shell, LINKED], "/things": [LIST], "/people": [LIST]}))
    # The first representation is what Accept prefers, so a server that gives it all the same has its own order.
    assert judged(report) == JSON

    def stubborn(request: Request) -> Response:
        return LINKED if request.field("accept") == JSON else shell

    assert judged(judge(stubborn)) == JSON


def test_formats_with_links_are_found_where_json_was_preferred() -> None:
    links = said({"_links": {"item": {"href": "/one"}}}, HAL)

    def respond(request: Request) -> Response:
        """It has its own order: JSON, HAL, HTML."""
        accept = request.field("accept")
        if request.path not in {"/", "/one"}:
            return problem(404)
        return LINKED if JSON in accept else links if HAL in accept else page("Hello.") if HTML in accept else LINKED

    report = judge(respond)
    assert (judged(report), report.coverage["offered_by_accept"]) == (HAL, [HAL, JSON, HTML])
    assert "EntryLeadsOn" in names(report)


def test_one_request_more_tells_that_there_is_nothing_else_and_is_not_repeated() -> None:
    asked: list[Request] = []
    judge(offering({"/": [LINKED], "/things": [LIST], "/people": [LIST]}, asked=asked))
    accepted = [each.field("accept") for each in asked if (each.method, each.path) == ("GET", "/")]
    assert accepted[:2] == [ACCEPT, HTML]
    assert accepted.count(HTML) == 1


def test_a_representation_that_leads_on_and_says_what_to_do_is_taken_at_once() -> None:
    asked: list[Request] = []
    home = said({"_links": {"item": {"href": "/one"}}, "_templates": {"default": {"method": "POST"}}}, HAL)
    report = judge(offering({"/": [home], "/one": [home]}, asked=asked))
    assert judged(report) == HAL
    assert asked[1].path == "/one"


def test_without_a_response_nothing_is_chosen() -> None:
    report = judge(table({"POST /": said({"error": {"code": -32600}, "jsonrpc": "2.0"})}))
    assert (judged(report), report.coverage["offered_by_accept"]) == ("", [])


THINGS = '<a href="/things">things</a>'


@pytest.mark.parametrize("head", [
    '<link rel="alternate" type="application/json" href="/?x=1">', '<a href="?format=json">JSON</a>',
    '<a href="/?f=csv">CSV</a>', '<link rel="items" type="application/geo+json" href="/things?f=json">',
])  # fmt: skip
def test_links_to_other_formats_of_the_same_are_not_followed(head: str) -> None:
    report = judge(offering({"/": [page(head, THINGS)], "/things": [BACK]}))
    assert report.coverage["by"]["link"] == 1
    assert report.coverage["left_out"] == {"other formats of what was read": 1}


@pytest.mark.parametrize("head", [
    '<a href="?page=2">2</a>', '<link rel="alternate" type="application/rss+xml" href="/rss">',
    '<a type="application/json" href="/rss?f=json">things</a>', '<a href="/rss?f=json">things</a>',
])  # fmt: skip
def test_other_pages_feeds_and_what_is_linked_in_one_format_alone_are(head: str) -> None:
    report = judge(offering({"/": [page(head)], "/rss": [BACK]}))
    assert report.coverage["by"]["link"] == 1


def strict(api: Api, media_type: str, *, name: str = "", kind: str = "application/problem+json") -> Api:
    """An API that takes its own media type, alone, and answers 406 to every other Accept, which may name it."""

    def respond(request: Request) -> Response:
        if request.field("accept") != media_type:
            return said({"title": f"Not acceptable. {name}"}, kind, 406)
        return api(request)

    return respond


MINE = "application/vnd.mine+json"


@pytest.mark.parametrize(
    "media_type, named",
    [
        ("application/vnd.api+json", {"kind": "application/vnd.api+json"}),
        ("application/vnd.api+json", {}),
        ("application/taxii+json;version=2.1", {}),
        ("application/taxii+json;version=2.1", {"kind": "application/taxii+json;version=2.1"}),
        (MINE, {"name": f"It has to be {MINE}."}),
        (JSON, {}),
    ],
)
def test_a_server_that_takes_its_own_media_type_alone_is_asked_for_it(media_type: str, named: dict[str, str]) -> None:
    things = {"/things": [said([{"id": 1}, {"id": 2}], media_type)], "/things/1": [said({"id": 1}, media_type)]}
    report = judge(strict(offering(things), media_type, **named), "/things")
    assert (report.at_most, judged(report)) != (0, "")
    assert judged(report) == media_type.partition(";")[0]
    assert report.coverage["requests"] < 45


def test_a_server_that_takes_nothing_likely_is_said_to_be_one() -> None:
    with pytest.raises(Unreadable, match="406, not acceptable: name a media type"):
        judge(strict(offering({"/": [ONE]}), MINE))


def test_the_accept_of_the_user_is_the_only_one_that_is_sent() -> None:
    asked: list[Request] = []
    with pytest.raises(Unreadable, match="does not have the media type that"):
        audit(wsgi(strict(offering({"/": [ONE]}, asked=asked), JSON)), headers={"Accept": HTML})
    assert asked == []
