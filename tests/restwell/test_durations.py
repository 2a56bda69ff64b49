"""Durations through the whole: content, filters, order, patches, formats and what others have written."""

import json
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from pydantic import computed_field

from restwell import Api, Field, Resource, public
from restwell.model.durations import duration_of
from restwell.storage.postgresql.intervals import load_interval
from restwell.storage.postgresql.kinds import interval_of
from tests.api import HAL_FORMS, JSON, JSON_LD, JSON_PATCH, MERGE_PATCH, Served, serving


class Course(Resource):
    """A course with its length."""

    id: int = Field(identity=True)
    lasts: timedelta = Field(timedelta(hours=36), index=True, ge=timedelta(days=-2), description="How long.")
    pause: timedelta | None = Field(None, unique=True)
    parts: list[timedelta] = Field([])

    @computed_field  # type: ignore[prop-decorator]  # as pydantic has it
    @property
    def twice(self) -> timedelta:
        """Twice as long."""
        return 2 * self.lasts


def register(api: Api) -> None:
    api.resource("/courses", read=public(), write=public())(Course)


@pytest.fixture
def served(database_url: str) -> Any:
    """Serve four courses."""
    given_ = [("P400DT1H2M3.5S", "PT90M"), ("PT9H", "-PT5M"), ("PT10H", None), ("-P1DT0.5S", "PT0S")]
    with serving(register, database=database_url) as one:
        for number, (lasts, pause) in enumerate(given_):
            answer = one.send("PUT", f"/courses/{number}", content={"lasts": lasts, "pause": pause}, accept=JSON)
            assert answer.status == 201, answer.body
        yield one


def found(served: Served, query: str) -> list[int]:
    answer = served.send("GET", f"/courses?{query}", accept=JSON)
    assert answer.status == 200, answer.body
    return [each["id"] for each in answer.json()["courses"]]


@pytest.mark.parametrize(
    "query, ids",
    [
        ("sort=lasts", [3, 1, 2, 0]),
        ("sort=-lasts", [0, 2, 1, 3]),
        ("sort=pause", [1, 3, 0, 2]),
        ("lasts=PT600M", [2]),
        ("lasts=-P1DT0.5S", [3]),
        ("lasts[ne]=PT9H&sort=id", [0, 2, 3]),
        ("lasts[gte]=PT10H&sort=id", [0, 2]),
        ("lasts[lt]=PT0S", [3]),
        ("lasts[gt]=P400DT1H2M3.499999S", [0]),
        ("pause[in]=PT1H30M,-PT0S&sort=id", [0, 3]),
        ("pause[exists]=false", [2]),
        ("lasts[gt]=-P100000D&sort=lasts&limit=2", [3, 1]),
    ],
)
def test_durations_are_compared_and_ordered(served: Served, query: str, ids: list[int]) -> None:
    assert found(served, query) == ids


def test_pages_in_the_order_of_a_duration_follow_one_another(served: Served) -> None:
    shown, target = [], "/courses?sort=lasts&limit=1"
    while target:
        page = served.send("GET", target, accept=JSON_LD).json()
        shown += [each["lasts"] for each in page["member"]]
        target = page["view"].get("next", "")
    assert shown == ["-P1DT0.5S", "PT9H", "PT10H", "P400DT1H2M3.5S"]


@pytest.mark.parametrize("value", ["P1Y", "P2M", "9:30", "5", "PT1.5H", "1 day, 2:00:00"])
def test_a_filter_says_how_a_duration_is_written(served: Served, value: str) -> None:
    answer = served.send("GET", f"/courses?lasts={value}".replace(" ", "%20"), accept=JSON)
    assert answer.status == 400
    assert "a duration without years and months, as in P1DT2H30M" in answer.body.decode()


def test_content_says_why_years_and_months_are_refused(served: Served) -> None:
    sent = {"Content-Type": MERGE_PATCH}
    for value in ("P1Y35D", "P1M", "-P1Y"):
        refused = served.send("PATCH", "/courses/0", sent, content={"lasts": value}, accept=JSON)
        [error] = refused.json()["errors"]
        assert (refused.status, error["pointer"], error["code"]) == (422, "/lasts", "duration_calendar")
        assert error["detail"].startswith("Must be a duration without years and months")
    refused = served.send("PATCH", "/courses/0", sent, content={"parts": ["P1D", 5]}, accept=JSON)
    [error] = refused.json()["errors"]
    assert (error["pointer"], error["detail"]) == ("/parts/1", "Must be a duration such as P1DT2H30M.")
    refused = served.send("PATCH", "/courses/0", sent, content={"lasts": "P106751992D"}, accept=JSON)
    assert refused.json()["errors"][0]["detail"] == "Must be within 106751991 days either way."


def test_a_patch_changes_a_duration_and_limits_hold(served: Served) -> None:
    sent = {"Content-Type": MERGE_PATCH}
    changed = served.send("PATCH", "/courses/2", sent, content={"pause": "PT75M"}, accept=JSON)
    assert (changed.json()["pause"], changed.json()["twice"]) == ("PT1H15M", "PT20H")
    assert served.send("PATCH", "/courses/2", sent, content={"lasts": None}, accept=JSON).json()["lasts"] == "P1DT12H"
    assert served.send("PATCH", "/courses/2", sent, content={"lasts": "-P3D"}, accept=JSON).status == 422
    assert served.send("PATCH", "/courses/2", sent, content={"pause": "PT90M"}, accept=JSON).status == 409
    added = [{"op": "add", "path": "/parts/-", "value": "PT60M"}]
    patched = served.send("PATCH", "/courses/2", {"Content-Type": JSON_PATCH}, content=added, accept=JSON)
    assert patched.json()["parts"] == ["PT1H"]


def test_an_equal_duration_changes_nothing(served: Served) -> None:
    shown = served.send("GET", "/courses/0", accept=JSON)
    content = {"lasts": "PT9601H2M3.500S", "pause": "PT1H30M"}
    for method, media_type in (("PUT", JSON), ("PATCH", MERGE_PATCH)):
        again = served.send(method, "/courses/0", {"Content-Type": media_type}, content=content, accept=JSON)
        assert (again.status, again["etag"], again.body) == (200, shown["etag"], shown.body)
    again = served.send("PUT", "/courses/0", {"Content-Type": JSON}, shown.body, accept=JSON)
    assert (again.status, again["etag"], again.body) == (200, shown["etag"], shown.body)


def test_descriptions_say_what_a_duration_is(served: Served) -> None:
    schema = served.send("GET", "/schemas/Course").json()["properties"]
    lasts = schema["lasts"]
    assert (lasts["type"], lasts["format"], lasts["default"]) == ("string", "duration", "P1DT12H")
    assert (schema["twice"]["format"], schema["twice"]["readOnly"]) == ("duration", True)
    assert "dayTimeDuration" in json.dumps(served.send("GET", "/contexts/Course").json())
    document = served.send("GET", "/openapi.json").json()
    parameters = document["paths"]["/courses"]["get"]["parameters"]
    [parameter] = [each["schema"] for each in parameters if each.get("name") == "lasts[gte]"]
    assert parameter == {key: lasts[key] for key in ("type", "format", "pattern")} | {"maxLength": 64}
    guide = served.send("GET", "/docs", accept="text/html").body.decode()
    assert "duration" in guide
    assert "[0-9]{1,9}" not in guide
    assert "P400DT1H2M3.5S" in served.send("GET", "/courses/0", accept="text/html").body.decode()
    forms = served.send("GET", "/courses/0", accept=HAL_FORMS).json()["_templates"]
    fields = {each["name"]: each for form in forms.values() for each in form["properties"]}
    assert (fields["lasts"]["value"], "type" in fields["lasts"]) == ("P400DT1H2M3.5S", False)
    assert lasts["pattern"] in fields["lasts"]["regex"]


def write(database_url: str, statement: str) -> None:
    engine = sa.create_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()


def test_a_duration_that_another_program_wrote_is_checked(served: Served, database_url: str) -> None:
    values = ["'1 month'", "'1 year'"] if database_url.startswith("postgresql") else ["'PT1H'", "1.5"]
    for number, value in enumerate(values):
        write(database_url, f"UPDATE courses SET lasts = {value} WHERE id = {number}")
    assert served.send("GET", "/courses/0", accept=JSON).status == 500
    assert found(served, "sort=id") == [2, 3]


def test_other_programs_write_durations_in_their_own_way(served: Served, database_url: str) -> None:
    value = "'36 hours -30 minutes'" if database_url.startswith("postgresql") else "127800000000"
    write(database_url, f"UPDATE courses SET lasts = {value} WHERE id = 1")
    assert served.send("GET", "/courses/1", accept=JSON).json()["lasts"] == "P1DT11H30M"
    assert found(served, "lasts=P1DT11H30M") == [1]


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=50, unique=True))
def test_intervals_of_postgresql_are_these_durations(postgresql_engine: sa.Engine, numbers: list[int]) -> None:
    asked = (
        "SELECT v::text, extract(epoch FROM v) * 1000000 = n "
        "FROM unnest(:texts ::interval[], :numbers ::numeric[]) AS t(v, n)"
    )
    texts = [interval_of(duration_of(each)) for each in numbers]
    with postgresql_engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL intervalstyle = 'iso_8601'")
        rows = connection.execute(sa.text(asked), {"texts": texts, "numbers": numbers}).fetchall()
    assert [(load_interval(text), same) for text, same in rows] == [(duration_of(each), True) for each in numbers]


@pytest.fixture(scope="module")
def postgresql_engine(postgres_server: Any) -> Any:
    """A connection to the server of the tests."""
    engine = sa.create_engine(postgres_server.url("postgres").replace("postgresql://", "postgresql+psycopg://"))
    yield engine
    engine.dispose()
