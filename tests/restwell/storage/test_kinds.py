"""A field that becomes another kind: every pair is one storage, or planned, or refused by name; on every database.

What is then served is found by filters and in order. A field of another kind is never served without migrating.
"""

from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple
from uuid import UUID

import pytest
from pydantic import BaseModel, HttpUrl

from restwell import Field, Resource, public
from restwell.data.layout import Layout
from restwell.data.plans import Plan
from restwell.data.query import Order, Query
from restwell.model.conditions import Comparison
from restwell.model.declare import declare
from restwell.model.durations import microseconds_of
from restwell.model.resource import Declaration
from restwell.storage.engine import Store, open_driver
from restwell.storage.migrations import apply_difference, find_difference
from restwell.storage.schema import SchemaMismatch


class Point(BaseModel):
    x: int = 0


class One(BaseModel):
    kind: Literal["one"]


class Other(BaseModel):
    kind: Literal["other"]


class Kind(NamedTuple):
    """A kind of field: its annotation, how it is kept, two values in falling order, and what orders them."""

    annotation: Any
    storage: str
    values: tuple[Any, Any]
    key: Callable[[Any], Any] | None


KINDS = {
    "text": Kind(str, "text", ("9", "10"), str),
    "url": Kind(HttpUrl, "text", ("https://b.example/", "https://a.example/"), str),
    "choice": Kind(Literal["9", "10"], "text", ("9", "10"), str),
    "integer": Kind(int, "integer", (10, 9), int),
    "number choice": Kind(Literal[10, 9], "integer", (10, 9), int),
    "float": Kind(float, "float", (10.5, 9.25), float),
    "boolean": Kind(bool, "boolean", (True, False), int),
    "decimal": Kind(Decimal, "decimal", ("10.5", "9.25"), lambda value: Decimal(str(value))),
    "date": Kind(date, "date", ("2020-01-02", "2019-03-04"), str),
    "datetime": Kind(datetime, "datetime", ("2020-01-02T00:00:00Z", "2019-03-04T05:06:07.5Z"), str),
    "time": Kind(time, "time", ("10:00:00", "09:30:00.5"), str),
    "duration": Kind(timedelta, "duration", ("P400DT1H2M3.5S", "-P1DT0.5S"), microseconds_of),
    "uuid": Kind(UUID, "uuid", ("b0000000-0000-4000-8000-000000000000", "a0000000-0000-4000-8000-000000000000"), str),
    "list": Kind(list[int], "json", ([2], [1]), None),
    "tuple": Kind(tuple[int, str], "json", ([2, "a"], [1, "a"]), None),
    "set": Kind(set[int], "json", ([2, 3], [1]), None),
    "union": Kind(
        Annotated[One | Other, Field(discriminator="kind")], "json", ({"kind": "one"}, {"kind": "other"}), None
    ),
    "object": Kind(Point, "json", ({"x": 2}, {"x": 1}), None),
    "json": Kind(dict, "json", ({"a": 2}, {}), None),
}


TEXTS, NUMBERS, JSON = (
    {"text", "url", "choice"},
    {"integer", "number choice"},
    {"list", "tuple", "set", "union", "object", "json"},
)
CONVERTIBLE: dict[str, set[str]] = {
    **{kind: {*NUMBERS, *JSON, "decimal", "float"} for kind in ("text", "choice")},
    **{kind: {*TEXTS, "decimal", "float"} for kind in NUMBERS},
    **dict.fromkeys(JSON, TEXTS),
    "url": set(),
    "float": {*TEXTS, "decimal"},
    "boolean": TEXTS,
    "decimal": {*TEXTS, "float"},
    "date": {*TEXTS, "datetime"},
    "datetime": TEXTS,
    "time": {*TEXTS, "duration"},
    "duration": TEXTS,
    "uuid": TEXTS,
}
"""What the values above can become, and in the next table what of that SQLite refuses."""
NOT_IN_SQLITE: dict[str, set[str]] = {
    **{kind: set() for kind in KINDS},
    "text": {"float"},
    "choice": {"float"},
    "boolean": TEXTS,
    "date": {"datetime"},
    "time": {"duration"},  # of a day
}


def convertible(database_url: str, old: str) -> set[str]:
    """The kinds that a column of the values above can become."""
    return CONVERTIBLE[old] - (NOT_IN_SQLITE[old] if database_url.startswith("sqlite") else set())


def things(kind: str, table: str, rows: Any = ()) -> Declaration:
    members = {"__annotations__": {"id": int, "value": KINDS[kind].annotation}, "__module__": __name__}
    cls: Any = type(f"Thing{table}", (Resource,), {**members, "id": Field(identity=True)})
    initial = [{"id": number, "value": value} for number, value in enumerate(rows)]
    return declare(cls, f"/t{table}", read=public(), initial=initial)


def numbered(kinds: list[str]) -> dict[str, str]:
    return {kind: str(number) for number, kind in enumerate(kinds)}


def is_served_as_it_should_be(store: Store, declaration: Declaration, kind: Kind) -> bool:
    rows = store.look_up(Plan("page", declaration, query=Query())).rows
    if kind.key is None or len(rows) != 2:
        return len(rows) == 2
    layout = declaration.compiled[Layout]
    shown = dict(map(layout.values, rows))
    for identity, value in shown.items():
        query = Query(condition=Comparison("value", "eq", (as_parameter(value),)))
        assert identity in map(layout.identity, store.look_up(Plan("page", declaration, query=query)).rows)
    ordered = store.look_up(Plan("page", declaration, query=Query(sort=(Order("value"),)))).rows
    assert [layout.value(row, "value") for row in ordered] == sorted(shown.values(), key=kind.key)
    return True


def as_parameter(value: Any) -> Any:
    return value if isinstance(value, int | float | str) else str(value).replace(" ", "T")


@pytest.mark.parametrize("old", KINDS)
def test_every_other_kind_is_no_difference_or_planned_or_refused_by_name(database_url: str, old: str) -> None:
    tables = numbered([kind for kind in KINDS if kind != old])
    rows = KINDS[old].values
    Store.open(database_url, [things(old, table, rows) for table in tables.values()]).close()
    everything = {kind: things(kind, table) for kind, table in tables.items()}
    with closing(Store(open_driver(database_url), [*everything.values()])) as store:
        found = find_difference(store)
    changed = {kind for kind, table in tables.items() if any(f"t{table}: " in c.words for c in found.changes)}
    refused = {kind for kind, table in tables.items() if any(f"t{table}.value" in text for text in found.obstacles)}
    assert changed == {kind for kind in tables if KINDS[kind].storage != KINDS[old].storage}
    assert refused <= changed
    assert changed - refused == convertible(database_url, old)
    for kind in changed:
        with closing(Store(open_driver(database_url), [everything[kind]])) as store, pytest.raises(SchemaMismatch):
            store.prepare()
    fine = {kind: each for kind, each in everything.items() if kind not in refused}
    with closing(Store(open_driver(database_url), [*fine.values()])) as store:
        apply_difference(store)
        assert find_difference(store).changes == ()
        store.prepare()
        for kind, declaration in fine.items():
            assert is_served_as_it_should_be(store, declaration, KINDS[kind]), kind


TEXTS_OF = {
    "duration": ["PT1H", "P400DT1H2M3.5S"],
    "integer": ["9223372036854775807", "-9223372036854775808", "0"],
    "float": ["0.1", "-2.5", "0.0123"],
    "decimal": ["1.50", "-0.07", "123456789012345678901234567890.000"],
    "date": ["0001-01-01", "9999-12-31"],
    "uuid": ["0b2d9c1e-3f7a-4f0e-9d1c-2a5b6c7d8e9f"],
    "json": ['{"b": 1,  "a": null}'],
}


@pytest.mark.parametrize("kind", TEXTS_OF)
def test_texts_become_what_they_say_and_these_texts_again(database_url: str, kind: str) -> None:
    texts = TEXTS_OF[kind]
    Store.open(database_url, [things("text", "x", texts)]).close()
    for each in (kind, "text"):
        declaration = things(each, "x")
        with closing(Store(open_driver(database_url), [declaration])) as store:
            assert find_difference(store).obstacles == ()
            apply_difference(store)
            store.prepare()
            rows = store.look_up(Plan("page", declaration, query=Query())).rows
            if each == "text":
                assert [declaration.compiled[Layout].value(row, "value") for row in rows] == texts
            else:
                assert len(rows) == len(texts)


OTHERS = [
    *(("text", text, "duration") for text in ("PT60M", "P1Y", "P1M", "P106751992D", "1 day")),
    *(("text", text, "integer") for text in ("007", "1.0", "+1", " 1", "9223372036854775808", "")),
    *(("text", text, "float") for text in ("1e400", "nan", "1.10", "0.10000000000000000555")),
    *(("text", text, "decimal") for text in ("ten", "0x1", "1,5", "")),
    *(("text", text, "date") for text in ("2020-1-2", "2020-02-30", "20200102", "today")),
    *(("text", text, "uuid") for text in ("0B2D9C1E-3F7A-4F0E-9D1C-2A5B6C7D8E9F", "0b2d9c1e", "")),
    *(("text", text, "json") for text in ("{", "", "NaN")),
    *(("text", text, "boolean") for text in ("yes", "t", "TRUE")),
    *(("text", text, "datetime") for text in ("2020-01-02", "2020-01-02T00:00:00", "now")),
    ("integer", 2**53 + 1, "float"),
    ("float", 1.5, "integer"),
    ("float", 1e300, "integer"),
    ("decimal", "1.5", "integer"),
    ("decimal", "1.50", "float"),
    ("decimal", "0.12345678901234567891", "float"),
    ("duration", "P1DT1H", "time"),
    ("datetime", "2020-01-02T00:00:00.000001Z", "date"),
]


@pytest.mark.parametrize("old, value, new", OTHERS)
def test_a_value_that_would_come_back_as_another_keeps_its_type(
    database_url: str, old: str, value: Any, new: str
) -> None:
    Store.open(database_url, [things(old, "x", [value])]).close()
    with closing(Store(open_driver(database_url), [things(new, "x")])) as store:
        assert any("tx.value" in each for each in find_difference(store).obstacles)
