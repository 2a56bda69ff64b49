"""A text of a URI is read as the content model reads the field, or else by the field's kind alone."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

import pytest
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    HttpUrl,
    ValidationInfo,
    field_validator,
    model_validator,
)

from restwell import Field, Resource, public
from restwell.data.literals import OutOfRange, reader_of
from restwell.model.declare import declare


class Tree(BaseModel):
    """A model that holds itself, so that the schema of the resource has definitions."""

    branches: list["Tree"] = []


def in_german(value: Any) -> Any:
    return value.replace(",", ".") if isinstance(value, str) else value


class Thing(Resource):
    id: int = Field(identity=True)
    tree: Tree | None = None
    home: HttpUrl | None = None
    price: Decimal | None = None
    code: Annotated[str, BeforeValidator(in_german)] | None = None
    limited: int = Field(5, ge=0, le=10)
    moment: datetime | None = None
    opens: time | None = None
    lasts: timedelta | None = Field(None, le=timedelta(days=900))
    level: Literal[0, 1] | None = None
    even: Annotated[int, AfterValidator(lambda number: number - number % 2)] | None = None
    title: str = ""
    other: str = ""

    @field_validator("title")
    @classmethod
    def capitalize(cls, value: str) -> str:
        return value.capitalize()

    @field_validator("other")
    @classmethod
    def compare(cls, value: str, info: ValidationInfo) -> str:
        return value if info.data["title"] else "nothing"

    @model_validator(mode="after")
    def never(self) -> "Thing":
        """Asks for the whole, which a filter has not: it takes no part."""
        return self


THINGS = declare(Thing, "/things", read=public())


def read(name: str, text: str) -> Any:
    spec = THINGS.field(name)
    assert spec is not None
    return reader_of(THINGS, spec)(text)


@pytest.mark.parametrize(
    "name, text, value",
    [
        ("home", "https://example.org", "https://example.org/"),
        ("home", "ftp://example.org", "ftp://example.org/"),
        ("home", "example", "example"),
        ("price", "1e2", "100"),
        ("code", "1,5", "1.5"),
        ("price", "+.5", "0.5"),
        ("limited", "99", 99),
        ("moment", "2026-01-31T12:00:00", "2026-01-31T12:00:00Z"),
        ("moment", "2026-01-31 12:00:00-02:00", "2026-01-31T14:00:00Z"),
        ("opens", "09:30:00.5", "09:30:00.500000"),
        ("opens", "09:30", "09:30:00"),
        ("lasts", "PT36H", "P1DT12H"),
        ("lasts", "-P400D", "-P400D"),
        ("lasts", "P9999D", "P9999D"),
        ("level", "1", 1),
        ("even", "7", 6),
        ("title", "aB", "Ab"),
        ("other", "as it is", "as it is"),
    ],
)
def test_a_text_is_read(name: str, text: str, value: Any) -> None:
    found = read(name, text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    "name, text",
    [
        ("price", "1_0"), ("price", " 1"), ("price", "٣"), ("limited", "1.0"),
        ("moment", "1700000000"), ("opens", "09:30:00Z"), ("opens", "09:30:00+02:00"), ("opens", "24:00:00"),
        ("opens", "5"), ("level", "true"), ("lasts", "P1Y"),
        ("lasts", "1 day, 2:00:00"), ("lasts", "PT1.5H"), ("lasts", "5"), ("lasts", "P999999999D"), ("lasts", "1:30"),
        ("level", "2"), ("level", "01"),
    ],
)  # fmt: skip
def test_what_is_no_value_is_refused(name: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read(name, text)


@pytest.mark.parametrize(
    "name, text",
    [("limited", str(2**63)), ("price", "1e309"), ("price", "1e-400"), ("moment", "0001-01-01T00:00:00+14:00")],
)
def test_what_no_store_could_hold_is_out_of_range(name: str, text: str) -> None:
    with pytest.raises(OutOfRange):
        read(name, text)


def test_a_moment_is_in_utc() -> None:
    assert datetime.fromisoformat(read("moment", "2026-01-31T12:00:00+02:00")).tzinfo == UTC
