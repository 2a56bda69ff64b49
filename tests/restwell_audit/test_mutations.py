"""The Frameworks API with one property taken away: the report changes where that matters, and nowhere else.

What an auditor says is worth something where it tells a good API from one that is hardly different. So each
mutation names the findings that come and go, the level, and the constraints that are broken by it. httplint's notes
are left aside: there are many, and each has its own tests at httplint.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple

import pytest

from restwell_audit import Report, audit
from restwell_audit.findings import CONSTRAINTS
from restwell_audit.ladder import VERDICTS
from tests.api import FOUR, JSON, Served, serving
from tests.conftest import StartServer
from tests.restwell_audit.apis import Api, Change, Request, Response, asked, changed, served, wsgi
from tests.restwell_audit.cases import ids
from tests.restwell_audit.changes import (
    contents,
    counting,
    errors_inside,
    every_tag_matches,
    having,
    ignoring,
    instead,
    plain_json,
    raffling,
    remembering,
    requests,
    responses,
    slash_twins,
    sniffing,
    statuses,
    texts,
    without,
    without_members,
    without_pages,
)

POSTED = frozenset(["POST"])
NAMES = [row["name"] for row in FOUR]
LONG_AGO = 1_000_000_000


# -- the API and what is said of it --------------------------------------------------------------------------


@contextmanager
def frameworks(*changes: Change) -> Iterator[tuple[Served, Api]]:
    """The Frameworks API with four rows that were changed long ago, and the same after some changes.

    Long ago, since a date of this very second is no validator yet (RFC 9110, section 8.8.2.2).
    """
    with serving() as api:
        api.change(f"UPDATE frameworks SET _modified = {LONG_AGO}, _version = _version + 1")
        yield api, changed(asked(api.call), *changes)


def judged(*changes: Change, key: bool = False, write: bool = False) -> tuple[Report, list[str]]:
    """What is said of the API after some changes, and which rows it has afterwards."""
    with frameworks(*changes) as (api, mutated):
        headers = {"Authorization": f"Bearer {api.key()}"} if key else {}
        report = audit(wsgi(mutated), headers=headers, write=write)
        rows = api.send("GET", "/frameworks", accept=JSON).json()["frameworks"]
    return report, [row["name"] for row in rows]


@cache
def unchanged(*, key: bool = False, write: bool = False) -> tuple[Report, list[str]]:
    return judged(key=key, write=write)


def broken(report: Report) -> set[str]:
    return {each.constraint for each in report.constraints if each.state == "broken"}


def untested(report: Report) -> set[tuple[object, str]]:
    named = re.compile(r"--\w+")
    return {(each.bearing, (named.findall(each.how) or [each.how])[0]) for each in report.untested}


# -- mutations -----------------------------------------------------------------------------------------------


class Mutation(NamedTuple):
    """A change, the findings that come and go with it, and what becomes of level and constraints."""

    change: Callable[[], list[Change]]
    come: set[str]
    go: set[str]
    level: int = 3
    broken: set[str] | frozenset[str] = frozenset()
    key: bool = False
    write: bool = False
    unseen: set[str] | frozenset[str] = frozenset()
    """The constraints for which nothing is left to show them."""


def as_pages(_: Request, response: Response) -> Response:
    """JSON that is said to be a page."""
    return response.having(Content_Type="text/html") if response.media_type.endswith("json") else response


def without_location(_: Request, response: Response) -> Response:
    return response.without("Location") if response.status == 201 else response


def taken_unread(_: Request, response: Response) -> Response:
    """What should be 415 is taken."""
    if response.status != 415:
        return response
    return response.without("content-type", "content-length")._replace(status=201, content=b"")


def without_links_onward(_: Request, response: Response) -> Response:
    """The Link fields that lead to what is about the API, and not those that repeat what the content links."""
    links = [link.strip() for link in response.field("link").split(", <") if link]
    about = ("service", "describedby", "api-catalog", "apiDocumentation", "license", "type", "status")
    kept = [f"<{link.lstrip('<')}" for link in links if any(f"{rel}" in link.partition("rel=")[2] for rel in about)]
    bare = response.without("Link")
    return bare.having(Link=", ".join(kept)) if kept else bare


def growing() -> Change:
    """PUT makes something else of it each time."""
    years = itertools.count(1990)

    def change(request: Request) -> Request:
        if request.method != "PUT" or not request.content:
            return request
        return request._replace(content=json.dumps(json.loads(request.content) | {"created": next(years)}).encode())

    return requests(change)


def link_nowhere(request: Request, data: Any) -> Any:
    """The members of the collection are linked where nothing is."""
    if request.path != "/frameworks" or not isinstance(data, dict) or "member" not in data:
        return data
    return json.loads(json.dumps(data).replace("/frameworks/", "/gone/"))


HYPERMEDIA = {"entry-leads-on", "links-are-defined", "links-live", "all-is-reached", "hypermedia-drives"}
MUTATIONS = {
    "no ETag": Mutation(lambda: [without("ETag")], {"lacks-validators"}, {"has-validators"}),
    "no ETag, with a key": Mutation(lambda: [without("ETag")], {"lacks-validators"}, {"has-validators"}, key=True),
    "no validators": Mutation(
        lambda: [without("ETag", "Last-Modified")],
        {"lacks-validators"}, {"has-validators", "copies-are-revalidated"},
    ),
    "If-None-Match ignored": Mutation(
        lambda: [ignoring("If-None-Match")],
        {"validator-is-ignored"}, {"copies-are-revalidated"}, broken={"cacheable"},
    ),
    "every If-None-Match is 304": Mutation(
        lambda: [every_tag_matches], {"every-tag-matches"}, {"copies-are-revalidated"}, broken={"cacheable"},
    ),
    "If-Match ignored": Mutation(
        lambda: [ignoring("If-Match")],
        {"condition-is-ignored"}, {"lost-updates-are-refused"}, level=1, key=True, write=True,
    ),
    "no Allow": Mutation(
        lambda: [without("Allow")],
        {"options-are-not-told", "refused-without-allow"}, {"options-are-told", "unsupported-is-refused"}, key=True,
    ),
    "404 for 405": Mutation(
        lambda: [statuses({405: 404, 501: 404})], {"unsupported-is-something-else"}, {"unsupported-is-refused"},
    ),
    "200 with an error inside for 404": Mutation(
        lambda: [errors_inside(404)], {"error-as-success"}, {"missing-is-not-found"}, level=1,
    ),
    "500 for 404": Mutation(
        lambda: [statuses({404: 500})], {"missing-breaks"}, {"missing-is-not-found"}, level=1,
    ),
    "no Vary": Mutation(lambda: [without("Vary")], {"vary-lacks-accept"}, {"vary-is-true"}, broken={"cacheable"}),
    "no Cache-Control": Mutation(
        lambda: [without("Cache-Control")],
        {"only-validators", "says-nothing-of-caching"}, {"caching-is-stated", "says-how-long"},
    ),
    "neither Cache-Control nor validators": Mutation(
        lambda: [without("Cache-Control", "ETag", "Last-Modified")],
        {"caching-is-not-stated", "lacks-validators", "says-nothing-of-caching"},
        {"caching-is-stated", "copies-are-revalidated", "has-validators", "says-how-long"}, broken={"cacheable"},
    ),
    "no links at all": Mutation(
        lambda: [responses(plain_json), without("Link"), without_pages],
        {"entry-leads-nowhere", "head-differs", "hypermedia-is-missing", "links-are-text", "little-is-reached"},
        HYPERMEDIA | {"head-is-get", "vary-is-true"}, level=2, broken={"uniform-interface"},
    ),
    "no links at all, with a key": Mutation(
        lambda: [responses(plain_json), without("Link"), without_pages],
        {"entry-leads-nowhere", "head-differs", "hypermedia-is-missing", "links-are-text", "little-is-reached",
         "operations-nowhere"},
        HYPERMEDIA | {"head-is-get", "operations-in-band", "vary-is-true"}, level=2, broken={"uniform-interface"},
        key=True,
    ),
    "no Link fields onward": Mutation(
        lambda: [responses(without_links_onward)], {"most-is-reached"}, {"all-is-reached"},
    ),
    "no operations in band": Mutation(
        lambda: [without_members("operation")],
        {"hypermedia-is-missing", "operations-out-of-band"}, {"hypermedia-drives", "operations-in-band"},
        level=2, broken={"uniform-interface"}, key=True,
    ),
    "no Content-Type": Mutation(
        lambda: [without("Content-Type")],
        {"no-media-type"}, {"messages-describe-themselves", "vary-is-true"},
        broken={"uniform-interface"},  # Link fields lead on all the same
    ),
    "JSON as text/html": Mutation(
        lambda: [responses(as_pages)],
        {"hypermedia-is-missing", "links-are-text", "media-type-is-wrong"},
        {"hypermedia-drives", "links-are-defined", "messages-describe-themselves", "vary-is-true"},
        level=2, broken={"uniform-interface"},
    ),
    "a twin with a slash": Mutation(lambda: [slash_twins], {"second-uri"}, {"one-uri"}),
    "a session": Mutation(
        lambda: [having(Set_Cookie="session=1; Path=/")], {"session-cookie"}, set(), broken={"stateless"},
    ),
    "what was asked before": Mutation(
        lambda: [remembering], {"depends-on-the-order"}, {"answers-stand-alone"}, broken={"stateless"},
    ),
    "another word each time": Mutation(
        lambda: [raffling()], {"changes-by-itself"}, set(),
    ),
    "the number of requests": Mutation(lambda: [counting()], {"changes-by-itself"}, set()),
    "what a browser wants": Mutation(
        lambda: [sniffing], {"clients-are-told-apart"}, {"any-client-can-ask"}, broken={"client-server"},
    ),
    "200 for 201": Mutation(
        lambda: [statuses({201: 200}, of=POSTED)],
        {"created-as-something-else"}, {"created-with-location"}, key=True, write=True,
    ),
    "201 without Location": Mutation(
        lambda: [responses(without_location)],
        {"created-without-location"}, {"created-with-location"}, key=True, write=True,
    ),
    "PUT that is not idempotent": Mutation(
        lambda: [growing()], {"put-is-not-idempotent"}, {"put-is-idempotent"}, level=1, key=True, write=True,
    ),
    "201 for 415": Mutation(
        lambda: [responses(taken_unread)],
        {"bad-content-is-taken", "could-not-remove"}, {"strange-type-is-refused"}, level=1, key=True, write=True,
    ),
    "500 for malformed content": Mutation(
        lambda: [statuses({400: 500}, of=POSTED)],
        {"bad-content-breaks"}, {"bad-content-is-refused"}, level=1, key=True, write=True,
    ),
}  # fmt: skip


NAMES_OF: dict[int, str] = dict(VERDICTS.items())


def verdict(level: int, broken: Collection[str]) -> str:
    """The verdict on an API at a level that breaks these constraints."""
    if level == 2 and "cacheable" in broken:
        return "Approaching REST, not cacheable"
    named = ", ".join(each for each in CONSTRAINTS if each in broken)
    return f"Likely RESTful, but not {named}" if level == 3 and named else NAMES_OF[level]


@pytest.mark.parametrize("name", MUTATIONS)
def test_the_report_changes_where_it_matters_and_nowhere_else(name: str) -> None:
    mutation = MUTATIONS[name]
    (before, _), how = unchanged(key=mutation.key, write=mutation.write), (mutation.key, mutation.write)
    after, rows = judged(*mutation.change(), key=how[0], write=how[1])
    assert ids(after) - ids(before) == mutation.come
    assert ids(before) - ids(after) == mutation.go
    assert (after.level, after.verdict) == (mutation.level, verdict(mutation.level, mutation.broken))
    assert broken(after) == mutation.broken
    assert {bearing for bearing, _ in untested(after) - untested(before)} == mutation.unseen
    assert rows == NAMES


def test_dead_links_to_the_members_cost_level_3() -> None:
    before, _ = unchanged()
    after, _ = judged(contents(link_nowhere))
    assert ids(after) - ids(before) == {"many-links-are-dead", "hypermedia-is-missing"}
    assert ids(before) - ids(after) == {"links-live", "hypermedia-drives"}
    assert (after.level, after.coverage["dead_links"]) == (2, 4)


def test_what_delete_does_not_remove_is_said_and_left_behind() -> None:
    before, _ = unchanged(key=True, write=True)
    after, rows = judged(instead("DELETE /frameworks/.+", Response(204)), key=True, write=True)
    assert ids(after) - ids(before) == {"removed-is-still-there"}
    assert ids(before) - ids(after) == {"removed-is-gone"}
    [left] = set(rows) - set(NAMES)
    [finding] = [each for each in after.findings if each.id() == "removed-is-still-there"]
    assert finding.subject.endswith(f"/{left}")


# -- without a mutation --------------------------------------------------------------------------------------


@pytest.mark.parametrize("key, write", [(False, False), (True, False), (True, True), (False, True)])
def test_the_api_itself_is_likely_restful_in_process(key: bool, write: bool) -> None:
    report, rows = unchanged(key=key, write=write)
    states = {each.constraint: each.state for each in report.constraints}
    assert (report.level, report.verdict) == (3, "Likely RESTful")
    assert states == dict.fromkeys(CONSTRAINTS, "met") | {"layered": "not tested"}
    assert not [each for each in report.findings if each.severity in {"bad", "warn"}]
    assert rows == NAMES


SERVE_IT = "Audit the URL at which it is served."


def test_what_was_not_tested_is_said() -> None:
    assert untested(unchanged()[0]) == {("layered", SERVE_IT), (3, "--header"), (2, "--write")}
    assert untested(unchanged(key=True)[0]) == {("layered", SERVE_IT), (2, "--write")}
    assert untested(unchanged(key=True, write=True)[0]) == {("layered", SERVE_IT)}
    assert (2, "--header") in untested(unchanged(write=True)[0])


@pytest.mark.slow
@pytest.mark.parametrize("key, write", [(False, False), (True, False), (True, True)])
def test_over_a_socket_it_is_restful(key: bool, write: bool) -> None:
    with frameworks() as (api, itself), served(itself) as url:
        headers = {"Authorization": f"Bearer {api.key()}"} if key else {}
        report = audit(url, headers=headers, write=write, per_second=10_000)
        rows = api.send("GET", "/frameworks", accept=JSON).json()["frameworks"]
    assert (report.level, report.verdict) == (3, "RESTful")
    assert {each.state for each in report.constraints} == {"met"}
    assert [row["name"] for row in rows] == NAMES


@pytest.mark.slow
def test_the_server_that_users_start_is_restful(start_server: StartServer) -> None:
    server = start_server("--database", "sqlite://", "--issue-key", "me=frameworks:write")
    report = audit(f"{server.url}/", per_second=10_000)
    assert (report.level, report.verdict) == (3, "RESTful")
    assert not [each for each in report.findings if each.severity in {"bad", "warn"}]


# -- behind a proxy ------------------------------------------------------------------------------------------


def behind(host: str) -> Change:
    """Whoever comes through a proxy is taken to have asked for this host."""

    def change(request: Request) -> Request:
        return request._replace(fields={**request.fields, "host": host}) if request.field("via") else request

    return requests(change)


@pytest.mark.slow
def test_a_host_that_is_lost_at_the_proxy_leaks_an_inner_address() -> None:
    with frameworks() as (_, itself), served(itself) as url:
        before = audit(url, per_second=10_000)
    with frameworks(behind("localhost:8080")) as (_, mutated), served(mutated) as url:
        after = audit(url, per_second=10_000)
    assert ids(after) - ids(before) == {"inner-address-leaks"}
    assert ids(before) - ids(after) == {"layers-are-unseen"}
    assert (after.level, after.verdict, broken(after)) == (3, "Likely RESTful, but not layered", {"layered"})
    [finding] = [each for each in after.findings if each.id() == "inner-address-leaks"]
    assert "http://localhost:8080/" in finding.line


def test_a_mutation_of_the_text_alone_is_none() -> None:
    """So that what the mutations above change is the property, and not that they are applied."""
    before, _ = unchanged()
    after, _ = judged(
        texts(lambda text: text), contents(lambda _, data: data), responses(lambda _, response: response)
    )
    assert [each.line for each in after.findings] == [each.line for each in before.findings]
