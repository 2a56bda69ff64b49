"""Law: every item of a collection is on exactly one page, whatever the sort, both ways."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import urlencode
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import HttpUrl

from restwell import Api, Field, Resource, public
from restwell.data.cursors import ANCHORS
from restwell.model.durations import microseconds_of
from tests.api import JSON, Answer, Served
from tests.laws.examples import law_settings
from tests.laws.filling import fill

pytestmark = pytest.mark.slow


class Page(Resource):
    """A field of every kind that can be sorted by, all but two of which may be missing."""

    name: str = Field(identity=True)
    title: str = ""
    other: str | None = None
    home: HttpUrl | None = None
    count: int | None = Field(None, index=True)
    weight: float | None = None
    good: bool | None = None
    price: Decimal | None = None
    day: date | None = None
    moment: datetime | None = None
    lasts: timedelta | None = None
    code: UUID | None = None
    size: Literal["small", "large"] | None = None


def register(api: Api) -> object:
    return api.resource("/pages", read=public(), write=public())(Page)


FIELDS = list(Page.model_fields)
beginnings = st.sampled_from(["", "", "x" * 45, "x" * 300, "x" * 2000, "é" * 400, "\U0010ffff" * 99, '"\n' * 99])
texts = st.builds(str.__add__, beginnings, st.text("axé\U0010ffff\n", max_size=3))
prices = st.sampled_from(["9", "10", "9.0", "-1", "0." + "3" * 280, "0." + "3" * 279 + "4", "-0." + "3" * 280])
rows = st.lists(
    st.fixed_dictionaries(
        {
            "title": texts,
            "other": st.none() | texts,
            "home": st.none() | texts.map(lambda text: f"https://example.org/{text.encode().hex()}"[:2000]),
            "count": st.sampled_from([None, -1, 0, 2**63 - 1, -(2**63)]),
            "weight": st.sampled_from([None, 0.0, -0.0, 0.1, 1e300]),
            "good": st.sampled_from([None, True, False]),
            "price": st.none() | prices,
            "day": st.sampled_from([None, "2026-01-31", "0999-01-01"]),
            "moment": st.sampled_from([None, "2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000001Z"]),
            "lasts": st.sampled_from([None, "PT10H", "PT9H", "-P1DT0.5S", "P400D"]),
            "code": st.sampled_from([None, *(str(UUID(int=n * 2**100)) for n in range(3))]),
            "size": st.sampled_from([None, "small", "large"]),
        }
    ),
    max_size=10,
).map(lambda found: [{"name": f"n{99 - place}", **row} for place, row in enumerate(found)])
sorts = st.lists(st.tuples(st.sampled_from(FIELDS), st.booleans()), max_size=4, unique_by=lambda order: order[0])
filters = st.sampled_from([(), (("good[exists]", "true"),), (("title[gte]", "x"),), (("title[icontains]", "X"),)])


def pages(api: Served, target: str, relation: str) -> Iterator[tuple[Answer, list[dict[str, Any]]]]:
    for _ in range(100):
        answer = api.send("GET", target, accept=JSON)
        assert answer.status == 200, answer.body
        yield answer, answer.json()["pages"]
        links = answer.links(relation)
        if not links:
            return
        target = links[0].target
    raise AssertionError("the walk does not end")


def target_of(sort: list[tuple[str, bool]], limit: int, also: tuple[tuple[str, str], ...] = ()) -> str:
    keys = ",".join("-" * descending + name for name, descending in sort)
    return "/pages?" + urlencode([*([("sort", keys)] if sort else []), ("limit", str(limit)), *also])


def ranks(row: dict[str, Any], sort: list[tuple[str, bool]]) -> tuple[Any, ...]:
    return tuple(comparable(name, row.get(name)) for name, _ in sort)


def comparable(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name == "moment":
        return datetime.fromisoformat(value).astimezone(UTC)
    if name == "lasts":
        return microseconds_of(value)
    return Decimal(value) if name == "price" else value


def in_order(rows: list[dict[str, Any]], sort: list[tuple[str, bool]]) -> list[tuple[Any, ...]]:
    """The sort values as the contract orders them: missing ones last ascending, first descending."""
    found = list(rows)
    for name, descending in reversed(sort):
        missing = [row for row in found if row.get(name) is None]
        there = [row for row in found if row.get(name) is not None]
        there.sort(key=lambda row: comparable(name, row[name]), reverse=descending)
        found = missing + there if descending else there + missing
    return [ranks(row, sort) for row in found]


LONG = [{"name": f"n{99 - n}", "title": "x" * 2000 + "ab"[n % 2] * (n % 3)} for n in range(10)]
LAST = [{"name": f"n{n}", "title": chr(0x10FFFF) * (64 + n)} for n in range(4)]
LARGEST = [{"name": f"n{n}", "title": "é" * 65_000 + str(n % 3), "other": "y" * 65_535} for n in range(4)]


@law_settings()
@given(rows, sorts, st.integers(1, 5), filters)
@example(LONG, [("title", False)], 1, ())
@example(LONG, [("title", True)], 3, ())
@example(LARGEST, [("other", True), ("title", False)], 1, ())
@example(LONG, [("title", True), ("name", False)], 2, (("title[gte]", "x"),))
def test_every_item_is_on_exactly_one_page_both_ways(
    api: Served, rows: list[dict[str, Any]], sort: list[tuple[str, bool]], limit: int, also: Any
) -> None:
    fill(api, rows, "/pages")
    whole = api.send("GET", target_of(sort, 100, also), accept=JSON).json()["pages"]
    walked = list(pages(api, target_of(sort, limit, also), "next"))
    found = [row for _, page in walked for row in page]
    assert found == whole
    assert [ranks(row, sort) for row in found] == in_order(found, sort)
    if not also:
        assert sorted(row["name"] for row in found) == sorted(row["name"] for row in rows)
    back = walked[-1][0].links("prev")
    before = [page for _, page in pages(api, back[0].target, "prev")] if back else []
    assert [row for page in reversed(before) for row in page] + walked[-1][1] == whole


@law_settings()
@given(rows, sorts, st.integers(1, 3), st.lists(st.sampled_from(["keep", "delete", "change"]), max_size=12))
@example(LONG, [("title", False)], 1, ["delete", "change", "keep"] * 4)
@example(LONG, [("title", True)], 2, ["change", "delete", "keep"] * 4)
@example(LONG, [("title", False), ("count", True)], 1, ["delete", "keep"] * 6)
@example([*LAST, {"name": "n9", "title": ""}], [("title", True)], 1, ["change", "keep"] * 2)
def test_what_becomes_of_the_rows_of_a_page_does_not_shift_the_next(
    api: Served, rows: list[dict[str, Any]], sort: list[tuple[str, bool]], limit: int, fates: list[str]
) -> None:
    """As long as one of the rows is left as it was that a cursor behind long values names."""
    fill(api, rows, "/pages")
    found, touched, running = [], set(), 0
    fate = iter(fates)
    for _, page in pages(api, target_of(sort, limit), "next"):
        found += [row["name"] for row in page if row["name"] not in touched]
        what = next(fate, "keep") if page else "keep"
        running = running + 1 if what != "keep" else 0
        if what == "keep" or running >= ANCHORS:
            running = 0
            continue
        name = page[-1]["name"]
        if name not in touched:
            touched.add(name)
            change(api, name, what)
    left = [row["name"] for row in rows if row["name"] not in touched]
    assert sorted(name for name in found if name not in touched) == sorted(left)


def change(api: Served, name: str, what: str) -> None:
    if what == "delete":
        api.change("DELETE FROM pages WHERE name = ?", name)
    else:
        api.change("UPDATE pages SET title = 'xb', other = NULL, price = NULL WHERE name = ?", name)


@pytest.mark.parametrize("key", ["title", "-title"])
@pytest.mark.parametrize("limit", [1, 3])
def test_rows_that_are_deleted_page_by_page_come_once_each(api: Served, key: str, limit: int) -> None:
    """Whoever works through a collection and takes away what is done meets all of it."""
    fill(api, LONG, "/pages")
    found = []
    for _, page in pages(api, f"/pages?sort={key}&limit={limit}", "next"):
        found += [row["name"] for row in page]
        for row in page:
            api.change("DELETE FROM pages WHERE name = ?", row["name"])
    assert sorted(found) == sorted(row["name"] for row in LONG)
