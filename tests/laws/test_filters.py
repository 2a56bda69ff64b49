"""Law: a value that was written is found by a filter with that value as written, whatever its kind."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlencode
from uuid import UUID

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from pydantic import AfterValidator, AnyUrl, BeforeValidator, HttpUrl, StringConstraints, field_validator

from restwell import Api, Field, Resource, public
from restwell.data.filters import join_list
from restwell.http.limits import MAX_FILTER_TEXT
from restwell.model.durations import duration_of
from tests.api import JSON, Served
from tests.laws.examples import law_settings

pytestmark = pytest.mark.slow


class Colour(Enum):
    RED = "red"
    ODD = 'a,"b'


class Level(IntEnum):
    LOW = 0
    HIGH = 10


class Thing(Resource):
    """A field of every kind that filters can name, and some that change what they are given."""

    id: int = Field(identity=True)
    text: str | None = None
    count: int | None = None
    weight: float | None = None
    good: bool | None = None
    price: Decimal | None = None
    day: date | None = None
    moment: datetime | None = None
    lasts: timedelta | None = None
    code: UUID | None = None
    home: HttpUrl | None = None
    link: AnyUrl | None = None
    colour: Colour | None = None
    level: Level | None = None
    size: Literal["small", "large"] | None = None
    lower: Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True)] | None = None
    folded: Annotated[str, BeforeValidator(lambda value: value.casefold())] | None = None
    doubled: Annotated[int, AfterValidator(lambda value: value * 2)] | None = None
    shouted: str | None = None
    short: str | None = Field(None, max_length=3)
    small: Annotated[int, Field(ge=0, le=10)] | None = None
    exact: Decimal | None = Field(None, max_digits=6, decimal_places=2)

    @field_validator("shouted")
    @classmethod
    def shout(cls, value: str | None) -> str | None:
        """A validator of the class, which makes another value of it each time."""
        return None if value is None else f"{value}!"


def register(api: Api) -> object:
    return api.resource("/things", read=public(), write=public())(Thing)


Writing = Callable[[Any], str]
"""How a value stands in a query."""
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=60)
zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=zones)  # noqa: DTZ001 - it adds the zone
decimals = st.decimals(-(10**20), 10**20, allow_nan=False).filter(lambda d: abs(d.adjusted()) < 300)
hosts = st.sampled_from(["https://example.org", "HTTP://Example.ORG:80", "https://example.org/a b?c=d,e#f"])
identifiers = st.uuids().flatmap(
    lambda code: st.sampled_from([str(code), str(code).upper(), code.hex, f"{{{code}}}"])
)
KINDS: dict[str, st.SearchStrategy[Any]] = {
    "text": texts,
    "count": st.integers(-(2**63), 2**63 - 1),
    "weight": st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([-0.0, 1, 10**15]),
    "good": st.booleans(),
    "price": decimals.map(str) | decimals.map(lambda d: format(d, "f")) | st.sampled_from(["1.50", "-0.0", "1e2"]),
    "day": st.dates().map(date.isoformat),
    "moment": moments.map(datetime.isoformat) | moments.map(lambda m: m.astimezone(UTC).isoformat()[:-6] + "Z"),
    "lasts": st.integers(-(2**63), 2**63 - 1).map(duration_of) | st.sampled_from(["P2W", "PT90M", "-PT0S", "PT36H"]),
    "code": identifiers,
    "home": hosts,
    "link": hosts | st.sampled_from(["ftp://example.org", "urn:isbn:1", "mailto:a@example.org"]),
    "colour": st.sampled_from([each.value for each in Colour]),
    "level": st.sampled_from([each.value for each in Level]),
    "size": st.sampled_from(["small", "large"]),
    "lower": texts,
    "folded": texts,
    "doubled": st.integers(-1000, 1000),
    "shouted": texts,
    "short": texts.map(lambda text: text[:3]),
    "small": st.integers(0, 10),
    "exact": st.decimals(-9999, 9999, places=2).map(str),
}
values = st.sampled_from(sorted(KINDS)).flatmap(lambda name: st.tuples(st.just(name), KINDS[name]))


def in_a_query(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def found(api: Served, name: str, value: str) -> bool:
    answer = api.send("GET", f"/things?{urlencode({name: value})}", accept=JSON)
    assert answer.status == 200, answer.body
    return bool(answer.json()["things"])


@law_settings()
@given(values)
@example(("home", "https://example.org"))
@example(("price", "1.50"))
@example(("weight", -0.0))
@example(("moment", "2026-01-31T12:00:00+02:00"))
@example(("moment", "2026-01-31t12:00:00.1234567z"))
@example(("code", "0B2D9C1E-3F7A-4F0E-9D1C-2A5B6C7D8E9F"))
@example(("text", "e\u0301 é"))
@example(("text", '"a,b"'))
@example(("text", "\U0001f600" * 75))
@example(("lower", " ÀB "))
@example(("lower", ""))
def test_what_was_written_is_found(api: Served, named: tuple[str, Any]) -> None:
    name, value = named
    api.change("DELETE FROM things")
    written = api.send("POST", "/things", {"Prefer": "return=minimal"}, {"id": 1, name: value})
    assume(written.status != 422)  # what is no value of its field is not written
    assert written.status == 201, written.body
    text = in_a_query(value)
    assert len(text) <= MAX_FILTER_TEXT
    assert found(api, name, text)
    assert found(api, f"{name}[eq]", text)
    if name != "good":
        assert found(api, f"{name}[in]", join_list([text]))
        assert found(api, f"{name}[in]", join_list([text, text]))
        assert not found(api, f"{name}[ne]", text)


@law_settings()
@given(values.filter(lambda named: named[0] in {"text", "count", "weight", "price", "day", "moment", "lower"}))
@example(("price", "10"))
@example(("moment", "2026-01-31T12:00:00+02:00"))
def test_an_item_is_neither_before_nor_behind_its_own_value(api: Served, named: tuple[str, Any]) -> None:
    name, value = named
    api.change("DELETE FROM things")
    written = api.send("POST", "/things", {"Prefer": "return=minimal"}, {"id": 1, name: value})
    assume(written.status == 201)
    text = in_a_query(value)
    assert [found(api, f"{name}[{each}]", text) for each in ("gte", "lte", "gt", "lt")] == [True, True, False, False]


@law_settings()
@given(texts.filter(bool), texts, texts)
@example("İ", "", "")
@example('"', ",", "%_")
def test_a_part_of_a_text_is_found_as_it_is_and_in_another_case(
    api: Served, part: str, before: str, behind: str
) -> None:
    api.change("DELETE FROM things")
    assert api.send("POST", "/things", content={"id": 1, "text": before + part + behind}).status == 201
    assert found(api, "text[contains]", part)
    assert found(api, "text[icontains]", part)
    assert found(api, "text[starts]", before + part)
    for other in (part.lower(), part.upper(), part.swapcase()):
        if len(other) == len(part) and other.casefold() == part.casefold():
            assert found(api, "text[icontains]", other)


# What is outside the limits of a field, or changed by a validator, cannot have been written, but can be asked for.


@pytest.mark.parametrize(
    "text, ids",
    [
        ("small[gte]=-5", [1]),
        ("small[lt]=99", [1]),
        ("small=99", []),
        ("exact[gt]=-123456789.5", [1]),
        ("short[ne]=longer", [1, 2]),
        ("link[ne]=https://example.org", [1, 2]),
    ],
)
def test_a_limit_of_a_field_is_no_limit_of_a_filter(api: Served, text: str, ids: list[int]) -> None:
    api.change("DELETE FROM things")
    for content in ({"id": 1, "small": 5, "exact": "1.5", "short": "abc"}, {"id": 2}):
        assert api.send("POST", "/things", content=content).status == 201
    answer = api.send("GET", f"/things?{quote(text, safe='=[]&')}", accept=JSON)
    assert [row["id"] for row in answer.json()["things"]] == ids


CASES = {
    "German": ("Straße GROẞ Ärger", ["STRAßE", "straẞe", "groß", "ärger"], ["strasse", "gross", "arger"]),
    "Greek": ("ΟΔΥΣΣΕΥΣ οδος", ["οδυσσευς", "ΟΔΟΣ", "οδοσ"], ["ὀδυσσεύς"]),
    "Turkish": ("Iğdır İzmir", ["iğd", "IĞD", "İzm", "dır"], ["ığd", "izm", "dir"]),  # noqa: RUF001 - meant
    "accents": ("Crème BRÛLÉE e\u0301", ["CRÈME", "brûlée", "E\u0301"], ["creme", "ê"]),
    "signs": ("K Å µ ſ 100%_\\.*[a]^$", ["\u212a", "å", "Μ", "S", "%_\\.*[A]^$"], ["100_", ".+"]),  # noqa: RUF001 - meant
    "scripts": ("ПРИВЕТ Ⴀ Ꭰ 𐐀 ʼn", ["привет", "ⴀ", "ꭰ", "𐐨"], ["privet"]),  # noqa: RUF001 - meant
}


@pytest.mark.parametrize("case", CASES)
def test_ignoring_case_is_the_same_in_every_database(api: Served, case: str) -> None:
    text, inside, outside = CASES[case]
    api.change("DELETE FROM things")
    assert api.send("POST", "/things", content={"id": 1, "text": text}).status == 201
    for part in inside:
        assert found(api, "text[icontains]", part), part
    for part in outside:
        assert not found(api, "text[icontains]", part), part
