from __future__ import annotations

import re
from typing import Any

import pytest

from restwell_audit import audit
from restwell_audit.relations import REGISTERED
from tests.restwell_audit.apis import HAL, Api, Response, changed, hal, openapi, page, said, table, wsgi
from tests.restwell_audit.cases import GOOD, Cases, Pair, found, judge, judging, names
from tests.restwell_audit.changes import plain_json, responses, without
from tests.restwell_audit.good import Good

THING = {"name": "one", "size": 1}


def plain(*things: str, linked: bool = True) -> Api:
    """An API in plain JSON, with URLs in it or none."""
    entry: dict[str, Any] = {f"{name}_url": f"/{name}" for name in things} if linked else {"hello": "world"}
    behind = {f"GET /{name}": said({"name": name, "up": "/"} if linked else THING) for name in things}
    return table({"GET /": said(entry), **behind})


def described(linked: int, lonely: int) -> Api:
    """Resources that are linked, and some that only a description knows."""
    paths: dict[str, dict[str, Any]] = {f"GET /{number}": {} for number in range(linked + lonely)}
    links = {f"item_{number}": f"/{number}" for number in range(linked)}
    behind = {line: hal(up="/") for line in paths}
    return table({"GET /": hal(**links), "GET /openapi.json": openapi(paths), **behind})


def related(*relations: str) -> Api:
    """An entry point that links something by each of these relations."""
    links = {relation: {"href": f"/{number}"} for number, relation in enumerate(relations)}
    behind = {f"GET /{number}": hal(start="/") for number in range(len(relations))}
    return table({"GET /": said({"_links": links}, HAL), **behind})


CASES: Cases = {
    "EntryLeadsOn": Pair(GOOD, judging(lambda: plain("things"))),
    "EntryLeadsNowhere": Pair(judging(lambda: plain(linked=False)), GOOD),
    "EntryLinksAreText": Pair(judging(lambda: plain("things")), judging(lambda: plain(linked=False))),
    "LinksAreDefined": Pair(GOOD, judging(lambda: plain("things"))),
    "LinksAreText": Pair(judging(lambda: plain("things")), GOOD),
    "NoLinks": Pair(judging(lambda: plain(linked=False)), judging(lambda: plain("things"))),
    "AllIsReached": Pair(GOOD, judging(lambda: described(2, 8))),
    "MostIsReached": Pair(judging(lambda: described(9, 1)), judging(lambda: described(10, 0))),
    "LittleIsReached": Pair(judging(lambda: described(2, 8)), judging(lambda: described(9, 1))),
    "RelationsAreKnown": Pair(GOOD, judging(lambda: related("foo", "bar"))),
    "RelationsAreHomemade": Pair(judging(lambda: related("foo", "bar")), judging(lambda: related("up", "next"))),
}


# -- a way in ------------------------------------------------------------------------------------------------


def test_the_entry_point_counts_where_it_leads() -> None:
    assert found(judge(related("a", "b", "c")), "EntryLeadsOn").details == {"number": 3}


def test_a_link_field_leads_on_from_any_format() -> None:
    entry = Response(200, (("Content-Type", "text/plain"), ("Link", '</things>; rel="item"')), b"Welcome.")
    report = judge(table({"GET /": entry, "GET /things": hal(up="/")}))
    assert {"EntryLeadsOn", "LinksAreDefined", "LinksLive"} <= names(report)


@pytest.mark.parametrize("rel", ["self", "license", "service-doc", "stylesheet", "describedby"])
def test_what_leads_to_itself_or_to_something_about_it_leads_nowhere(rel: str) -> None:
    target = "/" if rel == "self" else "/about"
    api = table({"GET /": said({"_links": {rel: {"href": target}}}, HAL), "GET /about": page("About this.")})
    assert "EntryLeadsNowhere" in names(judge(api))


@pytest.mark.parametrize("start, first", [("/", "Link every collection"), ("/things", "Link each member")])
def test_a_start_without_links_is_told_what_it_can_link(start: str, first: str) -> None:
    entry = said({"name": "an API"})
    api = table({"GET /": entry, "GET /things": said([{"id": 1}, {"id": 2}]), "GET /things/1": said({"id": 1})})
    [finding] = [each for each in audit(wsgi(api), start).findings if each.id() == "entry-leads-nowhere"]
    assert finding.remedy.startswith(first)


def test_a_page_with_anchors_is_an_entry_point() -> None:
    api = table({"GET /": page('<a href="/things">things</a>'), "GET /things": page('<a href="/">home</a>')})
    assert {"EntryLeadsOn", "LinksAreDefined"} <= names(judge(api))


# -- links and text ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("media_type, kind", [
    ("application/hal+json", "LinksAreDefined"), ("application/prs.hal-forms+json", "LinksAreDefined"),
    ("application/json", "LinksAreText"), ("application/vnd.api.v1+json", "LinksAreText"),
])  # fmt: skip
def test_it_is_the_media_type_that_makes_a_link(media_type: str, kind: str) -> None:
    def document(**links: str) -> Response:
        return said({"_links": {rel: {"href": target} for rel, target in links.items()}}, media_type)

    report = judge(table({"GET /": document(item="/one"), "GET /one": document(up="/")}))
    assert names(report) & {"LinksAreDefined", "LinksAreText"} == {kind}


def test_a_format_that_is_shown_is_named() -> None:
    assert found(GOOD(), "LinksAreDefined").details == {"formats": "hal"}


@pytest.mark.parametrize("things, urls", [
    (["things"], "1 URL that application/json does not define as a link"),
    (["things", "people"], "2 URLs that application/json does not define as links"),
])  # fmt: skip
def test_urls_in_a_text_are_counted_and_called_what_they_are(things: list[str], urls: str) -> None:
    report = judge(plain(*things))
    assert found(report, "EntryLinksAreText").line == f"The entry point http://localhost/ has {urls}."
    assert found(report, "LinksAreText").line == f"The content of http://localhost/ has {urls}."
    assert not names(report) & {"EntryLeadsNowhere", "NoLinks"}


def test_urls_that_lead_to_nothing_are_not_called_no_links() -> None:
    report = judge(table({"GET /": said({"gone_url": "/gone", "url": "http://localhost/"})}))
    urls = "1 URL that application/json does not define as a link"
    assert found(report, "LinksAreText").line == f"The content of http://localhost/ has {urls}."


def test_links_in_plain_json_are_followed_to_see_what_there_is_and_do_not_count() -> None:
    report = judge(plain("things", "stuff"))
    assert report.coverage["by"]["link"] == 2
    assert report.level == 2


# -- reach ---------------------------------------------------------------------------------------------------


def test_what_only_a_description_knows_is_named() -> None:
    finding = found(judge(described(2, 8)), "LittleIsReached")
    assert finding.details == {"number": 3, "of": 11, "missing": ", ".join(f"/{number}" for number in range(2, 10))}


def test_what_had_to_be_guessed_is_not_reached() -> None:
    api = table({"GET /": hal(item="/things"), "GET /things": said([THING]), "GET /things/one": said(THING)})
    assert found(judge(api), "LittleIsReached").details["missing"] == "/things/one"


def test_a_template_that_is_described_and_linked_by_nobody_is_missing() -> None:
    paths = openapi({"GET /": {}, "GET /secrets/{id}": {}})
    report = judge(
        table({"GET /": hal(service_desc="/api", item="/one"), "GET /one": hal(up="/"), "GET /api": paths})
    )
    assert found(report, "LittleIsReached").details == {"number": 2, "of": 3, "missing": "/secrets/{id}"}


def test_one_resource_alone_is_not_measured() -> None:
    assert not names(judge(plain(linked=False))) & {"AllIsReached", "MostIsReached", "LittleIsReached"}


# -- relations -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("relation", ["next", "NEXT", "https://rels.example/things", "ex:things"])
def test_a_relation_that_is_registered_or_can_be_looked_up_is_known(relation: str) -> None:
    assert "RelationsAreKnown" in names(judge(related(relation)))


@pytest.mark.parametrize("known, kind", [
    (["up", "next", "prev"], "RelationsAreKnown"), (["up", "next"], "RelationsAreHomemade"),
])  # fmt: skip
def test_one_word_of_its_own_is_forgiven_where_most_are_known(known: list[str], kind: str) -> None:
    """One in five; `start`, with which every resource leads back, is known too."""
    report = judge(related("foo", *known))
    assert names(report) & {"RelationsAreKnown", "RelationsAreHomemade"} == {kind}


def test_the_registered_relations_are_written_as_the_registry_writes_them() -> None:
    assert all(re.fullmatch(r"[a-z0-9._-]+", relation) for relation in REGISTERED)
    assert {"self", "next", "item", "collection", "service-desc", "up", "describedby", "edit"} <= REGISTERED


# -- the level -----------------------------------------------------------------------------------------------


def test_without_links_that_are_links_level_3_is_out_of_reach() -> None:
    report = judge(changed(Good(), responses(plain_json), without("Link")), "/things")
    assert (report.level, report.verdict) == (2, "Approaching REST with Caching")
