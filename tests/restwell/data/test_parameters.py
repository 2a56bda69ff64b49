"""The query of a URI: every kind of value, every limit, and cursors that nobody can make up."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from restwell.data.cursors import write_cursor
from restwell.data.filters import filter_names
from restwell.data.parameters import read_item_fields, read_query, refuse_parameters
from restwell.data.query import Order, Query
from restwell.http.limits import DEFAULT_LIMIT, MAX_CHOICES, MAX_FILTER_TEXT, MAX_FILTERS
from restwell.http.problems import BadParameter
from restwell.model.conditions import And, Comparison
from restwell.model.declare import declare
from restwell.model.fields import Field
from restwell.model.kinds import KINDS
from restwell.model.policy import public
from restwell.model.resource import Resource
from tests.api import Sample
from tests.examples import SPECIMENS
from tests.restwell.data.test_cursors import ROW

SAMPLES = declare(Sample, "/samples", read=public())
SECRET = b"a secret of the store"
FIRST, LAST = datetime(2, 1, 1), datetime(9998, 1, 1)  # noqa: DTZ001 -- hypothesis adds the zone


def read(text: str, *, lenient: bool = False) -> Query:
    return read_query(SAMPLES, text, lenient=lenient, secret=SECRET)


def one_filter(text: str) -> Comparison:
    found = read(text).condition
    assert isinstance(found, Comparison)
    return found


def every_filter(text: str) -> list[Comparison]:
    found = read(text).condition
    assert isinstance(found, And)
    return [each for each in found.conditions if isinstance(each, Comparison)]


def errors_of(text: str, *, lenient: bool = False) -> dict[str, str]:
    """The parameters that are refused, and the code of each."""
    with pytest.raises(BadParameter) as caught:
        read(text, lenient=lenient)
    assert all(error.detail for error in caught.value.errors)
    return {error.pointer: error.code for error in caught.value.errors}


def test_no_query_asks_for_the_first_page() -> None:
    assert read("") == Query(limit=DEFAULT_LIMIT)


VALUES = [
    ("label", "a%2Cb", "a,b"),
    ("label", "", ""),
    ("label", "1", "1"),
    ("amount", "-7", -7),
    ("amount", str(2**63 - 1), 2**63 - 1),
    ("weight", "2", 2.0),
    ("weight", "-1.5e3", -1500.0),
    ("good", "true", True),
    ("good", "false", False),
    ("price", "12.50", "12.50"),
    ("day", "2026-01-31", "2026-01-31"),
    ("moment", "2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"),
    ("moment", "2026-01-31T12:00:00%2B02:00", "2026-01-31T10:00:00Z"),
    ("moment", "2026-01-31T12:00:00", "2026-01-31T12:00:00Z"),
    ("code", "0B2D9C1E-3F7A-4F0E-9D1C-2A5B6C7D8E9F", "0b2d9c1e-3f7a-4f0e-9d1c-2a5b6c7d8e9f"),
    ("colour", "red", "red"),
    ("site", "https://example.org/", "https://example.org/"),
]


@pytest.mark.parametrize("name, text, value", VALUES)
def test_every_kind_of_value_is_read(name: str, text: str, value: Any) -> None:
    assert one_filter(f"{name}={text}") == Comparison(name, "eq", (value,))


WRONG_VALUES = [
    (name, text)
    for name, texts in {
        "amount": ["x", "", "1.0", "1e3", "01", "+1", "%201", str(2**63), "9" * 200, "true", "null", "1_0"],
        "weight": ["NaN", "Infinity", "1e400", "-1e400", ".5", "0x1"],
        "good": ["1", "True", "yes", ""],
        "price": ["NaN", "Infinity", "x", "1e999999999"],
        "day": ["2026-02-30", "20260131", "1700000000", "2026-01-31T12:00:00Z", "0"],
        "moment": [
            "x",
            "1700000000",
            "2026-01-31T25:00:00Z",
            "0001-01-01T00:00:00%2B14:00",
            "9999-12-31T23:59:59-14:00",
        ],
        "code": ["x", "1"],
        "colour": ["RED", "", "pink"],
        "label": ["x" * (MAX_FILTER_TEXT + 1)],
    }.items()
    for text in texts
]


@pytest.mark.parametrize("name, text", WRONG_VALUES, ids=[f"{n}={t[:30]}" for n, t in WRONG_VALUES])
def test_a_value_of_another_kind_is_refused_by_name(name: str, text: str) -> None:
    assert errors_of(f"{name}={text}") == {name: "invalid"}


@given(st.sampled_from([each.name for each in SAMPLES.fields if each.filterable]), st.text(max_size=300))
@example("moment", "0001-01-01T00:00:00+14:00")
@example("day", "-1")
@example("price", "1e99999")
@example("weight", "1e999")
def test_any_text_as_a_value_is_read_or_refused(name: str, text: str) -> None:
    """What is read can be given to a database, and stands in a cursor as it is."""
    try:
        found = one_filter(urlencode({name: text}))
    except BadParameter:
        return
    assert orjson.loads(orjson.dumps(found.values)) == list(found.values)
    assert len(orjson.dumps(found.values)) < 4096


class Priced(Resource):
    number: int = Field(identity=True)
    price: Decimal = Decimal(0)


@pytest.mark.parametrize("text", ["1e400", "1e100000", "1e-100000", "-1e99999"])
def test_a_short_text_does_not_become_a_long_decimal(text: str) -> None:
    """Content may say no such number either."""
    with pytest.raises(BadParameter):
        read_query(declare(Priced, "/priced", read=public()), f"price={text}", lenient=False, secret=SECRET)


@given(st.datetimes(timezones=st.timezones(), min_value=FIRST, max_value=LAST))
def test_a_moment_is_the_same_in_every_zone(moment: datetime) -> None:
    text = moment.replace(fold=0).isoformat()
    try:
        wanted = datetime.fromisoformat(text).astimezone(UTC)
        [value] = one_filter(f"moment={quote(text)}").values
    except BadParameter:
        offset = moment.replace(fold=0).strftime("%z")
        assert len(offset) > 5  # an offset with seconds, which RFC 3339 has not
        return
    assert datetime.fromisoformat(value) == wanted
    assert value.endswith("Z")


@given(st.uuids(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False), st.dates())
def test_every_value_that_json_writes_is_read(code: UUID, amount: int, weight: float, day: Any) -> None:
    written = {"code": str(code), "amount": str(amount), "weight": repr(weight), "day": day.isoformat()}
    read_back = {item.field: item.values[0] for item in every_filter(urlencode(written))}
    assert read_back == {"code": str(code), "amount": amount, "weight": weight, "day": day.isoformat()}


def test_every_operator_of_every_kind_is_a_parameter() -> None:
    names = filter_names(SAMPLES)
    for spec in SAMPLES.fields:
        wanted = spec.kind.operators if spec.filterable else ()
        assert [name for name in names if name.partition("[")[0] == spec.name and "[" in name] == [
            f"{spec.name}[{operator}]" for operator in wanted
        ]


def test_a_field_with_the_name_of_a_control_is_filtered_by_its_operator_alone() -> None:
    names = filter_names(SPECIMENS)
    assert "limit" not in names
    assert names["limit[eq]"][1] == "eq"


@pytest.mark.parametrize(
    "text, found",
    [
        ("amount[gte]=5", Comparison("amount", "gte", (5,))),
        ("amount[ne]=5", Comparison("amount", "ne", (5,))),
        ("amount[in]=5,6,5", Comparison("amount", "in", (5, 6, 5))),
        ("colour[in]=red,blue", Comparison("colour", "in", ("red", "blue"))),
        ("label[contains]=%25", Comparison("label", "contains", ("%",))),
        ("label[starts]=a", Comparison("label", "starts", ("a",))),
        ("good[exists]=false", Comparison("good", "exists", (False,))),
        ("amount%5Blt%5D=1", Comparison("amount", "lt", (1,))),
    ],
)
def test_operators(text: str, found: Comparison) -> None:
    assert one_filter(text) == found


@pytest.mark.parametrize(
    "text, errors",
    [
        ("nobody=1", {"nobody": "unknown_parameter"}),
        ("amount[like]=1", {"amount[like]": "unknown_parameter"}),
        ("good[gt]=true", {"good[gt]": "unknown_parameter"}),
        ("place=1&tags=2&extra=3", dict.fromkeys(["place", "tags", "extra"], "unknown_parameter")),
        ("_id=1", {"_id": "unknown_parameter"}),
        ("amount=1&amount=2", {"amount": "repeated"}),
        ("limit=1&limit=1", {"limit": "repeated"}),
        ("amount=x&nobody=1&limit=0", {"amount": "invalid", "nobody": "unknown_parameter", "limit": "invalid"}),
        ("label[contains]=", {"label[contains]": "invalid"}),
        ("label[starts]=", {"label[starts]": "invalid"}),
        ("good[exists]=1", {"good[exists]": "invalid"}),
        ("amount[in]=1,,2", {"amount[in]": "invalid"}),
        ("label=%ff", {"": "malformed"}),
        ("label=%00", {"": "malformed"}),
        ("&".join(f"x{n}=1" for n in range(100)), {"": "malformed"}),
        ("amount[in]=" + ",".join("1" * (MAX_CHOICES + 1)), {"amount[in]": "invalid"}),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else ",".join(value),
)
def test_what_is_not_declared_is_refused_all_at_once(text: str, errors: dict[str, str]) -> None:
    assert errors_of(text) == errors


def test_at_most_so_many_filters_and_choices() -> None:
    names = [f"amount[{operator}]=1" for operator in KINDS["integer"].operators[:-2]]
    names += [f"weight[{operator}]=1" for operator in KINDS["float"].operators[:-2]]
    names += [f"label[{operator}]=a" for operator in ("eq", "ne", "gt", "gte", "lt", "lte")]
    assert len(every_filter("&".join(names[:MAX_FILTERS]))) == MAX_FILTERS
    assert errors_of("&".join(names[: MAX_FILTERS + 1])) == {"": "too_many"}
    assert len(one_filter("amount[in]=" + ",".join("1" * MAX_CHOICES)).values) == MAX_CHOICES


@pytest.mark.parametrize("limit", ["1", "25", "100"])
def test_a_limit(limit: str) -> None:
    assert read(f"limit={limit}").limit == int(limit)


@pytest.mark.parametrize("limit", ["0", "101", "-1", "", "1.0", "x", "٣", "1" * 5000])
def test_a_limit_that_is_none(limit: str) -> None:
    assert errors_of(f"limit={limit}") == {"limit": "invalid"}


def test_a_sort_has_directions_and_at_most_four_keys() -> None:
    assert read("sort=-amount,label").sort == (Order("amount", descending=True), Order("label"))
    assert len(read("sort=amount,label,weight,good").sort) == 4


NO_SORTS = ["", "nobody", "tags", "place", "--amount", "amount,", "amount,amount", "amount,-amount", "_id", "+amount"]


@pytest.mark.parametrize("sort", [*NO_SORTS, "amount,label,weight,good,price"])
def test_a_sort_that_is_none(sort: str) -> None:
    assert errors_of(urlencode({"sort": sort})) == {"sort": "invalid"}


def test_fields_come_in_the_order_of_the_declaration() -> None:
    assert read("fields=tags,number").fields == ("number", "tags")
    assert read_item_fields(SAMPLES, "fields=label,number", lenient=False) == ("number", "label")


@pytest.mark.parametrize("text", ["fields=", "fields=nobody", "fields=label,label", "fields=_id"])
def test_fields_that_are_none(text: str) -> None:
    assert errors_of(text) == {"fields": "invalid"}
    with pytest.raises(BadParameter):
        read_item_fields(SAMPLES, text, lenient=False)


def test_an_item_takes_fields_alone() -> None:
    for text in ("limit=1", "amount=1", "fields=label&fields=number"):
        with pytest.raises(BadParameter):
            read_item_fields(SAMPLES, text, lenient=False)
    assert read_item_fields(SAMPLES, "nobody=1", lenient=True) is None


def test_other_addresses_take_no_parameters() -> None:
    refuse_parameters("", lenient=False)
    refuse_parameters("x=1", lenient=True)
    with pytest.raises(BadParameter):
        refuse_parameters("x=1", lenient=False)


def test_lenient_handling_leaves_out_the_unknown_alone() -> None:
    found = read("nobody=1&amount=1&limit=2", lenient=True)
    assert found.condition == Comparison("amount", "eq", (1,))
    assert found.parameters == (("amount", "1"), ("limit", "2"))
    assert errors_of("nobody=1&amount=x", lenient=True) == {"amount": "invalid"}


def test_the_cursor_of_a_query_is_kept_and_is_no_parameter_of_the_next_page() -> None:
    cursor = write_cursor(SAMPLES, (Order("amount"),), ROW, SECRET)
    found = read(f"sort=amount&after={cursor}&limit=3")
    assert found.cursor == cursor
    assert found.after is not None
    assert (found.after.values, found.after.key) == ((5,), 7)
    assert found.parameters == (("sort", "amount"), ("limit", "3"))
