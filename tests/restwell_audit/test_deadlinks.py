from __future__ import annotations

import itertools

import pytest

from tests.restwell_audit.apis import HAL, HAL_FORMS, Api, Response, hal, openapi, page, problem, said, table
from tests.restwell_audit.cases import GOOD, Cases, Pair, found, judge, judging, names

LINKS = {"LinksLive", "SomeLinksAreDead", "ManyLinksAreDead", "LinksAreNotRead"}


def web(live: int, dead: int) -> Api:
    """An entry point that links these many resources that are there, and these many that are not."""
    links = {f"item-{number}": {"href": f"/{number}"} for number in range(live + dead)}
    behind = {f"GET /{number}": hal(up="/") for number in range(live)}
    return table({"GET /": said({"_links": links}, HAL), **behind})


def leading_to(answer: Response | Api) -> Api:
    """An entry point that links one resource, which answers GET so."""
    return table({"GET /": hal(item="/one"), "GET /one": answer})


CASES: Cases = {
    "LinksLive": Pair(GOOD, judging(lambda: web(9, 1))),
    "SomeLinksAreDead": Pair(judging(lambda: web(9, 1)), judging(lambda: web(10, 0))),
    "ManyLinksAreDead": Pair(judging(lambda: web(1, 2)), judging(lambda: web(9, 1))),
    "LinksAreNotRead": Pair(judging(lambda: leading_to(problem(401))), GOOD),
}


@pytest.mark.parametrize("live, dead, kind", [
    (4, 1, "SomeLinksAreDead"), (8, 2, "SomeLinksAreDead"), (3, 1, "ManyLinksAreDead"), (7, 2, "ManyLinksAreDead"),
])  # fmt: skip
def test_one_dead_link_of_five_is_not_many(live: int, dead: int, kind: str) -> None:
    assert names(judge(web(live, dead))) & LINKS == {kind}


@pytest.mark.parametrize("status, alive", [
    (200, True), (401, True), (403, True), (405, True), (204, True), (429, True), (501, True), (404, False),
    (410, False), (500, False), (503, False),
])  # fmt: skip
def test_a_link_is_dead_where_nothing_is_or_something_fails(status: int, alive: bool) -> None:
    report = judge(leading_to(problem(status) if status != 204 else Response(204)))
    assert ("LinksLive" in names(report)) is alive


@pytest.mark.parametrize("status, why", [
    (401, "1 needs a credential"), (405, "1 refuses GET"), (429, "1 asks to come again later"),
])  # fmt: skip
def test_what_is_there_and_was_not_read_is_said(status: int, why: str) -> None:
    report = judge(leading_to(problem(status, Allow="POST")))
    assert names(report) & LINKS == {"LinksLive", "LinksAreNotRead"}
    assert found(report, "LinksAreNotRead").details == {"why": why}


def test_a_server_that_asks_for_time_is_not_dead() -> None:
    assert "LinksLive" in names(judge(leading_to(problem(503, Retry_After="3600"))))


def test_what_failed_once_is_not_dead() -> None:
    answers = itertools.chain([problem(500)], itertools.repeat(hal(up="/")))
    report = judge(leading_to(lambda _: next(answers)))
    assert "LinksLive" in names(report)


POST_ONLY: dict[str, Api] = {
    "a template of HAL-FORMS": table({
        "GET /": said({
            "_links": {"orders": {"href": "/orders"}},
            "_templates": {"default": {"method": "POST", "target": "/orders", "properties": [{"name": "a"}]}},
        }, HAL_FORMS),
        "POST /orders": said({}, status=201),
    }),
    "a form of HTML": table({
        "GET /": page('<a href="/orders">Orders</a><form method="post" action="/orders"><input name="a"></form>'),
        "POST /orders": said({}, status=201),
    }),
    "an action of Siren": table({
        "GET /": said({
            "links": [{"rel": ["orders"], "href": "/orders"}],
            "actions": [{"name": "order", "method": "POST", "href": "/orders"}],
        }, "application/vnd.siren+json"),
        "POST /orders": said({}, status=201),
    }),
    "an operation of Hydra": table({
        "GET /": said({
            "@context": {"hydra": "http://www.w3.org/ns/hydra/core#", "orders": {"@id": "hydra:x", "@type": "@id"}},
            "orders": {"@id": "/orders", "hydra:operation": {"@type": "hydra:Operation", "hydra:method": "POST"}},
        }, "application/ld+json"),
        "POST /orders": said({}, status=201),
    }),
    "a description": table({
        "GET /": hal(orders="/orders", service_desc="/openapi.json"),
        "GET /openapi.json": openapi({"POST /orders": {}, "GET /": {}}),
        "POST /orders": said({}, status=201),
    }),
}  # fmt: skip


@pytest.mark.parametrize("status", [404, 405])
@pytest.mark.parametrize("name", POST_ONLY)
def test_what_only_takes_post_as_is_described_is_not_dead(name: str, status: int) -> None:
    api = POST_ONLY[name]
    report = judge(
        lambda request: (
            problem(status, Allow="POST") if (request.method, request.path) == ("GET", "/orders") else api(request)
        )
    )
    assert not names(report) & {"SomeLinksAreDead", "ManyLinksAreDead"}


def test_what_is_described_to_be_read_and_is_not_there_is_dead() -> None:
    api = table({
        "GET /": hal(orders="/orders", service_desc="/openapi.json"),
        "GET /openapi.json": openapi({"POST /orders": {}, "GET /orders": {}}),
    })  # fmt: skip
    assert "ManyLinksAreDead" in names(judge(api))


def test_a_link_to_another_origin_is_not_followed_and_not_dead() -> None:
    report = judge(table({"GET /": hal(item="/one", related="https://nobody.example/"), "GET /one": hal(up="/")}))
    assert "LinksLive" in names(report)
    assert report.coverage["left_out"] == {"links to other origins": 1}


def test_what_only_looks_like_a_link_promises_nothing() -> None:
    report = judge(table({"GET /": said({"path": "/nowhere", "url": "/nowhere/either"})}))
    assert not names(report) & {"LinksLive", "SomeLinksAreDead", "ManyLinksAreDead"}


def test_where_a_dead_link_stands_is_said() -> None:
    finding = found(judge(web(1, 2)), "ManyLinksAreDead")
    assert finding.details == {"number": 2, "of": 3, "via": "http://localhost/"}
    assert finding.subject == "http://localhost/1"
    assert [each.status for each in finding.evidence] == [200, 404, 404]
