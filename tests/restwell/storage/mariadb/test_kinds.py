"""Values at the edge of each kind come back from MariaDB as they were sent, and texts in the order of code points."""

import math
import random
import struct
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from restwell import Api, Field, Resource, public
from tests.api import JSON, serve

pytestmark = pytest.mark.slow


class Value(Resource):
    id: int = Field(identity=True)
    number: float | None = None
    whole: int | None = None
    text: str = ""
    exact: Decimal | None = None
    moment: datetime | None = None
    day: date | None = None
    clock: time | None = None
    length: timedelta | None = None
    data: Any = None


def floats() -> list[float]:
    made = random.Random(1)
    every = [struct.unpack("d", made.randbytes(8))[0] for _ in range(50)]
    return [5e-324, 1.7976931348623157e308, 0.1, 1e22, 1e23, *filter(math.isfinite, every)]


TEXTS = [
    "\U0001f600 ",
    " a ",
    "a\\'\"%s ?\n\t\r",
    "\ufeff",
    "e\u0301",
    "é",
    "E",
    "x" * 60_000,
    "ß",
    "%",
    "\\",
    "\u2028",
]
VALUES: dict[str, list[Any]] = {
    "number": floats(),
    "whole": [2**63 - 1, -(2**63), 2**53 + 1],
    "text": TEXTS,
    "exact": ["0.1", f"{'9' * 40}.{'1' * 40}", f"-{'9' * 200}.{'1' * 200}", "1.50", "1.5"],
    "moment": ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "1999-12-31T23:59:59.000001Z"],
    "day": ["0001-01-01", "9999-12-31", "2024-02-29"],
    "clock": ["00:00:00", "23:59:59.999999"],
    "length": ["P106751991D", "-P106751991D", "PT0.000001S"],
    "data": [{"a": [1, 2.5, None, True, "\U0001f600 "]}, "x ", [[]], False, 0],
}


def test_values_come_back_as_they_were_sent(mariadb_url: str) -> None:
    def register(api: Api) -> object:
        return api.resource("/values", read=public(), write=public())(Value)

    served = serve(register, database=mariadb_url)
    every = [{member: value} for member, values in VALUES.items() for value in values]
    for number, content in enumerate(every):
        assert served.send("PUT", f"/values/{number}", content=content).status == 201
        assert content.items() <= served.send("GET", f"/values/{number}", accept=JSON).json().items()
    page = served.send("GET", "/values?sort=text&text[ne]=&limit=100", accept=JSON).json()["values"]
    assert [each["text"] for each in page] == sorted(TEXTS)
    served.close()
