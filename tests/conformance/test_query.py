"""Collections: limits, cursors, orders, filters, selections and counts, in both databases and against a model."""

import base64
import itertools
import math
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from restwell.data.filters import join_list
from tests.api import FOUR, JSON, Answer, Served, is_problem, samples, serving

NAMES = [row["name"] for row in FOUR]
BACKSLASH = chr(92)


def query(**parameters: Any) -> str:
    return urlencode({name: str(value) for name, value in parameters.items()})


def listed(answer: Answer) -> list[dict[str, Any]]:
    """The rows of a collection in JSON, whatever its name."""
    assert answer.status == 200, answer.body
    [rows] = answer.json().values()
    return list(rows)


def frameworks(api: Served, text: str = "", **options: Any) -> list[str]:
    return [row["name"] for row in listed(api.send("GET", f"/frameworks?{text}", accept=JSON, **options))]


def pages(api: Served, target: str) -> Iterator[list[dict[str, Any]]]:
    """Follow `next` from a page to the last."""
    for _ in range(1000):
        answer = api.send("GET", target, accept=JSON)
        yield listed(answer)
        following = answer.links("next")
        if not following:
            return
        target = following[0].target
    raise AssertionError("a thousand pages")


def wrong_parameters(answer: Answer) -> set[str]:
    assert is_problem(answer, 400)
    return {error.get("parameter", error.get("pointer", "")) for error in answer.json()["errors"]}


# Limits and pages.


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 100])
def test_limit(stored: Served, limit: int) -> None:
    answer = stored.send("GET", f"/frameworks?limit={limit}", accept=JSON)
    assert [row["name"] for row in listed(answer)] == NAMES[:limit]
    assert len(answer.links("next")) == (limit < 4)
    assert not answer.links("prev") or limit < 4


@pytest.mark.parametrize(
    "limit", ["0", "-1", "101", "1000000", "", "x", "1.0", "+1", "1e1", " 1", "٣", "0x1", "1" * 30, "NaN"]
)
def test_a_limit_that_is_none(api: Served, limit: str) -> None:
    answer = api.send("GET", f"/frameworks?limit={quote(limit)}")
    assert wrong_parameters(answer) == {"limit"}


def test_25_rows_unless_asked_otherwise(stored: Served) -> None:
    for number in range(60):
        statement = "INSERT INTO frameworks (name, created, parent) VALUES (?, ?, 'Python')"
        stored.change(statement, f"n{number:03d}", 2000)
    assert len(frameworks(stored)) == 25
    assert len(frameworks(stored, "limit=60")) == 60
    walked = list(pages(stored, "/frameworks"))
    assert [len(page) for page in walked] == [25, 25, 14]
    names = [row["name"] for page in walked for row in page]
    assert len(set(names)) == 64
    assert names[:4] == NAMES


def test_next_is_in_the_links_and_in_the_view(api: Served) -> None:
    plain = api.send("GET", "/frameworks?limit=2&sort=-created", accept=JSON)
    linked = api.send("GET", "/frameworks?limit=2&sort=-created").json()
    assert linked["view"]["next"] == plain.link("next")
    assert linked["view"]["first"] == plain.link("first")
    parameters = dict(parse_qsl(urlsplit(plain.link("next")).query))
    assert {**parameters, "after": ""} == {"limit": "2", "sort": "-created", "after": ""}
    last = api.send("GET", plain.link("next")).json()
    assert "next" not in last["view"]
    assert last["@id"] == linked["@id"]
    assert last["totalItems"] == 4


def test_a_page_that_ends_exactly_has_no_next(stored: Served) -> None:
    assert [len(page) for page in pages(stored, "/frameworks?limit=2")] == [2, 2]
    assert [len(page) for page in pages(stored, "/frameworks?limit=4")] == [4]


SORTS = [
    [], ["number"], ["-number"], ["label"], ["-label"], ["amount"], ["-amount"], ["weight"], ["-weight"],
    ["good"], ["-good"],
    ["price"], ["-price"], ["day"], ["-day"], ["moment"], ["-moment"], ["code"], ["-code"], ["colour"],
    ["-colour"], ["site"],
    ["good", "-amount"], ["-good", "amount"], ["good", "amount", "label"], ["-good", "-label", "amount", "-price"],
    ["amount", "-number"], ["label", "number", "amount"],
]  # fmt: skip
COLUMNS = ["number", "label", "amount", "weight", "good", "price", "day", "moment", "code", "colour", "site"]
SERIAL = "serial"
Row = dict[str, Any]

labels = st.text("abAB%_\\'\"é日 ,*", max_size=4) | st.sampled_from(["", "a", "A", "aa", "ab", "\U0001f600", "z"])
amounts = st.sampled_from([0, 1, -1, 2, 7, 2**53 + 1, 2**63 - 1, -(2**63)]) | st.integers(-5, 5)
weights = st.sampled_from([0.0, -0.5, 0.1, 1.5, 1e300, -1e300, 1e-300]) | st.floats(-3, 3, allow_nan=False)
prices = st.decimals(-9999, 9999, places=4, allow_nan=False) | st.sampled_from(
    [Decimal(9), Decimal("10.5"), Decimal("-0.25"), Decimal("9.0")]
)
days = st.dates(date(1, 1, 1), date(9999, 12, 31)) | st.sampled_from([date(2000, 1, 1), date(999, 1, 1)])
FIRST, LAST = datetime(1000, 1, 1), datetime(9999, 12, 31)  # noqa: DTZ001 -- hypothesis adds the zone
moments = st.datetimes(FIRST, LAST, timezones=st.just(UTC)) | st.sampled_from(
    [datetime(2000, 1, 1, tzinfo=UTC), datetime(2000, 1, 1, 0, 0, 0, 1, tzinfo=UTC)]
)
codes = st.sampled_from([UUID(int=number * 2**100 + 5) for number in range(4)])
colours = st.sampled_from(["red", "green", "blue"])
sites = st.sampled_from(["https://a.example/", "https://b.example/x?y=z", "http://a.example/"])


def or_none(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return values | values | values | st.none()


rows_of_samples = st.lists(
    st.fixed_dictionaries(
        {
            "number": st.integers(-20, 20),
            "label": or_none(labels), "amount": or_none(amounts), "weight": or_none(weights),
            "good": or_none(st.booleans()),
            "price": or_none(prices), "day": or_none(days), "moment": or_none(moments), "code": or_none(codes),
            "colour": or_none(colours), "site": or_none(sites),
        }
    ),
    max_size=14,
    unique_by=lambda row: row["number"],
)  # fmt: skip


def as_json(value: Any) -> Any:
    """A value as a client sends it."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return str(value) if isinstance(value, Decimal | date | UUID) else value


class Samples:
    """Samples in both databases at once, and the same rows in Python."""

    def __init__(self, served: list[Served]) -> None:
        self.served = served
        self.keys = [api.key("samples:write") for api in served]
        self.rows: list[Row] = []

    def fill(self, rows: list[Row]) -> None:
        self.rows = rows
        for api, key in zip(self.served, self.keys, strict=True):
            api.change("DELETE FROM samples")
            for row in rows:
                content = {name: as_json(value) for name, value in row.items() if value is not None}
                answer = api.send("POST", "/samples", {"Prefer": "return=minimal"}, content, key=key)
                assert answer.status == 201, answer.body

    def numbers(self, parameters: list[tuple[str, str]], size: int) -> list[list[int]]:
        """The rows that each database gives, page by page, and how many there are."""
        found = []
        for api in self.served:
            target = "/samples?" + urlencode([*parameters, ("limit", str(size))])
            walked = list(pages(api, target))
            assert all(len(page) == size for page in walked[:-1])
            found.append([row["number"] for page in walked for row in page])
            total = api.send("GET", target).json()["totalItems"]
            assert total == len(found[-1])
        return found


@pytest.fixture(scope="module")
def both(postgres_server: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Samples]:
    name = postgres_server.take_database()
    path = tmp_path_factory.mktemp("samples") / "test.db"
    with (
        serving(samples(), database=f"sqlite:///{path}") as lite,
        serving(samples(), database=postgres_server.url(name)) as post,
    ):
        yield Samples([lite, post])
    postgres_server.give_back_database(name)


def in_order(rows: list[Row], sort: list[str]) -> list[Row]:
    """Missing values last ascending and first descending."""
    for key in reversed(sort):
        groups: dict[Any, list[Row]] = {}
        for row in rows:
            value = row[key.removeprefix("-")]
            groups.setdefault((value is None, sortable(value)), []).append(row)
        rows = [row for rank in sorted(groups, reverse=key.startswith("-")) for row in groups[rank]]
    return rows


def sortable(value: Any) -> Any:
    if value is None:
        return 0
    return value.hex if isinstance(value, UUID) else value


def same_order(found: list[int], expected: list[Row], sort: list[str]) -> bool:
    """Whether these are the rows in this order, but that rows that the order calls equal may stand in any."""
    rows = {row["number"]: row for row in expected}
    names = [key.removeprefix("-") for key in sort]
    if sorted(found) != sorted(rows):
        return False
    return all(
        rows[number][name] == row[name]
        for number, row in zip(found, expected, strict=True)
        for name in (names or ["number"])
    )


COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "": lambda value, wanted: value == wanted,
    "eq": lambda value, wanted: value == wanted,
    "gt": lambda value, wanted: value > wanted,
    "gte": lambda value, wanted: value >= wanted,
    "lt": lambda value, wanted: value < wanted,
    "lte": lambda value, wanted: value <= wanted,
}
ORDERED = ["", "eq", "ne", "gt", "gte", "lt", "lte", "in", "exists"]
EQUAL = ["", "eq", "ne", "in", "exists"]
OPERATORS: dict[str, tuple[list[str], st.SearchStrategy[Any]]] = {
    "number": (ORDERED, st.integers(-20, 20)),
    "label": ([*ORDERED, "contains", "starts"], labels),
    "amount": (ORDERED, amounts),
    "weight": (ORDERED, weights),
    "good": (["", "eq", "exists"], st.booleans()),
    "price": (ORDERED, prices),
    "day": (ORDERED, days),
    "moment": (ORDERED, moments),
    "code": (EQUAL, codes),
    "colour": (EQUAL, colours),
    "site": (EQUAL, sites),
}


def text_of(value: Any) -> str:
    value = as_json(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


@st.composite
def filters(draw: st.DrawFn) -> tuple[str, str, Callable[[Row], bool]]:
    """A parameter, its value, and what it asks of a row. A value that is missing fulfils only `exists=false`."""
    name = draw(st.sampled_from(list(OPERATORS)))
    operators, values = OPERATORS[name]
    operator = draw(st.sampled_from(operators))
    parameter = f"{name}[{operator}]" if operator else name
    if operator == "exists":
        wanted = draw(st.booleans())
        return parameter, text_of(wanted), lambda row: (row[name] is not None) == wanted
    if operator == "in":
        several = draw(st.lists(values, min_size=1, max_size=4))
        text = join_list([text_of(value) for value in several])
        return parameter, text, lambda row: row[name] is not None and row[name] in several
    value = draw(values)
    if operator in {"contains", "starts"}:
        value = value or "a"
        if operator == "contains":
            return parameter, value, lambda row: row[name] is not None and value in row[name]
        return parameter, value, lambda row: row[name] is not None and row[name].startswith(value)
    if operator == "ne":
        # Whether a missing value is "not equal" to something is not said; the test leaves such rows out.
        return parameter, text_of(value), lambda row: row[name] != value
    compare = COMPARISONS[operator]
    return parameter, text_of(value), lambda row: row[name] is not None and compare(row[name], value)


queries_of_samples = st.lists(
    st.tuples(st.sampled_from(SORTS), st.lists(filters(), max_size=3, unique_by=lambda f: f[0]), st.integers(1, 5)),
    min_size=4,
    max_size=8,
)


@pytest.mark.slow
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(rows=rows_of_samples, queries=queries_of_samples)
def test_orders_and_filters_are_those_of_the_model(
    both: Samples, rows: list[Row], queries: list[tuple[list[str], list[Any], int]]
) -> None:
    both.fill(rows)
    for sort, wanted, size in queries:
        parameters = [(name, value) for name, value, _ in wanted]
        if sort:
            parameters.append(("sort", ",".join(sort)))
        found = both.numbers(parameters, size)
        assert found[0] == found[1], f"SQLite and PostgreSQL differ for {parameters}"
        kept = [row for row in rows if all(test(row) for _, _, test in wanted)]
        if any("[ne]" in name for name, _ in parameters):
            unsaid = {
                row["number"] for row in rows if any(row[name.partition("[")[0]] is None for name, _, _ in wanted)
            }
            kept = [row for row in kept if row["number"] not in unsaid]
            found[0] = [number for number in found[0] if number not in unsaid]
        assert same_order(found[0], in_order(kept, sort), sort), (parameters, found[0])


@pytest.mark.slow
def test_every_sort_over_equal_and_missing_values(both: Samples) -> None:
    """Every row once, in the model's order, page by page, whatever the size of a page."""
    rows = [
        {
            "number": number,
            "label": [None, "a", "b"][number % 3], "amount": [None, 1, 2, 2][number % 4],
            "weight": [None, 0.5][number % 2],
            "good": [None, True, False][number // 3 % 3],
            "price": [None, Decimal("9.5"), Decimal("10.5")][number // 2 % 3],
            "day": [None, date(2020, 1, 1)][number // 4 % 2],
            "moment": [None, datetime(2020, 1, 1,
                tzinfo=UTC) + timedelta(hours=number % 3)][number // 5 % 2],
            "code": [None, UUID(int=number % 2)][number // 6 % 2],
            "colour": [None, "red", "blue"][number // 7 % 3], "site": None,
        }
        for number in [5, 3, 8, 1, 0, 11, 2, 9, 4, 10, 7, 6, 12, 14, 13, 17, 16, 15]
    ]  # fmt: skip
    both.fill(rows)
    for sort in SORTS:
        parameters = [("sort", ",".join(sort))] if sort else []
        [whole, other] = both.numbers(parameters, 100)
        assert whole == other, sort
        assert same_order(whole, in_order(rows, sort), sort), sort
        for size in (1, 2, 3, 7, 18):
            assert both.numbers(parameters, size) == [whole, whole], (sort, size)


def test_a_missing_value_differs_alike_in_both_databases(both: Samples) -> None:
    rows = [
        dict.fromkeys(COLUMNS) | {"number": number, "amount": amount} for number, amount in enumerate([1, None, 2])
    ]
    both.fill(rows)
    first, second = both.numbers([("amount[ne]", "1")], 5)
    assert first == second
    assert first in ([2], [1, 2])


# Rows that come and go while somebody walks.


@pytest.mark.parametrize("sort", ["", "created", "-created", "name", "-name", "-created,name", "relatedName,-name"])
def test_changes_never_shift_a_page(stored: Served, sort: str) -> None:
    statement = "INSERT INTO frameworks (name, created, parent) VALUES (?, ?, 'Python')"
    for number in range(30):
        stored.change(statement, f"m{number:02d}", 2000 + number % 5)
    target = "/frameworks?limit=5" + (f"&sort={sort}" if sort else "")
    before = [row["name"] for page in pages(stored, target + "") for row in page]
    walked: list[str] = []
    for number, page in enumerate(pages(stored, target)):
        names = [row["name"] for row in page]
        walked += names
        # Rows before, at and behind the place go, and others come.
        stored.change("DELETE FROM frameworks WHERE name = ?", names[-1])
        stored.change("DELETE FROM frameworks WHERE name = ?", names[0])
        for name, created in ((f"a{number}", 1990), (f"z{number}", 2099)):
            stored.change(statement, name, created)
    lasting = [name for name in walked if name in before]
    assert lasting == before
    assert len(walked) == len(set(walked))


def test_a_cursor_of_a_deleted_row_goes_on(stored: Served) -> None:
    first = stored.send("GET", "/frameworks?limit=2&sort=name", accept=JSON)
    assert [row["name"] for row in listed(first)] == ["Bottle", "Django"]
    stored.change("DELETE FROM frameworks WHERE name = 'Django'")
    assert frameworks(stored, urlsplit(first.link("next")).query) == ["Flask", "Tornado"]


# Cursors.


def cursor_of(answer: Answer) -> str:
    return dict(parse_qsl(urlsplit(answer.link("next")).query))["after"]


@pytest.mark.parametrize("sort", [None, "name", "-created,name"])
def test_a_cursor_with_any_character_changed_is_refused(api: Served, sort: str | None) -> None:
    rest = f"&sort={sort}" if sort else ""
    after = cursor_of(api.send("GET", f"/frameworks?limit=2{rest}"))
    for place in range(len(after)):
        for other in "AB9_":
            forged = after[:place] + other + after[place + 1 :]
            if forged != after:
                answer = api.send("GET", f"/frameworks?limit=2{rest}&after={quote(forged)}")
                assert is_problem(answer, 400), forged
    raw = base64.urlsafe_b64decode(after + "=" * (-len(after) % 4))
    for place, bit in itertools.product(range(len(raw)), range(8)):
        changed = bytes([*raw[:place], raw[place] ^ (1 << bit), *raw[place + 1 :]])
        forged = base64.urlsafe_b64encode(changed).decode().rstrip("=")
        assert is_problem(api.send("GET", f"/frameworks?limit=2{rest}&after={forged}"), 400)


def test_what_is_no_cursor_is_refused(api: Served) -> None:
    after = cursor_of(api.send("GET", "/frameworks?limit=2"))
    texts = [
        "", after[:-1], after + "A", after + "=", after[1:], after * 2, "+" + after, "%20" + after,
        after + "%0A", "é", "%FF",
        "%00", "x" * 3000, "bnVsbA", "W10", "1", "AAAA", "-" + after, after.swapcase(), after + "," + after,
    ]  # fmt: skip
    wrong = {text: api.send("GET", f"/frameworks?limit=2&after={text}").status for text in texts}
    assert set(wrong.values()) == {400}, wrong


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=30) | st.binary(max_size=40).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_any_text_as_a_cursor_is_refused(api: Served, text: str) -> None:
    assert is_problem(api.send("GET", f"/frameworks?after={quote(text)}"), 400)


def test_a_cursor_of_another_order_is_refused(api: Served) -> None:
    orders = ["", "&sort=name", "&sort=-name", "&sort=created", "&sort=created,name", "&sort=-created,name"]
    cursors = {order: cursor_of(api.send("GET", f"/frameworks?limit=2{order}")) for order in orders}
    for order, (origin, after) in itertools.product(orders, cursors.items()):
        answer = api.send("GET", f"/frameworks?limit=2{order}&after={after}")
        assert answer.status == (200 if order == origin else 400), (order, origin)


def test_a_cursor_of_another_resource_or_store_is_refused(api: Served) -> None:
    after = cursor_of(api.send("GET", "/frameworks?limit=1"))
    with serving() as other:
        assert is_problem(other.send("GET", f"/frameworks?limit=1&after={after}"), 400)


def test_a_cursor_survives_a_restart(database_url: str) -> None:
    """Contract, 7: the secrets live in the store."""
    with serving(database=database_url) as first:
        answer = first.send("GET", "/frameworks?limit=2")
        tag = first.send("GET", "/frameworks/Flask")["etag"]
    with serving(database=database_url) as second:
        assert len(frameworks(second, urlsplit(answer.link("next")).query)) == 2
        assert second.send("GET", "/frameworks/Flask")["etag"] == tag


def test_the_limit_may_change_between_pages(api: Served) -> None:
    after = cursor_of(api.send("GET", "/frameworks?limit=1"))
    assert frameworks(api, f"limit=3&after={after}") == NAMES[1:]
    assert frameworks(api, f"after={after}") == NAMES[1:]


# Filters.


@pytest.mark.parametrize(
    "text, names",
    [
        ("created=2010", ["Flask", "Tornado"]),
        ("created[eq]=2010", ["Flask", "Tornado"]),
        ("created%5Bgte%5D=2009", ["Flask", "Bottle", "Tornado"]),
        ("created[gt]=2009", ["Flask", "Tornado"]),
        ("created[lte]=2009", ["Django", "Bottle"]),
        ("created[lt]=2009", ["Django"]),
        ("created[gte]=2009&created[lt]=2010", ["Bottle"]),
        ("created[ne]=2010", ["Django", "Bottle"]),
        ("created[in]=2005,2009", ["Django", "Bottle"]),
        ("name=Flask", ["Flask"]),
        ("name=flask", []),
        ("name[contains]=las", ["Flask"]),
        ("name[contains]=o", ["Django", "Bottle", "Tornado"]),
        ("name[in]=Flask,Django,Nobody", ["Flask", "Django"]),
        ("name[contains]=%25", []),
        ("name[contains]=_", []),
        ("name[contains]=%5C", []),
        ("name[contains]='", []),
        ("name=';DROP TABLE frameworks;--", []),
        ("relatedName[exists]=true", ["Flask"]),
        ("relatedName[exists]=false", ["Django", "Bottle", "Tornado"]),
        ("relatedDocs=https://flask-restplus.readthedocs.io/", ["Flask"]),
        ("name=", []),
        ("parent=Python&created=2005", ["Django"]),
        ("created=2010&limit=1", ["Flask"]),
        ("created=2010&sort=-name", ["Tornado", "Flask"]),
        ("sort=name", ["Bottle", "Django", "Flask", "Tornado"]),
        ("sort=-created,name", ["Flask", "Tornado", "Bottle", "Django"]),
        ("sort=-created,-name", ["Tornado", "Flask", "Bottle", "Django"]),
    ],
)
def test_filters_and_orders_of_the_contract(stored: Served, text: str, names: list[str]) -> None:
    assert frameworks(stored, text) == names


def test_totals_are_those_of_the_filter(stored: Served) -> None:
    assert stored.send("GET", "/frameworks?created=2010&limit=1").json()["totalItems"] == 2
    assert stored.send("GET", "/frameworks?name=Nobody").json()["totalItems"] == 0
    assert stored.send("GET", "/frameworks?name=Nobody").json()["member"] == []


@pytest.mark.parametrize(
    "text, parameters",
    [
        ("created=x", {"created"}), ("created=", {"created"}), ("created=1e3", {"created"}),
        ("created=2010.5", {"created"}),
        ("created=99999999999999999999", {"created"}), ("created[gte]=x", {"created[gte]"}),
        ("created[in]=", {"created[in]"}),
        ("created[in]=1,x", {"created[in]"}), ("name[contains]=", {"name[contains]"}),
        ("relatedName[exists]=1", {"relatedName[exists]"}),
        ("relatedName[exists]=", {"relatedName[exists]"}), ("created[fly]=1", {"created[fly]"}),
        ("created[]=1", {"created[]"}), ("created[x]=1", {"created[x]"}),
        ("created[gte]x=1", {"created[gte]x"}), ("[created]=1", {"[created]"}),
        ("created[contains]=1", {"created[contains]"}),
        ("unknown=1", {"unknown"}), ("Created=1", {"Created"}), ("_id=1", {"_id"}),
        ("_version=1", {"_version"}), ("_modified[gt]=1", {"_modified[gt]"}),
        ("limit=1&limit=2", {"limit"}), ("created=1&created=1", {"created"}), ("sort=name&sort=created", {"sort"}),
        ("a=1&b=2&c=3", {"a", "b", "c"}), ("limit=x&sort=y&created=z", {"limit", "sort", "created"}),
        ("sort=", {"sort"}), ("sort=unknown", {"sort"}), ("sort=--name", {"sort"}),
        ("sort=name,", {"sort"}), ("sort=name,name", {"sort"}),
        ("sort=name,-name", {"sort"}), ("sort=+name", {"sort"}), ("sort=_id", {"sort"}),
        ("sort=name desc", {"sort"}), ("sort=Name", {"sort"}),
        ("sort=name,created,parent,relatedName,relatedDocs", {"sort"}), ("fields=", {"fields"}),
        ("fields=unknown", {"fields"}),
        ("fields=name,", {"fields"}), ("fields=name,name", {"fields"}), ("fields=_version", {"fields"}),
        ("fields=*", {"fields"}),
        ("limit", {"limit"}), ("x", {"x"}), ("=1", {""}), ("callback=x", {"callback"}),
        ("access_token=x", {"access_token"}),
    ],
)  # fmt: skip
def test_what_is_not_declared_is_refused_by_name(api: Served, text: str, parameters: set[str]) -> None:
    assert wrong_parameters(api.send("GET", f"/frameworks?{text}")) == parameters


@pytest.mark.parametrize(
    "text", ["%", "%G1", "created=%", "name=%FF", "name=%C3%28", "%FF=1", "name=%00", "%00=1", "&&&", "name=a;b=c"]
)
def test_a_query_that_is_not_well_formed(api: Served, text: str) -> None:
    assert api.send("GET", f"/frameworks?{text}").status in {200, 400}
    if "%FF" in text or "%00" in text or "%C3" in text:
        assert is_problem(api.send("GET", f"/frameworks?{text}"), 400)


def test_at_most_16_filters_of_at_most_100_values(both: Samples) -> None:
    [api, _] = both.served
    names = [
        f"{name}[{operator}]"
        for name in ("number", "amount", "weight")
        for operator in ("gt", "gte", "lt", "lte", "ne", "eq")
    ]
    many = [(name, "1") for name in names]
    assert api.send("GET", f"/samples?{urlencode(many[:16])}").status == 200
    assert is_problem(api.send("GET", f"/samples?{urlencode(many[:17])}"), 400)
    values = ",".join(map(str, range(100)))
    assert api.send("GET", f"/samples?number[in]={values}").status == 200
    assert is_problem(api.send("GET", f"/samples?number[in]={values},100"), 400)


def test_what_has_no_order_or_filter_is_not_declared(both: Samples) -> None:
    for api in both.served:
        for text in ("sort=tags", "sort=place", "sort=extra", "tags=a", "place[exists]=true", "extra=1",
            "good[gt]=true", "colour[gt]=red", "code[lt]=1", "sort=place.title",
            "place.title=x"):  # fmt: skip
            assert is_problem(api.send("GET", f"/samples?{text}"), 400), text


@pytest.mark.parametrize(
    "text",
    ["colour=purple", "good=1", "good=yes", "day=2020-02-30", "day=2020", "moment=yesterday", "code=x",
    "price=x", "price=NaN", "price=Infinity", "weight=nan", "weight=inf", "weight=1e999", "number=1.5",
    "amount=0x10", "amount=1_000"],
)  # fmt: skip
def test_a_value_of_the_wrong_kind(both: Samples, text: str) -> None:
    for api in both.served:
        assert wrong_parameters(api.send("GET", f"/samples?{text}")) == {text.partition("=")[0]}


# Selections.


def test_fields(stored: Served) -> None:
    assert listed(stored.send("GET", "/frameworks?fields=name,created&limit=1", accept=JSON)) == [
        {"name": "Flask", "created": 2010}
    ]
    assert listed(stored.send("GET", "/frameworks?fields=created&limit=1", accept=JSON)) == [{"created": 2010}]
    member = stored.send("GET", "/frameworks?fields=created&limit=1").json()["member"][0]
    assert member["@id"].endswith("/frameworks/Flask")
    assert {"name", "parent"}.isdisjoint(member)
    item = stored.send("GET", "/frameworks/Flask?fields=created", accept=JSON)
    assert item.json() == {"created": 2010}
    assert item["etag"] != stored.send("GET", "/frameworks/Flask", accept=JSON)["etag"]
    assert stored.send("GET", "/frameworks/Flask?fields=created").json()["@id"].endswith("/frameworks/Flask")
    answer = stored.send("GET", "/frameworks?fields=created&limit=1")
    assert "fields=created" in answer.link("next")


def test_different_queries_have_different_tags(api: Served) -> None:
    texts = [
        "",
        "limit=2",
        "limit=3",
        "sort=name",
        "fields=name",
        "fields=created",
        "created=2010",
        "created[gte]=2010",
    ]
    tags = [api.send("GET", f"/frameworks?{text}")["etag"] for text in texts]
    assert len(set(tags)) == len(tags)


# handling=lenient, and counts (Prefer).


@pytest.mark.slow
def test_lenient_handling_ignores_unknown_parameters(api: Served) -> None:
    """RFC 7240, section 4.4; what is known and wrong is refused all the same."""
    answer = api.send(
        "GET", "/frameworks?limit=2&utm_source=x&created[fly]=1", {"Prefer": "handling=lenient", "Accept": JSON}
    )
    assert [row["name"] for row in listed(answer)] == NAMES[:2]
    assert "handling=lenient" in answer.words("preference-applied")
    assert "utm_source" not in str(answer.headers)
    assert "prefer" in [word.lower() for word in answer.words("vary")]
    for text in ("limit=x", "created=x", "sort=unknown", "limit=1&limit=2"):
        assert is_problem(api.send("GET", f"/frameworks?{text}", {"Prefer": "handling=lenient"}), 400)
    assert is_problem(api.send("GET", "/frameworks?x=1", {"Prefer": "handling=strict"}), 400)
    assert is_problem(api.send("GET", "/frameworks?x=1"), 400)


def test_strict_handling_is_said_to_be_applied(api: Served) -> None:
    answer = api.send("GET", "/frameworks", {"Prefer": "handling=strict"})
    assert answer.words("preference-applied") in (["handling=strict"], [])


@pytest.mark.parametrize("prefer", ["count=exact", "count=estimated", "count=none"])
def test_counts(stored: Served, prefer: str) -> None:
    answer = stored.send("GET", "/frameworks?limit=2", {"Prefer": prefer})
    collection = answer.json()
    assert answer.words("preference-applied") == [prefer]
    assert len(collection["member"]) == 2
    if prefer == "count=none":
        assert "totalItems" not in collection
    elif prefer == "count=exact":
        assert collection["totalItems"] == 4
    else:
        assert collection["totalItems"] >= 0
    following = answer.link("next")
    second = stored.send("GET", following, {"Prefer": prefer}).json()
    assert ("totalItems" in second) == (prefer != "count=none")


def test_different_counts_have_different_tags(api: Served) -> None:
    plain, none = (api.send("GET", "/frameworks", {"Prefer": p} if p else {}) for p in ("", "count=none"))
    assert plain["etag"] != none["etag"]


def test_a_representation_that_says_no_total_has_none_counted(api: Served) -> None:
    plain, exact = (
        api.send("GET", "/frameworks?limit=2", {"Accept": "application/json", "Prefer": p})
        if p
        else api.send("GET", "/frameworks?limit=2", {"Accept": "application/json"})
        for p in ("", "count=exact")
    )
    assert exact.words("preference-applied") == []
    assert plain["etag"] == exact["etag"]


@pytest.mark.parametrize("read_as", ["application/json", "application/ld+json"])
@pytest.mark.parametrize("write_as", ["application/json", "application/ld+json"])
def test_the_tag_of_a_page_guards_a_change_with_its_total_and_without(
    api: Served, read_as: str, write_as: str
) -> None:
    tag = api.send("GET", "/frameworks", {"Accept": read_as})["etag"]
    added = ({"name": name, "created": 2020} for name in ("Falcon", "Hug"))
    headers = {"Accept": write_as, "If-Match": tag, "Authorization": f"Bearer {api.key()}"}
    assert [api.send("POST", "/frameworks", headers, each).status for each in added] == [201, 412]


def test_a_total_that_changed_is_another_state_of_a_page_that_says_it(api: Served) -> None:
    page, headers = "/frameworks?limit=2", {"Authorization": f"Bearer {api.key()}"}
    linked = api.send("GET", page)["etag"]
    plain = api.send("GET", page, {"Accept": "application/json"})["etag"]
    api.send("POST", "/frameworks", headers, {"name": "Falcon", "created": 2020})
    assert api.send("GET", page, {"If-None-Match": linked}).status == 200
    assert api.send("GET", page, {"If-Match": linked}).status == 412
    assert api.send("GET", page, {"If-None-Match": plain, "Accept": "application/json"}).status == 304
    assert api.send("GET", page, {"If-Match": plain}).status == 200


NUMBERS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) SELECT i FROM n",
    "postgresql": "SELECT i FROM generate_series(1, {}) AS n(i)",
    "mariadb": "SELECT seq AS i FROM seq_1_to_{}",
}


@pytest.mark.slow
def test_totals_are_exact_up_to_10_000_rows(stored: Served) -> None:
    kind = stored.api.binding(stored.app).store.driver.name

    def add(prefix: str, count: int) -> None:
        numbers = NUMBERS[kind].format(count)
        name = f"concat('{prefix}', i)" if kind == "mariadb" else f"'{prefix}' || i"
        rows = f"SELECT {name}, 2000, 'Python' FROM ({numbers}) AS numbers"
        stored.change(f"INSERT INTO frameworks (name, created, parent) {rows}")

    add("n", 9995)
    assert stored.send("GET", "/frameworks").json()["totalItems"] == 9999
    add("o", 1)
    assert stored.send("GET", "/frameworks").json()["totalItems"] == 10_000
    add("p", 1)
    answer = stored.send("GET", "/frameworks")
    assert "totalItems" not in answer.json()
    assert stored.send("GET", "/frameworks?created=2010").json()["totalItems"] == 2
    assert stored.send("GET", "/frameworks", {"Prefer": "count=exact"}).json()["totalItems"] == 10_001
    estimated = stored.send("GET", "/frameworks", {"Prefer": "count=estimated"}).json()["totalItems"]
    assert estimated >= 0
    assert not math.isnan(estimated)
    assert "totalItems" not in stored.send("GET", "/frameworks", {"Prefer": "count=none"}).json()
    last = stored.send("GET", "/frameworks?sort=name&limit=100", {"Prefer": "count=exact"})
    assert stored.send("GET", last.link("next"), {"Prefer": "count=exact"}).json()["totalItems"] == 10_001


# As API Platform's clients and others ask (contract, 6).
