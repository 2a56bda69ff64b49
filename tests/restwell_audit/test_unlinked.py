"""Guesses are asked once each, of one collection for all that are like it, and not without end."""

from __future__ import annotations

from collections import Counter

from restwell_audit.unlinked import MAX_TRIED
from tests.restwell_audit.apis import Api, Request, Response, hal, problem, said
from tests.restwell_audit.cases import judge

ROWS = {"rows": [{"name": "Flask", "created": 2010}, {"name": "Django", "created": 2005}]}


def counted(asked: Counter[str], *collections: str, item: str = "") -> Api:
    """An API whose entry point links collections, of which no member has a link, and at most one can be had."""

    def respond(request: Request) -> Response:
        target = request.path + (f"?{request.query}" if request.query else "")
        if request.method == "GET":
            asked[target] += 1
        if request.path == "/":
            return hal(**{f"list-{number}": each for number, each in enumerate(collections)})
        if target in collections:
            return said(ROWS)
        return said(ROWS["rows"][1]) if request.path == item else problem(404)

    return respond


def guesses(asked: Counter[str], place: str) -> list[str]:
    return [target for target in asked if target.startswith(f"{place}/")]


def test_another_query_or_suffix_of_a_collection_whose_member_was_found_is_not_tried_again() -> None:
    asked: Counter[str] = Counter()
    report = judge(counted(asked, "/rows", "/rows?sort=name", "/rows.json", item="/rows/Django"))
    assert report.level is not None
    assert report.level >= 1
    named = [each for each in asked if "Django" in each or "2005" in each or "Flask" in each]
    assert {each.rstrip("/") for each in named} == {"/rows/Django"}
    assert guesses(asked, "/rows.json") == []


def test_another_query_of_a_collection_that_was_tried_in_vain_is_not_tried_again() -> None:
    once, thrice = Counter[str](), Counter[str]()
    judge(counted(once, "/rows"))
    judge(counted(thrice, "/rows", "/rows?sort=name", "/rows?sort=created"))
    assert guesses(once, "/rows") == guesses(thrice, "/rows") != []


def test_no_further_collections_are_tried_after_many_guesses_in_vain() -> None:
    asked: Counter[str] = Counter()
    places = [f"/list{number}" for number in range(20)]
    judge(counted(asked, *places))
    tried = [place for place in places if guesses(asked, place)]
    assert 1 < len(tried) < len(places)
    in_vain = sum(len(guesses(asked, place)) for place in tried)
    assert in_vain <= 2 * MAX_TRIED
