"""One resource with every kind of field, and values for each: made of what the schema allows."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from hypothesis import strategies as st
from pydantic import BaseModel, HttpUrl, PositiveInt

from restwell import Field, Resource
from restwell.model.durations import duration_of


class Size(Enum):
    SMALL = "small"
    LARGE = "large"


class Level(IntEnum):
    LOW = 0
    HIGH = 1


class Part(BaseModel):
    """A nested object with what goes wrong at depth."""

    title: str
    lang: str | None = "en"
    at: datetime | None = None
    opens: list[time] = []
    lasts: list[timedelta] = []
    cost: Decimal = Decimal("1.50")
    weight: float = 1.0
    count: Annotated[int, Field(ge=-5)] = 0
    level: Level = Level.LOW
    inner: "Part | None" = None
    free: dict[str, Any] = Field(default_factory=dict)


class Round(BaseModel):
    """One of two shapes."""

    kind: Literal["circle", "ball"] = "circle"
    size: Annotated[int, Field(ge=0)] = 1
    round: str | None = "yes"


class Square(BaseModel):
    """The other one, of which a member is called like its tag."""

    kind: Literal["square"]
    size: float | None = None
    square: list[Decimal] = []


class Law(Resource):
    """One field of every kind, with and without defaults and nulls."""

    number: int = Field(identity=True, ge=1)
    text: str
    label: str | None = None
    lang: str | None = "en"
    due: date | None
    count: PositiveInt = 1
    small: Annotated[int, Field(ge=0, le=10)] | None = None
    weight: float = 0.5
    gauge: float | None = 2.0
    good: bool = False
    price: Decimal = Field(Decimal("1.50"), max_digits=12, decimal_places=4)
    amount: Decimal | None
    day: date = date(2020, 1, 1)
    moment: datetime | None = None
    clock: time | None = time(9, 30)
    lasts: timedelta | None = timedelta(days=400, microseconds=1)
    code: UUID | None = UUID("0b0e6a3e-5a54-4c5c-9c9e-1c5d3f9d2a11")
    site: HttpUrl | None = None
    size: Size = Size.SMALL
    level: Level | None = Level.HIGH
    colour: Literal["red", "blue"] | None
    place: Literal[0, 1] = 0
    tags: list[str] = Field([])
    moments: list[datetime] | None = None
    costs: list[Decimal | None] = Field([])
    part: Part | None = None
    parts: list[Part] = Field(default_factory=list)
    pair: tuple[Annotated[int, Field(ge=0)], str | None] = (0, "a")
    series: tuple[float, ...] = ()
    labels: set[str] = Field({"b", "a"})
    amounts: frozenset[Decimal | None] | None = None
    shape: Round | Square = Field(default_factory=lambda: Square(kind="square"), discriminator="kind")
    shapes: list[Annotated[Round | Square, Field(discriminator="kind")]] = Field([])
    anything: Any = None
    something: Any = 1
    free: dict[str, Any] | None = Field(default_factory=dict)
    days: dict[str, datetime] = Field({})


# Neither U+0000 nor halves of surrogate pairs.
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
INTEGERS = st.integers(-(2**63), 2**63 - 1)
FLOATS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**60), 2**60)
DATES = st.dates().map(date.isoformat)
TIMES = st.builds(
    lambda at, fraction: f"{at:%H:%M:%S}{fraction}", st.times(), st.sampled_from(["", ".5", ".000001", ".1234567"])
)
DURATIONS = st.integers(-(2**63), 2**63 - 1).map(duration_of) | st.from_regex(
    r"-?P(?:[0-9]{1,6}W|[0-9]{1,7}DT[0-9]{1,3}H|T[0-9]{1,5}M[0-9]{1,9}\.[0-9]{1,12}S)", fullmatch=True
)
UUIDS = st.uuids().map(str) | st.uuids().map(lambda code: str(code).upper())
URLS = st.sampled_from(
    [
        "https://example.org",
        "http://example.org/a?b=c#d",
        "https://m\u00fcnchen.example/\u00e4",
        "HTTPS://Example.org:443/%7Ea",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | INTEGERS | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


def _moment(moment: datetime, fraction: str, offset: str) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}".rjust(19, "0") + fraction + offset


MOMENTS = st.builds(
    _moment,
    st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29)),  # noqa: DTZ001 - the offset is written behind
    st.sampled_from(["", ".5", ".123456", ".123456789", ".000000"]),
    st.sampled_from(["Z", "z", "+02:00", "-23:59"]),
)


def decimals(before: int, behind: int) -> st.SearchStrategy[Any]:
    """Decimals as text, and as numbers that JSON Schema allows."""
    texts = st.from_regex(rf"-?[0-9]{{1,{before}}}(\.[0-9]{{1,{behind}}})?", fullmatch=True, alphabet="-.0123456789")
    return texts | st.integers(-(10**before) + 1, 10**before - 1) | st.sampled_from([1.5, -0.25, 0.0])


def nullable(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


LEVELS = st.sampled_from([0, 1])


def _parts(depth: int) -> st.SearchStrategy[dict[str, Any]]:
    more: dict[str, st.SearchStrategy[Any]] = {"inner": nullable(_parts(depth - 1))} if depth else {}
    return st.fixed_dictionaries(
        {"title": TEXT},
        optional={
            "lang": nullable(TEXT),
            "at": nullable(MOMENTS),
            "opens": st.lists(TIMES, max_size=2),
            "lasts": st.lists(DURATIONS, max_size=2),
            "cost": decimals(20, 20),
            "weight": FLOATS,
            "count": st.integers(-5, 2**63 - 1),
            "level": LEVELS,
            "free": st.dictionaries(TEXT, JSON, max_size=2),
            **more,
        },
    )


PARTS = _parts(1)
SHAPES = st.fixed_dictionaries(
    {"kind": st.sampled_from(["circle", "ball"])},
    optional={"size": st.integers(0, 9), "round": nullable(TEXT)},
) | st.fixed_dictionaries(
    {"kind": st.just("square")},
    optional={"size": nullable(FLOATS), "square": st.lists(decimals(9, 9), max_size=2)},
)
REQUIRED: dict[str, st.SearchStrategy[Any]] = {
    "text": TEXT,
    "due": nullable(DATES),
    "amount": nullable(decimals(25, 25)),
    "colour": nullable(st.sampled_from(["red", "blue"])),
}
OPTIONAL: dict[str, st.SearchStrategy[Any]] = {
    "label": nullable(TEXT),
    "lang": nullable(TEXT),
    "count": st.integers(1, 2**63 - 1),
    "small": nullable(st.integers(0, 10)),
    "weight": FLOATS,
    "gauge": nullable(FLOATS),
    "good": st.booleans(),
    "price": decimals(8, 4),
    "day": DATES,
    "moment": nullable(MOMENTS),
    "clock": nullable(TIMES),
    "lasts": nullable(DURATIONS),
    "code": nullable(UUIDS),
    "site": nullable(URLS),
    "size": st.sampled_from(["small", "large"]),
    "level": nullable(LEVELS),
    "place": LEVELS,
    "tags": st.lists(TEXT, max_size=3),
    "moments": nullable(st.lists(MOMENTS, max_size=3)),
    "costs": st.lists(nullable(decimals(20, 20)), max_size=3),
    "part": nullable(PARTS),
    "parts": st.lists(PARTS, max_size=2),
    "pair": st.tuples(st.integers(0, 9), nullable(TEXT)).map(list),
    "series": st.lists(FLOATS, max_size=3),
    "labels": st.lists(TEXT, max_size=3, unique=True),
    "amounts": nullable(st.lists(nullable(st.integers(0, 9)), max_size=3, unique=True)),
    "shape": SHAPES,
    "shapes": st.lists(SHAPES, max_size=2),
    "anything": JSON,
    "something": JSON,
    "free": nullable(st.dictionaries(TEXT, JSON, max_size=2)),
    "days": st.dictionaries(TEXT, MOMENTS, max_size=2),
}
CONTENTS = st.fixed_dictionaries(REQUIRED, optional=OPTIONAL)
"""What a PUT may send."""
MEMBERS = {**REQUIRED, **OPTIONAL}
CHANGES = st.sampled_from(sorted(MEMBERS)).flatmap(lambda name: st.tuples(st.just(name), MEMBERS[name]))
"""One member, and another value for it."""
