"""A cursor belongs to the filters, the order and the resource it was given out for, and says nothing to clients."""

import itertools
import re
from base64 import urlsafe_b64decode
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restwell.data.cursors import _seal, read_cursor, write_cursor
from restwell.data.query import Order
from restwell.http.limits import MAX_CURSOR
from restwell.http.problems import BadCursor
from restwell.model.conditions import FALSE, TRUE, And, Comparison, Condition, Not, Or
from tests.api import JSON, Served, is_problem
from tests.examples import FRAMEWORKS

SECRET = b"a secret of the store"
ROW: tuple[Any, ...] = (7, 1, 0, "Flask", 2010, "Python", "Flask-RESTPlus", None)

QUERIES = [
    "", "created[gte]=2005", "created[gte]=2006", "created[gt]=2005", "created[lte]=2010", "name[ne]=x",
    "parent=Python", "name[in]=Flask,Django,Bottle", "name[in]=Flask,Django,Tornado", "name[contains]=o",
    "name[icontains]=o", "relatedName[exists]=false", "relatedName[exists]=true", "created[gte]=2005&parent=Python",
    "sort=name", "sort=-name", "sort=created", "sort=created,name", "sort=name,created", "sort=-created,name",
    "sort=name&created[gte]=2005", "sort=name&created[gte]=2006",
]  # fmt: skip


def cursor_of(api: Served, query: str, relation: str = "next") -> str | None:
    """The cursor in the link to the next page of a query."""
    answer = api.send("GET", f"/frameworks?limit=1&{query}", {"Accept": JSON})
    assert answer.status == 200
    links = answer.links(relation)
    return dict(parse_qsl(urlsplit(links[0].target).query))["after"] if links else None


def test_a_cursor_is_refused_with_other_filters_or_in_another_order(stored: Served) -> None:
    cursors = {query: found for query in QUERIES if (found := cursor_of(stored, query))}
    assert len(cursors) > 15
    assert len(set(cursors.values())) == len(cursors)
    for (own, cursor), other in itertools.product(cursors.items(), QUERIES):
        answer = stored.send("GET", f"/frameworks?limit=1&after={cursor}&{other}")
        if own == other:
            assert answer.status == 200
        else:
            assert is_problem(answer, 400)
            assert answer["content-type"] == "application/problem+json"
            assert "filters" in answer.json()["detail"]


def test_filters_may_be_written_in_another_order_and_the_limit_may_change(stored: Served) -> None:
    cursor = cursor_of(stored, "created[gte]=2005&parent=Python&sort=name")
    for query in (
        "parent=Python&sort=name&created[gte]=2005",
        "sort=name&created%5Bgte%5D=2005&parent=Python&limit=3",
    ):
        assert stored.send("GET", f"/frameworks?{query}&after={cursor}").status == 200


def test_a_cursor_without_the_filter_of_its_page_would_show_other_rows(stored: Served) -> None:
    """So it is refused, also where a client leaves the filters out to see what is behind them."""
    cursor = cursor_of(stored, "created[gte]=2009&sort=name")
    assert is_problem(stored.send("GET", f"/frameworks?sort=name&after={cursor}"), 400)


def test_pages_of_a_filter_show_every_row_once_in_both_directions(stored: Served) -> None:
    answer, seen, target = None, [], "/frameworks?limit=1&created[gte]=2009&sort=-name"
    for _ in range(5):
        answer = stored.send("GET", target, {"Accept": JSON})
        seen += [each["name"] for each in answer.json()["frameworks"]]
        if not answer.links("next"):
            break
        target = answer.link("next")
    assert seen == ["Tornado", "Flask", "Bottle"]
    assert answer is not None
    back = stored.send("GET", answer.link("prev"), {"Accept": JSON})
    assert [each["name"] for each in back.json()["frameworks"]] == ["Flask"]


# What a client can see of it.


def test_a_cursor_shows_nothing_of_the_row(stored: Served) -> None:
    for sort in ("name", "relatedName,name", "-created,relatedDocs,name"):
        raw = urlsafe_b64decode((cursor_of(stored, f"sort={sort}") or "") + "==")
        assert not re.search(rb"Bottle|Django|Flask|Tornado|20[01]\d|true|false|null", raw)


def test_equal_pages_have_equal_bytes(stored: Served) -> None:
    one, other = (stored.send("GET", "/frameworks?limit=1&sort=name", {"Accept": JSON}) for _ in range(2))
    assert (one.body, one["etag"], one["link"]) == (other.body, other["etag"], other["link"])


@given(st.text(max_size=40), st.text(max_size=40))
def test_what_two_cursors_have_in_common_says_nothing_of_what_their_rows_have(one: str, other: str) -> None:
    """The streams differ from the first bit on where the payloads differ anywhere."""
    sort = (Order("name"),)
    first, second = (
        urlsafe_b64decode(write_cursor(FRAMEWORKS, sort, (*ROW[:3], "same " * 5 + text, *ROW[4:]), SECRET) + "==")
        for text in (one, other)
    )
    assert (first == second) is (one == other)
    if one != other:
        assert sum(a == b for a, b in zip(first, second, strict=False)) < 12


@given(st.binary(max_size=400))
def test_bytes_that_the_store_has_not_sealed_are_refused(raw: bytes) -> None:
    for text in (raw.hex(), raw.decode("latin-1")):
        with pytest.raises(BadCursor):
            read_cursor(FRAMEWORKS, (), text, SECRET)


def test_a_cursor_that_is_cut_or_lengthened_is_refused() -> None:
    cursor = write_cursor(FRAMEWORKS, (), ROW, SECRET)
    for place in range(len(cursor)):
        with pytest.raises(BadCursor):
            read_cursor(FRAMEWORKS, (), cursor[:place], SECRET)
    for more in ("A", "AAAA", "=", "==", " ", "\n", "A" * MAX_CURSOR, "A" * 100_000):
        with pytest.raises(BadCursor):
            read_cursor(FRAMEWORKS, (), cursor + more, SECRET)


def test_contexts_that_look_alike_when_they_are_joined_are_told_apart() -> None:
    sorts: list[tuple[Order, ...]] = [
        (), (Order("a"),), (Order("a", descending=True),), (Order("-a"),), (Order("a"), Order("b")), (Order("a,b"),),
    ]  # fmt: skip
    conditions: list[Condition] = [
        TRUE, FALSE, Comparison("a", "eq", ("1",)), Comparison("a", "eq", (1,)), Comparison("a", "eq", (True,)),
        Comparison("a", "in", ("1", "2")), Comparison("a", "in", ("1,2",)), Comparison("a", "in", ("1', '2",)),
        And((Comparison("a", "eq", ("1",)), Comparison("b", "eq", ("2",)))), Comparison("a", "ne", ("1",)),
        Or((Comparison("a", "eq", ("1",)), Comparison("b", "eq", ("2",)))), Not(Comparison("a", "eq", ("1",))),
        Comparison("a", "eq", (None,)), Comparison("a", "eq", ("None",)),
    ]  # fmt: skip
    made = [write_cursor(FRAMEWORKS, (), ROW, SECRET, condition=each) for each in conditions]
    assert len(set(made)) == len(conditions)
    assert len({_seal(FRAMEWORKS, sort, TRUE, b"", SECRET) for sort in sorts}) == len(sorts)


def test_a_cursor_is_written_and_read_in_links(stored: Served) -> None:
    cursor = cursor_of(stored, "sort=name")
    assert cursor is not None
    assert urlencode({"after": cursor}) == f"after={cursor}"
