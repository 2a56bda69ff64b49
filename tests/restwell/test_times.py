"""Times of day through the whole: content, filters, order, patches, formats and what others have written."""

from datetime import time
from typing import Any

import pytest
import sqlalchemy as sa

from restwell import Api, Field, Resource, public
from tests.api import JSON, JSON_LD, MERGE_PATCH, Served, serving


class Shop(Resource):
    """A shop with its hours."""

    id: int = Field(identity=True)
    opens: time = Field(time(9), index=True, ge=time(5), description="When it opens.")
    closes: time | None = Field(None, unique=True)


def register(api: Api) -> None:
    api.resource("/shops", read=public(), write=public())(Shop)


@pytest.fixture
def served(database_url: str) -> Any:
    """Serve three shops."""
    with serving(register, database=database_url) as one:
        for number, (opens, closes) in enumerate(
            [("09:30:00", "18:00:00"), ("08:00:00.250", "17:30:00"), ("22:00:00", None)]
        ):
            answer = one.send("PUT", f"/shops/{number}", content={"opens": opens, "closes": closes}, accept=JSON)
            assert answer.status == 201, answer.body
        yield one


def found(served: Served, query: str) -> list[int]:
    answer = served.send("GET", f"/shops?{query}", accept=JSON)
    assert answer.status == 200, answer.body
    return [each["id"] for each in answer.json()["shops"]]


@pytest.mark.parametrize(
    "query, ids",
    [
        ("sort=opens", [1, 0, 2]),
        ("sort=-opens", [2, 0, 1]),
        ("sort=closes", [1, 0, 2]),
        ("opens=09:30:00", [0]),
        ("opens=08:00:00.25", [1]),
        ("opens[gte]=09:30:00", [0, 2]),
        ("opens[lt]=08:00:00.250001", [1]),
        ("closes[in]=18:00:00,17:30:00", [0, 1]),
        ("closes[exists]=false", [2]),
        ("opens[gt]=04:00:00&sort=opens&limit=2", [1, 0]),
    ],
)
def test_times_are_compared_and_ordered(served: Served, query: str, ids: list[int]) -> None:
    assert found(served, query) == ids


def test_pages_in_the_order_of_a_time_follow_one_another(served: Served) -> None:
    first = served.send("GET", "/shops?sort=opens&limit=1", accept=JSON_LD).json()
    second = served.send("GET", first["view"]["next"], accept=JSON_LD).json()
    assert [each["opens"] for each in first["member"] + second["member"]] == ["08:00:00.250000", "09:30:00"]


@pytest.mark.parametrize("value", ["9:30", "09:30:00Z", "5", "25:00:00"])
def test_a_filter_says_how_a_time_is_written(served: Served, value: str) -> None:
    answer = served.send("GET", f"/shops?opens={value}", accept=JSON)
    assert answer.status == 400
    assert "a time of day, as in 09:30:00" in answer.body.decode()


def test_a_patch_changes_a_time_and_limits_hold(served: Served) -> None:
    sent = {"Content-Type": MERGE_PATCH}
    assert (
        served.send("PATCH", "/shops/2", sent, content={"closes": "23:00:00"}, accept=JSON).json()["closes"]
        == "23:00:00"
    )
    assert served.send("PATCH", "/shops/2", sent, content={"opens": None}, accept=JSON).json()["opens"] == "09:00:00"
    assert served.send("PATCH", "/shops/2", sent, content={"opens": "04:59:59"}, accept=JSON).status == 422
    assert served.send("PATCH", "/shops/2", sent, content={"closes": "18:00:00.000"}, accept=JSON).status == 409
    refused = served.send("PATCH", "/shops/2", sent, content={"closes": "18:00:00Z"}, accept=JSON)
    assert refused.json()["errors"][0]["detail"] == "Must be a time of day without an offset, such as 09:30:00."


def test_what_was_shown_can_be_sent_back_and_changes_nothing(served: Served) -> None:
    shown = served.send("GET", "/shops/1", accept=JSON)
    again = served.send("PUT", "/shops/1", {"Content-Type": JSON}, shown.body, accept=JSON)
    assert (again.status, again["etag"], again.body) == (200, shown["etag"], shown.body)


def test_descriptions_say_what_a_time_is(served: Served) -> None:
    schema = served.send("GET", "/schemas/Shop").json()["properties"]["opens"]
    assert (schema["type"], schema["format"], schema["default"]) == ("string", "time-local", "09:00:00")
    context = served.send("GET", "/contexts/Shop").json()["@context"]
    assert "xsd:time" in str(context) or "XMLSchema#time" in str(context)
    document = served.send("GET", "/openapi.json").json()
    parameters = document["paths"]["/shops"]["get"]["parameters"]
    [parameter] = [each["schema"] for each in parameters if each.get("name") == "opens[gte]"]
    assert (parameter["type"], parameter["format"]) == ("string", "time-local")
    guide = served.send("GET", "/docs", accept="text/html").body.decode()
    assert "time of day" in guide
    assert "[0-5][0-9]" not in guide
    assert "08:00:00.250000" in served.send("GET", "/shops/1", accept="text/html").body.decode()


def test_a_time_that_another_program_wrote_is_checked(served: Served, database_url: str) -> None:
    value = "24:00:00" if database_url.startswith("postgresql") else "9:30"
    engine = sa.create_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE shops SET opens = :value WHERE id = 0"), {"value": value})
    engine.dispose()
    assert served.send("GET", "/shops/0", accept=JSON).status == 500
    assert found(served, "sort=id") == [1, 2]
