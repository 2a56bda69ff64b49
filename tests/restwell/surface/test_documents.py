"""What a format is given says what is there, and no more than was asked for."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restwell.data.layout import Layout
from restwell.data.query import Query
from restwell.surface.affordances import Affordances
from restwell.surface.documents import Item, Page, reader_of, rows_reader_of
from tests.examples import BASE, FLASK, FRAMEWORKS, NOTES, SPECIMENS

ROW = (1, 7, 1_800_000_000, *FLASK.values())
BARE = (2, 8, 1_800_000_000, "a b/c", 1999, "Python", None, None)
NONE = FRAMEWORKS.compiled[Affordances].open_to[()].item


def page(*rows: tuple[Any, ...], query: Query = Query()) -> Page:  # noqa: B008 -- frozen
    given: dict[str, Any] = dict.fromkeys(Page._fields)
    given |= {"declaration": FRAMEWORKS, "base": BASE, "rows": rows, "query": query, "total": len(rows)}
    return Page(**given | {"operations": NONE, "item_operations": NONE})


def test_an_item_shows_its_members_and_leaves_out_the_missing() -> None:
    assert Item(FRAMEWORKS, BASE, ROW, None, NONE).members() == FLASK
    assert list(Item(FRAMEWORKS, BASE, BARE, None, NONE).members()) == ["name", "created", "parent"]


def test_an_item_has_its_url() -> None:
    assert Item(FRAMEWORKS, BASE, ROW, None, NONE).url == f"{BASE}/frameworks/Flask"
    assert Item(FRAMEWORKS, BASE, BARE, None, NONE).url == f"{BASE}/frameworks/a%20b%2Fc"


def test_a_page_has_the_urls_of_its_rows() -> None:
    made = page(ROW, BARE)
    assert made.urls() == [Item(FRAMEWORKS, BASE, row, None, NONE).url for row in (ROW, BARE)]
    assert made.members() == [FLASK, {"name": "a b/c", "created": 1999, "parent": "Python"}]
    assert made.url == f"{BASE}/frameworks"


def test_the_first_page_is_that_of_the_same_query() -> None:
    query = Query(parameters=(("sort", "-created"), ("limit", "3")))
    assert page(query=query).first == f"{BASE}/frameworks?sort=-created&limit=3"
    assert page().first == f"{BASE}/frameworks"


@pytest.mark.parametrize("fields", [("name",), ("relatedName", "created"), (), None])
def test_the_fields_that_were_asked_for_are_shown(fields: tuple[str, ...] | None) -> None:
    shown = Item(FRAMEWORKS, BASE, ROW, fields, NONE).members()
    assert shown == {name: value for name, value in FLASK.items() if fields is None or name in fields}
    assert page(ROW, query=Query(fields=fields)).members() == [shown]


@pytest.mark.slow
@given(st.sampled_from([FRAMEWORKS, SPECIMENS, NOTES]), st.data())
def test_a_reader_leaves_out_what_is_missing_and_nothing_else(declaration: Any, data: st.DataObject) -> None:
    names = [spec.name for spec in declaration.fields]
    values = [data.draw(st.none() | st.integers()) if spec.nullable else 0 for spec in declaration.fields]
    fields = data.draw(st.none() | st.lists(st.sampled_from(names), unique=True).map(tuple))
    row = declaration.compiled[Layout].row(0, 1, 2, dict(zip(names, values, strict=True)))
    members = reader_of(declaration, fields)(row)
    pairs = zip(names, values, strict=True)
    assert members == {n: v for n, v in pairs if v is not None and (fields is None or n in fields)}
    assert list(members) == [name for name in names if name in members]
    assert rows_reader_of(declaration, fields, "plain", len(row))([row, row], ()) == [members, members]
    [linked] = rows_reader_of(declaration, fields, "linked", len(row))([row], ["start/Flask"])
    assert list(linked.items())[2:] == list(members.items())
    assert linked["@type"] == declaration.name


def test_falsy_values_are_not_missing() -> None:
    row = (1, 1, 1, "x", 0, "", "", "")
    assert list(Item(FRAMEWORKS, BASE, row, None, NONE).members().values()) == ["x", 0, "", "", ""]
