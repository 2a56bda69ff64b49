"""A value that is written by SQL and is not of its column's kind: its row is left out, all others are served."""

import logging
import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from itertools import chain
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from pydantic import BaseModel, computed_field
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, validates

from restwell import Api, Change, Field, Resource, public
from tests.api import JSON, JSON_LD, JSON_PATCH, MERGE_PATCH, Answer, Served, is_problem, serving
from tests.modelled import serving_models

HTML = "text/html"
COUNT = 12


class Size(Enum):
    SMALL = "small"
    LARGE = "large"


class Part(BaseModel):
    name: str


class Thing(Resource):
    """A field of every kind."""

    number: int = Field(identity=True)
    text: str = "a"
    count: int = 1
    weight: float = 1.5
    good: bool = True
    price: Decimal = Decimal("9.50")
    day: date = date(2026, 1, 31)
    moment: datetime = Field(default_factory=lambda: datetime.fromisoformat("2026-01-31T12:00:00+00:00"))
    code: UUID = UUID(int=7)
    size: Size = Size.SMALL
    tags: list[str] = Field([])
    part: Part = Part(name="p")
    data: Any = None
    serial: int = Field(5, read_only=True)


def register(api: Api) -> object:
    return api.resource("/things", read=public(), write=public())(Thing)


@pytest.fixture
def served(database_url: str) -> Iterator[Served]:
    with serving(register, database=database_url) as served:
        for number in range(1, COUNT + 1):
            assert served.send("POST", "/things", content={"number": number, "text": f"t{number}"}).status == 201
        yield served


SQLITE = [
    ("text", "x'ff00'"), ("text", "CAST(x'61ff62' AS TEXT)"), ("text", "CAST(x'eda080' AS TEXT)"),
    ("count", "'many'"), ("count", "1.5"), ("count", "x'01'"),
    ("weight", "'heavy'"), ("weight", "9e999"), ("weight", "-9e999"),
    ("good", "2"), ("good", "'x'"),
    ("price", "'abc'"), ("price", "'9.50'"), ("price", "'P0029.5'"), ("price", "x'00'"), ("price", "'NaN'"),
    ("day", "'soon'"), ("day", "'2026-02-30'"), ("day", "'2026-W01-1'"), ("day", "'20260131'"), ("day", "x'00'"),
    ("moment", "'now'"), ("moment", "'2026-01-31T12:00:00'"), ("moment", "'2026-13-31T12:00:00.000000Z'"),
    ("moment", "5"),
    ("code", "'x'"), ("code", "'00000000000000000000000000000007'"),
    ("tags", "'not json'"), ("tags", "'[1,'"), ("tags", "x'00'"),
    ("part", "'{'"),
    ("data", "'{]'"), ("data", "'nan'"), ("data", "'" + "[" * 500 + "]" * 500 + "'"),
    ("data", "'" + "[" * 5000 + "'"),
]  # fmt: skip
POSTGRESQL = [
    ("weight", "'NaN'"), ("weight", "'Infinity'"),
    ("price", "'NaN'"),
    ("day", "'infinity'"), ("day", "'-infinity'"), ("day", "'0044-03-15 BC'"), ("day", "'10000-01-01'"),
    ("moment", "'infinity'"), ("moment", "'0044-03-15 12:00 BC'"), ("moment", "'10000-01-01'"),
    ("data", "'{\"a\": 1e999}'"), ("data", "'\"\\ud800\"'"),
    ("data", "'" + "[" * 500 + "]" * 500 + "'"), ("data", "'" + "[" * 5000 + "]" * 5000 + "'"),
]  # fmt: skip

MARIADB = [
    ("good", "2"), ("good", "-1"),
    ("price", "'abc'"), ("price", "'9.50'"), ("price", "'P0029.5'"), ("price", "'NaN'"),
    ("day", "'0000-00-00'"), ("day", "'2026-00-10'"),
    ("moment", "'0000-00-00 00:00:00'"), ("moment", "'2026-01-00 12:00:00'"),
    ("code", "'x'"), ("code", "'00000000000000000000000000000007'"),
    ("tags", "'not json'"), ("tags", "'[1,'"), ("part", "'{'"),
    ("data", "'{]'"), ("data", "'nan'"),
    ("data", "'" + "[" * 500 + "]" * 500 + "'"), ("data", "'" + "[" * 5000 + "'"),
]  # fmt: skip
VALUES = {"sqlite": SQLITE, "postgresql": POSTGRESQL, "mariadb": MARIADB}


def spoil(served: Served, member: str, value: str, number: int = 5) -> None:
    served.change(f"UPDATE things SET {member} = {value} WHERE number = {number}")


def values_of(served: Served) -> list[tuple[str, str]]:
    return VALUES[served.api.binding(served.app).store.driver.name]


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def numbers(answer: Answer) -> list[int]:
    assert answer.status == 200, answer.body[:500]
    return [each["number"] for each in answer.json()["things"]]


def restore(served: Served) -> None:
    answer = served.send("PUT", "/things/5", content={"text": "t5"})
    assert answer.status == 200, answer.body[:500]


OTHERS = [number for number in range(1, COUNT + 1) if number != 5]


def test_every_other_row_is_served_in_every_format_and_the_bad_one_can_be_replaced(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    for member, value in values_of(served):
        caplog.clear()
        spoil(served, member, value)
        context = f"{member} = {value[:40]}"
        answer = served.send("GET", "/things", accept=JSON)
        assert numbers(answer) == OTHERS, context
        [left] = answer.links("http://localhost/problems/unreadable-item")
        assert left.target == "http://localhost/things/5"
        assert [each["number"] for each in served.send("GET", "/things", accept=JSON_LD).json()["member"]] == OTHERS
        page = served.send("GET", "/things", accept=HTML)
        assert page.status == 200, context
        assert b"t6" in page.body, context
        assert b'cannot be read:\n<a href="http://localhost/things/5">5</a>' in page.body, context

        for accept in (JSON, JSON_LD, HTML):
            assert served.send("GET", "/things/5", accept=accept).status == 500, context
        refusal = served.send("GET", "/things/5", accept=JSON)
        assert is_problem(refusal, 500), context
        assert refusal.json()["type"] == "http://localhost/problems/unreadable-item", context
        assert [error["pointer"] for error in refusal.json()["errors"]] == [f"/{member}"], context
        assert served.send("PATCH", "/things/5", {"Content-Type": MERGE_PATCH}, {"count": 2}).status == 500, context
        assert served.send("PATCH", "/things/5", {"Content-Type": JSON_PATCH}, []).status == 500, context

        told = warnings(caplog)
        assert len(told) == 1, told
        assert re.search(rf"/things: .*'5'.*{member}", told[0]), told
        assert "Traceback" not in caplog.text

        tag = refusal["etag"]
        assert served.send("PUT", "/things/5", {"If-Match": '"other"'}, {"text": "t5"}).status == 412
        answer = served.send("PUT", "/things/5", {"If-Match": tag}, {"text": "t5"}, accept=JSON)
        assert answer.status == 200, (context, answer.body[:500])
        assert answer.json()["serial"] == 5
        assert served.send("GET", "/things/5", accept=JSON).json()["text"] == "t5"
        answer = served.send("GET", "/things", accept=JSON)
        assert numbers(answer) == [*range(1, COUNT + 1)]
        assert answer.links("http://localhost/problems/unreadable-item") == []


def hooked(api: Api) -> None:
    register(api)

    @api.before(Thing)
    @api.after(Thing)
    def nothing(change: Change) -> None:
        assert change.operation in {"create", "update", "delete"}


def test_a_bad_row_can_be_replaced_and_deleted_where_hooks_take_part(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(hooked, database=database_url) as served:
        for member, value in values_of(served):
            assert served.send("PUT", "/things/5", content={"text": "t5"}).status in {200, 201}
            spoil(served, member, value)
            context = f"{member} = {value[:40]}"
            tag = served.send("GET", "/things/5")["etag"]
            assert served.send("PUT", "/things/5", {"If-Match": '"other"'}, {"text": "t5"}).status == 412, context
            answer = served.send("PUT", "/things/5", {"If-Match": tag}, {"text": "t5"}, accept=JSON)
            assert answer.status == 200, (context, answer.body[:500])
            assert answer.json()["serial"] == 5, context
            spoil(served, member, value)
            assert served.send("DELETE", "/things/5").status == 204, context
        assert "Traceback" not in caplog.text


@pytest.mark.parametrize("pool", [{}, {"poolclass": sa.StaticPool}], ids=["a pool", "one connection"])
def test_so_it_is_with_an_engine_of_the_application(engine_url: str, pool: dict[str, Any]) -> None:
    arguments = {"check_same_thread": False} if "sqlite" in engine_url else {}
    engine = sa.create_engine(engine_url, **pool, connect_args=arguments)
    with serving(hooked, database=None, engine=engine) as served:
        for member, value in values_of(served):
            assert served.send("PUT", "/things/5", content={"text": "t5"}).status in {200, 201}
            with engine.begin() as connection:
                connection.exec_driver_sql(f"UPDATE things SET {member} = {value} WHERE number = 5")
            context = f"{member} = {value[:40]}"
            assert served.send("PUT", "/things/5", content={"text": "t5"}).status == 200, context
            assert served.send("DELETE", "/things/5").status == 204, context
    engine.dispose()


class Base(DeclarativeBase):
    pass


class Song(Base):
    """A model of an application."""

    __tablename__ = "songs"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(20))
    text: Mapped[str | None]
    day: Mapped[date | None]
    weight: Mapped[float | None]

    @validates("day")
    def is_a_day(self, _: str, day: date | None) -> date | None:
        assert day is None or isinstance(day, date)
        return day


class SongOut(Resource):
    """A song."""

    id: int
    name: str
    text: str | None = None
    day: date | None = None
    weight: float | None = None


@pytest.mark.parametrize("is_hooked", [False, True], ids=["", "with a hook"])
@pytest.mark.parametrize("what", [Song, Song.__table__], ids=["a class", "a table"])
def test_a_row_of_a_model_that_cannot_be_read_is_replaced_and_deleted(
    what: Any, is_hooked: bool, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    def songs(api: Api) -> None:
        api.resource("/songs", model=what, name="Song", read=public(), write=public())(SongOut)
        if is_hooked:
            api.before(SongOut)(lambda change: None)
            api.after(SongOut)(lambda change: None)

    with serving_models(Base.metadata, database_url, songs) as served:
        for member, value in values_of(served):
            if member not in {"text", "day", "weight"}:
                continue
            context = f"{member} = {value[:40]}"
            spoiled = f"INSERT INTO songs (id, name, {member}) VALUES (7, 'a', {value})"
            for content in ({"name": "b"}, {"name": "b", "text": "t", "day": "2026-01-31", "weight": 2.5}):
                served.change(spoiled)
                refusal = served.send("GET", "/songs/7", accept=JSON)
                if refusal.status == 200:  # it has a value after all, of a kind that the model's type takes
                    served.change("DELETE FROM songs")
                    continue
                tag = {"If-Match": refusal["etag"]}
                answer = served.send("PUT", "/songs/7", tag, content, accept=JSON)
                assert answer.status == 200, (context, answer.body[:500])
                assert answer.json() == {"id": 7, **content}, context
                assert served.send("GET", "/songs/7", accept=JSON).json() == {"id": 7, **content}, context
                assert served.send("DELETE", "/songs/7").status == 204
            served.change(spoiled)
            assert served.send("DELETE", "/songs/7").status == 204, context
        assert "Traceback" not in caplog.text


def test_hooks_have_null_for_what_cannot_be_read(sqlite_url: str) -> None:
    had: list[tuple[Any, Any]] = []

    def register_hook(api: Api) -> None:
        register(api)

        @api.before(Thing, "update")
        def note(change: Change) -> None:
            had.append((change.old.text, change.old.count))

    with serving(register_hook, database=sqlite_url) as served:
        assert served.send("PUT", "/things/5", content={"text": "t5", "count": 3}).status == 201
        spoil(served, "text", "CAST(x'61ff62' AS TEXT)")
        assert served.send("PUT", "/things/5", content={"text": "t6"}).status == 200
    assert had == [(None, 3)]


def test_a_bad_row_can_be_deleted(served: Served) -> None:
    for member, value in values_of(served)[::3]:
        spoil(served, member, value)
        tag = served.send("GET", "/things/5")["etag"]
        assert served.send("DELETE", "/things/5", {"If-Match": '"other"'}).status == 412
        assert served.send("DELETE", "/things/5", {"If-Match": tag}).status == 204
        assert served.send("GET", "/things/5").status == 404
        assert served.send("PUT", "/things/5", content={"text": "t5"}).status == 201


@pytest.mark.slow
def test_every_other_row_is_on_exactly_one_page_whatever_it_is_sorted_by(served: Served) -> None:
    for member, value in values_of(served):
        for number in (1, 5, 6, 7, COUNT):
            spoil(served, member, value, number)
        others = {*range(1, COUNT + 1)} - {1, 5, 6, 7, COUNT}
        for sort in {member, "text"} - {"tags", "part", "data"}:
            for key in (sort, f"-{sort}", f"{sort},-count"):
                if key.endswith("count") and sort == "count":
                    continue
                found, answer = [], served.send("GET", f"/things?sort={key}&limit=2", accept=JSON)
                target = f"/things?sort={key}&limit=2"
                for _ in range(COUNT):
                    answer = served.send("GET", target, accept=JSON)
                    found.append(numbers(answer))
                    following = answer.links("next")
                    if not following:
                        break
                    target = following[0].target
                assert sorted(chain.from_iterable(found)) == sorted(others), (member, value, key, found)
                assert all(len(page) == 2 for page in found[:-1]), found
                back, previous = [found[-1]], answer.links("prev")
                while previous:
                    answer = served.send("GET", previous[0].target, accept=JSON)
                    back.insert(0, numbers(answer))
                    previous = answer.links("prev")
                assert [each for page in back for each in page] == [each for page in found for each in page]
        for number in (1, 5, 6, 7, COUNT):
            assert served.send("PUT", f"/things/{number}", content={"text": f"t{number}"}).status == 200


FILTERS = [
    "count[gte]=0", "weight[lt]=100", "good=true", "price[gt]=1", "day[gte]=2000-01-01",
    "moment[gte]=2000-01-01T00:00:00Z", "code=00000000-0000-0000-0000-000000000007", "size=small",
    "text[contains]=t", "text[icontains]=T",
    "price[in]=9.5,1",
]  # fmt: skip


def test_filters_are_answered_whatever_is_in_their_column(served: Served) -> None:
    for member, value in values_of(served):
        spoil(served, member, value)
        for each in FILTERS:
            assert numbers(served.send("GET", f"/things?{each}", accept=JSON)) == OTHERS, (member, value, each)
        restore(served)


class Guarded(Resource):
    """Members that nobody sees beside one that everybody does."""

    number: int = Field(identity=True)
    name: str = "a"
    day: date = Field(date(2026, 1, 31), hidden=True)
    data: Any = Field(None, hidden=True)
    weight: float = Field(1.5, write_only=True)


class Counting(Guarded):
    """What is computed may be of what nobody sees."""

    @computed_field  # type: ignore[prop-decorator]  # as pydantic has it
    @property
    def of_day(self) -> int:
        return self.day.year


def test_a_row_is_shown_without_what_nobody_sees_as_an_item_and_in_its_collection(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    guarded = lambda api: api.resource("/things", read=public(), write=public())(Guarded)  # noqa: E731 - short
    with serving(guarded, database=database_url) as served:
        for number in range(1, 4):
            assert served.send("PUT", f"/things/{number}", content={"name": f"n{number}"}).status == 201
        heard: list[str] = []
        for member, value in values_of(served):
            if member not in {"day", "data", "weight"}:
                continue
            caplog.clear()
            spoil(served, member, value, 2)
            context = f"{member} = {value[:40]}"
            assert served.send("GET", "/things/2", accept=JSON).json() == {"number": 2, "name": "n2"}, context
            for query in ("", "?sort=-number&limit=2", "?name=n2", "?fields=number"):
                page = served.send("GET", f"/things{query}", accept=JSON)
                assert 2 in numbers(page), context
                assert page.links("http://localhost/problems/unreadable-item") == [], context
            assert numbers(served.send("GET", "/things?sort=number", accept=JSON)) == [1, 2, 3], context
            patch = served.send("PATCH", "/things/2", {"Content-Type": MERGE_PATCH}, {"name": "n3"})
            assert patch.json()["type"] == "http://localhost/problems/unreadable-item", context
            told = warnings(caplog)
            assert len(told) <= 1, told
            assert all(re.search(rf"/things: .*'2'.*{member}\. Correct the row", each) for each in told), told
            heard += told
            assert served.send("PUT", "/things/2", content={"name": "n2"}).status == 200, context
        assert heard != []


def test_a_row_is_left_out_where_something_is_computed_of_what_nobody_sees(database_url: str) -> None:
    counting = lambda api: api.resource("/things", read=public(), write=public())(Counting)  # noqa: E731 - short
    with serving(counting, database=database_url) as served:
        for number in range(1, 4):
            assert served.send("PUT", f"/things/{number}", content={}).status == 201
        member, value = next(each for each in values_of(served) if each[0] == "day")
        spoil(served, member, value, 2)
        assert served.send("GET", "/things/2", accept=JSON).status == 500
        assert numbers(served.send("GET", "/things", accept=JSON)) == [1, 3]


def test_a_bad_identity_is_passed_over(sqlite_url: str, caplog: pytest.LogCaptureFixture) -> None:
    with serving(register, database=sqlite_url) as served:
        for number in range(1, 4):
            served.send("POST", "/things", content={"number": number})
        served.change("UPDATE things SET number = 'two' WHERE number = 2")
        answer = served.send("GET", "/things", accept=JSON)
        assert numbers(answer) == [1, 3]
        [left] = answer.links("http://localhost/problems/unreadable-item")
        assert left.target == "http://localhost/things"
        served.send("GET", "/things", accept=JSON)
        assert len(warnings(caplog)) == 1
        assert "_id 2" in warnings(caplog)[0]


def test_pages_go_on_behind_many_bad_rows(served: Served) -> None:
    for member, value in values_of(served)[-1:]:
        served.change(f"UPDATE things SET {member} = {value} WHERE number < {COUNT}")
        assert numbers(served.send("GET", "/things?limit=1", accept=JSON)) == [COUNT]


def test_what_was_allowed_before_is_shown_as_it_is(served: Served) -> None:
    """A value of its member's kind that the declaration does not allow is not a mistake of the store's."""
    for member, value, shown in (
        ("size", "'huge'", "huge"), ("tags", "'5'", 5), ("tags", "'{}'", {}), ("part", "'[]'", []),
        ("part", "'5'", 5),
    ):  # fmt: skip
        spoil(served, member, value)
        assert served.send("GET", "/things/5", accept=JSON).json()[member] == shown
        for accept in (JSON, JSON_LD, HTML):
            assert served.send("GET", "/things/5", accept=accept).status == 200, (member, value, accept)
            assert served.send("GET", "/things", accept=accept).status == 200, (member, value, accept)
        assert served.send("PATCH", "/things/5", {"Content-Type": MERGE_PATCH}, {"serial": 5}).status == 200
        restore(served)
