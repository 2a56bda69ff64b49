from __future__ import annotations

import pytest

from restwell_audit.ladder import Report
from tests.restwell_audit.apis import Api, Request, Response, hal, page, problem, said, table
from tests.restwell_audit.cases import GOOD, Cases, Pair, found, good, judge, judging, names
from tests.restwell_audit.changes import every_tag_matches, having, ignoring, new_tags, responses, without

MONDAY = "Mon, 23 Nov 2026 03:00:00 GMT"
COPIES = {"CopiesAreRevalidated", "ValidatorIsIgnored", "EveryTagMatches", "NotModifiedLacks", "TagChangesByItself"}


def not_modified_without(*names: str) -> Report:
    """What is said when 304 leaves these fields out."""

    def change(_: Request, response: Response) -> Response:
        return response.without(*names) if response.status == 304 else response

    return good(responses(change))()


def by_date() -> Api:
    """An API that has dates for validators."""

    def respond(request: Request) -> Response:
        if request.field("if-modified-since") == MONDAY:
            return Response(304, (("Cache-Control", "no-cache"), ("Last-Modified", MONDAY)))
        return hal(up="/", Last_Modified=MONDAY, Cache_Control="no-cache")

    def document(request: Request) -> Response:
        return respond(request).having(Last_Modified=MONDAY)

    return table({"GET /": document, "GET /one": document})


def variants(vary: str = "", other_vary: str = "") -> Api:
    """An API that has JSON and pages, and these fields of Vary with them."""

    def respond(request: Request) -> Response:
        if request.field("accept") == "text/html":
            return page('<a href="/">start</a>', Vary=other_vary)
        return said({"a": 1}, Vary=vary)

    return table({"GET /": respond})


def state(report: Report) -> str:
    """What becomes of the constraint."""
    return next(each.state for each in report.constraints if each.constraint == "cacheable")


CASES: Cases = {
    "CachingIsStated": Pair(GOOD, good(without("Cache-Control", "ETag"))),
    "NothingToKeep": Pair(judging(lambda: table({"POST /": said({})})), GOOD),
    "OnlyValidators": Pair(good(without("Cache-Control")), good(without("Cache-Control", "ETag"))),
    "CachingIsNotStated": Pair(good(without("Cache-Control", "ETag")), GOOD),
    "CopiesAreRevalidated": Pair(GOOD, good(ignoring("If-None-Match"))),
    "ValidatorIsIgnored": Pair(good(ignoring("If-None-Match")), GOOD),
    "EveryTagMatches": Pair(good(every_tag_matches), GOOD),
    "NotModifiedLacks": Pair(lambda: not_modified_without("ETag"), GOOD),
    "TagChangesByItself": Pair(good(new_tags()), GOOD),
    "VaryIsTrue": Pair(GOOD, good(without("Vary"))),
    "VaryLacksAccept": Pair(good(without("Vary")), GOOD),
}


# -- is it said ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fields", [{"Cache_Control": "no-store"}, {"Expires": MONDAY}])
def test_who_says_that_nothing_may_be_kept_has_said_it(fields: dict[str, str]) -> None:
    report = good(without("Cache-Control", "ETag"), having(**fields))()
    assert "CachingIsStated" in names(report)


def test_one_that_says_nothing_breaks_the_constraint() -> None:
    def change(request: Request, response: Response) -> Response:
        return response.without("Cache-Control", "ETag") if request.path == "/things/one" else response

    report = good(responses(change))()
    assert found(report, "CachingIsNotStated").details == {"number": 1, "of": 5}
    assert state(report) == "broken"


# -- copies --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ValidatorIsIgnored", "EveryTagMatches", "TagChangesByItself"])
def test_a_validator_that_does_not_work_breaks_the_constraint(name: str) -> None:
    report = CASES[name].found()
    assert (names(report) & COPIES, state(report)) == ({name}, "broken")


def test_the_answer_to_the_tag_is_the_evidence() -> None:
    first, second = found(CASES["ValidatorIsIgnored"].found(), "ValidatorIsIgnored").evidence
    assert ("If-None-Match", first.header("etag")) in second.sent
    assert second.status == 200


def test_a_tag_that_never_was_is_tried_too() -> None:
    [exchange] = found(CASES["EveryTagMatches"].found(), "EveryTagMatches").evidence
    assert ("If-None-Match", '"no-such-tag"') in exchange.sent


@pytest.mark.parametrize("left_out", ["ETag", "Cache-Control", "Vary"])
def test_304_repeats_what_the_cache_has_to_know(left_out: str) -> None:
    report = not_modified_without(left_out)
    assert found(report, "NotModifiedLacks").details == {"fields": left_out.lower()}
    assert state(report) == "met", "the copy can be used"


def test_copies_are_revalidated_by_date_where_there_are_no_tags() -> None:
    finding = found(judge(by_date()), "CopiesAreRevalidated")
    assert ("If-Modified-Since", MONDAY) in finding.evidence[1].sent


def test_without_validators_nothing_is_said_about_copies() -> None:
    assert not names(good(without("ETag"))()) & COPIES


def test_a_tag_that_changes_with_what_it_names_is_right() -> None:
    """Somebody else may change a resource while it is judged."""
    visits: list[int] = []

    def moving(request: Request) -> Response:
        visits.append(len(visits))
        content = {"name": f"visit {len(visits)}"}
        tag = f'"{len(visits)}"'
        return Response(304) if request.field("if-none-match") == tag else said(content, ETag=tag)

    assert "TagChangesByItself" not in names(judge(table({"GET /": moving})))


# -- variants ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("vary", ["Accept", "accept", "Origin, Accept", "*"])
def test_vary_names_what_was_negotiated(vary: str) -> None:
    assert "VaryIsTrue" in names(judge(variants(vary, vary)))


@pytest.mark.parametrize("vary, other", [("", ""), ("Accept", ""), ("", "Accept"), ("Origin", "Accept-Encoding")])
def test_every_variant_has_to_name_it(vary: str, other: str) -> None:
    report = judge(variants(vary, other))
    assert found(report, "VaryLacksAccept").details == {"one": "application/json", "another": "text/html"}
    assert state(report) == "broken"


def test_who_has_one_format_need_not_vary() -> None:
    report = judge(table({"GET /": said({"a": 1}, Cache_Control="no-cache")}))
    assert not names(report) & {"VaryIsTrue", "VaryLacksAccept"}


def test_a_media_type_that_was_sent_anyway_is_not_asked_for() -> None:
    wanted: list[str] = []

    def respond(request: Request) -> Response:
        wanted.append(request.field("accept"))
        return said({"a": 1}, Cache_Control="no-cache")

    judge(table({"GET /": respond}))
    assert {"text/html", "application/xml"} <= set(wanted)
    assert "application/json" not in wanted


def test_a_refusal_is_no_variant() -> None:
    def respond(request: Request) -> Response:
        return said({"a": 1}) if "*/*" in request.field("accept") else problem(406)

    assert "VaryLacksAccept" not in names(judge(table({"GET /": respond})))
