"""`application/json`: the plain data in the tutorial's shape."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from restwell.data.query import Query
from restwell.representations import FORMATS, Format, described
from restwell.representations.json import Described, Json
from restwell.surface.affordances import Affordances
from restwell.surface.documents import Description, Document, Entry, Item, Page, SelfDescription
from tests.api import FOUR, JSON, JSON_LD, Served, frameworks, samples, serving
from tests.examples import BASE, FLASK, FRAMEWORKS, NOTES

NONE = FRAMEWORKS.compiled[Affordances].open_to[()].item
ITEM = Item(FRAMEWORKS, BASE, (1, 1, 1, *FLASK.values()), None, NONE)
GIVEN: dict[str, Any] = {
    **dict.fromkeys(Page._fields),
    "declaration": FRAMEWORKS,
    "base": BASE,
    "rows": (ITEM.row,),
    "query": Query(),
    "operations": NONE,
    "item_operations": NONE,
}
PAGE = Page(**GIVEN)
ENTRY = Entry(BASE, "An API", "", (FRAMEWORKS, NOTES))
DOCUMENT = SelfDescription("A document", "application/schema+json", (), b'{"x":[1,null]}')


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(frameworks(), samples()) as found:
        yield found


@pytest.mark.parametrize(
    "document, data",
    [
        (ITEM, FLASK),
        (PAGE, {"frameworks": [FLASK]}),
        (ENTRY, {"frameworks": f"{BASE}/frameworks", "notes": f"{BASE}/notes"}),
    ],
    ids=["item", "page", "entry"],
)
def test_a_view_is_the_plain_data(document: Document, data: Any) -> None:
    assert json.loads(Json().write(document)) == data


def test_a_description_is_its_own_data_in_its_own_type() -> None:
    each = described("application/schema+json")
    assert json.loads(each.write(Description(BASE, f"{BASE}/x", DOCUMENT))) == DOCUMENT.data
    assert (each.media_type, each.content_type) == ("application/schema+json", "application/schema+json")
    with pytest.raises(TypeError, match="descriptions only"):
        Described("a/b").write(ITEM)


def test_the_collection_is_the_tutorials(served: Served) -> None:
    shown = served.send("GET", "/frameworks", accept=JSON).json()
    assert shown == {
        "frameworks": [{"name": f["name"], "created": f["created"], "parent": "Python"} | f for f in FOUR]
    }


def test_an_empty_collection_is_an_empty_list(served: Served) -> None:
    assert served.send("GET", "/samples", accept=JSON).body == b'{"samples":[]}'


def test_every_kind_of_value_is_written_as_it_was_sent(served: Served) -> None:
    key = served.key("samples:write")
    content = {
        "number": 9007199254740993,
        "label": 'ä"\\/\u2028\U0001f600',
        "weight": 0.1,
        "good": False,
        "price": "12.50",
        "day": "2026-01-31",
        "moment": "2026-01-31T12:00:00Z",
        "code": "0b2d9c1e-3f7a-4f0e-9d1c-2a5b6c7d8e9f",
        "colour": "red",
        "site": "https://example.org/",
        "place": {"latitude": 1.5, "title": None},
        "tags": ["x", ""],
        "extra": {"n": [1, None, {"": 2}]},
        "serial": 0,
    }
    sent = {name: value for name, value in content.items() if name != "serial"}
    created = served.send("POST", "/samples", content=sent, key=key, accept=JSON)
    assert created.status == 201
    assert json.loads(created.body) == content
    assert served.send("GET", f"/samples/{content['number']}", accept=JSON).json() == content


def test_the_formats_of_an_api_each_have_a_type_and_the_preferred_one_shows_everything() -> None:
    types = [each.media_type for each in FORMATS]
    assert types[:2] == [JSON_LD, JSON]
    assert len(set(types)) == len(types)
    first: Format = FORMATS[0]
    assert set(first.documents) >= {Item, Page, Entry}
    assert all(each.content_type.partition(";")[0] == each.media_type for each in FORMATS)
